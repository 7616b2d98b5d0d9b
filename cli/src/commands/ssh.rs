//! `mesos ssh TASK`: a shell in a task's sandbox, on its agent.
//!
//! Compat: operations §3.6.

use crate::cluster::tasks::Snapshot;
use crate::sandbox_options::TASK;
use crate::table::{Command, History};
use crate::{Arguments, Context, Failure, Outcome};
use std::os::unix::process::CommandExt as _;

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "ssh",
    about: "SSH into the sandbox of a task",
    details: "Runs ssh -t HOST \"cd SANDBOX && bash\".",
    words: &[TASK],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let snapshot = Snapshot::load(context)?;
    let tasks = snapshot.some_tasks(arguments.word(0).unwrap_or_default(), false)?;
    let [task] = tasks.as_slice() else {
        let ids: String = tasks
            .iter()
            .map(|task| format!("\n\t{}", task.id))
            .collect();
        let text = "There are multiple tasks with that id. Please choose one:";
        return Err(Failure::plain(format!("{text}{ids}"), 1));
    };
    let Some(agent) = &task.agent else {
        return Err(Failure::error(format!(
            "the agent of task '{}' is gone",
            task.id
        )));
    };
    if agent.hostname.is_empty() || agent.hostname.starts_with('-') {
        return Err(Failure::error(format!("'{}' is no host", agent.hostname)));
    }
    let mut ssh = std::process::Command::new("ssh");
    ssh.args(["-t", &agent.hostname]);
    match snapshot.directory(task) {
        Some(directory) => {
            ssh.arg(format!("cd {} && bash", quoted(&directory)));
        }
        None => context.out.line(
            "warning: the task no longer exists on the target slave. Will not enter sandbox\n",
        )?,
    }
    let error = ssh.exec();
    Err(Failure::error(format!("Failed to execute 'ssh': {error}")))
}

/// The path as one word of a shell.
fn quoted(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:@+,=".contains(&byte);
    if path.bytes().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(quoted("/var/lib/a-1/runs/x"), "/var/lib/a-1/runs/x");
        assert_eq!(quoted("/a b/$(c)'d"), r"'/a b/$(c)'\''d'");
    }
}
