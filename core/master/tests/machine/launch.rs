//! Offers, launching, declining.

use std::time::Duration;

use mesos_proto::{
    internal,
    mesos::{
        self as pb, TaskState as S,
        scheduler::{Call, call},
        task_status::Reason as R,
    },
};

use crate::cluster::{
    Cluster, agent, aware, command_task, driver, framework_info, launch, resources, scalar,
};

#[test]
fn ofr_2_an_offer_names_the_agent_and_its_resources() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let [offer] = offers.as_slice() else {
        panic!("one offer, not {}", offers.len())
    };
    assert_eq!(
        (
            &offer.slave_id,
            &offer.framework_id,
            offer.hostname.as_str()
        ),
        (&slave, &id, "host")
    );
    let url = offer.url.as_ref().unwrap();
    assert_eq!(
        (url.scheme.as_str(), url.path.as_deref(), url.address.port),
        ("http", Some("/slave(1)"), 6001)
    );
    let cpus = offer.resources.iter().find(|r| r.name == "cpus").unwrap();
    assert_eq!(cpus.scalar.unwrap().value, 4.0);
    assert_eq!(
        cpus.allocation_info, None,
        "OFR-3: only MULTI_ROLE frameworks see it"
    );
    assert_eq!(
        offer.id.value,
        format!("{}-O0", cluster.master.identity().id)
    );
    assert!(
        cluster.offers(1).is_empty(),
        "what is offered is not offered again"
    );
}

#[test]
fn ofr_15_a_launch_reaches_the_agent_and_the_rest_is_offered_again() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    cluster.accept(
        1,
        &id,
        &[&offers[0]],
        vec![launch(vec![command_task(
            "t",
            &slave,
            resources(1.0, 128.0),
        )])],
    );
    let runs = cluster.take::<internal::RunTaskMessage>(&agent(1));
    let [run] = runs.as_slice() else {
        panic!("one RunTask")
    };
    assert_eq!(run.pid.as_deref(), Some(driver(1).to_string().as_str()));
    assert_eq!(run.framework.id.as_ref(), Some(&id));
    assert_eq!(run.launch_executor, Some(true));
    assert_eq!(run.resource_version_uuids.len(), 1);
    assert_eq!(
        run.task.resources[0]
            .allocation_info
            .as_ref()
            .unwrap()
            .role(),
        "*"
    );
    let rest = cluster.offers(1);
    assert_eq!(rest[0].resources[0].scalar.unwrap().value, 3.0);
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(framework.tasks.len(), 1);
    assert_eq!(framework.used.cpus(), Some(1.0));
    assert_eq!(framework.offered.cpus(), Some(3.0));
}

#[test]
fn tsk_rules_a_bad_task_gets_task_error_and_the_good_one_runs() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let tasks = vec![
        command_task("too/bad", &slave, resources(1.0, 1.0)),
        command_task("good", &slave, resources(1.0, 128.0)),
        command_task("good", &slave, resources(1.0, 128.0)),
        command_task("greedy", &slave, resources(100.0, 128.0)),
        command_task(
            "elsewhere",
            &pb::SlaveId { value: "x".into() },
            resources(0.1, 32.0),
        ),
    ];
    cluster.accept(1, &id, &[&offers[0]], vec![launch(tasks)]);
    let states = cluster.states(1);
    let names: Vec<&str> = states.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["too/bad", "good", "greedy", "elsewhere"]);
    assert!(
        states
            .iter()
            .all(|(_, state, reason)| (*state, *reason) == (S::TaskError, R::TaskInvalid))
    );
    assert_eq!(cluster.take::<internal::RunTaskMessage>(&agent(1)).len(), 1);
    assert_eq!(cluster.snapshot().counters.master.tasks_error, 4);
}

#[test]
fn ofr_7_an_invalid_offer_spoils_the_accept_and_every_listed_offer() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let plain = cluster.framework(1);
    let offers = cluster.offers(1);
    let stale = pb::Offer {
        id: pb::OfferId {
            value: "stale".into(),
        },
        ..pb::Offer::default()
    };
    let task = || {
        vec![launch(vec![command_task(
            "t",
            &slave,
            resources(1.0, 32.0),
        )])]
    };
    cluster.accept(1, &plain, &[&offers[0], &stale], task());
    assert_eq!(
        cluster.states(1),
        [("t".to_owned(), S::TaskLost, R::InvalidOffers)]
    );
    assert_eq!(cluster.snapshot().outstanding_offers, 0);
    let again = cluster.offers(1);
    assert_eq!(
        again.len(),
        1,
        "the discarded offer comes again without filter"
    );
    let partition_aware = cluster.framework_as(2, aware(framework_info("aware")));
    cluster.accept(2, &partition_aware, &[&again[0]], task());
    assert_eq!(
        cluster.states(2),
        [("t".to_owned(), S::TaskDropped, R::InvalidOffers)]
    );
    assert!(
        cluster
            .take::<internal::RescindResourceOfferMessage>(&driver(1))
            .is_empty(),
        "its owner is not told"
    );
    assert_eq!(cluster.snapshot().outstanding_offers, 0);
}

