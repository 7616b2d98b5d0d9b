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
