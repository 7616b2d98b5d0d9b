//! Compat: agent §8, §9; rules A.5, A.8, A.9.

use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_model::Resources;
use mesos_proto::internal::*;
use mesos_proto::mesos::task_status::Reason;
use mesos_proto::mesos::{self, TaskState};

use crate::harness::*;

#[test]
fn a_command_task_is_stored_before_its_container_starts() {
    let mut rig = Rig::registered();
    let effects = rig.run(command_task("t"));
    let launch = &launches(&effects)[0];
    assert_eq!(
        launch.resources,
        Resources::from_proto(&launch.resources.to_proto())
    );
    assert_eq!(launch.resources.cpus(), Some(1.1));
    assert_eq!(launch.resources.mem_mb(), Some(160));
    let run = format!(
        "/slaves/{AGENT}/frameworks/F/executors/t/runs/{}",
        launch.container.value()
    );
    let written = disk(&effects);
    for wanted in [
        format!("write meta/slaves/{AGENT}/frameworks/F/framework.info"),
        format!("write meta/slaves/{AGENT}/frameworks/F/framework.pid"),
        format!("write meta/slaves/{AGENT}/frameworks/F/executors/t/executor.info"),
        format!(
            "write meta/slaves/{AGENT}/frameworks/F/executors/t/executor_generated_for_command_task"
        ),
        format!("mkdir meta{run}"),
        format!("link meta/slaves/{AGENT}/frameworks/F/executors/t/runs/latest"),
        format!("write meta{run}/tasks/t/task.info"),
    ] {
        assert!(written.contains(&wanted), "{wanted} in {written:#?}");
    }
    let made = position(&effects, |e| {
        matches!(
            e,
            Effect::Disk(mesos_agent::checkpoint::write::Disk::MakeDir { .. })
        )
    });
    assert!(made < position(&effects, |e| matches!(e, Effect::Launch(_))));
}

#[test]
fn an_executor_gets_the_environment_that_executors_expect() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let names: Vec<&str> = launch
        .environment
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "LIBPROCESS_IP",
            "LIBPROCESS_PORT",
            "MESOS_AGENT_ENDPOINT",
            "MESOS_CHECKPOINT",
            "MESOS_DIRECTORY",
            "MESOS_EXECUTOR_ID",
            "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD",
            "MESOS_FRAMEWORK_ID",
            "MESOS_HTTP_COMMAND_EXECUTOR",
            "MESOS_RECOVERY_TIMEOUT",
            "MESOS_SLAVE_ID",
            "MESOS_SLAVE_PID",
            "MESOS_SUBSCRIPTION_BACKOFF_MAX",
        ]
    );
    let value = |name: &str| {
        launch
            .environment
            .iter()
            .find(|(n, _)| n == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(value("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"), "5secs");
    assert_eq!(value("MESOS_RECOVERY_TIMEOUT"), "15mins");
    assert_eq!(value("MESOS_SUBSCRIPTION_BACKOFF_MAX"), "2secs");
    assert_eq!(value("MESOS_SLAVE_PID"), "slave(1)@127.0.0.1:5051");
}

#[test]
fn a_registered_executor_gets_its_queued_tasks() {
    let mut rig = Rig::registered();
    rig.run(command_task("t"));
    let effects = rig.register_executor("t");
    assert_eq!(sent::<ExecutorRegisteredMessage>(&effects).len(), 1);
    let run = &sent::<RunTaskMessage>(&effects)[0];
    assert_eq!(run.task.task_id.value, "t");
    assert_eq!(run.pid.as_deref(), Some("@0.0.0.0:0"));
    let stored = disk(&effects)
        .iter()
        .any(|line| line.ends_with("pids/libprocess.pid"));
    assert!(stored);
}

#[test]
fn an_unknown_executor_is_told_to_leave() {
    let mut rig = Rig::registered();
    let effects = rig.register_executor("nobody");
    assert_eq!(sent::<ShutdownExecutorMessage>(&effects).len(), 1);
}

#[test]
fn a_second_task_joins_a_running_executor() {
    let mut rig = Rig::registered();
    rig.run(executor_task("t1", "e"));
    rig.register_executor("e");
    let mut message = run_task(executor_task("t2", "e"));
    message.launch_executor = Some(false);
    let effects = rig.by_master(Message::RunTask(message));
    assert!(launches(&effects).is_empty());
    assert_eq!(sent::<RunTaskMessage>(&effects)[0].task.task_id.value, "t2");
}

#[test]
fn a_task_for_an_executor_that_is_gone_is_dropped() {
    let mut rig = Rig::registered();
    let mut message = run_task(executor_task("t", "e"));
    message.launch_executor = Some(false);
    let effects = rig.by_master(Message::RunTask(message));
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskLost);
    assert_eq!(updates(&effects)[0].reason(), Reason::ExecutorTerminated);
    assert!(sent::<ExitedExecutorMessage>(&effects).is_empty());
}

#[test]
fn partition_aware_frameworks_see_dropped_instead_of_lost() {
    let mut rig = Rig::registered();
    let mut message = run_task(executor_task("t", "e"));
    message.launch_executor = Some(false);
    message.framework.capabilities = vec![mesos::framework_info::Capability {
        r#type: Some(mesos::framework_info::capability::Type::PartitionAware.into()),
    }];
    let effects = rig.by_master(Message::RunTask(message));
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskDropped);
}

