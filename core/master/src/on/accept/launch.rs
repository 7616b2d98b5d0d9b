//! LAUNCH and LAUNCH_GROUP. Compat: OFR-8, OFR-9, OFR-12, OFR-13, OFR-15, TSK-1 … TSK-15.

use bytes::Bytes;
use mesos_model::{
    AgentId, ExecutorId, FrameworkId, Resources, capability::AgentCapabilities, resources::format,
    validate,
};
use mesos_proto::{
    Raw, internal,
    mesos::{
        self as pb, TaskState,
        offer::{Operation, operation::Type},
        task_status::Reason,
    },
    wire,
};
use prost::{Message, Name};

use super::Acceptance;
use crate::{
    context::Context,
    machine::Master,
    state::{Agent, ExecutorRecord, Framework, TaskRecord},
};

/// What validation asks of the tables.
struct Books<'a> {
    framework: &'a Framework,
    agent: &'a Agent,
}

impl validate::task::Books for Books<'_> {
    fn framework_id(&self) -> &FrameworkId {
        &self.framework.id
    }

    fn agent_id(&self) -> &AgentId {
        &self.agent.id
    }

    fn agent_capabilities(&self) -> AgentCapabilities {
        self.agent.capabilities
    }

    fn has_task(&self, id: &str) -> bool {
        self.framework.tasks.contains(id)
    }

    fn has_unreachable_task(&self, id: &str) -> bool {
        self.framework.unreachable_tasks.contains(id)
    }

    fn executor(&self, id: &str) -> Option<&pb::ExecutorInfo> {
        let executor = self.agent.executors.get(&self.framework.id)?.get(id)?;
        Some(executor.info.get())
    }

    fn tasks_share_cgroups(&self, executor_id: &str) -> Vec<bool> {
        let of_executor = |task: &&std::sync::Arc<TaskRecord>| {
            task.fixed
                .executor
                .as_ref()
                .is_some_and(|id| id.as_str() == executor_id)
                && *task.agent() == self.agent.id
        };
        let tasks = self
            .framework
            .tasks
            .iter()
            .chain(self.framework.unreachable_tasks.iter());
        let container = |task: &std::sync::Arc<TaskRecord>| {
            validate::container::shares_cgroups(
                task.fixed
                    .extras
                    .as_ref()
                    .and_then(|extras| extras.container.as_ref()),
            )
        };
        tasks.filter(of_executor).map(container).collect()
    }
}

impl Master {
    pub(super) fn launch(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        operation: Operation,
        original: Option<&Bytes>,
    ) {
        let has_id = operation.id.is_some();
        let Some(launch) = operation.launch else {
            cx.warn(format!(
                "Skipping a LAUNCH of framework {} without tasks",
                acceptance.framework
            ));
            return;
        };
        let originals = original
            .map(|bytes| wire::submessages(bytes, &[2, 1]))
            .unwrap_or_default();
        for (at, mut task) in launch.task_infos.into_iter().enumerate() {
            complete(&mut task, &acceptance.framework);
            let checked = if has_id {
                Err("Operation 'id' must not be set for LAUNCH".to_owned())
            } else {
                self.check_task(acceptance, &task)
            };
            match checked {
                Ok(()) => self.launch_task(cx, acceptance, task, originals.get(at)),
                Err(problem) => {
                    let (framework, agent) =
                        (acceptance.framework.clone(), acceptance.agent.clone());
                    let (state, reason) = (TaskState::TaskError, Reason::TaskInvalid);
                    self.refuse_task(cx, &framework, &task, Some(&agent), state, reason, &problem);
                }
            }
        }
    }

    fn check_task(&self, acceptance: &Acceptance, task: &pb::TaskInfo) -> Result<(), String> {
        let framework = self
            .frameworks
            .get(&acceptance.framework)
            .ok_or("unknown framework")?;
        let agent = self.agents.get(&acceptance.agent).ok_or("unknown agent")?;
        let books = Books { framework, agent };
        validate::task::validate(task, &books, &acceptance.remaining).map_err(|e| e.to_string())
    }

