use mesos_daemon::flags::{ExecuteFlags, Files, FlagSet};
use mesos_proto::v1::scheduler::{Call, Event as Heard, call, event};
use mesos_proto::v1::{
    AgentId, FrameworkId, Offer, OfferId, Resource, TaskId, TaskState, TaskStatus, value,
};

use prost::Message as _;

use super::Refusal;
use super::machine::{Effect, Event, Machine};
use super::plan::{Plan, Work};
use super::status;

const TASK: &str = r#"{"name":"n","task_id":{"value":"i"},"command":{"value":"true"},
    "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":2}}]}"#;

fn flags(given: &[(&str, &str)]) -> ExecuteFlags {
    let mut flags = ExecuteFlags::default();
    for (name, value) in given {
        flags.set(name, value, &mut Files::none()).unwrap();
    }
    flags
}

fn refused(given: &[(&str, &str)]) -> String {
    match Plan::new(&flags(given)).unwrap_err() {
        Refusal::Usage(text) => format!("usage: {text}"),
        Refusal::Plain(text) => text,
    }
}

#[test]
fn flags_that_exclude_each_other_are_told_in_the_words_of_the_original() {
    assert_eq!(refused(&[]), "usage: Missing required option --name");
    assert_eq!(
        refused(&[("name", "n")]),
        "usage: Missing required option --command"
    );
    let group = format!(r#"{{"tasks":[{TASK}]}}"#);
    assert_eq!(
        refused(&[("task", TASK), ("task_group", &group)]),
        "usage: Either task or task group should be set but not both. Provide either '--task' OR \
         '--task_group'"
    );
    for (name, value) in [
        ("name", "n"),
        ("command", "c"),
        ("env", "{}"),
        ("volumes", "[]"),
    ] {
        assert_eq!(
            refused(&[("task", TASK), (name, value)]),
            "usage: '--name, --command, --env, --appc_image, --docker_image, --volumes' can only \
             be set when both '--task' and '--task_group' are not set"
        );
    }
    assert_eq!(
        refused(&[("task", TASK), ("networks", "a")]),
        "usage: '--networks' can only be set when '--task' is not set"
    );
    let command = [("name", "n"), ("command", "c")];
    let with = |more: &[(&str, &str)]| refused(&[&command, more].concat());
    assert_eq!(
        with(&[("content_type", "xml")]),
        "Invalid content type 'xml'"
    );
    assert_eq!(
        with(&[("appc_image", "a"), ("docker_image", "d")]),
        "Flags '--docker-image' and '--appc-image' are both set"
    );
    assert_eq!(
        with(&[("framework_capabilities", "MULTI_ROLE")]),
        "Flags '--framework_capabilities' specifies an unsupported capability 'MULTI_ROLE'"
    );
    assert_eq!(
        with(&[("framework_capabilities", "FLYING")]),
        "Flags '--framework_capabilities' specifies an unknown capability 'FLYING'"
    );
    assert_eq!(
        with(&[
            ("containerizer", "docker"),
            ("docker_image", "d"),
            ("networks", "a,b")
        ]),
        "'Docker' containerizer can only support a single network"
    );
    assert_eq!(
        with(&[("containerizer", "lxc")]),
        "Unsupported containerizer: lxc"
    );
}

#[test]
fn a_container_is_made_only_for_what_needs_one() {
    let container = |more: &[(&str, &str)]| {
        let given = [&[("name", "n"), ("command", "c")], more].concat();
        match Plan::new(&flags(&given)).unwrap().work {
            Work::Task(task) => task.container,
            Work::Group { .. } => panic!("a group"),
        }
    };
    assert_eq!(container(&[]), None);
    assert_eq!(container(&[("containerizer", "")]), None);
    let of_image = container(&[("appc_image", "a"), ("tty", "true"), ("networks", "x,y")]).unwrap();
    let appc = of_image.mesos.unwrap().image.unwrap().appc.unwrap();
    let labels: Vec<String> = appc
        .labels
        .unwrap()
        .labels
        .into_iter()
        .map(|l| l.key)
        .collect();
    assert_eq!(labels, ["os", "arch"]);
    assert!(of_image.tty_info.is_some());
    assert_eq!(of_image.network_infos.len(), 2);
    let volumes = r#"[{"container_path":"/c","mode":"RW","host_path":"/h"}]"#;
    assert_eq!(container(&[("volumes", volumes)]).unwrap().volumes.len(), 1);
}

/// The bytes that were recorded of the original.
#[test]
fn the_subscription_is_the_recorded_one() {
    let mut plan = Plan::new(&flags(&[("name", "x"), ("command", "echo hi")])).unwrap();
    plan.framework.user = "root".to_owned();
    let mut out = Vec::new();
    Machine::new(plan.framework, plan.work).on(Event::Connected, &mut out);
    let Some(Effect::Send(call)) = out.first() else {
        panic!("{out:?}");
    };
    let recorded = "10011a350a330a04726f6f7412166d65736f732d6578656375746520696e7374616e6365\
                    280032012a52020807520208025202080152020805";
    let sent: String = call
        .encode_to_vec()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(sent, recorded);
}

fn scalar(name: &str, amount: f64) -> Resource {
    Resource {
        name: name.to_owned(),
        r#type: value::Type::Scalar.into(),
        scalar: Some(value::Scalar { value: amount }),
        ..Resource::default()
    }
}

fn heard(machine: &mut Machine, heard: Heard) -> Vec<Effect> {
    let mut out = Vec::new();
    machine.on(Event::Heard(Box::new(heard)), &mut out);
    out
}

fn offer(id: &str, cpus: f64) -> Heard {
    let offer = Offer {
        id: OfferId {
            value: id.to_owned(),
        },
        agent_id: AgentId {
            value: "S".to_owned(),
        },
        resources: vec![scalar("cpus", cpus), scalar("mem", 512.0)],
        ..Offer::default()
    };
    Heard {
        r#type: Some(event::Type::Offers.into()),
        offers: Some(event::Offers {
            offers: vec![offer],
        }),
        ..Heard::default()
    }
}

fn update(task: &str, state: TaskState, message: &str) -> Heard {
    let status = TaskStatus {
        task_id: TaskId {
            value: task.to_owned(),
        },
        state: state.into(),
        message: Some(message.to_owned()),
        agent_id: Some(AgentId {
            value: "S".to_owned(),
        }),
        uuid: Some("u".into()),
        ..TaskStatus::default()
    };
    Heard {
        r#type: Some(event::Type::Update.into()),
        update: Some(event::Update { status }),
        ..Heard::default()
    }
}

/// A machine with its framework subscribed.
fn subscribed(given: &[(&str, &str)]) -> Machine {
    let plan = Plan::new(&flags(given)).unwrap();
    let mut machine = Machine::new(plan.framework, plan.work);
    machine.on(Event::Connected, &mut Vec::new());
    let out = heard(
        &mut machine,
        Heard {
            r#type: Some(event::Type::Subscribed.into()),
            subscribed: Some(event::Subscribed {
                framework_id: FrameworkId {
                    value: "F".to_owned(),
                },
                ..event::Subscribed::default()
            }),
            ..Heard::default()
        },
    );
    assert_eq!(out, [Effect::Say("Subscribed with ID F".to_owned())]);
    machine
}

fn calls(effects: &[Effect]) -> Vec<&Call> {
    let calls = effects.iter().filter_map(|effect| match effect {
        Effect::Send(call) => Some(&**call),
        _ => None,
    });
    calls.collect()
}

fn kinds(effects: &[Effect]) -> Vec<call::Type> {
    calls(effects).iter().map(|call| call.r#type()).collect()
}

fn said(effects: &[Effect]) -> Vec<&str> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Say(line) => Some(line.as_str()),
        _ => None,
    });
    lines.collect()
}

