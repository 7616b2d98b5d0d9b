//! The flags of `mesos-local`, also read for the master string `local`. Compat: operations 1.6.

use super::{flags, shared};

flags! {
/// How the cluster in one process is made.
LocalFlags {
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    num_slaves: i32 = "1", "How many agents there are.";
    quiet: bool = "false", shared::QUIET;
    work_dir: String = "/tmp/mesos/work", "The directory of the registry and of the agents' files.";
}
}
