//! kill -9 of an executor, of the agent, and of the agent's whole machine.

use mesos_proto::mesos::{self as pb, TaskState};
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info};
use mesos_tests::wait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};

fn files_named(folder: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files_named(&path, name, found);
        } else if path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        }
    }
}

fn executor_pid(work_dir: &Path) -> Pid {
    wait::until("the executor's checkpointed pid", || {
        let mut found = Vec::new();
        files_named(work_dir, "forked.pid", &mut found);
        let text = std::fs::read_to_string(found.first()?).ok()?;
        text.trim().parse().ok().map(Pid::from_raw)
    })
}

#[test]
fn a_killed_executor_fails_its_task() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("executor killed", 0.0));
    framework.launch_command("t", "sleep 1000");
    framework.until_state("t", TaskState::TaskRunning);
    let pid = executor_pid(&cluster.agents[0].work_dir);
    kill(pid, Signal::SIGKILL).unwrap();
    let status = framework.until_state("t", TaskState::TaskFailed);
    assert_eq!(status.reason(), pb::task_status::Reason::ExecutorTerminated);
}

#[test]
fn tasks_survive_a_killed_agent_and_are_recovered_by_the_next() {
    let mut cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("agent restart", 0.0));
    let release = cluster.scratch().join("release");
    let command = format!("while [ ! -e {} ]; do sleep 0.05; done", release.display());
    framework.launch_command("t", &command);
    framework.until_state("t", TaskState::TaskRunning);
    let executor = executor_pid(&cluster.agents[0].work_dir);
    let before = cluster.agents[0].get("/state")["id"].clone();

    cluster.agents[0].daemon.kill();
    assert!(
        kill(executor, None).is_ok(),
        "the executor outlives its agent"
    );
    cluster.agents[0].restart();
    cluster.wait_for_agents(1);
    assert_eq!(
        cluster.agents[0].get("/state")["id"],
        before,
        "the agent keeps its id"
    );
    wait::until("the recovered task", || {
        let state = cluster.agents[0].get("/state");
        let task = &state["frameworks"][0]["executors"][0]["tasks"][0]["state"];
        (task == "TASK_RUNNING").then_some(())
    });
    std::fs::write(&release, "").unwrap();
    framework.until_state("t", TaskState::TaskFinished);
    assert!(framework.heard().lost_agents.is_empty());
}

#[test]
fn a_task_that_ends_while_its_agent_is_down_is_reported_by_the_next() {
    let mut cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("ends meanwhile", 0.0));
    let release = cluster.scratch().join("release");
    let command = format!(
        "while [ ! -e {} ]; do sleep 0.05; done; exit 3",
        release.display()
    );
    framework.launch_command("t", &command);
    framework.until_state("t", TaskState::TaskRunning);
    cluster.agents[0].daemon.kill();
    std::fs::write(&release, "").unwrap();
    cluster.agents[0].restart();
    let status = framework.until_state("t", TaskState::TaskFailed);
    assert_eq!(status.message(), "Command exited with status 3");
}

#[test]
fn tasks_of_an_agent_that_stays_away_are_lost() {
    let flags = ["--agent_ping_timeout=1secs", "--max_agent_ping_timeouts=2"];
    let mut cluster = Cluster::start_with(1, &flags, &[]);
    let framework = Framework::start(&cluster.master.address, &info("agent lost", 0.0));
    framework.launch_command("t", "sleep 1000");
    framework.until_state("t", TaskState::TaskRunning);
    let executor = executor_pid(&cluster.agents[0].work_dir);
    cluster.agents[0].daemon.kill();
    let status = framework.until_state("t", TaskState::TaskLost);
    assert_eq!(status.reason(), pb::task_status::Reason::SlaveRemoved);
    framework.until("slaveLost", |heard| heard.lost_agents.first().cloned());
    let _ = nix::sys::signal::killpg(executor, Signal::SIGKILL);
    let _ = kill(executor, Signal::SIGKILL);
}
