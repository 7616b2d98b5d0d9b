//! Rendered bodies, shared by equal requests on one snapshot. Compat: HTTP-7.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::document::Parts;
use crate::snapshot::Snapshot;

/// Different queries of one endpoint that are remembered; more are rendered and forgotten.
const SLOTS: usize = 64;

/// Renders on blocking threads; one rendering of each kind at a time.
#[derive(Default)]
pub(super) struct Cache {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    hits: AtomicU64,
}

type Slot = tokio::sync::Mutex<Option<(u64, Parts)>>;

impl Cache {
    /// The body for `key` on the newest snapshot, rendered by `render` unless it is there already.
    ///
    /// Whoever waits for a rendering that began after its request arrived shares it.
    pub(super) async fn body(
        &self,
        key: String,
        snapshots: &ArcSwap<Snapshot>,
        render: impl FnOnce(&Snapshot) -> Parts + Send + 'static,
    ) -> Parts {
        let slot = self.slot(key);
        let arrived = snapshots.load().sequence;
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

    fn slot(&self, key: String) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= SLOTS && !slots.contains_key(&key) {
            return Arc::default();
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// `master/http_cache_hits`.
    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }
}
