//! Registration, health, unreachable agents, removal, re-registration.

use std::time::Duration;

use mesos_master::{
    effect::Effect,
    event::{Event, Message},
};
use mesos_model::AgentId;
use mesos_process::Upid;
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState as S,
        scheduler::{Call, call},
        task_status::Reason as R,
    },
};

use crate::cluster::{Cluster, agent, aware, driver, framework_info, slave_info};
use crate::status::{reported, running, running_as};

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[test]
fn agt_9_a_new_agent_is_admitted_and_told_how_long_pings_may_stay_away() {
    let mut cluster = Cluster::new();
    cluster.register(1, slave_info("host"), &[]);
    let registered = cluster
        .take::<internal::SlaveRegisteredMessage>(&agent(1))
        .remove(0);
    assert_eq!(
        registered.slave_id.value,
        format!("{}-S0", cluster.master.identity().id)
    );
    assert_eq!(
        registered.connection.unwrap().total_ping_timeout_seconds,
        Some(75.0)
    );
    assert_eq!(
        cluster.take::<internal::PingSlaveMessage>(&agent(1)),
        [internal::PingSlaveMessage { connected: true }]
    );
    cluster.register(1, slave_info("host"), &[]);
    let again = cluster.take::<internal::SlaveRegisteredMessage>(&agent(1));
    assert_eq!(again[0].slave_id, registered.slave_id, "AGT-8, AGT-10");
    assert_eq!(cluster.snapshot().agents.len(), 1);
}

#[test]
fn agt_3_a_second_registration_waits_for_the_first() {
    let mut cluster = Cluster::new();
    cluster.auto_store = false;
    cluster.register(1, slave_info("host"), &[]);
    cluster.register(1, slave_info("host"), &[]);
    let stores = cluster
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::StoreRegistry { .. }))
        .count();
    assert_eq!(stores, 2, "recovery's and one admission's");
    cluster.event(Event::RegistryStored {
        number: 2,
        result: Ok(()),
    });
    assert_eq!(
        cluster
            .take::<internal::SlaveRegisteredMessage>(&agent(1))
            .len(),
        1
    );
}

#[test]
fn agt_6_agents_older_than_1_0_and_invalid_ones_are_dropped() {
    let mut cluster = Cluster::new();
    let mut message = internal::RegisterSlaveMessage {
        slave: slave_info("host"),
        ..Default::default()
    };
    for version in [None, Some("0.28.3"), Some("1.0.0-rc2")] {
        message.version = version.map(str::to_owned);
        cluster.message(
            &agent(1),
            Message::RegisterSlave(Box::new(message.clone()), None),
        );
    }
    message.version = Some("1.11.0".to_owned());
    message.slave.resources[0].scalar = Some(pb::value::Scalar { value: -1.0 });
    cluster.message(&agent(1), Message::RegisterSlave(Box::new(message), None));
    assert!(cluster.snapshot().agents.is_empty());
    assert_eq!(
        cluster.snapshot().counters.master.messages_register_slave,
        4
    );
}

fn observer(cluster: &Cluster) -> u64 {
    let number = |effect: &Effect| match effect {
        Effect::OpenObserver { number } => Some(*number),
        _ => None,
    };
    cluster
        .effects
        .iter()
        .rev()
        .find_map(number)
        .expect("an observer was opened")
}

#[test]
fn agt_28_five_unanswered_pings_make_an_agent_unreachable() {
    let (mut cluster, slave, id) = running();
    cluster.offers(1);
    cluster.advance(Duration::from_secs(70));
    let pong = Message::Pong {
        observer: observer(&cluster),
    };
    cluster.message(&agent(1), pong);
    cluster.advance(Duration::from_secs(70));
    assert_eq!(
        cluster.snapshot().agents.len(),
        1,
        "any pong resets the count"
    );
    cluster.advance(Duration::from_secs(16));
    let snapshot = cluster.snapshot();
    assert!(snapshot.agents.is_empty());
    assert!(
        snapshot
            .unreachable_agents
            .contains_key(&AgentId::from(&slave))
    );
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskLost, R::SlaveRemoved)],
        "AGT-34"
    );
    assert_eq!(
        cluster.take::<internal::LostSlaveMessage>(&driver(1))[0].slave_id,
        slave,
        "AGT-35"
    );
    assert_eq!(
        cluster
            .take::<internal::RescindResourceOfferMessage>(&driver(1))
            .len(),
        1
    );
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(
        (framework.tasks.len(), framework.unreachable_tasks.len()),
        (0, 1)
    );
    cluster.update(1, &id, &slave, "t", S::TaskFinished, 9);
    assert!(cluster.states(1).is_empty(), "AGT-36");
    assert_eq!(snapshot.counters.master.slave_removals_reason_unhealthy, 1);
}

