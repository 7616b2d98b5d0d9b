//! `cargo xtask bench`: the criterion benches of every crate, or of one.

use crate::repository::root;
use crate::shell::{Outcome, run, step};
use std::process::Command;

/// Runs all benches, or those of the crate named.
pub fn bench(options: &[String]) -> Outcome {
    let mut command = Command::new("cargo");
    command.arg("bench").current_dir(root());
    match options {
        [] => {
            step("all benches; figures belong into docs/performance.md");
            command.arg("--workspace");
        }
        [package, rest @ ..] => {
            step(&format!("benches of {package}"));
            command.args(["--package", package, "--"]).args(rest);
        }
    }
    run(&mut command)
}
