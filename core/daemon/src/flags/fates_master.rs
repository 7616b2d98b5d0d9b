//! What becomes of the master's flags.

use super::MasterFlags;
use super::fate::{
    Fate::{Honoured, Refused, Tunes},
    HTTP_AUTHENTICATION, MODULES, NO_DRIVERS, PROFILING, Row, ZOOKEEPER,
};

const OFFER_CONSTRAINTS: &str = "regular expressions in offer constraints";
const OPERATOR_EVENTS: &str = "the v1 operator API (it answers 501)";

pub(super) const FATES: &[Row] = &[
    ("acls", Refused("authorization")),
    ("advertise_ip", Honoured),
    ("advertise_port", Honoured),
    ("agent_ping_timeout", Honoured),
    ("agent_removal_rate_limit", Honoured),
    ("agent_reregister_timeout", Honoured),
    ("allocation_interval", Honoured),
    // There is one; the names of others are refused in the recorded words, as are those of the next ones.
    ("allocator", Honoured),
    ("allocator_agent_recovery_factor", Honoured),
    ("allocator_recovery_timeout", Honoured),
    ("authenticate_agents", Honoured),
    ("authenticate_frameworks", Honoured),
    ("authenticate_http_frameworks", Honoured),
    ("authenticate_http_readonly", Refused(HTTP_AUTHENTICATION)),
    ("authenticate_http_readwrite", Refused(HTTP_AUTHENTICATION)),
    ("authentication_v0_timeout", Honoured),
    ("authenticators", Honoured),
    ("authorizers", Honoured),
    ("cluster", Honoured),
    ("cors_allow_origin", Honoured),
    ("credentials", Honoured),
    ("domain", Honoured),
    ("external_log_file", Honoured),
    ("fair_sharing_excluded_resource_names", Honoured),
    ("filter_gpu_resources", Honoured),
    ("firewall_rules", Honoured),
    ("framework_sorter", Honoured),
    ("help", Honoured),
    ("hooks", Refused("installing hooks")),
    ("hostname", Honoured),
    ("hostname_lookup", Honoured),
    ("http_authenticators", Tunes(HTTP_AUTHENTICATION)),
    // Without the flag that asks for it it does nothing; with it, values other than `basic` are refused.
    ("http_framework_authenticators", Honoured),
    ("initialize_driver_logging", Tunes(NO_DRIVERS)),
    ("ip", Honoured),
    ("ip_discovery_command", Honoured),
    (
        "log_auto_initialize",
        Refused("initializing the registry by hand"),
    ),
    ("log_dir", Honoured),
    // A bound from above: lines are written at once.
    ("logbufsecs", Honoured),
    ("logging_level", Honoured),
    ("master_contender", Refused("loading a master contender")),
    ("master_detector", Refused("loading a master detector")),
    ("max_agent_ping_timeouts", Honoured),
    ("max_completed_frameworks", Honoured),
    ("max_completed_tasks_per_framework", Honoured),
    (
        "max_operator_event_stream_subscribers",
        Tunes(OPERATOR_EVENTS),
    ),
    ("max_unreachable_tasks_per_framework", Honoured),
    ("memory_profiling", Refused(PROFILING)),
    ("min_allocatable_resources", Honoured),
    ("modules", Refused(MODULES)),
    ("modules_dir", Refused(MODULES)),
    ("offer_constraints_re2_max_mem", Tunes(OFFER_CONSTRAINTS)),
    (
        "offer_constraints_re2_max_program_size",
        Tunes(OFFER_CONSTRAINTS),
    ),
    ("offer_timeout", Honoured),
    ("port", Honoured),
    ("publish_per_framework_metrics", Honoured),
    ("quiet", Honoured),
    ("quorum", Tunes(ZOOKEEPER)),
    ("rate_limits", Refused("rate limiting")),
    ("recovery_agent_removal_limit", Honoured),
    ("registry", Honoured),
    ("registry_fetch_timeout", Honoured),
    ("registry_gc_interval", Honoured),
    ("registry_max_agent_age", Honoured),
    ("registry_max_agent_count", Honoured),
    ("registry_store_timeout", Honoured),
    // True is refused at loading, in the recorded words.
    ("registry_strict", Honoured),
    ("require_agent_domain", Honoured),
    ("role_sorter", Honoured),
    ("roles", Honoured),
    ("root_submissions", Honoured),
    ("version", Honoured),
    ("webui_agent_proxy", Honoured),
    ("webui_base_path", Honoured),
    ("webui_dir", Honoured),
    ("weights", Honoured),
    ("whitelist", Refused("the agent whitelist")),
    ("work_dir", Honoured),
    ("zk", Refused(ZOOKEEPER)),
    ("zk_session_timeout", Tunes(ZOOKEEPER)),
];

/// Complaints about values of the honoured flags.
pub(super) fn values_not_built(flags: &MasterFlags) -> Vec<String> {
    if !flags.authenticate_http_frameworks {
        return Vec::new();
    }
    let names = flags.http_framework_authenticators.as_deref();
    let absent = names.unwrap_or_default().split(',');
    absent
        .filter(|name| *name != "basic")
        .map(|name| {
            format!(
                "Failed to create HTTP authenticator '{name}' for realm 'mesos-master-scheduler': \
                 it is not built yet, 'basic' is"
            )
        })
        .collect()
}
