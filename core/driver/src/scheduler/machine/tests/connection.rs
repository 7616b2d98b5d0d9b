//! S13–S16, S18, S21.

use super::*;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn s14_subscribe_is_byte_for_byte_the_captured_one() {
    let effects = feed(&mut Machine::new(setup()), Event::Detected(Some(leader())));
    let recorded = hex("10011a160a120a04726f6f7412066a736d6f6b653a02766d2200");
    assert_eq!(
        sent(&effects),
        [("mesos.scheduler.Call", Bytes::from(recorded))]
    );
    assert!(effects.contains(&Effect::Link(Upid::parse(MASTER))));
}

#[test]
fn s14_a_given_id_is_sent_with_force_until_registered() {
    let framework = Writer::new()
        .bytes(1, b"u")
        .bytes(2, b"n")
        .bytes(3, &id_message("F"))
        .finish();
    let mut machine = Machine::new(Setup {
        framework,
        ..setup()
    });
    let force = |effects: &[Effect]| {
        let (_, body) = sent(effects).remove(0);
        assert_eq!(
            splice::message(&body, 1)
                .map(|id| splice::id(&id))
                .as_deref(),
            Some("F")
        );
        splice::message(&body, 3).and_then(|subscribe| splice::number(&subscribe, 2))
    };
    assert_eq!(
        force(&feed(&mut machine, Event::Detected(Some(leader())))),
        Some(1)
    );
    message(
        &mut machine,
        "FrameworkRegisteredMessage",
        registered_body("F"),
    );
    assert_eq!(
        force(&feed(&mut machine, Event::Detected(Some(leader())))),
        Some(0)
    );
}

#[test]
fn s14_delays_double_up_to_a_minute_and_a_tenth_of_the_failover_timeout() {
    for (failover_timeout, cap) in [(0.0, 60), (100.0, 10), (1e12, 60)] {
        let framework = Writer::new()
            .bytes(1, b"u")
            .bytes(2, b"n")
            .double(4, failover_timeout)
            .finish();
        let mut machine = Machine::new(Setup {
            framework,
            ..setup()
        });
        feed(&mut machine, Event::Detected(Some(leader())));
        let mut bound = 4;
        for _ in 0..12 {
            let effects = feed(&mut machine, Event::TimerFired(Timer::Registration));
            let armed = effects.iter().find_map(|effect| match effect {
                Effect::Arm {
                    timer: Timer::Registration,
                    at,
                } => Some(*at),
                _ => None,
            });
            let bounded = bound.min(cap) * 1_000_000_000;
            assert!(
                armed.unwrap().as_nanos() <= bounded,
                "{failover_timeout} {bound}"
            );
            bound = (bound * 2).min(120);
        }
    }
}

#[test]
fn s15_registered_comes_once_and_only_from_the_leader() {
    let mut machine = Machine::new(setup());
    feed(&mut machine, Event::Detected(Some(leader())));
    let body = registered_body("F");
    let foreign = message_from(
        &mut machine,
        "master@127.0.0.1:6",
        "FrameworkRegisteredMessage",
        body.clone(),
    );
    assert_eq!(foreign, []);
    let effects = message(&mut machine, "FrameworkRegisteredMessage", body.clone());
    let callback = Callback::Registered {
        framework_id: id_message("F"),
        master: "master info".into(),
    };
    assert_eq!(callbacks(&effects), [callback]);
    assert!(effects.contains(&Effect::Cancel(Timer::Registration)));
    assert_eq!(
        message(&mut machine, "FrameworkRegisteredMessage", body),
        []
    );
    assert_eq!(
        sent(&feed(&mut machine, Event::TimerFired(Timer::Registration))),
        []
    );
}

#[test]
fn s13_a_new_leader_disconnects_first_and_s15_registered_comes_again() {
    let mut machine = connected(setup());
    let effects = feed(&mut machine, Event::Detected(Some(leader())));
    assert_eq!(callbacks(&effects), [Callback::Disconnected]);
    assert_eq!(calls(&effects), [1]);
    let effects = message(
        &mut machine,
        "FrameworkRegisteredMessage",
        registered_body("F"),
    );
    assert!(matches!(
        callbacks(&effects)[..],
        [Callback::Registered { .. }]
    ));
}

#[test]
fn s13_no_leader_disconnects_and_waits() {
    let mut machine = connected(setup());
    let effects = feed(&mut machine, Event::Detected(None));
    assert_eq!(
        (callbacks(&effects), sent(&effects)),
        (vec![Callback::Disconnected], vec![])
    );
    assert_eq!(
        sent(&feed(&mut machine, Event::TimerFired(Timer::Registration))),
        []
    );
}

