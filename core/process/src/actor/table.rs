//! The processes of a node by id.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;

use super::mailbox::Queue;

#[derive(Default)]
pub(crate) struct Table {
    processes: RwLock<HashMap<Arc<str>, Arc<Queue>, RandomState>>,
}

impl Table {
    pub fn get(&self, id: &str) -> Option<Arc<Queue>> {
        self.read().get(id).cloned()
    }

    /// Adds a process; gives back the one it replaces.
    pub fn insert(&self, id: Arc<str>, queue: Arc<Queue>) -> Option<Arc<Queue>> {
        self.write().insert(id, queue)
    }

    /// Removes exactly this process; false when another one took its id.
    pub fn remove(&self, id: &str, queue: &Arc<Queue>) -> bool {
        let mut processes = self.write();
        let same = processes
            .get(id)
            .is_some_and(|found| Arc::ptr_eq(found, queue));
        if same {
            processes.remove(id);
        }
        same
    }

    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.read().keys().map(ToString::to_string).collect();
        ids.sort_unstable();
        ids
    }

    pub fn close_all(&self) {
        let queues: Vec<_> = self.write().drain().map(|(_, queue)| queue).collect();
        for queue in queues {
            queue.close();
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<Arc<str>, Arc<Queue>, RandomState>> {
        self.processes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<Arc<str>, Arc<Queue>, RandomState>> {
        self.processes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
