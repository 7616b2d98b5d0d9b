//! Resources as the UI's columns have them: the four kinds that are counted, without revocable ones.

use mesos_model::Resources;
use serde::Serialize;

use crate::{snapshot::Snapshot, state::AgentRecord};

/// `Amounts`; `mem` and `disk` in MB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Amounts {
    pub(super) cpus: f64,
    pub(super) gpus: f64,
    pub(super) mem: f64,
    pub(super) disk: f64,
}

/// Thousandths, in the order of [`Amounts`].
#[derive(Clone, Copy, Default)]
pub(super) struct Milli([i64; 4]);

impl Milli {
    pub(super) fn add(&mut self, resources: &Resources) {
        for resource in resources {
            let slot = match resource.name().as_str() {
                "cpus" => 0,
                "gpus" => 1,
                "mem" => 2,
                "disk" => 3,
                _ => continue,
            };
            if !resource.is_revocable() {
                self.0[slot] += resource.milli();
            }
        }
    }

    pub(super) fn amounts(self) -> Amounts {
        let [cpus, gpus, mem, disk] = self.0.map(super::super::resources::from_milli);
        Amounts {
            cpus,
            gpus,
            mem,
            disk,
        }
    }
}

impl Amounts {
    pub(super) fn of(resources: &Resources) -> Self {
        let mut milli = Milli::default();
        milli.add(resources);
        milli.amounts()
    }

    pub(super) fn get(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Cpus => self.cpus,
            Kind::Gpus => self.gpus,
            Kind::Mem => self.mem,
            Kind::Disk => self.disk,
        }
    }

    /// The largest of the four as a part of `total`, 0 where there is nothing.
    pub(super) fn share_of(&self, total: &Self) -> f64 {
        let parts = [
            (self.cpus, total.cpus),
            (self.gpus, total.gpus),
            (self.mem, total.mem),
            (self.disk, total.disk),
        ];
        let shares = parts.map(|(part, all)| if all > 0.0 { part / all } else { 0.0 });
        shares.into_iter().fold(0.0, f64::max)
    }
}

/// A column of [`Amounts`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Cpus,
    Gpus,
    Mem,
    Disk,
}

/// `Usage`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Usage {
    pub(super) total: Amounts,
    pub(super) allocated: Amounts,
    pub(super) offered: Amounts,
}

impl Usage {
    pub(super) fn of(agent: &AgentRecord) -> Self {
        Self {
            total: Amounts::of(&agent.total),
            allocated: Amounts::of(&agent.used),
            offered: Amounts::of(&agent.offered),
        }
    }

    pub(super) fn of_cluster(snapshot: &Snapshot) -> Self {
        let (mut total, mut used, mut offered) = <(Milli, Milli, Milli)>::default();
        for agent in snapshot.agents.iter() {
            total.add(&agent.total);
            used.add(&agent.used);
            offered.add(&agent.offered);
        }
        Self {
            total: total.amounts(),
            allocated: used.amounts(),
            offered: offered.amounts(),
        }
    }
}

/// What all registered agents have.
pub(super) fn cluster_total(snapshot: &Snapshot) -> Amounts {
    let mut total = Milli::default();
    for agent in snapshot.agents.iter() {
        total.add(&agent.total);
    }
    total.amounts()
}
