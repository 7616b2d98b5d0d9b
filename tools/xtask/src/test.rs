//! `cargo xtask test`: every test, the end-to-end ones with real clients included.

use crate::repository::root;
use crate::shell::{Outcome, need_packages, need_programs, output, run, step};
use std::process::Command;
use std::time::Instant;

/// Debian packages the build links against, with a file that shows they are there.
const LIBRARIES: &[(&str, &str)] = &[("openssl", "libssl-dev")];

/// Runs everything; `--quick` stops after what `cargo test` runs.
pub fn test(options: &[String]) -> Outcome {
    let (quick, long) = match options {
        [] => (false, false),
        [only] if only == "--quick" => (true, false),
        [only] if only == "--long" => (false, true),
        _ => return Err("the only options are --quick and --long".to_string()),
    };
    let started = Instant::now();
    prepare()?;
    crate::webui::build()?;
    step("formatting, tidy and lints");
    crate::verify::format_check()?;
    if root().join(".git").exists() {
        // A source that was unpacked is as it was packed.
        crate::tidy::tidy()?;
    }
    crate::verify::lint()?;
    step("unit, machine, simulation, kernel and network tests");
    run(cargo().args(["test", "--workspace", "--exclude", "mesos-tests"]))?;
    if quick {
        return Ok(());
    }
    crate::release::build()?;
    step("end-to-end tests against the release build");
    run(cargo()
        .args(["test", "--package", "mesos-tests"])
        .env("MESOS_BIN_DIR", crate::release::folder()))?;
    junit()?;
    crate::demo::demo(&[])?;
    crate::client::run_all(long)?;
    println!(
        "All tests passed in {:.0} s.",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Installs what the tests need and a bare machine lacks.
fn prepare() -> Outcome {
    need_programs(&[
        ("cc", "build-essential"),
        ("pkg-config", "pkg-config"),
        ("curl", "curl"),
        ("unzip", "unzip"),
        ("javac", "openjdk-17-jdk-headless"),
        ("mvn", "maven"),
        ("nm", "binutils"),
    ])?;
    for (module, package) in LIBRARIES {
        if output(Command::new("pkg-config").args(["--exists", module])).is_err() {
            need_packages(&[package])?;
        }
    }
    Ok(())
}

/// The JUnit suite drives three generations of the published Java classes.
fn junit() -> Outcome {
    for version in ["1.11.0", "1.4.0", "0.28.3"] {
        step(&format!("JUnit with org.apache.mesos:mesos {version}"));
        run(Command::new("mvn")
            .args(["-q", "-B", "test"])
            .arg(format!("-Pmesos-{version}"))
            .current_dir(root().join("bindings-java"))
            .env_remove("LD_LIBRARY_PATH")
            .env("MESOS_BIN_DIR", crate::release::folder())
            .env("MESOS_NATIVE_JAVA_LIBRARY", crate::release::library()))?;
    }
    Ok(())
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}