#[test]
fn ofr_17_a_declined_offer_is_filtered_for_five_seconds() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let decline = call::Decline {
        offer_ids: vec![offers[0].id.clone()],
        filters: None,
    };
    let call = Call {
        decline: Some(decline),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::Decline, call);
    for _ in 0..4 {
        assert!(cluster.offers(1).is_empty());
    }
    cluster.advance(Duration::from_secs(1));
    assert_eq!(cluster.offers(1).len(), 1);
}

#[test]
fn ofr_18_revive_clears_the_filter_and_suppress_stops_offers() {
    let mut cluster = Cluster::new();
    cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let filters = Some(pb::Filters {
        refuse_seconds: Some(1000.0),
    });
    let decline = call::Decline {
        offer_ids: vec![offers[0].id.clone()],
        filters,
    };
    let call = Call {
        decline: Some(decline),
        ..Call::default()
    };
    cluster.framework_call(&driver(1), &id, call::Type::Decline, call);
    assert!(cluster.offers(1).is_empty());
    cluster.framework_call(&driver(1), &id, call::Type::Revive, Call::default());
    assert_eq!(cluster.offers(1).len(), 1);
    cluster.framework_call(&driver(1), &id, call::Type::Suppress, Call::default());
    cluster.agent(2);
    assert!(cluster.offers(1).is_empty());
    assert_eq!(
        cluster
            .snapshot()
            .frameworks
            .iter()
            .next()
            .unwrap()
            .suppressed
            .len(),
        1
    );
}

#[test]
fn ofr_4_an_offer_held_too_long_is_rescinded() {
    let mut cluster = Cluster::with(|config| config.offer_timeout = Some(Duration::from_secs(30)));
    cluster.agent(1);
    cluster.framework(1);
    let offers = cluster.offers(1);
    cluster.advance(Duration::from_secs(31));
    let rescinded = cluster.take::<internal::RescindResourceOfferMessage>(&driver(1));
    assert_eq!(rescinded[0].offer_id, offers[0].id);
}

#[test]
fn tsk_12_an_executor_is_shared_and_must_be_identical() {
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let executor = pb::ExecutorInfo {
        executor_id: pb::ExecutorId { value: "e".into() },
        command: Some(pb::CommandInfo {
            value: Some("run".into()),
            ..pb::CommandInfo::default()
        }),
        resources: vec![scalar("cpus", 0.5), scalar("mem", 64.0)],
        ..pb::ExecutorInfo::default()
    };
    let task = |name: &str, executor: &pb::ExecutorInfo| pb::TaskInfo {
        command: None,
        executor: Some(executor.clone()),
        ..command_task(name, &slave, resources(1.0, 64.0))
    };
    let other = pb::ExecutorInfo {
        name: Some("other".into()),
        ..executor.clone()
    };
    let offers = cluster.offers(1);
    let tasks = vec![
        task("a", &executor),
        task("b", &executor),
        task("c", &other),
    ];
    cluster.accept(1, &id, &[&offers[0]], vec![launch(tasks)]);
    let runs = cluster.take::<internal::RunTaskMessage>(&agent(1));
    let launches: Vec<Option<bool>> = runs.iter().map(|run| run.launch_executor).collect();
    assert_eq!(launches, [Some(true), Some(false)]);
    assert_eq!(
        runs[0]
            .task
            .executor
            .as_ref()
            .unwrap()
            .framework_id
            .as_ref(),
        Some(&id),
        "OFR-10"
    );
    assert_eq!(cluster.states(1)[0].0, "c");
    let snapshot = cluster.snapshot();
    let framework = snapshot.frameworks.iter().next().unwrap();
    assert_eq!(framework.used.cpus(), Some(2.5));
    assert_eq!(framework.executors.len(), 1);
    let next = cluster.offers(1);
    assert_eq!(next[0].executor_ids[0].value, "e");
}

#[test]
fn fwk_6_launch_tasks_without_tasks_declines() {
    use mesos_master::event::Message;
    let mut cluster = Cluster::new();
    let slave = cluster.agent(1);
    let id = cluster.framework(1);
    let offers = cluster.offers(1);
    let message = internal::LaunchTasksMessage {
        framework_id: id.clone(),
        tasks: Vec::new(),
        filters: pb::Filters {
            refuse_seconds: Some(0.0),
        },
        offer_ids: vec![offers[0].id.clone()],
    };
    cluster.message(
        &driver(1),
        Message::LaunchTasks(Box::new(message.clone()), None),
    );
    assert_eq!(cluster.snapshot().outstanding_offers, 0);
    let offers = cluster.offers(1);
    let tasks = vec![command_task("t", &slave, resources(1.0, 32.0))];
    let message = internal::LaunchTasksMessage {
        tasks,
        offer_ids: vec![offers[0].id.clone()],
        ..message
    };
    cluster.message(&driver(1), Message::LaunchTasks(Box::new(message), None));
    assert_eq!(cluster.take::<internal::RunTaskMessage>(&agent(1)).len(), 1);
}