#[test]
fn agt_34_partition_aware_frameworks_see_unreachable_and_the_task_comes_back() {
    let (mut cluster, slave, id) = running_as(aware(framework_info("f")));
    cluster.advance(Duration::from_secs(76));
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskUnreachable, R::SlaveRemoved)]
    );
    cluster.sent.clear();
    assert!(cluster.offers(1).is_empty());
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)];
    });
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskRunning, R::SlaveReregistered)],
        "AGT-16"
    );
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(
        (framework.tasks.len(), framework.unreachable_tasks.len()),
        (1, 0)
    );
    assert!(snapshot.unreachable_agents.is_empty());
    assert_eq!(
        cluster.offers(1)[0].resources[0].scalar.unwrap().value,
        3.0,
        "what it uses is not offered"
    );
}

#[test]
fn tsk_2_an_unreachable_tasks_id_cannot_be_used_again() {
    use crate::cluster::{command_task, launch, resources};
    let (mut cluster, _, id) = running();
    cluster.advance(Duration::from_secs(76));
    cluster.sent.clear();
    let other = cluster.agent(2);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![launch(vec![command_task(
            "t",
            &other,
            resources(1.0, 32.0),
        )])],
    );
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskError, R::TaskInvalid)]
    );
}

#[test]
fn agt_30_a_broken_link_disconnects_and_loses_tasks_of_frameworks_without_checkpoint() {
    let info = pb::FrameworkInfo {
        checkpoint: Some(false),
        ..framework_info("f")
    };
    let (mut cluster, slave, _) = running_as(aware(info));
    cluster.offers(1);
    cluster.event(Event::Exited { pid: agent(1) });
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskLost, R::SlaveDisconnected)]
    );
    assert_eq!(
        cluster
            .take::<internal::RescindResourceOfferMessage>(&driver(1))
            .len(),
        1
    );
    cluster.sent.clear();
    cluster.advance(Duration::from_secs(15));
    let pings = cluster.take::<internal::PingSlaveMessage>(&agent(1));
    assert!(!pings[0].connected);
    assert!(cluster.offers(1).is_empty());
    cluster.reregister(1, &slave, |_| {});
    assert_eq!(
        cluster
            .take::<internal::SlaveReregisteredMessage>(&agent(1))
            .len(),
        1
    );
    assert_eq!(cluster.offers(1).len(), 1, "active again");
}

#[test]
fn agt_30_an_agent_that_stays_away_becomes_unreachable() {
    let (mut cluster, ..) = running();
    cluster.event(Event::Exited { pid: agent(1) });
    let number = observer(&cluster);
    for _ in 0..10 {
        cluster.advance(minutes(1) - Duration::from_millis(1));
        // Pongs alone do not bring a disconnected agent back.
        cluster.message(&agent(1), Message::Pong { observer: number });
    }
    cluster.advance(minutes(1));
    assert!(cluster.snapshot().agents.is_empty());
}

#[test]
fn agt_23_and_24_tasks_and_executors_the_agent_does_not_list() {
    let (mut cluster, slave, id) = running();
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
    });
    let answer = cluster
        .take::<internal::SlaveReregisteredMessage>(&agent(1))
        .remove(0);
    let [reconciliation] = answer.reconciliations.as_slice() else {
        panic!("one framework")
    };
    assert_eq!(reconciliation.framework_id, id);
    assert_eq!(reconciliation.statuses[0].task_id.value, "t");
    assert_eq!(reconciliation.statuses[0].state(), S::TaskRunning);
    assert_eq!(
        cluster
            .snapshot()
            .frameworks
            .iter()
            .next()
            .unwrap()
            .tasks
            .len(),
        1,
        "the master keeps it"
    );
}

