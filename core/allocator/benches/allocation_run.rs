//! Allocation runs. "Run" as in the original's own benchmarks: everything is registered, the batch
//! is due, and the run produces the offers.
//!
//! Budget: 2,000 agents × 1,000 roles in 10 ms; one agent whose resources came back in 100 µs.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mesos_allocator::{
    AgentSpec, Allocator, Command, Config, Event, FrameworkSpec, Held, Quota, Recovery, SorterKind,
};
use mesos_model::{
    AgentId, FrameworkId, Instant, ResourceLimits, ResourceQuantities, Resources, Role,
    capability::AgentCapabilities,
};
use std::{hint::black_box, time::Duration};

struct Cluster {
    allocator: Allocator,
    now: Instant,
    out: Vec<Command>,
}

impl Cluster {
    fn new(config: Config, agents: usize, frameworks: usize, roles: usize) -> Self {
        let mut cluster = Self {
            allocator: Allocator::new(config),
            now: Instant(1),
            out: Vec::new(),
        };
        let total = Resources::parse("cpus:24;mem:4096;disk:4096;ports:[31000-32000]", "*");
        let total = total.expect("a resource list");
        let capabilities = AgentCapabilities {
            multi_role: true,
            hierarchical_role: true,
            ..AgentCapabilities::default()
        };
        for number in 0..agents {
            let agent = AgentId::new(&format!("7d2e8b9c-0f9e-4a57-b1a5-4a3c3e21f7aa-S{number}"));
            let hostname = format!("host{number}");
            let spec = AgentSpec {
                hostname,
                capabilities,
                ..AgentSpec::default()
            };
            let total = total.clone();
            let (used, unavailability) = (vec![], None);
            cluster.tell(Event::AgentAdded {
                agent,
                spec,
                total,
                used,
                unavailability,
            });
        }
        for number in 0..frameworks {
            let framework = framework_id(number);
            let mut spec = FrameworkSpec {
                roles: [role(number % roles)].into(),
                ..FrameworkSpec::default()
            };
            spec.capabilities.multi_role = true;
            let used = vec![];
            cluster.tell(Event::FrameworkAdded {
                framework,
                spec,
                active: true,
                used,
            });
        }
        cluster
    }

    fn tell(&mut self, event: Event) {
        self.allocator.on(self.now, event, &mut self.out);
    }

    fn run(&mut self) -> usize {
        self.tell(Event::Tick);
        self.out.len()
    }

    fn batch(&mut self) -> usize {
        self.now = self.now + Duration::from_secs(1);
        self.run()
    }

    /// Returns all offers.
    fn decline_all(&mut self, refuse_seconds: f64) {
        for command in std::mem::take(&mut self.out) {
            let Command::Offer { framework, roles } = command else {
                continue;
            };
            for (agent, resources) in roles.into_iter().flat_map(|offer| offer.agents) {
                let framework = framework.clone();
                self.tell(recovered(framework, agent, resources, refuse_seconds));
            }
        }
    }
}

fn recovered(
    framework: FrameworkId,
    agent: AgentId,
    resources: Resources,
    refuse_seconds: f64,
) -> Event {
    let refuse_seconds = Some(refuse_seconds);
    Event::ResourcesRecovered {
        framework,
        agent,
        resources,
        refuse_seconds,
        held: Held::Offered,
    }
}

fn framework_id(number: usize) -> FrameworkId {
    FrameworkId::new(&format!("7d2e8b9c-0f9e-4a57-b1a5-4a3c3e21f7aa-{number:04}"))
}

fn role(number: usize) -> Role {
    Role::new(&format!("role{number}"))
}

/// First run after everything registered.
fn first_run(c: &mut Criterion, name: &str, make: impl Fn() -> Cluster) {
    c.bench_function(name, |bencher| {
        bencher.iter_batched(
            &make,
            |mut cluster| {
                black_box(cluster.run());
                cluster
            },
            BatchSize::PerIteration,
        );
    });
}

