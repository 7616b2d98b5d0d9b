//! Recovery from the tree that a killed 1.11.0 agent left. Compat: agent §5, §6; rules A.1, A.18.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use mesos_agent::checkpoint::paths::Paths;
use mesos_agent::effect::Effect;
use mesos_agent::event::{Event, Message};
use mesos_agent::recover::{Recovered, state};
use mesos_process::Upid;
use mesos_proto::internal::*;
use mesos_proto::mesos;

use crate::harness::*;

const TREE: &str = include_str!("../golden/workdir/after_kill.json");
const BOOT_ID: &str = "42eb21df-ebc8-44ef-8b87-d47c21e25f05";
const OLD_AGENT: &str = "688e6c8d-ec27-41cd-ac18-732ba01f373b-S0";
const OLD_FRAMEWORK: &str = "688e6c8d-ec27-41cd-ac18-732ba01f373b-0000";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

fn plant(work_dir: &Path) {
    let entries: Vec<serde_json::Value> = serde_json::from_str(TREE).unwrap();
    for entry in entries {
        let path = work_dir.join(entry["path"].as_str().unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match entry["type"].as_str().unwrap() {
            "d" => fs::create_dir_all(&path).unwrap(),
            "f" => fs::write(&path, unhex(entry["hex"].as_str().unwrap())).unwrap(),
            _ => {
                let target = entry["target"]
                    .as_str()
                    .unwrap()
                    .replace("WORK_DIR", work_dir.to_str().unwrap());
                symlink(target, &path).unwrap();
            }
        }
    }
}

fn read(work_dir: &Path, boot_id: &str) -> Recovered {
    state::read(&Paths::new(work_dir), boot_id, true).unwrap()
}

fn planted() -> (tempfile::TempDir, Recovered) {
    let folder = tempfile::tempdir().unwrap();
    let work_dir = folder.path().canonicalize().unwrap();
    plant(&work_dir);
    let state = read(&work_dir, BOOT_ID);
    (folder, state)
}

fn restarted(folder: &tempfile::TempDir, state: Recovered) -> (Rig, Vec<Effect>) {
    let mut rig = Rig::with(config(&folder.path().canonicalize().unwrap()));
    let effects = rig.feed(recovered(state));
    (rig, effects)
}

#[test]
fn the_original_tree_is_understood() {
    let (_folder, state) = planted();
    assert!(!state.rebooted);
    assert_eq!(state.resources.resources.len(), 1);
    let agent = state.agent.unwrap();
    assert_eq!(agent.id.as_str(), OLD_AGENT);
    assert_eq!(agent.frameworks.len(), 1);
    let framework = &agent.frameworks[0];
    assert_eq!(framework.id.as_str(), OLD_FRAMEWORK);
    assert_eq!(framework.pid, None);
    let ids: Vec<&str> = framework.executors.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["cex", "cmd-1", "dex", "done-1", "pv-1"]);
    let find = |id: &str| {
        framework
            .executors
            .iter()
            .find(|e| e.id.as_str() == id)
            .unwrap()
    };
    assert!(find("cmd-1").generated && !find("cex").generated);
    assert_eq!(find("cex").run.forked, Some(26148));
    assert_eq!(
        find("cex").run.pid,
        Some(Upid::parse("executor(1)@127.0.0.1:35647"))
    );
    assert!(find("dex").run.http);
    assert!(find("done-1").run.completed);
    assert_eq!(find("done-1").run.tasks[0].updates.len(), 6);
}

