//! ACCEPT: checks of the offers, then every operation on what is left, then the books.
//!
//! Compat: OFR-6, OFR-7, OFR-10, OFR-11, OFR-12, OFR-13, OFR-14.

mod launch;
mod operations;

use std::collections::HashSet;

use bytes::Bytes;
use mesos_allocator::{Event as Allocation, Held};
use mesos_model::{
    AgentId, FrameworkId, OfferId, Resources, Role,
    resources::{Conversion, format},
    validate,
};
use mesos_proto::{
    Raw,
    mesos::{
        self as pb, TaskState,
        offer::{Operation, operation::Type},
        scheduler::call,
        task_status::Reason,
    },
};

use super::decline::refuse_seconds;
use crate::{
    context::Context,
    ledger::Withdrawal,
    machine::Master,
    notify::{NO_PID, OwnUpdate},
};

/// An ACCEPT on its way through its operations.
pub(super) struct Acceptance {
    framework: FrameworkId,
    agent: AgentId,
    role: Role,
    offered: Resources,
    /// What later operations may still use.
    remaining: Resources,
    /// Results of resizing: returned without filter, not usable in this ACCEPT (OFR-12).
    resized: Resources,
    /// Copies of shared volumes that tasks took; the volumes stay in `remaining` (OFR-13).
    shared: Resources,
    conversions: Vec<Conversion>,
    /// Given to tasks, executors and pending operations.
    allocated: Resources,
}

impl Master {
    pub(super) fn on_accept(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        accept: call::Accept,
        original: Option<&Bytes>,
    ) {
        self.count_launches(&accept.operations);
        let mut acceptance = match self.open_acceptance(id, &accept.offer_ids) {
            Ok(acceptance) => acceptance,
            Err(problem) => {
                cx.warn(format!(
                    "ACCEPT of framework {id} uses invalid offers: {problem}"
                ));
                for offer in accept.offer_ids.iter().map(OfferId::from) {
                    self.withdraw_offer(cx, &offer, Withdrawal::Discard, None);
                }
                let text = format!("Task launched with invalid offers: {problem}");
                self.refuse_tasks(
                    cx,
                    id,
                    &accept.operations,
                    None,
                    Reason::InvalidOffers,
                    &text,
                );
                return;
            }
        };
        for offer in accept.offer_ids.iter().map(OfferId::from) {
            self.remove_offer(&offer);
        }
        if let Some(framework) = self.frameworks.get_mut(id) {
            framework.counters_mut().offers_accepted += accept.offer_ids.len() as u64;
        }
        let problem = match self.agents.get(&acceptance.agent) {
            None => Some((Reason::SlaveRemoved, "Agent removed")),
            Some(agent) if !agent.connected => {
                Some((Reason::SlaveDisconnected, "Agent disconnected"))
            }
            Some(_) => None,
        };
        if let Some((reason, text)) = problem {
            let Acceptance { agent, offered, .. } = acceptance;
            self.refuse_tasks(cx, id, &accept.operations, Some(&agent), reason, text);
            self.recover(cx, id, &agent, offered, None, Held::Offered);
            return;
        }
        let originals = original
            .map(|bytes| mesos_proto::wire::submessages(bytes, &[4, 2]))
            .unwrap_or_default();
        for (at, mut operation) in accept.operations.into_iter().enumerate() {
            format::upgrade_all(&mut operation);
            allocate(&mut operation, &acceptance.role);
            self.perform_operation(cx, &mut acceptance, operation, originals.get(at));
        }
        self.close_acceptance(cx, acceptance, refuse_seconds(accept.filters.as_ref()));
    }

    fn count_launches(&mut self, operations: &[Operation]) {
        for operation in operations
            .iter()
            .filter(|operation| operation.r#type() == Type::Launch)
        {
            let has_tasks = operation
                .launch
                .as_ref()
                .is_some_and(|launch| !launch.task_infos.is_empty());
            if has_tasks {
                self.counters.master.messages_launch_tasks += 1;
            } else {
                self.counters.master.messages_decline_offers += 1;
            }
        }
    }

    /// OFR-7: the offers must exist, be the framework's, and be of one agent and role.
    fn open_acceptance(
        &self,
        id: &FrameworkId,
        offers: &[pb::OfferId],
    ) -> Result<Acceptance, String> {
        if offers.is_empty() {
            return Err("No offers specified".to_owned());
        }
        let facts = |offer: &str| {
            self.offers
                .by_id
                .get(offer)
                .map(|offer| validate::offer::OfferFacts {
                    framework_id: offer.framework.clone(),
                    agent_id: offer.agent.clone(),
                    role: Role::from(offer.role.clone()),
                })
        };
        validate::offer::validate(offers, id, &facts).map_err(|e| e.to_string())?;
        let mut offered = Resources::new();
        let mut place = None;
        for offer in offers {
            let Some(offer) = self.offers.by_id.get(offer.value.as_str()) else {
                continue;
            };
            offered += &offer.resources;
            place = Some((offer.agent.clone(), Role::from(offer.role.clone())));
        }
        let (agent, role) = place.ok_or("No offers specified")?;
        Ok(Acceptance {
            framework: id.clone(),
            agent,
            role,
            remaining: offered.clone(),
            offered,
            resized: Resources::new(),
            shared: Resources::new(),
            conversions: Vec::new(),
            allocated: Resources::new(),
        })
    }

    /// One operation; a failing one is skipped (OFR-12).
    fn perform_operation(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        operation: Operation,
        original: Option<&Bytes>,
    ) {
        match operation.r#type() {
            Type::Launch => self.launch(cx, acceptance, operation, original),
            Type::LaunchGroup => self.launch_group(cx, acceptance, operation, original),
            Type::Reserve
            | Type::Unreserve
            | Type::Create
            | Type::Destroy
            | Type::GrowVolume
            | Type::ShrinkVolume => {
                self.speculate(cx, acceptance, as_sent(operation, original));
            }
            Type::CreateDisk | Type::DestroyDisk => {
                self.convert_disk(cx, acceptance, as_sent(operation, original));
            }
            Type::Unknown => {
                cx.warn(format!(
                    "Skipping an operation of unknown type of framework {}",
                    acceptance.framework
                ));
            }
        }
    }

