//! Compat: agent §11; rule A.2.

use bytes::Bytes;
use mesos_agent::checkpoint::write::Disk;
use mesos_agent::effect::Effect;
use mesos_agent::event::Message;
use mesos_proto::internal::*;
use mesos_proto::mesos::{self, TaskState};

use crate::harness::*;

fn running() -> Rig {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    rig.feed(mesos_agent::event::Event::ContainerLaunched {
        container: launch.container,
        outcome: Ok(4711),
    });
    rig.register_executor("t");
    rig
}

#[test]
fn an_update_is_on_disk_before_it_is_forwarded_or_acknowledged() {
    let mut rig = running();
    let effects = rig.update("t", TaskState::TaskRunning, 1);
    let stored = position(
        &effects,
        |e| matches!(e, Effect::Disk(Disk::Append { path, .. }) if path.ends_with("tasks/t/task.updates")),
    );
    let forwarded = position(
        &effects,
        |e| matches!(e, Effect::Send { to, .. } if *to == master()),
    );
    let acknowledged = position(
        &effects,
        |e| matches!(e, Effect::Send { to, .. } if *to == executor_pid()),
    );
    assert!(stored < forwarded && stored < acknowledged);
}

#[test]
fn a_forwarded_update_carries_what_the_agent_knows() {
    let mut rig = running();
    let effects = rig.update("t", TaskState::TaskRunning, 1);
    let message = &sent::<StatusUpdateMessage>(&effects)[0];
    assert_eq!(message.pid.as_deref(), Some("slave(1)@127.0.0.1:5051"));
    assert_eq!(message.update.latest_state(), TaskState::TaskRunning);
    let status = &message.update.status;
    assert_eq!(status.source(), mesos::task_status::Source::Executor);
    let container = status.container_status.as_ref().unwrap();
    assert_eq!(container.executor_pid, Some(4711));
    assert_eq!(
        container.network_infos[0].ip_addresses[0]
            .ip_address
            .as_deref(),
        Some("127.0.0.1")
    );
}

#[test]
fn the_second_update_waits_for_the_acknowledgement_of_the_first() {
    let mut rig = running();
    rig.update("t", TaskState::TaskStarting, 1);
    let effects = rig.update("t", TaskState::TaskRunning, 2);
    assert!(updates(&effects).is_empty());
    assert_eq!(
        sent::<StatusUpdateAcknowledgementMessage>(&effects).len(),
        1,
        "the executor is acknowledged all the same"
    );
    let effects = rig.acknowledge("t", Bytes::from(vec![1; 16]));
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskRunning);
}

#[test]
fn a_repeated_update_is_acknowledged_and_does_not_take_the_task_back() {
    let mut rig = running();
    rig.update("t", TaskState::TaskStarting, 1);
    rig.update("t", TaskState::TaskRunning, 2);
    let effects = rig.update("t", TaskState::TaskStarting, 1);
    assert_eq!(
        sent::<StatusUpdateAcknowledgementMessage>(&effects).len(),
        1
    );
    let state = rig.agent.state_json(&Default::default());
    assert_eq!(
        state["frameworks"][0]["executors"][0]["tasks"][0]["state"],
        "TASK_RUNNING"
    );
}

#[test]
fn an_unacknowledged_update_is_sent_again() {
    let mut rig = running();
    rig.update("t", TaskState::TaskRunning, 1);
    assert!(updates(&rig.wait(9.9)).is_empty());
    assert_eq!(updates(&rig.wait(0.2)).len(), 1);
}

#[test]
fn an_update_of_a_framework_that_is_unknown_is_not_acknowledged() {
    let mut rig = running();
    let mut message = status_update("t", TaskState::TaskRunning, 1);
    message.update.framework_id.value = "other".to_owned();
    let effects = rig.message(&executor_pid(), Message::StatusUpdate(message));
    assert!(updates(&effects).is_empty());
    assert!(sent::<StatusUpdateAcknowledgementMessage>(&effects).is_empty());
}

#[test]
fn an_update_after_the_final_one_is_acknowledged_but_not_forwarded() {
    let mut rig = running();
    rig.update("t", TaskState::TaskFinished, 1);
    rig.acknowledge("t", Bytes::from(vec![1; 16]));
    let effects = rig.update("t", TaskState::TaskRunning, 2);
    assert!(disk(&effects).is_empty());
}

#[test]
fn a_finished_task_leaves_when_acknowledged_and_its_directory_is_collected() {
    let mut rig = running();
    rig.update("t", TaskState::TaskFinished, 1);
    let effects = rig.acknowledge("t", Bytes::from(vec![1; 16]));
    assert!(
        disk(&effects)
            .iter()
            .any(|line| line.starts_with("touch meta") && line.ends_with("tasks/t"))
    );
    let state = rig.agent.state_json(&Default::default());
    let executor = &state["frameworks"][0]["executors"][0];
    assert_eq!(executor["tasks"].as_array().unwrap().len(), 0);
    assert_eq!(executor["completed_tasks"][0]["state"], "TASK_FINISHED");
}

