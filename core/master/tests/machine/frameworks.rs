//! Subscription, failover, disconnection, removal.

use std::time::Duration;

use mesos_master::event::{Event, Message, OperatorReply, OperatorRequest, Ticket};
use mesos_master::{effect::Effect, state::FrameworkState};
use mesos_model::FrameworkId;
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState as S,
        framework_info::capability::Type as Capability,
        scheduler::{Call, call},
    },
};

use crate::cluster::{Cluster, agent, driver, framework_info};
use crate::status::running;

fn multi_role(mut info: pb::FrameworkInfo, roles: &[&str]) -> pb::FrameworkInfo {
    info.capabilities.push(pb::framework_info::Capability {
        r#type: Some(Capability::MultiRole as i32),
    });
    info.roles = roles.iter().map(|role| (*role).to_owned()).collect();
    info
}

fn with_id(id: &pb::FrameworkId) -> pb::FrameworkInfo {
    pb::FrameworkInfo {
        id: Some(id.clone()),
        ..framework_info("f")
    }
}

#[test]
fn fwk_9_a_new_framework_gets_an_id_and_the_masters_info() {
    let mut cluster = Cluster::new();
    cluster.subscribe(&driver(1), framework_info("f"), false);
    let registered = cluster
        .take::<internal::FrameworkRegisteredMessage>(&driver(1))
        .remove(0);
    let identity = cluster.master.identity().clone();
    assert_eq!(
        registered.framework_id.value,
        format!("{}-0000", identity.id)
    );
    assert_eq!(registered.master_info.ip, 16_777_343);
    assert_eq!(registered.master_info.capabilities.len(), 3);
    let linked = |effect: &Effect| matches!(effect, Effect::Link { to } if *to == driver(1));
    assert!(cluster.effects.iter().any(linked));
}

#[test]
fn fwk_8_a_repeated_subscription_without_id_gets_the_same_id() {
    let mut cluster = Cluster::new();
    let id = cluster.framework(1);
    cluster.subscribe(&driver(1), framework_info("other name"), false);
    let again = cluster.take::<internal::FrameworkRegisteredMessage>(&driver(1));
    assert_eq!(again[0].framework_id, id);
    assert_eq!(cluster.snapshot().frameworks.len(), 1);
}

#[test]
#[allow(
    deprecated,
    reason = "the single role field is what old frameworks send"
)]
fn fwk_7_invalid_subscriptions_get_an_error() {
    let mut cluster = Cluster::with(|config| {
        config.root_submissions = false;
        config.roles = Some(vec!["listed".into(), "*".into()]);
    });
    let root = pb::FrameworkInfo {
        user: "root".into(),
        ..framework_info("f")
    };
    let bad_role = pb::FrameworkInfo {
        role: Some("a b".into()),
        ..framework_info("f")
    };
    let unlisted = pb::FrameworkInfo {
        role: Some("unlisted".into()),
        ..framework_info("f")
    };
    let twice = multi_role(framework_info("f"), &["listed", "listed"]);
    let timeout = pb::FrameworkInfo {
        failover_timeout: Some(1e30),
        ..framework_info("f")
    };
    for info in [root, bad_role, unlisted, twice, timeout] {
        cluster.subscribe(&driver(1), info, false);
        assert_eq!(cluster.errors(1).len(), 1);
    }
    assert!(cluster.snapshot().frameworks.is_empty());
    let listed = pb::FrameworkInfo {
        role: Some("listed".into()),
        ..framework_info("f")
    };
    cluster.subscribe(&driver(1), listed, false);
    assert_eq!(cluster.snapshot().frameworks.len(), 1);
}

#[test]
fn fwk_12_another_driver_without_force_is_told_failed_over() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    cluster.subscribe(&driver(2), with_id(&id), false);
    assert_eq!(cluster.errors(2), ["Framework failed over"]);
    assert_eq!(cluster.snapshot().outstanding_offers, 1, "nothing changed");
    cluster.subscribe(&driver(1), with_id(&id), false);
    assert_eq!(
        cluster
            .take::<internal::FrameworkReregisteredMessage>(&driver(1))
            .len(),
        1
    );
    let rescinded = cluster.take::<internal::RescindResourceOfferMessage>(&driver(1));
    assert_eq!(rescinded[0].offer_id, offers[0].id);
}

