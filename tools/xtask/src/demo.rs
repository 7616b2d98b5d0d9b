//! `cargo xtask demo`: an unmodified Flink runs WordCount through our `libmesos.so`.
//!
//! Every step is real: a master and an agent on loopback, the published Flink distribution with
//! its own start scripts, a job submitted by Flink's own client. The exit status is 0 only if
//! Flink's REST API called the job FINISHED and everything shut down as it should.

mod cluster;
mod flink;
mod report;

use crate::repository::target;
use crate::shell::{Outcome, need_packages, need_programs, output, run, step};
use cluster::Cluster;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Runs the demo; `--keep` leaves everything running and prints the addresses.
pub fn demo(options: &[String]) -> Outcome {
    let mut keep = false;
    for option in options {
        match option.as_str() {
            "--keep" => keep = true,
            other => return Err(format!("unknown option `{other}`; there is only --keep")),
        }
    }
    let started = Instant::now();
    need_programs(&[
        ("curl", "curl"),
        ("javac", "openjdk-17-jdk-headless"),
        ("mvn", "maven"),
        ("unzip", "unzip"),
    ])?;
    need_pip()?;
    build_release()?;
    let distribution = flink::assemble()?;
    let folder = target().join("demo");
    fresh_folder(&folder)?;

    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let result = run_job(&mut cluster, &distribution, &folder, keep);
    if keep && result.is_ok() {
        cluster.leave_running();
        return Ok(());
    }
    let stopped = cluster.stop();
    result?;
    stopped?;
    println!("\nThe demo took {:.1} s.", started.elapsed().as_secs_f64());
    Ok(())
}

/// `pip` is a package of its own on Debian.
fn need_pip() -> Outcome {
    let asked = output(Command::new("python3").args(["-m", "pip", "--version"]));
    if asked.is_ok() {
        return Ok(());
    }
    need_packages(&["python3", "python3-pip"])
}

/// Builds the daemons and the library as they ship.
pub fn build_release() -> Outcome {
    step("building in release mode");
    run(Command::new("cargo")
        .args([
            "build",
            "--release",
            "--package",
            "mesos-core",
            "--package",
            "mesos-ffi-c",
        ])
        .args(["--bins", "--lib"])
        .current_dir(crate::repository::root()))
}

/// An empty folder; what an earlier run left is removed.
pub fn fresh_folder(folder: &Path) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|e| format!("cannot empty {}: {e}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))
}

fn run_job(cluster: &mut Cluster, distribution: &Path, folder: &Path, keep: bool) -> Outcome {
    step("starting Flink's app master (bin/mesos-appmaster.sh, unchanged)");
    let mut session = flink::Session::start(distribution, folder, &cluster.master)?;
    let result = session
        .wait_until_up()
        .and_then(|()| session.run_word_count())
        .and_then(|job| report::print(cluster, &session, &job));
    if keep && result.is_ok() {
        println!("\nMaster    http://{}/", cluster.master);
        println!("Agent     http://{}/", cluster.agent);
        println!("Flink     {}", session.rest);
        println!(
            "Stop with: curl -X DELETE {}/cluster; sleep 3; kill {}",
            session.rest,
            cluster.process_ids()
        );
        session.leave_running();
        return Ok(());
    }
    let ended = session.shut_down();
    result?;
    ended?;
    cluster.expect_framework_completed("Flink")
}
