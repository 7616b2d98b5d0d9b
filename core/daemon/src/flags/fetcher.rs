//! The flags of the small programs that agents start.

use super::{Row, fates_other, flags, shared};
use mesos_model::units::{Bytes, Nanos};

flags! {
/// The fetcher's; what to fetch comes in a variable.
FetcherFlags {
    external_log_file: Option<String> = none, shared::EXTERNAL_LOG_FILE;
    help: bool = "false", shared::HELP;
    initialize_driver_logging: bool = "true", shared::INITIALIZE_DRIVER_LOGGING;
    log_dir: Option<String> = none, shared::LOG_DIR;
    logbufsecs: i32 = "0", shared::LOGBUFSECS;
    logging_level: String = "INFO", shared::LOGGING_LEVEL;
    quiet: bool = "false", shared::QUIET;
}
    fn fates() -> &'static [Row] {
        fates_other::FETCHER
    }
}

flags! {
/// The I/O switchboard's.
IoSwitchboardFlags {
    heartbeat_interval: Option<Nanos> = none, "The time between heartbeats on output streams.";
    help: bool = "false", shared::HELP;
    socket_address: Option<String> = none, "The path of the socket to serve.";
    stderr_from_fd: Option<i32> = none, "The descriptor that the container's stderr is read from.";
    stderr_to_fd: Option<i32> = none, "The descriptor that the container's stderr is copied to.";
    stdin_to_fd: Option<i32> = none, "The descriptor that the container's stdin is written to.";
    stdout_from_fd: Option<i32> = none, "The descriptor that the container's stdout is read from.";
    stdout_to_fd: Option<i32> = none, "The descriptor that the container's stdout is copied to.";
    tty: bool = "false", "Whether the container has a terminal.";
    wait_for_connection: bool = "false", "Whether nothing is read before somebody attaches.";
}
}

flags! {
/// The rotating logger's.
LogrotateFlags {
    help: bool = "false", shared::HELP;
    log_filename: Option<String> = none, "The path of the leading log file.";
    logrotate_options: Option<String> = none, "Further options for logrotate, in its own form.";
    logrotate_path: String = "logrotate", "The logrotate program.";
    max_size: Bytes = "10MB", "At which size the file is rotated; at least one page of memory.";
    user: Option<String> = none, "The user logrotate runs as.";
}
}

flags! {
/// The TCP checker's.
TcpConnectFlags {
    help: bool = "false", shared::HELP;
    ip: Option<String> = none, "The address to connect to.";
    port: Option<i32> = none, "The port to connect to.";
}
}

flags! {
/// The usage program's.
UsageFlags {
    help: bool = "false", shared::HELP;
    pid: Option<i32> = none, "The root process whose tree is measured.";
    recordio: bool = "false", "Whether the statistics come as a message with its length in front instead of JSON.";
}
}
