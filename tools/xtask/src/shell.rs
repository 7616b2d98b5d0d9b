//! Running programs, waiting for conditions, talking HTTP to a local server by `curl`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub type Outcome<T = ()> = Result<T, String>;

/// How often a condition is looked at while waiting for it.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Prints a step's title, so that a failure can be placed.
pub fn step(title: &str) {
    println!("==> {title}");
}

/// Runs a command with inherited output; a non-zero exit is an error that quotes it.
pub fn run(command: &mut Command) -> Outcome {
    let text = describe(command);
    let status = command
        .status()
        .map_err(|e| format!("cannot start `{text}`: {e}"))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{text}` ended with {status}"))
}

/// Runs a command and returns what it wrote to stdout.
pub fn output(command: &mut Command) -> Outcome<String> {
    let text = describe(command);
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot start `{text}`: {e}"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&out.stderr);
    Err(format!(
        "`{text}` ended with {}: {}",
        out.status,
        complaint.trim()
    ))
}

fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Whether a program of that name is on the PATH.
pub fn has_program(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// Installs Debian packages when one of the programs they bring is missing.
pub fn need_programs(pairs: &[(&str, &str)]) -> Outcome {
    let missing: Vec<&str> = pairs
        .iter()
        .filter(|(program, _)| !has_program(program))
        .map(|(_, package)| *package)
        .collect();
    need_packages(&missing)
}

/// Installs Debian packages; says so.
pub fn need_packages(packages: &[&str]) -> Outcome {
    if packages.is_empty() {
        return Ok(());
    }
    step(&format!(
        "installing Debian packages: {}",
        packages.join(" ")
    ));
    run(as_root("apt-get").args(["update", "-qq"]))?;
    run(as_root("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// A program run by root, through `sudo` where this user is not root.
fn as_root(program: &str) -> Command {
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

/// Writes a file whose folder is there.
pub fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// An empty folder; what an earlier run left is removed.
pub fn fresh_folder(folder: &Path) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|e| format!("cannot empty {}: {e}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))
}

/// Polls until `probe` answers, or gives up after `limit` with an error naming what was awaited.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = probe()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            return Err(format!("{what}: not seen within {} s", limit.as_secs()));
        }
        std::thread::park_timeout(POLL_INTERVAL);
    }
}

/// GET of a local address; `None` while nothing answers with success.
pub fn http_get(url: &str) -> Option<String> {
    output(Command::new("curl").args(["-sf", "--max-time", "10", url])).ok()
}

/// GET of a local address that answers with JSON.
pub fn http_get_json(url: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&http_get(url)?).ok()
}

/// A port on loopback that is free now; `preferred` if it is.
pub fn free_port(preferred: u16) -> Outcome<u16> {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port));
    let listener = bind(preferred)
        .or_else(|_| bind(0))
        .map_err(|e| format!("no free port on loopback: {e}"))?;
    let address = listener
        .local_addr()
        .map_err(|e| format!("no address of a fresh socket: {e}"))?;
    Ok(address.port())
}

/// The last lines of a log, for an error message.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
