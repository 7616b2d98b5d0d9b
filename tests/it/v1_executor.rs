//! A v1 executor under a real agent, which dies and comes back.

use bytes::Bytes;
use mesos_proto::mesos::{self as pb, TaskState};
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, scalar, shell_task};
use mesos_tests::wait;
use prost::Message as _;

const EXECUTOR: &str = "v1";

fn launch(framework: &Framework, task: &str, content_type: &str) -> pb::Offer {
    let offer = framework.offer();
    let command = format!(
        "exec '{}' {content_type}",
        env!("CARGO_BIN_EXE_v1-executor")
    );
    let executor = pb::ExecutorInfo {
        executor_id: pb::ExecutorId {
            value: EXECUTOR.to_owned(),
        },
        command: Some(pb::CommandInfo {
            value: Some(command),
            ..Default::default()
        }),
        resources: vec![scalar("cpus", 0.1), scalar("mem", 32.0)],
        ..Default::default()
    };
    let task = pb::TaskInfo {
        command: None,
        executor: Some(executor),
        ..shell_task(task, "", &offer)
    };
    framework.launch(&offer, &[task]);
    offer
}

fn say(framework: &Framework, offer: &pb::Offer, text: &'static str) {
    let executor_id = pb::ExecutorId {
        value: EXECUTOR.to_owned(),
    };
    framework.driver.send_framework_message(
        executor_id.encode_to_vec().into(),
        offer.slave_id.encode_to_vec().into(),
        Bytes::from_static(text.as_bytes()),
    );
}

fn until_message(framework: &Framework, text: &str) {
    framework.until(text, |heard| {
        heard
            .messages
            .iter()
            .any(|m| m[..] == *text.as_bytes())
            .then_some(())
    });
}

#[test]
fn a_v1_executor_runs_its_task_in_either_content_type() {
    let cluster = Cluster::start(1);
    for content_type in ["protobuf", "json"] {
        let framework = Framework::start(&cluster.master.address, &info(content_type, 0.0));
        let offer = launch(&framework, "t", content_type);
        framework.until_state("t", TaskState::TaskRunning);
        say(&framework, &offer, "a\0b");
        until_message(&framework, "a\0b");
        framework.until_state("t", TaskState::TaskFinished);
        framework.driver.stop(false);
    }
}

#[test]
fn a_v1_executor_survives_its_agent_and_comes_back_to_the_next() {
    // An executor waits up to 2 s between two attempts, which is all that an agent allows by default.
    let patient = "--executor_reregistration_timeout=12secs";
    let mut cluster = Cluster::start_with(1, &[], &[patient]);
    let framework = Framework::start(&cluster.master.address, &info("v1 executor", 0.0));
    let offer = launch(&framework, "t", "protobuf");
    framework.until_state("t", TaskState::TaskRunning);
    cluster.restart_agent(0);
    wait::until("the recovered task", || {
        let state = cluster.agents[0].get("/state");
        let task = &state["frameworks"][0]["executors"][0]["tasks"][0]["state"];
        (task == "TASK_RUNNING").then_some(())
    });
    // The message is lost while the executor is not there yet.
    wait::until("an answer", || {
        say(&framework, &offer, "still there?");
        (!framework.heard().messages.is_empty()).then_some(())
    });
    framework.until_state("t", TaskState::TaskFinished);
    assert!(framework.heard().lost_executors.is_empty());
}
