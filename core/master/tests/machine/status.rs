//! The way of status updates, acknowledgements, kills, reconciliation.

use bytes::Bytes;
use mesos_master::event::{Event, Message};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState as S,
        scheduler::{Call, call},
        task_status::Reason as R,
    },
};

use crate::cluster::{
    Cluster, agent, aware, command_task, driver, framework_info, launch, resources,
};

/// A cluster with one agent and one running task `t` of framework 1.
pub fn running() -> (Cluster, pb::SlaveId, pb::FrameworkId) {
    running_as(framework_info("f"))
}

pub fn running_as(info: pb::FrameworkInfo) -> (Cluster, pb::SlaveId, pb::FrameworkId) {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework_as(1, info);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![launch(vec![command_task(
            "t",
            &slave,
            resources(1.0, 128.0),
        )])],
    );
    let uuid = cluster.update(1, &id, &slave, "t", S::TaskRunning, 1);
    cluster.acknowledge(1, &id, &slave, "t", uuid);
    cluster.sent.clear();
    (cluster, slave, id)
}

fn reconcile(cluster: &mut Cluster, id: &pb::FrameworkId, tasks: &[(&str, Option<&pb::SlaveId>)]) {
    let each = |(task, slave): &(&str, Option<&pb::SlaveId>)| call::reconcile::Task {
        task_id: pb::TaskId {
            value: (*task).to_owned(),
        },
        slave_id: slave.cloned(),
    };
    let reconcile = call::Reconcile {
        tasks: tasks.iter().map(each).collect(),
    };
    let call = Call {
        reconcile: Some(reconcile),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), id, call::Type::Reconcile, call);
}

fn kill(cluster: &mut Cluster, id: &pb::FrameworkId, task: &str) {
    let kill = call::Kill {
        task_id: pb::TaskId {
            value: task.to_owned(),
        },
        ..call::Kill::default()
    };
    let call = Call {
        kill: Some(kill),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), id, call::Type::Kill, call);
}

#[test]
fn sts_2_updates_are_forwarded_as_they_came() {
    let (mut cluster, slave, id) = running();
    cluster.update(1, &id, &slave, "t", S::TaskFinished, 2);
    let forwarded = cluster.take::<internal::StatusUpdateMessage>(&driver(1));
    assert_eq!(
        forwarded[0].pid.as_deref(),
        Some(agent(1).to_string().as_str())
    );
    assert_eq!(forwarded[0].update.latest_state(), S::TaskFinished);
    cluster.update(1, &id, &slave, "unknown", S::TaskFinished, 3);
    assert_eq!(cluster.states(1).len(), 1, "also of unknown tasks");
    assert_eq!(cluster.snapshot().counters.master.invalid_status_updates, 1);
}

#[test]
fn sts_6_a_terminal_task_leaves_the_list_with_the_matching_acknowledgement() {
    let (mut cluster, slave, id) = running();
    let uuid = cluster.update(1, &id, &slave, "t", S::TaskFinished, 2);
    let lists = |cluster: &mut Cluster| {
        let snapshot = cluster.snapshot();
        let framework = snapshot.frameworks.iter().next().unwrap();
        (
            framework.tasks.len(),
            framework.completed_tasks.len(),
            framework.used.is_empty(),
        )
    };
    assert_eq!(
        lists(&mut cluster),
        (1, 0, true),
        "STS-5: resources are free at once"
    );
    let wrong = Bytes::from_static(&[9, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    cluster.acknowledge(1, &id, &slave, "t", wrong);
    assert_eq!(
        lists(&mut cluster),
        (1, 0, true),
        "STS-7: another uuid is only forwarded"
    );
    cluster.acknowledge(1, &id, &slave, "t", uuid.clone());
    assert_eq!(lists(&mut cluster), (0, 1, true));
    let forwarded = cluster.take::<internal::StatusUpdateAcknowledgementMessage>(&agent(1));
    assert_eq!(forwarded.len(), 2);
    assert_eq!(forwarded[1].uuid, uuid);
    assert_eq!(cluster.snapshot().counters.master.tasks_finished, 1);
}

#[test]
fn sts_7_an_acknowledgement_of_what_was_never_forwarded_is_swallowed() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![launch(vec![command_task(
            "t",
            &slave,
            resources(1.0, 32.0),
        )])],
    );
    let uuid = Bytes::from_static(&[9, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    cluster.acknowledge(1, &id, &slave, "t", uuid);
    assert!(
        cluster
            .take::<internal::StatusUpdateAcknowledgementMessage>(&agent(1))
            .is_empty()
    );
    assert_eq!(
        cluster
            .snapshot()
            .counters
            .master
            .invalid_status_update_acknowledgements,
        1
    );
}

#[test]
fn sts_4_a_repeated_state_replaces_the_last_status() {
    let (mut cluster, slave, id) = running();
    cluster.update(1, &id, &slave, "t", S::TaskRunning, 2);
    cluster.update(1, &id, &slave, "t", S::TaskFailed, 3);
    cluster.update(1, &id, &slave, "t", S::TaskRunning, 4);
    let snapshot = cluster.snapshot();
    let task = snapshot
        .frameworks
        .iter()
        .next()
        .unwrap()
        .tasks
        .iter()
        .next()
        .unwrap();
    assert_eq!(task.state, S::TaskFailed, "terminal states stay");
    let states: Vec<S> = task.statuses.iter().map(|status| status.state).collect();
    assert_eq!(states, [S::TaskRunning, S::TaskFailed, S::TaskRunning]);
}

#[test]
fn sts_9_kill_reaches_the_agent_and_unknown_tasks_are_reconciled() {
    let (mut cluster, _, id) = running();
    kill(&mut cluster, &id, "t");
    assert_eq!(
        cluster.take::<internal::KillTaskMessage>(&agent(1)).len(),
        1
    );
    kill(&mut cluster, &id, "nobody");
    assert_eq!(
        cluster.states(1),
        [("nobody".to_owned(), S::TaskLost, R::Reconciliation)]
    );
}

#[test]
fn agt_25_a_kill_is_repeated_when_the_agent_comes_back() {
    let (mut cluster, slave, id) = running();
    cluster.event(Event::Exited { pid: agent(1) });
    kill(&mut cluster, &id, "t");
    assert!(
        cluster
            .take::<internal::KillTaskMessage>(&agent(1))
            .is_empty()
    );
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)];
    });
    assert_eq!(
        cluster.take::<internal::KillTaskMessage>(&agent(1)).len(),
        1
    );
}

