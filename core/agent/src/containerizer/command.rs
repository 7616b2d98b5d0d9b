//! The executor the agent makes for a task that brings none.
//!
//! Compat: agent §8.2; rule A.8.

use std::path::Path;

use mesos_model::Resources;
use mesos_proto::mesos::{
    CommandInfo, DurationInfo, ExecutorId, ExecutorInfo, FrameworkId, TaskInfo, container_info,
};

use crate::config::{COMMAND_EXECUTOR_OVERHEAD, Config};

/// Longest command text shown whole, and what is left of a longer one.
const COMMAND_TEXT_MAX: usize = 15;
const COMMAND_TEXT_CUT: usize = 12;
/// Added to the task's own grace period: one second for the executor, one for its reaper.
const GRACE_MARGIN_NANOS: i64 = 2_000_000_000;
const PROGRAM: &str = "mesos-executor";

#[allow(deprecated, reason = "source is part of what frameworks see")]
pub fn command_executor(config: &Config, framework: &FrameworkId, task: &TaskInfo) -> ExecutorInfo {
    let id = task.task_id.value.clone();
    let role = task
        .resources
        .iter()
        .find_map(|r| r.allocation_info.as_ref())
        .and_then(|info| info.role.clone());
    let mut resources =
        Resources::parse(COMMAND_EXECUTOR_OVERHEAD, "*").expect("the constant is well-formed");
    if let Some(role) = role {
        resources.allocate(&mesos_model::Role::new(&role));
    }
    ExecutorInfo {
        executor_id: ExecutorId { value: id.clone() },
        framework_id: Some(framework.clone()),
        container: task.container.clone(),
        name: Some(format!(
            "Command Executor (Task: {id}) ({})",
            command_text(task.command.as_ref())
        )),
        source: Some(id),
        command: Some(command(config, task)),
        labels: task.labels.clone(),
        discovery: task.discovery.clone(),
        shutdown_grace_period: task.kill_policy.and_then(|policy| policy.grace_period).map(
            |grace| DurationInfo {
                nanoseconds: grace.nanoseconds.saturating_add(GRACE_MARGIN_NANOS),
            },
        ),
        resources: resources.to_proto(),
        ..ExecutorInfo::default()
    }
}

fn command_text(command: Option<&CommandInfo>) -> String {
    let Some(command) = command else {
        return "NO COMMAND".to_owned();
    };
    if command.shell.unwrap_or(true) {
        return match &command.value {
            Some(value) => format!("Command: sh -c '{}'", cut(value)),
            None => "NO COMMAND".to_owned(),
        };
    }
    if command.value.is_none() {
        return "NO EXECUTABLE".to_owned();
    }
    format!("Command: [{}]", cut(&command.arguments.join(", ")))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= COMMAND_TEXT_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(COMMAND_TEXT_CUT).collect();
    format!("{head}...")
}

fn command(config: &Config, task: &TaskInfo) -> CommandInfo {
    let own = task.command.clone().unwrap_or_default();
    let mut command = CommandInfo {
        uris: own.uris,
        environment: own.environment,
        user: own.user,
        ..Default::default()
    };
    let path = config.launcher_dir.join(PROGRAM);
    if !is_there(&path) {
        let text = format!(
            "echo 'No executor found: {} does not exist' 1>&2; exit 1",
            path.display()
        );
        command.shell = Some(true);
        command.value = Some(text);
        return command;
    }
    command.shell = Some(false);
    command.value = Some(path.display().to_string());
    command.arguments = vec![
        PROGRAM.to_owned(),
        format!("--launcher_dir={}", config.launcher_dir.display()),
    ];
    let has_image = task.container.as_ref().is_some_and(|container| {
        container.r#type() == container_info::Type::Mesos
            && container
                .mesos
                .as_ref()
                .is_some_and(|mesos| mesos.image.is_some())
    });
    if has_image {
        command
            .arguments
            .push(format!("--sandbox_directory={}", config.sandbox_directory));
        if let (true, Some(user)) = (config.switch_user, &command.user) {
            command.arguments.push(format!("--user={user}"));
        }
    }
    command
}

/// The one look at the disk while a task is accepted; it decides what the executor runs.
fn is_there(path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_commands_are_cut_as_frameworks_know_them() {
        let shell = CommandInfo {
            value: Some("cat u.txt; sleep 1000".to_owned()),
            ..Default::default()
        };
        assert_eq!(
            command_text(Some(&shell)),
            "Command: sh -c 'cat u.txt; s...'"
        );
        let short = CommandInfo {
            value: Some("sleep 1000".to_owned()),
            ..Default::default()
        };
        assert_eq!(command_text(Some(&short)), "Command: sh -c 'sleep 1000'");
        let argv = CommandInfo {
            shell: Some(false),
            value: Some("/bin/sleep".to_owned()),
            arguments: vec!["/bin/sleep".to_owned(), "1000".to_owned()],
            ..Default::default()
        };
        assert_eq!(command_text(Some(&argv)), "Command: [/bin/sleep, ...]");
    }
}
