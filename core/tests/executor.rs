//! The command executor as a process, against a stand-in agent that speaks the wire protocol.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};
use mesos_proto::mesos::{
    CheckInfo, CommandInfo, DurationInfo, ExecutorId, ExecutorInfo, FrameworkId, FrameworkInfo,
    HealthCheck, KillPolicy, SlaveId, SlaveInfo, TaskId, TaskInfo, TaskState, TaskStatus,
    check_info, framework_info, health_check, internal,
};
use mesos_sandbox::{LaunchSpec, Launcher, ProcessIdentity, Program, WaitStatus};
use prost::Message;

const PATIENCE: Duration = Duration::from_secs(20);

/// An agent that knows one executor.
struct Agent {
    node: Node,
    mailbox: Mailbox,
    executor: Option<Upid>,
    process: ProcessIdentity,
    ended: tokio::sync::oneshot::Receiver<Option<WaitStatus>>,
    sandbox: tempfile::TempDir,
    launcher: Arc<Launcher>,
}

fn framework(knows_killing: bool) -> FrameworkInfo {
    let killing = framework_info::Capability {
        r#type: Some(framework_info::capability::Type::TaskKillingState as i32),
    };
    FrameworkInfo {
        user: "root".into(),
        name: "f".into(),
        capabilities: if knows_killing { vec![killing] } else { vec![] },
        ..Default::default()
    }
}