/// A task as an agent reports it.
pub fn reported(name: &str, slave: &pb::SlaveId, id: &pb::FrameworkId, state: S) -> pb::Task {
    let mut resources = resources(1.0, 128.0);
    for resource in &mut resources {
        resource.allocation_info = Some(pb::resource::AllocationInfo {
            role: Some("*".to_owned()),
        });
    }
    pb::Task {
        name: name.to_owned(),
        task_id: pb::TaskId {
            value: name.to_owned(),
        },
        framework_id: id.clone(),
        slave_id: slave.clone(),
        state: state as i32,
        resources,
        ..pb::Task::default()
    }
}

#[test]
fn reconciliation_answers_by_what_is_known_of_the_agent() {
    let (mut cluster, slave, id) = running();
    reconcile(&mut cluster, &id, &[]);
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskRunning, R::Reconciliation)]
    );
    reconcile(
        &mut cluster,
        &id,
        &[("t", None), ("x", Some(&slave)), ("y", None)],
    );
    let states: Vec<S> = cluster
        .states(1)
        .into_iter()
        .map(|(_, state, _)| state)
        .collect();
    assert_eq!(states, [S::TaskRunning, S::TaskLost, S::TaskLost]);
    let (mut cluster, slave, id) = running_as(aware(framework_info("f")));
    let other = pb::SlaveId {
        value: "other".into(),
    };
    reconcile(
        &mut cluster,
        &id,
        &[("x", Some(&slave)), ("y", Some(&other)), ("z", None)],
    );
    let states: Vec<S> = cluster
        .states(1)
        .into_iter()
        .map(|(_, state, _)| state)
        .collect();
    assert_eq!(
        states,
        [S::TaskGone, S::TaskUnknown, S::TaskUnknown],
        "STS-15 and the table"
    );
}

#[test]
fn sts_11_messages_go_both_ways_while_both_ends_are_connected() {
    let (mut cluster, slave, id) = running();
    let executor_id = pb::ExecutorId { value: "e".into() };
    let data = Bytes::from_static(b"hello");
    let message = call::Message {
        slave_id: slave.clone(),
        executor_id: executor_id.clone(),
        data: data.clone(),
    };
    let call = || Call {
        message: Some(message.clone()),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::Message, call());
    assert_eq!(
        cluster.take::<internal::FrameworkToExecutorMessage>(&agent(1))[0].data,
        data
    );
    let up = internal::ExecutorToFrameworkMessage {
        slave_id: slave,
        framework_id: id.clone(),
        executor_id,
        data,
    };
    cluster.message(
        &agent(1),
        Message::ExecutorToFramework(mesos_proto::Raw::new(up)),
    );
    assert_eq!(
        cluster
            .take::<internal::ExecutorToFrameworkMessage>(&driver(1))
            .len(),
        1
    );
    cluster.event(Event::Exited { pid: agent(1) });
    cluster.framework_call(&driver(1), &id, call::Type::Message, call());
    assert_eq!(
        cluster
            .snapshot()
            .counters
            .master
            .invalid_framework_to_executor_messages,
        1
    );
}
