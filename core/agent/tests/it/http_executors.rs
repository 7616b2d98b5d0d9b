//! Executors that speak HTTP, at the machine. Compat: agent §8.6, §17.5.

use bytes::Bytes;
use mesos_agent::call::{Answer, CallId, ExecutorCall, Refusal};
use mesos_agent::config::RecoverMode;
use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_agent::recover::{
    AgentState, ExecutorState, FrameworkState, Recovered, RunState, TaskRecord,
};
use mesos_model::ContainerId;
use mesos_model::id::{AgentId, ExecutorId, FrameworkId, TaskId};
use mesos_proto::internal::*;
use mesos_proto::mesos::executor::{Call, call};
use mesos_proto::mesos::{self, TaskState, task_status};
use mesos_proto::v1;
use mesos_proto::v1::executor::event::Type;
use prost::Message as _;

use crate::harness::*;

fn call_of(kind: call::Type, executor: &str) -> Call {
    Call {
        executor_id: mesos::ExecutorId {
            value: executor.to_owned(),
        },
        framework_id: framework_id(),
        r#type: Some(kind.into()),
        ..Default::default()
    }
}

fn status(task: &str, state: TaskState, uuid: u8) -> mesos::TaskStatus {
    mesos::TaskStatus {
        task_id: mesos::TaskId {
            value: task.to_owned(),
        },
        state: state.into(),
        source: Some(task_status::Source::Executor.into()),
        uuid: Some(Bytes::from(vec![uuid; 16])),
        ..Default::default()
    }
}

impl Rig {
    fn call(&mut self, id: u64, call: Call) -> Vec<Effect> {
        self.feed(Event::ExecutorCall(Box::new(ExecutorCall {
            id: CallId(id),
            principal: None,
            call,
            body: None,
        })))
    }

    fn subscribe(&mut self, id: u64, executor: &str, subscribe: call::Subscribe) -> Vec<Effect> {
        self.call(
            id,
            Call {
                subscribe: Some(subscribe),
                ..call_of(call::Type::Subscribe, executor)
            },
        )
    }

    fn report(&mut self, id: u64, executor: &str, status: mesos::TaskStatus) -> Vec<Effect> {
        self.call(
            id,
            Call {
                update: Some(call::Update { status }),
                ..call_of(call::Type::Update, executor)
            },
        )
    }
}

fn answers(effects: &[Effect]) -> Vec<(u64, Answer)> {
    let answer = |effect: &Effect| match effect {
        Effect::Answer { call, answer } => Some((call.0, answer.clone())),
        _ => None,
    };
    effects.iter().filter_map(answer).collect()
}

fn refusal(effects: &[Effect]) -> Refusal {
    match answers(effects).as_slice() {
        [(_, Answer::Refused(refusal))] => refusal.clone(),
        other => panic!("no refusal: {other:?}"),
    }
}

/// The events of the effects with their streams.
fn events(effects: &[Effect]) -> Vec<(u64, v1::executor::Event)> {
    let event = |effect: &Effect| match effect {
        Effect::Stream { stream, event } => {
            let event = v1::executor::Event::decode(event.clone()).unwrap();
            Some((stream.0, event))
        }
        _ => None,
    };
    effects.iter().filter_map(event).collect()
}

