//! Compat: agent §7.

use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_proto::internal::*;
use mesos_proto::mesos;

use crate::harness::*;

#[test]
fn registration_waits_a_random_part_of_the_backoff_factor_and_links_first() {
    let mut rig = Rig::fresh();
    let effects = rig.feed(Event::MasterDetected(Some(master())));
    assert!(sent::<RegisterSlaveMessage>(&effects).is_empty());
    let effects = rig.wait(1.0);
    let link = position(&effects, |e| matches!(e, Effect::Link { .. }));
    let send = position(&effects, |e| matches!(e, Effect::Send { .. }));
    assert!(link < send);
    let message = &sent::<RegisterSlaveMessage>(&effects)[0];
    assert_eq!(message.version.as_deref(), Some("1.11.0"));
    assert_eq!(message.slave.id, None);
    #[allow(
        deprecated,
        reason = "the wire form before refinement is what older masters read"
    )]
    let role = message.slave.resources[0].role.clone();
    assert_eq!(role.as_deref(), Some("*"));
}

#[test]
fn registration_is_repeated_within_a_doubling_bound() {
    let mut rig = Rig::fresh();
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.0);
    let mut bound = 2.0;
    for _ in 0..8 {
        assert_eq!(
            sent::<RegisterSlaveMessage>(&rig.wait(bound)).len(),
            1,
            "within {bound}"
        );
        bound = f64::min(bound * 2.0, 60.0);
    }
}

#[test]
fn registration_stores_the_id_before_the_agent_describes_itself() {
    let mut rig = Rig::fresh();
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.1);
    let effects = rig.by_master(Message::SlaveRegistered(SlaveRegisteredMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        connection: None,
    }));
    assert_eq!(
        disk(&effects),
        [
            format!("mkdir meta/slaves/{AGENT}"),
            "link meta/slaves/latest".to_owned(),
            format!("mkdir slaves/{AGENT}"),
            "link slaves/latest".to_owned(),
            format!("write meta/slaves/{AGENT}/slave.info")
        ]
    );
    let last_write = effects
        .iter()
        .rposition(|e| matches!(e, Effect::Disk(_)))
        .unwrap();
    let update = position(
        &effects,
        |e| matches!(e, Effect::Send { name, .. } if name.ends_with("UpdateSlaveMessage")),
    );
    assert!(last_write < update);
    let update = &sent::<UpdateSlaveMessage>(&effects)[0];
    assert_eq!(update.resource_providers, Some(Default::default()));
    assert_eq!(update.update_oversubscribed_resources, Some(false));
}

#[test]
fn a_master_that_came_after_the_first_attempt_is_watched_all_the_same() {
    let mut rig = Rig::fresh();
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.1);
    rig.feed(Event::Exited { pid: master() });
    let effects = rig.by_master(Message::SlaveRegistered(SlaveRegisteredMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        connection: None,
    }));
    assert!(effects.iter().any(|e| matches!(e, Effect::Link { .. })));
    let effects = rig.feed(Event::Exited { pid: master() });
    assert!(effects.contains(&Effect::Detect));
}

#[test]
fn a_registration_from_a_stranger_is_ignored() {
    let mut rig = Rig::fresh();
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.1);
    let stranger = mesos_process::Upid::parse("master@127.0.0.9:5050");
    let effects = rig.message(
        &stranger,
        Message::SlaveRegistered(SlaveRegisteredMessage::default()),
    );
    assert!(disk(&effects).is_empty());
}

#[test]
fn another_id_for_a_registered_agent_ends_it() {
    let mut rig = Rig::registered();
    let effects = rig.by_master(Message::SlaveRegistered(SlaveRegisteredMessage {
        slave_id: mesos::SlaveId {
            value: "other".to_owned(),
        },
        connection: None,
    }));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Exit { status: 1, .. }))
    );
}

#[test]
fn every_ping_is_answered_and_a_lost_connection_forces_reregistration() {
    let mut rig = Rig::registered();
    let effects = rig.by_master(Message::Ping(PingSlaveMessage { connected: true }));
    assert_eq!(sent::<PongSlaveMessage>(&effects).len(), 1);
    assert!(!effects.contains(&Effect::Detect));
    let effects = rig.by_master(Message::Ping(PingSlaveMessage { connected: false }));
    assert_eq!(sent::<PongSlaveMessage>(&effects).len(), 1);
    assert!(effects.contains(&Effect::Detect));
}

#[test]
fn silence_of_the_master_for_the_ping_timeout_starts_detection_again() {
    let mut rig = Rig::registered();
    assert!(!rig.wait(74.0).contains(&Effect::Detect));
    assert!(rig.wait(2.0).contains(&Effect::Detect));
}

#[test]
fn an_agent_with_an_id_reregisters_with_its_tasks() {
    let mut rig = Rig::registered();
    rig.run(command_task("t"));
    rig.feed(Event::Exited { pid: master() });
    rig.feed(Event::MasterDetected(Some(master())));
    let effects = rig.wait(1.0);
    let message = &sent::<ReregisterSlaveMessage>(&effects)[0];
    assert_eq!(message.tasks.len(), 1);
    assert_eq!(message.frameworks.len(), 1);
    assert!(
        message.executor_infos.is_empty(),
        "the agent's own executors are not reported"
    );
}

#[test]
fn leaving_unregisters_and_exits_when_nothing_runs() {
    let mut rig = Rig::registered();
    let effects = rig.feed(Event::LeaveRequested {
        reason: "Received SIGUSR1 signal".to_owned(),
    });
    assert_eq!(sent::<UnregisterSlaveMessage>(&effects).len(), 1);
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Exit { status: 0, .. }))
    );
}

#[test]
fn only_the_current_master_can_shut_the_agent_down() {
    let mut rig = Rig::registered();
    let stranger = mesos_process::Upid::parse("master@127.0.0.9:5050");
    let effects = rig.message(&stranger, Message::Shutdown(ShutdownMessage::default()));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Exit { .. })));
    let effects = rig.by_master(Message::Shutdown(ShutdownMessage::default()));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Exit { status: 0, .. }))
    );
}

#[test]
fn tasks_the_master_knows_and_the_agent_does_not_are_reported_lost() {
    let mut rig = Rig::registered();
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.1);
    let status = mesos::TaskStatus {
        task_id: mesos::TaskId {
            value: "ghost".to_owned(),
        },
        ..Default::default()
    };
    let effects = rig.by_master(Message::SlaveReregistered(SlaveReregisteredMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        reconciliations: vec![ReconcileTasksMessage {
            framework_id: framework_id(),
            statuses: vec![status],
            framework: None,
        }],
        connection: None,
    }));
    assert_eq!(updates(&effects)[0].state(), mesos::TaskState::TaskLost);
    assert_eq!(
        updates(&effects)[0].reason(),
        mesos::task_status::Reason::Reconciliation
    );
}
