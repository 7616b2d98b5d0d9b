//! What becomes of the flags of drivers, executor and fetcher.

use super::fate::{
    Fate::{Honoured, Refused, Tunes},
    MODULES, Row,
};

const CAPABILITIES: &str = "choosing Linux capabilities";
const IMAGES: &str = "running tasks in file system images";

pub(super) const DRIVER: &[Row] = &[
    (
        "authenticatee",
        Refused("loading an authenticatee from a module"),
    ),
    ("authentication_backoff_factor", Honoured),
    ("authentication_timeout_max", Honoured),
    ("authentication_timeout_min", Honoured),
    // Only shown by daemons.
    (
        "external_log_file",
        Tunes("showing the logs of a framework"),
    ),
    ("help", Tunes("a command line, which a library has not")),
    ("initialize_driver_logging", Honoured),
    ("log_dir", Honoured),
    // A bound from above: lines are written at once.
    ("logbufsecs", Honoured),
    ("logging_level", Honoured),
    ("modules", Refused(MODULES)),
    ("modules_dir", Refused(MODULES)),
    ("quiet", Honoured),
    ("registration_backoff_factor", Honoured),
];

pub(super) const V1_SCHEDULER: &[Row] = &[
    ("connection_delay_max", Honoured),
    (
        "http_authenticatee",
        Refused("loading an HTTP authenticatee from a module"),
    ),
    ("modules", Refused(MODULES)),
    ("modules_dir", Refused(MODULES)),
];

pub(super) const EXECUTOR: &[Row] = &[
    ("bounding_capabilities", Refused(CAPABILITIES)),
    ("effective_capabilities", Refused(CAPABILITIES)),
    (
        "external_log_file",
        Tunes("showing the logs of an executor"),
    ),
    ("help", Honoured),
    ("initialize_driver_logging", Honoured),
    // The programs started from there are those of nested containers.
    ("launcher_dir", Tunes(IMAGES)),
    ("log_dir", Honoured),
    ("logbufsecs", Honoured),
    ("logging_level", Honoured),
    ("quiet", Honoured),
    ("rootfs", Refused(IMAGES)),
    ("sandbox_directory", Refused(IMAGES)),
    ("task_command", Refused(IMAGES)),
    ("task_environment", Honoured),
    ("task_launch_info", Refused("preparing a task's container")),
    (
        "task_supplementary_groups",
        Refused("supplementary groups of tasks"),
    ),
    ("tty_slave_path", Refused("terminals of tasks")),
    ("user", Refused(IMAGES)),
    ("working_directory", Refused(IMAGES)),
];

pub(super) const FETCHER: &[Row] = &[
    (
        "external_log_file",
        Tunes("showing the logs of the fetcher"),
    ),
    ("help", Honoured),
    (
        "initialize_driver_logging",
        Tunes("drivers inside the fetcher"),
    ),
    ("log_dir", Honoured),
    ("logbufsecs", Honoured),
    ("logging_level", Honoured),
    ("quiet", Honoured),
];
