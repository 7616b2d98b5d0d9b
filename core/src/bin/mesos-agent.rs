//! The agent.

use std::path::Path;
use std::process::ExitCode;

use mesos_agent::shell::{self, Settings};
use mesos_core::{caution, program};
use mesos_daemon::flags::AgentFlags;
use mesos_daemon::logging::Logging;
use mesos_process::NodeConfig;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program::daemon("mesos-agent", &program::agent_defaults(), run)
}

fn run(flags: &AgentFlags, config: NodeConfig, logging: Logging) -> Result<(), String> {
    let settings = Settings::from_flags(flags).map_err(|error| error.to_string())?;
    program::runtime()?.block_on(async {
        let mut leave = signal(SignalKind::user_defined1()).map_err(|error| error.to_string())?;
        let node = program::bind(config).await?;
        let work_dir = Path::new(&flags.work_dir);
        caution::warn(caution::Daemon::Agent, node.address(), Some(work_dir));
        let _own = caution::own_runtime_dir(Path::new(&flags.runtime_dir))?;
        let started = shell::start(settings, node, Some(logging)).await;
        let mut agent = started.map_err(|error| error.to_string())?;
        let exit = loop {
            tokio::select! {
                exit = agent.wait() => break exit,
                _ = leave.recv() => {},
            }
            agent.leave("Received SIGUSR1 signal; unregistering and shutting down");
        };
        if exit.status == 0 {
            return Ok(());
        }
        Err(exit.message)
    })
}
