//! Refusals in their exact words. Compat: TSK-1..TSK-15, OP-1..OP-12, OFR-7, RES-61, FWK-11.

use crate::messages::{persistent, reserved, scalar};
use mesos_model::{
    AgentId, FrameworkId, Resources, Role,
    capability::AgentCapabilities,
    validate::{
        framework, group, id,
        offer::{self, OfferFacts},
        operation::{self, Asker},
        task::{self, Books},
    },
};
use mesos_proto::mesos as pb;
use pb::resource::reservation_info::Type::Dynamic;

struct Known {
    framework: FrameworkId,
    agent: AgentId,
    executor: Option<pb::ExecutorInfo>,
}

impl Books for Known {
    fn framework_id(&self) -> &FrameworkId {
        &self.framework
    }
    fn agent_id(&self) -> &AgentId {
        &self.agent
    }
    fn agent_capabilities(&self) -> AgentCapabilities {
        AgentCapabilities {
            task_resource_limits: true,
            ..Default::default()
        }
    }
    fn has_task(&self, id: &str) -> bool {
        id == "used"
    }
    fn has_unreachable_task(&self, id: &str) -> bool {
        id == "unreachable"
    }
    fn executor(&self, id: &str) -> Option<&pb::ExecutorInfo> {
        self.executor
            .as_ref()
            .filter(|executor| executor.executor_id.value == id)
    }
    fn tasks_share_cgroups(&self, _: &str) -> Vec<bool> {
        Vec::new()
    }
}

fn known() -> Known {
    Known {
        framework: "f".into(),
        agent: "a".into(),
        executor: None,
    }
}

fn allocated(mut resource: pb::Resource) -> pb::Resource {
    resource.allocation_info = Some(pb::resource::AllocationInfo {
        role: Some("r".to_owned()),
    });
    resource
}

fn command(value: &str) -> pb::CommandInfo {
    pb::CommandInfo {
        value: Some(value.to_owned()),
        ..Default::default()
    }
}

fn sleeping(id: &str) -> pb::TaskInfo {
    pb::TaskInfo {
        name: "t".to_owned(),
        task_id: pb::TaskId {
            value: id.to_owned(),
        },
        slave_id: pb::SlaveId {
            value: "a".to_owned(),
        },
        resources: vec![allocated(scalar("cpus", 1.0))],
        command: Some(command("sleep 1")),
        ..Default::default()
    }
}

fn executor(id: &str) -> pb::ExecutorInfo {
    pb::ExecutorInfo {
        executor_id: pb::ExecutorId {
            value: id.to_owned(),
        },
        framework_id: Some(pb::FrameworkId {
            value: "f".to_owned(),
        }),
        command: Some(command("run")),
        ..Default::default()
    }
}

fn offered() -> Resources {
    Resources::parse("cpus:4;mem:512;disk:512", "*")
        .unwrap()
        .allocated(&Role::new("r"))
}

