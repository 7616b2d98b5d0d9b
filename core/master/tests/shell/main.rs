//! A running master over real sockets, with an agent and a driver made of plain mailboxes.

mod peers;
mod scheduler_api;
mod scheduler_events;
mod scheduler_golden;
mod scheduler_streams;
mod subscriber;

use std::{collections::BTreeMap, time::Duration};

use mesos_auth::{Credential, Outcome, session};
use mesos_master::shell::{self, RegistryKind, RunningMaster, Settings};
use mesos_process::{Node, NodeConfig, http::client};
use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState,
        offer::{Operation, operation},
        scheduler::{Call, call},
    },
};
use peers::{PATIENCE, Peer, master, register_message, scalar, settings, subscribe_call};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story from start to end")]
async fn a_task_is_launched_and_ends_over_sockets() {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    agent.send(&register_message());
    let registered = agent.expect::<internal::SlaveRegisteredMessage>().await;
    let mut driver = Peer::new("scheduler-1", &master.upid).await;
    driver.send(&subscribe_call());
    let id = driver
        .expect::<internal::FrameworkRegisteredMessage>()
        .await
        .framework_id;
    let offers = driver.expect::<internal::ResourceOffersMessage>().await;
    let task = pb::TaskInfo {
        name: "t".to_owned(),
        task_id: pb::TaskId {
            value: "t".to_owned(),
        },
        slave_id: registered.slave_id.clone(),
        resources: vec![scalar("cpus", 1.0), scalar("mem", 64.0)],
        command: Some(pb::CommandInfo {
            value: Some("true".to_owned()),
            ..pb::CommandInfo::default()
        }),
        ..pb::TaskInfo::default()
    };
    let operation = Operation {
        r#type: Some(operation::Type::Launch as i32),
        launch: Some(operation::Launch {
            task_infos: vec![task],
        }),
        ..Operation::default()
    };
    driver.send(&Call {
        framework_id: Some(id.clone()),
        r#type: Some(call::Type::Accept as i32),
        accept: Some(call::Accept {
            offer_ids: vec![offers.offers[0].id.clone()],
            operations: vec![operation],
            filters: None,
        }),
        ..Call::default()
    });
    let run = agent.expect::<internal::RunTaskMessage>().await;
    assert_eq!(run.pid, Some(driver.mailbox.upid().to_string()));
    let uuid = bytes::Bytes::from(uuid::Uuid::new_v4().as_bytes().to_vec());
    let status = pb::TaskStatus {
        task_id: run.task.task_id.clone(),
        state: TaskState::TaskFinished as i32,
        slave_id: Some(registered.slave_id.clone()),
        uuid: Some(uuid.clone()),
        ..pb::TaskStatus::default()
    };
    agent.send(&internal::StatusUpdateMessage {
        update: internal::StatusUpdate {
            framework_id: id.clone(),
            slave_id: Some(registered.slave_id.clone()),
            status,
            timestamp: 1.0,
            uuid: Some(uuid.clone()),
            latest_state: Some(TaskState::TaskFinished as i32),
            ..internal::StatusUpdate::default()
        },
        pid: Some(agent.mailbox.upid().to_string()),
    });
    let update = driver.expect::<internal::StatusUpdateMessage>().await;
    assert_eq!(update.update.status.state(), TaskState::TaskFinished);
    driver.send(&Call {
        framework_id: Some(id),
        r#type: Some(call::Type::Acknowledge as i32),
        acknowledge: Some(call::Acknowledge {
            slave_id: registered.slave_id,
            task_id: run.task.task_id,
            uuid: uuid.clone(),
        }),
        ..Call::default()
    });
    assert_eq!(
        agent
            .expect::<internal::StatusUpdateAcknowledgementMessage>()
            .await
            .uuid,
        uuid
    );
    let snapshot = master.snapshots.load_full();
    let framework = snapshot.frameworks.iter().next().expect("listed");
    assert_eq!(
        (framework.tasks.len(), framework.completed_tasks.len()),
        (0, 1)
    );
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_survive_a_restart_in_the_registry_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_file = || Settings {
        registry: RegistryKind::ReplicatedLog,
        work_dir: Some(folder.path().to_owned()),
        ..settings()
    };
    let (first, node) = master(with_file()).await;
    let mut agent = Peer::new("slave(1)", &first.upid).await;
    agent.send(&register_message());
    agent.expect::<internal::SlaveRegisteredMessage>().await;
    first.stop().await;
    node.shutdown().await;
    let (second, _node) = master(with_file()).await;
    assert_eq!(second.snapshots.load().recovered_agents.len(), 1);
    second.stop().await;
}

