//! Calls of the framework.
//!
//! Compat: S7, S19–S23, S26–S30, W1.

use bytes::Bytes;
use mesos_model::clock::Now;

use super::updates::launch_of;
use super::{Call, CallType, Effect, ID, Machine};
use crate::splice::{self, Writer};

const OPERATION_ID: u32 = 12;
const ROLE: u32 = 6;
const ROLES: u32 = 12;

impl Machine {
    pub(super) fn on_call(&mut self, now: Now, call: Call, out: &mut Vec<Effect>) {
        match call {
            Call::Accept {
                offer_ids,
                operations,
                filters,
            } => {
                self.on_accept(now, &offer_ids, &operations, &filters, out);
            }
            Call::Revive { roles } => self.on_revive(&roles, out),
            Call::Suppress { roles } => self.on_suppress(&roles, out),
            Call::UpdateFramework {
                framework,
                suppressed_roles,
                offer_constraints,
            } => {
                self.on_update_framework(&framework, &suppressed_roles, offer_constraints, out);
            }
            Call::Acknowledge { status } => self.on_explicit_acknowledgement(&status, out),
            Call::Request { .. }
            | Call::Decline { .. }
            | Call::Kill { .. }
            | Call::Message { .. }
            | Call::Reconcile { .. }
                if !self.connected => {}
            Call::Request { requests } => {
                let request = Writer::new().all(1, &requests).finish();
                self.send_call(CallType::Request, |call| call.bytes(11, &request), out);
            }
            Call::Decline { offer_id, filters } => {
                self.offers.remove(&splice::id(&offer_id));
                let decline = Writer::new()
                    .bytes(1, &offer_id)
                    .bytes(2, &filters)
                    .finish();
                self.send_call(CallType::Decline, |call| call.bytes(5, &decline), out);
            }
            Call::Kill { task_id } => {
                let kill = Writer::new().bytes(1, &task_id).finish();
                self.send_call(CallType::Kill, |call| call.bytes(6, &kill), out);
            }
            Call::Message {
                executor_id,
                agent_id,
                data,
            } => {
                self.on_framework_message_call(&executor_id, &agent_id, &data, out);
            }
            Call::Reconcile { statuses } => {
                let tasks: Vec<Bytes> = statuses.iter().map(reconcile_task).collect();
                let reconcile = Writer::new().all(1, &tasks).finish();
                self.send_call(CallType::Reconcile, |call| call.bytes(9, &reconcile), out);
            }
        }
    }

    fn on_accept(
        &mut self,
        now: Now,
        offer_ids: &[Bytes],
        operations: &[Bytes],
        filters: &Bytes,
        out: &mut Vec<Effect>,
    ) {
        if operations
            .iter()
            .any(|operation| splice::message(operation, OPERATION_ID).is_some())
        {
            let text =
                "An offer operation with an 'id' cannot be used with the v0 scheduler driver";
            out.push(Effect::Fail(text.to_owned()));
            return;
        }
        if !self.connected {
            self.lose_tasks(now, operations, out);
            return;
        }
        self.remember_agents(offer_ids, operations);
        let accept = Writer::new()
            .all(1, offer_ids)
            .all(2, operations)
            .bytes(3, filters)
            .finish();
        self.send_call(CallType::Accept, |call| call.bytes(4, &accept), out);
    }

    /// Keeps the pid of every agent on which these operations launch a task, and forgets the offers.
    fn remember_agents(&mut self, offer_ids: &[Bytes], operations: &[Bytes]) {
        let launched: Vec<String> = operations
            .iter()
            .filter_map(launch_of)
            .flatten()
            .filter_map(|task| splice::message(&task, 3))
            .map(|agent_id| splice::id(&agent_id))
            .collect();
        for offer_id in offer_ids {
            let Some(origin) = self.offers.remove(&splice::id(offer_id)) else {
                continue;
            };
            if launched.contains(&origin.agent_id) {
                self.agents.insert(origin.agent_id, origin.agent);
            }
        }
    }

