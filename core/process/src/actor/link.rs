//! Who watches whom. A plain table: the node tells it what happened and delivers what it returns.
//!
//! Compat: libprocess §2 (link and Exited rows).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::sync::Arc;

use super::pid::Upid;

type Watchers = BTreeSet<Arc<str>>;

/// One Exited event to deliver: the watching process and what it watched.
pub(crate) type Exit = (Arc<str>, Upid);

#[derive(Debug, Default)]
pub(crate) struct Links {
    by_address: BTreeMap<SocketAddrV4, BTreeMap<Upid, Watchers>>,
}

impl Links {
    /// Records a link. The address alone is monitored for remote processes, whatever the id.
    pub fn add(&mut self, watcher: Arc<str>, to: &Upid) {
        let targets = self.by_address.entry(to.address).or_default();
        targets.entry(to.clone()).or_default().insert(watcher);
    }

    pub fn is_linked(&self, address: SocketAddrV4) -> bool {
        self.by_address.contains_key(&address)
    }

    /// The connection to `address` broke: every link to it ends.
    pub fn broken(&mut self, address: SocketAddrV4) -> Vec<Exit> {
        let targets = self.by_address.remove(&address).unwrap_or_default();
        targets
            .into_iter()
            .flat_map(|(target, watchers)| exits(target, watchers))
            .collect()
    }

    /// The local process `upid` ended: its watchers are told, and what it watched is forgotten.
    pub fn ended(&mut self, upid: &Upid) -> Vec<Exit> {
        let watchers = self
            .by_address
            .get_mut(&upid.address)
            .and_then(|targets| targets.remove(upid))
            .unwrap_or_default();
        for targets in self.by_address.values_mut() {
            for watchers in targets.values_mut() {
                watchers.remove(&upid.id);
            }
            targets.retain(|_, watchers| !watchers.is_empty());
        }
        self.by_address.retain(|_, targets| !targets.is_empty());
        exits(upid.clone(), watchers)
            .filter(|(watcher, _)| *watcher != upid.id)
            .collect()
    }
}

fn exits(target: Upid, watchers: Watchers) -> impl Iterator<Item = Exit> {
    watchers
        .into_iter()
        .map(move |watcher| (watcher, target.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upid(text: &str) -> Upid {
        Upid::parse_literal(text)
    }

    #[test]
    fn a_broken_address_tells_every_watcher_of_every_id_there_once() {
        let mut links = Links::default();
        for (watcher, to) in [
            ("w", "a@1.1.1.1:1"),
            ("w", "a@1.1.1.1:1"),
            ("w", "b@1.1.1.1:1"),
        ] {
            links.add(watcher.into(), &upid(to));
        }
        links.add("v".into(), &upid("a@1.1.1.1:1"));
        links.add("w".into(), &upid("a@2.2.2.2:1"));
        let exits = links.broken("1.1.1.1:1".parse().expect("address"));
        let seen: Vec<_> = exits.iter().map(|(w, to)| format!("{w} {to}")).collect();
        assert_eq!(seen, ["v a@1.1.1.1:1", "w a@1.1.1.1:1", "w b@1.1.1.1:1"]);
        assert!(
            links
                .broken("1.1.1.1:1".parse().expect("address"))
                .is_empty(),
            "state is erased"
        );
        assert!(links.is_linked("2.2.2.2:1".parse().expect("address")));
    }

    #[test]
    fn an_ended_process_is_reported_and_stops_watching() {
        let mut links = Links::default();
        links.add("w".into(), &upid("a@1.1.1.1:1"));
        links.add("a".into(), &upid("b@2.2.2.2:2"));
        let exits = links.ended(&upid("a@1.1.1.1:1"));
        assert_eq!(exits, [("w".into(), upid("a@1.1.1.1:1"))]);
        assert!(!links.is_linked("2.2.2.2:2".parse().expect("address")));
    }
}
