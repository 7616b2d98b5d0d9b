//! What the mains of the daemons share: flags, logging, the node, how they end.
//!
//! Compat: FLG-1, FLG-7, FLG-9, FLG-10, FLG-12.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use mesos_daemon::flags::{self, AgentFlags, FlagSet, MasterFlags, Sources, Start};
use mesos_daemon::logging::{self, LogConfig, Logging};
use mesos_process::{Node, NodeConfig};

/// The flags that every daemon has.
pub trait DaemonFlags: FlagSet {
    fn log<'a>(&'a self, program: &'a str) -> LogFlags<'a>;
    fn address(&self) -> AddressFlags<'_>;
}

/// Reads the fields that the flag sets of all daemons name alike.
macro_rules! daemon_flags {
    ($flags:ty) => {
        impl DaemonFlags for $flags {
            fn log<'a>(&'a self, program: &'a str) -> LogFlags<'a> {
                LogFlags {
                    program,
                    log_dir: self.log_dir.as_deref(),
                    level: &self.logging_level,
                    quiet: self.quiet,
                }
            }

            fn address(&self) -> AddressFlags<'_> {
                AddressFlags {
                    ip: self.ip.as_deref(),
                    ip_discovery_command: self.ip_discovery_command.as_deref(),
                    port: self.port,
                    advertise_ip: self.advertise_ip.as_deref(),
                    advertise_port: self.advertise_port.as_deref(),
                }
            }
        }
    };
}

daemon_flags!(MasterFlags);
daemon_flags!(AgentFlags);

/// The main of a daemon: flags, logging, the node's configuration, then `run`, whose complaint ends
/// the program with status 1. It calls itself as it was called, for `mesos-slave` is a link.
pub fn daemon<T: DaemonFlags>(
    program: &str,
    defaults: &[(&str, String)],
    run: impl FnOnce(&T, NodeConfig, Logging) -> Result<(), String>,
) -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let called = Path::new(&called)
        .file_name()
        .and_then(|name| name.to_str());
    let program = called.unwrap_or(program);
    let started = load_flags::<T>(program, defaults).and_then(|(flags, warnings)| {
        let logging = install_logging(&flags.log(program), &warnings)?;
        for line in mesos_daemon::version::info().log_lines() {
            tracing::info!("{line}");
        }
        Ok((flags, logging))
    });
    let (flags, logging) = match started {
        Ok(started) => started,
        Err(code) => return code,
    };
    let ended = node_config(&flags.address()).and_then(|config| run(&flags, config, logging));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let args: Vec<String> = arguments();
            let lines = [error].into_iter().chain(flags::hints::<T>(&args, None));
            refuse(&lines.collect::<Vec<_>>().join("\n"))
        }
    }
}

/// Loads the flags from command line, environment and files; `Err` when the program is to end.
pub fn load_flags<T: FlagSet>(
    program: &str,
    defaults: &[(&str, String)],
) -> Result<(T, Vec<String>), ExitCode> {
    load_from(program, defaults, &environment(), flags::Unknown::Refuse)
}

/// The same for a program that leaves what it does not know to others.
pub fn load_known<T: FlagSet>(program: &str) -> Result<(T, Vec<String>), ExitCode> {
    load_from(program, &[], &environment(), flags::Unknown::Ignore)
}

/// The variables that are text.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The command line without the program's name.
#[must_use]
pub fn arguments() -> Vec<String> {
    std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// The same for a program whose environment is its task's: variables are no flags.
pub fn load_arguments<T: FlagSet>(program: &str) -> Result<(T, Vec<String>), ExitCode> {
    load_from(program, &[], &[], flags::Unknown::Refuse)
}

fn load_from<T: FlagSet>(
    program: &str,
    defaults: &[(&str, String)],
    environment: &[(String, String)],
    unknown: flags::Unknown,
) -> Result<(T, Vec<String>), ExitCode> {
    let args = arguments();
    let read_file = |path: &str| std::fs::read_to_string(path);
    let sources = Sources {
        args: &args,
        environment,
        read_file: &read_file,
        defaults,
        unknown,
    };
    match flags::start::<T>(program, &sources) {
        Start::Run { flags, warnings } => Ok((flags, warnings)),
        Start::Exit(exit) => {
            // Nobody is left to tell when these streams are closed.
            let _ = std::io::stdout().write_all(exit.stdout.as_bytes());
            let _ = std::io::stderr().write_all(exit.stderr.as_bytes());
            Err(ExitCode::from(u8::try_from(exit.code).unwrap_or(1)))
        }
    }
}

/// Defaults of the master's flags that depend on where it is installed.
pub fn master_defaults() -> Vec<(&'static str, String)> {
    let own = prefix().map(|prefix| prefix.join("share/mesos/webui"));
    let own = own.filter(|folder| folder.join("index.html").is_file());
    own.map(|folder| ("webui_dir", folder.display().to_string()))
        .into_iter()
        .collect()
}

/// The folder above that of this program.
fn prefix() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.ancestors().nth(2).map(Path::to_owned)
}

