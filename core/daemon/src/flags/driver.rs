//! The flags of the scheduler and executor drivers and of v1 schedulers, read from `MESOS_*` variables.

use super::{Json, Row, fates_other, flags, shared};
use mesos_model::units::Nanos;
use mesos_proto::mesos::Modules;

flags! {
/// What a framework's process can tell its driver.
DriverFlags {
    authenticatee: String = "crammd5", shared::AUTHENTICATEE;
    authentication_backoff_factor: Nanos = "1secs", shared::AUTHENTICATION_BACKOFF;
    authentication_timeout_max: Nanos = "1mins", shared::AUTHENTICATION_TIMEOUT_MAX;
    authentication_timeout_min (authentication_timeout): Nanos = "5secs", shared::AUTHENTICATION_TIMEOUT_MIN;
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    modules: Option<Json<Modules>> = none, shared::MODULES;
    modules_dir: Option<String> = none, shared::MODULES_DIR;
    quiet: bool = "false", shared::QUIET;
    registration_backoff_factor: Nanos = "2secs", "How long to back off before registering again, at first. The time grows with each try, at random.";
}
    fn fates() -> &'static [Row] {
        fates_other::DRIVER
    }
}

flags! {
/// What a v1 scheduler's process can tell its client, beside the flags of logging and of the local cluster.
V1SchedulerFlags {
    connection_delay_max: Nanos = "500ms", "Longest random wait before a connection to the master is made again.";
    http_authenticatee: String = "basic", "How to authenticate with the master over HTTP.";
    modules: Option<Json<Modules>> = none, shared::MODULES;
    modules_dir: Option<String> = none, shared::MODULES_DIR;
}
    fn fates() -> &'static [Row] {
        fates_other::V1_SCHEDULER
    }
}
