//! The books: which task, executor and offer holds what, on the agent, in the framework and in the allocator.
//!
//! Every change of holdings goes through here, so that the three stay equal.
//! Compat: OFR-5, STS-4, STS-5, STS-6.

use std::sync::Arc;

use mesos_allocator::{Event as Allocation, Held};
use mesos_model::{AgentId, ExecutorId, FrameworkId, OfferId, Resources, TaskId};
use mesos_proto::{internal, mesos::TaskState};

use crate::{
    context::Context,
    machine::Master,
    state::{ExecutorRecord, OfferRecord, TaskRecord, tasks},
};

/// Where a task's record goes when it leaves the current list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    Completed,
    Unreachable,
}

/// How a framework learns that an offer is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// RESCIND is sent.
    Rescind,
    /// Nothing is sent.
    Discard,
}

impl Master {
    /// Enters a task; its resources count as used unless its state holds none.
    pub(crate) fn add_task(&mut self, task: TaskRecord) {
        let fixed = Arc::clone(&task.fixed);
        let holds = task.holds_resources();
        if let Some(agent) = self.agents.get_mut(&fixed.agent) {
            agent
                .tasks
                .entry(fixed.framework.clone())
                .or_default()
                .insert(fixed.id.clone());
            if holds {
                agent.use_resources(&fixed.framework, &fixed.resources);
            }
        }
        if let Some(framework) = self.frameworks.get_mut(&fixed.framework) {
            if holds {
                framework.used += &fixed.resources;
            }
            framework.tasks.insert(fixed.id.clone(), Arc::new(task));
        }
    }

    pub(crate) fn add_executor(&mut self, executor: ExecutorRecord) {
        let record = Arc::new(executor);
        if let Some(agent) = self.agents.get_mut(&record.agent) {
            agent.use_resources(&record.framework, &record.resources);
            let executors = agent.executors.entry(record.framework.clone()).or_default();
            executors.insert(record.id.clone(), Arc::clone(&record));
        }
        if let Some(framework) = self.frameworks.get_mut(&record.framework) {
            framework.used += &record.resources;
            let of_agent = framework
                .executors_by_agent
                .entry(record.agent.clone())
                .or_default();
            of_agent.insert(record.id.clone());
            framework
                .executors
                .insert((record.agent.clone(), record.id.clone()), record);
        }
    }

    /// Takes an executor off the books and gives its resources back.
    pub(crate) fn remove_executor(
        &mut self,
        cx: &mut Context<'_>,
        agent_id: &AgentId,
        framework_id: &FrameworkId,
        executor_id: &ExecutorId,
    ) {
        let Some(agent) = self.agents.get_mut(agent_id) else {
            return;
        };
        let Some(executors) = agent.executors.get_mut(framework_id) else {
            return;
        };
        let Some(record) = executors.remove(executor_id) else {
            return;
        };
        if executors.is_empty() {
            agent.executors.remove(framework_id);
        }
        agent.free_resources(framework_id, &record.resources);
        if let Some(framework) = self.frameworks.get_mut(framework_id) {
            framework.used -= &record.resources;
            framework
                .executors
                .remove(&(agent_id.clone(), executor_id.clone()));
            if let Some(ids) = framework.executors_by_agent.get_mut(agent_id) {
                ids.remove(executor_id);
                if ids.is_empty() {
                    framework.executors_by_agent.remove(agent_id);
                }
            }
        }
        self.recover_allocated(cx, framework_id, agent_id, record.resources.clone());
    }

    /// Gives resources that were in use back to the allocator, without filter.
    pub(crate) fn recover_allocated(
        &mut self,
        cx: &mut Context<'_>,
        framework: &FrameworkId,
        agent: &AgentId,
        resources: Resources,
    ) {
        self.recover(cx, framework, agent, resources, None, Held::Allocated);
    }

    /// The allocator takes one allocation role per call (ALC-24).
    pub(crate) fn recover(
        &mut self,
        cx: &mut Context<'_>,
        framework: &FrameworkId,
        agent: &AgentId,
        resources: Resources,
        refuse_seconds: Option<f64>,
        held: Held,
    ) {
        if resources.is_empty() {
            return;
        }
        let event = |resources| Allocation::ResourcesRecovered {
            framework: framework.clone(),
            agent: agent.clone(),
            resources,
            refuse_seconds,
            held,
        };
        let first = resources
            .iter()
            .next()
            .and_then(|r| r.allocation_role().cloned());
        if resources
            .iter()
            .all(|r| r.allocation_role() == first.as_ref())
        {
            self.tell_allocator(cx, event(resources));
            return;
        }
        for (_, part) in resources.allocations() {
            self.tell_allocator(cx, event(part));
        }
    }

