//! An agent without a shell: a clock that only moves when told, and effects looked at by name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use mesos_agent::Agent;
use mesos_agent::checkpoint::write::Disk;
use mesos_agent::config::{Config, ReconfigurationPolicy, RecoverMode};
use mesos_agent::effect::{Effect, Launch};
use mesos_agent::event::{Event, Message};
use mesos_agent::recover::Recovered;
use mesos_model::capability::AgentCapabilities;
use mesos_model::clock::{Instant, Now, WallTime};
use mesos_model::{ContainerId, Resources};
use mesos_process::Upid;
use mesos_proto::internal::*;
use mesos_proto::mesos::slave::ContainerTermination;
use mesos_proto::mesos::{self, TaskState};
use prost::Name;

pub const AGENT: &str = "M-S0";
pub const FRAMEWORK: &str = "F";

pub fn master() -> Upid {
    Upid::parse("master@127.0.0.1:5050")
}

pub fn executor_pid() -> Upid {
    Upid::parse("executor(1)@127.0.0.1:7000")
}

pub fn config(work_dir: &Path) -> Config {
    let resources =
        Resources::parse("cpus:4;mem:4096;disk:10240;ports:[31000-31999]", "*").unwrap();
    Config {
        pid: Upid::parse("slave(1)@127.0.0.1:5051"),
        work_dir: work_dir.to_owned(),
        launcher_dir: PathBuf::from("/nowhere"),
        sandbox_directory: "/mnt/mesos/sandbox".to_owned(),
        info: mesos::SlaveInfo {
            hostname: "127.0.0.1".to_owned(),
            port: Some(5051),
            resources: resources.to_proto(),
            attributes: mesos_model::attribute::parse("rack:r1").unwrap(),
            checkpoint: Some(true),
            ..Default::default()
        },
        resources,
        capabilities: AgentCapabilities {
            multi_role: true,
            agent_draining: true,
            ..Default::default()
        },
        isolation: vec!["posix/cpu".to_owned(), "posix/mem".to_owned()],
        authenticates: false,
        switch_user: true,
        default_container_info: None,
        executor_environment: None,
        libprocess_ip: Some("127.0.0.1".to_owned()),
        native_library: None,
        http_command_executor: false,
        registration_backoff_factor: Duration::from_secs(1),
        executor_registration_timeout: Duration::from_secs(60),
        executor_reregistration_timeout: Duration::from_secs(2),
        executor_reregistration_retry_interval: None,
        executor_shutdown_grace_period: Duration::from_secs(5),
        recovery_timeout: Duration::from_secs(900),
        recover: RecoverMode::Reconnect,
        reconfiguration_policy: ReconfigurationPolicy::Equal,
        gc_delay: Duration::from_secs(7 * 24 * 3600),
        gc_disk_headroom: 0.1,
        disk_watch_interval: Duration::from_secs(60),
        max_completed_executors_per_framework: 150,
        boot_id: "42eb21df-ebc8-44ef-8b87-d47c21e25f05".to_owned(),
        seed: 7,
    }
}

pub struct Rig {
    pub agent: Agent,
    pub seconds: f64,
}

impl Rig {
    /// An agent that has read an empty work directory.
    pub fn fresh() -> Self {
        let mut rig = Self::with(config(Path::new("/w")));
        rig.feed(Event::Recovered(Box::default()));
        rig
    }

    pub fn with(config: Config) -> Self {
        let mut rig = Self {
            agent: Agent::new(config, now(0.0)),
            seconds: 0.0,
        };
        rig.seconds = 1.0;
        rig
    }

    /// An agent that is registered.
    pub fn registered() -> Self {
        Self::register(config(Path::new("/w")))
    }

    pub fn register(config: Config) -> Self {
        let mut rig = Self::with(config);
        rig.feed(Event::Recovered(Box::default()));
        rig.feed(Event::MasterDetected(Some(master())));
        rig.wait(1.1);
        rig.by_master(Message::SlaveRegistered(SlaveRegisteredMessage {
            slave_id: mesos::SlaveId {
                value: AGENT.to_owned(),
            },
            connection: Some(MasterSlaveConnection {
                total_ping_timeout_seconds: Some(75.0),
            }),
        }));
        rig
    }

    pub fn feed(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        self.agent.on(now(self.seconds), event, &mut out);
        out
    }

    pub fn wait(&mut self, seconds: f64) -> Vec<Effect> {
        self.seconds += seconds;
        self.feed(Event::Tick)
    }

    pub fn message(&mut self, from: &Upid, message: Message) -> Vec<Effect> {
        self.feed(Event::Message {
            from: from.clone(),
            message: Box::new(message),
            body: None,
        })
    }

    pub fn by_master(&mut self, message: Message) -> Vec<Effect> {
        self.message(&master(), message)
    }

    pub fn run(&mut self, task: mesos::TaskInfo) -> Vec<Effect> {
        self.by_master(Message::RunTask(run_task(task)))
    }

    pub fn register_executor(&mut self, executor: &str) -> Vec<Effect> {
        self.message(
            &executor_pid(),
            Message::RegisterExecutor(RegisterExecutorMessage {
                framework_id: framework_id(),
                executor_id: mesos::ExecutorId {
                    value: executor.to_owned(),
                },
            }),
        )
    }

    pub fn update(&mut self, task: &str, state: TaskState, uuid: u8) -> Vec<Effect> {
        self.message(
            &executor_pid(),
            Message::StatusUpdate(status_update(task, state, uuid)),
        )
    }

