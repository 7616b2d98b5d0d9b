//! One master and one agent of ours on loopback.

pub mod state;

use crate::release;
use crate::shell::{Outcome, free_port, http_get, http_get_json, tail, wait_for};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// `USER_HZ`, the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// A running pair of daemons; killed when dropped unless told to stay.
pub struct Cluster {
    /// `host:port` of the master.
    pub master: String,
    /// `host:port` of the agent.
    pub agent: String,
    /// The agent's `--work_dir`.
    pub agent_work_dir: PathBuf,
    folder: PathBuf,
    /// Where the daemons are.
    programs: PathBuf,
    agent_flags: Vec<String>,
    /// The master was started first.
    daemons: Vec<(Child, PathBuf)>,
}

impl Cluster {
    /// Starts both and waits until the agent is registered.
    pub fn start(folder: &Path) -> Outcome<Self> {
        Self::start_with(folder, &[], &[])
    }

    /// As `start`, with further flags of the master and of the agent.
    pub fn start_with(
        folder: &Path,
        master_flags: &[String],
        agent_flags: &[String],
    ) -> Outcome<Self> {
        let agent = format!("127.0.0.1:{}", free_port(5051)?);
        Self::start_at(folder, release::folder(), agent, master_flags, agent_flags)
    }

    /// As `start`, with the daemons of a folder.
    pub fn start_programs_of(programs: &Path, folder: &Path) -> Outcome<Self> {
        let agent = format!("127.0.0.1:{}", free_port(5051)?);
        Self::start_at(folder, programs.to_owned(), agent, &[], &[])
    }

    /// As `start`, with the agent at an address that is given.
    pub fn start_with_agent(folder: &Path, agent: &str) -> Outcome<Self> {
        Self::start_at(folder, release::folder(), agent.to_owned(), &[], &[])
    }

    fn start_at(
        folder: &Path,
        programs: PathBuf,
        agent: String,
        master_flags: &[String],
        agent_flags: &[String],
    ) -> Outcome<Self> {
        let master = format!("127.0.0.1:{}", free_port(5050)?);
        let agent_work_dir = folder.join("agent");
        let mut cluster = Self {
            master,
            agent,
            agent_work_dir,
            folder: folder.to_path_buf(),
            programs,
            agent_flags: agent_flags.to_vec(),
            daemons: Vec::new(),
        };
        cluster.start_master(folder, master_flags)?;
        cluster.start_agent()?;
        Ok(cluster)
    }

    fn start_master(&mut self, folder: &Path, flags: &[String]) -> Outcome {
        let mut command = Command::new(self.programs.join("mesos-master"));
        command
            .arg("--ip=127.0.0.1")
            .arg("--hostname=127.0.0.1")
            .arg(format!("--port={}", port_of(&self.master)))
            .arg(format!("--work_dir={}", folder.join("master").display()))
            .args(flags);
        self.spawn(command, folder.join("master.log"))?;
        let url = format!("http://{}/health", self.master);
        self.await_step("the master's /health", || Ok(http_get(&url)))?;
        Ok(())
    }

    fn start_agent(&mut self) -> Outcome {
        let mut command = Command::new(self.programs.join("mesos-agent"));
        command
            .arg(format!("--ip={}", host_of(&self.agent)))
            .arg(format!("--hostname={}", host_of(&self.agent)))
            .arg(format!("--port={}", port_of(&self.agent)))
            .arg(format!("--master={}", self.master))
            .arg(format!("--work_dir={}", self.agent_work_dir.display()))
            .arg(format!(
                "--runtime_dir={}",
                self.folder.join("agent-run").display()
            ))
            .arg(format!(
                "--fetcher_cache_dir={}",
                self.folder.join("fetch").display()
            ))
            .arg("--launcher=posix")
            .arg("--no-systemd_enable_support")
            .arg("--resources=cpus:4;mem:4096;disk:16384;ports:[31000-31100]")
            .args(&self.agent_flags);
        self.spawn(command, self.folder.join("agent.log"))?;
        let url = format!("http://{}/slaves", self.master);
        self.await_step("the agent's registration", || {
            let slaves = http_get_json(&url);
            Ok(slaves.filter(|s| s["slaves"].as_array().is_some_and(|all| !all.is_empty())))
        })?;
        Ok(())
    }

