//! Events in, effects out, one test per X rule.

use super::*;
use mesos_model::clock::WallTime;

const AGENT: &str = "slave(1)@127.0.0.1:5051";

fn at(seconds: u64) -> Now {
    Now {
        instant: Instant::from_nanos(seconds * 1_000_000_000),
        wall: WallTime(1_000.0 + seconds as f64),
    }
}

fn machine(checkpoint: bool, local: bool) -> Machine {
    let environment = ExecutorEnvironment {
        agent: Upid::parse(AGENT),
        agent_id: "S0".to_owned(),
        framework_id: "F".to_owned(),
        executor_id: "E".to_owned(),
        checkpoint,
        recovery_timeout: Duration::from_secs(60),
        shutdown_grace: Duration::from_secs(5),
        local,
    };
    Machine::new(Upid::parse("executor(1)@127.0.0.1:9"), environment)
}

fn feed(machine: &mut Machine, now: Now, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    machine.on(now, event, &mut out);
    out
}

fn message(machine: &mut Machine, name: &str, body: Bytes) -> Vec<Effect> {
    let (from, name) = (
        Upid::parse(AGENT),
        Arc::from(format!("mesos.internal.{name}")),
    );
    feed(machine, at(0), Event::Message { from, name, body })
}

fn registered(machine: &mut Machine) {
    let body = Writer::new()
        .bytes(2, b"e")
        .bytes(4, b"f")
        .bytes(6, b"a")
        .finish();
    message(machine, "ExecutorRegisteredMessage", body);
}

fn task(id: &str) -> Bytes {
    Writer::new()
        .bytes(1, b"name")
        .bytes(2, &splice::id_message(id))
        .finish()
}

fn run_task(machine: &mut Machine, id: &str) -> Vec<Effect> {
    message(
        machine,
        "RunTaskMessage",
        Writer::new().bytes(4, &task(id)).finish(),
    )
}

fn status(task: &str) -> Bytes {
    Writer::new()
        .bytes(1, &splice::id_message(task))
        .varint(2, 1)
        .finish()
}

fn send_update(machine: &mut Machine, task: &str, id: u8) -> Vec<Effect> {
    feed(
        machine,
        at(1),
        Event::SendStatusUpdate {
            status: status(task),
            id: [id; 16],
        },
    )
}

fn acknowledge(machine: &mut Machine, task: &str, id: u8) {
    let body = Writer::new()
        .bytes(3, &splice::id_message(task))
        .bytes(4, &[id; 16])
        .finish();
    assert_eq!(
        message(machine, "StatusUpdateAcknowledgementMessage", body),
        [Effect::Callback(Callback::Acknowledged)]
    );
}

#[test]
fn x4_start_links_and_registers_once() {
    let effects = feed(&mut machine(false, false), at(0), Event::Start);
    let body = Writer::new()
        .bytes(1, &splice::id_message("F"))
        .bytes(2, &splice::id_message("E"))
        .finish();
    let to = Upid::parse(AGENT);
    let register = Effect::Send {
        to: to.clone(),
        name: "mesos.internal.RegisterExecutorMessage",
        body,
    };
    assert_eq!(effects, [Effect::Link { to, fresh: false }, register]);
}

#[test]
fn x4_registered_hands_over_the_three_infos() {
    let body = Writer::new()
        .bytes(2, b"e")
        .bytes(4, b"f")
        .bytes(6, b"a")
        .finish();
    let effects = message(
        &mut machine(false, false),
        "ExecutorRegisteredMessage",
        body,
    );
    let callback = Callback::Registered {
        executor: "e".into(),
        framework: "f".into(),
        agent: "a".into(),
    };
    assert_eq!(effects, [Effect::Callback(callback)]);
}

#[test]
fn x5_a_restarted_agent_gets_what_it_has_not_confirmed() {
    let mut machine = machine(true, false);
    registered(&mut machine);
    run_task(&mut machine, "done");
    run_task(&mut machine, "open");
    send_update(&mut machine, "done", 1);
    send_update(&mut machine, "open", 2);
    acknowledge(&mut machine, "done", 1);

    let from = Upid::parse("slave(1)@127.0.0.1:6000");
    let name = Arc::from("mesos.internal.ReconnectExecutorMessage");
    let effects = feed(
        &mut machine,
        at(2),
        Event::Message {
            from: from.clone(),
            name,
            body: Bytes::new(),
        },
    );
    assert_eq!(
        effects[0],
        Effect::Link {
            to: from.clone(),
            fresh: true
        }
    );
    let Effect::Send { to, name, body } = &effects[1] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (to, *name),
        (&from, "mesos.internal.ReregisterExecutorMessage")
    );
    assert_eq!(splice::messages(body, 3), [task("open")]);
    let updates = splice::messages(body, 4);
    assert_eq!(updates.len(), 1);
    assert_eq!(splice::message(&updates[0], 6).unwrap()[..], [2; 16]);
}