fn kinds(effects: &[Effect]) -> Vec<(u64, Type)> {
    let kind = |(stream, event): (u64, v1::executor::Event)| (stream, event.r#type());
    events(effects).into_iter().map(kind).collect()
}

fn closed(effects: &[Effect]) -> Vec<u64> {
    let close = |effect: &Effect| match effect {
        Effect::Close { stream } => Some(stream.0),
        _ => None,
    };
    effects.iter().filter_map(close).collect()
}

fn container(effects: &[Effect]) -> ContainerId {
    launches(effects)[0].container.clone()
}

/// An agent with executor `e` subscribed on stream 1 and its task `t` delivered.
fn subscribed() -> (Rig, ContainerId) {
    let mut rig = Rig::registered();
    let container = container(&rig.run(executor_task("t", "e")));
    rig.subscribe(1, "e", call::Subscribe::default());
    (rig, container)
}

#[test]
fn a_subscribed_executor_is_told_of_itself_and_gets_its_task() {
    let mut rig = Rig::registered();
    let launched = rig.run(executor_task("t", "e"));
    let effects = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(answers(&effects), [(1, Answer::Subscribed)]);
    assert_eq!(kinds(&effects), [(1, Type::Subscribed), (1, Type::Launch)]);
    let events = events(&effects);
    let told = events[0].1.subscribed.clone().unwrap();
    assert_eq!(told.executor_info.executor_id.value, "e");
    assert_eq!(told.executor_info.framework_id.unwrap().value, FRAMEWORK);
    assert_eq!(told.framework_info.name, "test");
    assert_eq!(told.agent_info.id.unwrap().value, AGENT);
    let container = container(&launched);
    assert_eq!(told.container_id.unwrap().value, container.value());
    let task = &events[1].1.launch.as_ref().unwrap().task;
    assert_eq!(task.task_id.value, "t");
    let marker = format!(
        "mark meta/slaves/{AGENT}/frameworks/F/executors/e/runs/{}/http.marker",
        container.value()
    );
    assert_eq!(disk(&effects)[0], marker);
    let mark = position(&effects, |e| matches!(e, Effect::Disk(_)));
    let answer = position(&effects, |e| matches!(e, Effect::Answer { .. }));
    assert!(
        mark < answer,
        "the marker is on disk before the executor goes on"
    );
    assert!(
        sent::<ExitedExecutorMessage>(&rig.wait(61.0)).is_empty(),
        "the registration timeout is off"
    );
}

#[test]
fn an_update_is_stored_forwarded_and_acknowledged_on_the_stream() {
    let (mut rig, _) = subscribed();
    let effects = rig.report(2, "e", status("t", TaskState::TaskRunning, 9));
    assert_eq!(answers(&effects), [(2, Answer::Accepted)]);
    let forwarded = sent::<StatusUpdateMessage>(&effects).remove(0).update;
    assert_eq!(forwarded.executor_id.unwrap().value, "e");
    assert_eq!(forwarded.slave_id.clone().unwrap().value, AGENT);
    assert_eq!(forwarded.status.slave_id, forwarded.slave_id);
    assert_eq!(forwarded.status.source(), task_status::Source::Executor);
    let stored = position(&effects, |e| matches!(e, Effect::Disk(_)));
    let heard = position(&effects, |e| matches!(e, Effect::Stream { .. }));
    assert!(stored < heard, "what is acknowledged is on disk");
    let (stream, event) = events(&effects).remove(0);
    assert_eq!((stream, event.r#type()), (1, Type::Acknowledged));
    let acknowledged = event.acknowledged.unwrap();
    assert_eq!(acknowledged.task_id.value, "t");
    assert_eq!(acknowledged.uuid, vec![9; 16]);
}

#[test]
fn an_acknowledgement_goes_to_the_sender_whoever_holds_the_task() {
    let (mut rig, _) = subscribed();
    rig.run(executor_task("u", "other"));
    rig.subscribe(2, "other", call::Subscribe::default());
    let effects = rig.report(3, "other", status("t", TaskState::TaskRunning, 4));
    assert_eq!(kinds(&effects), [(2, Type::Acknowledged)]);
    assert_eq!(updates(&effects)[0].task_id.value, "t");
    // The same from a driver's executor.
    rig.run(executor_task("v", "driver"));
    rig.register_executor("driver");
    let effects = rig.update("t", TaskState::TaskRunning, 5);
    assert_eq!(kinds(&effects), []);
    let heard = sent::<StatusUpdateAcknowledgementMessage>(&effects);
    assert_eq!(heard[0].task_id.value, "t");
}

#[test]
fn kills_messages_and_shutdown_are_events() {
    let (mut rig, _) = subscribed();
    let kill = KillTaskMessage {
        framework_id: framework_id(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        kill_policy: None,
    };
    let effects = rig.by_master(Message::KillTask(kill));
    assert_eq!(kinds(&effects), [(1, Type::Kill)]);
    let message = FrameworkToExecutorMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        framework_id: framework_id(),
        executor_id: mesos::ExecutorId {
            value: "e".to_owned(),
        },
        data: Bytes::from_static(b"a\0b"),
    };
    let effects = rig.by_master(Message::FrameworkToExecutor(message));
    let (_, event) = events(&effects).remove(0);
    assert_eq!(event.message.unwrap().data.as_ref(), b"a\0b");
    let shutdown = ShutdownExecutorMessage {
        executor_id: Some(mesos::ExecutorId {
            value: "e".to_owned(),
        }),
        framework_id: Some(framework_id()),
    };
    let effects = rig.by_master(Message::ShutdownExecutor(shutdown));
    assert_eq!(kinds(&effects), [(1, Type::Shutdown)]);
    let killed = rig.wait(5.1);
    assert!(killed.iter().any(|e| matches!(e, Effect::Destroy { .. })));
}

#[test]
fn a_message_of_the_executor_reaches_the_framework() {
    let (mut rig, _) = subscribed();
    let effects = rig.call(
        2,
        Call {
            message: Some(call::Message {
                data: Bytes::from_static(b"\0x"),
            }),
            ..call_of(call::Type::Message, "e")
        },
    );
    assert_eq!(answers(&effects), [(2, Answer::Accepted)]);
    let passed = sent::<ExecutorToFrameworkMessage>(&effects).remove(0);
    assert_eq!(passed.data.as_ref(), b"\0x");
    assert_eq!(passed.executor_id.value, "e");
}

#[test]
fn calls_are_refused_in_the_order_of_the_checks() {
    let mut rig = Rig::with(config(std::path::Path::new("/w")));
    assert!(!rig.agent.takes_executors());
    let early = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(refusal(&early), Refusal::Recovering);
    let heartbeat = rig.call(2, call_of(call::Type::Heartbeat, "nobody"));
    assert_eq!(answers(&heartbeat), [(2, Answer::Accepted)]);

    let mut rig = Rig::registered();
    let unknown = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(refusal(&unknown), Refusal::NoSuchFramework);
    rig.run(executor_task("t", "e"));
    let unknown = rig.subscribe(2, "other", call::Subscribe::default());
    assert_eq!(refusal(&unknown), Refusal::NoSuchExecutor);
    let early = rig.report(3, "e", status("t", TaskState::TaskRunning, 1));
    assert_eq!(refusal(&early), Refusal::NotSubscribed);
    assert!(updates(&early).is_empty());
    rig.subscribe(4, "e", call::Subscribe::default());
    let strange = rig.call(5, call_of(call::Type::Unknown, "e"));
    assert_eq!(answers(&strange), [(5, Answer::Unknown)]);
}

#[test]
fn a_second_subscription_replaces_the_first() {
    let (mut rig, _) = subscribed();
    let held = call::Subscribe {
        unacknowledged_tasks: vec![executor_task("t", "e")],
        ..Default::default()
    };
    let effects = rig.subscribe(2, "e", held);
    assert_eq!(closed(&effects), [1]);
    assert_eq!(kinds(&effects), [(2, Type::Subscribed)]);
    assert!(
        updates(&effects).is_empty(),
        "the task is known to the executor"
    );
    // The end of the old stream changes nothing.
    rig.feed(Event::StreamEnded { stream: CallId(1) });
    let effects = rig.report(3, "e", status("t", TaskState::TaskRunning, 1));
    assert_eq!(kinds(&effects), [(2, Type::Acknowledged)]);
}

#[test]
fn while_the_stream_is_down_tasks_wait_and_updates_are_taken() {
    let (mut rig, _) = subscribed();
    rig.report(2, "e", status("t", TaskState::TaskRunning, 1));
    rig.feed(Event::StreamEnded { stream: CallId(1) });
    let mut later = run_task(executor_task("u", "e"));
    later.launch_executor = Some(false);
    let effects = rig.by_master(Message::RunTask(later));
    assert_eq!(kinds(&effects), []);
    let effects = rig.report(3, "e", status("t", TaskState::TaskFinished, 2));
    assert_eq!(answers(&effects), [(3, Answer::Accepted)]);
    assert_eq!(kinds(&effects), [], "nobody hears the acknowledgement");
    let again = call::Subscribe {
        unacknowledged_tasks: vec![executor_task("t", "e")],
        unacknowledged_updates: vec![call::Update {
            status: status("t", TaskState::TaskFinished, 2),
        }],
    };
    let effects = rig.subscribe(4, "e", again);
    assert_eq!(
        kinds(&effects),
        [
            (4, Type::Subscribed),
            (4, Type::Acknowledged),
            (4, Type::Launch)
        ]
    );
    assert!(
        updates(&effects).is_empty(),
        "the update was forwarded before"
    );
}

#[test]
fn a_task_lost_on_the_way_is_dropped_when_the_executor_is_back() {
    let (mut rig, _) = subscribed();
    let effects = rig.subscribe(2, "e", call::Subscribe::default());
    let told = updates(&effects);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].state(), TaskState::TaskLost);
    assert_eq!(told[0].reason(), task_status::Reason::SlaveRestarted);
    assert_eq!(told[0].message(), "Task launched during agent restart");
}

#[test]
fn an_executor_that_must_leave_is_told_so_on_its_stream() {
    let (mut rig, _) = subscribed();
    let shutdown = ShutdownExecutorMessage {
        executor_id: Some(mesos::ExecutorId {
            value: "e".to_owned(),
        }),
        framework_id: Some(framework_id()),
    };
    rig.by_master(Message::ShutdownExecutor(shutdown));
    let effects = rig.subscribe(2, "e", call::Subscribe::default());
    assert_eq!(answers(&effects), [(2, Answer::Subscribed)]);
    assert_eq!(kinds(&effects), [(2, Type::Shutdown)]);
    assert_eq!(closed(&effects), [2]);
}

#[test]
fn an_executor_whose_tasks_were_killed_before_it_came_is_shut_down() {
    let mut rig = Rig::registered();
    rig.run(executor_task("t", "e"));
    let kill = KillTaskMessage {
        framework_id: framework_id(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        kill_policy: None,
    };
    rig.by_master(Message::KillTask(kill));
    let effects = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(kinds(&effects), [(1, Type::Shutdown)]);
}

#[test]
fn heartbeats_come_every_half_hour() {
    let (mut rig, _) = subscribed();
    assert_eq!(kinds(&rig.wait(1799.0)), []);
    assert_eq!(kinds(&rig.wait(1.1)), [(1, Type::Heartbeat)]);
    assert_eq!(kinds(&rig.wait(1800.1)), [(1, Type::Heartbeat)]);
    rig.feed(Event::StreamEnded { stream: CallId(1) });
    assert_eq!(kinds(&rig.wait(1800.1)), []);
}

#[test]
fn the_stream_ends_with_the_container() {
    let (mut rig, container) = subscribed();
    let effects = rig.end(&container, 0);
    assert_eq!(closed(&effects), [1]);
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskFailed);
}

#[test]
fn a_task_group_of_a_custom_executor_arrives_as_one_event() {
    let mut rig = Rig::registered();
    let first = executor_task("a", "e");
    let order = RunTaskGroupMessage {
        framework: framework_info(),
        executor: first.executor.clone().unwrap(),
        task_group: mesos::TaskGroupInfo {
            tasks: vec![first, executor_task("b", "e")],
        },
        launch_executor: Some(true),
        ..Default::default()
    };
    rig.by_master(Message::RunTaskGroup(order));
    let effects = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(
        kinds(&effects),
        [(1, Type::Subscribed), (1, Type::LaunchGroup)]
    );
    let (_, event) = events(&effects).remove(1);
    let tasks = event.launch_group.unwrap().task_group.tasks;
    let ids: Vec<&str> = tasks.iter().map(|t| t.task_id.value.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

/// What an agent left that ran executor `e` over HTTP with task `t`.
fn left_behind(state: TaskState) -> Recovered {
    let task = mesos::Task {
        name: "t".to_owned(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        framework_id: framework_id(),
        executor_id: Some(mesos::ExecutorId {
            value: "e".to_owned(),
        }),
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        state: state.into(),
        ..Default::default()
    };
    let run = RunState {
        container: ContainerId::root("c"),
        meta: "/w/meta/run".into(),
        forked: Some(4711),
        pid: None,
        http: true,
        completed: false,
        tasks: vec![TaskRecord {
            id: TaskId::new("t"),
            info: task,
            updates: Vec::new(),
        }],
    };
    let executor = ExecutorState {
        id: ExecutorId::new("e"),
        info: executor_task("t", "e").executor.unwrap(),
        original: None,
        generated: false,
        run,
    };
    let mut info = config(std::path::Path::new("/w")).info;
    info.id = Some(mesos::SlaveId {
        value: AGENT.to_owned(),
    });
    Recovered {
        agent: Some(AgentState {
            id: AgentId::new(AGENT),
            info,
            drain: None,
            frameworks: vec![FrameworkState {
                id: FrameworkId::new(FRAMEWORK),
                info: framework_info(),
                original: None,
                pid: None,
                executors: vec![executor],
            }],
        }),
        ..Default::default()
    }
}

#[test]
fn after_a_restart_the_executor_subscribes_while_the_agent_recovers() {
    let mut rig = Rig::with(config(std::path::Path::new("/w")));
    let effects = rig.feed(recovered(left_behind(TaskState::TaskRunning)));
    assert!(rig.agent.takes_executors());
    assert!(sent::<ReconnectExecutorMessage>(&effects).is_empty());
    let early = rig.report(1, "e", status("t", TaskState::TaskRunning, 1));
    assert_eq!(refusal(&early), Refusal::Recovering);
    let again = call::Subscribe {
        unacknowledged_tasks: vec![executor_task("t", "e")],
        unacknowledged_updates: vec![call::Update {
            status: status("t", TaskState::TaskFinished, 5),
        }],
    };
    let effects = rig.subscribe(2, "e", again);
    assert_eq!(
        kinds(&effects),
        [(2, Type::Subscribed), (2, Type::Acknowledged)]
    );
    let effects = rig.wait(2.1);
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Destroy { .. })),
        "it came back in time"
    );
}

#[test]
fn an_executor_that_does_not_come_back_in_time_is_destroyed() {
    let mut rig = Rig::with(config(std::path::Path::new("/w")));
    rig.feed(recovered(left_behind(TaskState::TaskRunning)));
    let effects = rig.wait(2.1);
    assert!(effects.iter().any(|e| matches!(e, Effect::Destroy { .. })));
}

#[test]
fn a_cleaning_agent_shuts_the_executor_down_when_it_subscribes() {
    let mut cleaning = config(std::path::Path::new("/w"));
    cleaning.recover = RecoverMode::Cleanup;
    let mut rig = Rig::with(cleaning);
    let effects = rig.feed(recovered(left_behind(TaskState::TaskRunning)));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Destroy { .. })));
    let effects = rig.subscribe(1, "e", call::Subscribe::default());
    assert_eq!(kinds(&effects), [(1, Type::Shutdown)]);
    assert_eq!(closed(&effects), [1]);
}

#[test]
fn fields_of_a_newer_executor_reach_the_master() {
    let (mut rig, _) = subscribed();
    let mut raw = status("t", TaskState::TaskRunning, 3).encode_to_vec();
    // Field 200, a varint that no status has.
    raw.extend_from_slice(&[0xc0, 0x0c, 0x2a]);
    let update = mesos_proto::wire::Composer::new().bytes(1, &raw).finish();
    let call = Call {
        update: Some(call::Update {
            status: status("t", TaskState::TaskRunning, 3),
        }),
        ..call_of(call::Type::Update, "e")
    };
    let body = mesos_proto::wire::Composer::new()
        .bytes(5, &update)
        .finish();
    let effects = rig.feed(Event::ExecutorCall(Box::new(ExecutorCall {
        id: CallId(2),
        principal: None,
        call,
        body: Some(body),
    })));
    let forwarded = effects.iter().find_map(|effect| match effect {
        Effect::Send { name, body, .. } if name.ends_with("StatusUpdateMessage") => Some(body),
        _ => None,
    });
    let forwarded = forwarded.expect("the update goes to the master");
    assert!(forwarded.windows(3).any(|part| part == [0xc0, 0x0c, 0x2a]));
}
