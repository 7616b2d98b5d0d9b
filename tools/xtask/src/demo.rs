//! `cargo xtask demo`: an unmodified Flink runs WordCount through our `libmesos.so`.
//!
//! Every step is real: a master and an agent on loopback, the published Flink distribution with
//! its own start scripts, a job submitted by Flink's own client. The exit status is 0 only if
//! Flink's REST API called the job FINISHED and everything shut down as it should.

mod report;

use crate::client::flink::distribution;
use crate::client::flink::session::Session;
use crate::client::flink::setup::{Java, Setup};
use crate::cluster::Cluster;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, step};
use crate::{fetch, release};
use std::path::Path;
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
    fetch::need_registry_clients()?;
    release::build()?;
    let distribution = distribution::assemble()?;
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

fn run_job(cluster: &mut Cluster, distribution: &Path, folder: &Path, keep: bool) -> Outcome {
    step("starting Flink's app master (bin/mesos-appmaster.sh, unchanged)");
    let setup = Setup::new(distribution, folder, Java::System, &[])?;
    let mut session = Session::start(&setup, &cluster.master)?;
    let result = session
        .wait_until_up()
        .and_then(|_| session.run_batch())
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