#[test]
fn a_limit_without_its_isolator_is_refused_with_the_historic_reason() {
    let mut rig = Rig::registered();
    let mut task = command_task("t");
    task.limits
        .insert("cpus".to_owned(), mesos::value::Scalar { value: 2.0 });
    let effects = rig.run(task);
    assert_eq!(updates(&effects)[0].reason(), Reason::GcError);
    assert_eq!(sent::<ExitedExecutorMessage>(&effects).len(), 1);
}

#[test]
fn the_default_executor_is_refused_with_a_text_that_says_why() {
    let mut rig = Rig::registered();
    let group = mesos::TaskGroupInfo {
        tasks: vec![command_task("a"), command_task("b")],
    };
    let mut executor = executor_task("a", "e").executor.unwrap();
    executor.set_type(mesos::executor_info::Type::Default);
    let effects = rig.by_master(Message::RunTaskGroup(RunTaskGroupMessage {
        framework: framework_info(),
        executor,
        task_group: group,
        launch_executor: Some(true),
        ..Default::default()
    }));
    let answers = updates(&effects);
    assert_eq!(answers.len(), 2);
    assert!(
        answers
            .iter()
            .all(|status| status.state() == TaskState::TaskFailed)
    );
    assert!(answers[0].message().contains("not supported"));
}

#[test]
fn a_task_for_another_agent_is_ignored() {
    let mut rig = Rig::registered();
    let mut task = command_task("t");
    task.slave_id.value = "other".to_owned();
    let effects = rig.run(task);
    assert!(updates(&effects).is_empty() && launches(&effects).is_empty());
}

#[test]
fn an_id_that_leads_out_of_the_work_directory_is_ignored() {
    let mut rig = Rig::registered();
    let effects = rig.run(command_task("../../x"));
    assert!(disk(&effects).is_empty() && launches(&effects).is_empty());
}

#[test]
fn outdated_resource_versions_are_refused() {
    let mut rig = Rig::registered();
    let mut message = run_task(command_task("t"));
    message.resource_version_uuids = vec![ResourceVersionUuid {
        resource_provider_id: None,
        uuid: mesos::Uuid {
            value: vec![1; 16].into(),
        },
    }];
    let effects = rig.by_master(Message::RunTask(message));
    assert_eq!(updates(&effects)[0].reason(), Reason::InvalidOffers);
    assert_eq!(
        updates(&effects)[0].message(),
        "Task assumes outdated resource state"
    );
}

#[test]
fn a_kill_before_delivery_ends_the_task_and_the_unused_executor() {
    let mut rig = Rig::registered();
    rig.run(command_task("t"));
    let kill = KillTaskMessage {
        framework_id: framework_id(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        kill_policy: None,
    };
    let effects = rig.by_master(Message::KillTask(kill));
    assert_eq!(updates(&effects)[0].state(), TaskState::TaskKilled);
    assert_eq!(
        updates(&effects)[0].reason(),
        Reason::TaskKilledDuringLaunch
    );
    let effects = rig.register_executor("t");
    assert_eq!(sent::<ShutdownExecutorMessage>(&effects).len(), 1);
    assert!(sent::<RunTaskMessage>(&effects).is_empty());
}

#[test]
fn a_kill_of_a_delivered_task_goes_to_its_executor() {
    let mut rig = Rig::registered();
    rig.run(command_task("t"));
    rig.register_executor("t");
    let kill = KillTaskMessage {
        framework_id: framework_id(),
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        kill_policy: None,
    };
    let effects = rig.by_master(Message::KillTask(kill));
    assert_eq!(sent::<KillTaskMessage>(&effects).len(), 1);
    assert!(updates(&effects).is_empty());
}

#[test]
fn an_executor_that_does_not_register_in_time_is_destroyed() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let effects = rig.wait(61.0);
    assert!(effects.contains(&Effect::Destroy {
        container: launch.container.clone()
    }));
    let effects = rig.end(&launch.container, 9);
    let status = &updates(&effects)[0];
    assert_eq!(status.state(), TaskState::TaskFailed);
    assert_eq!(status.reason(), Reason::ExecutorRegistrationTimeout);
    assert_eq!(status.message(), "Executor did not register within 1mins");
}

#[test]
fn a_framework_whose_directory_is_being_removed_waits_and_then_launches() {
    let mut rig = Rig::registered();
    let launch = launches(&rig.run(command_task("t"))).remove(0);
    let ended = rig.end(&launch.container, 9);
    let uuid = updates(&ended)[0].uuid.clone().unwrap();
    rig.acknowledge("t", uuid);
    let collected = rig.feed(Event::DiskMeasured { used: 1.0 });
    let path = collected
        .iter()
        .find_map(|e| match e {
            Effect::Collect { path } if path.starts_with("/w/meta") => None,
            Effect::Collect { path } => Some(path.clone()),
            _ => None,
        })
        .expect("something is collected");
    assert!(launches(&rig.run(command_task("t"))).is_empty());
    for effect in collected {
        if let Effect::Collect { path: other } = effect
            && other != path
        {
            rig.feed(Event::PathRemoved {
                path: other,
                removed: true,
            });
        }
    }
    assert_eq!(
        launches(&rig.feed(Event::PathRemoved {
            path,
            removed: true
        }))
        .len(),
        1
    );
}
