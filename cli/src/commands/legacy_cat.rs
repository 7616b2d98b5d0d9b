//! `mesos cat --master=… --framework=… --task=… --file=…`, `mesos-cat`: a whole sandbox file.
//!
//! Compat: operations §3.4.

use crate::legacy;
use crate::table::{Command, History};
use crate::{Arguments, Context, Failure, Outcome};

pub const COMMAND: Command = Command {
    history: History::Legacy,
    name: "cat",
    about: "Print files of a task's sandbox",
    details: "With --master, --framework, --task and --file as the legacy tool; otherwise as mesos.cli.",
    flags: legacy::FILE_FLAGS,
    bare: true,
    claims: Some(legacy::claims_file),
    usage_error: Some(legacy::usage_error),
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let file = legacy::find_file(
        context,
        arguments,
        legacy::Texts {
            no_task: "No task found!",
            no_sandbox: "File not found",
        },
    )?;
    let length = legacy::file_result(file.agent.length(&file.path))?;
    let mut offset = 0;
    while offset < length {
        let part = legacy::file_result(file.agent.read(&file.path, offset, length - offset))?;
        if part.data.is_empty() {
            return Err(Failure::plain("Failed to read file from slave", 1));
        }
        context.out.bytes(&part.data)?;
        offset += part.data.len() as u64;
    }
    Ok(0)
}