#[test]
fn a_task_waits_for_an_offer_that_is_large_enough() {
    let mut machine = subscribed(&[("task", TASK)]);
    let small = heard(&mut machine, offer("O1", 1.0));
    assert_eq!(kinds(&small), [call::Type::Decline]);
    let large = heard(&mut machine, offer("O2", 2.0));
    assert_eq!(kinds(&large), [call::Type::Accept]);
    assert_eq!(said(&large), ["Submitted task 'n' to agent 'S'"]);
    let further = heard(&mut machine, offer("O3", 2.0));
    assert_eq!(kinds(&further), [call::Type::Decline, call::Type::Suppress]);
}

#[test]
fn a_group_gets_the_default_executor_and_ends_with_its_last_task() {
    let second = TASK.replace(r#""i""#, r#""j""#);
    let group = format!(r#"{{"tasks":[{TASK},{second}]}}"#);
    let mut machine = subscribed(&[("task_group", &group), ("networks", "net")]);
    // Enough for either task, not for both.
    assert_eq!(
        kinds(&heard(&mut machine, offer("O", 3.0))),
        [call::Type::Decline]
    );
    let out = heard(&mut machine, offer("O", 4.0));
    assert_eq!(
        said(&out),
        ["Submitted task group with tasks [ i, j ] to agent 'S'"]
    );
    let accept = calls(&out)[0].accept.clone().unwrap();
    let launch = accept.operations[0].launch_group.clone().unwrap();
    assert_eq!(launch.executor.executor_id.value, "default-executor");
    let networks = launch.executor.container.unwrap().network_infos;
    assert_eq!(networks[0].name.as_deref(), Some("net"));
    let one = heard(
        &mut machine,
        update("i", TaskState::TaskFailed, "Command exited with status 4"),
    );
    let twice = heard(
        &mut machine,
        update("i", TaskState::TaskFailed, "Command exited with status 4"),
    );
    assert!(
        !one.iter()
            .chain(&twice)
            .any(|effect| matches!(effect, Effect::End(_)))
    );
    let last = heard(&mut machine, update("j", TaskState::TaskFinished, ""));
    assert_eq!(last.last(), Some(&Effect::End(4)));
}

#[test]
fn an_update_is_told_line_by_line_and_acknowledged() {
    let mut machine = subscribed(&[("task", TASK)]);
    let running = heard(&mut machine, update("i", TaskState::TaskRunning, "on"));
    assert_eq!(
        said(&running),
        [
            "Received status update TASK_RUNNING for task 'i'",
            "  message: 'on'"
        ]
    );
    assert_eq!(kinds(&running), [call::Type::Acknowledge]);
    assert!(matches!(running.last(), Some(Effect::ArmKill(..))));
    let mut out = Vec::new();
    let id = |value: &str| TaskId {
        value: value.to_owned(),
    };
    let agent = AgentId {
        value: "S".to_owned(),
    };
    machine.on(Event::KillDue(id("i"), agent), &mut out);
    assert_eq!(said(&out), ["Asked to kill task 'i' on agent 'S'"]);
    assert_eq!(kinds(&out), [call::Type::Kill]);
}

#[test]
fn an_error_of_the_master_ends_the_run() {
    let mut machine = subscribed(&[("task", TASK)]);
    let error = Heard {
        r#type: Some(event::Type::Error.into()),
        error: Some(event::Error {
            message: "gone".to_owned(),
        }),
        ..Heard::default()
    };
    assert_eq!(
        heard(&mut machine, error),
        [Effect::Fail("Received an ERROR event: gone".to_owned())]
    );
    assert_eq!(machine.teardown().unwrap().r#type(), call::Type::Teardown);
    machine.on(Event::Disconnected, &mut Vec::new());
    assert_eq!(machine.teardown(), None);
}

#[test]
fn a_status_has_the_exit_status_of_its_command() {
    let of = |state: TaskState, message: &str| {
        let status = TaskStatus {
            state: state.into(),
            message: Some(message.to_owned()),
            ..TaskStatus::default()
        };
        status::exit_status(&status)
    };
    assert_eq!(
        of(TaskState::TaskFinished, "Command exited with status 0"),
        0
    );
    assert_eq!(
        of(TaskState::TaskFailed, "Command exited with status 42"),
        42
    );
    assert_eq!(
        of(
            TaskState::TaskFailed,
            "Command terminated with signal Killed"
        ),
        137
    );
    assert_eq!(
        of(
            TaskState::TaskKilled,
            "Command terminated with signal Terminated (forced)"
        ),
        143
    );
    assert_eq!(of(TaskState::TaskFailed, "Command exited with status 0"), 1);
    assert_eq!(of(TaskState::TaskLost, "no word of it"), 1);
}
