//! The tables of all programs as one JSON value: what the flag reference, the man pages and the completions of shells
//! are made of. Compat: operations §1.6, §8 (man pages, completions), S2-20.

use super::{
    AgentFlags, DefaultExecutorFlags, DockerExecutorFlags, DriverFlags, ExecuteFlags,
    ExecutorFlags, Fate, FetcherFlags, Flag, FlagSet, IoSwitchboardFlags, LogrotateFlags,
    MasterFlags, MesosLocalFlags, TcpConnectFlags, UsageFlags, V1SchedulerFlags,
};
use serde_json::{Value, json};

/// Every set: `{"name", "prefix", "flags": [{"name", "default", "help", ...}]}`.
pub fn reference() -> Value {
    Value::Array(vec![
        set::<MasterFlags>("mesos-master"),
        set::<AgentFlags>("mesos-agent"),
        set::<MesosLocalFlags>("mesos-local"),
        set::<ExecuteFlags>("mesos-execute"),
        set::<ExecutorFlags>("mesos-executor"),
        set::<DefaultExecutorFlags>("mesos-default-executor"),
        set::<DockerExecutorFlags>("mesos-docker-executor"),
        set::<FetcherFlags>("mesos-fetcher"),
        set::<IoSwitchboardFlags>("mesos-io-switchboard"),
        set::<LogrotateFlags>("mesos-logrotate-logger"),
        set::<TcpConnectFlags>("mesos-tcp-connect"),
        set::<UsageFlags>("mesos-usage"),
        set::<DriverFlags>("driver"),
        set::<V1SchedulerFlags>("v1-scheduler"),
    ])
}

fn set<T: FlagSet>(name: &str) -> Value {
    let defaults = T::default();
    let flags = T::TABLE.iter().map(|flag| row::<T>(flag, &defaults));
    json!({ "name": name, "prefix": T::PREFIX, "flags": flags.collect::<Vec<_>>() })
}

fn row<T: FlagSet>(flag: &Flag, defaults: &T) -> Value {
    let mut row = json!({
        "name": flag.name,
        "boolean": flag.boolean,
        "required": flag.required,
        "help": flag.help,
    });
    if T::OWN.contains(&flag.name) {
        row["own"] = true.into();
    }
    if let Some(old) = flag.deprecated {
        row["deprecated"] = old.into();
    }
    if flag.default.is_some()
        && let Some(default) = defaults.print(flag.name)
    {
        row["default"] = default.into();
    }
    let fate = T::fates().iter().find(|(name, _)| *name == flag.name);
    match fate.map(|(_, fate)| fate) {
        Some(Fate::Refused(feature)) => row["not_built"] = (*feature).into(),
        Some(Fate::Tunes(feature)) => row["tunes"] = (*feature).into(),
        Some(Fate::Honoured) | None => {}
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo xtask fix` writes the file.
    #[test]
    fn the_committed_reference_is_that_of_the_tables() {
        let committed = include_str!("../../../../docs/flags/flags.json");
        let committed: Value = serde_json::from_str(committed).unwrap();
        assert_eq!(committed, reference());
    }

    #[test]
    fn a_row_says_what_becomes_of_its_flag() {
        let sets = reference();
        let master = &sets[0]["flags"];
        let flag = |name| {
            let mut rows = master.as_array().unwrap().iter();
            rows.find(|row| row["name"] == name).unwrap().clone()
        };
        assert_eq!(
            flag("quorum")["help"].as_str().map(str::is_empty),
            Some(false)
        );
        assert_eq!(
            flag("agent_ping_timeout")["deprecated"],
            "slave_ping_timeout"
        );
        assert_eq!(flag("agent_ping_timeout")["default"], "15secs");
        assert!(flag("modules")["not_built"].is_string());
        assert_eq!(flag("quiet")["boolean"], true);
    }
}
