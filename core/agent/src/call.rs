//! Calls of executors that speak HTTP: their identity, their checks, their answers.
//!
//! Compat: agent §17.5 (validation).

use bytes::Bytes;
use mesos_process::http::Principal;
use mesos_proto::mesos::executor::{Call, call};
use mesos_proto::mesos::{CheckStatusInfo, TaskState, check_info, task_status};

/// Length of a status update's uuid in bytes.
const UUID_LENGTH: usize = 16;

/// Names a call until it is answered, and the stream of events that a SUBSCRIBE opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A call that passed [`validate`].
#[derive(Clone, Debug)]
pub struct ExecutorCall {
    pub id: CallId,
    /// Who sent it, where executors are authenticated.
    pub principal: Option<Principal>,
    pub call: Call,
    /// The call's bytes, when they hold fields that `call` cannot.
    pub body: Option<Bytes>,
}

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    /// Its stream of events is open.
    Subscribed,
    Refused(Refusal),
    /// A call of a type that has no meaning.
    Unknown,
}

/// Why a call has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Recovering,
    NoSuchFramework,
    NoSuchExecutor,
    NotSubscribed,
    /// The caller's token is for somebody else.
    Claims(String),
}

impl Refusal {
    pub fn status(&self) -> u16 {
        match self {
            Self::Recovering => 503,
            Self::NoSuchFramework | Self::NoSuchExecutor => 400,
            Self::NotSubscribed | Self::Claims(_) => 403,
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Recovering => RECOVERING,
            Self::NoSuchFramework => "Framework cannot be found",
            Self::NoSuchExecutor => "Executor cannot be found",
            Self::NotSubscribed => "Executor is not subscribed",
            Self::Claims(text) => text,
        }
    }
}

/// What is answered until the agent knows its executors again.
pub const RECOVERING: &str = "Agent has not finished recovery";

/// The checks of a call by itself, in the order that decides which text is seen.
pub fn validate(call: &Call) -> Result<(), String> {
    let expect = |present: bool, name: &str| {
        if present {
            return Ok(());
        }
        Err(format!("Expecting '{name}' to be present"))
    };
    let Some(kind) = call.r#type else {
        return expect(false, "type");
    };
    match call::Type::try_from(kind).unwrap_or(call::Type::Unknown) {
        call::Type::Subscribe => expect(call.subscribe.is_some(), "subscribe"),
        call::Type::Update => {
            expect(call.update.is_some(), "update")?;
            call.update
                .as_ref()
                .map_or(Ok(()), |update| validate_status(call, &update.status))
        }
        call::Type::Message => expect(call.message.is_some(), "message"),
        call::Type::Heartbeat | call::Type::Unknown => Ok(()),
    }
}

fn validate_status(call: &Call, status: &mesos_proto::mesos::TaskStatus) -> Result<(), String> {
    let (executor, framework) = (&call.executor_id.value, &call.framework_id.value);
    match &status.uuid {
        None => return Err("Expecting 'uuid' to be present".to_owned()),
        Some(uuid) if uuid.len() != UUID_LENGTH => return Err("Not a valid UUID".to_owned()),
        Some(_) => {}
    }
    if let Some(named) = &status.executor_id
        && named.value != *executor
    {
        return Err(format!(
            "ExecutorID in Call: {executor} does not match ExecutorID in TaskStatus: {}",
            named.value
        ));
    }
    if status.source() != task_status::Source::Executor || status.source.is_none() {
        return Err(format!(
            "Received Call from executor {executor} of framework {framework} with invalid source, expecting 'SOURCE_EXECUTOR'"
        ));
    }
    if status.state() == TaskState::TaskStaging {
        return Err(format!(
            "Received TASK_STAGING from executor {executor} of framework {framework} which is not allowed"
        ));
    }
    status
        .check_status
        .as_ref()
        .map_or(Ok(()), validate_check_status)
}

fn validate_check_status(status: &CheckStatusInfo) -> Result<(), String> {
    if status.r#type.is_none() {
        return Err("CheckStatusInfo must specify 'type'".to_owned());
    }
    let (present, field, kind) = match status.r#type() {
        check_info::Type::Command => (status.command.is_some(), "command", "COMMAND"),
        check_info::Type::Http => (status.http.is_some(), "http", "HTTP"),
        check_info::Type::Tcp => (status.tcp.is_some(), "tcp", "TCP"),
        check_info::Type::Unknown => {
            return Err("'UNKNOWN' is not a valid check's status type".to_owned());
        }
    };
    if present {
        return Ok(());
    }
    Err(format!(
        "Expecting '{field}' to be set for {kind} check's status"
    ))
}

