//! What ends a stream, and what comes after. Compat: FWK-13, FWK-15, FWK-21, HTTP-29, HTTP-30.

use mesos_proto::v1::{
    self,
    scheduler::{call, event::Type as EventType},
};

use super::{
    peers::{PATIENCE, master, settings},
    subscriber::{Format, Subscriber, framework_info},
};

fn patient(name: &str) -> v1::FrameworkInfo {
    v1::FrameworkInfo {
        failover_timeout: Some(1000.0),
        ..framework_info(name)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fwk_13_and_15_the_last_subscription_wins_and_ends_the_old_stream() {
    let (master, _node) = master(settings()).await;
    let mut old = Subscriber::new(&master, Format::Json, patient("f")).await;
    let info = v1::FrameworkInfo {
        id: Some(old.framework.clone()),
        ..patient("f")
    };
    let new = Subscriber::new(&master, Format::Protobuf, info).await;
    assert_eq!(new.framework, old.framework);
    assert_ne!(new.stream, old.stream);
    let error = old.expect(EventType::Error).await.error.expect("it is set");
    assert_eq!(error.message, "Framework failed over");
    assert_eq!(old.next().await, None, "the stream ends");
    let (status, text) = old.send(&old.call(call::Type::Revive)).await;
    assert_eq!(status, 400);
    assert_eq!(
        text,
        format!(
            "The stream ID '{}' included in this request didn't match the stream ID currently \
             associated with framework ID {}",
            old.stream, old.framework.value
        )
    );
    new.accepted(&new.call(call::Type::Revive)).await;
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fwk_21_a_broken_stream_disconnects_and_its_framework_may_come_back() {
    let (master, _node) = master(settings()).await;
    let first = Subscriber::new(&master, Format::Json, patient("f")).await;
    let (other, revive) = (
        Subscriber::new(&master, Format::Json, patient("other")).await,
        first.call(call::Type::Revive),
    );
    let id = first.leave();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let refusal = loop {
        let refusal = other.send(&revive).await;
        if refusal.0 == 403 || tokio::time::Instant::now() > deadline {
            break refusal;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(refusal, (403, "Framework is not subscribed".to_owned()));
    let info = v1::FrameworkInfo {
        id: Some(id.clone()),
        ..patient("f")
    };
    let back = Subscriber::new(&master, Format::Json, info).await;
    assert_eq!(back.framework, id);
    back.accepted(&back.call(call::Type::Suppress)).await;
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fwk_21_without_a_failover_timeout_a_broken_stream_removes_the_framework() {
    let (master, _node) = master(settings()).await;
    let framework = Subscriber::new(&master, Format::Protobuf, framework_info("f")).await;
    framework.leave();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while master.snapshots.load().completed_frameworks.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "it is removed");
        tokio::task::yield_now().await;
    }
    master.stop().await;
}
