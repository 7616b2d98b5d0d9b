//! Fields of newer peers that the agent does not know reach whom they are for.

use bytes::Bytes;
use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_process::Upid;
use mesos_proto::internal::*;
use mesos_proto::mesos;
use mesos_proto::wire::Composer;
use prost::{Message as _, Name};

use crate::harness::*;

/// Field 2000 with one byte of text: nothing this agent knows.
fn strange(letter: u8) -> [u8; 4] {
    [0x82, 0x7d, 0x01, letter]
}

fn has(bytes: &[u8], letter: u8) -> bool {
    bytes.windows(4).any(|window| window == strange(letter))
}

fn with_strange(message: &impl prost::Message, letter: u8) -> Vec<u8> {
    let mut bytes = message.encode_to_vec();
    bytes.extend_from_slice(&strange(letter));
    bytes
}

/// RunTaskMessage with additions in the task (T), its executor (E) and the framework (F).
fn strange_run(task: &mesos::TaskInfo) -> Bytes {
    let mut plain = task.clone();
    let executor = plain.executor.take();
    let mut task = with_strange(&plain, b'T');
    if let Some(executor) = executor {
        let executor = with_strange(&executor, b'E');
        task.extend_from_slice(&Composer::new().bytes(5, &executor).finish());
    }
    Composer::new()
        .bytes(2, &with_strange(&framework_info(), b'F'))
        .bytes(4, &task)
        .varint(6, 1)
        .finish()
}

fn feed<M: Name>(rig: &mut Rig, from: &Upid, body: Bytes) -> Vec<Effect> {
    let (message, more) = Message::decode(&M::full_name(), &body).unwrap().unwrap();
    rig.feed(Event::Message {
        from: from.clone(),
        message: Box::new(message),
        body: more.then_some(body),
    })
}

fn body_of<M: Name>(effects: &[Effect]) -> Bytes {
    let wanted = M::full_name();
    let find = |effect: &Effect| match effect {
        Effect::Send { name, body, .. } if *name == wanted => Some(body.clone()),
        _ => None,
    };
    effects.iter().find_map(find).expect("it was sent")
}

#[test]
fn fields_of_a_newer_framework_reach_the_executor() {
    let mut rig = Rig::registered();
    feed::<RunTaskMessage>(&mut rig, &master(), strange_run(&command_task("t")));
    let effects = rig.register_executor("t");
    assert!(has(&body_of::<RunTaskMessage>(&effects), b'T'));
}

#[test]
fn nothing_is_kept_of_orders_that_are_not_the_masters() {
    let mut rig = Rig::registered();
    let stranger = Upid::parse("master@127.0.0.1:6666");
    feed::<RunTaskMessage>(&mut rig, &stranger, strange_run(&command_task("t")));
    rig.run(command_task("t"));
    let effects = rig.register_executor("t");
    assert!(!has(&body_of::<RunTaskMessage>(&effects), b'T'));
}

#[test]
fn nothing_is_kept_of_a_task_that_was_refused() {
    let mut rig = Rig::registered();
    let mut elsewhere = command_task("t");
    elsewhere.slave_id.value = "M-S9".to_owned();
    feed::<RunTaskMessage>(&mut rig, &master(), strange_run(&elsewhere));
    rig.run(command_task("t"));
    let effects = rig.register_executor("t");
    assert!(!has(&body_of::<RunTaskMessage>(&effects), b'T'));
}
