//! HTTP frameworks: who may call, what they get, when they end. Compat: HTTP-28 … HTTP-31, FWK-1 … FWK-3, FWK-13 … FWK-28.

use std::time::Duration;

use mesos_master::{
    config::Config,
    effect::Effect,
    event::{CallAnswer, Event, Message, SchedulerRequest, Ticket},
    machine::Master,
    state::StreamId,
};
use mesos_model::{Instant, Now, WallTime};
use mesos_proto::{
    Raw, events, internal,
    mesos::{
        self as pb, TaskState,
        scheduler::{Call, call},
    },
    v1::scheduler::{Event as V1Event, event::Type as EventType},
};
use prost::Message as _;

use crate::cluster::{Cluster, agent, command_task, driver, framework_info, launch, resources};

/// One HTTP framework of a test.
pub struct Client {
    pub stream: StreamId,
    pub id: pb::FrameworkId,
    /// Effects that were looked at.
    seen: usize,
}

pub fn request(call: Call) -> SchedulerRequest {
    SchedulerRequest {
        call,
        original: None,
        principal: None,
        stream: None,
        acceptable: true,
        fresh: StreamId(0),
    }
}

/// The answer to a call.
pub fn ask(cluster: &mut Cluster, request: SchedulerRequest) -> CallAnswer {
    let ticket = Ticket(cluster.effects.len() as u64);
    let request = Box::new(request);
    cluster.event(Event::SchedulerCall { ticket, request });
    let answer = cluster.effects.iter().find_map(|effect| match effect {
        Effect::Answer { ticket: of, answer } if *of == ticket => Some(answer.clone()),
        _ => None,
    });
    answer.expect("every call is answered")
}

pub fn subscribe_call(info: pb::FrameworkInfo) -> Call {
    Call {
        framework_id: info.id.clone(),
        r#type: Some(call::Type::Subscribe as i32),
        subscribe: Some(call::Subscribe {
            framework_info: info,
            ..call::Subscribe::default()
        }),
        ..Call::default()
    }
}

