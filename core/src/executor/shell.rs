//! Joins the executor machine with its agent, the task's process, the checks and the clock.
//!
//! Compat: agent part 1 §16.2 rules 2 and 4 (the task in a session of its own, the whole tree
//! signalled and listed), §8.4 (environment of a command task).

use std::{
    collections::BTreeMap,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::Duration,
};

use bytes::Bytes;
use mesos_driver::{
    CallbackResult, Status,
    executor::{Executor, ExecutorDriver, Handle},
};
use mesos_model::clock::Instant;
use mesos_proto::mesos::{
    CommandInfo, FrameworkInfo, KillPolicy, SlaveInfo, TaskId, TaskInfo, environment::variable,
    framework_info::capability,
};
use mesos_sandbox::{
    Children, LaunchSpec, Mark, ProcessIdentity, Program, Stream,
    launcher::become_subreaper,
    tree::{self, Reach},
};
use prost::Message;

use super::{
    flags::Flags,
    link::{Link, Told},
    machine::{Effect, Event, Machine, Timer},
    probe,
};

const SIGTERM: i32 = 15;
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
const GRACE_VARIABLE: &str = "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD";
/// Looked for before the driver looks for the rest.
const REQUIRED: [&str; 2] = ["MESOS_FRAMEWORK_ID", "MESOS_EXECUTOR_ID"];
/// "1" asks for the v1 executor API.
const HTTP_VARIABLE: &str = "MESOS_HTTP_COMMAND_EXECUTOR";
const ROLE_VARIABLE: &str = "MESOS_ALLOCATION_ROLE";
/// How long to sleep when no timer is armed.
const IDLE: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Failed to parse value '{value}' of '{GRACE_VARIABLE}': {reason}")]
    Grace { value: String, reason: String },
    #[error("Failed to start a thread: {0}")]
    Thread(std::io::Error),
    #[error("Expecting '{0}' to be set in the environment")]
    Missing(&'static str),
    #[error("{0}")]
    Unusable(String),
    #[error("the driver ended with {0:?}")]
    Driver(Status),
    #[error("the agent did not confirm the last update")]
    Unconfirmed,
}

pub(super) enum Input {
    Event(Event),
    Told(Told),
    Unusable(String),
}

/// Turns the driver's callbacks into events. A message that cannot be read ends the executor, as
/// the driver checked it before.
struct Callbacks {
    inputs: Sender<Input>,
}

impl Callbacks {
    fn tell(&self, event: Event) -> CallbackResult {
        // The loop is gone only when the program ends.
        let _ = self.inputs.send(Input::Event(event));
        Ok(())
    }

    fn read<T: Message + Default>(&self, bytes: &Bytes) -> Option<T> {
        let read = T::decode(bytes.clone());
        read.inspect_err(|error| {
            let _ = self.inputs.send(Input::Unusable(error.to_string()));
        })
        .ok()
    }
}

