//! The master.

use std::path::Path;
use std::process::ExitCode;

use mesos_core::{caution, program};
use mesos_daemon::flags::MasterFlags;
use mesos_daemon::logging::Logging;
use mesos_master::shell::{self, Settings};
use mesos_process::NodeConfig;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program::daemon("mesos-master", &program::master_defaults(), run)
}

fn run(flags: &MasterFlags, config: NodeConfig, logging: Logging) -> Result<(), String> {
    let settings = Settings::from_flags(flags).map_err(|error| error.to_string())?;
    program::runtime()?.block_on(async {
        let node = program::bind(config).await?;
        let work_dir = flags.work_dir.as_deref().map(Path::new);
        caution::warn(caution::Daemon::Master, node.address(), work_dir);
        let started = shell::start(settings, node, Some(logging)).await;
        let mut master = started.map_err(|error| error.to_string())?;
        let exit = master.wait().await;
        if exit.status == 0 {
            return Ok(());
        }
        Err(exit.message)
    })
}
