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
        if timeout_at(beat, feed.publications.notified()).await.is_ok() {
            feed.live.events.publish(&snapshots.load_full());
            sleep(TOGETHER).await;
        }
        // Looked at in any case: with something to tell all the time, the notification always comes first, and what is
        // published need not be anything that clients are told of.
        if Instant::now() >= beat {
            feed.live.events.beat();
            beat = Instant::now() + BEAT;
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

#[cfg(test)]
mod tests {
    use mesos_process::http::{Body, Request};

    use super::*;
    use crate::view::tests::snapshot;

    #[tokio::test(start_paused = true)]
    async fn a_busy_master_beats_as_well() {
        let feed = Feed {
            live: Arc::new(Live::new(0.0)),
            publications: Arc::default(),
        };
        let snapshots = Arc::new(ArcSwap::from_pointee(snapshot()));
        let mut tasks = JoinSet::new();
        tasks.spawn(tell(feed.clone(), snapshots));
        let Body::Stream(mut body) = feed.live.events.serve(&Request::get("/ui/events")).body
        else {
            panic!("no stream");
        };
        let end = Instant::now() + BEAT * 3;
        let mut beats = Vec::new();
        // Nothing changes from one publication to the next.
        while Instant::now() < end {
            feed.published();
            sleep(TOGETHER / 2).await;
            while let Ok(chunk) = body.try_recv() {
                beats.push(chunk);
            }
        }
        // The first one opens the stream.
        assert_eq!(beats.len(), 1 + 2, "{beats:?}");
        assert!(beats.iter().all(|beat| beat == ":\n\n"), "{beats:?}");
    }
}
