//! The v1 executor API over sockets, with an executor played by the test. Compat: agent §17.5.

use mesos_process::http::Method;
use mesos_process::recordio::Decoder;
use serde_json::{Value, json};

use super::*;

const PATH: &str = "/api/v1/executor";
const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// A subscribed executor: its stream of events, and where its calls go.
struct Executor {
    url: String,
    media: &'static str,
    stream: client::ClientResponse,
    decoder: Decoder,
}

fn call(kind: &str, more: Value) -> Value {
    let mut call = json!({
        "type": kind,
        "framework_id": {"value": "F"},
        "executor_id": {"value": "e"},
    });
    if let (Some(call), Value::Object(more)) = (call.as_object_mut(), more) {
        call.extend(more);
    }
    call
}

fn body(media: &str, call: &Value) -> Vec<u8> {
    if media == JSON {
        return serde_json::to_vec(call).unwrap();
    }
    mesos_proto::json::read("mesos.v1.executor.Call", call).unwrap()
}

async fn post(url: &str, media: &str, call: &Value) -> client::ClientResponse {
    let request = ClientRequest::post(url, media, body(media, call)).header("Accept", media);
    client::send(request).await.unwrap()
}

async fn text(response: client::ClientResponse) -> (u16, String) {
    let status = response.status;
    let body = response.bytes().await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

impl Executor {
    async fn subscribe(url: String, media: &'static str, subscribe: Value) -> Self {
        let call = call("SUBSCRIBE", json!({ "subscribe": subscribe }));
        let attempts = async {
            loop {
                let stream = post(&url, media, &call).await;
                // The agent may not know the executor yet, or not have recovered.
                if stream.status == 200 {
                    return stream;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let stream = tokio::time::timeout(PATIENCE, attempts).await.unwrap();
        assert_eq!(stream.header("content-type"), Some(media));
        Self {
            url,
            media,
            stream,
            decoder: Decoder::new(),
        }
    }

    /// The next event as JSON; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Value> {
        let read = async {
            loop {
                if let Some(record) = self.decoder.next_record().unwrap() {
                    return Some(record);
                }
                match self.stream.chunk().await {
                    Ok(Some(bytes)) => self.decoder.feed(&bytes),
                    Ok(None) | Err(_) => return None,
                }
            }
        };
        let record = tokio::time::timeout(PATIENCE, read).await.unwrap()?;
        let mut text = record.to_vec();
        if self.media == PROTOBUF {
            text.clear();
            mesos_proto::json::write("mesos.v1.executor.Event", &record, &mut text);
        }
        Some(serde_json::from_slice(&text).unwrap())
    }

    async fn expect(&mut self, kind: &str) -> Value {
        let event = self.next().await.expect("the stream lives");
        assert_eq!(event["type"], kind, "{event}");
        event
    }

    async fn tell(&self, kind: &str, more: Value) {
        let response = post(&self.url, self.media, &call(kind, more)).await;
        assert_eq!(text(response).await, (202, String::new()));
    }

    async fn update(&self, state: &str, uuid: &str) {
        let status = status(state, uuid);
        self.tell("UPDATE", json!({ "update": {"status": status} }))
            .await;
    }
}

fn status(state: &str, uuid: &str) -> Value {
    json!({
        "task_id": {"value": "t"},
        "state": state,
        "source": "SOURCE_EXECUTOR",
        "uuid": uuid,
    })
}

/// 16 bytes, all the same.
const FIRST: &str = "AQEBAQEBAQEBAQEBAQEBAQ==";
const SECOND: &str = "AgICAgICAgICAgICAgICAg==";

/// Asks what a cluster of the original was asked, and compares the answers.
async fn recorded_refusals(base: &str) {
    for recorded in [
        include_str!("../golden/http/199_exec_get.json"),
        include_str!("../golden/http/200_exec_noinfo.json"),
        include_str!("../golden/http/201_exec_unknown.json"),
    ] {
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let asked = &recorded["request"];
        let mut request = ClientRequest::get(format!("{base}{}", asked["path"].as_str().unwrap()));
        if asked["method"] == "POST" {
            request.method = Method::POST;
        }
        for (name, value) in asked["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        request.body = asked["body"].as_str().unwrap_or_default().to_owned().into();
        let (status, body) = text(client::send(request).await.unwrap()).await;
        let line = recorded["status"].as_str().unwrap();
        assert!(line.contains(&status.to_string()), "{recorded}: {status}");
        assert_eq!(body, recorded["body"], "{recorded}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_those_of_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let master = Master::start().await;
    let (_node, running) = agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let base = format!("http://{}", running.address);
    let ready = async {
        while get(running.address, "/state").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
    recorded_refusals(&base).await;
    let url = format!("{base}{PATH}");
    let untyped = ClientRequest {
        method: Method::POST,
        ..ClientRequest::get(url.as_str())
    };
    let refused = [
        (untyped, 400, "Expecting 'Content-Type' to be present"),
        (
            ClientRequest::post(url.as_str(), "text/plain", ""),
            415,
            "Expecting 'Content-Type' of application/json or application/x-protobuf",
        ),
        (
            ClientRequest::post(url.as_str(), PROTOBUF, "x"),
            400,
            "Failed to parse body into Call protobuf",
        ),
        (
            ClientRequest::post(url.as_str(), JSON, "{"),
            400,
            "Failed to parse body into JSON: syntax error at line 1 near: ",
        ),
        (
            ClientRequest::post(url.as_str(), JSON, body(JSON, &call("NONSENSE", json!({})))),
            400,
            "Failed to validate Executor::Call: Expecting 'type' to be present",
        ),
        (
            ClientRequest::post(url.as_str(), JSON, body(JSON, &call("UPDATE", json!({})))),
            400,
            "Failed to validate Executor::Call: Expecting 'update' to be present",
        ),
        (
            ClientRequest::post(
                url.as_str(),
                JSON,
                body(JSON, &call("SUBSCRIBE", json!({ "subscribe": {} }))),
            )
            .header("Accept", "text/html"),
            406,
            "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
        ),
    ];
    for (request, status, expected) in refused {
        let answer = text(client::send(request).await.unwrap()).await;
        assert_eq!(answer, (status, expected.to_owned()));
    }
    let heartbeat = post(&url, JSON, &call("HEARTBEAT", json!({}))).await;
    assert_eq!(heartbeat.status, 202);
    running.stop().await;
}

async fn launched(master: &Master, agent: &Upid) {
    master.send(
        agent,
        &run(with_executor(task("t", "exec sleep 1000"), "e")),
    );
}

fn url(agent: &Upid) -> String {
    format!("http://{}/{}{PATH}", agent.address, agent.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_executor_runs_its_task_over_a_restart_of_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (agent_node, running) =
        agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let upid = master.register().await;
    launched(&master, &upid).await;
    let mut executor = Executor::subscribe(url(&upid), JSON, json!({})).await;
    let subscribed = executor.expect("SUBSCRIBED").await;
    let container = &subscribed["subscribed"]["container_id"]["value"];
    let run = folder.path().join(format!(
        "work/meta/slaves/{AGENT}/frameworks/F/executors/e/runs/{}",
        container.as_str().unwrap()
    ));
    let launch = executor.expect("LAUNCH").await;
    assert_eq!(launch["launch"]["task"]["agent_id"]["value"], AGENT);
    assert!(run.join("http.marker").exists());
    executor.update("TASK_RUNNING", FIRST).await;
    let heard = executor.expect("ACKNOWLEDGED").await;
    assert_eq!(heard["acknowledged"]["uuid"], FIRST);
    master.expect::<StatusUpdateMessage>().await;
    // The agent dies: the stream ends; the next agent finds an executor of this kind.
    running.stop().await;
    agent_node.shutdown().await;
    assert_eq!(executor.next().await, None);
    let node = bind_again(upid.address.port()).await;
    let running = start(
        settings(&master, folder.path(), Path::new("/nowhere")),
        node,
        None,
    )
    .await
    .unwrap();
    let upid = running.upid.clone();
    let unacknowledged = json!({
        "unacknowledged_updates": [{"status": status("TASK_FINISHED", SECOND)}],
    });
    let mut executor = Executor::subscribe(url(&upid), PROTOBUF, unacknowledged).await;
    let again = executor.expect("SUBSCRIBED").await;
    assert_eq!(&again["subscribed"]["container_id"]["value"], container);
    let heard = executor.expect("ACKNOWLEDGED").await;
    assert_eq!(heard["acknowledged"]["uuid"], SECOND);
    let (_, message) = master.expect::<ReregisterSlaveMessage>().await;
    assert_eq!(message.tasks[0].state(), TaskState::TaskFinished);
    let slave_id = mesos::SlaveId {
        value: AGENT.to_owned(),
    };
    let welcome = SlaveReregisteredMessage {
        slave_id,
        ..Default::default()
    };
    master.send(&upid, &welcome);
    let seen = follow(&mut master, &upid).await;
    let states: Vec<TaskState> = seen.iter().map(mesos::TaskStatus::state).collect();
    assert_eq!(states, [TaskState::TaskRunning, TaskState::TaskFinished]);
    running.leave("Received SIGUSR1 signal");
    executor.expect("SHUTDOWN").await;
    let mut running = running;
    let exit = tokio::time::timeout(PATIENCE, running.wait())
        .await
        .expect("the agent leaves");
    assert_eq!(exit.status, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_does_not_read_loses_its_stream_not_the_agent_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start().await;
    let (_node, running) = agent(settings(&master, folder.path(), Path::new("/nowhere"))).await;
    let upid = master.register().await;
    launched(&master, &upid).await;
    let mut executor = Executor::subscribe(url(&upid), PROTOBUF, json!({})).await;
    let held = json!({
        "name": "t",
        "task_id": {"value": "t"},
        "agent_id": {"value": AGENT},
    });
    let held = json!({ "unacknowledged_tasks": [held] });
    let mut again = Executor::subscribe(url(&upid), PROTOBUF, held.clone()).await;
    again.expect("SUBSCRIBED").await;
    // The older stream was replaced: it ends after what was sent on it.
    executor.expect("SUBSCRIBED").await;
    executor.expect("LAUNCH").await;
    assert_eq!(executor.next().await, None);
    // Nobody reads the new one, while far more is sent than the sockets hold.
    let message = FrameworkToExecutorMessage {
        slave_id: mesos::SlaveId {
            value: AGENT.to_owned(),
        },
        framework_id: framework().id.unwrap(),
        executor_id: mesos::ExecutorId {
            value: "e".to_owned(),
        },
        data: vec![0; 1024 * 1024].into(),
    };
    for _ in 0..120 {
        master.send(&upid, &message);
    }
    let ended = async { while again.next().await.is_some() {} };
    let probe = async {
        loop {
            let metrics = get(running.address, "/metrics/snapshot").await.1;
            if metrics["slave/valid_framework_messages"] == 120.0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, probe).await.unwrap();
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    // It comes back and works.
    let mut back = Executor::subscribe(url(&upid), JSON, held).await;
    back.expect("SUBSCRIBED").await;
    back.update("TASK_FAILED", FIRST).await;
    running.stop().await;
}
