//! The agent.

use std::process::ExitCode;

use mesos_agent::shell::{self, Settings};
use mesos_core::program::{self, AddressFlags, LogFlags};
use mesos_daemon::flags::AgentFlags;
use mesos_daemon::logging::Logging;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROGRAM: &str = "mesos-agent";

fn main() -> ExitCode {
    let (flags, warnings) =
        match program::load_flags::<AgentFlags>(PROGRAM, &program::agent_defaults()) {
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
    match run(&flags, logging) {
        Ok(code) => code,
        Err(error) => program::refuse(&error),
    }
}

fn run(flags: &AgentFlags, logging: Logging) -> Result<ExitCode, String> {
    let config = program::node_config(&AddressFlags {
        ip: flags.ip.as_deref(),
        ip_discovery_command: flags.ip_discovery_command.as_deref(),
        port: flags.port,
        advertise_ip: flags.advertise_ip.as_deref(),
        advertise_port: flags.advertise_port.as_deref(),
    })?;
    let settings = Settings::from_flags(flags).map_err(|error| error.to_string())?;
    program::runtime()?.block_on(async {
        let mut leave = signal(SignalKind::user_defined1()).map_err(|error| error.to_string())?;
        let node = program::bind(config).await?;
        let started = shell::start(settings, node, Some(logging)).await;
        let mut agent = started.map_err(|error| error.to_string())?;
        tracing::info!("Agent started at {}", agent.upid);
        let exit = loop {
            tokio::select! {
                exit = agent.wait() => break exit,
                _ = leave.recv() => {},
            }
            agent.leave("Received SIGUSR1 signal; unregistering and shutting down");
        };
        if exit.status == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        Err(exit.message)
    })
}
