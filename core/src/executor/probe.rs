//! Carries out one look at a task; blocks until there is an outcome.
//!
//! Compat: agent part 1 §16.4 rules 2 and 5.

use std::{
    net::{TcpStream, ToSocketAddrs},
    sync::mpsc,
    time::Duration,
};

use mesos_proto::mesos::CommandInfo;
use mesos_sandbox::{Children, LaunchSpec, Program, Stream, tree};

use super::check::{Outcome, Probe};

/// What waits for ever has to end some time.
const UNLIMITED: Duration = Duration::from_secs(365 * 24 * 3600);
const REDIRECTS_MAX: usize = 50;

pub fn run(
    probe: &Probe,
    timeout: Option<Duration>,
    children: &Children,
    environment: &[(String, String)],
) -> Outcome {
    let timeout = timeout.unwrap_or(UNLIMITED);
    match probe {
        Probe::Command(command) => run_command(command, timeout, children, environment),
        Probe::Http { url } => run_http(url, timeout),
        Probe::Tcp { host, port } => run_tcp(host, *port, timeout),
    }
}

/// In the task's directory with the task's variables and the command's own; what it prints goes to
/// the executor's stderr. A command that takes too long is killed with all it started.
fn run_command(
    command: &CommandInfo,
    timeout: Duration,
    children: &Children,
    environment: &[(String, String)],
) -> Outcome {
    let program = match Program::of(command) {
        Ok(program) => program,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let mut spec = LaunchSpec::new(program);
    spec.stdout = Stream::CallerStderr;
    spec.environment = environment.to_vec();
    spec.environment.extend(super::shell::variables_of(command));
    let (sender, receiver) = mpsc::channel();
    // Nobody listens any more when the command was too slow.
    let launched = children.launch(&spec, move |status| {
        let _ = sender.send(status);
    });
    let process = match launched {
        Ok(process) => process,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    match receiver.recv_timeout(timeout) {
        Ok(status) => Outcome::Exited(status),
        Err(_) => {
            if let Err(error) = tree::destroy(process, None) {
                tracing::warn!("Failed to kill a check that took too long: {error}");
            }
            Outcome::TimedOut
        }
    }
}

/// Certificates are not verified: the task is asked by address, not by name.
fn run_http(url: &str, timeout: Duration) -> Outcome {
    let client = reqwest::blocking::Client::builder()
        .timeout(timeout)
        .danger_accept_invalid_certs(true)
        .tls_built_in_root_certs(false)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
        .build();
    match client.and_then(|client| client.get(url).send()) {
        Ok(response) => Outcome::HttpStatus(response.status().as_u16()),
        Err(error) if error.is_timeout() => Outcome::TimedOut,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn run_tcp(host: &str, port: u16, timeout: Duration) -> Outcome {
    let Some(address) = (host, port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
    else {
        return Outcome::Failed(format!("'{host}' has no address"));
    };
    match TcpStream::connect_timeout(&address, timeout) {
        Ok(_) => Outcome::Connected(true),
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Outcome::TimedOut,
        Err(_) => Outcome::Connected(false),
    }
}