/// Defaults of the agent's flags that depend on the machine and on where the programs are installed.
pub fn agent_defaults() -> Vec<(&'static str, String)> {
    let mut defaults = vec![
        // The recorded default, `linux`, is not built yet.
        ("launcher", "posix".to_owned()),
        ("launcher_dir", launcher_dir().display().to_string()),
    ];
    use nix::unistd::{AccessFlags, access};
    if access("/var/run", AccessFlags::R_OK | AccessFlags::W_OK).is_err() {
        let folder = std::env::temp_dir().join("mesos/runtime");
        defaults.push(("runtime_dir", folder.display().to_string()));
    }
    defaults
}

/// Where the programs of containers are: beside this one, or in the `libexec` of its installation.
fn launcher_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program.parent().map(Path::to_owned).unwrap_or_default();
    let libexec = prefix().map(|prefix| prefix.join("libexec/mesos"));
    let complete = |folder: &PathBuf| folder.join("mesos-executor").is_file();
    [Some(beside.clone()), libexec]
        .into_iter()
        .flatten()
        .find(complete)
        .unwrap_or(beside)
}

/// The logging flags of a daemon.
#[derive(Clone, Debug)]
pub struct LogFlags<'a> {
    pub program: &'a str,
    pub log_dir: Option<&'a str>,
    pub level: &'a str,
    pub quiet: bool,
}

/// Installs the logger and writes what the flags gave cause to warn of.
pub fn install_logging(flags: &LogFlags<'_>, warnings: &[String]) -> Result<Logging, ExitCode> {
    if let Err(error) = flags::check_logging_level(flags.level) {
        let _ = writeln!(std::io::stderr(), "{error}");
        return Err(ExitCode::FAILURE);
    }
    let installed = logging::parse_level(flags.level).and_then(|level| {
        let config = LogConfig {
            program: flags.program.to_owned(),
            log_dir: flags.log_dir.map(Into::into),
            level,
            quiet: flags.quiet,
            verbose: std::env::var("GLOG_v")
                .ok()
                .and_then(|v| v.parse().ok())
                .unwrap_or(0),
        };
        logging::install(config).map_err(|error| error.to_string())
    });
    match installed {
        Ok(logging) => {
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            Ok(logging)
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "Failed to initialize logging: {error}");
            Err(ExitCode::FAILURE)
        }
    }
}

/// One sentence on why the program does not go on, as the original words it.
pub fn refuse(error: &dyn std::fmt::Display) -> ExitCode {
    tracing::error!("EXIT with status 1: {error}");
    ExitCode::FAILURE
}

/// The address flags of a daemon.
#[derive(Clone, Debug)]
pub struct AddressFlags<'a> {
    pub ip: Option<&'a str>,
    pub ip_discovery_command: Option<&'a str>,
    pub port: u16,
    pub advertise_ip: Option<&'a str>,
    pub advertise_port: Option<&'a str>,
}

/// The node's configuration: `LIBPROCESS_*`, overridden by the flags (FLG-9).
pub fn node_config(flags: &AddressFlags<'_>) -> Result<NodeConfig, String> {
    if flags.ip.is_some() && flags.ip_discovery_command.is_some() {
        return Err(
            "Only one of `--ip` or `--ip_discovery_command` should be specified".to_owned(),
        );
    }
    let mut config = NodeConfig::from_process_env().map_err(|error| error.to_string())?;
    if let Some(text) = flags.ip {
        config.ip = Some(address("ip", text)?);
    }
    if let Some(command) = flags.ip_discovery_command {
        config.ip = Some(address("ip", discover(command)?.trim())?);
    }
    config.port = flags.port;
    if let Some(text) = flags.advertise_ip {
        config.advertise_ip = Some(address("advertise_ip", text)?);
    }
    if let Some(text) = flags.advertise_port {
        let port = text.parse().ok().filter(|port| *port != 0);
        config.advertise_port =
            Some(port.ok_or_else(|| format!("Invalid value '{text}' for --advertise_port"))?);
    }
    Ok(config)
}

fn address(flag: &str, text: &str) -> Result<Ipv4Addr, String> {
    text.parse().map_err(|_| {
        format!(
            "Failed to load flag '{flag}': Failed to load value '{text}': Failed to parse IP as \
             either IPv4 or IPv6:{text}"
        )
    })
}

fn discover(command: &str) -> Result<String, String> {
    let output = Command::new("sh").arg("-c").arg(command).output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => Err(format!("Failed to run '{command}': {}", output.status)),
        Err(error) => Err(format!("Failed to run '{command}': {error}")),
    }
}

/// A runtime for one daemon, with as many workers as `LIBPROCESS_NUM_WORKER_THREADS` asks for.
pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let workers = mesos_process::env::worker_threads(|name| std::env::var(name).ok())?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| format!("Failed to start threads: {error}"))
}

/// Binds the node of a daemon.
pub async fn bind(config: NodeConfig) -> Result<Node, String> {
    Node::bind(config).await.map_err(|error| error.to_string())
}
