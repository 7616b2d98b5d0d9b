//! Man pages, completions and scripts are what their readers can read.

use crate::shell::{Outcome, has_program, output};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A check of one file: the command to which its path is added, and what it may print is nothing on stderr.
struct Reader {
    folder: &'static str,
    words: &'static [&'static str],
}

const READERS: &[Reader] = &[
    Reader {
        folder: "share/man",
        words: &["groff", "-Kutf8", "-ww", "-man", "-Tutf8", "-z"],
    },
    Reader {
        folder: "share/bash-completion",
        words: &["bash", "-n"],
    },
    Reader {
        folder: "share/zsh",
        words: &["zsh", "-n"],
    },
    Reader {
        folder: "share/fish",
        words: &["fish", "--no-execute"],
    },
    Reader {
        folder: "sbin",
        words: &["sh", "-n"],
    },
];

/// Every text of the tree; zsh and fish only where they are.
pub fn check(tree: &Path) -> Outcome {
    for reader in READERS {
        let files = files(&tree.join(reader.folder))?;
        let texts: Vec<PathBuf> = files.into_iter().filter(|path| is_text(path)).collect();
        if texts.is_empty() {
            return Err(format!("{} is empty", reader.folder));
        }
        if !has_program(reader.words[0]) {
            println!("    {}: there is no {}", reader.folder, reader.words[0]);
            continue;
        }
        for path in texts {
            read(reader.words, &path)?;
        }
    }
    own_place(tree)?;
    completion(tree)
}

fn read(words: &[&str], path: &Path) -> Outcome {
    let ran = Command::new(words[0])
        .args(&words[1..])
        .arg(path)
        .output()
        .map_err(|e| format!("cannot start {}: {e}", words[0]))?;
    let complaint = String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() && complaint.trim().is_empty() {
        return Ok(());
    }
    Err(format!("{}: {}: {complaint}", path.display(), words[0]))
}

/// No text of the tree names the place it was installed into, or is in.
fn own_place(tree: &Path) -> Outcome {
    let first = tree.with_file_name("destdir").display().to_string();
    for path in files(tree)?.iter().filter(|path| is_text(path)) {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.contains(&first) {
            return Err(format!("{} names {first}", path.display()));
        }
    }
    Ok(())
}

/// Bash, asked as it asks itself.
fn completion(tree: &Path) -> Outcome {
    let file = tree.join("share/bash-completion/completions/mesos-agent");
    let script =
        "compopt() { :; }; . \"$1\"; COMP_WORDS=(mesos-agent --work_d); COMP_CWORD=1; _mesos_agent
        printf '%s\\n' \"${COMPREPLY[@]}\"
        COMP_WORDS=(mesos-agent --logging_level = W); COMP_CWORD=3; _mesos_agent
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let said = output(Command::new("bash").args(["-c", script, "bash"]).arg(file))?;
    if said.lines().eq(["--work_dir=", "WARNING"]) {
        return Ok(());
    }
    Err(format!("bash completes to {said:?}"))
}

fn is_text(path: &Path) -> bool {
    let start = fs::read(path).unwrap_or_default();
    !start.is_empty() && !start.iter().take(512).any(|byte| *byte == 0)
}

/// The files of a folder, of all depths; links are none.
fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let kind = entry.file_type().map_err(|e| e.to_string())?;
        if kind.is_dir() {
            found.extend(files(&entry.path())?);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