#[test]
fn s15_reregistered_with_another_id_aborts_instead_of_crashing() {
    let mut machine = connected(setup());
    feed(&mut machine, Event::Detected(Some(leader())));
    let effects = message(
        &mut machine,
        "FrameworkReregisteredMessage",
        registered_body("G"),
    );
    assert!(failure(&effects).unwrap().contains("'G'"));
    let effects = message(
        &mut machine,
        "FrameworkReregisteredMessage",
        registered_body("F"),
    );
    assert_eq!(
        callbacks(&effects),
        [Callback::Reregistered {
            master: "master info".into()
        }]
    );
}

#[test]
fn s15_event_subscribed_chooses_the_callback() {
    let subscribed = Writer::new().bytes(1, &id_message("F")).finish();
    let body = Writer::new().varint(1, 1).bytes(2, &subscribed).finish();
    let event = |machine: &mut Machine| {
        let (from, name, body) = (
            Upid::parse(MASTER),
            Arc::from("mesos.scheduler.Event"),
            body.clone(),
        );
        callbacks(&feed(machine, Event::Message { from, name, body }))
    };
    let mut machine = Machine::new(setup());
    feed(&mut machine, Event::Detected(Some(leader())));
    let first = Callback::Registered {
        framework_id: id_message("F"),
        master: "info".into(),
    };
    assert_eq!(event(&mut machine), [first]);
    feed(&mut machine, Event::Detected(Some(leader())));
    assert_eq!(
        event(&mut machine),
        [Callback::Reregistered {
            master: "info".into()
        }]
    );
}

