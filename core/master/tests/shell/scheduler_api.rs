//! The life of an HTTP framework over sockets. Compat: HTTP-29, HTTP-31, FWK-27, libprocess §6.

use mesos_process::http::client;
use mesos_proto::{
    internal,
    mesos::{self as pb, TaskState},
    v1::{
        self,
        scheduler::{call, event::Type as EventType},
    },
};

use super::{
    peers::{Peer, master, register_message, settings},
    subscriber::{Format, Subscriber, framework_info, request},
};

fn scalar(name: &str, value: f64) -> v1::Resource {
    v1::Resource {
        name: name.to_owned(),
        r#type: v1::value::Type::Scalar as i32,
        scalar: Some(v1::value::Scalar { value }),
        ..v1::Resource::default()
    }
}

pub fn launch(offer: &v1::Offer, id: &str) -> call::Accept {
    let task = v1::TaskInfo {
        name: id.to_owned(),
        task_id: v1::TaskId {
            value: id.to_owned(),
        },
        agent_id: offer.agent_id.clone(),
        resources: vec![scalar("cpus", 1.0), scalar("mem", 64.0)],
        command: Some(v1::CommandInfo {
            value: Some("true".to_owned()),
            ..v1::CommandInfo::default()
        }),
        ..v1::TaskInfo::default()
    };
    call::Accept {
        offer_ids: vec![offer.id.clone()],
        operations: vec![v1::offer::Operation {
            r#type: Some(v1::offer::operation::Type::Launch as i32),
            launch: Some(v1::offer::operation::Launch {
                task_infos: vec![task],
            }),
            ..v1::offer::Operation::default()
        }],
        filters: None,
    }
}

