//! A running agent over sockets and a real work directory, with a master and an executor played by
//! the test.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed step is a failed test"
)]

mod executor_api;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use mesos_agent::shell::{RunningAgent, Settings, start};
use mesos_model::Resources;
use mesos_process::http::client::{self, ClientRequest};
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::internal::*;
use mesos_proto::mesos::{self, TaskState};
use prost::{Message, Name};

const PATIENCE: Duration = Duration::from_secs(20);
const AGENT: &str = "M-S0";

async fn node() -> Node {
    let config = NodeConfig {
        ip: Some(std::net::Ipv4Addr::LOCALHOST),
        port: 0,
        ..NodeConfig::default()
    };
    Node::bind(config)
        .await
        .expect("a free port on the loopback interface")
}

struct Master {
    node: Node,
    mailbox: Mailbox,
}

impl Master {
    async fn start() -> Self {
        let node = node().await;
        let mailbox = node.spawn("master");
        Self { node, mailbox }
    }

    fn send<M: Message + Name>(&self, to: &Upid, message: &M) {
        self.node.send(
            self.mailbox.upid(),
            to,
            &M::full_name(),
            message.encode_to_vec().into(),
        );
    }

    /// The next message of a type; others are passed over.
    async fn expect<M: Message + Name + Default>(&mut self) -> (Upid, M) {
        expect(&mut self.mailbox).await
    }

    async fn register(&mut self) -> Upid {
        let (agent, _) = self.expect::<RegisterSlaveMessage>().await;
        let slave_id = mesos::SlaveId {
            value: AGENT.to_owned(),
        };
        self.send(
            &agent,
            &SlaveRegisteredMessage {
                slave_id,
                connection: None,
            },
        );
        self.expect::<UpdateSlaveMessage>().await;
        agent
    }
}