impl Client {
    pub fn new(cluster: &mut Cluster, stream: u128, info: pb::FrameworkInfo) -> Self {
        let seen = cluster.effects.len();
        let fresh = StreamId(stream);
        let asked = SchedulerRequest {
            fresh,
            ..request(subscribe_call(info))
        };
        assert_eq!(ask(cluster, asked), CallAnswer::Subscribed(fresh));
        let mut client = Self {
            stream: fresh,
            id: pb::FrameworkId::default(),
            seen,
        };
        let events = client.events(cluster);
        let subscribed = events[0].subscribed.as_ref().expect("SUBSCRIBED is first");
        client.id = pb::FrameworkId {
            value: subscribed.framework_id.value.clone(),
        };
        assert_eq!(events[1].r#type(), EventType::Heartbeat, "at once");
        // What else came is for the test.
        let first = cluster.effects[seen..]
            .iter()
            .position(|effect| matches!(effect, Effect::Heartbeat { stream } if *stream == fresh));
        client.seen = seen + first.expect("it was just seen") + 1;
        client
    }

    /// What came over the stream since the last look.
    pub fn events(&mut self, cluster: &Cluster) -> Vec<V1Event> {
        let mine = |effect: &Effect| match effect {
            Effect::Stream { stream, name, body } if *stream == self.stream => {
                let event = events::scheduler_event(&format!("mesos.internal.{name}"), body);
                event.expect("our own message")
            }
            Effect::Heartbeat { stream } if *stream == self.stream => {
                Some(events::scheduler_heartbeat())
            }
            _ => None,
        };
        let new = cluster.effects[self.seen..].iter().filter_map(mine);
        let new = new.map(|event| V1Event::decode(event).expect("our own event"));
        let new = new.collect();
        self.seen = cluster.effects.len();
        new
    }

    pub fn kinds(&mut self, cluster: &Cluster) -> Vec<EventType> {
        let events = self.events(cluster);
        events.iter().map(V1Event::r#type).collect()
    }

    pub fn is_closed(&self, cluster: &Cluster) -> bool {
        let stream = self.stream;
        cluster.effects.contains(&Effect::CloseStream { stream })
    }

    pub fn call(&self, kind: call::Type, call: Call) -> SchedulerRequest {
        SchedulerRequest {
            stream: Some(self.stream.to_string()),
            ..request(Call {
                framework_id: Some(self.id.clone()),
                r#type: Some(kind as i32),
                ..call
            })
        }
    }

    pub fn accepted(&self, cluster: &mut Cluster, kind: call::Type, call: Call) {
        let answer = ask(cluster, self.call(kind, call));
        assert_eq!(answer, CallAnswer::Accepted, "{kind:?}");
    }

    pub fn offers(&mut self, cluster: &mut Cluster) -> Vec<pb::OfferId> {
        cluster.advance(Duration::from_secs(1));
        let events = self.events(cluster);
        let offers = events.into_iter().filter_map(|event| event.offers);
        offers
            .flat_map(|offers| offers.offers)
            .map(|offer| pb::OfferId {
                value: offer.id.value,
            })
            .collect()
    }
}

fn patient(name: &str) -> pb::FrameworkInfo {
    pb::FrameworkInfo {
        failover_timeout: Some(100.0),
        ..framework_info(name)
    }
}

#[test]
fn http_31_heartbeats_follow_subscribed_and_come_every_fifteen_seconds() {
    let mut cluster = Cluster::new();
    let mut client = Client::new(&mut cluster, 1, patient("f"));
    cluster.advance(Duration::from_millis(14_900));
    assert_eq!(client.kinds(&cluster), []);
    cluster.advance(Duration::from_millis(200));
    assert_eq!(client.kinds(&cluster), [EventType::Heartbeat]);
    cluster.advance(Duration::from_secs(45));
    assert_eq!(client.kinds(&cluster), [EventType::Heartbeat; 3]);
    cluster.event(Event::StreamClosed {
        stream: client.stream,
    });
    cluster.advance(Duration::from_secs(60));
    assert_eq!(client.kinds(&cluster), [], "nobody is there");
    let snapshot = cluster.snapshot();
    let counters = &snapshot.frameworks.iter().next().unwrap().counters;
    assert_eq!(counters.events["heartbeat"], 5);
}

#[test]
fn http_28_only_answers_with_a_body_look_at_accept() {
    let mut cluster = Cluster::new();
    let client = Client::new(&mut cluster, 1, patient("f"));
    let picky = |mut request: SchedulerRequest| {
        request.acceptable = false;
        request
    };
    let refusal = CallAnswer::NotAcceptable(
        "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'".to_owned(),
    );
    let subscribe = request(subscribe_call(patient("g")));
    assert_eq!(ask(&mut cluster, picky(subscribe)), refusal);
    let reconcile = Call {
        reconcile_operations: Some(call::ReconcileOperations::default()),
        ..Call::default()
    };
    let reconcile = client.call(call::Type::ReconcileOperations, reconcile);
    assert_eq!(ask(&mut cluster, picky(reconcile)), refusal);
    let revive = client.call(call::Type::Revive, Call::default());
    assert_eq!(ask(&mut cluster, picky(revive)), CallAnswer::Accepted);
}

#[test]
fn nobody_subscribes_before_the_registry_is_read() {
    let address = "127.0.0.1:5050".parse().expect("an address");
    let mut master = Master::new(Config::new(address, 7));
    let now = Now {
        instant: Instant(0),
        wall: WallTime(1.0),
    };
    let mut out = Vec::new();
    master.start(now, &mut out);
    let event = Event::SchedulerCall {
        ticket: Ticket(1),
        request: Box::new(request(subscribe_call(patient("f")))),
    };
    master.on(now, event, &mut out);
    let text = "Master has not finished recovery".to_owned();
    assert!(out.contains(&Effect::Answer {
        ticket: Ticket(1),
        answer: CallAnswer::Unavailable(text)
    }));
}

#[test]
fn http_30_refusals_come_in_their_order() {
    let mut cluster = Cluster::new();
    let bad = |text: &str| CallAnswer::BadRequest(text.to_owned());
    let forbidden = |text: &str| CallAnswer::Forbidden(text.to_owned());
    let driven = cluster.framework_as(1, patient("driven"));
    let mut client = Client::new(
        &mut cluster,
        1,
        pb::FrameworkInfo {
            principal: Some("p".to_owned()),
            ..patient("f")
        },
    );
    let revive = |client: &Client| client.call(call::Type::Revive, Call::default());
    // Everything is wrong: the framework is what is told first.
    let mut all_wrong = revive(&client);
    all_wrong.call.framework_id = Some(pb::FrameworkId { value: "zz".into() });
    all_wrong.principal = Some("other".to_owned());
    all_wrong.stream = None;
    assert_eq!(
        ask(&mut cluster, all_wrong),
        bad("Framework cannot be found")
    );
    let mut other = revive(&client);
    other.principal = Some("other".to_owned());
    other.stream = None;
    assert_eq!(
        ask(&mut cluster, other),
        bad("Authenticated principal 'other' does not match principal 'p' set in `FrameworkInfo`")
    );
    let mut of_driver = revive(&client);
    of_driver.call.framework_id = Some(driven);
    assert_eq!(
        ask(&mut cluster, of_driver),
        forbidden("Framework is not connected via HTTP")
    );
    let mut streamless = revive(&client);
    streamless.stream = None;
    assert_eq!(
        ask(&mut cluster, streamless),
        bad("All non-subscribe calls should include the 'Mesos-Stream-Id' header")
    );
    let mut stray = revive(&client);
    stray.stream = Some("x".to_owned());
    assert!(
        matches!(ask(&mut cluster, stray), CallAnswer::BadRequest(text)
        if text.starts_with("The stream ID 'x' included in this request didn't match"))
    );
    let mut right = revive(&client);
    right.principal = Some("p".to_owned());
    assert_eq!(ask(&mut cluster, right), CallAnswer::Accepted);
    cluster.event(Event::StreamClosed {
        stream: client.stream,
    });
    client.stream = StreamId(9);
    assert_eq!(
        ask(&mut cluster, revive(&client)),
        forbidden("Framework is not subscribed"),
        "before the stream is looked at"
    );
}

#[test]
fn fwk_1_2_3_calls_that_lack_their_part_are_refused() {
    use call::Type as T;
    let mut cluster = Cluster::new();
    let client = Client::new(&mut cluster, 1, patient("f"));
    let refused = |cluster: &mut Cluster, request: SchedulerRequest| match ask(cluster, request) {
        CallAnswer::BadRequest(text) => text
            .strip_prefix("Failed to validate scheduler::Call: ")
            .expect("every text begins so")
            .to_owned(),
        other => panic!("{other:?}"),
    };
    for (kind, part) in [
        (T::Accept, "accept"),
        (T::Decline, "decline"),
        (T::AcceptInverseOffers, "accept_inverse_offers"),
        (T::DeclineInverseOffers, "decline_inverse_offers"),
        (T::Kill, "kill"),
        (T::Shutdown, "shutdown"),
        (T::Acknowledge, "acknowledge"),
        (
            T::AcknowledgeOperationStatus,
            "acknowledge_operation_status",
        ),
        (T::Reconcile, "reconcile"),
        (T::ReconcileOperations, "reconcile_operations"),
        (T::Message, "message"),
        (T::Request, "request"),
        (T::UpdateFramework, "update_framework"),
    ] {
        let text = refused(&mut cluster, client.call(kind, Call::default()));
        assert_eq!(text, format!("Expecting '{part}' to be present"));
    }
    for kind in [T::Revive, T::Suppress, T::Teardown, T::Kill] {
        let mut nobody = client.call(kind, Call::default());
        nobody.call.framework_id = None;
        let text = refused(&mut cluster, nobody);
        assert_eq!(text, "Expecting 'framework_id' to be present");
    }
    let short = call::Acknowledge {
        uuid: vec![1, 2].into(),
        ..call::Acknowledge::default()
    };
    let call = Call {
        acknowledge: Some(short),
        ..Call::default()
    };
    assert!(refused(&mut cluster, client.call(T::Acknowledge, call)).contains("UUID"));
    let call = Call {
        acknowledge_operation_status: Some(call::AcknowledgeOperationStatus {
            uuid: vec![1, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0].into(),
            ..call::AcknowledgeOperationStatus::default()
        }),
        ..Call::default()
    };
    let text = refused(
        &mut cluster,
        client.call(T::AcknowledgeOperationStatus, call),
    );
    assert_eq!(text, "Expecting 'agent_id' to be present");
    let snapshot = cluster.snapshot();
    let counters = &snapshot.counters.master;
    assert_eq!(counters.invalid_status_update_acknowledgements, 2);
    assert_eq!(counters.invalid_operation_status_update_acknowledgements, 2);
    assert_eq!(counters.invalid_framework_to_executor_messages, 1);
    let unknown = client.call(T::Unknown, Call::default());
    assert!(matches!(
        ask(&mut cluster, unknown),
        CallAnswer::NotImplemented(_)
    ));
}

#[test]
fn fwk_27_every_message_of_the_master_becomes_an_event() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let mut client = Client::new(&mut cluster, 1, patient("f"));
    let offers = client.offers(&mut cluster);
    let mut task = command_task("t", &slave, resources(1.0, 64.0));
    task.executor = Some(pb::ExecutorInfo {
        executor_id: pb::ExecutorId { value: "e".into() },
        command: task.command.take(),
        ..pb::ExecutorInfo::default()
    });
    let operations = vec![launch(vec![task])];
    let accept = call::Accept {
        offer_ids: offers,
        operations,
        filters: Some(pb::Filters {
            refuse_seconds: Some(0.0),
        }),
    };
    let accept = Call {
        accept: Some(accept),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Accept, accept);
    let run = cluster.take::<internal::RunTaskMessage>(&agent(1));
    assert_eq!(run[0].pid.as_deref(), Some("@0.0.0.0:0"));
    cluster.update(1, &client.id, &slave, "t", TaskState::TaskRunning, 1);
    assert_eq!(client.offers(&mut cluster).len(), 1);
    let message = internal::ExecutorToFrameworkMessage {
        slave_id: slave.clone(),
        framework_id: client.id.clone(),
        executor_id: pb::ExecutorId { value: "e".into() },
        data: vec![1].into(),
    };
    cluster.message(&agent(1), Message::ExecutorToFramework(Raw::new(message)));
    assert_eq!(client.kinds(&cluster), [EventType::Message]);
    let reconcile = Call {
        reconcile: Some(call::Reconcile::default()),
        ..Call::default()
    };
    client.accepted(&mut cluster, call::Type::Reconcile, reconcile);
    assert_eq!(client.kinds(&cluster), [EventType::Update]);
    let exited = internal::ExitedExecutorMessage {
        slave_id: slave.clone(),
        framework_id: client.id.clone(),
        executor_id: pb::ExecutorId { value: "e".into() },
        status: 9,
    };
    cluster.message(&agent(1), Message::ExitedExecutor(Raw::new(exited)));
    let failure = client.events(&cluster).remove(0).failure.expect("FAILURE");
    assert_eq!(
        (failure.status, failure.executor_id.is_some()),
        (Some(9), true)
    );
    cluster.message(
        &agent(1),
        Message::UnregisterSlave(internal::UnregisterSlaveMessage { slave_id: slave }),
    );
    let mut kinds = client.kinds(&cluster);
    kinds.sort();
    kinds.dedup();
    let mut wanted = [EventType::Rescind, EventType::Update, EventType::Failure];
    wanted.sort();
    assert_eq!(kinds, wanted);
}

#[test]
fn fwk_15_http_and_driver_take_a_framework_over_from_each_other() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let id = cluster.framework_as(1, patient("f"));
    let info = pb::FrameworkInfo {
        id: Some(id.clone()),
        ..patient("f")
    };
    let mut client = Client::new(&mut cluster, 1, info.clone());
    assert_eq!(client.id, id);
    assert_eq!(cluster.errors(1), ["Framework failed over"]);
    let told = cluster.take::<internal::UpdateFrameworkMessage>(&agent(1));
    assert_eq!(told[0].pid.as_deref(), Some("@0.0.0.0:0"));
    assert_eq!(client.offers(&mut cluster).len(), 1);
    cluster.subscribe(&driver(2), info, true);
    let error = client.events(&cluster).pop().and_then(|event| event.error);
    assert_eq!(error.expect("an error").message, "Framework failed over");
    assert!(client.is_closed(&cluster));
    // The end of the old stream is of no interest any more.
    cluster.event(Event::StreamClosed {
        stream: client.stream,
    });
    let snapshot = cluster.snapshot();
    assert!(snapshot.frameworks.iter().next().unwrap().connected());
    assert_eq!(
        ask(
            &mut cluster,
            client.call(call::Type::Revive, Call::default())
        ),
        CallAnswer::Forbidden("Framework is not connected via HTTP".to_owned())
    );
}