    /// OFR-14: the allocator's books follow in one step, and what is left goes back.
    fn close_acceptance(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: Acceptance,
        refuse: Option<f64>,
    ) {
        let Acceptance {
            framework,
            agent,
            offered,
            remaining,
            resized,
            shared,
            mut conversions,
            allocated,
            ..
        } = acceptance;
        let mut left = remaining;
        if !shared.is_empty() {
            // Copies beyond the offered ones come into being; offered copies that tasks took do not go back.
            let extra = &shared - &offered.shared();
            if !extra.is_empty() {
                conversions.push(Conversion::new(Resources::new(), extra));
            }
            left -= &shared;
        }
        if !conversions.is_empty() {
            let (framework, agent) = (framework.clone(), agent.clone());
            self.tell_allocator(
                cx,
                Allocation::AllocationUpdated {
                    framework,
                    agent,
                    conversions,
                },
            );
        }
        if !allocated.is_empty() {
            let (framework, agent) = (framework.clone(), agent.clone());
            self.tell_allocator(
                cx,
                Allocation::OfferedBecameAllocated {
                    framework,
                    agent,
                    resources: allocated,
                },
            );
        }
        let made = &left - &offered;
        let untouched = &left - &made;
        self.recover(
            cx,
            &framework,
            &agent,
            &made + &resized,
            None,
            Held::Offered,
        );
        self.recover(cx, &framework, &agent, untouched, refuse, Held::Offered);
    }

    /// Every task of the operations gets an update that it was not launched (OFR-7, OFR-11).
    fn refuse_tasks(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        operations: &[Operation],
        agent: Option<&AgentId>,
        reason: Reason,
        text: &str,
    ) {
        let aware = self
            .frameworks
            .get(id)
            .is_some_and(|framework| framework.capabilities.partition_aware);
        let state = if aware {
            TaskState::TaskDropped
        } else {
            TaskState::TaskLost
        };
        let mut told: HashSet<&str> = HashSet::new();
        for operation in operations {
            for task in tasks_of(operation) {
                if told.insert(task.task_id.value.as_str()) {
                    self.refuse_task(cx, id, task, agent, state, reason, text);
                }
            }
        }
    }

    /// A task that never reached an agent ends here: counted, told, not recorded.
    #[allow(
        clippy::too_many_arguments,
        reason = "one place for every kind of refusal"
    )]
    fn refuse_task(
        &mut self,
        cx: &mut Context<'_>,
        id: &FrameworkId,
        task: &pb::TaskInfo,
        agent: Option<&AgentId>,
        state: TaskState,
        reason: Reason,
        text: &str,
    ) {
        let given = AgentId::from(&task.slave_id);
        let executor = task
            .executor
            .as_ref()
            .map(|executor| (&executor.executor_id).into());
        let task_id = (&task.task_id).into();
        let update = OwnUpdate {
            framework: id,
            agent: Some(agent.unwrap_or(&given)),
            task: &task_id,
            executor: executor.as_ref(),
            state,
            reason,
            message: text,
            unreachable_time: None,
        };
        self.counters.master.task_reached(state);
        self.counters
            .task_reason(state, pb::task_status::Source::Master, reason);
        if let Some(framework) = self.frameworks.get_mut(id) {
            framework.counters_mut().task_reached(state);
        }
        self.send_own_update(cx, &update, Some(NO_PID));
    }
}

/// The operation with the unknown fields of its original.
fn as_sent(operation: Operation, original: Option<&Bytes>) -> Raw<Operation> {
    match original.and_then(|bytes| Raw::<Operation>::from_bytes(bytes.clone()).ok()) {
        Some(mut raw) => {
            raw.edit(|value| *value = operation);
            raw
        }
        None => Raw::new(operation),
    }
}

fn tasks_of(operation: &Operation) -> impl Iterator<Item = &pb::TaskInfo> {
    let launch = operation
        .launch
        .iter()
        .flat_map(|launch| &launch.task_infos);
    launch.chain(
        operation
            .launch_group
            .iter()
            .flat_map(|group| &group.task_group.tasks),
    )
}

/// OFR-10: resources that do not say for which role they are used are used for the offers' role.
fn allocate(operation: &mut Operation, role: &Role) {
    use format::HoldsResources;
    let done = operation.each_resource(&mut |resource| {
        let info = resource.allocation_info.get_or_insert_default();
        if info.role.is_none() {
            info.role = Some(role.to_string());
        }
        Ok(())
    });
    debug_assert!(done.is_ok(), "setting the role refuses nothing");
}
