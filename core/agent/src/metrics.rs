//! Counters of the machine; gauges are computed from the tables when asked.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub recovery_errors: u64,
    pub tasks_finished: u64,
    pub tasks_failed: u64,
    pub tasks_killed: u64,
    pub tasks_lost: u64,
    pub tasks_gone: u64,
    pub executors_terminated: u64,
    pub executors_preempted: u64,
    pub valid_status_updates: u64,
    pub invalid_status_updates: u64,
    /// Valid ones turned away because too many wait.
    pub dropped_status_updates: u64,
    pub valid_framework_messages: u64,
    pub invalid_framework_messages: u64,
    pub container_launch_errors: u64,
    pub path_removals_succeeded: u64,
    pub path_removals_failed: u64,
}

impl Counters {
    pub fn count_terminal(&mut self, state: mesos_proto::mesos::TaskState) {
        use mesos_proto::mesos::TaskState;
        match state {
            TaskState::TaskFinished => self.tasks_finished += 1,
            TaskState::TaskFailed => self.tasks_failed += 1,
            TaskState::TaskKilled => self.tasks_killed += 1,
            TaskState::TaskLost => self.tasks_lost += 1,
            TaskState::TaskGone => self.tasks_gone += 1,
            TaskState::TaskStaging
            | TaskState::TaskStarting
            | TaskState::TaskRunning
            | TaskState::TaskKilling
            | TaskState::TaskError
            | TaskState::TaskDropped
            | TaskState::TaskUnreachable
            | TaskState::TaskGoneByOperator
            | TaskState::TaskUnknown => {}
        }
    }
}
