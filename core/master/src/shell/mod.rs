//! The master as a running thing: mailbox, timers, stores and operators' requests go into the machine, its effects
//! are done in order, and a snapshot is published after each batch.
//!
//! Usable inside another program: nothing here touches signals, the environment or stdout.

mod authenticator;
mod decode;
mod effects;
mod figures;
mod http;
mod live;
mod registry;
mod run;
mod scheduler;
mod settings;
mod streams;
mod timers;

use std::{
    future::Future,
    net::SocketAddrV4,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use mesos_allocator::{Outlook, RoleShares};
use mesos_daemon::logging::Logging;
use mesos_model::{FrameworkId, Instant, Now, WallTime};
use mesos_process::{Node, Upid, http::BoxFuture};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
};

use crate::{
    event::{Event, OperatorReply, OperatorRequest, SchedulerRequest, Ticket},
    machine::Master,
    snapshot::{Identity, Snapshot},
    view::{Operator, OperatorAnswer},
};

pub use settings::{RegistryKind, Settings, StartError};

/// Pongs that may wait before observers stop reading.
const PONGS_MAX: usize = 1024;

/// How the master ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    pub status: i32,
    /// What to tell the operator.
    pub message: String,
}

/// What the loop is told apart from messages.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all are events; requests are rare"
)]
enum Input {
    Event(Event),
    Request {
        request: OperatorRequest,
        answer: oneshot::Sender<OperatorReply>,
    },
    /// A call of the v1 scheduler API. A connection has one at a time, so these are bounded by connections.
    Call {
        request: Box<SchedulerRequest>,
        caller: streams::Caller,
    },
}

/// Both clocks from one start.
#[derive(Debug, Clone, Copy)]
struct Clock {
    base: std::time::Instant,
}

impl Clock {
    fn new() -> Self {
        Self {
            base: std::time::Instant::now(),
        }
    }

    fn now(self) -> Now {
        let nanos = u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            instant: Instant::from_nanos(nanos.saturating_add(1)),
            wall: WallTime(wall.as_secs_f64()),
        }
    }

    fn tokio_instant(self, at: Instant) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.base) + at.since(Instant::ZERO)
    }
}

/// Sends operators' requests to the machine; clones share the way.
#[derive(Clone)]
pub struct Requests {
    inputs: mpsc::UnboundedSender<Input>,
}

impl Requests {
    fn new(inputs: &mpsc::UnboundedSender<Input>) -> Self {
        Self {
            inputs: inputs.clone(),
        }
    }

    /// Asks and waits for the machine's answer.
    pub async fn ask(&self, request: OperatorRequest) -> OperatorReply {
        let (answer, reply) = oneshot::channel();
        let gone = || OperatorReply::Unavailable("The master is ending".to_owned());
        if self
            .inputs
            .send(Input::Request { request, answer })
            .is_err()
        {
            return gone();
        }
        reply.await.unwrap_or_else(|_| gone())
    }
}

impl Operator for Requests {
    fn teardown(
        &self,
        framework: FrameworkId,
    ) -> Pin<Box<dyn Future<Output = OperatorAnswer> + Send>> {
        let requests = self.clone();
        Box::pin(async move {
            match requests.ask(OperatorRequest::Teardown { framework }).await {
                OperatorReply::Done | OperatorReply::Accepted => OperatorAnswer::Done,
                OperatorReply::BadRequest(text)
                | OperatorReply::NotFound(text)
                | OperatorReply::Conflict(text)
                | OperatorReply::Unavailable(text) => OperatorAnswer::Refused(text),
                OperatorReply::Shares(_) | OperatorReply::Outlook(_) => {
                    OperatorAnswer::Refused(NO_ANSWER.to_owned())
                }
            }
        })
    }

    fn shares(&self) -> BoxFuture<Result<Vec<RoleShares>, String>> {
        let requests = self.clone();
        Box::pin(async move {
            match requests.ask(OperatorRequest::Shares).await {
                OperatorReply::Shares(shares) => Ok(shares),
                other => Err(text_of(other)),
            }
        })
    }

    fn explain(&self, framework: FrameworkId) -> BoxFuture<Result<Option<Outlook>, String>> {
        let requests = self.clone();
        Box::pin(async move {
            match requests.ask(OperatorRequest::Explain { framework }).await {
                OperatorReply::Outlook(outlook) => Ok(outlook),
                other => Err(text_of(other)),
            }
        })
    }
}

/// A question was answered with something else.
const NO_ANSWER: &str = "The master did not answer the question";

fn text_of(reply: OperatorReply) -> String {
    match reply {
        OperatorReply::Unavailable(text) => text,
        _ => NO_ANSWER.to_owned(),
    }
}

/// A started master. Dropping it ends the master.
pub struct RunningMaster {
    pub address: SocketAddrV4,
    pub upid: Upid,
    /// The latest published picture.
    pub snapshots: Arc<ArcSwap<Snapshot>>,
    pub requests: Requests,
    exit: watch::Receiver<Option<Exit>>,
    tasks: JoinSet<()>,
    store: registry::Store,
}

