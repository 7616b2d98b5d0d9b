//! `cargo xtask verify` (never writes) and `cargo xtask fix` (does).

use crate::repository::root;
use crate::shell::{Outcome, has_program, run, step};
use std::process::Command;

/// Everything a commit must pass besides the tests.
pub fn verify() -> Outcome {
    step("rustfmt");
    format_check()?;
    lint()?;
    step("tidy");
    crate::tidy::tidy()?;
    crate::reference::check()?;
    step("licences, bans and sources (cargo-deny)");
    if !has_program("cargo-deny") {
        step("installing cargo-deny, once");
        run(cargo().args(["install", "--locked", "--quiet", "cargo-deny"]))?;
    }
    run(cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))?;
    step("docs");
    run(cargo()
        .args(["doc", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

/// Rewrites what can be rewritten.
pub fn fix() -> Outcome {
    step("clippy --fix");
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--fix",
        "--allow-dirty",
    ]))?;
    step("rustfmt");
    run(cargo().args(["fmt", "--all"]))?;
    crate::reference::write()
}

/// Formatting only; part of the test command as well.
pub fn format_check() -> Outcome {
    run(cargo().args(["fmt", "--all", "--check"]))
}

/// Clippy with the workspace's lints; part of the test command as well.
pub fn lint() -> Outcome {
    step("clippy, warnings are errors");
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}
