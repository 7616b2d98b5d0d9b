//! Fields of newer peers that the agent does not know reach whom they are for.

use bytes::Bytes;
use mesos_agent::checkpoint::write::Disk;
use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_process::Upid;
use mesos_proto::internal::*;
use mesos_proto::mesos;
use mesos_proto::wire::Composer;
use prost::Name;

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

/// RunTaskMessage with additions in the task (T), its labels (L), its executor (E) and the framework (F).
fn strange_run(task: &mesos::TaskInfo) -> Bytes {
    let mut plain = task.clone();
    let executor = plain.executor.take();
    let mut task = with_strange(&plain, b'T');
    let labels = with_strange(&mesos::Labels::default(), b'L');
    task.extend_from_slice(&Composer::new().bytes(10, &labels).finish());
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
    let order = strange_run(&executor_task("t", "e"));
    feed::<RunTaskMessage>(&mut rig, &master(), order);
    let effects = rig.register_executor("e");
    let run = body_of::<RunTaskMessage>(&effects);
    let registered = body_of::<ExecutorRegisteredMessage>(&effects);
    for letter in [b'T', b'E', b'F'] {
        assert!(has(&run, letter), "{}", char::from(letter));
    }
    for letter in [b'E', b'F'] {
        assert!(has(&registered, letter), "{}", char::from(letter));
    }
}

#[test]
fn fields_of_a_newer_framework_outlive_a_restart_of_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::register(config(folder.path()));
    // The agent's own files come with the registration, whose effects are not at hand here.
    let meta = folder.path().join("meta");
    std::fs::create_dir_all(meta.join("slaves").join(AGENT)).unwrap();
    std::os::unix::fs::symlink(
        meta.join("slaves").join(AGENT),
        meta.join("slaves").join("latest"),
    )
    .unwrap();
    let mut info = config(folder.path()).info;
    info.id = Some(mesos::SlaveId {
        value: AGENT.to_owned(),
    });
    std::fs::write(
        meta.join("slaves").join(AGENT).join("slave.info"),
        mesos_agent::checkpoint::record::frame(&info),
    )
    .unwrap();
    let order = strange_run(&executor_task("t", "e"));
    let mut effects = feed::<RunTaskMessage>(&mut rig, &master(), order);
    effects.extend(rig.register_executor("e"));
    for effect in &effects {
        if let Effect::Disk(change) = effect {
            change.apply().unwrap();
        }
    }
    let stored = |name: &str, letter| {
        effects.iter().any(|effect| {
            matches!(effect, Effect::Disk(Disk::Write { path, bytes })
                if path.ends_with(name) && has(bytes, letter))
        })
    };
    assert!(stored("framework.info", b'F'));
    assert!(stored("executor.info", b'E'));
    assert!(stored("task.info", b'L'));

    let paths = mesos_agent::checkpoint::paths::Paths::new(folder.path());
    let state = mesos_agent::recover::state::read(&paths, "", true).unwrap();
    let agent = state.agent.unwrap();
    let framework = &agent.frameworks[0];
    assert!(has(framework.original.as_ref().unwrap(), b'F'));
    assert!(has(framework.executors[0].original.as_ref().unwrap(), b'E'));
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
