//! The agent's metrics by their names.

use mesos_model::Resources;
use mesos_model::clock::Now;
use mesos_proto::mesos::TaskState;

use crate::machine::Agent;
use crate::state::ExecutorPhase;

impl Agent {
    pub fn metrics(&self, now: Now, put: &mut dyn FnMut(&str, f64)) {
        self.put_counters(put);
        put(
            "slave/uptime_secs",
            now.instant.since(self.started.instant).as_secs_f64(),
        );
        put(
            "slave/registered",
            if self.master.is_some() { 1.0 } else { 0.0 },
        );
        if let Some(after) = self.recovered_after {
            put("slave/recovery_time_secs", after.as_secs_f64());
        }
        put("slave/frameworks_active", self.frameworks.len() as f64);
        put(
            "slave/executor_directory_max_allowed_age_secs",
            self.gc.age_max().as_secs_f64(),
        );
        put("gc/path_removals_pending", self.gc.pending() as f64);
        self.put_tasks(put);
        self.put_executors(put);
        let (total, used) = (self.total.clone(), self.allocated());
        put_resources("", &total.non_revocable(), &used.non_revocable(), put);
        put_resources("_revocable", &total.revocable(), &used.revocable(), put);
    }

    fn put_counters(&self, put: &mut dyn FnMut(&str, f64)) {
        let c = &self.counters;
        for (name, value) in [
            ("slave/recovery_errors", c.recovery_errors),
            ("slave/tasks_finished", c.tasks_finished),
            ("slave/tasks_failed", c.tasks_failed),
            ("slave/tasks_killed", c.tasks_killed),
            ("slave/tasks_lost", c.tasks_lost),
            ("slave/tasks_gone", c.tasks_gone),
            ("slave/executors_terminated", c.executors_terminated),
            ("slave/executors_preempted", c.executors_preempted),
            ("slave/valid_status_updates", c.valid_status_updates),
            ("slave/invalid_status_updates", c.invalid_status_updates),
            // An addition: the original has no such bound.
            ("slave/dropped_status_updates", c.dropped_status_updates),
            ("slave/valid_framework_messages", c.valid_framework_messages),
            (
                "slave/invalid_framework_messages",
                c.invalid_framework_messages,
            ),
            ("slave/container_launch_errors", c.container_launch_errors),
            ("gc/path_removals_succeeded", c.path_removals_succeeded),
            ("gc/path_removals_failed", c.path_removals_failed),
            ("resource_provider_manager/subscribed", 0),
            ("resource_provider_manager/events/subscribe", 0),
            ("resource_provider_manager/events/disconnect", 0),
            ("containerizer/mesos/container_destroy_errors", 0),
            (
                "containerizer/mesos/provisioner/bind/remove_rootfs_errors",
                0,
            ),
            ("containerizer/mesos/provisioner/remove_container_errors", 0),
        ] {
            put(name, value as f64);
        }
    }

    fn put_tasks(&self, put: &mut dyn FnMut(&str, f64)) {
        let [mut staging, mut starting, mut running, mut killing] = [0u64; 4];
        for framework in self.frameworks.values() {
            staging += framework
                .pending
                .iter()
                .map(|p| p.tasks.len() as u64)
                .sum::<u64>();
            for executor in framework.executors.values() {
                staging += executor.queued.len() as u64;
                for task in executor.launched.values() {
                    match task.state() {
                        TaskState::TaskStaging => staging += 1,
                        TaskState::TaskStarting => starting += 1,
                        TaskState::TaskRunning => running += 1,
                        TaskState::TaskKilling => killing += 1,
                        _ => {}
                    }
                }
            }
        }
        put("slave/tasks_staging", staging as f64);
        put("slave/tasks_starting", starting as f64);
        put("slave/tasks_running", running as f64);
        put("slave/tasks_killing", killing as f64);
    }

    fn put_executors(&self, put: &mut dyn FnMut(&str, f64)) {
        let count = |phase| {
            let all = self
                .frameworks
                .values()
                .flat_map(|framework| framework.executors.values());
            all.filter(|executor| executor.phase == phase).count() as f64
        };
        put(
            "slave/executors_registering",
            count(ExecutorPhase::Registering),
        );
        put("slave/executors_running", count(ExecutorPhase::Running));
        put(
            "slave/executors_terminating",
            count(ExecutorPhase::Terminating),
        );
    }
}

fn put_resources(
    suffix: &str,
    total: &Resources,
    used: &Resources,
    put: &mut dyn FnMut(&str, f64),
) {
    for name in ["cpus", "gpus", "mem", "disk"] {
        let amount = |resources: &Resources| {
            resources.milli(&mesos_model::resources::Name::new(name)) as f64 / 1000.0
        };
        let (total, used) = (amount(total), amount(used));
        put(&format!("slave/{name}{suffix}_total"), total);
        put(&format!("slave/{name}{suffix}_used"), used);
        put(
            &format!("slave/{name}{suffix}_percent"),
            if total > 0.0 { used / total } else { 0.0 },
        );
    }
}
