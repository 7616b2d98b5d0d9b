//! S24, S25, S28 and what counts only while connected.

use super::*;

fn update(framework: &str, uuid: Option<&[u8]>, pid: Option<&str>) -> Bytes {
    let status = Writer::new()
        .bytes(1, &id_message("t"))
        .varint(2, 1)
        .bytes(5, &id_message("S"));
    let status = status.bytes(11, b"stale").bytes(77, b"unknown").finish();
    let update = Writer::new()
        .bytes(1, &id_message(framework))
        .bytes(3, &id_message("S"))
        .bytes(4, &status);
    let update = update.double(5, 1.0).some(6, uuid).finish();
    Writer::new()
        .bytes(1, &update)
        .some(2, pid.map(str::as_bytes))
        .finish()
}

fn delivered(effects: &[Effect]) -> (Option<Bytes>, bool) {
    let [
        Effect::Callback {
            callback: Callback::StatusUpdate { status },
            acknowledge,
        },
    ] = effects
    else {
        panic!("{effects:?}")
    };
    assert_eq!(splice::message(status, 77).unwrap(), "unknown");
    (splice::message(status, 11), acknowledge.is_some())
}

const AGENT: Option<&str> = Some("slave(1)@127.0.0.1:5051");

#[test]
fn s24_the_uuid_is_that_of_the_update_or_none() {
    let mut machine = connected(setup());
    let mut on = |body| delivered(&message(&mut machine, "StatusUpdateMessage", body));
    assert_eq!(
        on(update("F", Some(b"new"), AGENT)),
        (Some("new".into()), true)
    );
    assert_eq!(on(update("F", Some(b""), AGENT)), (None, false));
    assert_eq!(on(update("F", None, AGENT)), (None, false));
    assert_eq!(
        on(update("F", Some(b"new"), Some("@0.0.0.0:0"))),
        (None, false)
    );
    assert_eq!(on(update("F", Some(b"new"), None)), (None, false));
}

#[test]
fn s25_an_implicit_acknowledgement_follows_the_callback() {
    let mut machine = connected(setup());
    let effects = message(
        &mut machine,
        "StatusUpdateMessage",
        update("F", Some(b"new"), AGENT),
    );
    let [
        Effect::Callback {
            acknowledge: Some(acknowledgement),
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    let effects = feed(&mut machine, Event::Delivered(acknowledgement.clone()));
    assert_eq!(calls(&effects), [8]);
    let body = splice::message(&sent(&effects)[0].1, 8).unwrap();
    let expected = Writer::new()
        .bytes(1, &id_message("S"))
        .bytes(2, &id_message("t"))
        .bytes(3, b"new")
        .finish();
    assert_eq!(body, expected);
}

#[test]
fn s24_an_update_of_another_framework_aborts_instead_of_crashing() {
    let effects = message(
        &mut connected(setup()),
        "StatusUpdateMessage",
        update("G", Some(b"u"), AGENT),
    );
    assert!(failure(&effects).is_some());
}

#[test]
fn s26_explicit_acknowledgements_need_uuid_and_agent() {
    let mut machine = connected(Setup {
        implicit_acknowledgements: false,
        ..setup()
    });
    let effects = message(
        &mut machine,
        "StatusUpdateMessage",
        update("F", Some(b"new"), AGENT),
    );
    assert_eq!(delivered(&effects), (Some("new".into()), false));
    let status = |uuid: Option<&[u8]>, agent: Option<&[u8]>| {
        Writer::new()
            .bytes(1, &id_message("t"))
            .some(5, agent)
            .some(11, uuid)
            .finish()
    };
    let agent = id_message("S");
    let mut on = |status| {
        calls(&feed(
            &mut machine,
            Event::Call(Call::Acknowledge { status }),
        ))
    };
    assert_eq!(on(status(Some(b"u"), Some(&agent))), [8]);
    assert_eq!(on(status(None, Some(&agent))), [0u64; 0]);
    assert_eq!(on(status(Some(b"u"), None)), [0u64; 0]);
}

#[test]
fn s6_acknowledging_with_implicit_acknowledgements_aborts_the_driver_not_the_process() {
    let effects = feed(
        &mut connected(setup()),
        Event::Call(Call::Acknowledge {
            status: Bytes::new(),
        }),
    );
    let text = "Cannot call acknowledgeStatusUpdate: Implicit acknowledgements are enabled";
    assert_eq!(failure(&effects), Some(text));
}

#[test]
fn s28_offers_rescinds_and_losses_count_only_while_connected_and_from_the_leader() {
    let rescind = Writer::new().bytes(1, &id_message("O")).finish();
    let lost = Writer::new().bytes(1, &id_message("S")).finish();
    let exited = Writer::new()
        .bytes(1, &id_message("S"))
        .bytes(2, &id_message("F"))
        .bytes(3, &id_message("E"));
    let exited = exited.varint(4, 9).finish();
    let all = [
        ("RescindResourceOfferMessage", rescind),
        ("LostSlaveMessage", lost),
        ("ExitedExecutorMessage", exited),
    ];
    let mut machine = connected(setup());
    for (name, body) in &all {
        assert_eq!(
            callbacks(&message(&mut machine, name, body.clone())).len(),
            1,
            "{name}"
        );
        assert_eq!(
            message_from(&mut machine, "master@127.0.0.1:6", name, body.clone()),
            [],
            "{name}"
        );
    }
    feed(&mut machine, Event::Detected(Some(leader())));
    for (name, body) in all {
        assert_eq!(message(&mut machine, name, body), [], "{name}");
    }
}

#[test]
fn s28_an_empty_offer_list_makes_no_callback() {
    assert_eq!(
        message(
            &mut connected(setup()),
            "ResourceOffersMessage",
            Bytes::new()
        ),
        []
    );
}

#[test]
fn s23_framework_messages_are_taken_from_anyone_even_while_disconnected() {
    let body = Writer::new()
        .bytes(1, b"a")
        .bytes(2, b"f")
        .bytes(3, b"e")
        .bytes(4, b"d")
        .finish();
    let effects = message_from(
        &mut Machine::new(setup()),
        "x@127.0.0.1:1",
        "ExecutorToFrameworkMessage",
        body,
    );
    let callback = Callback::FrameworkMessage {
        executor_id: "e".into(),
        agent_id: "a".into(),
        data: "d".into(),
    };
    assert_eq!(callbacks(&effects), [callback]);
}

#[test]
fn any_bytes_as_a_message_never_panic() {
    let names = [
        "FrameworkRegisteredMessage",
        "FrameworkReregisteredMessage",
        "ResourceOffersMessage",
        "RescindResourceOfferMessage",
        "StatusUpdateMessage",
        "LostSlaveMessage",
        "ExitedExecutorMessage",
        "ExecutorToFrameworkMessage",
        "FrameworkErrorMessage",
        "Nonsense",
    ];
    for name in names {
        for length in 0..64u8 {
            let body: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37) ^ length).collect();
            message(&mut connected(setup()), name, body.into());
        }
    }
}