    fn launch_task(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        task: pb::TaskInfo,
        original: Option<&Bytes>,
    ) {
        for warning in validate::task::executor_warnings(&task) {
            cx.warn(warning);
        }
        let (framework_id, agent_id) = (acceptance.framework.clone(), acceptance.agent.clone());
        let resources = Resources::from_proto(&task.resources);
        let is_new = |executor: &pb::ExecutorInfo| {
            let id = ExecutorId::from(&executor.executor_id);
            !self
                .agents
                .get(&agent_id)
                .is_some_and(|agent| agent.has_executor(&framework_id, &id))
        };
        let launch_executor = task.executor.as_ref().is_none_or(is_new);
        if launch_executor && let Some(executor) = &task.executor {
            self.take_executor(acceptance, executor);
        }
        take(acceptance, &resources);
        let record = TaskRecord::launched(&task, &framework_id, resources);
        cx.info(format!(
            "Launching task {} of framework {framework_id} with resources {} on agent {agent_id}",
            record.id(),
            record.fixed.resources
        ));
        self.add_task(record);
        self.counters.totals.tasks_launched += 1;
        let Some(framework) = self.frameworks.get_mut(&framework_id) else {
            return;
        };
        framework.counters_mut().operation(Type::Launch);
        let Some(agent) = self.agents.get(&agent_id) else {
            return;
        };
        let Some(framework) = self.frameworks.get(&framework_id) else {
            return;
        };
        let body = run_task(framework, agent, task, original, launch_executor);
        cx.send_bytes(&agent.pid, internal::RunTaskMessage::NAME, body);
    }

    fn take_executor(&mut self, acceptance: &mut Acceptance, info: &pb::ExecutorInfo) {
        let resources = Resources::from_proto(&info.resources);
        take(acceptance, &resources);
        self.add_executor(ExecutorRecord {
            id: ExecutorId::from(&info.executor_id),
            framework: acceptance.framework.clone(),
            agent: acceptance.agent.clone(),
            info: Raw::new(info.clone()),
            resources,
        });
    }

    pub(super) fn launch_group(
        &mut self,
        cx: &mut Context<'_>,
        acceptance: &mut Acceptance,
        operation: Operation,
        original: Option<&Bytes>,
    ) {
        let has_id = operation.id.is_some();
        let Some(mut group) = operation.launch_group else {
            cx.warn(format!(
                "Skipping a LAUNCH_GROUP of framework {} without group",
                acceptance.framework
            ));
            return;
        };
        for task in &mut group.task_group.tasks {
            task.executor.get_or_insert_with(|| group.executor.clone());
            infer_health_check(task);
        }
        let checked = if has_id {
            Err("Operation 'id' must not be set for LAUNCH_GROUP".to_owned())
        } else {
            self.check_group(acceptance, &group)
        };
        let (framework_id, agent_id) = (acceptance.framework.clone(), acceptance.agent.clone());
        if let Err(problem) = checked {
            for task in &group.task_group.tasks {
                let (state, reason) = (TaskState::TaskError, Reason::TaskGroupInvalid);
                self.refuse_task(
                    cx,
                    &framework_id,
                    task,
                    Some(&agent_id),
                    state,
                    reason,
                    &problem,
                );
            }
            return;
        }
        let executor_id = ExecutorId::from(&group.executor.executor_id);
        let known = self
            .agents
            .get(&agent_id)
            .is_some_and(|agent| agent.has_executor(&framework_id, &executor_id));
        if !known {
            self.take_executor(acceptance, &group.executor);
        }
        for task in &group.task_group.tasks {
            let resources = Resources::from_proto(&task.resources);
            take(acceptance, &resources);
            self.add_task(TaskRecord::launched(task, &framework_id, resources));
            self.counters.totals.tasks_launched += 1;
        }
        cx.info(format!(
            "Launching a group of {} tasks of framework {framework_id} on agent {agent_id}",
            group.task_group.tasks.len()
        ));
        if let Some(framework) = self.frameworks.get_mut(&framework_id) {
            framework.counters_mut().operation(Type::LaunchGroup);
        }
        let Some(agent) = self.agents.get(&agent_id) else {
            return;
        };
        let Some(framework) = self.frameworks.get(&framework_id) else {
            return;
        };
        let body = run_task_group(framework, agent, group, original, !known);
        cx.send_bytes(&agent.pid, internal::RunTaskGroupMessage::NAME, body);
    }

    fn check_group(
        &self,
        acceptance: &Acceptance,
        group: &pb::offer::operation::LaunchGroup,
    ) -> Result<(), String> {
        let framework = self
            .frameworks
            .get(&acceptance.framework)
            .ok_or("unknown framework")?;
        let agent = self.agents.get(&acceptance.agent).ok_or("unknown agent")?;
        let books = Books { framework, agent };
        validate::group::validate(
            &group.task_group,
            &group.executor,
            &books,
            &acceptance.remaining,
        )
        .map_err(|e| e.to_string())
    }
}