#[test]
fn an_unchanged_agent_keeps_its_id_and_asks_its_executors_to_come_back() {
    let (folder, state) = planted();
    let (mut rig, effects) = restarted(&folder, state);
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Exit { .. })),
        "{effects:#?}"
    );
    assert_eq!(
        sent::<ReconnectExecutorMessage>(&effects).len(),
        3,
        "cex, cmd-1 and pv-1 speak libprocess"
    );
    let adopted = effects
        .iter()
        .filter(|e| matches!(e, Effect::Adopt { pid: Some(_), .. }))
        .count();
    assert_eq!(adopted, 4);
    let effects = rig.wait(2.0);
    assert!(effects.contains(&Effect::Detect));
    rig.feed(Event::MasterDetected(Some(master())));
    let message = &sent::<ReregisterSlaveMessage>(&rig.wait(1.0))[0];
    assert_eq!(message.slave.id.as_ref().unwrap().value, OLD_AGENT);
    assert_eq!(message.checkpointed_resources.len(), 1);
    assert_eq!(message.tasks.len(), 5);
}

#[test]
fn registration_waits_the_whole_time_even_when_all_executors_are_back() {
    let (folder, state) = planted();
    let (mut rig, _) = restarted(&folder, state);
    let back = |executor: &str| {
        Message::ReregisterExecutor(ReregisterExecutorMessage {
            executor_id: mesos::ExecutorId {
                value: executor.to_owned(),
            },
            framework_id: mesos::FrameworkId {
                value: OLD_FRAMEWORK.to_owned(),
            },
            ..Default::default()
        })
    };
    for executor in ["cex", "cmd-1", "pv-1"] {
        let effects = rig.message(&executor_pid(), back(executor));
        assert_eq!(sent::<ExecutorReregisteredMessage>(&effects).len(), 1);
    }
    assert!(!rig.wait(1.9).contains(&Effect::Detect));
    let effects = rig.wait(0.2);
    assert!(effects.contains(&Effect::Detect));
    let destroyed = effects
        .iter()
        .filter(|e| matches!(e, Effect::Destroy { .. }))
        .count();
    assert_eq!(destroyed, 1, "only dex did not come back");
}

#[test]
fn a_task_that_ended_before_the_crash_is_complete_after_it() {
    let (folder, state) = planted();
    let (rig, _) = restarted(&folder, state);
    let state = rig.agent.state_json(&Default::default());
    let done = &state["frameworks"][0]["completed_executors"][0];
    assert_eq!(done["id"], "done-1");
    assert_eq!(done["completed_tasks"][0]["state"], "TASK_FINISHED");
}

#[test]
fn changed_resources_are_refused_with_the_originals_advice() {
    let (folder, state) = planted();
    let work_dir = folder.path().canonicalize().unwrap();
    let mut config = config(&work_dir);
    config.resources = mesos_model::Resources::parse("cpus:2;mem:1024;disk:10240", "*").unwrap();
    config.info.resources = config.resources.to_proto();
    let mut rig = Rig::with(config);
    let effects = rig.feed(recovered(state));
    let Some(Effect::Exit { status: 1, message }) = effects.last() else {
        panic!("{effects:#?}")
    };
    assert!(
        message.starts_with("Failed to perform recovery: Incompatible agent info detected."),
        "{message}"
    );
    assert!(message.contains("Old agent info:\nhostname: \"127.0.0.1\"\nresources {\n  name: \"cpus\"\n  type: SCALAR\n  scalar {\n    value: 4\n  }\n}\n"));
    assert!(message.contains(&format!("rm -f {}/meta/slaves/latest", work_dir.display())));
}

#[test]
fn a_reboot_with_changed_resources_makes_a_new_agent() {
    let folder = tempfile::tempdir().unwrap();
    let work_dir = folder.path().canonicalize().unwrap();
    plant(&work_dir);
    let state = read(&work_dir, "another-boot");
    assert!(state.rebooted);
    let mut config = config(&work_dir);
    config.info.hostname = "other".to_owned();
    let mut rig = Rig::with(config);
    let effects = rig.feed(recovered(state));
    assert!(effects.contains(&Effect::Detect));
    rig.feed(Event::MasterDetected(Some(master())));
    assert_eq!(sent::<RegisterSlaveMessage>(&rig.wait(1.0)).len(), 1);
}