impl Executor for Callbacks {
    fn registered(
        &mut self,
        _: &Handle,
        _executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        let Some(agent) = self.read::<SlaveInfo>(agent) else {
            return Ok(());
        };
        tracing::info!("Received SUBSCRIBED event");
        tracing::info!("Subscribed executor on {}", agent.hostname);
        let Some(framework) = self.read::<FrameworkInfo>(framework) else {
            return Ok(());
        };
        let killing = capability::Type::TaskKillingState;
        let knows_killing = framework
            .capabilities
            .iter()
            .any(|capability| capability.r#type() == killing);
        self.tell(Event::Registered { knows_killing })
    }

    fn reregistered(&mut self, _: &Handle, _agent: &Bytes) -> CallbackResult {
        Ok(())
    }

    fn launch_task(&mut self, _: &Handle, task: &Bytes) -> CallbackResult {
        tracing::info!("Received LAUNCH event");
        match self.read::<TaskInfo>(task) {
            Some(task) => self.tell(Event::Launch(Box::new(task))),
            None => Ok(()),
        }
    }

    fn kill_task(&mut self, _: &Handle, task_id: &Bytes, policy: Option<&Bytes>) -> CallbackResult {
        tracing::info!("Received KILL event");
        let Some(id) = self.read::<TaskId>(task_id) else {
            return Ok(());
        };
        let policy = policy.and_then(|policy| self.read::<KillPolicy>(policy));
        self.tell(Event::Kill {
            task_id: id.value,
            policy,
        })
    }

    fn framework_message(&mut self, _: &Handle, _data: &Bytes) -> CallbackResult {
        tracing::info!("Received MESSAGE event");
        Ok(())
    }

    fn acknowledged(&mut self, _: &Handle) -> CallbackResult {
        self.tell(Event::Acknowledged)
    }

    fn shutdown(&mut self, _: &Handle) -> CallbackResult {
        tracing::info!("Received SHUTDOWN event");
        self.tell(Event::Shutdown)
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        let _ = self.inputs.send(Input::Unusable(message.to_owned()));
        Ok(())
    }
}

/// Runs the command executor until its task is over.
///
/// # Errors
/// The environment is not that of an executor, or the driver gave up.
pub fn run(flags: &Flags) -> Result<(), Error> {
    let [framework, executor] = identity()?;
    let grace = shutdown_grace()?;
    if let Err(error) = become_subreaper() {
        tracing::warn!("Processes that leave the task's tree may escape: {error}");
    }
    let children = Children::start().map_err(Error::Thread)?;
    let (inputs, events) = mpsc::channel();
    let link = if std::env::var(HTTP_VARIABLE).is_ok_and(|value| value == "1") {
        Link::over_http(inputs.clone(), &framework, &executor)?
    } else {
        over_driver(&inputs, &events)?
    };
    let mut shell = Shell {
        machine: Machine::new(grace),
        link,
        children,
        inputs,
        timers: BTreeMap::new(),
        task: None,
        task_environment: flags.task_environment.clone(),
        began: std::time::Instant::now(),
        is_over: false,
    };
    while !shell.is_over {
        let wait = shell.next_timer().map_or(IDLE, |at| at.since(shell.now()));
        match events.recv_timeout(wait) {
            Ok(Input::Event(event)) => shell.feed(event),
            Ok(Input::Told(told)) => {
                for event in shell.link.on_told(shell.now(), told)? {
                    shell.feed(event);
                }
            }
            Ok(Input::Unusable(reason)) => {
                shell.link.abort();
                return Err(Error::Unusable(reason));
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        shell.fire_timers();
    }
    shell.link.stop()
}

fn identity() -> Result<[String; 2], Error> {
    let read = |name| std::env::var(name).map_err(|_| Error::Missing(name));
    let [framework, executor] = REQUIRED;
    Ok([read(framework)?, read(executor)?])
}

fn over_driver(inputs: &Sender<Input>, events: &Receiver<Input>) -> Result<Link, Error> {
    let callbacks = Box::new(Callbacks {
        inputs: inputs.clone(),
    });
    let variables = mesos_driver::environment::Variables::of_process();
    let driver = ExecutorDriver::new(callbacks, variables);
    let status = driver.start();
    if status == Status::Running {
        return Ok(Link::Driver(driver));
    }
    match events.try_recv() {
        Ok(Input::Unusable(reason)) => Err(Error::Unusable(reason)),
        Ok(Input::Event(_) | Input::Told(_)) | Err(_) => Err(Error::Driver(status)),
    }
}

fn shutdown_grace() -> Result<Duration, Error> {
    let Ok(value) = std::env::var(GRACE_VARIABLE) else {
        return Ok(SHUTDOWN_GRACE);
    };
    match mesos_model::units::parse_duration(&value) {
        Ok(grace) => Ok(grace.to_std()),
        Err(error) => Err(Error::Grace {
            value,
            reason: error.to_string(),
        }),
    }
}

struct Shell {
    machine: Machine,
    link: Link,
    children: Children,
    inputs: Sender<Input>,
    timers: BTreeMap<Timer, Instant>,
    task: Option<ProcessIdentity>,
    task_environment: Vec<(String, String)>,
    began: std::time::Instant,
    is_over: bool,
}

impl Shell {
    fn now(&self) -> Instant {
        Instant(0) + self.began.elapsed()
    }

    fn next_timer(&self) -> Option<Instant> {
        let timers = self.timers.values().copied();
        timers.chain(self.link.deadline()).min()
    }

    fn fire_timers(&mut self) {
        let now = self.now();
        self.link.on_time(now);
        let due: Vec<Timer> = self
            .timers
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(timer, _)| *timer)
            .collect();
        for timer in due {
            // An earlier one may have disarmed it.
            if self.timers.remove(&timer).is_some() {
                self.feed(Event::TimerFired(timer));
            }
        }
    }

    fn feed(&mut self, event: Event) {
        if let Event::Launch(task) = &event {
            self.add_allocation_role(task);
        }
        let mut effects = Vec::new();
        self.machine.on(self.now(), event, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn add_allocation_role(&mut self, task: &TaskInfo) {
        let mut roles = task
            .resources
            .iter()
            .filter_map(|resource| resource.allocation_info.as_ref()?.role.clone());
        if let Some(role) = roles.next() {
            self.task_environment
                .insert(0, (ROLE_VARIABLE.to_owned(), role));
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Launch(command) => {
                let result = self.launch(&command);
                self.feed(Event::Launched(result));
            }
            Effect::Update(status) => {
                self.link.send(*status);
            }
            Effect::Terminate => {
                let Some(task) = self.task else { return };
                let listing = tree::signal_tree(task, SIGTERM, Reach::SessionsAndGroups);
                tracing::info!("Sent SIGTERM to the following process trees:\n{listing}");
            }
            Effect::Kill => {
                let Some(task) = self.task else { return };
                if let Err(error) = tree::destroy(task, Some(&Mark::Adopted)) {
                    tracing::error!("Failed to kill the task: {error}");
                }
            }
            Effect::Arm(timer, at) => drop(self.timers.insert(timer, at)),
            Effect::Disarm(timer) => drop(self.timers.remove(&timer)),
            Effect::Probe(kind, probe, timeout) => self.probe(kind, probe, timeout),
            Effect::Stop => self.is_over = true,
        }
    }

    /// The executor's own variables, then those of the container, then those of the command.
    fn launch(&mut self, command: &CommandInfo) -> Result<i32, String> {
        let program = Program::of(command).map_err(|error| error.to_string())?;
        let mut spec = LaunchSpec::new(program);
        (spec.stdin, spec.stdout, spec.stderr) =
            (Stream::Inherit, Stream::Inherit, Stream::Inherit);
        spec.environment = std::env::vars_os()
            .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        spec.environment.append(&mut self.task_environment.clone());
        spec.environment.extend(variables_of(command));
        self.task_environment = spec.environment.clone();
        let inputs = self.inputs.clone();
        let ended = move |status| {
            let _ = inputs.send(Input::Event(Event::Exited(status)));
        };
        let task = self
            .children
            .launch(&spec, ended)
            .map_err(|error| error.to_string())?;
        self.task = Some(task);
        Ok(task.pid.raw())
    }

    fn probe(
        &self,
        kind: super::check::Kind,
        probe: super::check::Probe,
        timeout: Option<Duration>,
    ) {
        let (inputs, children) = (self.inputs.clone(), self.children.clone());
        let environment = self.task_environment.clone();
        let work = move || {
            let outcome = probe::run(&probe, timeout, &children, &environment);
            let _ = inputs.send(Input::Event(Event::Probed(kind, outcome)));
        };
        if let Err(error) = std::thread::Builder::new()
            .name("check".to_owned())
            .spawn(work)
        {
            let outcome = super::check::Outcome::Failed(error.to_string());
            let _ = self.inputs.send(Input::Event(Event::Probed(kind, outcome)));
        }
    }
}

/// The plain variables of a command; secrets are resolved by the agent or not at all.
pub(super) fn variables_of(command: &CommandInfo) -> Vec<(String, String)> {
    let variables = command
        .environment
        .iter()
        .flat_map(|environment| &environment.variables);
    let plain = variables.filter(|variable| variable.r#type() == variable::Type::Value);
    plain
        .filter_map(|variable| Some((variable.name.clone(), variable.value.clone()?)))
        .collect()
}
