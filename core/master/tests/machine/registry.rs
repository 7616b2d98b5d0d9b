//! The registry over restarts.

use std::time::Duration;

use bytes::Bytes;
use mesos_master::{effect::Effect, event::Event};
use mesos_proto::{
    internal::{Registry, registry},
    mesos::{self as pb, TaskState as S},
};
use prost::Message as _;

use crate::cluster::{Cluster, agent, framework_info};
use crate::status::reported;

fn decode(bytes: &Bytes) -> Registry {
    Registry::decode(&**bytes).expect("our own registry")
}

fn fatal(cluster: &Cluster) -> bool {
    cluster
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Fatal { .. }))
}

#[test]
fn reg_5_the_master_writes_itself_first_and_then_its_agents() {
    let mut cluster = Cluster::new();
    assert_eq!(
        decode(&cluster.registry).master.unwrap().info.id,
        *cluster.master.identity().id
    );
    let slave = cluster.agent(1);
    let registry = decode(&cluster.registry);
    let info = &registry.slaves.unwrap().slaves[0].info;
    assert_eq!(info.id.as_ref(), Some(&slave));
    #[allow(deprecated, reason = "the registry holds the older form")]
    let role = info.resources[0].role.clone();
    assert_eq!(role.as_deref(), Some("*"), "REG-2");
}

#[test]
fn agents_are_recovered_and_return_without_a_write() {
    let mut first = Cluster::new();
    let slave = first.agent(1);
    let mut second = Cluster::restart(first.registry, |_| {});
    assert_eq!(second.snapshot().recovered_agents.len(), 1);
    let stores = |cluster: &Cluster| {
        cluster
            .effects
            .iter()
            .filter(|effect| matches!(effect, Effect::StoreRegistry { .. }))
            .count()
    };
    let before = stores(&second);
    let id = pb::FrameworkId {
        value: "f-0000".into(),
    };
    second.reregister(1, &slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = vec![reported("t", &slave, &id, S::TaskRunning)];
    });
    assert_eq!(stores(&second), before);
    let snapshot = second.snapshot();
    assert_eq!(
        (snapshot.agents.len(), snapshot.recovered_agents.len()),
        (1, 0)
    );
    assert_eq!(snapshot.counters.master.slave_reregistrations, 1);
}

#[test]
fn reg_16_agents_that_do_not_return_become_unreachable() {
    let mut first = Cluster::new();
    first.agent(1);
    let registry = first.registry;
    let mut second = Cluster::restart(registry.clone(), |_| {});
    second.advance(Duration::from_secs(601));
    let snapshot = second.snapshot();
    assert!(snapshot.recovered_agents.is_empty());
    assert_eq!(snapshot.unreachable_agents.len(), 1);
    assert_eq!(snapshot.counters.master.recovery_slave_removals, 1);
    let kept = decode(&second.registry);
    assert_eq!(
        (
            kept.slaves.unwrap().slaves.len(),
            kept.unreachable.unwrap().slaves.len()
        ),
        (0, 1)
    );
    let mut limited =
        Cluster::restart(registry, |config| config.recovery_agent_removal_limit = 0.5);
    limited.advance(Duration::from_secs(601));
    assert!(fatal(&limited));
}

#[test]
fn agt_32_a_recovered_agent_that_is_being_marked_unreachable_comes_back_only_afterwards() {
    let mut first = Cluster::new();
    let slave = first.agent(1);
    let mut second = Cluster::restart(first.registry, |_| {});
    second.auto_store = false;
    second.effects.clear();
    second.advance(Duration::from_secs(601));
    let number = second
        .effects
        .iter()
        .find_map(|effect| match effect {
            Effect::StoreRegistry { number, .. } => Some(*number),
            _ => None,
        })
        .expect("the transition is being stored");
    second.reregister(1, &slave, |_| {});
    assert!(second.snapshot().agents.is_empty(), "it waits");
    second.auto_store = true;
    second.event(Event::RegistryStored {
        number,
        result: Ok(()),
    });
    assert_eq!(second.snapshot().unreachable_agents.len(), 1);
    second.reregister(1, &slave, |_| {});
    let snapshot = second.snapshot();
    assert_eq!(
        (snapshot.agents.len(), snapshot.unreachable_agents.len()),
        (1, 0)
    );
}

#[test]
fn reg_18_old_unreachable_entries_are_pruned() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    cluster.event(Event::Exited { pid: agent(1) });
    cluster.advance(Duration::from_secs(100));
    assert_eq!(cluster.snapshot().unreachable_agents.len(), 1);
    cluster.advance(Duration::from_secs(15 * 24 * 3600));
    assert!(cluster.snapshot().unreachable_agents.is_empty());
    assert!(
        decode(&cluster.registry)
            .unreachable
            .unwrap()
            .slaves
            .is_empty()
    );
}

#[test]
fn reg_9_and_13_a_store_that_fails_or_a_registry_of_the_future_ends_the_master() {
    let mut cluster = Cluster::new();
    cluster.auto_store = false;
    cluster.register(1, crate::cluster::slave_info("h"), &[]);
    cluster.event(Event::RegistryStored {
        number: 2,
        result: Err("disk full".into()),
    });
    assert!(fatal(&cluster));
    let future = Registry {
        minimum_capabilities: vec![registry::MinimumCapability {
            capability: "TIME_TRAVEL".into(),
        }],
        ..Registry::default()
    };
    assert!(fatal(&Cluster::restart(
        future.encode_to_vec().into(),
        |_| {}
    )));
    assert!(fatal(&Cluster::restart(
        Bytes::from_static(b"\xff\xff\xff"),
        |_| {}
    )));
}

#[test]
fn reg_14_the_registrys_weights_win() {
    let weights = |weight| vec![("r".into(), weight)];
    let mut first = Cluster::with(|config| config.weights = weights(2.0));
    assert_eq!(first.snapshot().role_settings.weight(&"r".into()), 2.0);
    let mut second = Cluster::restart(first.registry, |config| config.weights = weights(9.0));
    assert_eq!(second.snapshot().role_settings.weight(&"r".into()), 2.0);
}

#[test]
fn reg_15_messages_before_recovery_are_dropped_and_counted() {
    use mesos_master::{config::Config, machine::Master};
    let config = Config::new("127.0.0.1:5050".parse().unwrap(), 1);
    let mut master = Master::new(config);
    let mut out = Vec::new();
    let message = mesos_master::event::Message::Pong { observer: 1 };
    master.on(
        mesos_model::Now::default(),
        Event::Message {
            from: agent(1),
            message,
        },
        &mut out,
    );
    assert!(out.is_empty());
    assert_eq!(
        master
            .publish(mesos_model::Now::default())
            .counters
            .master
            .dropped_messages,
        1
    );
}
