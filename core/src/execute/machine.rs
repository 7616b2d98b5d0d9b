//! The framework that runs the work: what it answers to each event. Compat: operations §3.5.
#![allow(
    deprecated,
    reason = "the framework has one role, in the field that says so"
)]

use mesos_model::resources::{Reservation, Resources};
use mesos_model::role::Role;
use mesos_proto::convert::{devolve, evolve};
use mesos_proto::v1::offer::{Operation, operation};
use mesos_proto::v1::scheduler::{Call, Event as Heard, call, event};
use mesos_proto::v1::{
    AgentId, ContainerInfo, ExecutorId, ExecutorInfo, FrameworkId, FrameworkInfo, Offer, Resource,
    TaskGroupInfo, TaskId, TaskInfo, TaskStatus, container_info, executor_info,
};
use mesos_proto::wire::WireError;

use super::plan::Work;
use super::{container, status};

/// What the executor of a group needs besides its tasks.
const EXECUTOR_RESOURCES: &str = "cpus:0.1;mem:32;disk:32";
const EXECUTOR_ID: &str = "default-executor";
/// The role that stands for no role.
const NO_ROLE: &str = "*";

#[derive(Debug)]
pub enum Event {
    Connected,
    Disconnected,
    Heard(Box<Heard>),
    /// The time to subscribe again has come.
    Retry,
    KillDue(TaskId, AgentId),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Send(Box<Call>),
    Say(String),
    /// An event of that kind is due after a second.
    ArmRetry,
    /// After `--kill_after`, if that is given.
    ArmKill(TaskId, AgentId),
    /// It is over, with the worst exit status of the tasks.
    End(u8),
    Fail(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Disconnected,
    Connected,
    Subscribed,
}

pub struct Machine {
    framework: FrameworkInfo,
    work: Work,
    state: State,
    launched: bool,
    /// Ids of the tasks that are over.
    over: Vec<TaskId>,
    exit: u8,
}

impl Machine {
    pub fn new(framework: FrameworkInfo, work: Work) -> Self {
        Self {
            framework,
            work,
            state: State::Disconnected,
            launched: false,
            over: Vec::new(),
            exit: 0,
        }
    }

    pub fn on(&mut self, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Connected => {
                self.state = State::Connected;
                self.subscribe(out);
            }
            Event::Disconnected => self.state = State::Disconnected,
            Event::Retry if self.state == State::Connected => self.subscribe(out),
            Event::Retry => {}
            Event::KillDue(task, agent) => self.kill(task, agent, out),
            Event::Heard(heard) => self.heard(*heard, out),
        }
    }

    /// The call that ends the framework; none if the master does not know it.
    pub fn teardown(&self) -> Option<Call> {
        self.framework.id.as_ref()?;
        (self.state == State::Subscribed).then(|| self.call(call::Type::Teardown))
    }

    fn call(&self, kind: call::Type) -> Call {
        Call {
            framework_id: self.framework.id.clone(),
            r#type: Some(kind.into()),
            ..Call::default()
        }
    }

    fn subscribe(&self, out: &mut Vec<Effect>) {
        let call = Call {
            subscribe: Some(call::Subscribe {
                framework_info: self.framework.clone(),
                ..call::Subscribe::default()
            }),
            ..self.call(call::Type::Subscribe)
        };
        out.push(Effect::Send(Box::new(call)));
        out.push(Effect::ArmRetry);
    }

    fn kill(&self, task_id: TaskId, agent_id: AgentId, out: &mut Vec<Effect>) {
        out.push(Effect::Say(format!(
            "Asked to kill task '{}' on agent '{}'",
            task_id.value, agent_id.value
        )));
        let call = Call {
            kill: Some(call::Kill {
                task_id,
                agent_id: Some(agent_id),
                ..call::Kill::default()
            }),
            ..self.call(call::Type::Kill)
        };
        out.push(Effect::Send(Box::new(call)));
    }

