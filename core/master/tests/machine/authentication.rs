//! Who has to be authenticated, and what waits for an attempt.

use mesos_master::{
    effect::Effect,
    event::{Authenticated, Event, Message},
};
use mesos_process::Upid;
use mesos_proto::{internal, mesos as pb};

use crate::cluster::{Cluster, agent, driver, framework_info, slave_info, upid};

/// Begins an attempt for `pid` and gives its number.
fn begin(cluster: &mut Cluster, pid: &Upid) -> u64 {
    let client = upid("crammd5-authenticatee(1)", pid.address.port());
    let message = internal::AuthenticateMessage {
        pid: pid.to_string(),
    };
    cluster.message(&client, Message::Authenticate(message));
    let begun = cluster
        .effects
        .iter()
        .rev()
        .find_map(|effect| match effect {
            Effect::Authenticate {
                number,
                client: to,
                pid: whom,
            } if to == &client && whom == pid => Some(*number),
            _ => None,
        });
    begun.expect("an attempt begins")
}

fn end(cluster: &mut Cluster, number: u64, pid: &Upid, result: Authenticated) {
    cluster.event(Event::Authenticated {
        number,
        pid: pid.clone(),
        result,
    });
}

fn strict() -> Cluster {
    Cluster::with(|config| {
        config.authenticate_frameworks = true;
        config.authenticate_agents = true;
    })
}

fn registered(cluster: &mut Cluster) -> usize {
    cluster
        .take::<internal::FrameworkRegisteredMessage>(&driver(1))
        .len()
}

#[test]
fn fwk_7_a_framework_that_must_be_authenticated_and_is_not_gets_the_recorded_error() {
    let mut cluster = strict();
    cluster.subscribe(&driver(1), framework_info("f"), false);
    let expected = format!("Framework at {} is not authenticated", driver(1));
    assert_eq!(cluster.errors(1), [expected]);
    cluster.register(1, slave_info("h"), &[]);
    assert!(cluster.snapshot().agents.is_empty(), "AGT-1");
}

#[test]
fn authn_4_a_subscription_waits_for_the_attempt_and_for_it_alone() {
    let mut cluster = strict();
    let number = begin(&mut cluster, &driver(1));
    cluster.subscribe(&driver(1), framework_info("f"), false);
    assert_eq!((registered(&mut cluster), cluster.errors(1).len()), (0, 0));
    end(
        &mut cluster,
        number,
        &driver(1),
        Authenticated::As("p".into()),
    );
    assert_eq!(registered(&mut cluster), 1);

    let number = begin(&mut cluster, &driver(2));
    cluster.subscribe(&driver(2), framework_info("g"), false);
    end(&mut cluster, number, &driver(2), Authenticated::Refused);
    assert_eq!(cluster.errors(2).len(), 1, "it is judged again");

    let number = begin(&mut cluster, &driver(3));
    cluster.subscribe(&driver(3), framework_info("h"), false);
    let problem = Authenticated::Failed("timed out".into());
    end(&mut cluster, number, &driver(3), problem);
    assert!(cluster.errors(3).is_empty(), "it vanishes");
}

#[test]
fn authn_3_a_new_attempt_replaces_the_old_one_and_what_it_led_to() {
    let mut cluster = strict();
    let first = begin(&mut cluster, &driver(1));
    let second = begin(&mut cluster, &driver(1));
    assert!(
        cluster
            .effects
            .contains(&Effect::EndAuthentication { number: first })
    );
    end(
        &mut cluster,
        first,
        &driver(1),
        Authenticated::As("p".into()),
    );
    cluster.subscribe(&driver(1), framework_info("f"), false);
    assert_eq!(registered(&mut cluster), 0, "the stale result is ignored");
    end(
        &mut cluster,
        second,
        &driver(1),
        Authenticated::As("p".into()),
    );
    assert_eq!(registered(&mut cluster), 1);
}

#[test]
fn authn_5_a_peer_that_goes_away_is_not_authenticated_any_more() {
    let mut cluster = strict();
    let number = begin(&mut cluster, &agent(1));
    end(
        &mut cluster,
        number,
        &agent(1),
        Authenticated::As("p".into()),
    );
    cluster.event(Event::Exited { pid: agent(1) });
    cluster.register(1, slave_info("h"), &[]);
    assert!(cluster.snapshot().agents.is_empty());
    let number = begin(&mut cluster, &agent(1));
    end(
        &mut cluster,
        number,
        &agent(1),
        Authenticated::As("p".into()),
    );
    cluster.register(1, slave_info("h"), &[]);
    assert_eq!(cluster.snapshot().agents.len(), 1);
}

#[test]
fn another_principal_than_the_authenticated_one_is_refused_and_nobody_has_to_authenticate_by_default()
 {
    let info = pb::FrameworkInfo {
        principal: Some("other".to_owned()),
        ..framework_info("f")
    };
    let mut cluster = Cluster::new();
    let number = begin(&mut cluster, &driver(1));
    end(
        &mut cluster,
        number,
        &driver(1),
        Authenticated::As("p".into()),
    );
    cluster.subscribe(&driver(1), info.clone(), false);
    assert_eq!(cluster.errors(1).len(), 1);
    cluster.subscribe(&driver(2), info, false);
    assert!(cluster.errors(2).is_empty());
}