#[test]
fn cleanup_ends_every_executor_and_then_the_agent_without_a_master() {
    let (folder, state) = planted();
    let mut config = config(&folder.path().canonicalize().unwrap());
    config.recover = mesos_agent::config::RecoverMode::Cleanup;
    let mut rig = Rig::with(config);
    let effects = rig.feed(recovered(state));
    assert_eq!(sent::<ShutdownExecutorMessage>(&effects).len(), 3);
    let containers: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Adopt { container, .. } => Some(container.clone()),
            _ => None,
        })
        .collect();
    let exits = |effects: &[Effect]| {
        effects
            .iter()
            .any(|e| matches!(e, Effect::Exit { status: 0, .. }))
    };
    assert!(!rig.wait(3.0).contains(&Effect::Detect));
    let last = containers.len() - 1;
    for (at, container) in containers.iter().enumerate() {
        assert_eq!(exits(&rig.end(container, 9)), at == last);
    }
}

#[test]
fn a_torn_slave_info_is_fatal_only_in_strict_mode() {
    let folder = tempfile::tempdir().unwrap();
    let work_dir = folder.path().canonicalize().unwrap();
    plant(&work_dir);
    let path = work_dir.join(format!("meta/slaves/{OLD_AGENT}/slave.info"));
    fs::write(&path, [156, 0, 0, 0, 1, 2, 3]).unwrap();
    let error = state::read(&Paths::new(&work_dir), BOOT_ID, true).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Failed to read agent info from '{}': Failed to read message of size 156 bytes: hit EOF unexpectedly, possible corruption",
            path.display()
        )
    );
    let tolerant = state::read(&Paths::new(&work_dir), BOOT_ID, false).unwrap();
    assert_eq!(tolerant.errors, 1);
    assert!(tolerant.agent.is_none());
}

#[test]
fn files_are_written_in_the_originals_bytes() {
    let entries: Vec<serde_json::Value> = serde_json::from_str(TREE).unwrap();
    for entry in &entries {
        let path = entry["path"].as_str().unwrap();
        let Some(hex) = entry["hex"].as_str() else {
            continue;
        };
        let bytes = unhex(hex);
        let again = match path.rsplit('/').next().unwrap() {
            "slave.info" => reframe::<mesos::SlaveInfo>(&bytes),
            "framework.info" => reframe::<mesos::FrameworkInfo>(&bytes),
            "executor.info" => reframe::<mesos::ExecutorInfo>(&bytes),
            "task.info" => reframe::<mesos::Task>(&bytes),
            "task.updates" => reframe::<StatusUpdateRecord>(&bytes),
            "resources.info" => reframe::<mesos::Resource>(&bytes),
            _ => continue,
        };
        assert_eq!(again, bytes, "{path}");
    }
}

fn reframe<M: prost::Message + Default>(bytes: &[u8]) -> Vec<u8> {
    let records: Vec<M> = mesos_agent::checkpoint::record::read_all(bytes).unwrap();
    mesos_agent::checkpoint::record::frame_all(&records)
}

#[test]
fn operations_of_an_interrupted_change_are_taken_over() {
    let operation = |byte: u8| mesos::Operation {
        uuid: mesos::Uuid {
            value: vec![byte; 16].into(),
        },
        ..Default::default()
    };
    let resources = |byte| mesos_proto::internal::slave::ResourceState {
        operations: vec![operation(byte)],
        ..Default::default()
    };
    let state = Recovered {
        resources: resources(1),
        target: Some(resources(2)),
        ..Recovered::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let (mut rig, _) = restarted(&folder, state);
    rig.feed(Event::MasterDetected(Some(master())));
    rig.wait(1.1);
    let effects = rig.by_master(Message::SlaveRegistered(SlaveRegisteredMessage {
        slave_id: mesos::SlaveId { value: "S".into() },
        connection: None,
    }));
    let told = sent::<UpdateSlaveMessage>(&effects).remove(0);
    let told = told.operations.unwrap().operations;
    assert_eq!(told, [operation(2)], "the target is the newer one");
}
