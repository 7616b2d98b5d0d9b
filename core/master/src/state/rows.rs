//! Copy-on-write rows: a table whose published copy costs one reference count per 4096 rows.
//!
//! The machine owns [`Rows`] and changes it freely; a snapshot is a clone. A change after a clone copies one chunk of
//! 64 row pointers and one node of 64 chunk pointers, never the rows themselves (rows are cheap to clone: `Arc`s).

use std::{
    borrow::Borrow,
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::Arc,
};

const CHUNK: usize = 64;
const NODE: usize = 64;

type Chunk<V> = Vec<Option<V>>;
type Node<V> = Vec<Arc<Chunk<V>>>;

/// Rows addressed by slot. Slots of removed rows are used again.
#[derive(Debug, Clone)]
pub struct Rows<V> {
    nodes: Vec<Arc<Node<V>>>,
    end: u32,
    len: u32,
}

impl<V> Default for Rows<V> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            end: 0,
            len: 0,
        }
    }
}

impl<V> Rows<V> {
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, slot: u32) -> Option<&V> {
        let slot = slot as usize;
        let chunk = self
            .nodes
            .get(slot / (CHUNK * NODE))?
            .get(slot / CHUNK % NODE)?;
        chunk.get(slot % CHUNK)?.as_ref()
    }

    /// The rows in slot order.
    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.nodes
            .iter()
            .flat_map(|node| node.iter())
            .flat_map(|chunk| chunk.iter())
            .flatten()
    }
}

/// What a slot holds in two states of a table.
pub type Change<'a, T> = (Option<&'a Arc<T>>, Option<&'a Arc<T>>);

impl<T> Rows<Arc<T>> {
    /// The slots that hold another row in `newer`, with both rows. Parts of the table that both share cost nothing.
    pub fn changes<'a>(&'a self, newer: &'a Self) -> Vec<Change<'a, T>> {
        let mut changes = Vec::new();
        for node in 0..self.nodes.len().max(newer.nodes.len()) {
            let nodes = (self.nodes.get(node), newer.nodes.get(node));
            if matches!(nodes, (Some(old), Some(new)) if Arc::ptr_eq(old, new)) {
                continue;
            }
            for chunk in 0..NODE {
                let (old, new) = (
                    nodes.0.and_then(|node| node.get(chunk)),
                    nodes.1.and_then(|node| node.get(chunk)),
                );
                if matches!((old, new), (Some(old), Some(new)) if Arc::ptr_eq(old, new)) {
                    continue;
                }
                for slot in 0..CHUNK {
                    let old = old.and_then(|chunk| chunk.get(slot)?.as_ref());
                    let new = new.and_then(|chunk| chunk.get(slot)?.as_ref());
                    let is_same = match (old, new) {
                        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
                        (None, None) => true,
                        (Some(_), None) | (None, Some(_)) => false,
                    };
                    if !is_same {
                        changes.push((old, new));
                    }
                }
            }
        }
        changes
    }
}

impl<V: Clone> Rows<V> {
    fn slot_mut(&mut self, slot: u32) -> &mut Option<V> {
        let slot = slot as usize;
        while self.nodes.len() <= slot / (CHUNK * NODE) {
            self.nodes.push(Arc::new(Vec::new()));
        }
        let node = Arc::make_mut(&mut self.nodes[slot / (CHUNK * NODE)]);
        while node.len() <= slot / CHUNK % NODE {
            node.push(Arc::new(Vec::new()));
        }
        let chunk = Arc::make_mut(&mut node[slot / CHUNK % NODE]);
        while chunk.len() <= slot % CHUNK {
            chunk.push(None);
        }
        &mut chunk[slot % CHUNK]
    }

    /// Puts a row into a slot and hands back what was there.
    pub fn put(&mut self, slot: u32, value: V) -> Option<V> {
        let old = self.slot_mut(slot).replace(value);
        if old.is_none() {
            self.len += 1;
        }
        self.end = self.end.max(slot + 1);
        old
    }

    pub fn take(&mut self, slot: u32) -> Option<V> {
        self.get(slot)?;
        let old = self.slot_mut(slot).take();
        if old.is_some() {
            self.len -= 1;
        }
        old
    }

    fn end(&self) -> u32 {
        self.end
    }
}

/// Rows found by key. The index is the machine's own and is not part of a snapshot.
#[derive(Debug)]
pub struct Table<K, V> {
    index: HashMap<K, u32>,
    free: Vec<u32>,
    rows: Rows<V>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            index: HashMap::new(),
            free: Vec::new(),
            rows: Rows::default(),
        }
    }
}

impl<K: Hash + Eq, V: Clone> Table<K, V> {
    pub fn rows(&self) -> &Rows<V> {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub fn contains<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.index.contains_key(key)
    }

    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.rows.get(*self.index.get(key)?)
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.index.keys()
    }

    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.rows.iter()
    }

    /// Adds or replaces; hands back the replaced row.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(slot) = self.index.get(&key) {
            return self.rows.put(*slot, value);
        }
        let slot = self.free.pop().unwrap_or(self.rows.end());
        self.index.insert(key, slot);
        self.rows.put(slot, value)
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.index.remove(key)?;
        self.free.push(slot);
        self.rows.take(slot)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The newest `capacity` rows, the oldest falling out first.
#[derive(Debug, Clone)]
pub struct Ring<V> {
    rows: Rows<V>,
    next: u32,
    capacity: u32,
}

