//! Rendered bodies, shared by equal requests on one snapshot. Compat: HTTP-7.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::snapshot::Snapshot;

/// Different queries that are remembered; then those of older snapshots are forgotten, and more are not remembered.
const SLOTS: usize = 64;

/// Renders on blocking threads; one rendering of each kind at a time.
pub(super) struct Cache<B> {
    slots: Mutex<HashMap<String, Arc<Slot<B>>>>,
    hits: AtomicU64,
}

type Slot<B> = tokio::sync::Mutex<Option<(u64, B)>>;

impl<B> Default for Cache<B> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
            hits: AtomicU64::new(0),
        }
    }
}

impl<B: Clone + Default + Send + 'static> Cache<B> {
    /// The body for `key` on the newest snapshot, rendered by `render` unless it is there already.
    ///
    /// Whoever waits for a rendering that began after its request arrived shares it.
    pub(super) async fn body(
        &self,
        key: String,
        snapshots: &ArcSwap<Snapshot>,
        render: impl FnOnce(&Snapshot) -> B + Send + 'static,
    ) -> B {
        let arrived = snapshots.load().sequence;
        let slot = self.slot(key, arrived);
        let mut kept = slot.lock().await;
        if let Some((sequence, body)) = kept.as_ref()
            && *sequence >= arrived
        {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return body.clone();
        }
        let snapshot = snapshots.load_full();
        let sequence = snapshot.sequence;
        let rendering = tokio::task::spawn_blocking(move || render(&snapshot));
        let body = rendering.await.unwrap_or_default();
        *kept = Some((sequence, body.clone()));
        body
    }

    fn slot(&self, key: String, newest: u64) -> Arc<Slot<B>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= SLOTS && !slots.contains_key(&key) {
            slots.retain(|_, slot| {
                let kept = slot.try_lock();
                // A rendering is under way in a slot that is locked.
                kept.map_or(true, |kept| matches!(*kept, Some((at, _)) if at >= newest))
            });
            if slots.len() >= SLOTS {
                return Arc::default();
            }
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// `master/http_cache_hits`.
    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }
}