    /// Records an update: state, history, counters, and resources when the task ends (STS-4, STS-5).
    ///
    /// `forwarded`: the update was sent on and carries a uuid (STS-3).
    pub(crate) fn update_task(
        &mut self,
        cx: &mut Context<'_>,
        update: &internal::StatusUpdate,
        forwarded: bool,
    ) {
        let framework_id = FrameworkId::from(&update.framework_id);
        let task_id = TaskId::from(&update.status.task_id);
        let Some(framework) = self.frameworks.get_mut(&framework_id) else {
            return;
        };
        let Some(current) = framework.tasks.get(&task_id) else {
            return;
        };
        let status = &update.status;
        let latest = update
            .latest_state
            .and_then(|s| TaskState::try_from(s).ok())
            .unwrap_or(status.state());
        let mut record = TaskRecord::clone(current);
        let held = record.holds_resources();
        if !tasks::is_terminal(record.state) {
            record.state = latest;
        }
        record.push_status(status);
        if let Some(uuid) = update.uuid.as_ref().filter(|_| forwarded) {
            record.forwarded = Some((status.state(), uuid.clone()));
        }
        let ended = held && !record.holds_resources();
        let state = record.state;
        let fixed = Arc::clone(&record.fixed);
        framework.tasks.insert(task_id, Arc::new(record));
        if !ended {
            return;
        }
        framework.used -= &fixed.resources;
        framework.counters_mut().task_reached(state);
        self.counters.master.task_reached(state);
        if let (Some(_), Some(_)) = (status.source, status.reason) {
            self.counters
                .task_reason(state, status.source(), status.reason());
        }
        if let Some(agent) = self.agents.get_mut(&fixed.agent) {
            agent.free_resources(&framework_id, &fixed.resources);
        }
        self.recover_allocated(cx, &framework_id, &fixed.agent, fixed.resources.clone());
    }

    /// Takes a task off the current list. A task that still held resources gives them back.
    pub(crate) fn remove_task(
        &mut self,
        cx: &mut Context<'_>,
        framework_id: &FrameworkId,
        id: &TaskId,
        shelf: Shelf,
    ) {
        let Some(framework) = self.frameworks.get_mut(framework_id) else {
            return;
        };
        let Some(record) = framework.tasks.remove(id) else {
            return;
        };
        let fixed = Arc::clone(&record.fixed);
        let held = record.holds_resources();
        if held {
            framework.used -= &fixed.resources;
        }
        let evicted = match shelf {
            Shelf::Completed => {
                framework.completed_tasks.push(record);
                None
            }
            Shelf::Unreachable => framework.unreachable_tasks.insert(id.clone(), record),
        };
        if shelf == Shelf::Unreachable {
            self.index_unreachable(&fixed.agent, framework_id, id, evicted.as_deref());
        }
        if let Some(agent) = self.agents.get_mut(&fixed.agent) {
            if held {
                agent.free_resources(framework_id, &fixed.resources);
            }
            if let Some(tasks) = agent.tasks.get_mut(framework_id) {
                tasks.remove(id);
                if tasks.is_empty() {
                    agent.tasks.remove(framework_id);
                }
            }
            if let Some(killed) = agent.killed.get_mut(framework_id) {
                killed.remove(id);
                if killed.is_empty() {
                    agent.killed.remove(framework_id);
                }
            }
        }
        if held {
            self.recover_allocated(cx, framework_id, &fixed.agent, fixed.resources.clone());
        }
    }

    fn index_unreachable(
        &mut self,
        agent: &AgentId,
        framework: &FrameworkId,
        task: &TaskId,
        evicted: Option<&TaskRecord>,
    ) {
        let index = &mut self.agents.sets.unreachable_tasks;
        if let Some(evicted) = evicted
            && let Some(tasks) = index
                .get_mut(evicted.agent())
                .and_then(|by| by.get_mut(framework))
        {
            tasks.remove(evicted.id());
        }
        index
            .entry(agent.clone())
            .or_default()
            .entry(framework.clone())
            .or_default()
            .insert(task.clone());
    }

