//! Key order and shape of the endpoints against recorded answers of the original.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use mesos_model::{
    Now, Resources, Role, WallTime,
    capability::{AgentCapabilities, FrameworkCapabilities},
};
use mesos_process::Upid;
use mesos_proto::{Raw, mesos as pb};
use serde_json::Value;

use super::{
    endpoints::{Build, not_leading},
    metrics, overview, roles, state, summary, tasks,
};
use crate::counters::{Counters, FrameworkCounters};
use crate::snapshot::{AllocatorFigures, Identity, RegistrarFigures, Snapshot};
use crate::state::{
    AgentRecord, Connection, ExecutorRecord, FrameworkRecord, FrameworkState, OfferRecord, Ring,
    Table, TaskRecord, roles::RoleSettings,
};

fn golden(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/http/");
    let text = std::fs::read_to_string(format!("{folder}{name}")).expect(name);
    serde_json::from_str(&text).expect("the recording is JSON")
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

fn bag(text: &str) -> Resources {
    Resources::parse(text, "*").expect("a resource text")
}

fn allocated(text: &str) -> Resources {
    let mut resources = bag(text);
    resources.allocate(&Role::new("dev"));
    resources
}

pub(crate) fn task(id: &str) -> TaskRecord {
    let status = pb::TaskStatus {
        task_id: pb::TaskId {
            value: id.to_owned(),
        },
        state: pb::TaskState::TaskRunning.into(),
        timestamp: Some(1_795_177_543.868_868),
        message: Some("all is well".to_owned()),
        container_status: Some(pb::ContainerStatus {
            container_id: Some(pb::ContainerId {
                value: "c".to_owned(),
                parent: None,
            }),
            network_infos: vec![pb::NetworkInfo {
                ip_addresses: vec![pb::network_info::IpAddress {
                    protocol: Some(pb::network_info::Protocol::IPv4.into()),
                    ip_address: Some("127.0.0.1".to_owned()),
                }],
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    TaskRecord::from_proto(pb::Task {
        name: id.to_owned(),
        task_id: pb::TaskId {
            value: id.to_owned(),
        },
        framework_id: pb::FrameworkId {
            value: "F".to_owned(),
        },
        slave_id: pb::SlaveId {
            value: "S".to_owned(),
        },
        state: pb::TaskState::TaskRunning.into(),
        resources: allocated("cpus:0.1;mem:32").to_proto(),
        statuses: vec![status],
        ..Default::default()
    })
}

pub(crate) fn agent() -> AgentRecord {
    let info = pb::SlaveInfo {
        hostname: "localhost".to_owned(),
        resources: bag("cpus:4;mem:4096;disk:10240;ports:[31000-31999]").to_proto(),
        attributes: mesos_model::attribute::parse("rack:r1;zone:2.5;ids:[1-3,5-7]").unwrap(),
        ..Default::default()
    };
    AgentRecord {
        id: "S".into(),
        pid: Upid::parse("slave(1)@127.0.0.1:5051"),
        info: Raw::new(info),
        version: "1.11.0".into(),
        capabilities: AgentCapabilities::default(),
        registered_time: WallTime(1_795_177_536.247_596),
        reregistered_time: None,
        connected: true,
        active: true,
        deactivated: false,
        drain: None,
        estimated_drain_start: None,
        total: bag("cpus:4;mem:4096;disk:10240;ports:[31000-31999]"),
        used: allocated("cpus:0.1;mem:32"),
        offered: allocated("cpus:3.9;ports:[31000-31004,31007-31999]"),
        tasks: 1,
        frameworks: vec!["F".into()],
        executors: Vec::new(),
        operations: Vec::new(),
        providers: Vec::new(),
        json: OnceLock::new(),
    }
}

pub(crate) fn framework() -> FrameworkRecord {
    let info = pb::FrameworkInfo {
        user: "root".to_owned(),
        name: "golden".to_owned(),
        principal: Some("p".to_owned()),
        roles: vec!["dev".to_owned()],
        capabilities: vec![pb::framework_info::Capability {
            r#type: Some(pb::framework_info::capability::Type::MultiRole.into()),
        }],
        ..Default::default()
    };
    let mut tasks = Table::default();
    tasks.insert(1, Arc::new(task("t")));
    let mut offers = Table::default();
    offers.insert(
        1,
        Arc::new(OfferRecord {
            id: "O1".into(),
            framework: "F".into(),
            agent: "S".into(),
            role: "dev".into(),
            resources: allocated("cpus:3.9"),
        }),
    );
    let mut executors = Table::default();
    let executor = pb::ExecutorInfo {
        executor_id: pb::ExecutorId {
            value: "e".to_owned(),
        },
        r#type: Some(pb::executor_info::Type::Default.into()),
        ..Default::default()
    };
    executors.insert(
        1,
        Arc::new(ExecutorRecord {
            id: "e".into(),
            framework: "F".into(),
            agent: "S".into(),
            info: Raw::new(executor),
            resources: allocated("cpus:0.1;mem:32"),
        }),
    );
    let time = WallTime(1_795_177_539.777_847);
    FrameworkRecord {
        id: "F".into(),
        capabilities: FrameworkCapabilities::of(&info),
        roles: vec![Role::new("dev")],
        info: Raw::new(info),
        connection: Some(Connection::Driver(Upid::parse("scheduler-1@127.0.0.1:9"))),
        state: FrameworkState::Connected,
        active: true,
        suppressed: Vec::new(),
        offer_constraints: None,
        registered_time: time,
        reregistered_time: time,
        unregistered_time: WallTime::default(),
        tasks: tasks.rows().clone(),
        unreachable_tasks: Table::<u8, Arc<TaskRecord>>::default().rows().clone(),
        completed_tasks: Ring::new(10),
        offers: offers.rows().clone(),
        executors: executors.rows().clone(),
        used: allocated("cpus:0.1;mem:32"),
        offered: allocated("cpus:3.9"),
        counters: Arc::new(FrameworkCounters::default()),
        json: OnceLock::new(),
    }
}

pub(crate) fn snapshot() -> Snapshot {
    let leader = pb::MasterInfo {
        id: "M".to_owned(),
        port: 5050,
        hostname: Some("localhost".to_owned()),
        pid: Some("master@127.0.0.1:5050".to_owned()),
        ..Default::default()
    };
    let mut agents = Table::default();
    agents.insert(1, Arc::new(agent()));
    let mut frameworks = Table::default();
    frameworks.insert(1, Arc::new(framework()));
    Snapshot {
        sequence: 1,
        taken: Now::default(),
        identity: Arc::new(Identity {
            id: "M".into(),
            hostname: "localhost".to_owned(),
            address: "127.0.0.1:5050".parse().unwrap(),
            version: "1.11.0".to_owned(),
            cluster: None,
            domain: None,
            start_time: WallTime::default(),
            info: leader.clone(),
        }),
        elected_time: Some(WallTime(1.5)),
        leader: Some(Arc::new(leader)),
        recovered: true,
        agents: agents.rows().clone(),
        recovered_agents: crate::state::Rows::default(),
        unreachable_agents: Arc::default(),
        gone_agents: Arc::new(HashMap::new()),
        frameworks: frameworks.rows().clone(),
        completed_frameworks: Arc::default(),
        role_settings: Arc::new(RoleSettings::default()),
        outstanding_offers: 1,
        allocator: Arc::new(AllocatorFigures::default()),
        registrar: RegistrarFigures::default(),
        counters: Counters::default(),
    }
}

pub(crate) fn build() -> Build {
    Build {
        date: "2020-11-24 15:38:37".to_owned(),
        time: 1_606_232_317.0,
        user: "ubuntu".to_owned(),
        git_sha: Some("0".to_owned()),
        git_tag: Some("1.11.0".to_owned()),
    }
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("the body is JSON")
}

#[test]
fn state_has_the_keys_of_the_original_in_its_order() {
    let expected = golden("master_state_reservations.json");
    let ours = parsed(&state::state(&snapshot(), &build(), &[]).concat());
    assert_eq!(keys(&ours), keys(&expected));
    assert_eq!(keys(&ours["leader_info"]), keys(&expected["leader_info"]));
    assert_eq!(keys(&ours["slaves"][0]), keys(&expected["slaves"][0]));
    let framework = &expected["frameworks"][2];
    let mut recorded = keys(framework);
    recorded.insert(2, "pid");
    assert_eq!(
        keys(&ours["frameworks"][0]),
        recorded,
        "a driver framework has a pid as well"
    );
    for list in ["tasks", "offers"] {
        let (ours, recorded) = (&ours["frameworks"][0][list][0], &framework[list][0]);
        assert_eq!(keys(ours), keys(recorded), "{list}");
        assert_eq!(
            keys(&ours["resources"])[..4],
            keys(&recorded["resources"])[..4]
        );
    }
    let statuses =
        |state: &Value, at: usize| state["frameworks"][at]["tasks"][0]["statuses"][0].clone();
    assert_eq!(keys(&statuses(&ours, 0)), keys(&statuses(&expected, 2)));
}

#[test]
fn slaves_and_frameworks_show_the_full_objects() {
    let expected = golden("master_slaves.json");
    let ours = parsed(&state::slaves(&snapshot(), None));
    assert_eq!(keys(&ours), keys(&expected));
    assert_eq!(keys(&ours["slaves"][0]), keys(&expected["slaves"][0]));
    assert_eq!(
        ours["slaves"][0]["attributes"],
        expected["slaves"][0]["attributes"]
    );
    assert_eq!(
        ours["slaves"][0]["resources"],
        expected["slaves"][0]["resources"]
    );
    let full = "unreserved_resources_full";
    assert_eq!(ours["slaves"][0][full], expected["slaves"][0][full]);
    let none = parsed(&state::slaves(&snapshot(), Some("nobody")));
    assert_eq!(none["slaves"], Value::Array(Vec::new()));

    let expected = golden("master_frameworks.json");
    let ours = parsed(&state::framework_list(&snapshot(), Some("F")).concat());
    assert_eq!(keys(&ours), keys(&expected));
    let executor = &expected["frameworks"][0]["executors"][1];
    let shown = &ours["frameworks"][0]["executors"][0];
    assert_eq!(keys(shown), keys(executor));
    assert_eq!(shown["command"], executor["command"]);
}

/// Long frameworks are put together of their tasks' fragments, others are one fragment.
#[test]
fn a_framework_is_the_same_in_one_fragment_and_in_many() {
    let with_tasks = |count: usize| {
        let mut tasks = Table::default();
        for number in 0..count {
            tasks.insert(number, Arc::new(task(&format!("t-{number}"))));
        }
        let mut record = framework();
        record.tasks = tasks.rows().clone();
        let mut frameworks = Table::default();
        frameworks.insert(1, Arc::new(record));
        frameworks.insert(2, Arc::new(framework()));
        let mut snapshot = snapshot();
        snapshot.frameworks = frameworks.rows().clone();
        parsed(&state::state(&snapshot, &build(), &[]).concat())
    };
    let (short, long) = (with_tasks(64), with_tasks(65));
    assert_eq!(keys(&short), keys(&long));
    let (short, long) = (&short["frameworks"], &long["frameworks"]);
    assert_eq!(short[1], long[1]);
    assert_eq!(keys(&short[0]), keys(&long[0]));
    let tasks = |list: &Value| list[0]["tasks"].as_array().expect("a list").clone();
    assert_eq!(tasks(short), tasks(long)[..64]);
    assert_eq!(tasks(long).len(), 65);
    for key in [
        "offers",
        "executors",
        "completed_tasks",
        "offer_constraints",
    ] {
        assert_eq!(short[0][key], long[0][key], "{key}");
    }
}

#[test]
fn the_summary_counts_tasks_by_state() {
    let expected = golden("master_state_summary.json");
    let ours = parsed(&summary::state_summary(&snapshot()));
    assert_eq!(keys(&ours), keys(&expected));
    assert_eq!(keys(&ours["slaves"][0]), keys(&expected["slaves"][0]));
    assert_eq!(ours["slaves"][0]["TASK_RUNNING"], 1);
    assert_eq!(ours["frameworks"][0]["TASK_RUNNING"], 1);
    assert_eq!(ours["frameworks"][0]["slave_ids"][0], "S");
}

#[test]
fn roles_are_listed_with_their_quantities() {
    let expected = golden("master_roles.json");
    let ours = parsed(&roles::roles(&snapshot()));
    let dev = &ours["roles"][0];
    assert_eq!(keys(dev), keys(&expected["roles"][1]));
    assert_eq!(keys(&dev["quota"]), keys(&expected["roles"][1]["quota"]));
    assert_eq!(dev["allocated"]["cpus"], 0.1);
    assert_eq!(dev["frameworks"][0], "F");
}

#[test]
fn every_recorded_metric_of_the_master_is_there() {
    let mut ours = HashMap::new();
    metrics::figures(&snapshot(), true, &mut |name: &str, value: f64| {
        ours.insert(name.to_owned(), value);
    });
    let recorded = golden("master_metrics_snapshot.json");
    // The cache and the queue are the shell's; the task reasons are counted on first use.
    let elsewhere = ["master/http_cache_hits", "master/event_queue_"];
    for name in keys(&recorded)
        .into_iter()
        .filter(|name| name.starts_with("master/"))
    {
        if elsewhere.iter().any(|prefix| name.starts_with(prefix)) || name.contains("/source_") {
            continue;
        }
        let id = "master/frameworks/golden-a/dcc6ac44-a1bb-4235-b60a-f2e12325398c-0000/";
        let name = name.replace(id, "master/frameworks/golden/F/");
        assert!(ours.contains_key(&name), "{name}");
    }
    assert_eq!(ours["master/tasks_running"], 1.0);
    assert_eq!(ours["master/cpus_used"], 0.1);
}

#[test]
fn the_overview_shows_messages_and_is_capped() {
    let ours = parsed(&overview::overview(&snapshot(), 10));
    assert_eq!(ours["tasks"][0]["message"], "all is well");
    assert_eq!(ours["tasks"][0]["agent_hostname"], "localhost");
    assert_eq!(ours["counts"]["tasks_active"], 1);
    assert_eq!(ours["totals"]["cpus"]["used"], 0.1);
    let none = parsed(&overview::overview(&snapshot(), 0));
    assert_eq!(none["tasks"], Value::Array(Vec::new()));
    assert_eq!(none["counts"]["tasks_active"], 1);
}

#[test]
fn tasks_are_paged_and_filtered() {
    let query = |text: &str| mesos_process::http::Query::parse(text).unwrap();
    let all = parsed(&tasks::tasks(&snapshot(), &tasks::Page::of(&query(""))));
    assert_eq!(all["tasks"][0]["id"], "t");
    for text in ["offset=1", "limit=0", "task_id=other", "framework_id=other"] {
        let page = parsed(&tasks::tasks(&snapshot(), &tasks::Page::of(&query(text))));
        assert_eq!(page["tasks"], Value::Array(Vec::new()), "{text}");
    }
    let odd = parsed(&tasks::tasks(
        &snapshot(),
        &tasks::Page::of(&query("limit=many")),
    ));
    assert_eq!(odd["tasks"][0]["id"], "t", "not a number: the default");
}

#[test]
fn zk_15_zk_16_a_standby_points_to_the_leader_or_says_there_is_none() {
    use mesos_process::http::Request;
    let mut standby = snapshot();
    assert!(not_leading(&standby, &Request::get("/state")).is_none());
    standby.elected_time = None;
    standby.leader = None;
    let answer = not_leading(&standby, &Request::get("/state")).expect("refused");
    assert_eq!(
        (answer.status, answer.bytes()),
        (503, &b"No leader elected"[..])
    );
    standby.leader = Some(Arc::new(pb::MasterInfo {
        hostname: Some("localhost".to_owned()),
        port: 5062,
        ..pb::MasterInfo::default()
    }));
    // The recordings `ha/restarted_*`.
    for (asked, location) in [
        ("/state", "//localhost:5062/master/state"),
        ("/master/state?x=y", "//localhost:5062/master/state?x=y"),
        (
            "/api/v1/scheduler",
            "//localhost:5062/master/api/v1/scheduler",
        ),
    ] {
        let answer = not_leading(&standby, &Request::get(asked)).expect("redirected");
        assert_eq!(answer.status, 307);
        assert_eq!(answer.headers, [("Location", location.to_owned())]);
    }
}