#[test]
fn fwk_15_a_forced_failover_ends_the_old_driver_and_discards_offers() {
    let (mut cluster, slave, id) = running();
    cluster.offers(1);
    cluster.subscribe(&driver(2), with_id(&id), true);
    assert_eq!(cluster.errors(1), ["Framework failed over"]);
    assert!(
        cluster
            .take::<internal::RescindResourceOfferMessage>(&driver(1))
            .is_empty()
    );
    assert_eq!(
        cluster
            .take::<internal::FrameworkRegisteredMessage>(&driver(2))
            .len(),
        1
    );
    let told = cluster.take::<internal::UpdateFrameworkMessage>(&agent(1));
    assert_eq!(
        told[0].pid.as_deref(),
        Some(driver(2).to_string().as_str()),
        "FWK-17"
    );
    cluster.update(1, &id, &slave, "t", S::TaskFinished, 5);
    assert_eq!(cluster.states(2).len(), 1, "updates go to the new driver");
    assert_eq!(cluster.offers(2).len(), 1);
}

#[test]
fn fwk_14_a_pid_serves_one_framework() {
    let mut cluster = Cluster::new();
    let first = cluster.framework(1);
    cluster.framework(2);
    cluster.subscribe(&driver(2), with_id(&first), true);
    assert!(cluster.errors(2).is_empty(), "dropped without answer");
    let snapshot = cluster.snapshot();
    let framework = snapshot.framework(&FrameworkId::from(&first)).unwrap();
    assert_eq!(framework.pid(), Some(&driver(1)));
}

#[test]
fn fwk_11_user_and_checkpoint_stay_and_the_principal_must() {
    let mut cluster = Cluster::new();
    let id = cluster.framework(1);
    let changed = pb::FrameworkInfo {
        user: "other".into(),
        checkpoint: Some(false),
        name: "new".into(),
        ..with_id(&id)
    };
    cluster.subscribe(&driver(1), changed, false);
    let snapshot = cluster.snapshot();
    let info = snapshot.frameworks.iter().next().unwrap().info.clone();
    assert_eq!(
        (info.user.as_str(), info.checkpoint(), info.name.as_str()),
        ("nobody", true, "new")
    );
    let stranger = pb::FrameworkInfo {
        principal: Some("p".into()),
        ..with_id(&id)
    };
    cluster.subscribe(&driver(1), stranger, false);
    assert_eq!(cluster.errors(1).len(), 1);
}

#[test]
fn fwk_20a_and_21_a_broken_link_gives_the_framework_its_failover_timeout() {
    let mut cluster = Cluster::new();
    let info = pb::FrameworkInfo {
        failover_timeout: Some(100.0),
        ..framework_info("f")
    };
    let id = cluster.framework_as(1, info);
    cluster.event(Event::Exited { pid: driver(1) });
    assert_eq!(cluster.errors(1), ["Framework disconnected"]);
    cluster.framework_call(&driver(1), &id, call::Type::Revive, Call::default());
    assert_eq!(cluster.errors(1), ["Framework disconnected"], "FWK-4");
    cluster.advance(Duration::from_secs(99));
    let state = cluster.snapshot().frameworks.iter().next().unwrap().state;
    assert_eq!(state, FrameworkState::Disconnected);
    let back = pb::FrameworkInfo {
        failover_timeout: Some(100.0),
        ..with_id(&id)
    };
    cluster.subscribe(&driver(2), back, true);
    cluster.advance(Duration::from_secs(200));
    assert_eq!(
        cluster.snapshot().frameworks.len(),
        1,
        "the timer of the first break is stale"
    );
    cluster.event(Event::Exited { pid: driver(2) });
    cluster.advance(Duration::from_secs(101));
    assert!(cluster.snapshot().frameworks.is_empty());
}

