//! The master's counters, as a plain struct that travels with the snapshot.
//!
//! Gauges are not here: the views compute them from the snapshot's tables.

use std::{collections::BTreeMap, sync::Arc};

use mesos_proto::mesos::{self as pb, TaskState, scheduler::call};

/// Declares the counters of a struct with their metric names.
macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($field:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name {
            $(pub $field: u64,)+
        }

        impl $name {
            /// Name (behind the prefix) and value of every counter.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$(($text, self.$field),)+].into_iter()
            }
        }
    };
}

counters!(
    /// Counters named `master/<name>`.
    MasterCounters {
        tasks_finished = "tasks_finished",
        tasks_failed = "tasks_failed",
        tasks_killed = "tasks_killed",
        tasks_lost = "tasks_lost",
        tasks_error = "tasks_error",
        tasks_dropped = "tasks_dropped",
        tasks_gone = "tasks_gone",
        tasks_gone_by_operator = "tasks_gone_by_operator",
        dropped_messages = "dropped_messages",
        messages_register_framework = "messages_register_framework",
        messages_reregister_framework = "messages_reregister_framework",
        messages_unregister_framework = "messages_unregister_framework",
        messages_deactivate_framework = "messages_deactivate_framework",
        messages_kill_task = "messages_kill_task",
        messages_status_update_acknowledgement = "messages_status_update_acknowledgement",
        messages_operation_status_update_acknowledgement = "messages_operation_status_update_acknowledgement",
        messages_resource_request = "messages_resource_request",
        messages_launch_tasks = "messages_launch_tasks",
        messages_decline_offers = "messages_decline_offers",
        messages_revive_offers = "messages_revive_offers",
        messages_suppress_offers = "messages_suppress_offers",
        messages_reconcile_operations = "messages_reconcile_operations",
        messages_reconcile_tasks = "messages_reconcile_tasks",
        messages_framework_to_executor = "messages_framework_to_executor",
        messages_executor_to_framework = "messages_executor_to_framework",
        messages_register_slave = "messages_register_slave",
        messages_reregister_slave = "messages_reregister_slave",
        messages_unregister_slave = "messages_unregister_slave",
        messages_status_update = "messages_status_update",
        messages_operation_status_update = "messages_operation_status_update",
        messages_exited_executor = "messages_exited_executor",
        messages_update_slave = "messages_update_slave",
        messages_authenticate = "messages_authenticate",
        valid_framework_to_executor_messages = "valid_framework_to_executor_messages",
        invalid_framework_to_executor_messages = "invalid_framework_to_executor_messages",
        valid_executor_to_framework_messages = "valid_executor_to_framework_messages",
        invalid_executor_to_framework_messages = "invalid_executor_to_framework_messages",
        valid_status_updates = "valid_status_updates",
        invalid_status_updates = "invalid_status_updates",
        valid_status_update_acknowledgements = "valid_status_update_acknowledgements",
        invalid_status_update_acknowledgements = "invalid_status_update_acknowledgements",
        valid_operation_status_updates = "valid_operation_status_updates",
        invalid_operation_status_updates = "invalid_operation_status_updates",
        valid_operation_status_update_acknowledgements = "valid_operation_status_update_acknowledgements",
        invalid_operation_status_update_acknowledgements = "invalid_operation_status_update_acknowledgements",
        recovery_slave_removals = "recovery_slave_removals",
        slave_registrations = "slave_registrations",
        slave_reregistrations = "slave_reregistrations",
        slave_removals = "slave_removals",
        slave_removals_reason_unhealthy = "slave_removals/reason_unhealthy",
        slave_removals_reason_unregistered = "slave_removals/reason_unregistered",
        slave_removals_reason_registered = "slave_removals/reason_registered",
        slave_shutdowns_scheduled = "slave_shutdowns_scheduled",
        slave_shutdowns_completed = "slave_shutdowns_completed",
        slave_shutdowns_canceled = "slave_shutdowns_canceled",
        slave_unreachable_scheduled = "slave_unreachable_scheduled",
        slave_unreachable_completed = "slave_unreachable_completed",
        slave_unreachable_canceled = "slave_unreachable_canceled",
    }
);

