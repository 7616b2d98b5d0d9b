//! Every scheme that is not our own goes to the Hadoop client.
//!
//! Compat: agent part 2 §20.1 rules 5 and 8, §20.2 rule 4.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use super::Error;

/// `$HADOOP_HOME/bin/hadoop`, or whatever PATH has.
fn client() -> PathBuf {
    std::env::var_os("HADOOP_HOME").map_or_else(
        || "hadoop".into(),
        |home| PathBuf::from(home).join("bin/hadoop"),
    )
}

fn run(arguments: &[&str]) -> Result<Output, Error> {
    let client = client();
    let output = Command::new(&client)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output =
        output.map_err(|error| Error::Hadoop(format!("'{}': {error}", client.display())))?;
    if output.status.success() {
        return Ok(output);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Error::Hadoop(format!(
        "'hadoop {}' ended with {}: {}",
        arguments.join(" "),
        output.status,
        stderr.trim_end()
    )))
}

/// # Errors
/// There is no client, or it failed.
pub fn copy_to_local(url: &str, path: &Path) -> Result<(), Error> {
    let path = path.to_string_lossy();
    run(&["fs", "-copyToLocal", url, &path]).map(drop)
}

/// # Errors
/// There is no client, it failed, or its answer has no size in it.
pub fn size(url: &str) -> Result<u64, Error> {
    let output = run(&["fs", "-du", url])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let of_line = |line: &str| line.split_ascii_whitespace().next()?.parse().ok();
    text.lines()
        .rev()
        .find_map(of_line)
        .ok_or_else(|| Error::Hadoop(format!("no size in the answer '{}'", text.trim_end())))
}
