//! `mesos-local`: a master and some agents in one process, for trying things out.
//!
//! Compat: operations §3.4, S3-50. Any flag of the master or the agent may be given, in the environment or (FIX: the
//! original ignores those) on the command line; what neither knows is named in the log and otherwise without effect.
//! Each agent has a port of its own. FIX: when it is interrupted, the agents end their executors first.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mesos_agent::shell as agent;
use mesos_daemon::flags::{
    self, AgentFlags, FlagError, FlagSet, MasterFlags, MesosLocalFlags, Sources, Unknown,
};
use mesos_daemon::logging::Logging;
use mesos_master::shell as master;
use mesos_process::Node;
use tokio::signal::unix::{SignalKind, signal};

use crate::program::{self, AddressFlags, LogFlags};

pub const PROGRAM: &str = "mesos-local";
/// More agents than one process should have.
const AGENTS_MAX: i32 = 1000;
/// Below an agent's folder.
const PORT_FILE: &str = "port";
/// Below an agent's work directory: the agent that is to come back.
const LATEST: &str = "meta/slaves/latest";
/// What this program says of itself, so that it is no flag of the master or the agents.
const OWN: &[&str] = &["ip", "num_agents", "num_slaves", "port", "work_dir"];

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let (flags, warnings) = match program::load_known::<MesosLocalFlags>(PROGRAM) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let log = LogFlags {
        program: PROGRAM,
        log_dir: flags.log_dir.as_deref(),
        level: &flags.logging_level,
        quiet: flags.quiet,
    };
    let logging = match program::install_logging(&log, &warnings) {
        Ok(logging) => logging,
        Err(code) => return code,
    };
    let given = Given::of_process();
    given.warn_of_unknown();
    match run(&flags, &given, &logging) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => program::refuse(&error),
    }
}

/// Command line and environment, without what is this program's own.
struct Given {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

fn is_own(name: &str) -> bool {
    OWN.contains(&name.to_ascii_lowercase().as_str())
}

/// The name in `--name=value` or `--no-name`.
fn name_of(argument: &str) -> Option<&str> {
    let flag = argument.strip_prefix("--")?;
    Some(flag.split_once('=').map_or(flag, |(name, _)| name))
}

impl Given {
    fn of_process() -> Self {
        let mut arguments = program::arguments();
        arguments.retain(|argument| name_of(argument).is_none_or(|name| !is_own(name)));
        let mut environment = program::environment();
        environment.retain(|(name, _)| {
            let flag = name.strip_prefix("MESOS_");
            flag.is_none_or(|name| !is_own(name))
        });
        Self {
            arguments,
            environment,
        }
    }

    fn warn_of_unknown(&self) {
        for name in self.arguments.iter().filter_map(|given| name_of(given)) {
            let plain = name.strip_prefix("no-").unwrap_or(name);
            let known = has::<MesosLocalFlags>(plain)
                || has::<MasterFlags>(plain)
                || has::<AgentFlags>(plain);
            if !known {
                tracing::warn!("Ignoring flag '{name}', which neither master nor agent has");
            }
        }
    }

