//! A custom executor that speaks the v1 executor API, written without any library of ours.

use mesos_driver::Status;
use mesos_proto::mesos as pb;
use mesos_proto::mesos::TaskState;
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, shell_task};
use prost::Message;

const SCRIPT: &str = include_str!("http_executor.py");
const EXECUTOR: &str = "http";
/// An executor waits up to 2 s between two attempts, which is all that an agent allows by default.
const PATIENT: &str = "--executor_reregistration_timeout=12secs";

fn task(cluster: &Cluster, id: &str, offer: &pb::Offer) -> pb::TaskInfo {
    let script = cluster.scratch().join("executor.py");
    std::fs::write(&script, SCRIPT).unwrap();
    let command = pb::CommandInfo {
        value: Some(format!("exec python3 {}", script.display())),
        ..Default::default()
    };
    pb::TaskInfo {
        command: None,
        executor: Some(pb::ExecutorInfo {
            executor_id: pb::ExecutorId {
                value: EXECUTOR.to_owned(),
            },
            command: Some(command),
            ..Default::default()
        }),
        ..shell_task(id, "", offer)
    }
}

fn tell(framework: &Framework, agent: &pb::SlaveId, text: &str) {
    let executor = pb::ExecutorId {
        value: EXECUTOR.to_owned(),
    };
    let status = framework.driver.send_framework_message(
        executor.encode_to_vec().into(),
        agent.encode_to_vec().into(),
        text.to_owned().into(),
    );
    assert_eq!(status, Status::Running);
}

fn hears(framework: &Framework, text: &str) {
    framework.until(&format!("the message {text}"), |heard| {
        heard.messages.iter().any(|m| m == text).then_some(())
    });
}

#[test]
fn an_executor_of_another_making_runs_tasks_over_a_restart_of_its_agent() {
    let mut cluster = Cluster::start_with(1, &[], &[PATIENT]);
    let framework = Framework::start(&cluster.master.address, &info("http-executor", 600.0));
    let offer = framework.offer();
    framework.launch(&offer, &[task(&cluster, "one", &offer)]);
    let status = framework.until_state("one", TaskState::TaskRunning);
    assert_eq!(status.executor_id.unwrap().value, EXECUTOR);
    tell(&framework, &offer.slave_id, "stressed");
    hears(&framework, "desserts");
    // A second task goes to the same executor.
    let offer = framework.offer();
    framework.launch(&offer, &[task(&cluster, "two", &offer)]);
    framework.until_state("two", TaskState::TaskRunning);
    cluster.restart_agent(0);
    // The messages of a framework take the direct way, which the new agent has to be found on.
    let answered = |framework: &Framework| {
        framework
            .heard()
            .messages
            .iter()
            .any(|message| message == "repaid")
    };
    mesos_tests::wait::until("an answer through the new agent", || {
        tell(&framework, &offer.slave_id, "diaper");
        answered(&framework).then_some(())
    });
    tell(&framework, &offer.slave_id, "end");
    let mut ends: Vec<TaskState> = Vec::new();
    for id in ["one", "two"] {
        ends.push(framework.until_state(id, TaskState::TaskFinished).state());
    }
    assert_eq!(ends, [TaskState::TaskFinished; 2]);
    assert_eq!(framework.driver.stop(false), Status::Stopped);
}

/// Whether any executor of the agent is known to speak HTTP.
fn is_marked(folder: &std::path::Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        entry.file_name() == "http.marker"
            || (entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_marked(&entry.path()))
    })
}

#[test]
fn the_command_executor_speaks_http_when_the_agent_asks_for_it() {
    let mut cluster = Cluster::start_with(1, &[], &["--http_command_executor", PATIENT]);
    let framework = Framework::start(&cluster.master.address, &info("http-command", 600.0));
    framework.launch_command("short", "exit 3");
    framework.until_state("short", TaskState::TaskFailed);
    let heard = framework.heard();
    assert_eq!(
        heard.states_of("short"),
        [
            TaskState::TaskStarting,
            TaskState::TaskRunning,
            TaskState::TaskFailed
        ]
    );
    let last = heard.last_of("short").unwrap();
    assert_eq!(last.message(), "Command exited with status 3");
    framework.launch_command("long", "exec sleep 1000");
    framework.until_state("long", TaskState::TaskRunning);
    assert!(is_marked(&cluster.agents[0].work_dir.join("meta")));
    cluster.restart_agent(0);
    framework.kill_task("long");
    let killed = framework.until_state("long", TaskState::TaskKilled);
    assert_eq!(
        killed.message(),
        "Command terminated with signal Terminated"
    );
    assert_eq!(framework.driver.stop(false), Status::Stopped);
}