impl<V> Ring<V> {
    /// The rows in no order; the slot of a row that fell out is used again.
    pub fn rows(&self) -> &Rows<V> {
        &self.rows
    }
}

impl<V: Clone> Ring<V> {
    pub fn new(capacity: usize) -> Self {
        Self {
            rows: Rows::default(),
            next: 0,
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Appends and hands back the row that fell out.
    pub fn push(&mut self, value: V) -> Option<V> {
        if self.capacity == 0 {
            return Some(value);
        }
        let old = self.rows.put(self.next, value);
        self.next = (self.next + 1) % self.capacity;
        old
    }

    /// The rows, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &V> {
        let end = self.rows.end();
        let start = if self.rows.len() as u32 == self.capacity {
            self.next
        } else {
            0
        };
        (start..end)
            .chain(0..start)
            .filter_map(|slot| self.rows.get(slot))
    }

    /// Drops the rows that `keep` refuses. Linear; for rare events such as a returning agent.
    pub fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        if self.iter().all(&keep) {
            return;
        }
        let kept: Vec<V> = self.iter().filter(|row| keep(row)).cloned().collect();
        *self = Self::new(self.capacity as usize);
        for row in kept {
            self.push(row);
        }
    }
}

/// A keyed table that remembers insertion order and evicts its oldest row beyond `capacity`.
#[derive(Debug)]
pub struct BoundedTable<K, V> {
    table: Table<K, V>,
    order: VecDeque<(K, u64)>,
    stamps: HashMap<K, u64>,
    next_stamp: u64,
    capacity: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> BoundedTable<K, V> {
    pub fn new(capacity: usize) -> Self {
        Self {
            table: Table::default(),
            order: VecDeque::new(),
            stamps: HashMap::new(),
            next_stamp: 0,
            capacity,
        }
    }

    pub fn rows(&self) -> &Rows<V> {
        self.table.rows()
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub fn contains<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.table.contains(key)
    }

    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.table.get(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.table.iter()
    }

    /// Adds; hands back the row that was evicted or replaced.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.capacity == 0 {
            return Some(value);
        }
        self.next_stamp += 1;
        self.stamps.insert(key.clone(), self.next_stamp);
        self.order.push_back((key.clone(), self.next_stamp));
        if let Some(replaced) = self.table.insert(key, value) {
            return Some(replaced);
        }
        if self.table.len() <= self.capacity {
            None
        } else {
            self.evict()
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.stamps.remove(key);
        let removed = self.table.remove(key);
        // Stale order entries are dropped once they outnumber the live ones.
        if self.order.len() > 2 * self.table.len() + 64 {
            let stamps = &self.stamps;
            self.order
                .retain(|(key, stamp)| stamps.get(key) == Some(stamp));
        }
        removed
    }

    fn evict(&mut self) -> Option<V> {
        while let Some((key, stamp)) = self.order.pop_front() {
            if self.stamps.get(&key) == Some(&stamp) {
                self.stamps.remove(&key);
                return self.table.remove(&key);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_does_not_see_later_changes() {
        let mut table: Table<u32, Arc<u32>> = Table::default();
        for i in 0..10_000 {
            table.insert(i, Arc::new(i));
        }
        let published = table.rows().clone();
        table.insert(5, Arc::new(500));
        table.remove(&6);
        assert_eq!(published.len(), 10_000);
        assert_eq!(**published.get(5).unwrap(), 5);
        assert_eq!(**published.get(6).unwrap(), 6);
        assert_eq!(table.len(), 9_999);
        assert_eq!(**table.get(&5).unwrap(), 500);
        table.insert(20_000, Arc::new(1));
        assert_eq!(table.rows().len(), 10_000, "the freed slot is used again");
    }

    #[test]
    fn changes_are_the_slots_that_differ() {
        let mut table: Table<u32, Arc<u32>> = Table::default();
        for i in 0..9_000 {
            table.insert(i, Arc::new(i));
        }
        let older = table.rows().clone();
        assert!(older.changes(table.rows()).is_empty());
        table.insert(5, Arc::new(500));
        table.remove(&8_999);
        table.insert(20_000, Arc::new(1));
        let values: Vec<_> = older
            .changes(table.rows())
            .into_iter()
            .map(|(old, new)| (old.map(|it| **it), new.map(|it| **it)))
            .collect();
        assert_eq!(values, [(Some(5), Some(500)), (Some(8_999), Some(1))]);
        assert_eq!(Rows::default().changes(table.rows()).len(), 9_000);
    }

    #[test]
    fn a_ring_keeps_the_newest_in_order() {
        let mut ring = Ring::new(3);
        for i in 0..5 {
            ring.push(i);
        }
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [2, 3, 4]);
        ring.retain(|i| *i != 3);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [2, 4]);
        ring.push(9);
        ring.push(10);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [4, 9, 10]);
        assert_eq!(Ring::new(0).push(1), Some(1));
    }

    #[test]
    fn a_bounded_table_evicts_its_oldest() {
        let mut table = BoundedTable::new(2);
        assert_eq!(table.insert("a", 1), None);
        assert_eq!(table.insert("b", 2), None);
        table.remove(&"a");
        assert_eq!(table.insert("a", 3), None);
        assert_eq!(table.insert("c", 4), Some(2));
        assert!(table.contains(&"a") && table.contains(&"c"));
    }
}
