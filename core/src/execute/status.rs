//! What is told of a status update, and the exit status that follows from one.
//!
//! Compat: operations §3.5 (output, exit status).

use mesos_model::task::is_terminal;
use mesos_proto::v1::check_info;
use mesos_proto::v1::task_status::{Reason, Source};
use mesos_proto::v1::{CheckStatusInfo, TaskState, TaskStatus};
use mesos_proto::{json, mesos as v0};
use mesos_sandbox::exit::signal_name;

/// What a task that failed without a status of a command counts as.
const FAILURE: u8 = 1;
/// What shells add to the number of the signal that ended a command.
const SIGNALLED: u8 = 128;
const LAST_SIGNAL: u8 = 64;

/// The lines of an update.
pub fn lines(status: &TaskStatus) -> Vec<String> {
    let state = state(status).map_or("", |state| state.as_str_name());
    let mut lines = vec![format!(
        "Received status update {state} for task '{}'",
        status.task_id.value
    )];
    if let Some(message) = &status.message {
        lines.push(format!("  message: '{message}'"));
    }
    if let Some(source) = status.source {
        let known = Source::try_from(source).map_or("", |source| source.as_str_name());
        lines.push(format!("  source: {known}"));
    }
    if let Some(reason) = status.reason {
        let known = Reason::try_from(reason).map_or("", |reason| reason.as_str_name());
        lines.push(format!("  reason: {known}"));
    }
    if let Some(healthy) = status.healthy {
        lines.push(format!("  healthy?: {}", u8::from(healthy)));
    }
    if let Some(check) = &status.check_status {
        lines.push(format!("  check status: {}", check_line(check)));
    }
    let limited = status.limitation.iter().flat_map(|l| &l.resources);
    let limited: Vec<String> = limited.map(json::to_string).collect();
    if !limited.is_empty() {
        lines.push(format!(
            "  resource limit violation: [{}]",
            limited.join(",")
        ));
    }
    lines
}

fn check_line(check: &CheckStatusInfo) -> String {
    let mut line = String::new();
    match check.r#type() {
        check_info::Type::Command => {
            if let Some(command) = &check.command {
                line.push_str("COMMAND");
                if let Some(code) = command.exit_code {
                    line.push_str(&format!(" exit code {code}"));
                }
            }
        }
        check_info::Type::Http => {
            if let Some(http) = &check.http {
                line.push_str("HTTP");
                if let Some(code) = http.status_code {
                    line.push_str(&format!(" status code {code}"));
                }
            }
        }
        check_info::Type::Tcp => {
            if let Some(tcp) = &check.tcp {
                line.push_str("TCP");
                match tcp.succeeded {
                    Some(true) => line.push_str(" connection success"),
                    Some(false) => line.push_str(" connection failure"),
                    None => {}
                }
            }
        }
        check_info::Type::Unknown => line.push_str("UNKNOWN"),
    }
    line
}

fn state(status: &TaskStatus) -> Option<TaskState> {
    TaskState::try_from(status.state).ok()
}

pub fn is_running(status: &TaskStatus) -> bool {
    state(status) == Some(TaskState::TaskRunning)
}

/// Whether the task is over.
pub fn is_over(status: &TaskStatus) -> bool {
    v0::TaskState::try_from(status.state).is_ok_and(is_terminal)
}

/// The exit status of a task that is over: the command's own where the executor told it.
pub fn exit_status(status: &TaskStatus) -> u8 {
    if state(status) == Some(TaskState::TaskFinished) {
        return 0;
    }
    // Only the sentence carries the number: a status has no field for it.
    let message = status.message.as_deref().unwrap_or_default();
    if let Some(code) = message.strip_prefix("Command exited with status ") {
        let code = code.split_whitespace().next().unwrap_or_default();
        return code
            .parse()
            .ok()
            .filter(|code| *code != 0)
            .unwrap_or(FAILURE);
    }
    let Some(signal) = message.strip_prefix("Command terminated with signal ") else {
        return FAILURE;
    };
    let told = |number: &u8| signal.starts_with(&signal_name(i32::from(*number)));
    // From the end: "Killed" is no beginning of another name, but "Stopped" is.
    let number = (1..=LAST_SIGNAL).rev().find(told);
    number.map_or(FAILURE, |number| SIGNALLED + number)
}
