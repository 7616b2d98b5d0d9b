//! Feeds what the web UI shows beside snapshots: samples every few seconds, and what changed after every publication.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::Clock;
use crate::{
    snapshot::Snapshot,
    view::{INTERVAL, Live},
};

/// Changes within this time are told together.
const TOGETHER: Duration = Duration::from_millis(100);
/// Clients hear something at least so often.
const BEAT: Duration = Duration::from_secs(15);

/// What the loop tells of; clones share it.
#[derive(Clone)]
pub(super) struct Feed {
    pub live: Arc<Live>,
    publications: Arc<Notify>,
}

impl Feed {
    pub fn new(clock: Clock) -> Self {
        Self {
            live: Arc::new(Live::new(clock.now().wall.secs())),
            publications: Arc::default(),
        }
    }

    /// There is a new snapshot.
    pub fn published(&self) {
        self.publications.notify_one();
    }

    /// Starts what works beside the loop.
    pub fn spawn(&self, tasks: &mut JoinSet<()>, snapshots: &Arc<ArcSwap<Snapshot>>, clock: Clock) {
        tasks.spawn(tell(self.clone(), Arc::clone(snapshots)));
        tasks.spawn(sample(self.clone(), Arc::clone(snapshots), clock));
    }
}

/// Tells clients what changed.
async fn tell(feed: Feed, snapshots: Arc<ArcSwap<Snapshot>>) {
    let mut beat = Instant::now() + BEAT;
    loop {
        match timeout_at(beat, feed.publications.notified()).await {
            Ok(()) => {
                feed.live.events.publish(&snapshots.load_full());
                sleep(TOGETHER).await;
            }
            Err(_) => {
                feed.live.events.beat();
                beat = Instant::now() + BEAT;
            }
        }
    }
}

/// Takes samples.
async fn sample(feed: Feed, snapshots: Arc<ArcSwap<Snapshot>>, clock: Clock) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let (live, snapshot) = (Arc::clone(&feed.live), snapshots.load_full());
        let time = clock.now().wall.secs();
        let sampling = tokio::task::spawn_blocking(move || live.series.sample(time, &snapshot));
        if sampling.await.is_err() {
            tracing::error!("A sample for the web UI could not be taken");
        }
    }
}