/// Whether a token is for the executor that a call names.
pub fn check_claims(
    principal: &Principal,
    framework: &str,
    executor: &str,
    container: &str,
) -> Result<(), Refusal> {
    let claims = |name: &str, value: &str| principal.claims.get(name).is_some_and(|c| c == value);
    let refuse = |what: String| {
        let shown = show(principal);
        Err(Refusal::Claims(format!(
            "Authenticated principal '{shown}' does not contain {what}"
        )))
    };
    if !claims("fid", framework) {
        return refuse(format!(
            "an 'fid' claim with the framework ID {framework}, which is set in the call"
        ));
    }
    if !claims("eid", executor) {
        return refuse(format!(
            "an 'eid' claim with the executor ID {executor}, which is set in the call"
        ));
    }
    if !claims("cid", container) {
        return refuse("a 'cid' claim with the correct active ContainerID".to_owned());
    }
    Ok(())
}

fn show(principal: &Principal) -> String {
    let value = principal.value.as_deref();
    if let (Some(value), true) = (value, principal.claims.is_empty()) {
        return value.to_owned();
    }
    let claims: Vec<String> = principal
        .claims
        .iter()
        .map(|(name, claim)| format!("{name}: {claim}"))
        .collect();
    let value = value.map(|value| format!(" value: '{value}',"));
    let value = value.unwrap_or_default();
    format!("{{{value} claims: {{ {} }} }}", claims.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_proto::mesos::{ExecutorId, FrameworkId, TaskId, TaskStatus};

    fn call(kind: call::Type) -> Call {
        Call {
            executor_id: ExecutorId { value: "e".into() },
            framework_id: FrameworkId { value: "f".into() },
            r#type: Some(kind.into()),
            ..Default::default()
        }
    }

    fn update(change: impl FnOnce(&mut TaskStatus)) -> Call {
        let mut status = TaskStatus {
            task_id: TaskId { value: "t".into() },
            state: TaskState::TaskRunning.into(),
            source: Some(task_status::Source::Executor.into()),
            uuid: Some(Bytes::from_static(&[7; 16])),
            ..Default::default()
        };
        change(&mut status);
        Call {
            update: Some(call::Update { status }),
            ..call(call::Type::Update)
        }
    }

    fn complaint(call: &Call) -> String {
        validate(call).expect_err("it is refused")
    }

    #[test]
    fn the_submessage_of_the_type_must_be_there() {
        let untyped = Call {
            r#type: None,
            ..call(call::Type::Unknown)
        };
        assert_eq!(complaint(&untyped), "Expecting 'type' to be present");
        for (kind, name) in [
            (call::Type::Subscribe, "subscribe"),
            (call::Type::Update, "update"),
            (call::Type::Message, "message"),
        ] {
            let expected = format!("Expecting '{name}' to be present");
            assert_eq!(complaint(&call(kind)), expected);
        }
        assert_eq!(validate(&call(call::Type::Heartbeat)), Ok(()));
        assert_eq!(validate(&call(call::Type::Unknown)), Ok(()));
    }

    #[test]
    fn a_status_is_checked_in_order() {
        assert_eq!(validate(&update(|_| {})), Ok(()));
        let none = update(|status| status.uuid = None);
        assert_eq!(complaint(&none), "Expecting 'uuid' to be present");
        let short = update(|status| status.uuid = Some(Bytes::from_static(b"x")));
        assert_eq!(complaint(&short), "Not a valid UUID");
        let other = update(|status| status.executor_id = Some(ExecutorId { value: "x".into() }));
        assert_eq!(
            complaint(&other),
            "ExecutorID in Call: e does not match ExecutorID in TaskStatus: x"
        );
        let unsourced = update(|status| status.source = None);
        assert_eq!(
            complaint(&unsourced),
            "Received Call from executor e of framework f with invalid source, expecting 'SOURCE_EXECUTOR'"
        );
        let staging = update(|status| status.set_state(TaskState::TaskStaging));
        assert_eq!(
            complaint(&staging),
            "Received TASK_STAGING from executor e of framework f which is not allowed"
        );
        let check = |check: CheckStatusInfo| update(|status| status.check_status = Some(check));
        assert_eq!(
            complaint(&check(CheckStatusInfo::default())),
            "CheckStatusInfo must specify 'type'"
        );
        let empty = CheckStatusInfo {
            r#type: Some(check_info::Type::Http.into()),
            ..Default::default()
        };
        assert_eq!(
            complaint(&check(empty)),
            "Expecting 'http' to be set for HTTP check's status"
        );
    }

    #[test]
    fn a_token_of_another_container_is_refused() {
        let claims = [("fid", "f"), ("eid", "e"), ("cid", "c")];
        let principal = Principal {
            value: None,
            claims: claims.map(|(k, v)| (k.into(), v.into())).into(),
        };
        assert_eq!(check_claims(&principal, "f", "e", "c"), Ok(()));
        let refusal = check_claims(&principal, "f", "e", "old").expect_err("another container");
        assert_eq!(refusal.status(), 403);
        assert_eq!(
            refusal.text(),
            "Authenticated principal '{ claims: { cid: c, eid: e, fid: f } }' does not contain a 'cid' claim with the correct active ContainerID"
        );
    }
}
