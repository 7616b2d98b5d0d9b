//! One master and some agents on loopback, each with its own port and work directory.

use crate::daemon::Daemon;
use crate::{http, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A daemon's address, arguments and process.
#[derive(Debug)]
pub struct Member {
    program: &'static str,
    arguments: Vec<String>,
    /// `127.0.0.1:port`.
    pub address: String,
    pub work_dir: PathBuf,
    pub daemon: Daemon,
    log: PathBuf,
}

impl Member {
    /// Starts the same program again, after it was killed.
    pub fn restart(&mut self) {
        self.daemon = Daemon::start(self.program, &self.arguments, &self.log);
    }

    /// GET of one of its endpoints, once it answers.
    #[must_use]
    pub fn get(&self, path: &str) -> Value {
        wait::until(path, || http::get_json(&self.address, path))
    }
}

/// How long agents may take to end their executors when the cluster is dropped.
const LEAVE_LIMIT: Duration = Duration::from_secs(5);

/// A running cluster; everything ends and is removed when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    pub agents: Vec<Member>,
    pub master: Member,
    folder: TempDir,
}

/// A port nobody listens on.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

impl Cluster {
    /// A master and as many agents, registered.
    #[must_use]
    pub fn start(agents: usize) -> Self {
        Self::start_with(agents, &[], &[])
    }

    /// The same with additional flags for the master and for each agent.
    #[must_use]
    pub fn start_with(agents: usize, master_flags: &[&str], agent_flags: &[&str]) -> Self {
        let owned = |flags: &[&str]| {
            flags
                .iter()
                .map(|&flag| flag.to_owned())
                .collect::<Vec<_>>()
        };
        Self::start_with_files(agents, &owned(master_flags), &owned(agent_flags), &[])
    }