async fn expect<M: Message + Name + Default>(mailbox: &mut Mailbox) -> (Upid, M) {
    let wanted = M::full_name();
    let search = async {
        loop {
            let envelope = mailbox.recv().await.expect("the node lives");
            if let Envelope::Message {
                from, name, body, ..
            } = envelope
                && *name == *wanted
            {
                return (from, M::decode(body).expect("a message of its type"));
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .unwrap_or_else(|_| panic!("no {wanted} came"))
}

fn settings(master: &Master, folder: &Path, launcher_dir: &Path) -> Settings {
    let mut settings = Settings::new(&master.node.address().to_string(), &folder.join("work"));
    settings.runtime_dir = folder.join("run");
    settings.fetcher_cache_dir = folder.join("fetch");
    settings.launcher_dir = launcher_dir.to_owned();
    settings.resources = Some("cpus:4;mem:4096;disk:10240;ports:[31000-31999]".to_owned());
    settings.executor_shutdown_grace_period = Duration::from_millis(300);
    // Waited out by every restart: enough for a busy machine.
    settings.executor_reregistration_timeout = Duration::from_millis(1500);
    settings.registration_backoff_factor = Duration::from_millis(10);
    settings
}

async fn agent(settings: Settings) -> (Node, RunningAgent) {
    let node = node().await;
    let running = start(settings, node.clone(), None)
        .await
        .expect("the agent starts");
    (node, running)
}

fn framework() -> mesos::FrameworkInfo {
    mesos::FrameworkInfo {
        user: user(),
        name: "live".to_owned(),
        id: Some(mesos::FrameworkId {
            value: "F".to_owned(),
        }),
        checkpoint: Some(true),
        ..Default::default()
    }
}

fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "root".to_owned())
}

fn task(id: &str, command: &str) -> mesos::TaskInfo {
    mesos::TaskInfo {
        name: id.to_owned(),
        task_id: mesos::TaskId {
            value: id.to_owned(),
        },
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        resources: Resources::parse("cpus:0.1;mem:32", "*").unwrap().to_proto(),
        command: Some(mesos::CommandInfo {
            value: Some(command.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn with_executor(mut task: mesos::TaskInfo, id: &str) -> mesos::TaskInfo {
    let command = task.command.take();
    let executor_id = mesos::ExecutorId {
        value: id.to_owned(),
    };
    task.executor = Some(mesos::ExecutorInfo {
        executor_id,
        command,
        ..Default::default()
    });
    task
}

fn run(task: mesos::TaskInfo) -> RunTaskMessage {
    RunTaskMessage {
        framework: framework(),
        task,
        launch_executor: Some(true),
        ..Default::default()
    }
}

fn acknowledgement(update: &StatusUpdate) -> StatusUpdateAcknowledgementMessage {
    StatusUpdateAcknowledgementMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        framework_id: update.framework_id.clone(),
        task_id: update.status.task_id.clone(),
        uuid: update.uuid.clone().unwrap(),
    }
}

/// Follows a task to its end, acknowledging everything.
async fn follow(master: &mut Master, agent: &Upid) -> Vec<mesos::TaskStatus> {
    let mut seen = Vec::new();
    loop {
        let (_, message) = master.expect::<StatusUpdateMessage>().await;
        master.send(agent, &acknowledgement(&message.update));
        let state = message.update.status.state();
        seen.push(message.update.status);
        if mesos_agent::state::task::is_terminal(state) {
            return seen;
        }
    }
}

async fn get(address: std::net::SocketAddrV4, path: &str) -> (u16, serde_json::Value) {
    let response = client::send(ClientRequest::get(format!("http://{address}{path}")))
        .await
        .unwrap();
    let status = response.status;
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_dies_fails_its_task_and_leaves_its_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (_node, running) = agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let upid = master.register().await;
    let command = "echo $MESOS_EXECUTOR_ID in $PWD; echo oops 1>&2; exit 3";
    master.send(&upid, &run(with_executor(task("t", command), "e")));
    let (_, exited) = master.expect::<ExitedExecutorMessage>().await;
    assert_eq!(exited.status, 3 << 8);
    let seen = follow(&mut master, &upid).await;
    assert_eq!(seen[0].state(), TaskState::TaskFailed);
    assert_eq!(seen[0].message(), "Executor terminated");
    let latest = folder.path().join(format!(
        "work/slaves/{AGENT}/frameworks/F/executors/e/runs/latest"
    ));
    let sandbox = latest.canonicalize().unwrap();
    let stdout = std::fs::read_to_string(sandbox.join("stdout")).unwrap();
    assert_eq!(stdout, format!("e in {}\n", sandbox.display()));
    assert_eq!(
        std::fs::read_to_string(sandbox.join("stderr")).unwrap(),
        "oops\n"
    );
    let shown = "/files/browse?path=/frameworks/F/executors/e/runs/latest";
    let (status, list) = get(running.address, shown).await;
    let sizes: Vec<u64> = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|file| file["size"].as_u64())
        .collect();
    assert_eq!((status, sizes), (200, vec![5, stdout.len() as u64]));
    let (status, _) = get(running.address, "/slave(1)/health").await;
    assert!(
        matches!(status, 200 | 404),
        "another agent of this process may be slave(1)"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story told in order")]
async fn a_task_runs_through_its_executor_and_survives_a_restart_of_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (agent_node, running) =
        agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let upid = master.register().await;
    master.send(
        &upid,
        &run(with_executor(task("t", "exec sleep 1000"), "e")),
    );
    let executor_node = node().await;
    let mut executor = executor_node.spawn("executor(1)");
    let me = executor.upid().clone();
    wait_for(&folder.path().join(format!(
        "work/meta/slaves/{AGENT}/frameworks/F/executors/e/runs/latest/pids/forked.pid"
    )))
    .await;
    let register = RegisterExecutorMessage {
        framework_id: mesos::FrameworkId {
            value: "F".to_owned(),
        },
        executor_id: mesos::ExecutorId {
            value: "e".to_owned(),
        },
    };
    executor_node.send(
        &me,
        &upid,
        &RegisterExecutorMessage::full_name(),
        register.encode_to_vec().into(),
    );
    expect::<ExecutorRegisteredMessage>(&mut executor).await;
    expect::<RunTaskMessage>(&mut executor).await;
    send_update(&executor_node, &me, &upid, TaskState::TaskRunning, 1);
    expect::<StatusUpdateAcknowledgementMessage>(&mut executor).await;
    let (_, update) = master.expect::<StatusUpdateMessage>().await;
    assert_eq!(update.update.status.state(), TaskState::TaskRunning);
    let (status, state) = get(running.address, "/state").await;
    assert_eq!(status, 200);
    assert_eq!(
        state["frameworks"][0]["executors"][0]["tasks"][0]["state"],
        "TASK_RUNNING"
    );
    let (_, containers) = get(running.address, "/containers").await;
    assert_eq!(containers[0]["executor_id"], "e");
    // The agent dies and comes back on another port: the executor is told, the master hears again.
    running.stop().await;
    agent_node.shutdown().await;
    let mut again = settings(&master, folder.path(), Path::new("/nowhere"));
    again.recover = mesos_agent::config::RecoverMode::Reconnect;
    again.reconfiguration_policy = mesos_agent::config::ReconfigurationPolicy::Equal;
    let port = upid.address.port();
    let node = bind_again(port).await;
    let running = start(again, node, None).await.unwrap();
    expect::<ReconnectExecutorMessage>(&mut executor).await;
    let upid = running.upid.clone();
    let back = ReregisterExecutorMessage {
        executor_id: register.executor_id.clone(),
        framework_id: register.framework_id.clone(),
        ..Default::default()
    };
    executor_node.send(
        &me,
        &upid,
        &ReregisterExecutorMessage::full_name(),
        back.encode_to_vec().into(),
    );
    expect::<ExecutorReregisteredMessage>(&mut executor).await;
    let (_, message) = master.expect::<ReregisterSlaveMessage>().await;
    assert_eq!(message.tasks[0].state(), TaskState::TaskRunning);
    let slave_id = mesos::SlaveId {
        value: AGENT.to_owned(),
    };
    master.send(
        &upid,
        &SlaveReregisteredMessage {
            slave_id,
            ..Default::default()
        },
    );
    let (_, update) = master.expect::<StatusUpdateMessage>().await;
    assert_eq!(
        update.update.uuid,
        Some(Bytes::from(vec![1; 16])),
        "the unacknowledged update is repeated"
    );
    master.send(&upid, &acknowledgement(&update.update));
    running.leave("Received SIGUSR1 signal");
    expect::<ShutdownExecutorMessage>(&mut executor).await;
    let (_, _) = master.expect::<UnregisterSlaveMessage>().await;
    let mut running = running;
    let exit = tokio::time::timeout(PATIENCE, running.wait())
        .await
        .expect("the agent leaves");
    assert_eq!(exit.status, 0);
}

/// A port is free again a moment after its node is gone.
async fn bind_again(port: u16) -> Node {
    let config = NodeConfig {
        ip: Some(std::net::Ipv4Addr::LOCALHOST),
        port,
        ..NodeConfig::default()
    };
    let attempts = async {
        loop {
            match Node::bind(config.clone()).await {
                Ok(node) => return node,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, attempts)
        .await
        .expect("the port becomes free")
}

fn send_update(node: &Node, me: &Upid, agent: &Upid, state: TaskState, uuid: u8) {
    let uuid = Bytes::from(vec![uuid; 16]);
    let status = mesos::TaskStatus {
        task_id: mesos::TaskId {
            value: "t".to_owned(),
        },
        state: state.into(),
        ..Default::default()
    };
    let update = StatusUpdate {
        framework_id: mesos::FrameworkId {
            value: "F".to_owned(),
        },
        executor_id: Some(mesos::ExecutorId {
            value: "e".to_owned(),
        }),
        slave_id: Some(mesos::SlaveId {
            value: AGENT.to_owned(),
        }),
        status,
        timestamp: 1.0,
        uuid: Some(uuid),
        latest_state: None,
    };
    let message = StatusUpdateMessage {
        update,
        pid: Some(me.to_string()),
    };
    node.send(
        me,
        agent,
        &StatusUpdateMessage::full_name(),
        message.encode_to_vec().into(),
    );
}

/// The pid stored for the only container of a runtime directory, once it is there.
async fn first_pid(containers: &Path) -> String {
    let appears = async {
        loop {
            let entries = std::fs::read_dir(containers)
                .into_iter()
                .flatten()
                .flatten();
            let pids = entries.map(|entry| std::fs::read_to_string(entry.path().join("pid")));
            if let Some(pid) = pids.flatten().find(|pid| !pid.is_empty()) {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, appears)
        .await
        .expect("a container starts")
}

async fn wait_for(path: &Path) {
    let appears = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, appears)
        .await
        .unwrap_or_else(|_| panic!("{} did not appear", path.display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn executors_of_frameworks_that_do_not_checkpoint_end_when_the_next_agent_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (agent_node, running) =
        agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let upid = master.register().await;
    let mut message = run(with_executor(task("t", "exec sleep 1000"), "e"));
    message.framework.checkpoint = Some(false);
    master.send(&upid, &message);
    let containers = folder.path().join("run/containers");
    let pid = first_pid(&containers).await;
    let process = PathBuf::from(format!("/proc/{}/cmdline", pid.trim()));
    // The line is empty for the moment in which the process becomes another program.
    let runs = async {
        while !std::fs::read(&process).is_ok_and(|line| !line.is_empty()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, runs)
        .await
        .expect("the executor runs");
    running.stop().await;
    agent_node.shutdown().await;
    let node = bind_again(upid.address.port()).await;
    let running = start(
        settings(&master, folder.path(), Path::new("/nowhere")),
        node,
        None,
    )
    .await
    .unwrap();
    let gone = async {
        while std::fs::read(&process).is_ok_and(|line| !line.is_empty()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("the orphan ends");
    running.stop().await;
}

/// The folder of the built programs. A test of the whole workspace builds them first, because
/// `mesos-core` has integration tests; a test of this package alone needs them built by hand.
fn helpers() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    assert!(
        folder.join("mesos-executor").exists(),
        "{} has no mesos-executor: run `cargo build -p mesos-core --bins` first",
        folder.display()
    );
    folder.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_task_starts_runs_and_finishes() {
    let helpers = helpers();
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (_node, running) = agent(settings(&master, folder.path(), &helpers)).await;
    let upid = master.register().await;
    master.send(&upid, &run(task("t", "echo done")));
    let seen = follow(&mut master, &upid).await;
    let states: Vec<TaskState> = seen.iter().map(mesos::TaskStatus::state).collect();
    assert_eq!(
        states,
        [
            TaskState::TaskStarting,
            TaskState::TaskRunning,
            TaskState::TaskFinished
        ]
    );
    assert_eq!(seen[2].message(), "Command exited with status 0");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_command_tasks_at_once_all_finish() {
    const TASKS: usize = 60;
    let helpers = helpers();
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let mut settings = settings(&master, folder.path(), &helpers);
    settings.resources = Some("cpus:1000;mem:1000000".to_owned());
    let (_node, running) = agent(settings).await;
    let upid = master.register().await;
    for number in 0..TASKS {
        master.send(&upid, &run(task(&format!("many-{number}"), "true")));
    }
    let mut left = TASKS;
    while left > 0 {
        let (_, message) = master.expect::<StatusUpdateMessage>().await;
        master.send(&upid, &acknowledgement(&message.update));
        let state = message.update.status.state();
        if mesos_agent::state::task::is_terminal(state) {
            assert_eq!(state, TaskState::TaskFinished, "{message:?}");
            left -= 1;
        }
    }
    running.stop().await;
}
