//! What the endpoints of the UI answer, on a snapshot of one agent, one framework and one task, and on larger ones.

use std::{pin::Pin, sync::Arc};

use arc_swap::ArcSwap;
use mesos_allocator::{Outlook, RoleShares};
use mesos_model::{AgentId, FrameworkId, WallTime};
use mesos_process::http::{BoxFuture, Handler as _, Method, Request, Router};
use mesos_proto::mesos as pb;
use serde_json::{Value, json};

use super::super::tests::{build, framework, snapshot, task};
use crate::{
    snapshot::Snapshot,
    state::{Ring, Table},
    view::{Context, Live, Operator, OperatorAnswer, WebUi},
};

struct Nobody;

impl Operator for Nobody {
    fn teardown(&self, _: FrameworkId) -> Pin<Box<dyn Future<Output = OperatorAnswer> + Send>> {
        Box::pin(std::future::ready(OperatorAnswer::Done))
    }

    fn shares(&self) -> BoxFuture<Result<Vec<RoleShares>, String>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn explain(&self, _: FrameworkId) -> BoxFuture<Result<Option<Outlook>, String>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

fn router(snapshot: Snapshot) -> Router {
    let context = Context {
        snapshots: Arc::new(ArcSwap::from_pointee(snapshot)),
        flags: Vec::new(),
        build: build(),
        publish_per_framework_metrics: false,
        operator: Arc::new(Nobody),
        has_log: true,
        agent_proxy: true,
        webui: WebUi::default(),
        live: Arc::new(Live::new(0.0)),
    };
    let mut router = Router::new();
    super::install(&mut router, &Arc::new(context));
    router
}

async fn ask(router: &Router, target: &str) -> (u16, String) {
    let response = router.call(Request::get(target)).await;
    let text = String::from_utf8_lossy(response.bytes()).into_owned();
    (response.status, text)
}

async fn get(router: &Router, target: &str) -> Value {
    let (status, text) = ask(router, target).await;
    assert_eq!(status, 200, "{target}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// A framework with tasks `t-0` … in the given states.
fn with_tasks(states: &[pb::TaskState]) -> Snapshot {
    let mut record = framework();
    let mut active = Table::default();
    let mut completed = Ring::new(1000);
    for (number, state) in states.iter().enumerate() {
        let id = format!("t-{number}");
        let mut task = task(&id);
        if *state != pb::TaskState::TaskRunning {
            let mut status = task.statuses[0].decode();
            status.state = (*state).into();
            status.timestamp = Some(2e9 + number as f64);
            status.message = Some(format!("Command exited with status {number}"));
            status.reason = Some(pb::task_status::Reason::CommandExecutorFailed.into());
            task.push_status(&status);
            task.state = *state;
            completed.push(Arc::new(task));
        } else {
            active.insert(number, Arc::new(task));
        }
    }
    record.tasks = active.rows().clone();
    record.completed_tasks = completed;
    let mut frameworks = Table::default();
    frameworks.insert(1, Arc::new(record));
    let mut snapshot = snapshot();
    snapshot.frameworks = frameworks.rows().clone();
    snapshot
}

fn ids(page: &Value) -> Vec<&str> {
    let rows = page["rows"].as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn the_overview_has_counts_and_what_the_master_can() {
    let overview = get(&router(snapshot()), "/ui/overview").await;
    assert_eq!(
        overview["agents"],
        json!({"active": 1, "deactivated": 0, "unreachable": 0})
    );
    assert_eq!(
        overview["frameworks"],
        json!({"active": 1, "inactive": 0, "completed": 0})
    );
    assert_eq!(overview["tasks"]["RUNNING"], 1);
    assert_eq!(overview["tasks"]["FAILED"], 0);
    assert_eq!(overview["resources"]["total"]["mem"], 4096.0);
    assert_eq!(overview["resources"]["allocated"]["cpus"], 0.1);
    assert_eq!(overview["leader"]["port"], 5050);
    assert_eq!(overview["log"], true);
    assert_eq!(overview["can"]["teardown"], true);
    assert_eq!(overview["elected_time"], 1.5);
}

#[tokio::test]
async fn a_master_that_does_not_lead_tells_only_of_itself() {
    let mut standby = snapshot();
    standby.elected_time = None;
    standby.leader = None;
    let router = router(standby);
    assert_eq!(get(&router, "/ui/overview").await["leader"], Value::Null);
    let (status, text) = ask(&router, "/ui/tasks").await;
    assert_eq!((status, text.as_str()), (503, "No leader elected"));
}

#[tokio::test]
async fn agents_of_every_state_are_listed_and_found() {
    let mut snapshot = snapshot();
    let gone = [(AgentId::new("U"), WallTime(7.0))];
    snapshot.unreachable_agents = Arc::new(gone.into_iter().collect());
    let router = router(snapshot);
    let all = get(&router, "/ui/agents").await;
    assert_eq!(ids(&all), ["S", "U"], "without a host name it stands last");
    assert_eq!(all["rows"][0]["hostname"], "localhost");
    assert_eq!(all["rows"][0]["state"], "Active");
    assert_eq!(all["rows"][0]["usage"]["total"]["cpus"], 4.0);
    assert_eq!(all["rows"][0]["tasks"], 1);
    assert_eq!(all["rows"][1]["hostname"], Value::Null);
    assert_eq!(all["rows"][1]["unreachable_time"], 7.0);
    let last = get(&router, "/ui/agents?sort=hostname&order=desc").await;
    assert_eq!(ids(&last), ["S", "U"], "in either direction");
    let only = get(&router, "/ui/agents?state=Unreachable").await;
    assert_eq!((ids(&only), &only["total"]), (vec!["U"], &json!(1)));
    let found = get(&router, "/ui/agents?search=LOCAL").await;
    assert_eq!((ids(&found), &found["total"]), (vec!["S"], &json!(2)));
    assert_eq!(found["matched"], 1);
}

#[tokio::test]
async fn an_agent_has_attributes_reservations_and_frameworks() {
    let router = router(snapshot());
    let agent = get(&router, "/ui/agent?id=S").await;
    assert_eq!(agent["pid"], "slave(1)@127.0.0.1:5051");
    assert_eq!(
        agent["attributes"][2],
        json!({"name": "ids", "text": "[1-3, 5-7]"})
    );
    let framework = &agent["frameworks"][0];
    assert_eq!(framework["tasks"], 1);
    assert_eq!(framework["name"], "golden");
    let (status, text) = ask(&router, "/ui/agent?id=nobody").await;
    assert_eq!(
        (status, text.as_str()),
        (404, "No agent has the id 'nobody'")
    );
    let (status, text) = ask(&router, "/ui/agent").await;
    assert_eq!((status, text.as_str()), (400, "Missing parameter 'id'"));
}

#[tokio::test]
async fn frameworks_have_their_share_and_details() {
    let mut snapshot = snapshot();
    snapshot.completed_frameworks = Arc::new(vec![Arc::new({
        let mut old = framework();
        old.id = "old".into();
        old.registered_time = WallTime(1.0);
        old.unregistered_time = WallTime(2.0);
        old
    })]);
    let router = router(snapshot);
    let all = get(&router, "/ui/frameworks").await;
    assert_eq!(ids(&all), ["F", "old"]);
    assert_eq!(all["rows"][0]["max_share"], 0.025);
    assert_eq!(all["rows"][0]["reregistered_time"], Value::Null);
    assert_eq!(all["rows"][1]["unregistered_time"], 2.0);
    let completed = get(&router, "/ui/frameworks?state=completed").await;
    assert_eq!(ids(&completed), ["old"]);
    let detail = get(&router, "/ui/framework?id=F").await;
    assert_eq!(detail["capabilities"], json!(["MULTI_ROLE"]));
    assert_eq!(detail["task_counts"], json!({"RUNNING": 1}));
}

#[tokio::test]
async fn tasks_are_filtered_by_state_framework_agent_and_role() {
    use pb::TaskState::{TaskFailed, TaskFinished, TaskRunning};
    let states = [TaskRunning, TaskFailed, TaskFinished, TaskRunning];
    let router = router(with_tasks(&states));
    for (query, expected) in [
        ("", vec!["t-0", "t-1", "t-2", "t-3"]),
        ("&state=active", vec!["t-0", "t-3"]),
        ("&state=completed", vec!["t-1", "t-2"]),
        ("&state=TASK_FAILED", vec!["t-1"]),
        ("&state=unreachable", vec![]),
        ("&framework=other", vec![]),
        ("&agent=S&role=dev&search=T-2", vec!["t-2"]),
        ("&role=*", vec![]),
        ("&search=golden", vec!["t-0", "t-1", "t-2", "t-3"]),
        ("&search=localhost&limit=1&offset=3", vec!["t-3"]),
    ] {
        let page = get(&router, &format!("/ui/tasks?sort=id{query}")).await;
        assert_eq!(ids(&page), expected, "{query}");
    }
    let page = get(&router, "/ui/tasks?sort=finished&order=desc").await;
    assert_eq!(ids(&page), ["t-2", "t-1", "t-0", "t-3"]);
    assert_eq!(page["rows"][1]["exit_code"], 1);
    assert_eq!(page["rows"][1]["reason"], "REASON_COMMAND_EXECUTOR_FAILED");
    assert_eq!(page["rows"][1]["finished"], 2e9 + 1.0);
}

#[tokio::test]
async fn pages_join_without_a_gap_whatever_their_length() {
    let states = [pb::TaskState::TaskRunning; 97];
    let router = router(with_tasks(&states));
    for (sort, order) in [
        ("id", "asc"),
        ("id", "desc"),
        ("cpus", "asc"),
        ("started", "desc"),
    ] {
        let base = format!("/ui/tasks?sort={sort}&order={order}");
        let whole = get(&router, &format!("{base}&limit=1000")).await;
        let mut joined = Vec::new();
        for offset in (0..130).step_by(13) {
            let page = get(&router, &format!("{base}&limit=13&offset={offset}")).await;
            assert_eq!(page["matched"], 97);
            joined.extend(ids(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(joined, ids(&whole), "{base}");
        assert_eq!(joined.len(), 97);
    }
}

#[tokio::test]
async fn a_task_has_its_whole_history() {
    let router = router(with_tasks(&[pb::TaskState::TaskFailed]));
    let task = get(&router, "/ui/task?framework=F&id=t-0").await;
    let statuses = task["statuses"].as_array().expect("a list");
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[0]["state"], "TASK_RUNNING");
    assert_eq!(statuses[0]["ip_addresses"], json!(["127.0.0.1"]));
    assert_eq!(statuses[0]["container_id"], "c");
    assert_eq!(statuses[1]["reason"], "REASON_COMMAND_EXECUTOR_FAILED");
    assert_eq!(task["sandbox"], "/frameworks/F/executors/t-0/runs/latest");
    assert_eq!(
        task["resources_text"],
        "cpus(allocated: dev):0.1; mem(allocated: dev):32"
    );
    for (query, text) in [
        (
            "framework=F&id=x",
            "Framework 'F' has no task with the id 'x'",
        ),
        ("framework=G&id=x", "No framework has the id 'G'"),
    ] {
        let answer = ask(&router, &format!("/ui/task?{query}")).await;
        assert_eq!(answer, (404, text.to_owned()));
    }
}

#[tokio::test]
async fn offers_and_roles_are_listed() {
    let router = router(snapshot());
    let offers = get(&router, "/ui/offers?agent=S").await;
    assert_eq!(ids(&offers), ["O1"]);
    assert_eq!(offers["rows"][0]["resources"]["cpus"], 3.9);
    assert_eq!(offers["rows"][0]["text"], "cpus(allocated: dev):3.9");
    let roles = get(&router, "/ui/roles").await;
    assert_eq!(roles[0]["name"], "dev");
    assert_eq!(roles[0]["weight"], 1.0);
    assert_eq!(roles[0]["allocated"]["mem"], 32.0);
}

#[tokio::test]
async fn bad_parameters_are_refused_with_what_is_allowed() {
    let router = router(snapshot());
    for (target, part) in [
        (
            "/ui/tasks?sort=colour",
            "Invalid 'sort' 'colour': allowed are: started, finished, id",
        ),
        (
            "/ui/tasks?order=up",
            "Invalid 'order' 'up': allowed are: asc, desc",
        ),
        (
            "/ui/tasks?limit=1001",
            "Invalid 'limit' 1001: at most 1000 is allowed",
        ),
        (
            "/ui/tasks?offset=-1",
            "Invalid 'offset' '-1': a whole number is expected",
        ),
        (
            "/ui/tasks?state=TASK_X",
            "allowed are: active, unreachable, completed",
        ),
        (
            "/ui/agents?state=active",
            "allowed are: Active, Deactivated",
        ),
        (
            "/ui/agents?framework=F",
            "Unknown parameter 'framework': allowed are: search, sort",
        ),
        (
            "/ui/roles?search=a",
            "Unknown parameter 'search': none is allowed",
        ),
    ] {
        let (status, text) = ask(&router, target).await;
        assert_eq!(status, 400, "{target}");
        assert!(text.contains(part), "{target}: {text}");
    }
    let post = router.call(Request::new(Method::POST, "/ui/tasks")).await;
    assert_eq!(post.status, 405);
    assert_eq!(ask(&router, "/ui/tasks/x").await.0, 404);
}

/// An answer is made again only for another snapshot; a task that is gone is not shown any more.
#[tokio::test]
async fn answers_follow_the_snapshot() {
    let snapshots = Arc::new(ArcSwap::from_pointee(snapshot()));
    let context = Context {
        snapshots: Arc::clone(&snapshots),
        flags: Vec::new(),
        build: build(),
        publish_per_framework_metrics: false,
        operator: Arc::new(Nobody),
        has_log: false,
        agent_proxy: true,
        webui: WebUi::default(),
        live: Arc::new(Live::new(0.0)),
    };
    let mut router = Router::new();
    super::install(&mut router, &Arc::new(context));
    assert_eq!(get(&router, "/ui/tasks").await["total"], 1);
    let mut next = with_tasks(&[]);
    snapshots.store(Arc::new(next.clone()));
    assert_eq!(
        get(&router, "/ui/tasks").await["total"],
        1,
        "the same sequence"
    );
    next.sequence = 2;
    snapshots.store(Arc::new(next));
    assert_eq!(get(&router, "/ui/tasks").await["total"], 0);
}
