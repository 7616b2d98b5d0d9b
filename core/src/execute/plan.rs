//! What the flags ask for: the framework and its task or group. Compat: operations §3.5 (exclusivity, framework).
#![allow(
    deprecated,
    reason = "the framework has one role, in the field that says so"
)]

use std::time::Duration;

use mesos_daemon::flags::ExecuteFlags;
use mesos_driver::v1::ContentType;
use mesos_model::resources::Resources;
use mesos_proto::convert::evolve;
use mesos_proto::v1::framework_info::{Capability, capability};
use mesos_proto::v1::{
    CommandInfo, Credential, Environment, FrameworkInfo, TaskGroupInfo, TaskId, TaskInfo,
    command_info, environment,
};
use nix::unistd::{User, getuid};

use super::{Refusal, container};

/// How the framework calls itself.
const FRAMEWORK: &str = "mesos-execute instance";

/// What is run.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    Task(Box<TaskInfo>),
    Group {
        group: TaskGroupInfo,
        /// Those of the executor that runs the group.
        networks: Vec<String>,
    },
}

impl Work {
    pub fn tasks(&self) -> &[TaskInfo] {
        match self {
            Work::Task(task) => std::slice::from_ref(task),
            Work::Group { group, .. } => &group.tasks,
        }
    }
}

/// All that the flags say, checked.
#[derive(Clone, Debug)]
pub struct Plan {
    pub master: String,
    pub content_type: ContentType,
    pub framework: FrameworkInfo,
    pub credential: Option<Credential>,
    pub work: Work,
    pub kill_after: Option<Duration>,
    pub exit_with_task_status: bool,
}

impl Plan {
    pub fn new(flags: &ExecuteFlags) -> Result<Self, Refusal> {
        check_exclusive(flags)?;
        let content_type = content_type(&flags.content_type)?;
        let user = user()?;
        if flags.appc_image.is_some() && flags.docker_image.is_some() {
            return Err(Refusal::plain(
                "Flags '--docker-image' and '--appc-image' are both set",
            ));
        }
        let framework = FrameworkInfo {
            user,
            name: FRAMEWORK.to_owned(),
            role: Some(flags.role.clone()),
            checkpoint: Some(flags.checkpoint),
            capabilities: capabilities(flags)?,
            principal: flags.principal.clone(),
            ..FrameworkInfo::default()
        };
        let credential = match (&flags.principal, &flags.secret) {
            (Some(principal), Some(secret)) => Some(Credential {
                principal: principal.clone(),
                secret: Some(secret.clone()),
            }),
            _ => None,
        };
        let kill_after = flags
            .kill_after
            .map(|after| Duration::from_nanos(u64::try_from(after.0).unwrap_or(0)));
        Ok(Self {
            master: flags.master.clone(),
            content_type,
            framework,
            credential,
            work: work(flags)?,
            kill_after,
            exit_with_task_status: flags.exit_with_task_status,
        })
    }

    /// What the command needs in its sandbox.
    pub fn add_uri(&mut self, uri: String) {
        if let Work::Task(task) = &mut self.work {
            let command = task.command.get_or_insert_default();
            command.uris.push(command_info::Uri {
                value: uri,
                ..command_info::Uri::default()
            });
        }
    }
}

fn check_exclusive(flags: &ExecuteFlags) -> Result<(), Refusal> {
    let usage = |text: &str| Err(Refusal::Usage(text.to_owned()));
    match (&flags.task, &flags.task_group) {
        (Some(_), Some(_)) => usage(
            "Either task or task group should be set but not both. \
             Provide either '--task' OR '--task_group'",
        ),
        (None, None) if flags.name.is_none() => usage("Missing required option --name"),
        (None, None) if flags.shell && flags.command.is_none() => {
            usage("Missing required option --command")
        }
        (None, None) => Ok(()),
        (Some(_), None) | (None, Some(_)) => {
            let of_a_command = flags.name.is_some()
                || flags.command.is_some()
                || flags.env.is_some()
                || flags.appc_image.is_some()
                || flags.docker_image.is_some()
                || flags.volumes.is_some();
            if of_a_command {
                return usage(
                    "'--name, --command, --env, --appc_image, --docker_image, --volumes' can only \
                     be set when both '--task' and '--task_group' are not set",
                );
            }
            if flags.task.is_some() && flags.networks.is_some() {
                return usage("'--networks' can only be set when '--task' is not set");
            }
            if flags.package.is_some() {
                // The original copies it and then forgets it.
                return usage(
                    "'--package' can only be set when both '--task' and '--task_group' are not set",
                );
            }
            Ok(())
        }
    }
}

