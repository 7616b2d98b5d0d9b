//! The environment an executor starts with.
//!
//! Compat: agent §8.4.

use std::collections::BTreeMap;

use mesos_model::id::{AgentId, FrameworkId};
use mesos_proto::mesos::{CommandInfo, environment};

use crate::config::Config;
use crate::effect::duration_of;
use crate::state::Executor;

/// The agent's part, sorted by name; what the sandbox and the command add comes later and wins.
pub fn executor_environment(
    config: &Config,
    agent: &AgentId,
    framework: &FrameworkId,
    executor: &Executor,
    checkpoints: bool,
) -> Vec<(String, String)> {
    let mut set = BTreeMap::new();
    let mut put = |name: &str, value: String| set.insert(name.to_owned(), value);
    if let Some(ip) = &config.libprocess_ip {
        put("LIBPROCESS_IP", ip.clone());
    }
    for (name, value) in config.executor_environment.iter().flatten() {
        put(name, value.clone());
    }
    put("LIBPROCESS_PORT", "0".to_owned());
    put("MESOS_FRAMEWORK_ID", framework.to_string());
    put("MESOS_EXECUTOR_ID", executor.id.to_string());
    put("MESOS_SLAVE_ID", agent.to_string());
    put("MESOS_DIRECTORY", executor.sandbox.display().to_string());
    put("MESOS_SLAVE_PID", config.pid.to_string());
    put("MESOS_AGENT_ENDPOINT", config.pid.address.to_string());
    put("MESOS_CHECKPOINT", flag(checkpoints));
    put(
        "MESOS_HTTP_COMMAND_EXECUTOR",
        flag(config.http_command_executor),
    );
    let own = executor
        .info
        .shutdown_grace_period
        .as_ref()
        .map(duration_of);
    let grace = own.unwrap_or(config.executor_shutdown_grace_period);
    put(
        "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD",
        mesos_model::units::format_duration(grace.into()),
    );
    if checkpoints {
        put(
            "MESOS_RECOVERY_TIMEOUT",
            mesos_model::units::format_duration(config.recovery_timeout.into()),
        );
        let backoff =
            mesos_model::units::format_duration(config.executor_reregistration_timeout.into());
        put("MESOS_SUBSCRIPTION_BACKOFF_MAX", backoff);
    }
    if let Some(library) = &config.native_library {
        for name in ["MESOS_NATIVE_JAVA_LIBRARY", "MESOS_NATIVE_LIBRARY"] {
            set.entry(name.to_owned())
                .or_insert_with(|| library.clone());
        }
    }
    set.into_iter().collect()
}

fn flag(on: bool) -> String {
    if on { "1" } else { "0" }.to_owned()
}

/// The variables a command brings itself.
pub fn command_environment(command: &CommandInfo) -> impl Iterator<Item = (String, String)> + '_ {
    let variables = command
        .environment
        .iter()
        .flat_map(|environment| &environment.variables);
    variables
        .filter(|v| v.r#type() == environment::variable::Type::Value)
        .filter_map(|v| Some((v.name.clone(), v.value.clone()?)))
}
