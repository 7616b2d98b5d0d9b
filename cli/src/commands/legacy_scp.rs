//! `mesos scp --master=… FILE… FOLDER`, `mesos-scp`: copies files to every agent at once.
//!
//! Compat: operations §3.4. FIX: names are given to `scp` as they are, not to a shell.

use crate::cluster::{items, text};
use crate::legacy;
use crate::parallel;
use crate::table::{Command, History, Word};
use crate::{Arguments, Context, Failure, Outcome};
use std::collections::BTreeSet;
use std::process::Command as Process;

/// How many agents are copied to at a time.
const WORKERS: usize = 16;

pub const COMMAND: Command = Command {
    history: History::Legacy,
    name: "scp",
    about: "Upload local files to a folder on all agents",
    details: "Needs an scp that asks for no password. With --master the output of the legacy tool;\n\
              otherwise that of mesos.cli.",
    words: &[Word::optional(
        "local-file(s) remote-directory",
        "Files, and where they go.",
    )
    .many()],
    flags: &[legacy::MASTER],
    bare: true,
    claims: Some(|given| legacy::has_flag(given, &["master"])),
    usage_error: Some(legacy::usage_error),
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let state = legacy::state(context, arguments)?;
    let Some((folder, files)) = arguments
        .rest(0)
        .split_last()
        .filter(|(_, rest)| !rest.is_empty())
    else {
        return Err(legacy::usage("Missing arguments"));
    };
    let agents = items(&state, "slaves").iter();
    let hosts: BTreeSet<&str> = agents.map(|agent| text(agent, "hostname")).collect();
    let hosts: Vec<&str> = hosts.into_iter().collect();
    let copied = parallel::map(&hosts, WORKERS, |host| copy(files, host, folder));
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (host, copied) in hosts.iter().zip(copied) {
        let list = if copied == Some(true) {
            &mut done
        } else {
            &mut failed
        };
        list.push(*host);
    }
    let shown = |hosts: &[&str], what: &str| {
        hosts
            .iter()
            .map(|host| format!("{host}\t{what}\n"))
            .collect::<String>()
    };
    context.out.text(&format!(
        "\n{}\n{}\n----- {} uploaded, {} failed of total {} slaves\n\n",
        shown(&done, "uploaded"),
        shown(&failed, "failed"),
        done.len(),
        failed.len(),
        hosts.len()
    ))?;
    // As the original: the lines say what has failed.
    Ok(0)
}

/// `scp -pr FILES HOST:FOLDER`, and whether it went well. A host that would be taken for an option
/// is none.
pub fn copy(files: &[String], host: &str, folder: &str) -> bool {
    if host.is_empty() || host.starts_with('-') {
        return false;
    }
    let mut process = Process::new("scp");
    process.arg("-pr").arg("--").args(files);
    match process.arg(format!("{host}:{folder}")).status() {
        Ok(status) => status.success(),
        Err(error) => {
            Failure::plain(format!("Failed to execute 'scp': {error}"), 1).report();
            false
        }
    }
}