fn content_type(text: &str) -> Result<ContentType, Refusal> {
    match text {
        "json" | "application/json" => Ok(ContentType::Json),
        "protobuf" | "application/x-protobuf" => Ok(ContentType::Protobuf),
        other => Err(Refusal::Plain(format!("Invalid content type '{other}'"))),
    }
}

fn user() -> Result<String, Refusal> {
    match User::from_uid(getuid()) {
        Ok(Some(user)) => Ok(user.name),
        Ok(None) => Err(Refusal::Plain(format!("No username for uid {}", getuid()))),
        Err(error) => Err(Refusal::Plain(format!(
            "Failed to get username: {}",
            error.desc()
        ))),
    }
}

fn capabilities(flags: &ExecuteFlags) -> Result<Vec<Capability>, Refusal> {
    use capability::Type;
    let mut kinds = vec![
        Type::ReservationRefinement,
        Type::TaskKillingState,
        Type::RevocableResources,
    ];
    if flags.partition_aware {
        kinds.push(Type::PartitionAware);
    }
    for name in flags.framework_capabilities.iter().flatten() {
        let what = match Type::from_str_name(name) {
            Some(kind @ Type::GpuResources) => {
                kinds.push(kind);
                continue;
            }
            Some(_) => "unsupported",
            None => "unknown",
        };
        return Err(Refusal::Plain(format!(
            "Flags '--framework_capabilities' specifies an {what} capability '{name}'"
        )));
    }
    let capability = |kind: Type| Capability {
        r#type: Some(kind.into()),
    };
    Ok(kinds.into_iter().map(capability).collect())
}

fn work(flags: &ExecuteFlags) -> Result<Work, Refusal> {
    if let Some(task) = &flags.task {
        return Ok(Work::Task(Box::new(task.0.clone())));
    }
    if let Some(group) = &flags.task_group {
        let networks = flags.networks.as_deref().unwrap_or_default();
        return Ok(Work::Group {
            group: group.0.clone(),
            networks: container::networks(networks),
        });
    }
    let name = flags.name.clone().unwrap_or_default();
    Ok(Work::Task(Box::new(TaskInfo {
        task_id: TaskId {
            value: name.clone(),
        },
        name,
        resources: resources(&flags.resources)?,
        command: Some(command(flags)),
        container: container::of(flags)?,
        ..TaskInfo::default()
    })))
}

fn resources(text: &str) -> Result<Vec<mesos_proto::v1::Resource>, Refusal> {
    let wrong = |error: &dyn std::fmt::Display| {
        Refusal::Plain(format!("Failed to parse resources '{text}': {error}"))
    };
    let parsed = Resources::parse(text, "*").map_err(|error| wrong(&error))?;
    let evolved = parsed.to_proto().iter().map(evolve).collect();
    let evolved: Result<Vec<_>, _> = evolved;
    evolved.map_err(|error| wrong(&error))
}

fn command(flags: &ExecuteFlags) -> CommandInfo {
    let variables = flags.env.as_ref().map(|variables| Environment {
        variables: variables
            .0
            .iter()
            .map(|(name, value)| environment::Variable {
                name: name.clone(),
                value: Some(value.clone()),
                ..environment::Variable::default()
            })
            .collect(),
    });
    CommandInfo {
        shell: Some(flags.shell),
        // Without a shell the original leaves the value out, whatever was given.
        value: flags.command.clone().filter(|_| flags.shell),
        environment: variables,
        ..CommandInfo::default()
    }
}
