//! What a file below `tests/seeds` says: cases in the order in which they are typed.
//!
//! A case names the rows of the seed table it shows, the host, what is typed there exactly as the
//! document has it, and what must come out.

use crate::repository::root;
use crate::shell::Outcome;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where the files are, from the repository's root.
pub const FOLDER: &str = "tests/seeds";
/// How long something may take to be seen, unless the case says otherwise.
const SEEN_WITHIN_SECONDS: u64 = 15;
/// The same for the first words of what stays in a terminal.
pub const SEEN_IN_TERMINAL_SECONDS: u64 = 15;

/// One file: fresh hosts, then its cases in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What of which document is typed here.
    pub about: String,
    pub hosts: usize,
    /// What the hosts start from.
    pub tree: Tree,
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// What is laid over the root of the hosts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Tree {
    /// Installed with the prefix `/usr/local`, as from source.
    Local,
    /// Installed with the prefix `/usr`, as the packages do.
    Usr,
    /// Not installed; the build tree is in `mesos/build` of root's home folder.
    Build,
}

/// Something typed, and what must be seen then.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Rows of the table.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Why it is here, where that is not plain.
    #[serde(default, rename = "why")]
    _why: Option<String>,
    /// Files that are edited first.
    #[serde(default)]
    pub put: Vec<Put>,
    #[serde(flatten)]
    pub typed: Typed,
    /// The name of what stays in the foreground of a terminal of its own, until the file's end or `stop`.
    #[serde(default)]
    pub stays: Option<String>,
    /// Ctrl-C is typed in that terminal.
    #[serde(default)]
    pub stop: Option<String>,
    /// What must be true afterwards, each within its time.
    #[serde(default)]
    pub see: Vec<See>,
}

/// A text file and the hosts that get it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    pub path: String,
    pub text: String,
    #[serde(default)]
    pub on: Vec<String>,
}

/// A command, where it is typed and what it must answer.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default, rename = "type")]
    pub command: Option<String>,
    #[serde(default = "first_host")]
    pub host: String,
    #[serde(default = "root_user")]
    pub user: String,
    /// What is typed after the command itself.
    #[serde(default)]
    pub answers: String,
    #[serde(default)]
    pub status: i32,
    /// Patterns that stdout must hold.
    #[serde(default)]
    pub out: Vec<String>,
    /// Patterns that stderr must hold.
    #[serde(default)]
    pub err: Vec<String>,
    /// Patterns that neither may hold.
    #[serde(default)]
    pub none: Vec<String>,
}

/// Something that must come true.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct See {
    /// A page opened by a browser on the same network; `type` otherwise.
    #[serde(default)]
    pub get: Option<String>,
    #[serde(default, rename = "type")]
    pub command: Option<String>,
    #[serde(default = "first_host")]
    pub host: String,
    #[serde(default)]
    pub status: i32,
    #[serde(default)]
    pub out: Vec<String>,
    #[serde(default)]
    pub none: Vec<String>,
    /// JSON pointers into the page, and a pattern for a text or the value itself.
    #[serde(default)]
    pub json: BTreeMap<String, serde_json::Value>,
    /// Seconds.
    #[serde(default = "seen_within")]
    pub within: u64,
}

fn first_host() -> String {
    "mesos1".to_owned()
}

fn root_user() -> String {
    "root".to_owned()
}

fn seen_within() -> u64 {
    SEEN_WITHIN_SECONDS
}

/// All files, in the order of their names.
pub fn load_all() -> Outcome<Vec<Script>> {
    let folder = root().join(FOLDER);
    let entries =
        std::fs::read_dir(&folder).map_err(|e| format!("no folder {}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files.into_iter().map(|path| load(&path)).collect()
}

fn load(path: &std::path::Path) -> Outcome<Script> {
    let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let text = std::fs::read_to_string(path).map_err(|e| at(&e))?;
    let mut script: Script = toml::from_str(&text).map_err(|e| at(&e))?;
    let stem = path.file_stem().unwrap_or_default();
    script.name = stem.to_string_lossy().into_owned();
    for case in &script.cases {
        check(case).map_err(|e| at(&format!("{:?}: {e}", case.ids)))?;
    }
    Ok(script)
}

/// A case that expects nothing would be true whatever happens.
fn check(case: &Case) -> Outcome {
    let typed = &case.typed;
    if case.stop.is_some() && typed.command.is_some() {
        return Err("`stop` and `type` exclude each other".to_owned());
    }
    let expects = typed.command.is_some()
        || !case.see.is_empty()
        || case.stop.is_some()
        || case.ids.is_empty();
    if !expects {
        return Err("nothing is typed and nothing is looked at".to_owned());
    }
    for see in &case.see {
        if see.get.is_some() == see.command.is_some() {
            return Err("`see` has either `get` or `type`".to_owned());
        }
        if see.get.is_none() && !see.json.is_empty() {
            return Err("`json` belongs to `get`".to_owned());
        }
    }
    let seen = case
        .see
        .iter()
        .flat_map(|see| see.out.iter().chain(&see.none));
    let patterns = typed.out.iter().chain(&typed.err).chain(&typed.none);
    for pattern in patterns.chain(seen) {
        compile(pattern)?;
    }
    Ok(())
}

/// `^` and `$` are the ends of lines.
pub fn compile(pattern: &str) -> Outcome<regex::Regex> {
    regex::RegexBuilder::new(pattern)
        .multi_line(true)
        .build()
        .map_err(|e| e.to_string())
}
