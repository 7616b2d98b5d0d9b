//! Two agents on one machine, each with its own port and work directory.

use mesos_proto::mesos::TaskState;
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, shell_task};
use std::collections::BTreeSet;

#[test]
fn two_agents_run_tasks_side_by_side() {
    let cluster = Cluster::start(2);
    let framework = Framework::start(&cluster.master.address, &info("two agents", 0.0));
    let mut agents = BTreeSet::new();
    for number in 0..2 {
        let offer = framework.until("an offer of another agent", |heard| {
            let fresh = |offer: &mesos_proto::mesos::Offer| !agents.contains(&offer.slave_id.value);
            let at = heard.offers.iter().position(fresh)?;
            Some(heard.offers.remove(at))
        });
        agents.insert(offer.slave_id.value.clone());
        let id = format!("t{number}");
        framework.launch(&offer, &[shell_task(&id, "pwd; sleep 1000", &offer)]);
    }
    for id in ["t0", "t1"] {
        framework.until_state(id, TaskState::TaskRunning);
    }
    for agent in &cluster.agents {
        let state = agent.get("/state");
        let frameworks = state["frameworks"].as_array().unwrap();
        let executors = frameworks[0]["executors"].as_array().unwrap();
        assert_eq!(executors.len(), 1, "each agent runs one of the two");
        let sandbox = executors[0]["directory"].as_str().unwrap();
        assert!(sandbox.starts_with(agent.work_dir.to_str().unwrap()));
    }
    framework.driver.stop(false);
}
