//! 1,000 short tasks through one framework: none lost, every update acknowledged.

use mesos_proto::mesos::TaskState;
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, shell_task};
use mesos_tests::wait;
use std::time::{Duration, Instant};

const TASKS: usize = 1_000;
const PER_OFFER: usize = 40;
const TIME: Duration = Duration::from_secs(240);

#[test]
fn a_thousand_short_tasks_are_all_finished_and_acknowledged() {
    let cluster = Cluster::start(2);
    let framework = Framework::start(&cluster.master.address, &info("many tasks", 0.0));
    let deadline = Instant::now() + TIME;
    let mut launched = 0;
    while launched < TASKS {
        assert!(Instant::now() < deadline, "{launched} launched in time");
        let offer = framework.offer();
        let cpus: f64 = offer
            .resources
            .iter()
            .filter(|resource| resource.name == "cpus")
            .filter_map(|resource| Some(resource.scalar.as_ref()?.value))
            .sum();
        let fitting = (cpus / 0.2) as usize;
        let count = fitting.min(PER_OFFER).min(TASKS - launched);
        let tasks: Vec<_> = (launched..launched + count)
            .map(|number| shell_task(&format!("t{number}"), "true", &offer))
            .collect();
        framework.launch(&offer, &tasks);
        launched += count;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    wait::until_within("all tasks finished", left, || {
        let heard = framework.heard();
        let finished = heard.count_in(TaskState::TaskFinished);
        let bad = heard.count_in(TaskState::TaskLost) + heard.count_in(TaskState::TaskFailed);
        assert_eq!(bad, 0, "no task is lost: {:#?}", heard.statuses.last());
        (finished == TASKS).then_some(())
    });
    // A terminal task leaves the master's active list only by its acknowledgement (STS-6).
    wait::until("every update acknowledged", || {
        let state = cluster.master.get("/state");
        let framework = &state["frameworks"][0];
        framework["tasks"].as_array()?.is_empty().then_some(())
    });
    wait::until("as many acknowledgements as updates that want one", || {
        let heard = framework.heard();
        let wanted = heard.statuses.iter().filter(|status| status.uuid.is_some());
        let valid = cluster.metric("master/valid_status_update_acknowledgements");
        (valid as usize == wanted.count()).then_some(())
    });
    let invalid = cluster.metric("master/invalid_status_update_acknowledgements");
    assert!(invalid.abs() < 0.5, "{invalid} invalid acknowledgements");
}
