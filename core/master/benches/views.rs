//! What `/state` costs: for the first time, after a small change, and when nothing changed.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mesos_allocator::{Outlook, RoleShares};
use mesos_daemon::metrics::Registry;
use mesos_master::snapshot::Snapshot;
use mesos_master::view::{self, Build, Context, Live, Operator, OperatorAnswer, WebUi};
use mesos_model::FrameworkId;
use mesos_process::http::{BoxFuture, Handler as _, Request, Router};
use mesos_proto::mesos::{self as pb, TaskState as S};
use tokio::runtime::Runtime;

#[allow(dead_code, reason = "made for the machine tests, which use all of it")]
#[path = "../tests/machine/cluster.rs"]
mod cluster;

use cluster::{Cluster, framework_info, resources};

const FRAMEWORKS_PER_AGENT: usize = 5;
const TASKS_PER_FRAMEWORK: usize = 4;
const LABELS: usize = 10;

struct Nobody;

impl Operator for Nobody {
    fn teardown(
        &self,
        _framework: FrameworkId,
    ) -> Pin<Box<dyn Future<Output = OperatorAnswer> + Send>> {
        Box::pin(std::future::ready(OperatorAnswer::Done))
    }

    fn shares(&self) -> BoxFuture<Result<Vec<RoleShares>, String>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn explain(&self, _: FrameworkId) -> BoxFuture<Result<Option<Outlook>, String>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// A master's endpoints on a snapshot of our own making.
struct Endpoints {
    snapshots: Arc<ArcSwap<Snapshot>>,
    router: Router,
    runtime: Runtime,
}

impl Endpoints {
    fn new(snapshot: Arc<Snapshot>) -> Self {
        let snapshots = Arc::new(ArcSwap::new(snapshot));
        let mut router = Router::new();
        let context = Context {
            snapshots: Arc::clone(&snapshots),
            flags: Vec::new(),
            build: Build {
                date: "today".to_owned(),
                time: 1.0,
                user: "root".to_owned(),
                git_sha: None,
                git_tag: None,
            },
            publish_per_framework_metrics: false,
            operator: Arc::new(Nobody),
            has_log: false,
            agent_proxy: true,
            webui: WebUi::default(),
            live: Arc::new(Live::new(0.0)),
        };
        view::install(&mut router, &Registry::new(), context);
        let runtime = Runtime::new().expect("threads");
        Self {
            snapshots,
            router,
            runtime,
        }
    }

    fn state(&self) -> Duration {
        self.get("/state")
    }

    fn get(&self, target: &str) -> Duration {
        let start = Instant::now();
        let request = Request::get(target);
        let response = self.runtime.block_on(self.router.call(request));
        let took = start.elapsed();
        assert_eq!(response.status, 200, "{target}");
        black_box(response);
        took
    }
}

fn id_of(agent: u16, number: usize) -> pb::FrameworkId {
    pb::FrameworkId {
        value: format!("f-{agent}-{number}"),
    }
}

fn slave(agent: u16) -> pb::SlaveId {
    pb::SlaveId {
        value: format!("s{agent}"),
    }
}

fn filled(agents: u16) -> Cluster {
    let mut cluster = Cluster::new();
    for agent in 0..agents {
        cluster.reregister(agent, &slave(agent), |message| {
            for number in 0..FRAMEWORKS_PER_AGENT {
                let id = id_of(agent, number);
                message.frameworks.push(pb::FrameworkInfo {
                    id: Some(id.clone()),
                    ..framework_info("f")
                });
                let task = |at| task(agent, &id, at);
                message.tasks.extend((0..TASKS_PER_FRAMEWORK).map(task));
            }
        });
        cluster.sent.clear();
        cluster.effects.clear();
    }
    cluster
}

fn task(agent: u16, framework: &pb::FrameworkId, at: usize) -> pb::Task {
    let mut resources = resources(0.1, 5.0);
    for resource in &mut resources {
        resource.allocation_info = Some(pb::resource::AllocationInfo {
            role: Some("*".to_owned()),
        });
    }
    let labels = (0..LABELS).map(|label| pb::Label {
        key: format!("key-{label}"),
        value: Some(format!("value-{label}")),
    });
    pb::Task {
        name: format!("task-{at}"),
        task_id: pb::TaskId {
            value: format!("task-{at}"),
        },
        framework_id: framework.clone(),
        slave_id: slave(agent),
        state: S::TaskRunning as i32,
        resources,
        labels: Some(pb::Labels {
            labels: labels.collect(),
        }),
        ..pb::Task::default()
    }
}

fn state(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("state");
    group.sample_size(10);
    for agents in [1_000_u16, 10_000] {
        group.bench_function(BenchmarkId::new("first", agents), |bencher| {
            bencher.iter_custom(|iterations| {
                let mut spent = Duration::ZERO;
                for _ in 0..iterations {
                    let endpoints = Endpoints::new(filled(agents).snapshot());
                    spent += endpoints.state();
                }
                spent
            });
        });
        let mut cluster = filled(agents);
        let endpoints = Endpoints::new(cluster.snapshot());
        endpoints.state();
        group.bench_function(BenchmarkId::new("one task changed", agents), |bencher| {
            bencher.iter_custom(|iterations| {
                let mut spent = Duration::ZERO;
                for _ in 0..iterations {
                    cluster.update(7, &id_of(7, 1), &slave(7), "task-1", S::TaskRunning, 1);
                    cluster.sent.clear();
                    cluster.effects.clear();
                    endpoints.snapshots.store(cluster.snapshot());
                    spent += endpoints.state();
                }
                spent
            });
        });
        group.bench_function(BenchmarkId::new("unchanged", agents), |bencher| {
            bencher.iter(|| endpoints.state());
        });
    }
    group.finish();
}

/// Pages of the UI's lists, each on a snapshot that was not asked yet: 10,000 agents with 20 tasks each.
const PAGES: [&str; 10] = [
    "/ui/overview",
    "/ui/agents",
    "/ui/agents?sort=cpus&order=desc&offset=5000",
    "/ui/agent?id=s5000",
    "/ui/frameworks?sort=max_share&order=desc",
    "/ui/tasks",
    "/ui/tasks?sort=hostname&offset=50000&state=active",
    "/ui/tasks?search=task-3&sort=id",
    "/ui/tasks?agent=s77",
    "/ui/task?framework=f-9000-3&id=task-1",
];

fn pages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pages");
    group.sample_size(10);
    let mut cluster = filled(10_000);
    let endpoints = Endpoints::new(cluster.snapshot());
    for target in PAGES {
        group.bench_function(target, |bencher| {
            bencher.iter_custom(|iterations| {
                let mut spent = Duration::ZERO;
                for _ in 0..iterations {
                    endpoints.snapshots.store(cluster.snapshot());
                    spent += endpoints.get(target);
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, state, pages);
criterion_main!(benches);