/// Every round everything is declined without a filter, and offered anew.
fn steady_run(c: &mut Criterion, name: &str, mut cluster: Cluster, refuse_seconds: f64) {
    cluster.run();
    c.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                cluster.decline_all(refuse_seconds);
                let start = std::time::Instant::now();
                black_box(cluster.batch());
                spent += start.elapsed();
            }
            spent
        });
    });
}

/// Everybody declined everything for a long time: nothing is left to try.
fn filtered_by_all(agents: usize, frameworks: usize) -> Cluster {
    let mut cluster = Cluster::new(Config::default(), agents, frameworks, frameworks);
    cluster.run();
    while !cluster.out.is_empty() {
        cluster.decline_all(1e6);
        cluster.batch();
    }
    cluster
}

fn idle_and_revive(c: &mut Criterion) {
    let mut cluster = filtered_by_all(500, 250);
    c.bench_function(
        "idle batch, all declined everything, 500 x 250",
        |bencher| {
            bencher.iter(|| black_box(cluster.batch()));
        },
    );
    c.bench_function(
        "one revives, the others declined everything, 500 x 250",
        |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for round in 0..rounds {
                    let framework = framework_id(usize::try_from(round % 250).expect("small"));
                    let start = std::time::Instant::now();
                    cluster.tell(Event::OffersRevived {
                        framework,
                        roles: [].into(),
                    });
                    cluster.run();
                    spent += start.elapsed();
                    assert!(!cluster.out.is_empty());
                    cluster.decline_all(1e6);
                    cluster.batch();
                }
                spent
            });
        },
    );
}

fn one_agent(c: &mut Criterion) {
    let config = Config {
        recovery: Recovery::AtOnce,
        ..Config::default()
    };
    let mut cluster = Cluster::new(config, 2000, 1000, 1000);
    cluster.run();
    let Some(Command::Offer { framework, roles }) = cluster.out.first().cloned() else {
        panic!("offers were made");
    };
    let (agent, resources) = roles[0].agents[0].clone();
    let mut held = (framework, resources);
    c.bench_function("one agent back, 2000 agents x 1000 roles", |bencher| {
        bencher.iter(|| {
            cluster.out.clear();
            let (framework, resources) = held.clone();
            cluster.tell(recovered(framework, agent.clone(), resources, 0.0));
            cluster.run();
            let Some(Command::Offer { framework, roles }) = cluster.out.pop() else {
                panic!("the agent is offered again");
            };
            held = (framework, roles[0].agents[0].1.clone());
        });
    });
}

fn with_quota(mut cluster: Cluster, roles: usize) -> Cluster {
    for number in 0..roles {
        let quota = Quota {
            guarantees: ResourceQuantities::parse("cpus:24;mem:4096").expect("quantities"),
            limits: ResourceLimits::parse("cpus:48;mem:8192").expect("limits"),
        };
        cluster.tell(Event::QuotaUpdated {
            role: role(number),
            quota,
        });
    }
    cluster
}

fn runs(c: &mut Criterion) {
    let drf = Config::default;
    let random = || Config {
        sorter: SorterKind::Random,
        ..Config::default()
    };
    first_run(c, "first run, 2000 agents x 1000 roles, drf", || {
        Cluster::new(drf(), 2000, 1000, 1000)
    });
    first_run(c, "first run, 2000 agents x 1000 roles, random", || {
        Cluster::new(random(), 2000, 1000, 1000)
    });
    first_run(
        c,
        "first run, 2000 agents x 1000 roles with quota, drf",
        || with_quota(Cluster::new(drf(), 2000, 1000, 1000), 1000),
    );
    first_run(
        c,
        "first run, 20000 agents x 2000 frameworks of one role, drf",
        || Cluster::new(drf(), 20_000, 2000, 1),
    );
    let cluster = Cluster::new(drf(), 2000, 1000, 1000);
    steady_run(
        c,
        "all declined and offered again, 2000 x 1000, drf",
        cluster,
        0.0,
    );
    idle_and_revive(c);
    one_agent(c);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = runs
}
criterion_main!(benches);
