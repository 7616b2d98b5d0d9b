//! The flags of the master. Compat: FLG-8, FLG-10, master flags (11.2).

use super::{Json, PathFlag, Row, SecureText, check, fates_master, flags, shared};
use mesos_model::units::{Bytes, Nanos};
use mesos_proto::{
    internal::Firewall,
    mesos::{AcLs as Acls, DomainInfo, Modules, RateLimits},
};
use std::collections::BTreeSet;

flags! {
/// Everything a master can be told.
MasterFlags {
    acls: Option<Json<Acls>> = none, "Access control lists of the local authorizer, as JSON or `file://` with it. \
        Each action has a list of rules; the first whose subjects match decides; `permissive` decides where none does.";
    advertise_ip: Option<String> = none, "The IP address that agents and frameworks are told to use, where it is not the one the master listens on.";
    advertise_port: Option<String> = none, "The port that agents and frameworks are told to use, together with `--advertise_ip`.";
    agent_ping_timeout (slave_ping_timeout): Nanos = "15secs", "How long an agent may take to answer a ping. After `--max_agent_ping_timeouts` \
        pings without answer it is unreachable. Between 1secs and 15mins.";
    agent_removal_rate_limit (slave_removal_rate_limit): Option<String> = none, "How many agents at most become unreachable in a time, as `agents/duration` \
        (1/10mins, 2/3hrs). Without it there is no limit.";
    agent_reregister_timeout (slave_reregister_timeout): Nanos = "10mins", "How long the agents of before a failover of the master may take to come back. \
        Those that do not are unreachable then. At least 10mins.";
    allocation_interval: Nanos = "1secs", "The time between runs of the allocator that look at everything.";
    allocator: String = "hierarchical", "The allocator: `hierarchical` or the name of a module.";
    allocator_agent_recovery_factor: f64 = "0.8", "The part of the known agents that must be back after a failover of the master before \
        frameworks get offers, where quota is set.";
    allocator_recovery_timeout: Nanos = "10mins", "How long at most the allocator waits for agents after a failover of the master, where quota is set.";
    authenticate_agents (authenticate_slaves): bool = "false", "Whether only authenticated agents may register.";
    authenticate_frameworks (authenticate): bool = "false", "Whether only authenticated frameworks may register, those of the driver by their credentials, \
        those over HTTP see `--authenticate_http_frameworks`.";
    authenticate_http_frameworks: bool = "false", "Whether only authenticated frameworks may subscribe over HTTP. Needs `--http_framework_authenticators`.";
    authenticate_http_readonly: bool = "false", "Whether HTTP endpoints that only show something ask for authentication.";
    authenticate_http_readwrite (authenticate_http): bool = "false", "Whether HTTP endpoints that change something ask for authentication.";
    authentication_v0_timeout: Nanos = "15secs", "How long an agent or a framework of the driver may take to authenticate.";
    authenticators: String = "crammd5", "How agents and frameworks of the driver authenticate: `crammd5` or the name of a module.";
    authorizers: String = "local", "Who decides what is allowed: `local` (see `--acls`) or the name of a module. Exactly one.";
    cluster: Option<String> = none, "The cluster's name, as the web UI shows it.";
    cors_allow_origin: Option<String> = none, "The origin (`https://host:port`, or `*`) whose pages may read what the master answers. \
        Without it none but its own may. Not a flag of Mesos 1.11.";
    credentials: Option<PathFlag> = none, "The JSON file of credentials (principal and secret).";
    domain: Option<Json<DomainInfo>> = none, "The domain of the master as JSON: a `fault_domain` with the names of `region` and `zone`.";
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    fair_sharing_excluded_resource_names: Option<BTreeSet<String>> = none, "Names of resources, separated by commas, that fair sharing does not count.";
    filter_gpu_resources: bool = "true", "Whether only frameworks with the capability GPU_RESOURCES are offered agents with GPUs.";
    firewall_rules: Option<Json<Firewall>> = none, "Endpoints that are closed, as JSON or `file://` with it: {\"disabled_endpoints\": {\"paths\": [\"/files/browse\"]}}.";
    framework_sorter: String = "drf", "How the frameworks of a role share: `drf` or `random`. The same as `--role_sorter`.";
    help: bool = "false", shared::HELP;
    hooks: Option<String> = none, shared::HOOKS;
    hostname: Option<String> = none, "The host name that agents, frameworks and the web UI see. Without it the one that the address resolves to.";
    hostname_lookup: bool = "true", "Whether the host name is looked up; if not, the IP address stands for it.";
    http_authenticators: String = "basic", "How HTTP requests of operators authenticate: `basic`, `jwt` or names of modules, separated by commas.";
    http_framework_authenticators: Option<String> = none, "How frameworks over HTTP authenticate: `basic`, `jwt` or names of modules. Used with `--authenticate_http_frameworks`.";
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    ip: Option<String> = none, "The IP address to listen on. Excludes `--ip_discovery_command`.";
    ip_discovery_command: Option<String> = none, "A program whose output is the IP address to listen on. Excludes `--ip`.";
    log_auto_initialize: bool = "true", "Whether the replicated log of the registry initializes itself. If not, it is done by hand before the first start.";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    master_contender: Option<String> = none, "The module that contends for leadership. Goes with `--master_detector`.";
    master_detector: Option<String> = none, "The module that detects the leader. Goes with `--master_contender`.";
    max_agent_ping_timeouts (max_slave_ping_timeouts): u64 = "5", "After how many pings without answer an agent is unreachable. At least 1.";
    max_completed_frameworks: u64 = "50", "How many completed frameworks are remembered.";
    max_completed_tasks_per_framework: u64 = "1000", "How many completed tasks of each framework are remembered.";
    max_operator_event_stream_subscribers: u64 = "1000", "How many subscribers of operator events there may be; one more ends the oldest.";
    max_unreachable_tasks_per_framework: u64 = "1000", "How many unreachable tasks of each framework are remembered.";
    memory_profiling: bool = "false", shared::MEMORY_PROFILING;
    min_allocatable_resources: String = "cpus:0.01|mem:32", "The least that is worth an offer: sets of quantities, separated by `|`. \
        What reaches one of the sets is offered.";
    modules: Option<Json<Modules>> = none, shared::MODULES;
    modules_dir: Option<String> = none, shared::MODULES_DIR;
    offer_constraints_re2_max_mem: Bytes = "4KB", "How much memory a regular expression in offer constraints may take.";
    offer_constraints_re2_max_program_size: i32 = "100", "How long the program of a regular expression in offer constraints may be.";
    offer_timeout: Option<Nanos> = none, "After what time an unanswered offer is taken back. Without it offers stay.";
    port: u16 = "5050", "The port to listen on.";
    publish_per_framework_metrics: bool = "true", "Whether there are metrics of each framework.";
    quiet: bool = "false", shared::QUIET;
    quorum: Option<i32> = none, "How many replicas of the registry make a quorum: a majority of the masters. Required with `--zk` and the replicated log.";
    rate_limits: Option<Json<RateLimits>> = none, "Limits on messages of frameworks by principal, as JSON or `file://` with it: \
        `limits` with `principal`, `qps`, `capacity`, and `aggregate_default_qps`, `aggregate_default_capacity` for all others together.";
    recovery_agent_removal_limit (recovery_slave_removal_limit): String = "100%", "The part of the agents in percent that may be lost after a failover of the \
        master. If more stay away, the master ends.";
    registry: String = "replicated_log", "Where the registry is kept: `replicated_log` or `in_memory` (for trials).";
    registry_fetch_timeout: Nanos = "1mins", "How long fetching the registry may take; then the master ends.";
    registry_gc_interval: Nanos = "15mins", "The time between prunings of the registry.";
    registry_max_agent_age: Nanos = "2weeks", "How long unreachable and gone agents stay in the registry.";
    registry_max_agent_count: u64 = "102400", "How many unreachable and gone agents stay in the registry.";
    registry_store_timeout: Nanos = "20secs", "How long storing the registry may take; then the master ends.";
    registry_strict: bool = "false", "Has been disabled; true is refused.";
    require_agent_domain: bool = "false", "Whether only agents with a domain may register.";
    role_sorter (user_sorter): String = "drf", "How the roles share: `drf` or `random`.";
    roles: Option<String> = none, "The roles that may be used, separated by commas. Deprecated; without it any role may be used.";
    root_submissions: bool = "true", "Whether frameworks may run as root.";
    version: bool = "false", shared::VERSION;
    webui_agent_proxy: bool = "true", "Whether the master shows what its agents answer below `/agent/<agent id>/`, so that browsers need not \
        reach the agents. Not a flag of Mesos 1.11.";
    webui_base_path: Option<String> = none, "The path below which a proxy shows the master, such as `/mesos`, where the proxy does not say so \
        in the header X-Forwarded-Prefix. Not a flag of Mesos 1.11.";
    webui_dir: String = "/usr/share/mesos/webui", "The directory of the web UI's files: `index.html`, `app/` and `assets/`. \
        Without an `index.html` in it the built-in web UI is shown.";
    weights: Option<String> = none, "Weights of roles: `role=weight,role=weight`. Deprecated, see the endpoint `/weights`; \
        not used once the registry has weights.";
    whitelist: Option<PathFlag> = none, "A file with one host name a line; only agents on these are offered. Read again from time to time.";
    work_dir: Option<String> = none, "Where the replicated log keeps its files. Required for it.";
    zk: Option<SecureText> = none, "The ZooKeeper that elects the leader: `zk://host:port,host:port/path`, `zk://user:password@...`, \
        or `file://` with either. Without it the master stands alone.";
    zk_session_timeout: Nanos = "10secs", shared::ZK_SESSION_TIMEOUT;
}
    const OWN: &'static [&'static str] =
        &["cors_allow_origin", "webui_agent_proxy", "webui_base_path"];

    fn check(&self, name: &str) -> Result<(), String> {
        check::master(self, name)
    }

    fn fates() -> &'static [Row] {
        fates_master::FATES
    }

    fn values_not_built(&self) -> Vec<String> {
        fates_master::values_not_built(self)
    }
}
