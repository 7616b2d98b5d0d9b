//! Compat: agent §10, §12; rules A.4, A.19.

use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, LaunchFailure, Message};
use mesos_proto::internal::*;
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::task_status::Reason;
use mesos_proto::mesos::{self, TaskState};

use crate::harness::*;

#[test]
fn tasks_of_an_executor_that_just_exits_fail() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(executor_task("t", "e"))).remove(0);
    rig.register_executor("e");
    let effects = rig.end(&launch.container, 256);
    let status = &updates(&effects)[0];
    assert_eq!(status.state(), TaskState::TaskFailed);
    assert_eq!(status.reason(), Reason::ExecutorTerminated);
    assert_eq!(status.message(), "Executor terminated");
    let exited = &sent::<ExitedExecutorMessage>(&effects)[0];
    assert_eq!(exited.status, 256);
}

/// As recorded: Spark tells a lost executor from a failed task by what it hears first.
#[test]
fn the_end_of_an_executor_is_told_before_the_ends_of_its_tasks() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(executor_task("t", "e"))).remove(0);
    rig.register_executor("e");
    let effects = rig.end(&launch.container, 256);
    let first_of = |wanted: &str| {
        let is_it =
            |effect: &Effect| matches!(effect, Effect::Send { name, .. } if name.ends_with(wanted));
        effects.iter().position(is_it).expect(wanted)
    };
    assert!(first_of("ExitedExecutorMessage") < first_of("StatusUpdateMessage"));
}

#[test]
fn the_end_of_an_agent_made_executor_is_not_reported() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    rig.register_executor("t");
    assert!(sent::<ExitedExecutorMessage>(&rig.end(&launch.container, 0)).is_empty());
}

#[test]
fn the_containers_own_reason_wins_and_messages_are_joined() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    rig.wait(61.0);
    let termination = ContainerTermination {
        status: Some(9),
        reason: Some(Reason::ContainerLimitationMemory.into()),
        message: Some("Memory limit exceeded".to_owned()),
        ..Default::default()
    };
    let effects = rig.feed(Event::ContainerEnded {
        container: launch.container,
        termination: Box::new(termination),
    });
    let status = &updates(&effects)[0];
    assert_eq!(status.reason(), Reason::ContainerLimitationMemory);
    assert_eq!(
        status.message(),
        "Executor did not register within 1mins; Memory limit exceeded"
    );
}

#[test]
fn a_failed_launch_fails_its_task_with_the_cause() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let outcome = Err(LaunchFailure::Failed("no such user".to_owned()));
    let effects = rig.feed(Event::ContainerLaunched {
        container: launch.container,
        outcome,
    });
    let status = &updates(&effects)[0];
    assert_eq!(status.state(), TaskState::TaskFailed);
    assert_eq!(status.reason(), Reason::ContainerLaunchFailed);
    assert_eq!(status.message(), "Failed to launch container: no such user");
}

#[test]
fn a_sandbox_that_cannot_be_made_drops_the_task() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let outcome = Err(LaunchFailure::Sandbox("disk full".to_owned()));
    let effects = rig.feed(Event::ContainerLaunched {
        container: launch.container,
        outcome,
    });
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskLost);
    assert_eq!(updates(&effects)[0].reason(), Reason::ExecutorTerminated);
}

#[test]
fn an_ended_executor_is_marked_and_its_directories_are_collected() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let ended = rig.end(&launch.container, 9);
    assert!(
        !disk(&ended).iter().any(|line| line.starts_with("mark")),
        "its update is not acknowledged yet"
    );
    let uuid = updates(&ended)[0].uuid.clone().unwrap();
    let effects = rig.acknowledge("t", uuid);
    let lines = disk(&effects);
    assert!(lines.iter().any(|line| line.ends_with("executor.sentinel")));
    assert!(
        lines
            .iter()
            .any(|line| *line == format!("touch slaves/{AGENT}/frameworks/F/executors/t"))
    );
    assert!(
        lines
            .iter()
            .any(|line| *line == format!("touch meta/slaves/{AGENT}/frameworks/F"))
    );
    let state = rig.agent.state_json(&Default::default());
    assert_eq!(
        state["completed_frameworks"][0]["completed_executors"][0]["id"],
        "t"
    );
}

#[test]
fn a_framework_shutdown_asks_executors_then_kills_them() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    rig.register_executor("t");
    let effects = rig.by_master(Message::ShutdownFramework(ShutdownFrameworkMessage {
        framework_id: framework_id(),
    }));
    assert_eq!(sent::<ShutdownExecutorMessage>(&effects).len(), 1);
    assert!(
        !rig.wait(4.9)
            .iter()
            .any(|e| matches!(e, Effect::Destroy { .. }))
    );
    assert!(rig.wait(0.2).contains(&Effect::Destroy {
        container: launch.container.clone()
    }));
    let effects = rig.end(&launch.container, 9);
    assert!(updates(&effects).is_empty(), "nobody is left to hear of it");
    let state = rig.agent.state_json(&Default::default());
    assert_eq!(state["frameworks"].as_array().unwrap().len(), 0);
    let executor = &state["completed_frameworks"][0]["completed_executors"][0];
    assert_eq!(executor["tasks"].as_array().unwrap().len(), 0);
    assert_eq!(executor["completed_tasks"][0]["id"], "t");
    assert_eq!(executor["resources"]["mem"], 32.0, "only its own are left");
}

#[test]
fn draining_kills_everything_overrides_the_reason_and_ends_when_empty() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    rig.register_executor("t");
    let config = mesos::DrainConfig {
        max_grace_period: Some(mesos::DurationInfo { nanoseconds: 1 }),
        mark_gone: None,
    };
    let effects = rig.by_master(Message::Drain(DrainSlaveMessage { config }));
    assert!(
        disk(&effects)
            .iter()
            .any(|line| line.ends_with("drain.config"))
    );
    assert!(sent::<KillTaskMessage>(&effects)[0].kill_policy.is_some());
    let effects = rig.update("t", TaskState::TaskKilled, 1);
    assert_eq!(updates(&effects)[0].reason(), Reason::SlaveDraining);
    rig.acknowledge("t", bytes::Bytes::from(vec![1; 16]));
    let effects = rig.end(&launch.container, 0);
    assert!(
        disk(&effects)
            .iter()
            .any(|line| line.starts_with("remove") && line.ends_with("drain.config"))
    );
    assert_eq!(
        updates(&rig.run(command_task("u"))).len(),
        0,
        "the drain is over, so a task launches again"
    );
}

#[test]
fn a_draining_agent_drops_new_tasks() {
    let mut rig = Rig::registered();
    rig.run(command_task("t"));
    rig.by_master(Message::Drain(DrainSlaveMessage::default()));
    let effects = rig.run(command_task("u"));
    assert_eq!(updates(&effects)[0].reason(), Reason::SlaveDraining);
}