#[test]
fn s16_registration_waits_for_authentication_and_refusal_is_final() {
    let mut machine = Machine::new(Setup {
        has_credential: true,
        ..setup()
    });
    let effects = feed(&mut machine, Event::Detected(Some(leader())));
    let Some(Effect::Authenticate {
        attempt, timeout, ..
    }) = effects.last()
    else {
        panic!("{effects:?}")
    };
    assert!((Duration::from_secs(5)..=Duration::from_secs(6)).contains(timeout));
    assert_eq!(sent(&effects), []);
    let (attempt, old) = (*attempt, attempt - 1);
    let stale = feed(
        &mut machine,
        Event::Authenticated {
            attempt: old,
            result: Authentication::Completed,
        },
    );
    assert_eq!(stale, []);

    let effects = feed(
        &mut machine,
        Event::Authenticated {
            attempt,
            result: Authentication::Failed,
        },
    );
    assert!(matches!(
        effects[..],
        [Effect::Arm {
            timer: Timer::Authentication,
            ..
        }]
    ));
    let effects = feed(&mut machine, Event::TimerFired(Timer::Authentication));
    let [_, Effect::Authenticate { attempt, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let effects = feed(
        &mut machine,
        Event::Authenticated {
            attempt,
            result: Authentication::Completed,
        },
    );
    assert_eq!(calls(&effects), [1]);

    let effects = feed(&mut machine, Event::Detected(Some(leader())));
    let Some(Effect::Authenticate { attempt, .. }) = effects.last() else {
        panic!("{effects:?}")
    };
    let result = Authentication::Refused;
    let effects = feed(
        &mut machine,
        Event::Authenticated {
            attempt: *attempt,
            result,
        },
    );
    assert_eq!(failure(&effects), Some("Master refused authentication"));
}

#[test]
fn s18_an_error_from_anyone_fails_the_driver() {
    let body = Writer::new()
        .bytes(2, b"Framework has been removed")
        .finish();
    let effects = message_from(
        &mut connected(setup()),
        "x@127.0.0.1:1",
        "FrameworkErrorMessage",
        body,
    );
    assert_eq!(failure(&effects), Some("Framework has been removed"));
}

#[test]
fn s21_revive_and_suppress_while_disconnected_become_one_update_before_the_callback() {
    let framework = Writer::new()
        .bytes(1, b"u")
        .bytes(2, b"n")
        .bytes(12, b"a")
        .bytes(12, b"b")
        .finish();
    let mut machine = connected(Setup {
        framework,
        ..setup()
    });
    feed(&mut machine, Event::Detected(Some(leader())));
    assert_eq!(
        feed(&mut machine, Event::Call(Call::Suppress { roles: vec![] })),
        []
    );
    assert_eq!(
        feed(
            &mut machine,
            Event::Call(Call::Revive {
                roles: vec!["b".to_owned()]
            })
        ),
        []
    );
    let effects = message(
        &mut machine,
        "FrameworkRegisteredMessage",
        registered_body("F"),
    );
    assert_eq!(calls(&effects), [17]);
    let update = splice::message(&sent(&effects)[0].1, 19).unwrap();
    assert_eq!(splice::messages(&update, 2), ["a"]);
    let of_update = effects
        .iter()
        .position(|e| matches!(e, Effect::Send { .. }));
    let of_callback = effects
        .iter()
        .position(|e| matches!(e, Effect::Callback { .. }));
    assert!(of_update < of_callback);
}

#[test]
fn s2_only_a_connected_stop_without_failover_tears_down() {
    assert_eq!(
        calls(&feed(
            &mut connected(setup()),
            Event::Stop { failover: false }
        )),
        [2]
    );
    assert_eq!(
        calls(&feed(
            &mut connected(setup()),
            Event::Stop { failover: true }
        )),
        [0u64; 0]
    );
    assert_eq!(
        calls(&feed(
            &mut Machine::new(setup()),
            Event::Stop { failover: false }
        )),
        [0u64; 0]
    );
}

#[test]
fn s3_abort_deactivates_ignores_messages_and_a_later_stop_still_tears_down() {
    let mut machine = connected(setup());
    let effects = feed(&mut machine, Event::Abort);
    let body = Writer::new().bytes(1, &id_message("F")).finish();
    assert_eq!(
        sent(&effects),
        [("mesos.internal.DeactivateFrameworkMessage", body)]
    );
    assert_eq!(offers(&mut machine, "O", "S"), []);
    assert_eq!(
        calls(&feed(&mut machine, Event::Stop { failover: false })),
        [2]
    );
}

#[test]
fn s17_a_lost_link_makes_no_callback_but_a_fixed_master_is_subscribed_to_anew() {
    let mut machine = connected(setup());
    let pid = Upid::parse(MASTER);
    let effects = feed(&mut machine, Event::LinkLost { pid: pid.clone() });
    assert!(matches!(
        effects[..],
        [Effect::Arm {
            timer: Timer::Registration,
            ..
        }]
    ));
    assert_eq!(feed(&mut machine, Event::LinkLost { pid: pid.clone() }), []);

    let effects = feed(&mut machine, Event::TimerFired(Timer::Registration));
    assert_eq!(effects[0], Effect::Link(pid));
    let (_, body) = sent(&effects).remove(0);
    assert_eq!(splice::message(&body, 1), Some(id_message("F")));
    assert_eq!(
        splice::at(&body, &[3]).and_then(|s| splice::number(&s, 2)),
        Some(0)
    );

    let effects = message(
        &mut machine,
        "FrameworkRegisteredMessage",
        registered_body("F"),
    );
    assert_eq!(effects, [Effect::Cancel(Timer::Registration)]);
    assert_eq!(
        feed(&mut machine, Event::TimerFired(Timer::Registration)),
        []
    );
    assert_eq!(offers(&mut machine, "O", "S").len(), 1);
}

#[test]
fn s17_with_detection_or_from_others_a_lost_link_means_nothing() {
    let pid = Upid::parse(MASTER);
    let mut detected = connected(Setup {
        fixed_master: false,
        ..setup()
    });
    assert_eq!(feed(&mut detected, Event::LinkLost { pid }), []);
    let other = Upid::parse("slave(1)@127.0.0.1:5051");
    assert_eq!(
        feed(&mut connected(setup()), Event::LinkLost { pid: other }),
        []
    );
}

#[test]
fn s16_after_a_lost_link_authentication_comes_first_again() {
    let mut machine = Machine::new(Setup {
        has_credential: true,
        ..setup()
    });
    let effects = feed(&mut machine, Event::Detected(Some(leader())));
    let Some(Effect::Authenticate { attempt, .. }) = effects.last() else {
        panic!("{effects:?}")
    };
    let (attempt, result) = (*attempt, Authentication::Completed);
    feed(&mut machine, Event::Authenticated { attempt, result });
    feed(
        &mut machine,
        Event::LinkLost {
            pid: Upid::parse(MASTER),
        },
    );
    let effects = feed(&mut machine, Event::TimerFired(Timer::Registration));
    assert!(matches!(
        effects[..],
        [Effect::Link(_), Effect::Authenticate { .. }]
    ));
}