impl MasterCounters {
    /// Counts a transition to a terminal state; other states have gauges.
    pub fn task_reached(&mut self, state: TaskState) {
        match state {
            TaskState::TaskFinished => self.tasks_finished += 1,
            TaskState::TaskFailed => self.tasks_failed += 1,
            TaskState::TaskKilled => self.tasks_killed += 1,
            TaskState::TaskLost => self.tasks_lost += 1,
            TaskState::TaskError => self.tasks_error += 1,
            TaskState::TaskDropped => self.tasks_dropped += 1,
            TaskState::TaskGone => self.tasks_gone += 1,
            TaskState::TaskGoneByOperator => self.tasks_gone_by_operator += 1,
            TaskState::TaskStaging
            | TaskState::TaskStarting
            | TaskState::TaskRunning
            | TaskState::TaskKilling
            | TaskState::TaskUnreachable
            | TaskState::TaskUnknown => {}
        }
    }
}

/// Counters named `master/<task_state>/<source>/<reason>`, created on first use.
pub type TaskReasonCounters =
    BTreeMap<(TaskState, pb::task_status::Source, pb::task_status::Reason), u64>;

counters!(
    /// Counters named `frameworks/<principal>/<name>`.
    PrincipalCounters {
        messages_received = "messages_received",
        messages_processed = "messages_processed",
    }
);

/// Counters named `master/frameworks/<name>/<id>/…`.
#[derive(Debug, Clone, Default)]
pub struct FrameworkCounters {
    pub offers_sent: u64,
    pub offers_accepted: u64,
    pub offers_declined: u64,
    pub offers_rescinded: u64,
    /// By call type.
    pub calls: BTreeMap<call::Type, u64>,
    /// By event name: `subscribed`, `offers`, `update` …
    pub events: BTreeMap<&'static str, u64>,
    pub terminal_tasks: BTreeMap<TaskState, u64>,
    /// By operation type; LAUNCH counts once per launched task.
    pub operations: BTreeMap<pb::offer::operation::Type, u64>,
}

impl FrameworkCounters {
    pub fn call(&mut self, kind: call::Type) {
        *self.calls.entry(kind).or_default() += 1;
    }

    pub fn event(&mut self, name: &'static str) {
        *self.events.entry(name).or_default() += 1;
    }

    pub fn operation(&mut self, kind: pb::offer::operation::Type) {
        *self.operations.entry(kind).or_default() += 1;
    }

    pub fn task_reached(&mut self, state: TaskState) {
        if super::state::tasks::is_terminal(state) {
            *self.terminal_tasks.entry(state).or_default() += 1;
        }
    }
}

/// Everything that is counted, shared with the snapshot.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    pub master: MasterCounters,
    pub task_reasons: Arc<TaskReasonCounters>,
    pub principals: Arc<BTreeMap<String, PrincipalCounters>>,
    pub totals: Totals,
}

/// What all frameworks did since the start; no metrics of the original's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub offers_sent: u64,
    pub tasks_launched: u64,
}

impl Counters {
    /// Counts a message of a driver framework with a principal, on arrival and once it is worked on.
    pub fn principal_message(&mut self, principal: &str) {
        let principals = Arc::make_mut(&mut self.principals);
        if let Some(counters) = principals.get_mut(principal) {
            counters.messages_received += 1;
            // Rate limits, which could come between the two, are not built.
            counters.messages_processed += 1;
        }
    }

    pub fn add_principal(&mut self, principal: &str) {
        if !self.principals.contains_key(principal) {
            Arc::make_mut(&mut self.principals)
                .insert(principal.to_owned(), PrincipalCounters::default());
        }
    }

    pub fn remove_principal(&mut self, principal: &str) {
        Arc::make_mut(&mut self.principals).remove(principal);
    }

    /// Counts an update by state, source and reason.
    pub fn task_reason(
        &mut self,
        state: TaskState,
        source: pb::task_status::Source,
        reason: pb::task_status::Reason,
    ) {
        *Arc::make_mut(&mut self.task_reasons)
            .entry((state, source, reason))
            .or_default() += 1;
    }
}
