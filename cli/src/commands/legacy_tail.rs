//! `mesos tail --master=… --framework=… --task=… --file=…`, `mesos-tail`: a sandbox file from its
//! beginning, and for ever what is added to it.
//!
//! Compat: operations §3.4. FIX: 1.11's own ends at once with a NameError.

use crate::http::pause;
use crate::legacy;
use crate::table::{Command, History};
use crate::{Arguments, Context, Outcome};
use std::time::Duration;

pub const COMMAND: Command = Command {
    history: History::Legacy,
    name: "tail",
    about: "Print the end of files of a task's sandbox, and follow them",
    details: "With --master, --framework, --task and --file as the legacy tool; otherwise as mesos.cli.",
    flags: legacy::FILE_FLAGS,
    bare: true,
    claims: Some(legacy::claims_file),
    usage_error: Some(legacy::usage_error),
    run,
    ..Command::NEW
};

const PAUSE: Duration = Duration::from_millis(500);
const PAGE_BYTES: u64 = 64 * 1024;

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let file = legacy::find_file(
        context,
        arguments,
        legacy::Texts {
            no_task: "No task or framework found!",
            no_sandbox: "Task directory not found",
        },
    )?;
    let mut offset = 0;
    loop {
        let part = legacy::file_result(file.agent.read(&file.path, offset, PAGE_BYTES))?;
        if part.data.is_empty() {
            pause(PAUSE);
            continue;
        }
        context.out.bytes(&part.data)?;
        offset += part.data.len() as u64;
    }
}