    fn spawn(&mut self, mut command: Command, log: PathBuf) -> Outcome {
        let program = command.get_program().to_string_lossy().into_owned();
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|e| format!("cannot write {}: {e}", log.display()))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share {}: {e}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start {program}: {e}"))?;
        self.daemons.push((child, log));
        Ok(())
    }

    fn await_step<T>(
        &mut self,
        what: &str,
        mut probe: impl FnMut() -> Outcome<Option<T>>,
    ) -> Outcome<T> {
        let (child, log) = self
            .daemons
            .last_mut()
            .expect("a daemon was spawned before");
        let seen = wait_for(what, START_LIMIT, || {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!("the daemon ended with {status}"));
            }
            probe()
        });
        seen.map_err(|e| format!("{e}\n  log: {}\n{}", log.display(), tail(log, 15)))
    }

    /// Kills the agent as a crash would, and starts it again on its work directory.
    pub fn crash_agent(&mut self) -> Outcome {
        let (mut agent, _) = self.daemons.pop().ok_or("the agent is not running")?;
        agent
            .kill()
            .map_err(|e| format!("cannot kill the agent: {e}"))?;
        let _ = agent.wait();
        self.start_agent()?;
        let url = format!("http://{}/slaves", self.master);
        self.await_step("the agent's re-registration", || {
            let slaves = http_get_json(&url).unwrap_or_default();
            Ok(slaves["slaves"][0]["reregistered_time"].as_f64())
        })?;
        Ok(())
    }

    /// The framework must have ended by its own TEARDOWN.
    pub fn expect_framework_completed(&self, name: &str) -> Outcome {
        let url = format!("http://{}/frameworks", self.master);
        wait_for("the framework's end", STOP_LIMIT, || {
            Ok(http_get_json(&url).filter(|answer| {
                answer["completed_frameworks"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|f| f["name"] == name))
            }))
        })?;
        Ok(())
    }

    /// Processor time that master and agent themselves have taken.
    pub fn cpu_seconds(&self) -> Outcome<[f64; 2]> {
        let [(master, _), (agent, _)] = self.daemons.as_slice() else {
            return Err("master and agent are not running".to_owned());
        };
        Ok([cpu_seconds(master.id())?, cpu_seconds(agent.id())?])
    }

    /// The process ids of master and agent, for a message.
    pub fn process_ids(&self) -> String {
        let ids: Vec<String> = self
            .daemons
            .iter()
            .map(|(c, _)| c.id().to_string())
            .collect();
        ids.join(" ")
    }

    /// Stops agent and master; whatever does not obey is killed and reported.
    pub fn stop(&mut self) -> Outcome {
        let mut complaint = Ok(());
        for (number, (mut child, log)) in self.daemons.drain(..).enumerate().rev() {
            let is_agent = number > 0;
            if let Ok(Some(status)) = child.try_wait() {
                complaint = Err(format!(
                    "a daemon had ended by itself with {status}; log: {}\n{}",
                    log.display(),
                    tail(&log, 15)
                ));
                continue;
            }
            if is_agent {
                // On this signal an agent ends its executors before itself.
                signal(&child, "-USR1");
                let gone = || child.try_wait().map_err(|e| e.to_string());
                if wait_for("the agent's leave", LEAVE_LIMIT, gone).is_ok() {
                    continue;
                }
            }
            signal(&child, "-TERM");
            let ended = wait_for("the daemon's end", STOP_LIMIT, || {
                child.try_wait().map_err(|e| e.to_string())
            });
            if let Err(error) = ended {
                let _ = child.kill();
                complaint = Err(format!("{error}; log: {}", log.display()));
            }
        }
        complaint
    }

    /// Forgets the daemons, so that they outlive this program.
    pub fn leave_running(&mut self) {
        self.daemons.clear();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((agent, _)) = self.daemons.get_mut(1)
            && let Ok(None) = agent.try_wait()
        {
            signal(agent, "-USR1");
            let gone = || agent.try_wait().map_err(|e| e.to_string());
            // Too late is as good as never: it is killed below.
            let _ = wait_for("the agent's leave", LEAVE_LIMIT, gone);
        }
        for (child, _) in &mut self.daemons {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// User and system time of a process, without its children's.
fn cpu_seconds(process: u32) -> Outcome<f64> {
    let path = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {path}: {e}"))?;
    // The name may hold blanks; it ends with the last bracket.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let sum: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(sum / TICKS_PER_SECOND)
}

fn signal(child: &Child, signal: &str) {
    let _ = Command::new("kill")
        .arg(signal)
        .arg(child.id().to_string())
        .status();
}

fn host_of(address: &str) -> &str {
    address.split(':').next().unwrap_or(address)
}

fn port_of(address: &str) -> &str {
    address.rsplit(':').next().unwrap_or(address)
}