#[test]
fn agt_14_another_host_with_the_same_id_is_shut_down() {
    let (mut cluster, slave, _) = running();
    cluster.reregister(1, &slave, |message| {
        message.slave.hostname = "elsewhere".to_owned()
    });
    let shutdown = cluster
        .take::<internal::ShutdownMessage>(&agent(1))
        .remove(0);
    assert_eq!(
        shutdown.message(),
        "Agent attempted to reregister with different IP / hostname"
    );
}

#[test]
fn agt_21_the_index_follows_a_new_port() {
    let (mut cluster, slave, _) = running();
    cluster.reregister(2, &slave, |_| {});
    assert_eq!(
        cluster
            .take::<internal::SlaveReregisteredMessage>(&agent(2))
            .len(),
        1
    );
    cluster.event(Event::Exited { pid: agent(1) });
    assert!(
        cluster.snapshot().agents.iter().next().unwrap().connected,
        "the old port says nothing"
    );
    cluster.event(Event::Exited { pid: agent(2) });
    assert!(!cluster.snapshot().agents.iter().next().unwrap().connected);
}

#[test]
fn agt_37_unregistration_loses_tasks_to_completed() {
    let (mut cluster, slave, _) = running_as(aware(framework_info("f")));
    let message = |slave: &pb::SlaveId| {
        Message::UnregisterSlave(internal::UnregisterSlaveMessage {
            slave_id: slave.clone(),
        })
    };
    cluster.message(&agent(7), message(&slave));
    assert_eq!(cluster.snapshot().agents.len(), 1, "only its own pid may");
    cluster.message(&agent(1), message(&slave));
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskLost, R::SlaveRemoved)],
        "AGT-38: LOST for everybody"
    );
    let snapshot = cluster.snapshot();
    assert_eq!(
        snapshot
            .frameworks
            .iter()
            .next()
            .unwrap()
            .completed_tasks
            .len(),
        1
    );
    assert_eq!(
        snapshot.counters.master.slave_removals_reason_unregistered,
        1
    );
    assert!(snapshot.unreachable_agents.is_empty());
}

#[test]
fn agt_8_a_new_agent_on_the_pid_of_a_disconnected_one_replaces_it() {
    let (mut cluster, slave, _) = running();
    cluster.event(Event::Exited { pid: agent(1) });
    let new = cluster.agent(1);
    assert_ne!(new, slave);
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskLost, R::SlaveRemoved)]
    );
    let snapshot = cluster.snapshot();
    assert_eq!(snapshot.agents.len(), 1);
    assert_eq!(snapshot.counters.master.slave_removals_reason_registered, 1);
    cluster.event(Event::Exited { pid: agent(1) });
    assert!(
        !cluster.snapshot().agents.iter().next().unwrap().connected,
        "the pid leads to the new one"
    );
}

#[test]
fn agt_12_a_report_without_allocation_info_or_with_strays_is_dropped() {
    let mut cluster = Cluster::new();
    let slave = pb::SlaveId {
        value: "old-S1".into(),
    };
    let id = pb::FrameworkId {
        value: "old-0000".into(),
    };
    cluster.reregister(1, &slave, |message| {
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)]
    });
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        let mut task = reported("t", &slave, &id, S::TaskRunning);
        task.resources[0].allocation_info = None;
        message.tasks = vec![task];
    });
    cluster.reregister(1, &slave, |message| message.slave.id = None);
    assert!(cluster.snapshot().agents.is_empty());
}

