//! `cargo xtask client deploy`: the deploy scripts and the init wrapper, under every shell they must
//! run in, with programs in the place of ssh and the daemons that write down what they are given.
//!
//! Compat: operations 1.5 and 2.1 to 2.3. The tests are shell scripts in `deploy/test`.

use crate::repository::root;
use crate::shell::{Outcome, need_programs, run, step};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SHELLS: [&str; 2] = ["dash", "bash"];
const TESTS: [&str; 2] = ["scripts.sh", "wrapper.sh"];

/// Lints the scripts, then runs every test under every shell, all at once: they mostly wait.
pub fn deploy(options: &[String]) -> Outcome {
    if !options.is_empty() {
        return Err("`cargo xtask client deploy` takes no options".to_owned());
    }
    need_programs(&[
        ("dash", "dash"),
        ("bash", "bash"),
        ("shellcheck", "shellcheck"),
        ("logger", "bsdutils"),
    ])?;
    let folder = root().join("deploy");
    step("shellcheck");
    run(Command::new("shellcheck").arg("-x").args(scripts(&folder)?))?;
    step("tests of the deploy scripts and of mesos-init-wrapper");
    let mut running = Vec::new();
    for shell in SHELLS {
        for test in TESTS {
            let child = Command::new(shell)
                .arg(folder.join("test").join(test))
                .env("SHELL_UNDER_TEST", shell)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|e| format!("cannot start {shell}: {e}"))?;
            running.push((test, child));
        }
    }
    let mut failed = Vec::new();
    for (test, child) in running {
        let output = child
            .wait_with_output()
            .map_err(|e| format!("{test} was lost: {e}"))?;
        print!("{test}: {}", String::from_utf8_lossy(&output.stdout));
        if !output.status.success() {
            failed.push(test);
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("failed: {}", failed.join(", ")))
}

/// What a shell reads: the scripts, the wrapper, what packages and images run, and the tests themselves.
fn scripts(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for part in ["sbin", "bin", "test", "packages/deb/mesos", "container"] {
        let part = folder.join(part);
        let entries =
            std::fs::read_dir(&part).map_err(|e| format!("cannot list {}: {e}", part.display()))?;
        let paths = entries.flatten().map(|entry| entry.path());
        found.extend(paths.filter(|path| path.extension().is_none_or(|end| end == "sh")));
    }
    found.sort();
    Ok(found)
}
