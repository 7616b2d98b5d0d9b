//! The flags of the agent. Compat: agent flags (40).

use super::{
    Json, JsonObject, PathFlag, Row, SecureText, UintList, check, fates_agent, flags, shared,
};
use mesos_model::units::{Bytes, Nanos};
use mesos_proto::{
    internal::{ContainerDnsInfo, Firewall, ImageGcConfig, SlaveCapabilities},
    mesos::{AcLs as Acls, CapabilityInfo, ContainerInfo, DeviceWhitelist, DomainInfo, Modules},
};

flags! {
/// Everything an agent can be told.
AgentFlags {
    acls: Option<Json<Acls>> = none, "Access control lists of the local authorizer, as JSON or `file://` with it. \
        Each action has a list of rules; the first whose subjects match decides; `permissive` decides where none does.";
    advertise_ip: Option<String> = none, "The IP address that the master is told to use, where it is not the one the agent listens on.";
    advertise_port: Option<String> = none, "The port that the master is told to use, together with `--advertise_ip`.";
    agent_features: Option<Json<SlaveCapabilities>> = none, "The capabilities of the agent as JSON: {\"capabilities\": [{\"type\": \"MULTI_ROLE\"}, ...]}. \
        The ones the master relies on must be among them.";
    agent_subsystems (slave_subsystems): Option<String> = none, "Cgroup subsystems, separated by commas, that the agent itself runs in, for example `memory,cpuacct`.";
    allowed_devices: Option<Json<DeviceWhitelist>> = none, "Devices that containers may use besides the usual ones, as JSON: `allowed_devices` with `device.path` and `access`.";
    appc_simple_discovery_uri_prefix: String = "http://", "What stands before an Appc image's name in the address it is looked for at.";
    appc_store_dir: String = "/tmp/mesos/store/appc", "The directory of Appc images.";
    attributes: Option<String> = none, "Attributes of the agent: `rack:2;zone:z1`, values scalars, ranges or text.";
    authenticate_http_executors: bool = "false", "Whether executors over HTTP authenticate. Needs TLS and `--jwt_secret_key`.";
    authenticate_http_readonly: bool = "false", "Whether HTTP endpoints that only show something ask for authentication.";
    authenticate_http_readwrite: bool = "false", "Whether HTTP endpoints that change something ask for authentication.";
    authenticatee: String = "crammd5", shared::AUTHENTICATEE;
    authentication_backoff_factor: Nanos = "1secs", shared::AUTHENTICATION_BACKOFF;
    authentication_timeout_max: Nanos = "1mins", shared::AUTHENTICATION_TIMEOUT_MAX;
    authentication_timeout_min: Nanos = "5secs", shared::AUTHENTICATION_TIMEOUT_MIN;
    authorizer: String = "local", "Who decides what is allowed: `local` (see `--acls`) or the name of a module.";
    bounding_capabilities: Option<Json<CapabilityInfo>> = none, "The Linux capabilities that containers can have at most, as JSON: {\"capabilities\": [\"NET_RAW\"]}.";
    cgroups_cpu_enable_pids_and_tids_count: bool = "false", "Whether usage has the numbers of processes and threads.";
    cgroups_destroy_timeout: Nanos = "1mins", "How long destroying a cgroup may take.";
    cgroups_enable_cfs: bool = "false", "Whether cpus are a hard limit (by the kernel's bandwidth control) besides a share.";
    cgroups_hierarchy: String = "/sys/fs/cgroup", "Where the cgroup hierarchy is mounted.";
    cgroups_limit_swap: bool = "false", "Whether memory limits count swap, too.";
    cgroups_net_cls_primary_handle: Option<String> = none, "The primary handle of net_cls, 0x1 to 0xffff, for isolation by network class.";
    cgroups_net_cls_secondary_handles: Option<String> = none, "The range of secondary handles of net_cls: `0xAAAA,0xBBBB`. Only with a primary handle.";
    cgroups_root: String = "mesos", "The name of the cgroup that holds those of containers.";
    container_disk_watch_interval: Nanos = "15secs", "The time between measurements of a container's disk usage.";
    container_logger: Option<String> = none, "The module that handles stdout and stderr of containers. Without it they go to files in the sandbox.";
    containerizers: String = "mesos", "The containerizers, separated by commas: `mesos`, `docker`.";
    credential: Option<PathFlag> = none, "The file with the agent's principal and secret: JSON or the pair as text.";
    csi_plugin_config_dir: Option<String> = none, "The directory of CSI plugin descriptions.";
    default_container_dns: Option<Json<ContainerDnsInfo>> = none, "DNS servers for containers that name none, as JSON: lists `mesos` (CNI networks) and `docker` (bridge and user networks).";
    default_container_info: Option<Json<ContainerInfo>> = none, "The container description, as JSON, for executors and tasks that have none.";
    default_container_shm_size: Option<Bytes> = none, "The size of /dev/shm for containers that name none.";
    default_role: String = "*", "The role of those `--resources` that name none.";
    disallow_sharing_agent_ipc_namespace: bool = "false", "Whether containers are refused the agent's IPC namespace.";
    disallow_sharing_agent_pid_namespace: bool = "false", "Whether containers are refused the agent's PID namespace.";
    disk_profile_adaptor: Option<String> = none, "The module that translates disk profiles for storage providers.";
    disk_watch_interval: Nanos = "1mins", "The time between looks at the disk's free space, on which the life of old sandboxes depends.";
    docker: String = "docker", "The docker program of the docker containerizer.";
    docker_config: Option<JsonObject> = none, "The configuration for image registries, as JSON: the content of docker's `config.json`.";
    docker_ignore_runtime: bool = "false", "Whether the run-time part of image manifests (entry point and the like) is ignored.";
    docker_kill_orphans: bool = "true", "Whether docker containers of ours that nobody knows are killed.";
    docker_mesos_image: Option<String> = none, "The image of the agent itself, if it runs in a docker container; executors run in one, too, then.";
    docker_registry: String = "https://registry-1.docker.io", "The registry images come from; a path or an hdfs address stands for saved images.";
    docker_remove_delay: Nanos = "6hrs", "How long ended docker containers stay.";
    docker_socket: String = "/var/run/docker.sock", "The socket of the docker daemon.";
    docker_stop_timeout: Nanos = "0ns", "How long docker waits before it kills a container. Deprecated.";
    docker_store_dir: String = "/tmp/mesos/store/docker", "The directory of docker images.";
    docker_volume_checkpoint_dir: String = "/var/run/mesos/isolators/docker/volume", "Where mounted docker volumes are remembered.";
    docker_volume_chown: bool = "false", "Whether docker volumes are given to the container's user.";
    domain: Option<Json<DomainInfo>> = none, "The domain of the agent as JSON: a `fault_domain` with the names of `region` and `zone`.";
    domain_socket_location: Option<String> = none, "The path of the socket executors use, shorter than 108 bytes. Used with `--http_executor_domain_sockets`.";
    effective_capabilities (allowed_capabilities): Option<Json<CapabilityInfo>> = none, "The Linux capabilities of containers that name none, as JSON: {\"capabilities\": [\"NET_RAW\"]}.";
    enforce_container_disk_quota: bool = "false", "Whether containers that use more disk than theirs are killed.";
    executor_environment_variables: Option<JsonObject> = none, "The environment of executors as a JSON object of texts. Without it they inherit some of the agent's.";
    executor_registration_timeout: Nanos = "1mins", "How long an executor may take to register before it is killed.";
    executor_reregistration_retry_interval: Option<Nanos> = none, "The time between reminders to executors of the driver that they reconnect after a restart of the agent. \
        Without it there is one only.";
    executor_reregistration_timeout: Nanos = "2secs", "How long executors may take to come back after a restart of the agent. At most 15secs.";
    executor_shutdown_grace_period: Nanos = "5secs", "How long an executor may take to end by itself before it is killed.";
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    fetcher_cache_dir: String = "/tmp/mesos/fetch", "The directory of the fetcher's cache. One of its own: whatever is in it is removed at each start.";
    fetcher_cache_size: Bytes = "2GB", "The size of the fetcher's cache.";
    fetcher_stall_timeout: Nanos = "1mins", "After what time without progress a download is given up.";
    firewall_rules: Option<Json<Firewall>> = none, "Endpoints that are closed, as JSON or `file://` with it: {\"disabled_endpoints\": {\"paths\": [\"/files/browse\"]}}.";
    frameworks_home: String = "", "What stands before relative paths of executor addresses.";
    gc_delay: Nanos = "1weeks", "How long the sandboxes of ended executors stay at most; less when the disk gets full.";
    gc_disk_headroom: f64 = "0.1", "The part of the disk that stays free: sandboxes go earlier for it. Between 0.0 and 1.0.";
    gc_non_executor_container_sandboxes: bool = "false", "Whether the sandboxes of nested and standalone containers go, too, while their executor runs.";
    hadoop_home: Option<String> = none, "Where Hadoop is installed, for addresses that its client fetches.";
    help: bool = "false", shared::HELP;
    hooks: Option<String> = none, shared::HOOKS;
    host_path_volume_force_creation: Option<String> = none, "Directories, separated by `:`, below which missing host paths of volumes are made.";
    hostname: Option<String> = none, "The host name that the master and frameworks see. Without it the one that the address resolves to.";
    hostname_lookup: bool = "true", "Whether the host name is looked up; if not, the IP address stands for it.";
    http_authenticators: Option<String> = none, "How HTTP requests of operators authenticate: `basic`, `jwt` or names of modules, separated by commas.";
    http_command_executor: bool = "false", "Whether the command executor uses the HTTP API.";
    http_credentials: Option<PathFlag> = none, "The file of credentials for HTTP requests, as JSON.";
    http_executor_domain_sockets: bool = "false", "Whether executors reach the agent through a socket in the file system.";
    http_heartbeat_interval: Nanos = "30secs", "The time between heartbeats on attach and session streams.";
    image_gc_config: Option<Json<ImageGcConfig>> = none, "How images that nobody uses go, as JSON: `image_disk_headroom`, `image_disk_watch_interval`, `excluded_images`.";
    image_providers: Option<String> = none, "The kinds of images, separated by commas: `APPC`, `DOCKER`.";
    image_provisioner_backend: Option<String> = none, "How root file systems are made of images: `overlay`, `aufs`, `bind` or `copy`.";
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    ip: Option<String> = none, "The IP address to listen on. Excludes `--ip_discovery_command`.";
    ip6: Option<String> = none, "The IPv6 address that is advertised. Excludes `--ip6_discovery_command`.";
    ip6_discovery_command: Option<String> = none, "A program whose output is the IPv6 address. Excludes `--ip6`.";
    ip_discovery_command: Option<String> = none, "A program whose output is the IP address to listen on. Excludes `--ip`.";
    isolation: String = "posix/cpu,posix/mem", "The isolators, separated by commas.";
    jwt_secret_key (executor_secret_key): Option<PathFlag> = none, "The file of the key that signs executors' tokens.";
    launcher: String = "linux", "How containers are launched: `linux` (cgroups, namespaces) or `posix`. The default depends on the machine.";
    launcher_dir: String = "/usr/libexec/mesos", "The directory of the programs that containers need (executor, fetcher and others).";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    master: Option<SecureText> = none, "Where the master is: `host:port`, `zk://host:port,host:port/path`, `zk://user:password@...`, or `file://` with one of these. \
        Required, unless there is `--master_detector`.";
    master_detector: Option<String> = none, "The module that detects the leading master.";
    max_completed_executors_per_framework: u64 = "150", "How many completed executors of each framework are remembered.";
    memory_profiling: bool = "false", shared::MEMORY_PROFILING;
    modules: Option<Json<Modules>> = none, shared::MODULES;
    modules_dir: Option<String> = none, shared::MODULES_DIR;
    network_cni_config_dir: Option<String> = none, "The directory of CNI network descriptions.";
    network_cni_metrics: bool = "true", "Whether there are metrics of CNI networks.";
    network_cni_plugins_dir: Option<String> = none, "The directories of CNI plugins, separated by `:`.";
    network_cni_root_dir_persist: bool = "false", "Whether CNI state is kept over a reboot.";
    nvidia_gpu_devices: Option<UintList> = none, "The numbers of the GPUs to use, separated by commas, as many as `--resources` has.";
    oversubscribed_resources_interval: Nanos = "15secs", "The time between reports of oversubscribed resources to the master.";
    perf_duration: Nanos = "10secs", "How long a sample of perf events takes; shorter than `--perf_interval`.";
    perf_events: Option<String> = none, "Perf events to sample for each container, separated by commas.";
    perf_interval: Nanos = "1mins", "The time between samples of perf events.";
    port: u16 = "5051", "The port to listen on.";
    qos_controller: Option<String> = none, "The module that judges the quality of service of revocable containers.";
    qos_correction_interval_min: Nanos = "0ns", "The least time between corrections by the QoS controller.";
    quiet: bool = "false", shared::QUIET;
    reconfiguration_policy: String = "equal", "What may change between starts with the same agent id: `equal` (nothing) or `additive` (resources and attributes may be added).";
    recover: String = "reconnect", "What to do with the executors of before: `reconnect` to them, or `cleanup`: kill them and end.";
    recovery_timeout: Nanos = "15mins", "How long executors wait for a restarted agent before they end.";
    registration_backoff_factor: Nanos = "1secs", "How long to back off before registering again, at first. The time grows with each try, at random. At most 1mins.";
    resource_estimator: Option<String> = none, "The module that estimates what can be oversubscribed.";
    resource_provider_config_dir: Option<String> = none, "The directory of descriptions of local resource providers.";
    resources: Option<String> = none, "The resources of the agent, as JSON or `name(role):value;name:value`. What is not named is found out: cpus, mem, disk, ports, gpus.";
    revocable_cpu_low_priority: bool = "true", "Whether containers with revocable cpus run with low priority.";
    runtime_dir: String = "/var/run/mesos", "The directory of state that must not outlive a reboot.";
    sandbox_directory: String = "/mnt/mesos/sandbox", "Where the sandbox appears inside containers with an image.";
    seccomp_config_dir: Option<String> = none, "The directory of seccomp profiles.";
    seccomp_profile_name: Option<String> = none, "The seccomp profile of containers that name none, a file in `--seccomp_config_dir`.";
    secret_resolver: Option<String> = none, "The module that resolves secrets. Without it only secrets given by value work.";
    strict: bool = "true", "Whether any fault in the checkpoints stops recovery; if not, as much as possible is recovered.";
    switch_user: bool = "true", "Whether tasks run as the user they name; if not, as the agent's.";
    systemd_enable_support: bool = "true", "Whether systemd is asked to let executors outlive the agent, on machines that run it.";
    systemd_runtime_directory: String = "/run/systemd/system", "The directory of systemd's units at run time.";
    version: bool = "false", shared::VERSION;
    volume_gid_range: Option<String> = none, "The group ids given to volumes of users other than root: `[10000-20000]`.";
    work_dir: String = required, "The directory of sandboxes, checkpoints and persistent volumes. It must outlive a reboot; best no temporary directory.";
    zk_session_timeout: Nanos = "10secs", shared::ZK_SESSION_TIMEOUT;
}
    fn check(&self, name: &str) -> Result<(), String> {
        check::agent(self, name)
    }

    fn fates() -> &'static [Row] {
        fates_agent::FATES
    }

    fn values_not_built(&self) -> Vec<String> {
        fates_agent::values_not_built(self)
    }
}