#[test]
fn x6_without_checkpointing_a_broken_link_shuts_down_at_once() {
    let mut machine = machine(false, false);
    registered(&mut machine);
    let effects = feed(
        &mut machine,
        at(3),
        Event::Exited {
            pid: Upid::parse(AGENT),
        },
    );
    let arm = Effect::Arm {
        timer: Timer::Shutdown,
        at: at(8).instant,
    };
    assert_eq!(effects, [arm, Effect::Callback(Callback::Shutdown)]);
}

#[test]
fn x6_with_checkpointing_the_agent_has_the_recovery_timeout() {
    let mut machine = machine(true, false);
    registered(&mut machine);
    let effects = feed(
        &mut machine,
        at(3),
        Event::Exited {
            pid: Upid::parse(AGENT),
        },
    );
    let timer = Timer::Recovery(1);
    assert_eq!(
        effects,
        [Effect::Arm {
            timer,
            at: at(63).instant
        }]
    );
    let effects = feed(&mut machine, at(63), Event::TimerFired(timer));
    assert!(effects.contains(&Effect::Callback(Callback::Shutdown)));
}

#[test]
fn x6_a_reconnection_in_time_disarms_the_recovery_timer() {
    let mut machine = machine(true, false);
    registered(&mut machine);
    feed(
        &mut machine,
        at(3),
        Event::Exited {
            pid: Upid::parse(AGENT),
        },
    );
    message(
        &mut machine,
        "ExecutorReregisteredMessage",
        Writer::new().bytes(2, b"a").finish(),
    );
    assert_eq!(
        feed(&mut machine, at(63), Event::TimerFired(Timer::Recovery(1))),
        []
    );
}

#[test]
fn x7_tasks_need_a_connection_and_come_once_but_kills_always_pass() {
    let mut machine = machine(false, false);
    assert_eq!(run_task(&mut machine, "t"), []);
    let kill = Writer::new().bytes(2, &splice::id_message("t")).finish();
    assert_eq!(message(&mut machine, "KillTaskMessage", kill).len(), 1);
    registered(&mut machine);
    assert_eq!(
        run_task(&mut machine, "t"),
        [Effect::Callback(Callback::LaunchTask { task: task("t") })]
    );
    assert_eq!(run_task(&mut machine, "t"), []);
}

#[test]
fn x8_after_a_shutdown_nothing_but_the_timer_and_updates_work() {
    let mut machine = machine(false, false);
    registered(&mut machine);
    message(&mut machine, "ShutdownExecutorMessage", Bytes::new());
    assert_eq!(run_task(&mut machine, "t"), []);
    assert_eq!(
        message(&mut machine, "ShutdownExecutorMessage", Bytes::new()),
        []
    );
    assert_eq!(send_update(&mut machine, "t", 1).len(), 1);
    assert_eq!(
        feed(&mut machine, at(9), Event::TimerFired(Timer::Shutdown)),
        [Effect::KillSelf]
    );
}

#[test]
fn x8_an_executor_of_the_local_cluster_never_kills_itself() {
    let effects = message(
        &mut machine(false, true),
        "ShutdownExecutorMessage",
        Bytes::new(),
    );
    assert_eq!(effects, [Effect::Callback(Callback::Shutdown)]);
}

#[test]
fn x9_an_update_gets_uuid_timestamp_and_agent_and_keeps_the_rest() {
    let mut machine = machine(false, false);
    let given = Writer::new()
        .bytes(1, &splice::id_message("t"))
        .varint(2, 1)
        .bytes(3, b"d")
        .double(6, 5.0);
    let given = given.bytes(11, b"old").bytes(99, b"unknown").finish();
    let effects = feed(
        &mut machine,
        at(1),
        Event::SendStatusUpdate {
            status: given,
            id: [7; 16],
        },
    );
    let [Effect::Send { name, body, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*name, "mesos.internal.StatusUpdateMessage");
    assert_eq!(splice::text(body, 2).unwrap(), "executor(1)@127.0.0.1:9");
    let update = splice::message(body, 1).unwrap();
    assert_eq!(splice::double(&update, 5), Some(1_001.0));
    let status = splice::message(&update, 4).unwrap();
    let numbers: Vec<u32> = splice::fields(&status).map(|f| f.number).collect();
    assert_eq!(numbers, [1, 2, 3, 5, 6, 11, 99]);
    assert_eq!(splice::message(&status, 11).unwrap()[..], [7; 16]);
    assert_eq!(splice::double(&status, 6), Some(1_001.0));
}

#[test]
fn framework_messages_need_a_connection() {
    let mut machine = machine(false, false);
    let body = Writer::new().bytes(4, b"data").finish();
    assert_eq!(
        message(&mut machine, "FrameworkToExecutorMessage", body.clone()),
        []
    );
    registered(&mut machine);
    let callback = Callback::FrameworkMessage {
        data: "data".into(),
    };
    assert_eq!(
        message(&mut machine, "FrameworkToExecutorMessage", body),
        [Effect::Callback(callback)]
    );
}
