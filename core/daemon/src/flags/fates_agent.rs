//! What becomes of the agent's flags, and the values among the honoured ones that ask for what is absent.

use super::{
    AgentFlags,
    fate::{
        Fate::{Honoured, Refused, Tunes},
        HTTP_AUTHENTICATION, MODULES, NO_DRIVERS, PROFILING, Row, ZOOKEEPER,
    },
    settings_agent::CONTAINERIZER,
};

/// Isolators that stand; the posix ones measure, limits of processes are set for every container that has them.
const ISOLATORS_BUILT: &[&str] = &[
    "filesystem/posix",
    "posix/cpu",
    "posix/mem",
    "posix/rlimits",
];

const CAPABILITIES: &str = "the isolator linux/capabilities";
const CGROUPS: &str = "the cgroups isolators and the linux launcher";
const CNI: &str = "the isolator network/cni";
const DISK: &str = "the isolator disk/du";
const DOCKER: &str = "the docker containerizer";
const DOMAIN_SOCKETS: &str = "sockets for executors";
const EXECUTOR_TOKENS: &str = "authentication of HTTP executors";
const IMAGES: &str = "container images";
const IP6: &str = "IPv6 addresses";
const IPC: &str = "the isolator namespaces/ipc";
const PERF: &str = "the isolator cgroups/perf_event";
const QOS: &str = "loading a QoS controller";
const SECCOMP: &str = "the isolator linux/seccomp";
/// Not refused, as it is the default: the agent warns where systemd runs.
const SYSTEMD: &str = "leaving executors to systemd";