    /// The same with files (name, content) that flags may name as `${SCRATCH}/name`.
    #[must_use]
    pub fn start_with_files(
        agents: usize,
        master_flags: &[String],
        agent_flags: &[String],
        files: &[(&str, &str)],
    ) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("the folder is writable");
        }
        let scratch = folder.path().display().to_string();
        let placed = |flag: &String| flag.replace("${SCRATCH}", &scratch);
        let work_dir = folder.path().join("master");
        let port = free_port();
        let mut arguments = vec![
            "--ip=127.0.0.1".to_owned(),
            "--hostname=127.0.0.1".to_owned(),
            format!("--port={port}"),
            format!("--work_dir={}", work_dir.display()),
            "--allocation_interval=200ms".to_owned(),
        ];
        arguments.extend(master_flags.iter().map(placed));
        let log = folder.path().join("master.log");
        let daemon = Daemon::start("mesos-master", &arguments, &log);
        let address = format!("127.0.0.1:{port}");
        let master = Member {
            program: "mesos-master",
            arguments,
            address,
            work_dir,
            daemon,
            log,
        };
        let mut cluster = Self {
            agents: Vec::new(),
            master,
            folder,
        };
        let agent_flags: Vec<String> = agent_flags.iter().map(placed).collect();
        let agent_flags: Vec<&str> = agent_flags.iter().map(String::as_str).collect();
        for _ in 0..agents {
            cluster.add_agent(&agent_flags);
        }
        cluster.wait_for_agents(agents);
        cluster
    }

    /// Starts one more agent; does not wait for its registration.
    pub fn add_agent(&mut self, flags: &[&str]) {
        let number = self.agents.len();
        let base = self.folder.path().join(format!("agent-{number}"));
        let work_dir = base.join("work");
        let port = free_port();
        let mut arguments = vec![
            "--ip=127.0.0.1".to_owned(),
            "--hostname=127.0.0.1".to_owned(),
            format!("--port={port}"),
            format!("--master={}", self.master.address),
            format!("--work_dir={}", work_dir.display()),
            format!("--runtime_dir={}", base.join("run").display()),
            format!("--fetcher_cache_dir={}", base.join("cache").display()),
            "--launcher=posix".to_owned(),
            "--no-systemd_enable_support".to_owned(),
            "--registration_backoff_factor=10ms".to_owned(),
            "--resources=cpus:8;mem:8192;disk:8192;ports:[31000-31999]".to_owned(),
        ];
        arguments.extend(flags.iter().map(|&flag| flag.to_owned()));
        std::fs::create_dir_all(&base).expect("the agent's folder can be made");
        let log = base.join("log");
        let daemon = Daemon::start("mesos-agent", &arguments, &log);
        let address = format!("127.0.0.1:{port}");
        self.agents.push(Member {
            program: "mesos-agent",
            arguments,
            address,
            work_dir,
            daemon,
            log,
        });
    }

    /// kill -9 of an agent, then a new one in its place; returns once the master has registered that.
    ///
    /// # Panics
    /// When it does not come back within the limit.
    pub fn restart_agent(&mut self, number: usize) {
        let before = self.registration_times();
        self.agents[number].daemon.kill();
        self.agents[number].restart();
        // Until it notices the loss, the master still shows the one that is gone as active.
        wait::until("the agent to register again", || {
            (self.registration_times() != before).then_some(())
        });
        self.wait_for_agents(self.agents.len());
    }

    /// When each agent has registered for the last time, as the master shows it.
    fn registration_times(&self) -> Vec<String> {
        let answer = self.master.get("/slaves");
        let agents = answer["slaves"].as_array().expect("a list of agents");
        let mut times: Vec<String> = agents
            .iter()
            .map(|agent| format!("{} {}", agent["id"], agent["reregistered_time"]))
            .collect();
        times.sort();
        times
    }

    /// Waits until the master shows that many active agents.
    pub fn wait_for_agents(&self, count: usize) {
        let logs = || {
            let agents: Vec<String> = self.agents.iter().map(|a| a.daemon.log_tail()).collect();
            format!(
                "master:\n{}\nagents:\n{}",
                self.master.daemon.log_tail(),
                agents.join("\n--\n")
            )
        };
        let active = || {
            let answer = http::get_json(&self.master.address, "/slaves")?;
            let agents = answer["slaves"].as_array()?;
            let active = agents
                .iter()
                .filter(|agent| agent["active"] == true)
                .count();
            (active == count).then_some(())
        };
        let deadline = std::time::Instant::now() + wait::LIMIT;
        while active().is_none() {
            assert!(
                std::time::Instant::now() < deadline,
                "{count} agents register\n{}",
                logs()
            );
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
    }

    /// A metric of the master.
    #[must_use]
    pub fn metric(&self, name: &str) -> f64 {
        self.master.get("/metrics/snapshot")[name]
            .as_f64()
            .unwrap_or(f64::NAN)
    }

    /// A scratch folder that lives as long as the cluster.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }
}

impl Drop for Cluster {
    /// Executors of checkpointing frameworks outlive a killed agent, so agents are asked to leave;
    /// what an agent that a test had killed left behind is found by its sandbox.
    fn drop(&mut self) {
        for agent in &self.agents {
            agent.daemon.signal(Signal::SIGUSR1);
        }
        let deadline = Instant::now() + LEAVE_LIMIT;
        while Instant::now() < deadline && !self.agents.iter_mut().all(|a| a.daemon.has_ended()) {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        for agent in &mut self.agents {
            agent.daemon.kill();
        }
        for pid in processes_of(self.folder.path()) {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

/// Processes whose environment names the folder: executors and tasks with their sandbox in it.
fn processes_of(folder: &Path) -> Vec<Pid> {
    use std::os::unix::ffi::OsStrExt;
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let needle = folder.as_os_str().as_bytes();
    let holds = |pid: &i32| {
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|text| text.windows(needle.len()).any(|window| window == needle))
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(holds)
        .map(Pid::from_raw)
        .collect()
}