#[test]
fn fwk_10_and_21_streams_that_break_leave_the_failover_timeout() {
    let mut cluster = Cluster::new();
    let known = pb::FrameworkId {
        value: "mine".into(),
    };
    let info = pb::FrameworkInfo {
        id: Some(known.clone()),
        ..patient("f")
    };
    let client = Client::new(&mut cluster, 1, info.clone());
    assert_eq!(
        client.id, known,
        "a master that never heard of it believes it"
    );
    cluster.event(Event::StreamClosed {
        stream: client.stream,
    });
    cluster.advance(Duration::from_secs(99));
    let second = Client::new(&mut cluster, 2, info);
    cluster.advance(Duration::from_secs(99));
    assert!(cluster.snapshot().completed_frameworks.is_empty());
    cluster.event(Event::StreamClosed {
        stream: second.stream,
    });
    cluster.advance(Duration::from_secs(101));
    assert_eq!(cluster.snapshot().completed_frameworks.len(), 1);
}

#[test]
fn fwk_19_an_update_of_the_framework_is_answered_by_its_status() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let mut client = Client::new(&mut cluster, 1, patient("f"));
    let update = |client: &Client, change: &dyn Fn(&mut pb::FrameworkInfo)| {
        let mut framework_info = pb::FrameworkInfo {
            id: Some(client.id.clone()),
            ..patient("f")
        };
        change(&mut framework_info);
        let update = call::UpdateFramework {
            framework_info,
            ..call::UpdateFramework::default()
        };
        let call = Call {
            update_framework: Some(update),
            ..Call::default()
        };
        client.call(call::Type::UpdateFramework, call)
    };
    let renamed = update(&client, &|info| info.name = "g".to_owned());
    assert_eq!(ask(&mut cluster, renamed), CallAnswer::Done);
    let told = cluster.take::<internal::UpdateFrameworkMessage>(&agent(1));
    assert_eq!(told.len(), 1, "{slave:?} hears of it");
    let other_user = update(&client, &|info| info.user = "x".to_owned());
    assert!(matches!(
        ask(&mut cluster, other_user),
        CallAnswer::BadRequest(text) if text.contains("user")
    ));
    let kinds = client.kinds(&cluster);
    assert_eq!(kinds, [EventType::Offers], "of the answers nothing");
    let counters = cluster.snapshot();
    let counters = &counters.frameworks.iter().next().unwrap().counters;
    assert_eq!(counters.calls[&call::Type::UpdateFramework], 2);
}
