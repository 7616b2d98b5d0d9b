//! A v1 scheduler on a real master, which dies and comes back.

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::v1::scheduler::{Client, Config};
use mesos_driver::v1::{Callbacks, ContentType};
use mesos_proto::v1;
use mesos_proto::v1::scheduler::{Call, Event, call, event};
use mesos_tests::cluster::Cluster;
use mesos_tests::wait::{self, LIMIT};
use prost::Message as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Between two attempts to subscribe; one that comes too early is dropped.
const RETRY: Duration = Duration::from_millis(200);

/// What a callback tells: nothing is a connection that was made or lost.
#[derive(Debug, PartialEq)]
enum Told {
    Connected,
    Disconnected,
    Event(Box<Event>),
}

struct Teller(Sender<Told>);

impl Callbacks for Teller {
    fn connected(&mut self) -> CallbackResult {
        let _ = self.0.send(Told::Connected);
        Ok(())
    }

    fn disconnected(&mut self) -> CallbackResult {
        let _ = self.0.send(Told::Disconnected);
        Ok(())
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        for event in events {
            let event = Event::decode(event.clone()).unwrap();
            let _ = self.0.send(Told::Event(Box::new(event)));
        }
        Ok(())
    }
}

fn heard(told: &Receiver<Told>) -> Told {
    told.recv_timeout(LIMIT).unwrap()
}

/// Skips what comes before.
fn until(told: &Receiver<Told>, wanted: event::Type) -> Event {
    loop {
        match heard(told) {
            Told::Event(event) if event.r#type() == wanted => return *event,
            Told::Event(event) if event.r#type() == event::Type::Error => panic!("{event:?}"),
            Told::Event(_) | Told::Connected | Told::Disconnected => {}
        }
    }
}

/// Subscribes until that has worked: a master that recovers refuses.
fn subscribed(
    client: &Client,
    told: &Receiver<Told>,
    id: Option<&v1::FrameworkId>,
) -> event::Subscribed {
    wait::until("a subscription", || {
        subscribe(client, id.cloned());
        match told.recv_timeout(RETRY) {
            Ok(Told::Event(event)) => event.subscribed,
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    })
}

fn subscribe(client: &Client, id: Option<v1::FrameworkId>) {
    let framework_info = v1::FrameworkInfo {
        user: mesos_tests::framework::info("", 0.0).user,
        name: "v1".to_owned(),
        id: id.clone(),
        failover_timeout: Some(3600.0),
        ..Default::default()
    };
    let call = Call {
        framework_id: id,
        r#type: Some(call::Type::Subscribe.into()),
        subscribe: Some(call::Subscribe {
            framework_info,
            ..Default::default()
        }),
        ..Default::default()
    };
    client.send(call.encode_to_vec().into());
}

#[test]
fn a_v1_scheduler_comes_back_to_a_restarted_master() {
    let mut cluster = Cluster::start(1);
    let (told, told_end) = channel();
    let config = Config {
        master: cluster.master.address.clone(),
        credential: None,
        content_type: ContentType::Json,
        variables: [("LIBPROCESS_IP", "127.0.0.1")].into_iter().collect(),
    };
    let client = Client::new(Box::new(Teller(told)), &config).unwrap();
    client.start();
    assert_eq!(heard(&told_end), Told::Connected);
    let first = subscribed(&client, &told_end, None);
    until(&told_end, event::Type::Offers);

    cluster.master.daemon.kill();
    while heard(&told_end) != Told::Disconnected {}
    cluster.master.restart();
    assert_eq!(heard(&told_end), Told::Connected);
    let again = subscribed(&client, &told_end, Some(&first.framework_id));
    assert_eq!(again.framework_id, first.framework_id);
    assert_ne!(again.master_info, first.master_info);
    until(&told_end, event::Type::Offers);
}

/// A master that lets no HTTP framework in without credentials.
fn guarded() -> Cluster {
    let flags = [
        "--authenticate_http_frameworks",
        "--http_framework_authenticators=basic",
        "--credentials=${SCRATCH}/credentials.json",
    ];
    let credentials = r#"{"credentials":[{"principal":"p","secret":"s"}]}"#;
    let files = [("credentials.json", credentials)];
    Cluster::start_with_files(1, &flags.map(str::to_owned), &[], &files)
}

fn client_with(cluster: &Cluster, secret: Option<&str>) -> (Client, Receiver<Told>) {
    let (told, told_end) = channel();
    let credential = secret.map(|secret| v1::Credential {
        principal: "p".to_owned(),
        secret: Some(secret.to_owned()),
    });
    let config = Config {
        master: cluster.master.address.clone(),
        credential: credential.map(|credential| credential.encode_to_vec().into()),
        content_type: ContentType::Protobuf,
        variables: [("LIBPROCESS_IP", "127.0.0.1")].into_iter().collect(),
    };
    let client = Client::new(Box::new(Teller(told)), &config).unwrap();
    client.start();
    assert_eq!(heard(&told_end), Told::Connected);
    (client, told_end)
}

#[test]
fn a_v1_scheduler_subscribes_with_its_credential() {
    let cluster = guarded();
    let (client, told) = client_with(&cluster, Some("s"));
    let id = subscribed(&client, &told, None).framework_id;
    until(&told, event::Type::Offers);
    let suppress = Call {
        framework_id: Some(id.clone()),
        r#type: Some(call::Type::Suppress.into()),
        ..Default::default()
    };
    client.send(suppress.encode_to_vec().into());
    let frameworks = wait::until("the call to be taken", || {
        let list = mesos_tests::http::get_json(&cluster.master.address, "/frameworks")?;
        let metric = format!("master/frameworks/v1/{}/calls/suppress", id.value);
        let metrics = mesos_tests::http::get_json(&cluster.master.address, "/metrics/snapshot")?;
        (metrics[&metric] == 1.0).then_some(list)
    });
    assert_eq!(frameworks["frameworks"][0]["principal"], "p", "HTTP-32");
}

#[test]
fn a_v1_scheduler_without_the_right_credential_is_told_so() {
    let cluster = guarded();
    for secret in [Some("guess"), None] {
        let (client, told) = client_with(&cluster, secret);
        subscribe(&client, None);
        let error = loop {
            match heard(&told) {
                Told::Event(event) if event.r#type() == event::Type::Error => break event.error,
                Told::Event(event) => panic!("{event:?}"),
                Told::Connected | Told::Disconnected => {}
            }
        };
        let text = error.unwrap().message;
        assert!(text.contains("401"), "{secret:?}: {text}");
    }
    let list = mesos_tests::http::get_json(&cluster.master.address, "/frameworks").unwrap();
    assert_eq!(list["frameworks"].as_array().map(Vec::len), Some(0));
}