#[test]
fn fwk_22_updates_for_a_disconnected_framework_wait_at_the_agent() {
    let (mut cluster, slave, id) = running();
    cluster.advance(Duration::ZERO);
    let info = pb::FrameworkInfo {
        failover_timeout: Some(100.0),
        ..with_id(&id)
    };
    cluster.subscribe(&driver(1), info, false);
    cluster.event(Event::Exited { pid: driver(1) });
    cluster.sent.clear();
    cluster.update(1, &id, &slave, "t", S::TaskFinished, 2);
    assert!(cluster.states(1).is_empty());
    assert_eq!(cluster.snapshot().counters.master.invalid_status_updates, 1);
}

#[test]
fn fwk_24_removal_kills_tasks_in_the_books_and_tells_agents() {
    let (mut cluster, _, id) = running();
    cluster.framework_call(&driver(1), &id, call::Type::Teardown, Call::default());
    assert_eq!(
        cluster.take::<internal::ShutdownFrameworkMessage>(&agent(1))[0].framework_id,
        id
    );
    assert!(cluster.states(1).is_empty(), "the framework is not told");
    let snapshot = cluster.snapshot();
    let completed = &snapshot.completed_frameworks[0];
    let task = completed.completed_tasks.iter().next().unwrap();
    assert_eq!(task.state, S::TaskKilled);
    assert!(completed.unregistered_time.secs() > 0.0);
    assert!(snapshot.agents.iter().next().unwrap().used.is_empty());
    cluster.subscribe(&driver(2), with_id(&id), true);
    assert_eq!(cluster.errors(2), ["Framework has been removed"], "FWK-25");
    cluster.framework(3);
    assert_eq!(
        cluster.offers(3)[0].resources[0].scalar.unwrap().value,
        4.0,
        "everything is free again"
    );
}

#[test]
fn teardown_by_an_operator_is_answered() {
    let mut cluster = Cluster::new();
    let id = cluster.framework(1);
    let request = || OperatorRequest::Teardown {
        framework: FrameworkId::from(&id),
    };
    for (ticket, done) in [(Ticket(1), true), (Ticket(2), false)] {
        cluster.event(Event::Operator {
            ticket,
            request: request(),
        });
        let reply = cluster
            .effects
            .iter()
            .rev()
            .find_map(|effect| match effect {
                Effect::Reply {
                    ticket: answered,
                    reply,
                } if *answered == ticket => Some(reply.clone()),
                _ => None,
            });
        assert_eq!(reply == Some(OperatorReply::Done), done, "{reply:?}");
    }
}

#[test]
fn fwk_18_offers_of_a_dropped_role_are_rescinded() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let id = cluster.framework_as(1, multi_role(framework_info("f"), &["a"]));
    assert_eq!(
        cluster.offers(1)[0]
            .allocation_info
            .as_ref()
            .unwrap()
            .role(),
        "a"
    );
    let info = pb::FrameworkInfo {
        id: Some(id.clone()),
        ..multi_role(framework_info("f"), &["b"])
    };
    let update = call::UpdateFramework {
        framework_info: info,
        ..call::UpdateFramework::default()
    };
    let call = Call {
        update_framework: Some(update),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::UpdateFramework, call);
    assert_eq!(
        cluster
            .take::<internal::RescindResourceOfferMessage>(&driver(1))
            .len(),
        1
    );
    assert_eq!(
        cluster
            .take::<internal::UpdateFrameworkMessage>(&agent(1))
            .len(),
        1,
        "FWK-19"
    );
    assert_eq!(
        cluster.offers(1)[0]
            .allocation_info
            .as_ref()
            .unwrap()
            .role(),
        "b"
    );
    let other = pb::FrameworkInfo {
        user: "other".into(),
        id: Some(id.clone()),
        ..multi_role(framework_info("f"), &["b"])
    };
    let update = call::UpdateFramework {
        framework_info: other,
        ..call::UpdateFramework::default()
    };
    let call = Call {
        update_framework: Some(update),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::UpdateFramework, call);
    assert_eq!(cluster.errors(1).len(), 1, "FWK-20");
}

