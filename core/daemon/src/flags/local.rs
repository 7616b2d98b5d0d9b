//! The flags of the cluster in one process: for the master string `local`, and of `mesos-local`. Compat: operations 1.6, 3.4.

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

flags! {
/// Those of `mesos-local`, which also has an address; any other `MESOS_` variable is a flag of its master or agents.
MesosLocalFlags {
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    ip: Option<String> = none, "The address the master and the agents listen on.";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    num_agents (num_slaves): i32 = "1", "How many agents there are.";
    port: u16 = "5050", "The port the master listens on. Each agent takes a free one.";
    quiet: bool = "false", shared::QUIET;
    work_dir: String = "/tmp/mesos/work", "The directory of all files: the master's in `master`, those of agent N in `agents/N/work`, `agents/N/run` and `agents/N/fetch`.";
}
}