    /// The flags of a daemon, with some settled here.
    fn load<T: FlagSet>(
        &self,
        settled: &[(&str, String)],
        defaults: &[(&str, String)],
    ) -> Result<T, FlagError> {
        let is_settled = |argument: &String| {
            let name = name_of(argument).unwrap_or_default();
            settled.iter().any(|(settled, _)| *settled == name)
        };
        let arguments = self.arguments.iter().filter(|given| !is_settled(given));
        let settled = settled
            .iter()
            .map(|(name, value)| format!("--{name}={value}"));
        let arguments: Vec<String> = settled.chain(arguments.cloned()).collect();
        let sources = Sources {
            args: &arguments,
            environment: &self.environment,
            read_file: &|path| std::fs::read_to_string(path),
            defaults,
            unknown: Unknown::Ignore,
        };
        let mut set = T::default();
        let (warnings, result) = flags::load(&mut set, &sources);
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        result.map(|()| set)
    }
}

fn has<T: FlagSet>(name: &str) -> bool {
    let is_it = |flag: &flags::Flag| flag.name == name || flag.deprecated == Some(name);
    T::TABLE.iter().any(is_it)
}

fn run(flags: &MesosLocalFlags, given: &Given, logging: &Logging) -> Result<(), String> {
    if !(0..=AGENTS_MAX).contains(&flags.num_agents) {
        return Err(format!(
            "Invalid value '{}' for --num_agents: expecting 0 to {AGENTS_MAX}",
            flags.num_agents
        ));
    }
    program::runtime()?.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut cluster = Cluster {
            master: start_master(flags, given, logging).await?,
            agents: Vec::new(),
            folders: Vec::new(),
        };
        let started = cluster.start_agents(flags, given).await;
        let ended = match started {
            Err(error) => Err(error),
            Ok(()) => tokio::select! {
                error = cluster.fails() => Err(error),
                _ = interrupt.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
            },
        };
        cluster.stop().await;
        ended
    })
}

struct Cluster {
    master: master::RunningMaster,
    agents: Vec<agent::RunningAgent>,
    /// Of each agent.
    folders: Vec<PathBuf>,
}

impl Cluster {
    async fn start_agents(&mut self, flags: &MesosLocalFlags, given: &Given) -> Result<(), String> {
        let address = self.master.address.to_string();
        for number in 0..flags.num_agents {
            let folder = Path::new(&flags.work_dir)
                .join("agents")
                .join(number.to_string());
            let agent = start_agent(flags, given, &folder, &address).await?;
            self.agents.push(agent);
            self.folders.push(folder);
        }
        Ok(())
    }

    /// Why one of them does not go on.
    async fn fails(&mut self) -> String {
        let agents = &mut self.agents;
        let first = async {
            let waits = agents.iter_mut().map(|agent| Box::pin(agent.wait()));
            let waits: Vec<_> = waits.collect();
            if waits.is_empty() {
                return std::future::pending().await;
            }
            futures_util::future::select_all(waits).await.0.message
        };
        tokio::select! {
            exit = self.master.wait() => exit.message,
            message = first => message,
        }
    }

    async fn stop(self) {
        for agent in &self.agents {
            agent.leave("the local cluster ends");
        }
        for agent in self.agents {
            agent.stop().await;
        }
        self.master.stop().await;
        for folder in self.folders {
            // It has left the cluster: the next one has an id of its own. Where there is none, none comes back.
            let _ = std::fs::remove_file(folder.join("work").join(LATEST));
        }
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn make(folder: &str, whose: &str) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("Failed to create the {whose} '{folder}': {error}"))
}

async fn start_master(
    flags: &MesosLocalFlags,
    given: &Given,
    logging: &Logging,
) -> Result<master::RunningMaster, String> {
    let folder = PathBuf::from(&flags.work_dir).join("master");
    let mut settled = vec![
        ("work_dir", text(&folder)),
        ("port", flags.port.to_string()),
    ];
    settled.extend(flags.ip.clone().map(|ip| ("ip", ip)));
    let told: MasterFlags = given.load(&settled, &[]).map_err(|error| {
        format!(
            "Failed to start a local cluster while loading master flags from the environment: \
             {error}"
        )
    })?;
    make(&text(&folder), "work_dir for master")?;
    let settings = master::Settings::from_flags(&told).map_err(|error| error.to_string())?;
    let config = program::node_config(&AddressFlags {
        ip: told.ip.as_deref(),
        ip_discovery_command: told.ip_discovery_command.as_deref(),
        port: told.port,
        advertise_ip: told.advertise_ip.as_deref(),
        advertise_port: told.advertise_port.as_deref(),
    })?;
    let node = program::bind(config).await?;
    let running = master::start(settings, node, Some(logging.clone())).await;
    let running = running.map_err(|error| error.to_string())?;
    Ok(running)
}