/// Takes resources out of what is left; shared volumes stay for the next task (OFR-13).
fn take(acceptance: &mut Acceptance, resources: &Resources) {
    let shared = resources.shared();
    if shared.is_empty() {
        acceptance.remaining -= resources;
    } else {
        acceptance.remaining -= &resources.non_shared();
        acceptance.shared += &shared;
    }
    acceptance.allocated += resources;
}

/// OFR-10: what frameworks may leave out.
fn complete(task: &mut pb::TaskInfo, framework: &FrameworkId) {
    if let Some(executor) = &mut task.executor
        && executor.framework_id.is_none()
    {
        executor.framework_id = Some(framework.to_proto());
    }
    infer_health_check(task);
}

fn infer_health_check(task: &mut pb::TaskInfo) {
    let Some(check) = &mut task.health_check else {
        return;
    };
    if check.r#type.is_some() {
        return;
    }
    if check.command.is_some() {
        check.r#type = Some(pb::health_check::Type::Command as i32);
    } else if check.http.is_some() {
        check.r#type = Some(pb::health_check::Type::Http as i32);
    }
}

/// The encoded task: unknown fields of the original survive.
fn task_bytes(agent: &Agent, mut task: pb::TaskInfo, original: Option<&Bytes>) -> Bytes {
    if !agent.capabilities.reservation_refinement {
        // A task that cannot be expressed in the older form goes as it is; offers to such agents hold none.
        let _ = format::downgrade_all(&mut task);
    }
    let raw = original.and_then(|bytes| Raw::<pb::TaskInfo>::from_bytes(bytes.clone()).ok());
    match raw {
        Some(mut raw) => {
            raw.edit(|value| *value = task);
            raw.bytes().clone()
        }
        None => task.encode_to_vec().into(),
    }
}

fn versions(agent: &Agent) -> Vec<internal::ResourceVersionUuid> {
    let own = agent
        .resource_version
        .iter()
        .map(|uuid| internal::ResourceVersionUuid {
            resource_provider_id: None,
            uuid: uuid.clone(),
        });
    let of_providers = agent
        .providers
        .values()
        .map(|provider| internal::ResourceVersionUuid {
            resource_provider_id: Some(provider.id.to_proto()),
            uuid: provider.version.clone(),
        });
    own.chain(of_providers).collect()
}

/// OFR-15.
fn run_task(
    framework: &Framework,
    agent: &Agent,
    task: pb::TaskInfo,
    original: Option<&Bytes>,
    launch_executor: bool,
) -> Bytes {
    let task = task_bytes(agent, task, original);
    let mut message = wire::Composer::new()
        .bytes(2, framework.info_bytes())
        .string(3, &framework.pid_text())
        .bytes(4, &task);
    for version in versions(agent) {
        message = message.message(5, &version);
    }
    message.varint(6, u64::from(launch_executor)).finish()
}

/// A task of a group as it came, with the group's executor if it named none.
fn with_executor(task: &Bytes, executor: Option<&Bytes>) -> Bytes {
    match executor {
        Some(executor) if wire::submessages(task, &[5]).is_empty() => {
            let executor = wire::Composer::new().bytes(5, executor).finish();
            [task.as_ref(), executor.as_ref()].concat().into()
        }
        Some(_) | None => task.clone(),
    }
}

fn run_task_group(
    framework: &Framework,
    agent: &Agent,
    mut group: pb::offer::operation::LaunchGroup,
    original: Option<&Bytes>,
    launch_executor: bool,
) -> Bytes {
    let originals = original
        .map(|bytes| wire::submessages(bytes, &[7, 2, 1]))
        .unwrap_or_default();
    let executor_original = original.and_then(|bytes| wire::submessages(bytes, &[7, 1]).pop());
    if !agent.capabilities.reservation_refinement {
        let _ = format::downgrade_all(&mut group.executor);
    }
    let executor = match executor_original
        .clone()
        .and_then(|bytes| Raw::<pb::ExecutorInfo>::from_bytes(bytes).ok())
    {
        Some(mut raw) => {
            raw.edit(|value| *value = group.executor);
            raw.bytes().clone()
        }
        None => group.executor.encode_to_vec().into(),
    };
    let mut tasks = wire::Composer::new();
    for (at, task) in group.task_group.tasks.into_iter().enumerate() {
        let original = originals
            .get(at)
            .map(|task| with_executor(task, executor_original.as_ref()));
        tasks = tasks.bytes(1, &task_bytes(agent, task, original.as_ref()));
    }
    let mut message = wire::Composer::new()
        .bytes(1, framework.info_bytes())
        .bytes(2, &executor)
        .bytes(3, &tasks.finish());
    for version in versions(agent) {
        message = message.message(4, &version);
    }
    message.varint(5, u64::from(launch_executor)).finish()
}