async fn get(master: &RunningMaster, path: &str) -> (u16, String, bytes::Bytes) {
    let url = format!("http://{}{path}", master.address);
    let answer = client::send(client::ClientRequest::get(url))
        .await
        .expect("the master answers");
    let status = answer.status;
    let location = answer.header("location").unwrap_or_default().to_owned();
    (status, location, answer.bytes().await.expect("a body"))
}

/// Names of the recorded metrics that this master cannot have yet.
const METRICS_OF_LATER_FEATURES: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_metric_has_its_name() {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    let mut message = register_message();
    message.slave.resources.push(scalar("disk", 100.0));
    // A role consumes what is reserved for it.
    let reserved = |resource: pb::Resource| pb::Resource {
        reservations: vec![pb::resource::ReservationInfo {
            r#type: Some(pb::resource::reservation_info::Type::Static as i32),
            role: Some("dev".to_owned()),
            ..pb::resource::ReservationInfo::default()
        }],
        ..resource
    };
    let mine = ["cpus", "mem", "disk"].map(|name| reserved(scalar(name, 1.0)));
    message.slave.resources.extend(mine);
    agent.send(&message);
    agent.expect::<internal::SlaveRegisteredMessage>().await;
    let mut driver = Peer::new("scheduler-1", &master.upid).await;
    let mut call = subscribe_call();
    let info = &mut call.subscribe.as_mut().expect("set").framework_info;
    info.name = "golden-a".to_owned();
    info.principal = Some("golden-p".to_owned());
    info.roles = vec!["dev".to_owned()];
    info.capabilities = vec![pb::framework_info::Capability {
        r#type: Some(pb::framework_info::capability::Type::MultiRole as i32),
    }];
    driver.send(&call);
    let id = driver
        .expect::<internal::FrameworkRegisteredMessage>()
        .await
        .framework_id;
    driver.expect::<internal::ResourceOffersMessage>().await;
    let recorded = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/http/master_metrics_snapshot.json"
    );
    let recorded = std::fs::read(recorded).expect("recorded");
    let recorded: BTreeMap<String, f64> = serde_json::from_slice(&recorded).expect("JSON");
    let own_id = |name: &str| name.replace("dcc6ac44-a1bb-4235-b60a-f2e12325398c-0000", &id.value);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    // Statistics are there after the second run.
    let missing = loop {
        let (_, _, body) = get(&master, "/metrics/snapshot").await;
        let ours: BTreeMap<String, f64> = serde_json::from_slice(&body).expect("JSON");
        let missing: Vec<String> = recorded
            .keys()
            .filter(|name| !METRICS_OF_LATER_FEATURES.contains(&name.as_str()))
            .map(|name| own_id(name))
            .filter(|name| !ours.contains_key(name))
            .collect();
        if missing.is_empty() || tokio::time::Instant::now() > deadline {
            break missing;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(missing.is_empty(), "{missing:#?}");
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_built_says_so_and_what_there_is_to_read_is_shown() {
    let settings = Settings {
        weights: vec![("dev".into(), 2.5)],
        ..settings()
    };
    let (master, _node) = master(settings).await;
    for (path, recorded) in [
        ("/weights", r#"[{"role":"dev","weight":2.5}]"#),
        ("/quota", "{}"),
        ("/maintenance/schedule", "{}"),
        ("/master/maintenance/status", "{}"),
    ] {
        let (status, _, body) = get(&master, path).await;
        assert_eq!((status, &*body), (200, recorded.as_bytes()), "{path}");
    }
    let (status, _, body) = get(&master, "/create-volumes").await;
    let expected = "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.";
    assert_eq!((status, &*body), (405, expected.as_bytes()));
    for path in [
        "/quota",
        "/reserve",
        "/machine/down",
        "/maintenance/schedule",
    ] {
        let url = format!("http://{}{path}", master.address);
        let request = client::ClientRequest::post(url, "application/json", "{}");
        let answer = client::send(request).await.expect("the master answers");
        assert_eq!(answer.status, 501, "{path}");
        let text = answer.bytes().await.expect("a body");
        assert!(
            text.ends_with(b" is not supported by this master yet"),
            "{path}"
        );
    }
    for path in ["/redirect", "/master/redirect"] {
        let (status, location, _) = get(&master, path).await;
        assert_eq!(status, 307, "{path}");
        let port = format!(":{}", master.address.port());
        assert!(
            location.starts_with("//") && location.ends_with(&port),
            "{location}"
        );
    }
    assert_eq!(get(&master, "/redirect/x").await.0, 404, "ZK-16");
    assert_eq!(get(&master, "/master/redirect/x").await.0, 404, "ZK-16");
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_registry_shows_the_master_alone_with_sorted_keys() {
    let (master, _node) = master(settings()).await;
    let (status, _, body) = get(&master, "/registrar(1)/registry").await;
    assert_eq!(status, 200);
    let text = String::from_utf8(body.to_vec()).expect("JSON is UTF-8");
    assert!(
        text.starts_with(r#"{"master":{"info":{"address":{"hostname":"#),
        "{text}"
    );
    assert!(!text.contains("slaves"), "{text}");
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_is_authenticated_with_the_credentials_and_refused_without() {
    let credential = |secret: &str| Credential {
        principal: "p".to_owned(),
        secret: secret.as_bytes().to_vec(),
    };
    let strict = Settings {
        authenticate_frameworks: true,
        credentials: vec![credential("s")],
        ..settings()
    };
    let (master_of_some, _node) = master(strict).await;
    let mut driver = Peer::new("scheduler-1", &master_of_some.upid).await;
    let attempt = async |driver: &Peer, secret: &str| {
        let (node, me) = (&driver.node, driver.mailbox.upid());
        session::authenticate(node, me, &driver.master, &credential(secret), PATIENCE).await
    };
    assert_eq!(attempt(&driver, "wrong").await, Outcome::Refused);
    driver.send(&subscribe_call());
    let error = driver.expect::<internal::FrameworkErrorMessage>().await;
    assert!(
        error.message.ends_with(" is not authenticated"),
        "{}",
        error.message
    );
    assert_eq!(attempt(&driver, "s").await, Outcome::Completed);
    driver.send(&subscribe_call());
    driver
        .expect::<internal::FrameworkRegisteredMessage>()
        .await;
    master_of_some.stop().await;

    let (master_of_none, _node) = master(settings()).await;
    let driver = Peer::new("scheduler-1", &master_of_none.upid).await;
    assert_eq!(attempt(&driver, "s").await, Outcome::Refused, "AUTHN-4c");
    master_of_none.stop().await;
}

/// A registry on a disk that does not answer: whoever opens this file waits.
fn fifo(work_dir: &std::path::Path) -> std::path::PathBuf {
    let path = work_dir.join("replicated_log/CURRENT");
    std::fs::create_dir_all(path.parent().expect("has one")).expect("a folder");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo is there").success());
    path
}

/// The text with which a master with a registry in `work_dir` refuses to start, if it does.
async fn refusal(work_dir: &std::path::Path, fetch: Duration, store: Duration) -> Option<String> {
    let settings = Settings {
        registry: RegistryKind::ReplicatedLog,
        work_dir: Some(work_dir.to_owned()),
        registry_fetch_timeout: fetch,
        registry_store_timeout: store,
        ..settings()
    };
    let node = Node::bind(NodeConfig::loopback())
        .await
        .expect("a port is free");
    let start = shell::start(settings, node, None);
    let started = tokio::time::timeout(PATIENCE, start)
        .await
        .expect("in time");
    match started {
        Ok(master) => {
            master.stop().await;
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reg_5_a_registry_that_is_not_read_in_time_ends_the_master() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = fifo(folder.path());
    let refused = refusal(folder.path(), Duration::from_millis(50), PATIENCE).await;
    // Lets the thread go that waits for the other end.
    drop(std::fs::File::options().read(true).write(true).open(&path));
    let refused = refused.expect("does not start");
    let text = "Recovery failed: Failed to perform fetch within 50ms";
    assert!(refused.contains(text), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reg_9_a_registry_that_is_not_stored_in_time_ends_the_master() {
    let text = "Failed to update the registry: Failed to perform store within 0ns";
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let folder = tempfile::tempdir().expect("a folder");
        // A disk can be done before anybody looks at the clock; then there is nothing to see.
        if let Some(refused) = refusal(folder.path(), PATIENCE, Duration::ZERO).await {
            assert!(refused.contains(text), "{refused}");
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "it never took too long"
        );
    }
}
