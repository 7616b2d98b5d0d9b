//! The flags of the executors that agents start.

use super::{Json, Row, fates_other, flags, shared};
use mesos_model::units::Nanos;
use mesos_proto::mesos::{CapabilityInfo, Environment, slave::ContainerLaunchInfo};

flags! {
/// The command executor's.
ExecutorFlags {
    bounding_capabilities: Option<Json<CapabilityInfo>> = none, "The Linux capabilities the command can have at most.";
    effective_capabilities: Option<Json<CapabilityInfo>> = none, "The Linux capabilities the command has at its start.";
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    launcher_dir: String = "/usr/libexec/mesos", "The directory of the programs that containers need.";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    quiet: bool = "false", shared::QUIET;
    rootfs: Option<String> = none, "The root file system of the command.";
    sandbox_directory: Option<String> = none, "Where the sandbox appears to the command.";
    task_command: Option<String> = none, "The command, as JSON, instead of the task's own.";
    task_environment: Option<Json<Environment>> = none, "Variables, as JSON, on top of the command's own.";
    task_launch_info: Option<Json<ContainerLaunchInfo>> = none, "How the command's container is prepared, as JSON.";
    task_supplementary_groups: Option<String> = none, "Further groups of the command's user, as numbers separated by commas.";
    tty_slave_path: Option<String> = none, "The terminal of the command.";
    user: Option<String> = none, "The user the command runs as.";
    working_directory: Option<String> = none, "Where the command starts, inside its root file system.";
}
    fn fates() -> &'static [Row] {
        fates_other::EXECUTOR
    }
}

flags! {
/// The default executor's (task groups).
DefaultExecutorFlags {
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    launcher_dir: String = "/usr/libexec/mesos", "The directory of the programs that containers need.";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    quiet: bool = "false", shared::QUIET;
}
}

flags! {
/// The docker executor's.
DockerExecutorFlags {
    cgroups_enable_cfs: bool = "false", "Whether cpus are a hard limit besides a share.";
    container: Option<String> = none, "The name of the docker container.";
    default_container_dns: Option<String> = none, "DNS servers for containers that name none, as JSON.";
    docker: Option<String> = none, "The docker program.";
    docker_socket: Option<String> = none, "The socket of the docker daemon.";
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    launcher_dir: Option<String> = none, "The directory of the programs that containers need.";
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    mapped_directory: Option<String> = none, "Where the sandbox appears inside the container.";
    quiet: bool = "false", shared::QUIET;
    sandbox_directory: Option<String> = none, "The sandbox on the agent.";
    stop_timeout: Option<Nanos> = none, "How long docker waits before it kills the container.";
    task_environment: Option<String> = none, "Variables, as JSON, on top of the command's own.";
}
}
