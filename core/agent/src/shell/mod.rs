//! The agent as a running thing: mailbox, timers and container events go into the machine, its
//! effects are done in order by one thread, HTTP looks at the tables.
//!
//! Usable inside another program: nothing here touches signals, the environment or stdout.

mod detect;
mod effects;
mod executor_api;
mod flags;
mod http;
pub mod settings;

use std::net::SocketAddrV4;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesos_daemon::files::Files;
use mesos_daemon::flags::AgentFlags;
use mesos_daemon::logging::Logging;
use mesos_daemon::metrics::Registry;
use mesos_model::clock::{Instant, Now, WallTime};
use mesos_process::{Envelope, Mailbox, Node, Upid};
use mesos_sandbox::Launcher;
use mesos_sandbox::fetcher::Fetcher;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::containerizer::Containerizer;
use crate::containerizer::posix::Posix;
use crate::event::{Event, Message};
use crate::machine::Agent;
use crate::recover;
use effects::Doer;
pub use settings::{Settings, StartError};

/// Messages taken from the mailbox in one turn.
const BATCH_MAX: usize = 256;
/// Batches of effects that may wait for the disk before the machine waits too.
const EFFECT_BATCHES_MAX: usize = 1024;
/// How long a leaving agent may take to end its executors before it is stopped all the same.
const LEAVE_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the last messages to leave before the process does.
const FAREWELL: Duration = Duration::from_millis(200);

/// How the agent ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    pub status: i32,
    /// What to tell the operator; empty for an orderly end.
    pub message: String,
}

/// Both clocks from one start.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    base: std::time::Instant,
}

impl Clock {
    fn new() -> Self {
        Self {
            base: std::time::Instant::now(),
        }
    }

    pub(crate) fn now(self) -> Now {
        let nanos = u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        // Machine time starts above zero so that "a week ago" stays representable.
        Now {
            instant: Instant::from_nanos(nanos.saturating_add(1)),
            wall: WallTime(wall.as_secs_f64()),
        }
    }

    fn until(self, at: Instant) -> Duration {
        at.since(self.now().instant)
    }
}

/// What the loop, the HTTP side and the metrics share.
pub(crate) struct Shared {
    agent: Mutex<Agent>,
    pub(crate) clock: Clock,
    pub(crate) containerizer: Arc<dyn Containerizer>,
    calls: executor_api::Calls,
}

impl Shared {
    pub(crate) fn agent(&self) -> MutexGuard<'_, Agent> {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A started agent. Dropping it ends the agent and leaves its executors running.
pub struct RunningAgent {
    pub address: SocketAddrV4,
    pub upid: Upid,
    events: mpsc::UnboundedSender<Event>,
    exit: watch::Receiver<Option<Exit>>,
    tasks: JoinSet<()>,
    leaving: AtomicBool,
}

impl RunningAgent {
    /// Waits until the agent wants its process to end.
    pub async fn wait(&mut self) -> Exit {
        let exit = match self.exit.wait_for(Option::is_some).await {
            Ok(exit) => exit.clone(),
            Err(_) => None,
        };
        let exit = exit.unwrap_or(Exit {
            status: 1,
            message: "the agent stopped unexpectedly".to_owned(),
        });
        if exit.status == 0 {
            tokio::time::sleep(FAREWELL).await;
        }
        exit
    }

    /// Asks the agent to unregister and to end all executors (SIGUSR1); `wait` then returns.
    pub fn leave(&self, reason: &str) {
        self.leaving.store(true, Ordering::Relaxed);
        // A closed channel means the agent is gone already.
        let _ = self.events.send(Event::LeaveRequested {
            reason: reason.to_owned(),
        });
    }

