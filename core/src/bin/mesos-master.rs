//! The master.

use std::process::ExitCode;

use mesos_core::program::{self, AddressFlags, LogFlags};
use mesos_daemon::flags::MasterFlags;
use mesos_daemon::logging::Logging;
use mesos_master::shell::{self, Settings};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROGRAM: &str = "mesos-master";

fn main() -> ExitCode {
    let (flags, warnings) = match program::load_flags::<MasterFlags>(PROGRAM, &[]) {
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

fn run(flags: &MasterFlags, logging: Logging) -> Result<ExitCode, String> {
    let config = program::node_config(&AddressFlags {
        ip: flags.ip.as_deref(),
        ip_discovery_command: flags.ip_discovery_command.as_deref(),
        port: flags.port,
        advertise_ip: flags.advertise_ip.as_deref(),
        advertise_port: flags.advertise_port.as_deref(),
    })?;
    let settings = Settings::from_flags(flags).map_err(|error| error.to_string())?;
    program::runtime()?.block_on(async {
        let node = program::bind(config).await?;
        let started = shell::start(settings, node, Some(logging)).await;
        let mut master = started.map_err(|error| error.to_string())?;
        tracing::info!("Master started at {}", master.upid);
        let exit = master.wait().await;
        if exit.status == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        Err(exit.message)
    })
}