#[test]
fn fwk_4_calls_from_a_foreign_pid_are_dropped() {
    let mut cluster = Cluster::new();
    let id = cluster.framework(1);
    cluster.framework_call(&driver(2), &id, call::Type::Teardown, Call::default());
    assert!(cluster.errors(2).is_empty());
    assert_eq!(cluster.snapshot().frameworks.len(), 1);
}

#[test]
fn fwk_6_the_older_register_messages_subscribe() {
    let mut cluster = Cluster::new();
    let register = |info| internal::RegisterFrameworkMessage { framework: info };
    let bad = register(pb::FrameworkInfo {
        id: Some(pb::FrameworkId { value: "x".into() }),
        ..framework_info("f")
    });
    cluster.message(&driver(1), Message::RegisterFramework(Box::new(bad), None));
    assert_eq!(cluster.errors(1), ["Registering with 'id' already set"]);
    let good = register(framework_info("f"));
    cluster.message(&driver(1), Message::RegisterFramework(Box::new(good), None));
    let id = cluster
        .take::<internal::FrameworkRegisteredMessage>(&driver(1))
        .remove(0)
        .framework_id;
    let without = internal::ReregisterFrameworkMessage {
        framework: framework_info("f"),
        failover: true,
    };
    cluster.message(
        &driver(2),
        Message::ReregisterFramework(Box::new(without), None),
    );
    assert_eq!(cluster.errors(2), ["Re-registering without an 'id'"]);
    let with = internal::ReregisterFrameworkMessage {
        framework: with_id(&id),
        failover: true,
    };
    cluster.message(
        &driver(2),
        Message::ReregisterFramework(Box::new(with), None),
    );
    assert_eq!(
        cluster
            .take::<internal::FrameworkRegisteredMessage>(&driver(2))
            .len(),
        1
    );
    let end = internal::UnregisterFrameworkMessage { framework_id: id };
    cluster.message(&driver(2), Message::UnregisterFramework(end));
    assert!(cluster.snapshot().frameworks.is_empty());
}

#[test]
fn fwk_23_a_deactivated_framework_stays_connected_without_offers() {
    let mut cluster = Cluster::new();
    let id = cluster.framework(1);
    let message = internal::DeactivateFrameworkMessage {
        framework_id: id.clone(),
    };
    cluster.message(&driver(1), Message::DeactivateFramework(message));
    cluster.agent(1);
    assert!(cluster.offers(1).is_empty());
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert!(framework.connected() && !framework.active);
    cluster.subscribe(&driver(1), with_id(&id), false);
    assert_eq!(cluster.offers(1).len(), 1);
}

#[test]
fn unknown_fields_of_the_framework_info_reach_the_agents() {
    use prost::Message as _;
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let info = framework_info("f");
    let mut info_bytes = info.encode_to_vec();
    info_bytes.extend_from_slice(&[0xc2, 0x3e, 1, 7]);
    let subscribe = mesos_proto::wire::Composer::new()
        .bytes(1, &info_bytes)
        .finish();
    let original = mesos_proto::wire::Composer::new()
        .varint(2, 1)
        .bytes(3, &subscribe)
        .finish();
    let call = Call::decode(&*original).unwrap();
    cluster.message(&driver(1), Message::Call(Box::new(call), Some(original)));
    let id = cluster
        .take::<internal::FrameworkRegisteredMessage>(&driver(1))
        .remove(0)
        .framework_id;
    let offers = cluster.offers(1);
    let task = crate::cluster::command_task("t", &slave, crate::cluster::resources(1.0, 32.0));
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![crate::cluster::launch(vec![task])],
    );
    let run = cluster
        .sent
        .iter()
        .find(|sent| sent.name == "RunTaskMessage")
        .unwrap();
    assert!(
        run.body
            .windows(4)
            .any(|window| window == [0xc2, 0x3e, 1, 7])
    );
    assert!(
        run.body
            .windows(id.value.len())
            .any(|window| window == id.value.as_bytes())
    );
}