fn task(command: &str) -> TaskInfo {
    TaskInfo {
        name: "t".into(),
        task_id: TaskId { value: "t".into() },
        slave_id: SlaveId { value: "S0".into() },
        command: Some(CommandInfo {
            value: Some(command.into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

impl Agent {
    async fn start(knows_killing: bool) -> Self {
        let config = NodeConfig {
            ip: Some([127, 0, 0, 1].into()),
            port: 0,
            ..NodeConfig::default()
        };
        let node = Node::bind(config).await.unwrap();
        let mailbox = node.spawn("slave(1)");
        let sandbox = tempfile::tempdir().unwrap();
        let program = env!("CARGO_BIN_EXE_mesos-executor").to_owned();
        let argv = vec![
            "mesos-executor".to_owned(),
            "--launcher_dir=/nowhere".to_owned(),
        ];
        let mut spec = LaunchSpec::new(Program::Exec {
            file: program,
            argv,
        })
        .in_sandbox(sandbox.path());
        let directory = sandbox.path().display().to_string();
        let slave_pid = mailbox.upid().to_string();
        for (name, value) in [
            ("LIBPROCESS_IP", "127.0.0.1"),
            ("LIBPROCESS_PORT", "0"),
            ("MESOS_SLAVE_PID", slave_pid.as_str()),
            ("MESOS_SLAVE_ID", "S0"),
            ("MESOS_FRAMEWORK_ID", "F"),
            ("MESOS_EXECUTOR_ID", "t"),
            ("MESOS_DIRECTORY", directory.as_str()),
            ("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "3secs"),
        ] {
            spec.environment.push((name.into(), value.into()));
        }
        let launcher = Arc::new(Launcher::new().unwrap());
        let process = launcher.launch(&spec).unwrap();
        let (sender, ended) = tokio::sync::oneshot::channel();
        launcher.watch(process, move |status| {
            let _ = sender.send(status);
        });
        let mut agent = Self {
            node,
            mailbox,
            executor: None,
            process,
            ended,
            sandbox,
            launcher,
        };
        agent.register(knows_killing).await;
        agent
    }

    async fn message(&mut self) -> (Upid, String, Bytes) {
        loop {
            let envelope = tokio::time::timeout(PATIENCE, self.mailbox.recv()).await;
            match envelope.unwrap_or_else(|_| {
                panic!(
                    "the executor is silent; its stderr: {}",
                    self.text("stderr")
                )
            }) {
                Some(Envelope::Message {
                    from, name, body, ..
                }) => return (from, name.to_string(), body),
                Some(Envelope::Exited { .. }) => {}
                None => panic!("the mailbox is closed"),
            }
        }
    }

    fn send(&self, name: &str, message: &impl Message) {
        self.node.send(
            self.mailbox.upid(),
            self.executor.as_ref().unwrap(),
            name,
            bytes(message),
        );
    }

    async fn register(&mut self, knows_killing: bool) {
        let (from, name, _) = self.message().await;
        assert_eq!(name, "mesos.internal.RegisterExecutorMessage");
        self.executor = Some(from);
        let message = internal::ExecutorRegisteredMessage {
            executor_info: ExecutorInfo {
                executor_id: ExecutorId { value: "t".into() },
                ..Default::default()
            },
            framework_id: FrameworkId { value: "F".into() },
            framework_info: framework(knows_killing),
            slave_id: SlaveId { value: "S0".into() },
            slave_info: SlaveInfo {
                hostname: "host".into(),
                id: Some(SlaveId { value: "S0".into() }),
                ..Default::default()
            },
        };
        self.send("mesos.internal.ExecutorRegisteredMessage", &message);
    }

    fn launch(&self, task: TaskInfo) {
        let message = internal::RunTaskMessage {
            framework: framework(false),
            task,
            ..Default::default()
        };
        self.send("mesos.internal.RunTaskMessage", &message);
    }

    fn kill(&self, grace_seconds: Option<i64>) {
        let policy = |seconds| KillPolicy {
            grace_period: Some(DurationInfo {
                nanoseconds: seconds * 1_000_000_000,
            }),
        };
        let message = internal::KillTaskMessage {
            framework_id: FrameworkId { value: "F".into() },
            task_id: TaskId { value: "t".into() },
            kill_policy: grace_seconds.map(policy),
        };
        self.send("mesos.internal.KillTaskMessage", &message);
    }

    /// The next update, acknowledged.
    async fn update(&mut self) -> TaskStatus {
        let (_, name, body) = self.message().await;
        assert_eq!(name, "mesos.internal.StatusUpdateMessage");
        let update = internal::StatusUpdateMessage::decode(body).unwrap().update;
        let message = internal::StatusUpdateAcknowledgementMessage {
            slave_id: SlaveId { value: "S0".into() },
            framework_id: FrameworkId { value: "F".into() },
            task_id: update.status.task_id.clone(),
            uuid: update.uuid.clone().unwrap(),
        };
        self.send(
            "mesos.internal.StatusUpdateAcknowledgementMessage",
            &message,
        );
        update.status
    }

    async fn expect(&mut self, states: &[TaskState]) -> TaskStatus {
        let mut last = TaskStatus::default();
        for state in states {
            last = self.update().await;
            assert_eq!(last.state(), *state, "{last:?}\n{}", self.text("stderr"));
        }
        last
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    async fn exit(mut self) -> Option<WaitStatus> {
        tokio::time::timeout(PATIENCE, &mut self.ended)
            .await
            .expect("the executor ends")
            .unwrap()
    }
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

async fn appears(path: &Path) -> String {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') {
            return text;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{} does not appear",
            path.display()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A signal is sent to all of a tree, but they do not die at the same moment.
async fn gone(pid: &str) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while lives(pid) {
        assert!(std::time::Instant::now() < deadline, "{pid} does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn lives(pid: &str) -> bool {
    let pid = mesos_sandbox::Pid::new(pid.trim().parse().unwrap()).unwrap();
    mesos_sandbox::procfs::Stat::read(pid).is_some_and(|stat| !stat.is_zombie())
}

const STARTED: [TaskState; 2] = [TaskState::TaskStarting, TaskState::TaskRunning];

#[test]
fn a_task_runs_and_finishes_and_the_executor_leaves() {
    block(async {
        let mut agent = Agent::start(false).await;
        agent.launch(task("echo out; pwd; echo $MESOS_SLAVE_ID; echo err >&2"));
        agent.expect(&STARTED).await;
        let last = agent.expect(&[TaskState::TaskFinished]).await;
        assert_eq!(last.message(), "Command exited with status 0");
        let directory = agent.sandbox.path().canonicalize().unwrap();
        assert_eq!(
            agent.text("stdout"),
            format!("out\n{}\nS0\n", directory.display())
        );
        let stderr = agent.text("stderr");
        for line in [
            "Version: 1.11.0",
            "Executor registered on agent S0",
            "Received SUBSCRIBED event",
            "Subscribed executor on host",
            "Received LAUNCH event",
            "Starting task t",
            "Forked command at ",
            "Command exited with status 0 (pid: ",
            "err\n",
        ] {
            assert!(stderr.contains(line), "no '{line}' in {stderr}");
        }
        assert_eq!(agent.exit().await, Some(WaitStatus::exited(0)));
    });
}

#[test]
fn a_failing_command_fails_the_task() {
    block(async {
        let mut agent = Agent::start(false).await;
        agent.launch(task("kill -KILL $$"));
        agent.expect(&STARTED).await;
        let last = agent.expect(&[TaskState::TaskFailed]).await;
        assert_eq!(last.message(), "Command terminated with signal Killed");
        assert_eq!(agent.exit().await, Some(WaitStatus::exited(0)));
    });
}

#[test]
fn a_kill_ends_the_tree_politely_and_says_so() {
    block(async {
        let mut agent = Agent::start(true).await;
        agent.launch(task(
            "setsid sleep 1000 & sleep 1001 & echo $! > pids; wait",
        ));
        agent.expect(&STARTED).await;
        let pid = appears(&agent.path("pids")).await;
        agent.kill(None);
        agent.expect(&[TaskState::TaskKilling]).await;
        let last = agent.expect(&[TaskState::TaskKilled]).await;
        assert_eq!(last.message(), "Command terminated with signal Terminated");
        gone(&pid).await;
        let stderr = agent.text("stderr");
        assert!(
            stderr.contains("Sent SIGTERM to the following process trees:\n[ \n-+- "),
            "{stderr}"
        );
        assert!(
            stderr.contains("Scheduling escalation to SIGKILL in 3secs from now"),
            "{stderr}"
        );
        assert_eq!(agent.exit().await, Some(WaitStatus::exited(0)));
    });
}

#[test]
fn a_task_that_ignores_the_polite_signal_is_killed_with_its_daemons() {
    block(async {
        let mut agent = Agent::start(false).await;
        let daemon =
            "(setsid sh -c \"trap '' TERM; echo \\$\\$ > daemon; while :; do sleep 1; done\" &)";
        agent.launch(task(&format!(
            "trap '' TERM; {daemon}; while :; do sleep 1; done"
        )));
        agent.expect(&STARTED).await;
        let daemon = appears(&agent.path("daemon")).await;
        agent.kill(Some(1));
        let last = agent.expect(&[TaskState::TaskKilled]).await;
        assert_eq!(last.message(), "Command terminated with signal Killed");
        assert!(!lives(&daemon), "{}", agent.text("stderr"));
        assert_eq!(agent.exit().await, Some(WaitStatus::exited(0)));
    });
}

#[test]
fn a_shutdown_kills_the_task_and_the_executor_leaves() {
    block(async {
        let mut agent = Agent::start(false).await;
        agent.launch(task("sleep 1000"));
        agent.expect(&STARTED).await;
        agent.send(
            "mesos.internal.ShutdownExecutorMessage",
            &internal::ShutdownExecutorMessage::default(),
        );
        agent.expect(&[TaskState::TaskKilled]).await;
        assert_eq!(agent.exit().await, Some(WaitStatus::exited(0)));
    });
}

#[test]
fn a_program_that_is_not_there_fails_the_task() {
    block(async {
        let mut agent = Agent::start(false).await;
        let command = CommandInfo {
            shell: Some(false),
            value: Some("/no/such".into()),
            ..Default::default()
        };
        agent.launch(TaskInfo {
            command: Some(command),
            ..task("")
        });
        let last = agent
            .expect(&[TaskState::TaskStarting, TaskState::TaskFailed])
            .await;
        assert!(
            last.message().starts_with("Failed to execute '/no/such'"),
            "{last:?}"
        );
    });
}

#[test]
fn checks_and_health_checks_report_what_they_see() {
    block(async {
        let mut agent = Agent::start(false).await;
        let command = check_info::Command {
            command: CommandInfo {
                value: Some("test -e flag && exit 5; exit 6".into()),
                ..Default::default()
            },
        };
        let check = CheckInfo {
            r#type: Some(check_info::Type::Command as i32),
            command: Some(command),
            delay_seconds: Some(0.0),
            interval_seconds: Some(0.1),
            ..Default::default()
        };
        let tcp = health_check::TcpCheckInfo {
            port: u32::from(agent.node.address().port()),
            ..Default::default()
        };
        let health = HealthCheck {
            r#type: Some(health_check::Type::Tcp as i32),
            tcp: Some(tcp),
            delay_seconds: Some(0.5),
            interval_seconds: Some(60.0),
            ..Default::default()
        };
        agent.launch(TaskInfo {
            check: Some(check),
            health_check: Some(health),
            ..task("sleep 1000")
        });
        agent.expect(&STARTED).await;
        let exit_code = |status: &TaskStatus| {
            status
                .check_status
                .and_then(|status| status.command?.exit_code)
        };
        let first = agent.update().await;
        assert_eq!(
            (first.state(), exit_code(&first), first.healthy),
            (TaskState::TaskRunning, Some(6), None)
        );
        let healthy = agent.update().await;
        assert_eq!(
            (exit_code(&healthy), healthy.healthy),
            (Some(6), Some(true))
        );
        fs::write(agent.path("flag"), "").unwrap();
        let changed = agent.update().await;
        assert_eq!(
            (exit_code(&changed), changed.healthy),
            (Some(5), Some(true))
        );
        agent.kill(None);
        agent.expect(&[TaskState::TaskKilled]).await;
    });
}

#[test]
fn an_environment_that_is_not_an_executors_is_refused() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mesos-executor"))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains(
            "EXIT with status 1: Expecting 'MESOS_FRAMEWORK_ID' to be set in the environment"
        ),
        "{stderr}"
    );
}

impl Drop for Agent {
    fn drop(&mut self) {
        // The executor may have left by itself.
        let _ = self.launcher.destroy(self.process, None);
    }
}
