//! `cargo xtask client scenarios [PUPPET…] [TEXT]`: the shared scenario suite through the driver of every language.
//!
//! The scenarios are `tests/scenarios/*.toml`, played by the runner of the `tests` crate. Each language has a puppet: a
//! small program that makes the calls it is told to make and tells every callback.

use super::{c, cpp, java, python};
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, run, step};
use std::process::Command;

/// A language's name, and what builds its puppet and answers the command that starts it.
type Puppet = (&'static str, fn() -> Outcome<String>);

const PUPPETS: &[Puppet] = &[
    ("rust", rust_puppet),
    ("c", c_puppet),
    ("cpp", cpp_puppet),
    ("java", java_puppet),
    ("python", python::puppet),
];

/// All languages, or those that are named; all scenarios, or those with the text in their names.
pub fn scenarios(options: &[String]) -> Outcome {
    let is_puppet = |name: &&String| PUPPETS.iter().any(|puppet| puppet.0 == name.as_str());
    let (languages, texts): (Vec<&String>, Vec<&String>) = options.iter().partition(is_puppet);
    if texts.len() > 1 {
        let known: Vec<&str> = PUPPETS.iter().map(|puppet| puppet.0).collect();
        return Err(format!(
            "give puppets ({}) and at most one text",
            known.join(", ")
        ));
    }
    release::build()?;
    build_runner()?;
    let mut command = Command::new(target().join("debug/scenarios"));
    for (name, build) in PUPPETS {
        if languages.is_empty() || languages.iter().any(|wanted| wanted.as_str() == *name) {
            step(&format!("the puppet of {name}"));
            let variable = format!("MESOS_PUPPET_{}", name.to_ascii_uppercase());
            command.env(variable, build()?);
        }
    }
    step("playing the scenarios");
    run(command
        .args(texts)
        .env("MESOS_BIN_DIR", release::folder())
        .env("RUST_BACKTRACE", "0"))
}

/// The runner, and the puppet over the driver itself.
fn build_runner() -> Outcome {
    run(Command::new("cargo")
        .args(["build", "--package", "mesos-tests", "--bins"])
        .current_dir(root()))
}

fn rust_puppet() -> Outcome<String> {
    Ok(target().join("debug/puppet").display().to_string())
}

fn c_puppet() -> Outcome<String> {
    Ok(c::puppet()?.display().to_string())
}

fn cpp_puppet() -> Outcome<String> {
    Ok(cpp::puppet()?.display().to_string())
}

fn java_puppet() -> Outcome<String> {
    crate::fetch::need_registry_clients()?;
    java::puppet(&java::jars::all()?)
}