    /// Ends the agent as a kill would: executors live on and are found by the next agent. An agent
    /// that was asked to leave first gets its time to end them.
    pub async fn stop(mut self) {
        if self.leaving.load(Ordering::Relaxed) {
            // Too late is as good as never: then the executors are on their own.
            let _ = tokio::time::timeout(LEAVE_PATIENCE, self.wait()).await;
        }
        self.tasks.shutdown().await;
    }
}

/// Starts an agent as its flags say.
pub async fn run(
    flags: &AgentFlags,
    node: Node,
    logging: Option<Logging>,
) -> Result<RunningAgent, StartError> {
    start(Settings::from_flags(flags)?, node, logging).await
}

/// Starts an agent on a node; `logging` adds `/logging/toggle` and the log file to `/files`.
pub async fn start(
    settings: Settings,
    node: Node,
    logging: Option<Logging>,
) -> Result<RunningAgent, StartError> {
    let process = mesos_process::unique_id("slave");
    let upid = node.upid(&process);
    let detector = detect::Detector::parse(&settings.master)?;
    let config = configure(&settings, &upid)?;
    log_start(&settings, &upid);
    let clock = Clock::new();
    let (events, inbox) = mpsc::unbounded_channel();
    let paths = crate::checkpoint::paths::Paths::new(&config.work_dir);
    let containerizer = containerizer(&settings, &paths, &events)?;
    let files = Files::new();
    let metrics = Registry::new();
    let boot_id = config.boot_id.clone();
    let agent = Mutex::new(Agent::new(config, clock.now()));
    let shared = Arc::new(Shared {
        agent,
        clock,
        containerizer,
        calls: executor_api::Calls::default(),
    });
    http::serve(&http::Parts {
        node: &node,
        process: &process,
        shared: &shared,
        events: &events,
        settings: &settings,
        files: &files,
        metrics: &metrics,
        logging: logging.as_ref(),
    })?;
    let mailbox = node.spawn(&process);
    let (exit_sender, exit) = watch::channel(None);
    let (effects, effect_batches) = mpsc::channel(EFFECT_BATCHES_MAX);
    let doer = Doer::new(
        node.clone(),
        upid.clone(),
        shared.clone(),
        files,
        events.clone(),
        exit_sender,
        detector,
        settings.credential.clone(),
        settings.authentication,
    );
    std::thread::Builder::new()
        .name("agent-effects".to_owned())
        .spawn(move || doer.run(effect_batches))
        .map_err(|error| StartError(format!("Failed to start a thread: {error}")))?;
    let mut tasks = JoinSet::new();
    tasks.spawn(turn(shared, mailbox, inbox, effects));
    tasks.spawn(recovery(paths, boot_id, settings.strict, events.clone()));
    Ok(RunningAgent {
        address: node.address(),
        upid,
        events,
        exit,
        tasks,
        leaving: AtomicBool::new(false),
    })
}

/// The lines that operators know a start by (operations §5.4).
fn log_start(settings: &Settings, upid: &Upid) {
    tracing::info!("Using isolation {{ {} }}", settings.isolation.join(", "));
    let number = upid.id.trim_start_matches("slave");
    tracing::info!("Mesos agent started on {number}@{}", upid.address);
    let flags = settings.shown_flags.iter();
    let flags: Vec<String> = flags
        .map(|(name, value)| format!("--{name}=\"{}\"", value.as_str().unwrap_or_default()))
        .collect();
    tracing::info!("Flags at startup: {}", flags.join(" "));
}

/// The work directory is there afterwards, unless the start is refused: then it is not made.
fn configure(settings: &Settings, upid: &Upid) -> Result<crate::config::Config, StartError> {
    let folder = &settings.work_dir;
    let is_new = !folder.exists();
    std::fs::create_dir_all(folder).map_err(|error| {
        StartError(format!(
            "Failed to create agent root directory '{}': {error}",
            folder.display()
        ))
    })?;
    settings.config(upid.clone()).inspect_err(|_| {
        if is_new {
            // Best effort: the refusal is what counts.
            let _ = std::fs::remove_dir(folder);
        }
    })
}

fn containerizer(
    settings: &Settings,
    paths: &crate::checkpoint::paths::Paths,
    events: &mpsc::UnboundedSender<Event>,
) -> Result<Arc<dyn Containerizer>, StartError> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        StartError(format!("Failed to create a containerizer: {what}: {error}"))
    };
    let launcher = Launcher::new().map_err(|error| failed("Failed to create launcher", &error))?;
    let fetcher = Fetcher::new(settings.fetcher(), launcher.clone()).map_err(|error| {
        let cache = settings.fetcher_cache_dir.display();
        failed(
            &format!("Failed to clear the fetcher cache '{cache}' (--fetcher_cache_dir)"),
            &error,
        )
    })?;
    let sink = events.clone();
    let sink = Arc::new(move |event| {
        // The loop is gone when the agent stops; containers live on.
        let _ = sink.send(event);
    });
    Ok(Arc::new(Posix::new(
        launcher,
        fetcher,
        paths.clone(),
        settings.runtime_dir.clone(),
        sink,
    )))
}

/// Reads the old state off the loop's thread.
async fn recovery(
    paths: crate::checkpoint::paths::Paths,
    boot_id: String,
    strict: bool,
    events: mpsc::UnboundedSender<Event>,
) {
    let read =
        tokio::task::spawn_blocking(move || recover::state::read(&paths, &boot_id, strict)).await;
    let event = match read {
        Ok(Ok(state)) => Event::Recovered(Box::new(state)),
        Ok(Err(error)) => Event::RecoveryFailed(error),
        Err(error) => Event::RecoveryFailed(recover::RecoverError(error.to_string())),
    };
    let _ = events.send(event);
}

/// The loop: events in, effects out.
async fn turn(
    shared: Arc<Shared>,
    mut mailbox: Mailbox,
    mut inbox: mpsc::UnboundedReceiver<Event>,
    effects: mpsc::Sender<Vec<crate::effect::Effect>>,
) {
    let mut envelopes = Vec::new();
    let mut events = Vec::new();
    loop {
        let deadline = shared.agent().next_deadline();
        let tick = async {
            match deadline {
                Some(at) => tokio::time::sleep(shared.clock.until(at)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            count = mailbox.recv_many(&mut envelopes, BATCH_MAX) => {
                if count == 0 {
                    return;
                }
                events.extend(envelopes.drain(..).filter_map(event_of));
            }
            count = inbox.recv_many(&mut events, BATCH_MAX) => {
                if count == 0 {
                    return;
                }
            }
            () = tick => events.push(Event::Tick),
        }
        let mut batch = Vec::new();
        {
            let mut agent = shared.agent();
            let now = shared.clock.now();
            for event in events.drain(..) {
                agent.on(now, event, &mut batch);
            }
        }
        if !batch.is_empty() && effects.send(batch).await.is_err() {
            return;
        }
    }
}

fn event_of(envelope: Envelope) -> Option<Event> {
    match envelope {
        Envelope::Exited { pid } => Some(Event::Exited { pid }),
        Envelope::Message {
            from, name, body, ..
        } => match Message::decode(&name, &body)? {
            Ok((message, more)) => {
                let body = more.then_some(body);
                Some(Event::Message {
                    from,
                    message: Box::new(message),
                    body,
                })
            }
            Err(error) => {
                tracing::warn!("Failed to parse {name} from {from}: {error}");
                None
            }
        },
    }
}
