//! A running Flink cluster: its app master and REST API.

use super::distribution::java_options;
use crate::release;
use crate::shell::{Outcome, free_port, http_get, http_get_json, output, step, tail, wait_for};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const UP_LIMIT: Duration = Duration::from_secs(90);
const JOB_LIMIT: Duration = Duration::from_secs(180);
const DOWN_LIMIT: Duration = Duration::from_secs(60);

/// A finished job, as Flink's REST API and client describe it.
pub struct Job {
    pub id: String,
    /// What the client printed: the words with their counts.
    pub printed: String,
}

/// A running app master with its REST endpoint.
pub struct Session {
    pub rest: String,
    home: PathBuf,
    log: PathBuf,
    process: Option<Child>,
}

impl Session {
    /// Starts `bin/mesos-appmaster.sh` with our library named in the environment.
    pub fn start(home: &Path, folder: &Path, master: &str) -> Outcome<Self> {
        let port = free_port(8181)?;
        let log = folder.join("flink-appmaster.log");
        let file = File::create(&log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let process = Command::new(home.join("bin/mesos-appmaster.sh"))
            .arg(format!("-Dmesos.master={master}"))
            .arg("-Djobmanager.rpc.address=127.0.0.1")
            .arg("-Drest.address=127.0.0.1")
            .arg("-Drest.bind-address=127.0.0.1")
            .arg(format!("-Drest.port={port}"))
            .arg("-Dmesos.resourcemanager.tasks.cpus=1")
            .arg("-Djobmanager.memory.process.size=1024m")
            .arg("-Dtaskmanager.memory.process.size=1024m")
            .arg("-Dtaskmanager.numberOfTaskSlots=2")
            .env("MESOS_NATIVE_JAVA_LIBRARY", release::library())
            .env("LIBPROCESS_IP", "127.0.0.1")
            // Cargo's own folders must not stand in for the library named above.
            .env_remove("LD_LIBRARY_PATH")
            .env("JVM_ARGS", java_options())
            .env("FLINK_LOG_DIR", folder)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start mesos-appmaster.sh: {e}"))?;
        Ok(Self {
            rest: format!("http://127.0.0.1:{port}"),
            home: home.to_path_buf(),
            log,
            process: Some(process),
        })
    }

    /// Waits for the REST API.
    pub fn wait_until_up(&mut self) -> Outcome {
        let url = format!("{}/overview", self.rest);
        self.await_step("Flink's REST API", UP_LIMIT, || Ok(http_get(&url)))?;
        Ok(())
    }

    /// Submits the batch example by Flink's own client and waits for FINISHED.
    pub fn run_word_count(&mut self) -> Outcome<Job> {
        step("submitting WordCount (bin/flink run)");
        let address = self.rest.trim_start_matches("http://").to_string();
        let jar = self.home.join("examples/batch/WordCount.jar");
        let mut client = Command::new("timeout");
        client
            .arg(JOB_LIMIT.as_secs().to_string())
            .arg(self.home.join("bin/flink"))
            .args(["run", "-m", &address])
            .arg(&jar)
            .env("JVM_ARGS", java_options());
        let printed = output(&mut client).map_err(|e| {
            format!(
                "{e}\n  log: {}\n{}",
                self.log.display(),
                tail(&self.log, 15)
            )
        })?;
        let url = format!("{}/jobs/overview", self.rest);
        let id = self.await_step("the job's FINISHED", DOWN_LIMIT, || {
            Ok(http_get_json(&url).and_then(|answer| {
                let jobs = answer["jobs"].as_array()?.clone();
                let done = jobs.into_iter().find(|job| job["state"] == "FINISHED")?;
                Some(done["jid"].as_str()?.to_string())
            }))
        })?;
        if !printed.contains("(you,1)") {
            return Err(format!(
                "the job's result is not what WordCount prints:\n{printed}"
            ));
        }
        Ok(Job { id, printed })
    }

    fn await_step<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut probe: impl FnMut() -> Outcome<Option<T>>,
    ) -> Outcome<T> {
        let process = self
            .process
            .as_mut()
            .ok_or("the app master is not running")?;
        let seen = wait_for(what, limit, || {
            if let Ok(Some(status)) = process.try_wait() {
                return Err(format!("the app master ended with {status}"));
            }
            probe()
        });
        seen.map_err(|e| {
            format!(
                "{e}\n  log: {}\n{}",
                self.log.display(),
                tail(&self.log, 20)
            )
        })
    }

    /// Asks Flink to end the cluster; its process must exit with 0.
    pub fn shut_down(mut self) -> Outcome {
        step("ending the session (DELETE /cluster)");
        let url = format!("{}/cluster", self.rest);
        let _ = output(Command::new("curl").args(["-s", "--max-time", "10", "-X", "DELETE", &url]));
        let mut process = self.process.take().ok_or("the app master is not running")?;
        let ended = wait_for("the app master's end", DOWN_LIMIT, || {
            process.try_wait().map_err(|e| e.to_string())
        });
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!(
                "the app master ended with {status}\n  log: {}\n{}",
                self.log.display(),
                tail(&self.log, 20)
            )),
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                Err(format!("{error}\n  log: {}", self.log.display()))
            }
        }
    }

    /// Forgets the app master, so that it outlives this program.
    pub fn leave_running(&mut self) {
        self.process = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
