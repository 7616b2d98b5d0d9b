//! Does the machine's effects, strictly one after the other: what a send depends on is on disk first.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mesos_auth::{Credential, Outcome};
use mesos_daemon::files::Files;
use mesos_process::{LinkMode, Node, Upid};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::executor_api::Streams;
use super::settings::AuthenticationPace;
use super::{Exit, Shared, detect::Detector};
use crate::checkpoint::write::{self, Disk};
use crate::effect::{Effect, Launch, Level};
use crate::event::Event;
use crate::resources::disk_used;
use crate::rng::Rng;

/// The backoff of authentication doubles at most so often.
const MAX_DOUBLINGS: u32 = 16;
/// The least wait after a failed attempt, so that quick failures do not become a busy loop.
const AUTHENTICATION_PAUSE_MIN: Duration = Duration::from_millis(100);

pub(super) struct Doer {
    node: Node,
    upid: Upid,
    shared: Arc<Shared>,
    files: Files,
    events: mpsc::UnboundedSender<Event>,
    exit: watch::Sender<Option<Exit>>,
    detector: Detector,
    credential: Option<Credential>,
    pace: AuthenticationPace,
    runtime: Handle,
    authentication: Option<tokio::task::AbortHandle>,
    streams: Streams,
}

impl Doer {
    #[allow(
        clippy::too_many_arguments,
        reason = "the parts are named once, where the agent starts"
    )]
    pub(super) fn new(
        node: Node,
        upid: Upid,
        shared: Arc<Shared>,
        files: Files,
        events: mpsc::UnboundedSender<Event>,
        exit: watch::Sender<Option<Exit>>,
        detector: Detector,
        credential: Option<Credential>,
        pace: AuthenticationPace,
    ) -> Self {
        let runtime = Handle::current();
        Self {
            node,
            upid,
            shared,
            files,
            events,
            exit,
            detector,
            credential,
            pace,
            runtime,
            authentication: None,
            streams: Streams::default(),
        }
    }

    /// Works until the loop ends or the agent wants to leave.
    pub(super) fn run(mut self, mut batches: mpsc::Receiver<Vec<Effect>>) {
        // Some effects start tasks of the runtime that owns the agent.
        let runtime = self.runtime.clone();
        let _inside = runtime.enter();
        while let Some(batch) = batches.blocking_recv() {
            for effect in batch {
                if let Some(exit) = self.perform(effect) {
                    self.exit.send_replace(Some(exit));
                    return;
                }
            }
        }
    }

    fn tell(&self, event: Event) {
        // The loop is gone when the agent stops.
        let _ = self.events.send(event);
    }

    fn perform(&mut self, effect: Effect) -> Option<Exit> {
        match effect {
            Effect::Send { to, name, body } => self.node.send(&self.upid, &to, &name, body),
            Effect::Link { to, fresh } => {
                let mode = if fresh {
                    LinkMode::Reconnect
                } else {
                    LinkMode::Reuse
                };
                self.node.link(&self.upid, &to, mode);
            }
            Effect::Detect => self.tell(Event::MasterDetected(Some(self.detector.master()))),
            Effect::Authenticate { master } => self.authenticate(master),
            Effect::Disk(change) => return self.disk(&change),
            Effect::Answer { call, answer } => {
                self.streams
                    .answer(&self.shared.calls, call, &answer, &self.events);
            }
            Effect::Stream { stream, event } => self.streams.send(stream, &event, &self.events),
            Effect::Close { stream } => self.streams.close(stream),
            Effect::Launch(launch) => self.launch(*launch),
            Effect::Adopt {
                container,
                pid,
                sandbox,
            } => self.shared.containerizer.adopt(container, pid, sandbox),
            Effect::DestroyOrphans => self.shared.containerizer.destroy_orphans(),
            Effect::Resize {
                container,
                resources,
            } => self.shared.containerizer.resize(&container, resources),
            Effect::Destroy { container } => self.shared.containerizer.destroy(&container),
            Effect::Attach { name, path } => self.attach(&name, &path),
            Effect::Detach { name } => self.files.detach(&name),
            Effect::MeasureDisk => self.measure_disk(),
            Effect::Collect { path } => self.collect(path),
            Effect::Exit { status, message } => return Some(Exit { status, message }),
            Effect::Log { level, text } => log(level, &text),
        }
        None
    }

    fn attach(&self, name: &str, path: &Path) {
        if let Err(error) = self.files.attach(path, name, None) {
            tracing::debug!("Not showing '{}' as '{name}': {error}", path.display());
        }
    }

    /// A failed checkpoint ends the agent: going on would promise what a restart cannot keep.
    fn disk(&self, change: &Disk) -> Option<Exit> {
        let Err(error) = change.apply() else {
            return None;
        };
        match change {
            Disk::Touch { .. } | Disk::Remove { .. } | Disk::Empty { .. } => {
                tracing::warn!("{error}");
                None
            }
            Disk::Write { .. }
            | Disk::Append { .. }
            | Disk::Mark { .. }
            | Disk::Link { .. }
            | Disk::MakeDir { .. }
            | Disk::Rename { .. } => {
                tracing::error!("{error}");
                Some(Exit {
                    status: 1,
                    message: error.to_string(),
                })
            }
        }
    }

    fn launch(&self, launch: Launch) {
        let container = launch.container.clone();
        let events = self.events.clone();
        let launched = self.shared.containerizer.launch(launch);
        self.runtime.spawn(async move {
            let outcome = launched.await;
            let _ = events.send(Event::ContainerLaunched { container, outcome });
        });
    }

    fn measure_disk(&self) {
        let work_dir = self.shared.agent().work_dir().to_owned();
        let used = disk_used(&work_dir).unwrap_or_else(|error| {
            tracing::error!(
                "Failed to get disk usage of '{}': {error}",
                work_dir.display()
            );
            0.0
        });
        self.tell(Event::DiskMeasured { used });
    }

    fn collect(&self, path: PathBuf) {
        let events = self.events.clone();
        self.runtime.spawn_blocking(move || {
            let result = write::remove(&path);
            if let Err(error) = &result {
                tracing::warn!("Failed to delete '{}': {error}", path.display());
            }
            let _ = events.send(Event::PathRemoved {
                path,
                removed: result.is_ok(),
            });
        });
    }

    fn authenticate(&mut self, master: Upid) {
        if let Some(earlier) = self.authentication.take() {
            earlier.abort();
        }
        let Some(credential) = self.credential.clone() else {
            self.tell(Event::Authenticated(Ok(())));
            return;
        };
        let (node, upid, events) = (self.node.clone(), self.upid.clone(), self.events.clone());
        let pace = self.pace;
        let mut random = Rng::seeded(uuid::Uuid::new_v4().as_u64_pair().0);
        let attempts = async move {
            let mut failed = 0u32;
            loop {
                let spread = pace
                    .backoff_factor
                    .saturating_mul(2u32.pow(failed.min(MAX_DOUBLINGS)));
                let timeout = pace.timeout_min.saturating_add(random.up_to(spread));
                let outcome = mesos_auth::session::authenticate(
                    &node,
                    &upid,
                    &master,
                    &credential,
                    timeout.min(pace.timeout_max.max(pace.timeout_min)),
                )
                .await;
                let result = match outcome {
                    Outcome::Completed => Ok(()),
                    Outcome::Refused => Err("refused".to_owned()),
                    Outcome::Failed(why) => {
                        tracing::warn!("Failed to authenticate with master {master}: {why}");
                        failed = failed.saturating_add(1);
                        let pause = random.up_to(spread.min(pace.timeout_max));
                        tokio::time::sleep(pause.max(AUTHENTICATION_PAUSE_MIN)).await;
                        continue;
                    }
                };
                let _ = events.send(Event::Authenticated(result));
                return;
            }
        };
        self.authentication = Some(self.runtime.spawn(attempts).abort_handle());
    }
}

fn log(level: Level, text: &str) {
    match level {
        Level::Info => tracing::info!("{text}"),
        Level::Warning => tracing::warn!("{text}"),
        Level::Error => tracing::error!("{text}"),
    }
}