pub(super) const FATES: &[Row] = &[
    ("acls", Refused("authorization")),
    ("advertise_ip", Honoured),
    ("advertise_port", Honoured),
    ("agent_features", Honoured),
    ("agent_subsystems", Refused("running the agent in cgroups")),
    ("allowed_devices", Tunes(CGROUPS)),
    ("appc_simple_discovery_uri_prefix", Tunes(IMAGES)),
    ("appc_store_dir", Tunes(IMAGES)),
    ("attributes", Honoured),
    ("authenticate_http_executors", Refused(EXECUTOR_TOKENS)),
    ("authenticate_http_readonly", Refused(HTTP_AUTHENTICATION)),
    ("authenticate_http_readwrite", Refused(HTTP_AUTHENTICATION)),
    (
        "authenticatee",
        Refused("loading an authenticatee from a module"),
    ),
    ("authentication_backoff_factor", Honoured),
    ("authentication_timeout_max", Honoured),
    ("authentication_timeout_min", Honoured),
    ("authorizer", Refused("loading an authorizer from a module")),
    ("bounding_capabilities", Tunes(CAPABILITIES)),
    ("cgroups_cpu_enable_pids_and_tids_count", Tunes(CGROUPS)),
    ("cgroups_destroy_timeout", Tunes(CGROUPS)),
    ("cgroups_enable_cfs", Tunes(CGROUPS)),
    ("cgroups_hierarchy", Tunes(CGROUPS)),
    ("cgroups_limit_swap", Tunes(CGROUPS)),
    ("cgroups_net_cls_primary_handle", Tunes(CGROUPS)),
    ("cgroups_net_cls_secondary_handles", Tunes(CGROUPS)),
    ("cgroups_root", Tunes(CGROUPS)),
    ("container_disk_watch_interval", Tunes(DISK)),
    ("container_logger", Refused("loading a container logger")),
    // The value `docker` is refused, see below.
    ("containerizers", Honoured),
    ("credential", Honoured),
    ("csi_plugin_config_dir", Tunes("the isolator volume/csi")),
    (
        "default_container_dns",
        Tunes("CNI networks and the docker containerizer"),
    ),
    ("default_container_info", Honoured),
    ("default_container_shm_size", Tunes(IPC)),
    ("default_role", Honoured),
    ("disallow_sharing_agent_ipc_namespace", Tunes(IPC)),
    (
        "disallow_sharing_agent_pid_namespace",
        Tunes("the isolator namespaces/pid"),
    ),
    (
        "disk_profile_adaptor",
        Refused("loading a disk profile adaptor"),
    ),
    ("disk_watch_interval", Honoured),
    ("docker", Tunes(DOCKER)),
    ("docker_config", Tunes(IMAGES)),
    ("docker_ignore_runtime", Tunes(IMAGES)),
    ("docker_kill_orphans", Tunes(DOCKER)),
    ("docker_mesos_image", Tunes(DOCKER)),
    ("docker_registry", Tunes(IMAGES)),
    ("docker_remove_delay", Tunes(DOCKER)),
    ("docker_socket", Tunes(DOCKER)),
    ("docker_stop_timeout", Tunes(DOCKER)),
    ("docker_store_dir", Tunes(IMAGES)),
    (
        "docker_volume_checkpoint_dir",
        Tunes("the isolator docker/volume"),
    ),
    ("docker_volume_chown", Tunes("the isolator docker/volume")),
    ("domain", Honoured),
    ("domain_socket_location", Tunes(DOMAIN_SOCKETS)),
    ("effective_capabilities", Tunes(CAPABILITIES)),
    ("enforce_container_disk_quota", Tunes(DISK)),
    ("executor_environment_variables", Honoured),
    ("executor_registration_timeout", Honoured),
    ("executor_reregistration_retry_interval", Honoured),
    ("executor_reregistration_timeout", Honoured),
    ("executor_shutdown_grace_period", Honoured),
    ("external_log_file", Honoured),
    ("fetcher_cache_dir", Honoured),
    ("fetcher_cache_size", Honoured),
    ("fetcher_stall_timeout", Honoured),
    ("firewall_rules", Honoured),
    ("frameworks_home", Honoured),
    ("gc_delay", Honoured),
    ("gc_disk_headroom", Honoured),
    (
        "gc_non_executor_container_sandboxes",
        Refused("removing sandboxes of nested containers"),
    ),
    ("hadoop_home", Honoured),
    ("help", Honoured),
    ("hooks", Refused("installing hooks")),
    (
        "host_path_volume_force_creation",
        Tunes("the isolator volume/host_path"),
    ),
    ("hostname", Honoured),
    ("hostname_lookup", Honoured),
    ("http_authenticators", Tunes(HTTP_AUTHENTICATION)),
    ("http_command_executor", Honoured),
    ("http_credentials", Tunes(HTTP_AUTHENTICATION)),
    ("http_executor_domain_sockets", Refused(DOMAIN_SOCKETS)),
    (
        "http_heartbeat_interval",
        Tunes("the v1 operator API (it answers 501)"),
    ),
    ("image_gc_config", Tunes(IMAGES)),
    ("image_providers", Refused(IMAGES)),
    ("image_provisioner_backend", Tunes(IMAGES)),
    ("initialize_driver_logging", Tunes(NO_DRIVERS)),
    ("ip", Honoured),
    ("ip6", Refused(IP6)),
    ("ip6_discovery_command", Refused(IP6)),
    ("ip_discovery_command", Honoured),
    // Values are refused one by one, see below.
    ("isolation", Honoured),
    ("jwt_secret_key", Refused(EXECUTOR_TOKENS)),
    // The value `linux` is refused, see below; the program's default is `posix`.
    ("launcher", Honoured),
    ("launcher_dir", Honoured),
    ("log_dir", Honoured),
    // A bound from above: lines are written at once.
    ("logbufsecs", Honoured),
    ("logging_level", Honoured),
    // `zk://` is refused by whoever looks for the master.
    ("master", Honoured),
    ("master_detector", Refused("loading a master detector")),
    ("max_completed_executors_per_framework", Honoured),
    ("memory_profiling", Refused(PROFILING)),
    ("modules", Refused(MODULES)),
    ("modules_dir", Refused(MODULES)),
    ("network_cni_config_dir", Tunes(CNI)),
    ("network_cni_metrics", Tunes(CNI)),
    ("network_cni_plugins_dir", Tunes(CNI)),
    ("network_cni_root_dir_persist", Tunes(CNI)),
    ("nvidia_gpu_devices", Tunes("the isolator gpu/nvidia")),
    (
        "oversubscribed_resources_interval",
        Tunes("loading a resource estimator"),
    ),
    ("perf_duration", Tunes(PERF)),
    ("perf_events", Tunes(PERF)),
    ("perf_interval", Tunes(PERF)),
    ("port", Honoured),
    ("qos_controller", Refused(QOS)),
    ("qos_correction_interval_min", Tunes(QOS)),
    ("quiet", Honoured),
    ("reconfiguration_policy", Honoured),
    ("recover", Honoured),
    ("recovery_timeout", Honoured),
    ("registration_backoff_factor", Honoured),
    (
        "resource_estimator",
        Refused("loading a resource estimator"),
    ),
    (
        "resource_provider_config_dir",
        Refused("local resource providers"),
    ),
    ("resources", Honoured),
    ("revocable_cpu_low_priority", Tunes(CGROUPS)),
    ("runtime_dir", Honoured),
    ("sandbox_directory", Tunes(IMAGES)),
    ("seccomp_config_dir", Tunes(SECCOMP)),
    ("seccomp_profile_name", Tunes(SECCOMP)),
    ("secret_resolver", Refused("loading a secret resolver")),
    ("strict", Honoured),
    ("switch_user", Honoured),
    ("systemd_enable_support", Tunes(SYSTEMD)),
    ("systemd_runtime_directory", Tunes(SYSTEMD)),
    ("version", Honoured),
    ("volume_gid_range", Refused("group ids of volumes")),
    ("work_dir", Honoured),
    ("zk_session_timeout", Tunes(ZOOKEEPER)),
];

/// Complaints about values of the honoured flags; their words begin as the original's for a failing containerizer.
pub(super) fn values_not_built(flags: &AgentFlags) -> Vec<String> {
    let mesos = format!("{CONTAINERIZER} Could not create MesosContainerizer:");
    let mut complaints = Vec::new();
    if flags.containerizers.split(',').any(|name| name == "docker") {
        complaints.push(format!(
            "{CONTAINERIZER} Could not create DockerContainerizer: {DOCKER} is not built yet"
        ));
    }
    let isolators = flags.isolators().unwrap_or_default();
    let absent = isolators
        .iter()
        .filter(|name| !ISOLATORS_BUILT.contains(&name.as_str()));
    complaints
        .extend(absent.map(|name| {
            format!("{mesos} Failed to create isolator '{name}': it is not built yet")
        }));
    if flags.launcher == "linux" {
        complaints.push(format!(
            "{mesos} Failed to create launcher: the launcher 'linux' is not built yet, 'posix' is"
        ));
    }
    complaints
}