#[test]
fn acknowledgements_of_another_master_are_dropped() {
    let mut rig = running();
    rig.update("t", TaskState::TaskRunning, 1);
    let stranger = mesos_process::Upid::parse("master@127.0.0.9:5050");
    let ack = StatusUpdateAcknowledgementMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        framework_id: framework_id(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        uuid: Bytes::from(vec![1; 16]),
    };
    let effects = rig.message(&stranger, Message::StatusUpdateAcknowledgement(ack));
    assert!(disk(&effects).is_empty());
}

#[test]
fn a_new_address_of_the_framework_resends_the_heads_at_once() {
    let mut rig = running();
    rig.update("t", TaskState::TaskRunning, 1);
    let effects = rig.by_master(Message::UpdateFramework(UpdateFrameworkMessage {
        framework_id: framework_id(),
        pid: Some("scheduler-1@127.0.0.1:9000".to_owned()),
        framework_info: None,
    }));
    assert_eq!(updates(&effects).len(), 1);
    assert!(
        disk(&effects)
            .iter()
            .any(|line| line.ends_with("framework.pid"))
    );
}

fn stranger() -> mesos_process::Upid {
    mesos_process::Upid::parse("executor(9)@127.0.0.1:7999")
}

fn by_stranger(rig: &mut Rig, task: &str, uuid: u8) -> Vec<Effect> {
    let mut message = status_update(task, TaskState::TaskRunning, uuid);
    message.pid = Some(stranger().to_string());
    rig.message(&stranger(), Message::StatusUpdate(message))
}

#[test]
fn an_update_of_a_stranger_for_an_unknown_task_leaves_nothing_behind() {
    let mut rig = running();
    let effects = by_stranger(&mut rig, "nobodys", 7);
    assert_eq!(updates(&effects).len(), 1);
    assert_eq!(
        sent::<StatusUpdateAcknowledgementMessage>(&effects).len(),
        1
    );
    assert!(updates(&rig.wait(3600.0)).is_empty(), "nothing is repeated");
}

#[test]
fn a_strangers_update_does_not_break_the_updates_of_the_task_that_comes_later() {
    let mut rig = running();
    by_stranger(&mut rig, "late", 7);
    // The executor knows the task before the agent does.
    rig.update("late", TaskState::TaskStarting, 8);
    rig.run(command_task("late"));
    rig.register_executor("late");
    let effects = rig.update("late", TaskState::TaskRunning, 9);
    let appended = disk(&effects)
        .iter()
        .filter(|line| line.starts_with("append") && line.contains("/late/"))
        .count();
    assert_eq!(appended, 2, "what waited is stored, too");
    assert_eq!(
        sent::<StatusUpdateAcknowledgementMessage>(&effects).len(),
        1
    );
}

#[test]
fn an_executor_that_floods_is_not_acknowledged_any_more_but_may_end() {
    use mesos_agent::updates::STREAM_PENDING_MAX;
    let mut rig = running();
    let update = |number: usize, state| {
        let mut message = status_update("t", state, 0);
        message.update.uuid = Some(Bytes::from((number as u128).to_be_bytes().to_vec()));
        Message::StatusUpdate(message)
    };
    for number in 0..STREAM_PENDING_MAX {
        rig.message(&executor_pid(), update(number, TaskState::TaskRunning));
    }
    let mut next = |number, state| {
        let effects = rig.message(&executor_pid(), update(number, state));
        sent::<StatusUpdateAcknowledgementMessage>(&effects).len()
    };
    assert_eq!(next(STREAM_PENDING_MAX, TaskState::TaskRunning), 0);
    assert_eq!(next(STREAM_PENDING_MAX, TaskState::TaskFinished), 1);
    let mut dropped = 0.0;
    rig.agent.metrics(now(9.0), &mut |name, value| {
        if name == "slave/dropped_status_updates" {
            dropped = value;
        }
    });
    assert_eq!(dropped, 1.0);
}

/// Field 2000 of a message, one byte long: nothing this agent knows.
const STRANGE: [u8; 4] = [0x82, 0x7d, 0x01, 0x58];

fn with_strange_status(message: &StatusUpdateMessage) -> Bytes {
    use mesos_proto::wire::Composer;
    use prost::Message as _;
    let mut status = message.update.status.encode_to_vec();
    status.extend_from_slice(&STRANGE);
    let update = StatusUpdate {
        status: Default::default(),
        ..message.update.clone()
    };
    let mut update = update.encode_to_vec();
    update.extend_from_slice(&Composer::new().bytes(4, &status).finish());
    Composer::new()
        .bytes(1, &update)
        .string(2, message.pid())
        .finish()
}

#[test]
fn fields_of_a_newer_executor_reach_the_master_and_the_disk() {
    let mut rig = running();
    let body = with_strange_status(&status_update("t", TaskState::TaskRunning, 1));
    let (message, more) = Message::decode("mesos.internal.StatusUpdateMessage", &body)
        .unwrap()
        .unwrap();
    assert!(more);
    let from = executor_pid();
    let effects = rig.feed(mesos_agent::event::Event::Message {
        from,
        message: Box::new(message),
        body: Some(body),
    });
    let has = |bytes: &[u8]| bytes.windows(STRANGE.len()).any(|window| window == STRANGE);
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Send { to, body, .. } if *to == master() && has(body)))
    );
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Disk(Disk::Append { bytes, .. }) if has(bytes)))
    );
}
