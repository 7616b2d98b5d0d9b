//! Processes of clients: their scripts leave a JVM behind them, so trees of processes are looked at.

use crate::shell::{Outcome, run};
use std::process::Command;

/// What `/proc` says of one process.
struct Entry {
    id: u32,
    parent: u32,
    name: String,
}

/// The process and all below it, parents first.
fn tree(root: u32) -> Vec<Entry> {
    let mut rest: Vec<Entry> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|folder| entry(folder.file_name().to_str()?.parse().ok()?))
        .collect();
    let mut found: Vec<Entry> = Vec::new();
    loop {
        let belongs =
            |entry: &Entry| entry.id == root || found.iter().any(|above| above.id == entry.parent);
        let Some(at) = rest.iter().position(belongs) else {
            return found;
        };
        found.push(rest.swap_remove(at));
    }
}

fn entry(id: u32) -> Option<Entry> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may hold blanks and brackets; it ends with the last bracket.
    let (head, fields) = text.rsplit_once(')')?;
    Some(Entry {
        id,
        parent: fields.split_whitespace().nth(1)?.parse().ok()?,
        name: head.split_once('(')?.1.to_owned(),
    })
}

/// A process of that name at or below `root`.
pub fn named(root: u32, name: &str) -> Outcome<u32> {
    let found = tree(root).into_iter().find(|entry| entry.name == name);
    found
        .map(|entry| entry.id)
        .ok_or_else(|| format!("process {root} has no process `{name}` below it"))
}

/// Kills one process as a crash would.
pub fn kill(id: u32) -> Outcome {
    run(Command::new("kill").args(["-KILL", &id.to_string()]))
}

/// Kills a process and all below it; what has ended meanwhile is no error.
pub fn kill_tree(root: u32) {
    let ids = tree(root).into_iter().map(|entry| entry.id.to_string());
    let _ = Command::new("kill").arg("-KILL").args(ids).output();
}