    /// Enters an offer.
    pub(crate) fn add_offer(&mut self, offer: OfferRecord) -> Arc<OfferRecord> {
        self.counters.totals.offers_sent += 1;
        let offer = Arc::new(offer);
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.offered += &offer.resources;
            agent.offers.insert(offer.id.clone());
        }
        if let Some(framework) = self.frameworks.get_mut(&offer.framework) {
            framework.offered += &offer.resources;
            framework
                .offers
                .insert(offer.id.clone(), Arc::clone(&offer));
            framework.counters_mut().offers_sent += 1;
        }
        self.offers
            .by_id
            .insert(offer.id.clone(), Arc::clone(&offer));
        offer
    }

    /// Takes an offer off the books without touching the allocator.
    pub(crate) fn remove_offer(&mut self, id: &OfferId) -> Option<Arc<OfferRecord>> {
        let offer = self.offers.by_id.remove(id)?;
        if let Some(agent) = self.agents.get_mut(&offer.agent) {
            agent.offered -= &offer.resources;
            agent.offers.remove(id);
        }
        if let Some(framework) = self.frameworks.get_mut(&offer.framework) {
            framework.offered -= &offer.resources;
            framework.offers.remove(id);
        }
        Some(offer)
    }

    /// Ends an offer: its resources return to the allocator (OFR-5).
    pub(crate) fn withdraw_offer(
        &mut self,
        cx: &mut Context<'_>,
        id: &OfferId,
        how: Withdrawal,
        refuse_seconds: Option<f64>,
    ) {
        let Some(offer) = self.remove_offer(id) else {
            return;
        };
        if how == Withdrawal::Rescind {
            if let Some(framework) = self.frameworks.get_mut(&offer.framework) {
                framework.counters_mut().offers_rescinded += 1;
            }
            let message = internal::RescindResourceOfferMessage {
                offer_id: id.to_proto(),
            };
            self.send_framework(cx, &offer.framework, &message);
        }
        let resources = offer.resources.clone();
        self.recover(
            cx,
            &offer.framework,
            &offer.agent,
            resources,
            refuse_seconds,
            Held::Offered,
        );
    }

    /// Ends every offer on an agent.
    pub(crate) fn withdraw_agent_offers(
        &mut self,
        cx: &mut Context<'_>,
        agent: &AgentId,
        how: Withdrawal,
    ) {
        let offers: Vec<OfferId> = self
            .agents
            .get(agent)
            .map(|agent| agent.offers.iter().cloned().collect())
            .unwrap_or_default();
        for offer in offers {
            self.withdraw_offer(cx, &offer, how, None);
        }
    }

    /// Ends every offer of a framework.
    pub(crate) fn withdraw_framework_offers(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        how: Withdrawal,
    ) {
        let offers: Vec<OfferId> = self
            .frameworks
            .get(id)
            .map(|framework| framework.offers.keys().cloned().collect())
            .unwrap_or_default();
        for offer in offers {
            self.withdraw_offer(cx, &offer, how, None);
        }
    }

    /// Current tasks of an agent as (framework, task).
    pub(crate) fn tasks_of_agent(&self, id: &AgentId) -> Vec<(FrameworkId, TaskId)> {
        let Some(agent) = self.agents.get(id) else {
            return Vec::new();
        };
        let each = |(framework, tasks): (&FrameworkId, &std::collections::HashSet<TaskId>)| {
            tasks
                .iter()
                .map(|task| (framework.clone(), task.clone()))
                .collect::<Vec<_>>()
        };
        agent.tasks.iter().flat_map(each).collect()
    }

    pub(crate) fn executors_of_agent(&self, id: &AgentId) -> Vec<(FrameworkId, ExecutorId)> {
        let Some(agent) = self.agents.get(id) else {
            return Vec::new();
        };
        let each = |record: &Arc<ExecutorRecord>| (record.framework.clone(), record.id.clone());
        agent
            .executors
            .values()
            .flat_map(|executors| executors.values())
            .map(each)
            .collect()
    }

    pub(crate) fn task(&self, framework: &FrameworkId, task: &TaskId) -> Option<&Arc<TaskRecord>> {
        self.frameworks.get(framework)?.tasks.get(task)
    }
}