fn refusal(change: impl FnOnce(&mut pb::TaskInfo)) -> String {
    let mut info = sleeping("t1");
    change(&mut info);
    task::validate(&info, &known(), &offered())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_sensible_task_passes() {
    assert_eq!(
        task::validate(&sleeping("t1"), &known(), &offered()),
        Ok(())
    );
}

#[test]
fn bad_tasks_are_refused_in_the_known_words() {
    assert_eq!(
        refusal(|t| t.task_id.value = "a/b".into()),
        "'a/b' contains invalid characters"
    );
    assert_eq!(
        refusal(|t| t.task_id.value = "used".into()),
        "Task has duplicate ID: used"
    );
    assert_eq!(
        refusal(|t| t.task_id.value = "unreachable".into()),
        "Task reuses the ID of an unreachable task: unreachable"
    );
    assert_eq!(
        refusal(|t| t.slave_id.value = "b".into()),
        "Task uses invalid agent b while agent a is expected"
    );
    assert_eq!(refusal(|t| t.resources.clear()), "Task uses no resources");
    assert_eq!(
        refusal(|t| t.resources[0].scalar = Some(pb::value::Scalar { value: -1.0 })),
        "Task uses invalid resources: Invalid resources: Resource 'cpus(allocated: r):-1' is \
         invalid: Invalid scalar resource: value <= 0"
    );
    assert_eq!(
        refusal(|t| t.command = None),
        "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present"
    );
    assert_eq!(
        refusal(|t| t.resources = vec![
            allocated(scalar("cpus", 400.0)),
            allocated(scalar("mem", 32.0))
        ]),
        "Total resources cpus(allocated: r):400; mem(allocated: r):32 required by task and its \
         executor is more than available cpus(allocated: r):4; mem(allocated: r):512; \
         disk(allocated: r):512"
    );
    assert_eq!(
        refusal(|t| t.resources.push(allocated(scalar("gpus", 0.5)))),
        "Task uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be an \
         unsigned integer"
    );
    assert_eq!(
        refusal(|t| t.health_check = Some(pb::HealthCheck::default())),
        "Task uses invalid health check: HealthCheck must specify 'type'"
    );
    assert_eq!(
        refusal(|t| {
            t.limits
                .insert("cpus".to_owned(), pb::value::Scalar { value: 0.5 });
        }),
        "The cpu limit must be greater than or equal to the cpu request"
    );
}

#[test]
fn secrets_and_values_do_not_mix_in_an_environment() {
    let text = refusal(|t| {
        let variable = pb::environment::Variable {
            name: "A".to_owned(),
            ..Default::default()
        };
        let environment = pb::Environment {
            variables: vec![variable],
        };
        t.command.as_mut().unwrap().environment = Some(environment);
    });
    assert_eq!(
        text,
        "Task's `CommandInfo` is invalid: Environment variable 'A' of type 'VALUE' must have a \
         value set"
    );
}

#[test]
fn an_executor_must_stay_what_it_is() {
    let mut books = known();
    books.executor = Some(executor("e"));
    let mut info = sleeping("t1");
    info.command = None;
    info.executor = Some(executor("e"));
    assert_eq!(task::validate(&info, &books, &offered()), Ok(()));
    info.executor.as_mut().unwrap().framework_id = None;
    let error = task::validate(&info, &books, &offered())
        .unwrap_err()
        .to_string();
    assert_eq!(error, "'ExecutorInfo.framework_id' must be set");
}

#[test]
fn a_group_needs_an_executor_with_cpus_mem_and_disk() {
    let mut info = executor("e");
    info.r#type = Some(pb::executor_info::Type::Default as i32);
    info.command = None;
    let mut member = sleeping("t1");
    member.command = None;
    let validate = |info: &pb::ExecutorInfo, member: &pb::TaskInfo| {
        let tasks = vec![pb::TaskInfo {
            executor: Some(info.clone()),
            ..member.clone()
        }];
        group::validate(&pb::TaskGroupInfo { tasks }, info, &known(), &offered())
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        validate(&info, &member).unwrap_err(),
        "Executor 'e' uses less CPUs (None) than the minimum required (0.01)"
    );
    info.resources.push(allocated(scalar("cpus", 0.1)));
    info.resources.push(allocated(scalar("mem", 16.0)));
    assert_eq!(
        validate(&info, &member).unwrap_err(),
        "Executor 'e' uses less memory (16MB) than the minimum required (32MB)"
    );
    info.resources[1] = allocated(scalar("mem", 32.0));
    assert_eq!(
        validate(&info, &member).unwrap_err(),
        "Executor 'e' uses no disk"
    );
    info.resources.push(allocated(scalar("disk", 1.0)));
    assert_eq!(validate(&info, &member), Ok(()));
    member.task_id.value = String::new();
    assert_eq!(
        validate(&info, &member).unwrap_err(),
        "Task '' is invalid: ID must not be empty"
    );
}

#[test]
fn offers_of_one_accept_belong_together() {
    let facts = |id: &str| {
        let (framework, agent, role) = match id {
            "foreign" => ("g", "a", "r"),
            "elsewhere" => ("f", "b", "r"),
            "mine" => ("f", "a", "r"),
            _ => return None,
        };
        Some(OfferFacts {
            framework_id: framework.into(),
            agent_id: agent.into(),
            role: role.into(),
        })
    };
    let refusal = |ids: &[&str]| {
        let ids: Vec<_> = ids
            .iter()
            .map(|id| pb::OfferId {
                value: (*id).to_owned(),
            })
            .collect();
        offer::validate(&ids, &"f".into(), &facts)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refusal(&["mine", "mine"]),
        "Duplicate offer mine in offer list"
    );
    assert_eq!(refusal(&["mine", "gone"]), "Offer gone is no longer valid");
    assert_eq!(
        refusal(&["foreign"]),
        "Offer foreign has invalid framework g while framework f is expected"
    );
    assert_eq!(
        refusal(&["mine", "elsewhere"]),
        "Aggregated offers must belong to one single agent. Offer elsewhere uses agent b and \
         agent a"
    );
}

#[test]
fn operations_are_refused_in_the_known_words() {
    let agent = AgentCapabilities {
        resize_volume: true,
        ..Default::default()
    };
    let asker = Asker {
        framework: None,
        principal: Some("ops"),
        agent,
    };
    let reserve = |resource: pb::Resource| {
        let body = pb::offer::operation::Reserve {
            resources: vec![resource],
            source: vec![],
        };
        operation::validate_reserve(&body, asker)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        reserve(scalar("cpus", 1.0)),
        "Resource cpus:1 is not dynamically reserved"
    );
    let mut foreign = reserved(scalar("cpus", 1.0), "dev", Dynamic);
    foreign.reservations[0].principal = Some("zz".to_owned());
    assert_eq!(
        reserve(foreign),
        "A reserve operation was attempted by authenticated principal 'ops', which does not match \
         a reserved resource in the request with principal 'zz'"
    );
    let mut volume = persistent(reserved(scalar("disk", 5.0), "dev", Dynamic), "v1");
    let checkpointed = Resources::from_proto(std::slice::from_ref(&volume));
    let create = |volumes| {
        let body = pb::offer::operation::Create { volumes };
        operation::validate_create(&body, &checkpointed, asker)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        create(vec![volume.clone()]),
        "Persistence ID 'v1' is not unique"
    );
    let info = volume.disk.as_mut().unwrap().volume.as_mut().unwrap();
    info.mode = pb::volume::Mode::Ro as i32;
    assert_eq!(
        create(vec![volume.clone()]),
        "Not a persistent volume: Read-only persistent volume not supported"
    );
    info_mode(&mut volume);
    let destroy = pb::offer::operation::Destroy {
        volumes: vec![volume],
    };
    let error = operation::validate_destroy(&destroy, &Resources::new(), []).unwrap_err();
    assert_eq!(error.to_string(), "Persistent volumes not found");
}

fn info_mode(volume: &mut pb::Resource) {
    let info = volume.disk.as_mut().unwrap().volume.as_mut().unwrap();
    info.mode = pb::volume::Mode::Rw as i32;
}

#[test]
fn framework_roles_must_fit_its_capability() {
    let mut info = pb::FrameworkInfo {
        roles: vec!["a".to_owned()],
        ..Default::default()
    };
    let refusal = |info: &pb::FrameworkInfo| framework::validate(info).unwrap_err().to_string();
    assert_eq!(
        refusal(&info),
        "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable"
    );
    let multi = pb::framework_info::capability::Type::MultiRole as i32;
    info.capabilities.push(pb::framework_info::Capability {
        r#type: Some(multi),
    });
    assert_eq!(framework::validate(&info), Ok(()));
    info.roles.push("a".to_owned());
    assert_eq!(
        refusal(&info),
        "'FrameworkInfo.roles' contains duplicate items: { a }"
    );
}

#[test]
fn ids_must_be_usable_as_folder_names() {
    assert!(id::validate("a b.c-1").is_ok() && id::validate(&"x".repeat(255)).is_ok());
    for bad in ["", ".", "..", "a/b", "a\\b", "a\n", &"x".repeat(256)] {
        assert!(id::validate(bad).is_err(), "{bad:?}");
    }
}
