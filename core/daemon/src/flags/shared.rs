//! Help texts of flags that several programs have.

pub const EXTERNAL_LOG_FILE: &str = "A log file that something else (syslog, journald) writes. It is only shown in the web UI \
     and over HTTP, instead of a file in `--log_dir`. Of no use together with `--quiet`.";
pub const HELP: &str = "Prints this help message";
pub const INITIALIZE_DRIVER_LOGGING: &str = "Whether the scheduler and executor drivers set up logging in the framework's process, with \
     the same flags. No effect on clients of the HTTP APIs.";
pub const LOG_DIR: &str = "The directory for log files, made if missing. Without it nothing is written to disk. \
     Logging to stderr goes on as before; the web UI shows the file.";
pub const LOGBUFSECS: &str =
    "For how many seconds at most log lines may stay in memory; 0 writes each at once.";
pub const LOGGING_LEVEL: &str = "The least severity that is logged: `INFO`, `WARNING` or `ERROR`. With `--quiet` this \
     matters for the files in `--log_dir` only.";
pub const QUIET: &str = "No logging to stderr.";
pub const VERSION: &str = "Shows the version and ends.";
pub const MODULES: &str = "Modules to load, as JSON or `file://` with it: an object with `libraries`, each with `file` or \
     `name` and a list of `modules` (`name`, `parameters`). Excludes `--modules_dir`.";
pub const MODULES_DIR: &str = "A directory of files in the form of `--modules`, read in alphabetical order. Excludes `--modules`.";
pub const HOOKS: &str = "Hook modules to install, separated by commas.";
pub const AUTHENTICATEE: &str =
    "How to prove one's identity to the master: `crammd5` or the name of a module.";
pub const AUTHENTICATION_BACKOFF: &str = "How long to back off before authenticating again, at first. The time grows with each try, \
     at random, up to `--authentication_timeout_max`.";
pub const AUTHENTICATION_TIMEOUT_MAX: &str =
    "The longest the attempt to authenticate may wait before the next one.";
pub const AUTHENTICATION_TIMEOUT_MIN: &str =
    "The shortest the attempt to authenticate waits before the next one.";
pub const ZK_SESSION_TIMEOUT: &str = "The session timeout asked of ZooKeeper.";
pub const MEMORY_PROFILING: &str =
    "Whether the endpoints for memory profiling are offered (needs a suitable allocator).";
