//! S19–S23, S27, S29, S30.

use super::*;

fn id(value: &str) -> Bytes {
    id_message(value)
}

#[test]
fn s19_launch_is_an_accept_with_one_launch_and_filters_are_always_there() {
    let call = Call::launch(vec![id("O")], &[], Bytes::new());
    let effects = feed(&mut connected(setup()), Event::Call(call));
    let accept = splice::message(&sent(&effects)[0].1, 4).unwrap();
    let launch = Writer::new().varint(1, 1).bytes(2, &[]).finish();
    let expected = Writer::new()
        .bytes(1, &id("O"))
        .bytes(2, &launch)
        .bytes(3, &[])
        .finish();
    assert_eq!((calls(&effects), accept), (vec![3], expected));
}

#[test]
fn s20_calls_while_disconnected_are_dropped() {
    let mut machine = Machine::new(setup());
    let dropped = [
        Call::Kill { task_id: id("t") },
        Call::Decline {
            offer_id: id("O"),
            filters: Bytes::new(),
        },
        Call::Request { requests: vec![] },
        Call::Message {
            executor_id: id("E"),
            agent_id: id("S"),
            data: Bytes::new(),
        },
        Call::Reconcile { statuses: vec![] },
    ];
    for call in dropped {
        assert_eq!(feed(&mut machine, Event::Call(call)), []);
    }
}

#[test]
fn s20_tasks_launched_while_disconnected_are_lost_or_dropped() {
    let capability = Writer::new().varint(1, 5).finish();
    let aware = Writer::new()
        .bytes(1, b"u")
        .bytes(2, b"n")
        .bytes(10, &capability)
        .finish();
    for (framework, state) in [(framework(), 5), (aware, 9)] {
        let mut machine = Machine::new(Setup {
            framework,
            ..setup()
        });
        let operations = vec![launch("t", "S"), Writer::new().varint(1, 6).finish()];
        let call = Call::Accept {
            offer_ids: vec![id("O")],
            operations,
            filters: Bytes::new(),
        };
        let effects = feed(&mut machine, Event::Call(call));
        let status = Writer::new()
            .bytes(1, &id("t"))
            .varint(2, state)
            .bytes(4, b"Master disconnected");
        let status = status
            .double(6, 1_000.0)
            .varint(9, 0)
            .varint(10, 7)
            .finish();
        assert_eq!(callbacks(&effects), [Callback::StatusUpdate { status }]);
    }
}

#[test]
fn s22_an_operation_with_an_id_aborts_the_driver_not_the_process() {
    let operation = Writer::new().varint(1, 2).bytes(12, &id("op")).finish();
    let call = Call::Accept {
        offer_ids: vec![],
        operations: vec![operation],
        filters: Bytes::new(),
    };
    assert!(failure(&feed(&mut connected(setup()), Event::Call(call))).is_some());
}

#[test]
fn s23_messages_go_straight_to_an_agent_that_runs_a_task_and_else_through_the_master() {
    let mut machine = connected(setup());
    let send = |machine: &mut Machine| {
        let call = Call::Message {
            executor_id: id("E"),
            agent_id: id("S"),
            data: "d".into(),
        };
        let effects = feed(machine, Event::Call(call));
        match &effects[..] {
            [Effect::Send { to, name, .. }] => (to.to_string(), *name),
            _ => panic!("{effects:?}"),
        }
    };
    let through_master = (MASTER.to_owned(), "mesos.scheduler.Call");
    let straight = (
        "slave(1)@127.0.0.1:5051".to_owned(),
        "mesos.internal.FrameworkToExecutorMessage",
    );
    offers(&mut machine, "O", "S");
    assert_eq!(send(&mut machine), through_master);
    let operations = vec![launch("t", "S")];
    feed(
        &mut machine,
        Event::Call(Call::Accept {
            offer_ids: vec![id("O")],
            operations,
            filters: Bytes::new(),
        }),
    );
    assert_eq!(send(&mut machine), straight);
    message(
        &mut machine,
        "LostSlaveMessage",
        Writer::new().bytes(1, &id("S")).finish(),
    );
    assert_eq!(send(&mut machine), through_master);
}

#[test]
fn s21_connected_revive_and_suppress_name_roles_only_when_given() {
    let mut machine = connected(setup());
    let mut on = |call| sent(&feed(&mut machine, Event::Call(call))).remove(0).1;
    let bare = on(Call::Suppress { roles: vec![] });
    assert_eq!(
        (splice::number(&bare, 2), splice::message(&bare, 16)),
        (Some(12), None)
    );
    let named = on(Call::Revive {
        roles: vec!["a".to_owned()],
    });
    assert_eq!(splice::at(&named, &[15, 1]).unwrap(), "a");
}

#[test]
fn s27_reconcile_keeps_task_and_agent_ids_only() {
    let status = Writer::new()
        .bytes(1, &id("t"))
        .varint(2, 1)
        .bytes(5, &id("S"))
        .bytes(4, b"m")
        .finish();
    let effects = feed(
        &mut connected(setup()),
        Event::Call(Call::Reconcile {
            statuses: vec![status],
        }),
    );
    let task = splice::at(&sent(&effects)[0].1, &[9, 1]).unwrap();
    assert_eq!(
        task,
        Writer::new().bytes(1, &id("t")).bytes(2, &id("S")).finish()
    );
    let effects = feed(
        &mut connected(setup()),
        Event::Call(Call::Reconcile { statuses: vec![] }),
    );
    assert_eq!(splice::message(&sent(&effects)[0].1, 9).unwrap(), "");
}

#[test]
fn s29_update_framework_needs_registration_the_same_id_and_unique_roles() {
    let call = |framework_id: &str, roles: &[&str]| {
        let framework = Writer::new()
            .bytes(1, b"u")
            .bytes(2, b"new")
            .bytes(3, &id(framework_id))
            .finish();
        let suppressed_roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Event::Call(Call::UpdateFramework {
            framework,
            suppressed_roles,
            offer_constraints: Bytes::new(),
        })
    };
    assert!(failure(&feed(&mut Machine::new(setup()), call("F", &[]))).is_some());
    let mut machine = connected(setup());
    assert!(failure(&feed(&mut machine, call("G", &[]))).is_some());
    assert!(failure(&feed(&mut machine, call("F", &["a", "a"]))).is_some());
    let effects = feed(&mut machine, call("F", &["a"]));
    assert_eq!(calls(&effects), [17]);
    assert_eq!(
        splice::at(&sent(&effects)[0].1, &[19, 1, 2]).unwrap(),
        "new"
    );
}