async fn start_agent(
    flags: &MesosLocalFlags,
    given: &Given,
    folder: &Path,
    master: &str,
) -> Result<agent::RunningAgent, String> {
    let mut settled = vec![
        ("work_dir", text(&folder.join("work"))),
        ("runtime_dir", text(&folder.join("run"))),
        ("fetcher_cache_dir", text(&folder.join("fetch"))),
        ("master", master.to_owned()),
    ];
    settled.extend(flags.ip.clone().map(|ip| ("ip", ip)));
    let told: AgentFlags = given
        .load(&settled, &program::agent_defaults())
        .map_err(|error| {
            format!(
                "Failed to start a local cluster while loading agent flags from the environment: \
             {error}"
            )
        })?;
    make(&told.work_dir, "work_dir for agent")?;
    make(&told.runtime_dir, "runtime_dir for agent")?;
    let settings = agent::Settings::from_flags(&told).map_err(|error| error.to_string())?;
    let node = bind_agent(&told, folder).await?;
    agent::start(settings, node, None)
        .await
        .map_err(|error| error.to_string())
}

/// On a port of its own: only the master's is known to anybody. It is the same again the next time, where that is
/// possible, because an agent may not come back with another one.
async fn bind_agent(told: &AgentFlags, folder: &Path) -> Result<Node, String> {
    let at = |port| {
        program::node_config(&AddressFlags {
            ip: told.ip.as_deref(),
            ip_discovery_command: told.ip_discovery_command.as_deref(),
            port,
            advertise_ip: told.advertise_ip.as_deref(),
            advertise_port: None,
        })
    };
    let note = folder.join(PORT_FILE);
    let last = std::fs::read_to_string(&note).ok();
    let last = last.and_then(|text| text.trim().parse::<u16>().ok());
    let again = match last {
        Some(port) => program::bind(at(port)?).await.ok(),
        None => None,
    };
    let node = match again {
        Some(node) => node,
        None => program::bind(at(0)?).await?,
    };
    std::fs::write(&note, format!("{}\n", node.address().port()))
        .map_err(|error| format!("Failed to write '{}': {error}", note.display()))?;
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str], environment: &[(&str, &str)]) -> Given {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Given {
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            environment: environment.iter().map(pair).collect(),
        }
    }

    #[test]
    fn flags_of_both_kinds_reach_their_daemon_and_none_moves_its_folders() {
        let given = given(
            &[
                "--resources=cpus:3",
                "--quorum=1",
                "--runtime_dir=/elsewhere",
            ],
            &[("MESOS_attributes", "rack:a"), ("MESOS_NOSUCH", "x")],
        );
        let settled = [
            ("work_dir", "/w".to_owned()),
            ("runtime_dir", "/r".to_owned()),
            ("master", "127.0.0.1:1".to_owned()),
        ];
        let agent: AgentFlags = given.load(&settled, &[]).unwrap();
        assert_eq!(agent.resources.as_deref(), Some("cpus:3"));
        assert_eq!(agent.attributes.as_deref(), Some("rack:a"));
        assert_eq!(agent.runtime_dir, "/r");
        let master: MasterFlags = given.load(&settled[..1], &[]).unwrap();
        assert_eq!(master.quorum, Some(1));
    }

    #[test]
    fn a_flag_is_known_by_either_name() {
        assert!(has::<MesosLocalFlags>("num_slaves"));
        assert!(has::<MesosLocalFlags>("num_agents"));
        assert!(!has::<AgentFlags>("nosuch"));
        assert_eq!(name_of("--no-quiet"), Some("no-quiet"));
        assert_eq!(name_of("--ip=1.2.3.4"), Some("ip"));
        assert!(is_own("WORK_DIR"));
    }
}