#[test]
fn agt_20_frameworks_are_learned_from_agents_and_return_later() {
    let mut cluster = Cluster::new();
    let slave = pb::SlaveId {
        value: "old-S1".into(),
    };
    let id = pb::FrameworkId {
        value: "old-0000".into(),
    };
    let info = pb::FrameworkInfo {
        id: Some(id.clone()),
        ..framework_info("f")
    };
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![info.clone()];
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)];
    });
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(
        framework.state,
        mesos_master::state::FrameworkState::Recovered
    );
    assert_eq!(framework.tasks.len(), 1);
    assert_eq!(framework.registered_time.secs(), 0.0);
    cluster.subscribe(&driver(1), info, false);
    assert_eq!(
        cluster
            .take::<internal::FrameworkRegisteredMessage>(&driver(1))
            .len(),
        1,
        "FWK-16"
    );
    let told = cluster.take::<internal::UpdateFrameworkMessage>(&agent(1));
    assert_eq!(told[0].pid.as_deref(), Some(driver(1).to_string().as_str()));
    assert_eq!(cluster.offers(1)[0].resources[0].scalar.unwrap().value, 3.0);
    let kill = call::Kill {
        task_id: pb::TaskId { value: "t".into() },
        ..call::Kill::default()
    };
    let call = Call {
        kill: Some(kill),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::Kill, call);
    assert_eq!(
        cluster.take::<internal::KillTaskMessage>(&agent(1)).len(),
        1
    );
}

#[test]
fn agt_16_tasks_of_completed_frameworks_end_when_their_agent_returns() {
    let (mut cluster, slave, id) = running();
    cluster.event(Event::Exited { pid: agent(1) });
    cluster.framework_call(&driver(1), &id, call::Type::Teardown, Call::default());
    cluster.sent.clear();
    cluster.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)];
    });
    assert_eq!(
        cluster.take::<internal::ShutdownFrameworkMessage>(&agent(1))[0].framework_id,
        id
    );
    assert!(cluster.snapshot().frameworks.is_empty());
}

#[test]
fn the_rate_limiter_spaces_transitions_and_a_pong_cancels() {
    let mut cluster = Cluster::with(|config| config.removal_interval = Some(minutes(10)));
    cluster.agent(1);
    cluster.agent(2);
    let last = observer(&cluster);
    cluster.advance(Duration::from_secs(80));
    assert_eq!(
        cluster.snapshot().agents.len(),
        1,
        "one permit in ten minutes"
    );
    let waiting: Upid = cluster.snapshot().agents.iter().next().unwrap().pid.clone();
    let observer = if waiting == agent(2) { last } else { last - 1 };
    cluster.message(&waiting, Message::Pong { observer });
    let counters = cluster.snapshot().counters.master;
    assert_eq!(
        (
            counters.slave_unreachable_scheduled,
            counters.slave_unreachable_canceled
        ),
        (2, 1),
        "AGT-28"
    );
}

#[test]
fn sts_12_an_executors_exit_frees_it_and_is_told() {
    use crate::cluster::{command_task, launch, resources, scalar};
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let executor = pb::ExecutorInfo {
        executor_id: pb::ExecutorId { value: "e".into() },
        command: Some(pb::CommandInfo {
            value: Some("run".into()),
            ..pb::CommandInfo::default()
        }),
        resources: vec![scalar("cpus", 0.5), scalar("mem", 64.0)],
        ..pb::ExecutorInfo::default()
    };
    let task = pb::TaskInfo {
        command: None,
        executor: Some(executor),
        ..command_task("t", &slave, resources(1.0, 64.0))
    };
    cluster.accept(1, &id, &[&offers[0]], vec![launch(vec![task])]);
    let exited = internal::ExitedExecutorMessage {
        slave_id: slave,
        framework_id: id,
        executor_id: pb::ExecutorId { value: "e".into() },
        status: 256,
    };
    cluster.message(&agent(1), Message::ExitedExecutor(exited.clone().into()));
    assert_eq!(
        cluster.take::<internal::ExitedExecutorMessage>(&driver(1)),
        vec![exited.clone()]
    );
    assert_eq!(
        cluster
            .snapshot()
            .frameworks
            .iter()
            .next()
            .unwrap()
            .used
            .cpus(),
        Some(1.0)
    );
    cluster.message(&agent(1), Message::ExitedExecutor(exited.into()));
    assert!(
        cluster
            .take::<internal::ExitedExecutorMessage>(&driver(1))
            .is_empty(),
        "unknown by now"
    );
}
