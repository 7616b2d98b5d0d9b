//! `cargo xtask tidy`: rules of the repository that no compiler checks.
//!
//! * a Rust file has at most [`FILE_LINES_MAX`] lines and, unless it holds tests, begins with a `//!`
//!   module doc;
//! * dependencies point one way: see [`DIRECTIONS`];
//! * no path of a machine and no open note of work to do is committed;
//! * the conformance tables have the columns they promise, name places that exist and, for what is
//!   done, a test.

mod seeds;

use crate::repository::root;
use crate::shell::{Outcome, output};
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

/// A file longer than this is two files.
const FILE_LINES_MAX: usize = 800;

/// What a crate may depend on inside the workspace (folder, allowed crates).
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("core/proto", &[]),
    ("core/model", &["proto"]),
    ("core/process", &["model"]),
    ("core/auth", &["model", "proto", "process"]),
    ("core/log", &["proto"]),
    ("core/daemon", &["model", "proto", "process"]),
    ("core/allocator", &["model", "proto"]),
    ("core/sandbox", &["model", "proto"]),
    (
        "core/master",
        &[
            "model",
            "proto",
            "process",
            "daemon",
            "allocator",
            "auth",
            "log",
        ],
    ),
    (
        "core/agent",
        &["model", "proto", "process", "daemon", "sandbox", "auth"],
    ),
    (
        "core/driver",
        &["model", "proto", "process", "daemon", "auth"],
    ),
    ("bindings-python", &["core", "driver", "proto"]),
    (
        "cli",
        &["model", "proto", "process", "auth", "daemon", "driver"],
    ),
];

/// Texts that must not be committed, split so that this file passes.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of a machine"),
    (concat!("/ro", "ot/"), "a path of a machine"),
    (concat!("TO", "DO"), "an open note: file an issue"),
    (concat!("FIX", "ME"), "an open note: file an issue"),
    (concat!("todo", "!("), "unfinished code"),
    (concat!("unimple", "mented!("), "unfinished code"),
];

const CODE_ENDINGS: &[&str] = &[
    "rs", "java", "py", "sh", "toml", "c", "h", "hpp", "cpp", "ts",
];

/// Languages that tests are written in.
const TEST_ENDINGS: &[&str] = &[".rs", ".java", ".py"];

/// Runs all rules and lists every offence.
pub fn tidy() -> Outcome {
    let files = output(
        Command::new("git")
            .args(["-c", "safe.directory=*", "ls-files"])
            .current_dir(root()),
    )?;
    let mut offences = Vec::new();
    let files: Vec<&str> = files.lines().collect();
    for name in &files {
        check_file(name, &mut offences);
    }
    for (folder, allowed) in DIRECTIONS {
        check_direction(folder, allowed, &mut offences);
    }
    check_conformance_tables(&files, &mut offences);
    if offences.is_empty() {
        println!("tidy: clean");
        return Ok(());
    }
    Err(format!(
        "{} offences\n  {}",
        offences.len(),
        offences.join("\n  ")
    ))
}

fn check_file(name: &str, offences: &mut Vec<String>) {
    let ending = Path::new(name)
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("");
    if !CODE_ENDINGS.contains(&ending) || name.starts_with("tests/golden/") {
        return;
    }
    let Ok(text) = std::fs::read_to_string(root().join(name)) else {
        return;
    };
    for (number, line) in text.lines().enumerate() {
        for (forbidden, why) in FORBIDDEN {
            if line.contains(forbidden) {
                offences.push(format!("{name}:{}: `{forbidden}` is {why}", number + 1));
            }
        }
    }
    if ending != "rs" {
        return;
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        offences.push(format!("{name}: {lines} lines, at most {FILE_LINES_MAX}"));
    }
    let documented = text.lines().take(5).any(|line| line.starts_with("//!"));
    let is_test = name.ends_with("tests.rs");
    if name.contains("/src/") && !is_test && !documented {
        offences.push(format!("{name}: begins without a `//!` module doc"));
    }
}

fn check_direction(folder: &str, allowed: &[&str], offences: &mut Vec<String>) {
    let manifest = root().join(folder).join("Cargo.toml");
    let Ok(text) = std::fs::read_to_string(&manifest) else {
        offences.push(format!("{folder}: no manifest"));
        return;
    };
    let dependencies = text
        .split("[dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .unwrap_or("");
    for line in dependencies.lines() {
        let Some(name) = line.strip_prefix("mesos-") else {
            continue;
        };
        let name = name.split(['.', ' ', '=']).next().unwrap_or(name);
        if !allowed.contains(&name) {
            offences.push(format!("{folder}: must not depend on mesos-{name}"));
        }
    }
}

/// `docs/conformance/*.tsv`: id, state, places (`path[:function]`), remark.
///
/// The places of what stands must exist, and what is `done` names a test of ours in its remark.
fn check_conformance_tables(files: &[&str], offences: &mut Vec<String>) {
    let tests = function_names(files);
    let folder = root().join("docs/conformance");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.extension().is_none_or(|ending| ending != "tsv") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "seeds.tsv" {
            // It has columns of its own.
            seeds::check(&tests, offences);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for (number, line) in text.lines().enumerate().skip(1) {
            let row = format!("{name}:{}", number + 1);
            check_conformance_row(&row, line, &tests, offences);
        }
    }
}

/// The names of all functions and methods in the sources.
fn function_names(files: &[&str]) -> HashSet<String> {
    let mut names = HashSet::new();
    for file in files
        .iter()
        .filter(|file| TEST_ENDINGS.iter().any(|ending| file.ends_with(ending)))
    {
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        let marked = ["fn ", "void ", "def "]
            .into_iter()
            .flat_map(|mark| text.split(mark).skip(1));
        names.extend(
            marked
                .filter_map(|rest| words(rest).next())
                .map(str::to_owned),
        );
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(move |letter| !inside(letter))
        .filter(|word| !word.is_empty())
}

fn check_conformance_row(
    row: &str,
    line: &str,
    tests: &HashSet<String>,
    offences: &mut Vec<String>,
) {
    let columns: Vec<&str> = line.split('\t').collect();
    let [id, state, places, remark] = columns.as_slice() else {
        offences.push(format!("{row}: needs id, state, place, remark"));
        return;
    };
    if !["done", "part", "open"].contains(state) {
        offences.push(format!("{row}: {id}: state is done, part or open"));
    }
    if *state == "open" {
        return;
    }
    for place in places.split(", ") {
        let path = place.split(':').next().unwrap_or(place);
        if !root().join(path).exists() {
            offences.push(format!("{row}: {id}: there is no {path}"));
        }
    }
    let compound = |word: &str| word.contains('_') || word.contains(char::is_uppercase);
    let is_test = |word: &str| compound(word) && tests.contains(word);
    if *state == "done" && !words(remark).any(is_test) {
        offences.push(format!(
            "{row}: {id}: is done, but its remark names no test"
        ));
    }
}