/// What an agent reports.
pub fn status_update(
    agent: &Peer,
    run: &internal::RunTaskMessage,
    state: TaskState,
    uuid: &bytes::Bytes,
) -> internal::StatusUpdateMessage {
    let framework_id = run.framework.id.clone().expect("it is set");
    let status = pb::TaskStatus {
        task_id: run.task.task_id.clone(),
        state: state as i32,
        slave_id: Some(run.task.slave_id.clone()),
        uuid: Some(uuid.clone()),
        ..pb::TaskStatus::default()
    };
    internal::StatusUpdateMessage {
        update: internal::StatusUpdate {
            framework_id,
            slave_id: Some(run.task.slave_id.clone()),
            status,
            timestamp: 1.0,
            uuid: Some(uuid.clone()),
            latest_state: Some(state as i32),
            ..internal::StatusUpdate::default()
        },
        pid: Some(agent.mailbox.upid().to_string()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_an_http_framework_runs_and_is_acknowledged_in_json() {
    runs_and_is_acknowledged(Format::Json).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_an_http_framework_runs_and_is_acknowledged_in_protobuf() {
    runs_and_is_acknowledged(Format::Protobuf).await;
}

async fn runs_and_is_acknowledged(format: Format) {
    let (master, _node) = master(settings()).await;
    let mut agent = Peer::new("slave(1)", &master.upid).await;
    agent.send(&register_message());
    agent.expect::<internal::SlaveRegisteredMessage>().await;
    let mut framework = Subscriber::new(&master, format, framework_info("f")).await;
    let offers = framework.expect(EventType::Offers).await;
    let offer = &offers.offers.expect("it is set").offers[0];
    let accept = framework.call(call::Type::Accept);
    framework
        .accepted(&v1::scheduler::Call {
            accept: Some(launch(offer, "t")),
            ..accept
        })
        .await;
    let run = agent.expect::<internal::RunTaskMessage>().await;
    assert_eq!(run.pid.as_deref(), Some("@0.0.0.0:0"), "as recorded");
    let uuid = bytes::Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    agent.send(&status_update(&agent, &run, TaskState::TaskFinished, &uuid));
    let update = framework.expect(EventType::Update).await;
    let status = update.update.expect("it is set").status;
    assert_eq!(status.state(), v1::TaskState::TaskFinished);
    assert_eq!(status.uuid.as_ref(), Some(&uuid));
    let acknowledge = framework.call(call::Type::Acknowledge);
    framework
        .accepted(&v1::scheduler::Call {
            acknowledge: Some(call::Acknowledge {
                agent_id: offer.agent_id.clone(),
                task_id: status.task_id,
                uuid: uuid.clone(),
            }),
            ..acknowledge
        })
        .await;
    let told = agent
        .expect::<internal::StatusUpdateAcknowledgementMessage>()
        .await;
    assert_eq!(told.uuid, uuid);
    let teardown = framework.call(call::Type::Teardown);
    framework.accepted(&teardown).await;
    agent.expect::<internal::ShutdownFrameworkMessage>().await;
    while let Some(event) = framework.next().await {
        assert_ne!(event.r#type(), EventType::Error, "the stream just ends");
    }
    let (status, text) = framework.send(&teardown).await;
    assert_eq!(
        (status, text.as_str()),
        (400, "Framework cannot be found"),
        "it is gone"
    );
    master.stop().await;
}

/// The answer to a body that is no call of ours.
async fn raw(framework: &Subscriber, content_type: &str, body: Vec<u8>) -> (u16, String) {
    let request = client::ClientRequest::post(framework.url(), content_type, body)
        .header("Mesos-Stream-Id", &framework.stream);
    let response = client::send(request).await.expect("an answer");
    let status = response.status;
    let text = response.bytes().await.expect("a body");
    (status, String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_calls_are_refused_and_types_of_the_future_are_not_implemented() {
    let (master, _node) = master(settings()).await;
    let framework = Subscriber::new(&master, Format::Json, framework_info("f")).await;
    let (json, protobuf) = ("application/json", "application/x-protobuf");
    let unparsed = (400, "Failed to parse body into Call protobuf".to_owned());
    for garbage in [
        vec![0xff; 20],
        vec![0x0a, 0x7f, 1],
        vec![0x1a, 0x02, 0x0a, 0x00],
    ] {
        assert_eq!(raw(&framework, protobuf, garbage).await, unparsed);
    }
    for text in [
        "[]",
        "\"x\"",
        "{\"type\":{}}",
        "{\"framework_id\":3}",
        "\u{0}",
    ] {
        let (status, answer) = raw(&framework, json, text.into()).await;
        assert_eq!(status, 400, "{text}: {answer}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(raw(&framework, json, deep.into()).await.0, 400);
    let lacking = raw(
        &framework,
        json,
        r#"{"type":"SUBSCRIBE","subscribe":{"framework_info":{"name":"n"}}}"#.into(),
    );
    assert_eq!(
        lacking.await,
        (
            400,
            "Failed to convert JSON into Call protobuf: Missing required fields: \
             subscribe.framework_info.user"
                .to_owned()
        )
    );
    let id = &framework.framework.value;
    let body = format!(r#"{{"type":0,"framework_id":{{"value":"{id}"}}}}"#);
    assert_eq!(raw(&framework, json, body.into()).await.0, 501);
    // Only protobuf carries a number that we do not know.
    let mut future = framework.call(call::Type::Unknown);
    future.r#type = Some(99);
    let future = prost::Message::encode_to_vec(&future);
    assert_eq!(raw(&framework, protobuf, future).await.0, 501);
    let charset = "application/json; charset=utf-8";
    assert_eq!(raw(&framework, charset, b"{}".to_vec()).await.0, 415);
    // None of this has harmed the framework.
    let revive = framework.call(call::Type::Revive);
    framework.accepted(&revive).await;
    let inverse = v1::scheduler::Call {
        decline_inverse_offers: Some(call::DeclineInverseOffers::default()),
        ..framework.call(call::Type::DeclineInverseOffers)
    };
    framework.accepted(&inverse).await;
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_28_json_is_preferred_and_q_zero_refuses() {
    let (master, _node) = master(settings()).await;
    let accepting = async |accept: &str| {
        let call = super::subscriber::subscribe_call(framework_info("f"));
        let mut request = request(&master, Format::Protobuf, &call);
        request.headers.retain(|(name, _)| name != "Accept");
        request = request.header("Accept", accept);
        let response = client::send(request).await.expect("an answer");
        let kind = response.header("content-type").map(str::to_owned);
        (response.status, kind.unwrap_or_default())
    };
    let (json, protobuf) = ("application/json", "application/x-protobuf");
    assert_eq!(accepting("*/*").await, (200, json.to_owned()));
    let both = "application/x-protobuf, application/json;q=0.1";
    assert_eq!(accepting(both).await, (200, json.to_owned()));
    let none = "application/json;q=0, application/x-protobuf";
    assert_eq!(accepting(none).await, (200, protobuf.to_owned()));
    assert_eq!(accepting("application/recordio").await.0, 406);
    master.stop().await;
}
