//! kill -9 of the master; a framework whose driver goes away without a word, and one that stops.

use mesos_proto::mesos::{self as pb, TaskState};
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info};
use mesos_tests::wait;

#[test]
fn agents_frameworks_and_tasks_come_back_to_a_restarted_master() {
    let mut cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("master restart", 3600.0));
    framework.launch_command("t", "sleep 1000");
    framework.until_state("t", TaskState::TaskRunning);
    cluster.master.daemon.kill();
    cluster.master.restart();
    cluster.wait_for_agents(1);
    let state = cluster.master.get("/state");
    let recovered = state["frameworks"][0].clone();
    assert_eq!(recovered["name"], "master restart");
    assert_eq!(recovered["tasks"][0]["state"], "TASK_RUNNING");
    wait::until("the framework at the new master", || {
        let state = cluster.master.get("/state");
        (state["frameworks"][0]["active"] == true).then_some(())
    });
    assert_eq!(framework.heard().disconnections, 0);
    framework.kill_task("t");
    framework.until_state("t", TaskState::TaskKilled);
}

#[test]
fn a_framework_takes_over_its_tasks_within_the_failover_timeout() {
    let cluster = Cluster::start(1);
    let first = Framework::start(&cluster.master.address, &info("failover", 3600.0));
    first.launch_command("t", "sleep 1000");
    first.until_state("t", TaskState::TaskRunning);
    let id = first.heard().framework_id.unwrap();
    drop(first);

    let mut again = info("failover", 3600.0);
    again.id = Some(pb::FrameworkId { value: id.clone() });
    let second = Framework::start(&cluster.master.address, &again);
    assert_eq!(second.heard().framework_id, Some(id));
    second.driver.reconcile_tasks(Vec::new());
    let status = second.until_state("t", TaskState::TaskRunning);
    assert_eq!(status.reason(), pb::task_status::Reason::Reconciliation);
    second.kill_task("t");
    second.until_state("t", TaskState::TaskKilled);
}

#[test]
fn stopping_a_framework_ends_its_tasks_and_completes_it() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("stopped", 3600.0));
    framework.launch_command("t", "sleep 1000");
    framework.until_state("t", TaskState::TaskRunning);
    framework.driver.stop(false);
    wait::until("the completed framework", || {
        let answer = cluster.master.get("/frameworks");
        let completed = answer["completed_frameworks"].as_array()?;
        let found = completed
            .iter()
            .any(|framework| framework["name"] == "stopped");
        found.then_some(())
    });
    wait::until("the executor's end on the agent", || {
        let state = cluster.agents[0].get("/state");
        state["frameworks"].as_array()?.is_empty().then_some(())
    });
}