impl RunningMaster {
    /// Waits until the master cannot go on.
    pub async fn wait(&mut self) -> Exit {
        let exit = match self.exit.wait_for(Option::is_some).await {
            Ok(exit) => exit.clone(),
            Err(_) => None,
        };
        exit.unwrap_or(Exit {
            status: 1,
            message: "the master stopped unexpectedly".to_owned(),
        })
    }

    /// Ends the master as a kill would; peers notice by their links.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
        let store = self.store;
        // It waits for what is being written; a panic there has nothing to close any more.
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}

/// Starts a master on a node; `logging` adds `/logging/toggle` and the log file to `/files`.
/// Returns when the registry is recovered: from then on agents and frameworks are served.
///
/// # Errors
/// A setting that cannot be met; the text is for the operator.
pub async fn start(
    settings: Settings,
    node: Node,
    logging: Option<Logging>,
) -> Result<RunningMaster, StartError> {
    let clock = Clock::new();
    log_settings(&settings);
    let config = settings.config(node.address(), clock.now())?;
    let hostname = config.hostname.clone();
    let store = registry::Store::open(&settings)?;
    let (inputs, inbox) = mpsc::unbounded_channel();
    let (pong_sender, pongs) = mpsc::channel(PONGS_MAX);
    let (exit_sender, mut exit) = watch::channel(None);
    let (recovered_sender, recovered) = oneshot::channel();
    let mut machine = Master::new(config);
    let snapshots = Arc::new(ArcSwap::new(machine.publish(clock.now())));
    let mailbox = node.spawn("master");
    let upid = mailbox.upid().clone();
    log_start(&settings, &snapshots.load().identity, &upid);
    let requests = Requests::new(&inputs);
    let figures = figures::Figures::new();
    let feed = live::Feed::new(clock);
    http::serve(&http::Parts {
        metrics: &figures.registry,
        node: &node,
        settings: &settings,
        snapshots: &snapshots,
        requests: &requests,
        depth: Arc::new(mailbox.depth_probe()),
        logging: logging.as_ref(),
        live: &feed.live,
    })?;
    let authenticator = authenticator::Authenticator::new(&settings, node.clone(), hostname);
    let streams = streams::Streams::new(inputs.clone(), figures.overrun.clone());
    let (mut tasks, address) = (JoinSet::new(), node.address());
    let actor = run::Actor {
        machine,
        clock,
        doer: effects::Doer::new(
            node,
            upid.clone(),
            store.clone(),
            effects::Timeouts::of(&settings),
            figures.clone(),
            authenticator,
            streams,
            inputs,
            pong_sender,
            exit_sender,
        ),
        snapshots: Arc::clone(&snapshots),
        timers: timers::Timers::default(),
        figures,
        feed: feed.clone(),
        recovered: Some(recovered_sender),
    };
    feed.spawn(&mut tasks, &snapshots, clock);
    tasks.spawn(actor.run(mailbox, inbox, pongs));
    until_recovered(recovered, &mut exit).await?;
    Ok(RunningMaster {
        address,
        upid,
        snapshots,
        requests,
        exit,
        tasks,
        store,
    })
}

/// What can be told before there is a master.
fn log_settings(settings: &Settings) {
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let named = |flag: &&(String, String)| flag.0 == "allocator";
    let allocator = settings.shown_flags.iter().find(named);
    let allocator = allocator.map_or("hierarchical", |flag| flag.1.as_str());
    tracing::info!("Using '{allocator}' allocator");
}

/// The lines that operators know a start by (operations §5.4).
fn log_start(settings: &Settings, identity: &Identity, upid: &Upid) {
    let (id, hostname, address) = (&identity.id, &identity.hostname, identity.address);
    tracing::info!("Master {id} ({hostname}) started on {address}");
    let flags = settings.shown_flags.iter();
    let flags: Vec<String> = flags
        .map(|(name, value)| format!("--{name}=\"{value}\""))
        .collect();
    tracing::info!("Flags at startup: {}", flags.join(" "));
    tracing::info!("The newly elected leader is {upid} with id {id}");
    tracing::info!("Elected as the leading master!");
    tracing::info!("Recovering from registrar");
}

/// Waits until the registry is recovered or the master has ended before that.
async fn until_recovered(
    recovered: oneshot::Receiver<()>,
    exit: &mut watch::Receiver<Option<Exit>>,
) -> Result<(), StartError> {
    tokio::select! {
        _ = recovered => {}
        ended = exit.wait_for(Option::is_some) => {
            let exit = ended.ok().and_then(|exit| exit.clone());
            let text = exit.map_or_else(|| "the master stopped unexpectedly".to_owned(), |exit| exit.message);
            return Err(StartError(text));
        }
    }
    Ok(())
}

/// Numbers requests, so that answers find who asked.
fn next_ticket() -> Ticket {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Ticket(NEXT.fetch_add(1, Ordering::Relaxed))
}