    fn on_framework_message_call(
        &self,
        executor_id: &Bytes,
        agent_id: &Bytes,
        data: &Bytes,
        out: &mut Vec<Effect>,
    ) {
        let Some(framework_id) = &self.framework_id else {
            return;
        };
        if let Some(agent) = self.agents.get(&splice::id(agent_id)) {
            let body = Writer::new()
                .bytes(1, agent_id)
                .bytes(2, framework_id)
                .bytes(3, executor_id)
                .bytes(4, data)
                .finish();
            out.push(Effect::Send {
                to: agent.clone(),
                name: "mesos.internal.FrameworkToExecutorMessage",
                body,
            });
            return;
        }
        let message = Writer::new()
            .bytes(1, agent_id)
            .bytes(2, executor_id)
            .bytes(3, data)
            .finish();
        self.send_call(CallType::Message, |call| call.bytes(10, &message), out);
    }

    fn on_revive(&mut self, roles: &[String], out: &mut Vec<Effect>) {
        if roles.is_empty() {
            self.suppressed.clear();
        } else {
            self.suppressed.retain(|role| !roles.contains(role));
        }
        if !self.connected {
            self.update_due = true;
            return;
        }
        let revive = Writer::new().all(1, roles).finish();
        let present = (!roles.is_empty()).then_some(&revive[..]);
        self.send_call(CallType::Revive, |call| call.some(15, present), out);
    }

    fn on_suppress(&mut self, roles: &[String], out: &mut Vec<Effect>) {
        if roles.is_empty() {
            self.suppressed = self.framework_roles().into_iter().collect();
        } else {
            self.suppressed.extend(roles.iter().cloned());
        }
        if !self.connected {
            self.update_due = true;
            return;
        }
        let suppress = Writer::new().all(1, roles).finish();
        let present = (!roles.is_empty()).then_some(&suppress[..]);
        self.send_call(CallType::Suppress, |call| call.some(16, present), out);
    }

    /// The roles that can be named: `roles`, or `role` if the framework uses that.
    fn framework_roles(&self) -> Vec<String> {
        let text = |number| {
            splice::messages(&self.framework, number)
                .iter()
                .map(|r| String::from_utf8_lossy(r).into_owned())
                .collect()
        };
        let roles: Vec<String> = text(ROLES);
        if roles.is_empty() { text(ROLE) } else { roles }
    }

    fn on_update_framework(
        &mut self,
        framework: &Bytes,
        suppressed_roles: &[String],
        offer_constraints: Bytes,
        out: &mut Vec<Effect>,
    ) {
        let Some(own_id) = &self.framework_id else {
            out.push(Effect::Fail("MesosSchedulerDriver::updateFramework() must not be called prior to registration with the master".to_owned()));
            return;
        };
        let given = splice::message(framework, ID)
            .map(|id| splice::id(&id))
            .unwrap_or_default();
        if given != splice::id(own_id) {
            let text = format!(
                "The 'FrameworkInfo.id' '{given}' provided to updateFramework() does not match the framework's id '{}'",
                splice::id(own_id)
            );
            out.push(Effect::Fail(text));
            return;
        }
        let unique: std::collections::BTreeSet<String> = suppressed_roles.iter().cloned().collect();
        if unique.len() != suppressed_roles.len() {
            out.push(Effect::Fail(
                "Invalid suppressed role list: contains duplicates".to_owned(),
            ));
            return;
        }
        self.framework = framework.clone();
        self.suppressed = unique;
        self.offer_constraints = offer_constraints;
        if self.connected {
            self.send_update_framework(out);
        } else {
            self.update_due = true;
        }
    }
}

/// `Call.Reconcile.Task` out of a `mesos.TaskStatus`.
fn reconcile_task(status: &Bytes) -> Bytes {
    let task_id = splice::message(status, 1).unwrap_or_default();
    Writer::new()
        .bytes(1, &task_id)
        .some(2, splice::message(status, 5).as_deref())
        .finish()
}
