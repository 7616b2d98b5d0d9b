//! What the machine alone costs: a task's way through it, and agents coming back after an election.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use mesos_master::event::Message;
use mesos_proto::mesos::{self as pb, TaskState as S};

#[allow(dead_code, reason = "made for the machine tests, which use all of it")]
#[path = "../tests/machine/cluster.rs"]
mod cluster;

use cluster::{
    Cluster, agent, command_task, driver, framework_info, launch, resources, slave_info,
};

const TASKS: usize = 100;
const AGENTS: u16 = 2_000;
const TASKS_PER_AGENT: usize = 5;

/// Launch, RUNNING, FINISHED and both acknowledgements.
fn tasks(criterion: &mut Criterion) {
    criterion.bench_function("100 tasks launched, run and acknowledged", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut cluster = Cluster::new();
            let mut info = slave_info("host");
            info.resources = resources(1000.0, 1_000_000.0);
            cluster.register(1, info, &[]);
            let id = cluster.framework(1);
            let mut spent = Duration::ZERO;
            for round in 0..iterations {
                cluster.effects.clear();
                cluster.message(&agent(1), Message::Pong { observer: 1 });
                let offers = cluster.offers(1);
                let start = Instant::now();
                round_of_tasks(&mut cluster, &id, &offers[0], round);
                spent += start.elapsed();
                cluster.sent.clear();
            }
            spent
        });
    });
}

fn round_of_tasks(cluster: &mut Cluster, id: &pb::FrameworkId, offer: &pb::Offer, round: u64) {
    let name = |n: usize| format!("{round}-{n}");
    let task = |n| command_task(&name(n), &offer.slave_id, resources(1.0, 32.0));
    cluster.accept(
        1,
        id,
        &[offer],
        vec![launch((0..TASKS).map(task).collect())],
    );
    for (state, number) in [(S::TaskRunning, 1), (S::TaskFinished, 2)] {
        for n in 0..TASKS {
            let uuid = cluster.update(1, id, &offer.slave_id, &name(n), state, number);
            cluster.acknowledge(1, id, &offer.slave_id, &name(n), uuid);
        }
    }
    black_box(cluster.snapshot());
}

fn returning_agents(criterion: &mut Criterion) {
    let mut first = Cluster::new();
    let slaves: Vec<pb::SlaveId> = (0..AGENTS).map(|n| first.agent(n)).collect();
    let id = pb::FrameworkId {
        value: "f-0000".to_owned(),
    };
    let registry = first.registry;
    criterion.bench_function("2000 agents with 5 tasks each come back", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut spent = Duration::ZERO;
            for _ in 0..iterations {
                let mut cluster = Cluster::restart(registry.clone(), |_| {});
                let start = Instant::now();
                for (n, slave) in slaves.iter().enumerate() {
                    come_back(&mut cluster, n as u16, slave, &id);
                }
                black_box(cluster.snapshot());
                spent += start.elapsed();
            }
            spent
        });
    });
}

fn come_back(cluster: &mut Cluster, n: u16, slave: &pb::SlaveId, id: &pb::FrameworkId) {
    cluster.reregister(n, slave, |message| {
        message.frameworks = vec![pb::FrameworkInfo {
            id: Some(id.clone()),
            ..framework_info("f")
        }];
        message.tasks = (0..TASKS_PER_AGENT)
            .map(|t| running_task(n, t, slave, id))
            .collect();
    });
}

fn running_task(n: u16, t: usize, slave: &pb::SlaveId, id: &pb::FrameworkId) -> pb::Task {
    let mut resources = resources(0.5, 32.0);
    for resource in &mut resources {
        resource.allocation_info = Some(pb::resource::AllocationInfo {
            role: Some("*".to_owned()),
        });
    }
    pb::Task {
        name: "t".to_owned(),
        task_id: pb::TaskId {
            value: format!("{n}-{t}"),
        },
        framework_id: id.clone(),
        slave_id: slave.clone(),
        state: S::TaskRunning as i32,
        resources,
        ..pb::Task::default()
    }
}

/// A snapshot while a framework has many tasks.
fn publishing(criterion: &mut Criterion) {
    let mut cluster = Cluster::new();
    let id = pb::FrameworkId {
        value: "f-0000".to_owned(),
    };
    for n in 0..AGENTS {
        let slave = pb::SlaveId {
            value: format!("s{n}"),
        };
        come_back(&mut cluster, n, &slave, &id);
    }
    let info = pb::FrameworkInfo {
        id: Some(id.clone()),
        ..framework_info("f")
    };
    cluster.subscribe(&driver(1), info, false);
    let slave = pb::SlaveId {
        value: "s7".to_owned(),
    };
    criterion.bench_function("an update and its snapshot beside 10000 tasks", |bencher| {
        bencher.iter(|| {
            cluster.update(7, &id, &slave, "7-1", S::TaskRunning, 1);
            cluster.sent.clear();
            cluster.effects.clear();
            black_box(cluster.snapshot())
        });
    });
}

criterion_group!(benches, tasks, returning_agents, publishing);
criterion_main!(benches);