    pub fn acknowledge(&mut self, task: &str, uuid: Bytes) -> Vec<Effect> {
        self.by_master(Message::StatusUpdateAcknowledgement(
            StatusUpdateAcknowledgementMessage {
                slave_id: mesos::SlaveId {
                    value: AGENT.to_owned(),
                },
                framework_id: framework_id(),
                task_id: mesos::TaskId {
                    value: task.to_owned(),
                },
                uuid,
            },
        ))
    }

    pub fn end(&mut self, container: &ContainerId, status: i32) -> Vec<Effect> {
        let termination = ContainerTermination {
            status: Some(status),
            ..Default::default()
        };
        self.feed(Event::ContainerEnded {
            container: container.clone(),
            termination: Box::new(termination),
        })
    }
}

pub fn now(seconds: f64) -> Now {
    let instant = Instant::from_nanos((seconds * 1e9) as u64);
    Now {
        instant,
        wall: WallTime(1000.0 + seconds),
    }
}

pub fn recovered(state: Recovered) -> Event {
    Event::Recovered(Box::new(state))
}

pub fn framework_id() -> mesos::FrameworkId {
    mesos::FrameworkId {
        value: FRAMEWORK.to_owned(),
    }
}

pub fn framework_info() -> mesos::FrameworkInfo {
    mesos::FrameworkInfo {
        user: "root".to_owned(),
        name: "test".to_owned(),
        id: Some(framework_id()),
        checkpoint: Some(true),
        ..Default::default()
    }
}

pub fn command_task(id: &str) -> mesos::TaskInfo {
    let mut resources = Resources::parse("cpus:1;mem:128", "*").unwrap();
    resources.allocate(&mesos_model::Role::new("*"));
    mesos::TaskInfo {
        name: id.to_owned(),
        task_id: mesos::TaskId {
            value: id.to_owned(),
        },
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        resources: resources.to_proto(),
        command: Some(mesos::CommandInfo {
            value: Some("sleep 1000".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn executor_task(id: &str, executor: &str) -> mesos::TaskInfo {
    let command = mesos::CommandInfo {
        value: Some("exec ./executor".to_owned()),
        ..Default::default()
    };
    mesos::TaskInfo {
        command: None,
        executor: Some(mesos::ExecutorInfo {
            executor_id: mesos::ExecutorId {
                value: executor.to_owned(),
            },
            command: Some(command),
            ..Default::default()
        }),
        ..command_task(id)
    }
}

pub fn run_task(task: mesos::TaskInfo) -> RunTaskMessage {
    RunTaskMessage {
        framework: framework_info(),
        task,
        launch_executor: Some(true),
        ..Default::default()
    }
}

pub fn status_update(task: &str, state: TaskState, uuid: u8) -> StatusUpdateMessage {
    let uuid = Bytes::from(vec![uuid; 16]);
    StatusUpdateMessage {
        update: StatusUpdate {
            framework_id: framework_id(),
            executor_id: Some(mesos::ExecutorId {
                value: task.to_owned(),
            }),
            slave_id: Some(mesos::SlaveId {
                value: AGENT.to_owned(),
            }),
            status: mesos::TaskStatus {
                task_id: mesos::TaskId {
                    value: task.to_owned(),
                },
                state: state.into(),
                ..Default::default()
            },
            timestamp: 5.0,
            uuid: Some(uuid),
            latest_state: None,
        },
        pid: Some(executor_pid().to_string()),
    }
}

/// The messages of one type among effects.
pub fn sent<M: prost::Message + Name + Default>(effects: &[Effect]) -> Vec<M> {
    let wanted = M::full_name();
    let decode = |effect: &Effect| match effect {
        Effect::Send { name, body, .. } if *name == wanted => {
            Some(M::decode(body.clone()).unwrap())
        }
        _ => None,
    };
    effects.iter().filter_map(decode).collect()
}

pub fn updates(effects: &[Effect]) -> Vec<mesos::TaskStatus> {
    sent::<StatusUpdateMessage>(effects)
        .into_iter()
        .map(|message| message.update.status)
        .collect()
}

pub fn launches(effects: &[Effect]) -> Vec<Launch> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Launch(launch) => Some((**launch).clone()),
            _ => None,
        })
        .collect()
}

/// Paths of the disk changes, relative to the work directory.
pub fn disk(effects: &[Effect]) -> Vec<String> {
    let show = |effect: &Effect| {
        let Effect::Disk(change) = effect else {
            return None;
        };
        let (verb, path) = match change {
            Disk::Write { path, .. } => ("write", path),
            Disk::Append { path, .. } => ("append", path),
            Disk::Mark { path } => ("mark", path),
            Disk::Link { link, .. } => ("link", link),
            Disk::MakeDir { path, .. } => ("mkdir", path),
            Disk::Remove { path } => ("remove", path),
            Disk::Empty { path } => ("empty", path),
            Disk::Rename { to, .. } => ("rename", to),
            Disk::Touch { path } => ("touch", path),
        };
        Some(format!(
            "{verb} {}",
            path.strip_prefix("/w").unwrap_or(path).display()
        ))
    };
    effects.iter().filter_map(show).collect()
}

pub fn position(effects: &[Effect], wanted: impl Fn(&Effect) -> bool) -> usize {
    effects
        .iter()
        .position(wanted)
        .expect("the effect is there")
}