    fn heard(&mut self, heard: Heard, out: &mut Vec<Effect>) {
        match heard.r#type() {
            event::Type::Subscribed => {
                if let Some(subscribed) = heard.subscribed {
                    self.subscribed(subscribed.framework_id, out);
                }
            }
            event::Type::Offers => {
                for offer in heard.offers.into_iter().flat_map(|offers| offers.offers) {
                    self.offer(&offer, out);
                }
            }
            event::Type::Update => {
                if let Some(update) = heard.update {
                    self.update(&update.status, out);
                }
            }
            event::Type::Error => {
                let message = heard.error.map(|error| error.message).unwrap_or_default();
                out.push(Effect::Fail(format!("Received an ERROR event: {message}")));
            }
            event::Type::Heartbeat
            | event::Type::InverseOffers
            | event::Type::Failure
            | event::Type::Rescind
            | event::Type::RescindInverseOffer
            | event::Type::UpdateOperationStatus
            | event::Type::Message => {}
            event::Type::Unknown => {
                tracing::warn!("Received an UNKNOWN event and ignored");
            }
        }
    }

    fn subscribed(&mut self, id: FrameworkId, out: &mut Vec<Effect>) {
        out.push(Effect::Say(format!("Subscribed with ID {}", id.value)));
        self.framework.id = Some(id);
        self.state = State::Subscribed;
    }

    fn offer(&mut self, offer: &Offer, out: &mut Vec<Effect>) {
        if !self.launched
            && let Some(operation) = self.launch(offer)
        {
            self.launched = true;
            let accept = call::Accept {
                offer_ids: vec![offer.id.clone()],
                operations: vec![operation],
                filters: None,
            };
            out.push(Effect::Send(Box::new(Call {
                accept: Some(accept),
                ..self.call(call::Type::Accept)
            })));
            out.push(Effect::Say(self.submitted(&offer.agent_id)));
            return;
        }
        out.push(Effect::Send(Box::new(Call {
            decline: Some(call::Decline {
                offer_ids: vec![offer.id.clone()],
                filters: None,
            }),
            ..self.call(call::Type::Decline)
        })));
        if self.launched {
            out.push(Effect::Send(Box::new(self.call(call::Type::Suppress))));
        }
    }

    fn submitted(&self, agent: &AgentId) -> String {
        match &self.work {
            Work::Task(task) => {
                format!("Submitted task '{}' to agent '{}'", task.name, agent.value)
            }
            Work::Group { group, .. } => {
                let ids = group.tasks.iter().map(|task| task.task_id.value.as_str());
                let ids: Vec<&str> = ids.collect();
                format!(
                    "Submitted task group with tasks [ {} ] to agent '{}'",
                    ids.join(", "),
                    agent.value
                )
            }
        }
    }

    /// The operation that starts the work on the offer; none if it is too small for it.
    fn launch(&self, offer: &Offer) -> Option<Operation> {
        let mut offered = resources(&offer.resources).ok()?.unallocated();
        let mut tasks = Vec::new();
        for task in self.work.tasks() {
            let mut task = task.clone();
            let needed = self.needed(&task)?;
            let found = offered.find(&needed)?;
            offered -= &found;
            task.resources = messages(&found).ok()?;
            task.agent_id = offer.agent_id.clone();
            tasks.push(task);
        }
        match &self.work {
            Work::Task(_) => Some(Operation {
                r#type: Some(operation::Type::Launch.into()),
                launch: Some(operation::Launch { task_infos: tasks }),
                ..Operation::default()
            }),
            Work::Group { networks, .. } => Some(Operation {
                r#type: Some(operation::Type::LaunchGroup.into()),
                launch_group: Some(operation::LaunchGroup {
                    executor: self.executor(networks)?,
                    task_group: TaskGroupInfo { tasks },
                }),
                ..Operation::default()
            }),
        }
    }

    /// What is looked for in an offer: first what is reserved for the role, then what is for all.
    fn needed(&self, task: &TaskInfo) -> Option<Resources> {
        let needed = resources(&task.resources).ok()?;
        let role = self.framework.role.as_deref().unwrap_or(NO_ROLE);
        if role == NO_ROLE || !needed.reserved_to_any().is_empty() {
            return Some(needed);
        }
        Some(needed.push_reservation(&Reservation::fixed(&Role::new(role))))
    }

    fn executor(&self, networks: &[String]) -> Option<ExecutorInfo> {
        let needed = Resources::parse(EXECUTOR_RESOURCES, NO_ROLE).ok()?;
        let container = (!networks.is_empty()).then(|| ContainerInfo {
            r#type: container_info::Type::Mesos.into(),
            network_infos: container::network_infos(networks),
            ..ContainerInfo::default()
        });
        Some(ExecutorInfo {
            r#type: Some(executor_info::Type::Default.into()),
            executor_id: ExecutorId {
                value: EXECUTOR_ID.to_owned(),
            },
            framework_id: self.framework.id.clone(),
            resources: messages(&needed).ok()?,
            container,
            ..ExecutorInfo::default()
        })
    }

    fn update(&mut self, status: &TaskStatus, out: &mut Vec<Effect>) {
        out.extend(status::lines(status).into_iter().map(Effect::Say));
        let agent = status.agent_id.clone().unwrap_or_default();
        if let Some(uuid) = &status.uuid {
            let acknowledge = call::Acknowledge {
                agent_id: agent.clone(),
                task_id: status.task_id.clone(),
                uuid: uuid.clone(),
            };
            out.push(Effect::Send(Box::new(Call {
                acknowledge: Some(acknowledge),
                ..self.call(call::Type::Acknowledge)
            })));
        }
        if status::is_running(status) {
            out.push(Effect::ArmKill(status.task_id.clone(), agent));
        }
        // An update may come twice, where its acknowledgement was lost.
        if !status::is_over(status) || self.over.contains(&status.task_id) {
            return;
        }
        self.over.push(status.task_id.clone());
        if self.exit == 0 {
            self.exit = status::exit_status(status);
        }
        if self.over.len() >= self.work.tasks().len() {
            out.push(Effect::End(self.exit));
        }
    }
}

fn resources(list: &[Resource]) -> Result<Resources, WireError> {
    let old: Result<Vec<_>, _> = list.iter().map(devolve).collect();
    Ok(Resources::from_proto(&old?))
}

fn messages(bag: &Resources) -> Result<Vec<Resource>, WireError> {
    bag.to_proto().iter().map(evolve).collect()
}
