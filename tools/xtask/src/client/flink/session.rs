//! A running Flink cluster: its app master and REST API.

use super::setup::Setup;
use crate::client::process;
use crate::shell::{Outcome, free_port, http_get, http_get_json, output, step, tail, wait_for};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const UP_LIMIT: Duration = Duration::from_secs(120);
const JOB_LIMIT: Duration = Duration::from_secs(240);
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
    setup: Setup,
    log: PathBuf,
    process: Option<Child>,
    started: Instant,
}

impl Session {
    /// Starts `bin/mesos-appmaster.sh`.
    pub fn start(setup: &Setup, master: &str) -> Outcome<Self> {
        Self::start_with(setup, master, "mesos-appmaster.sh", &[])
    }

    /// Starts one of the app master's scripts with further `-D` options.
    pub fn start_with(
        setup: &Setup,
        master: &str,
        script: &str,
        options: &[String],
    ) -> Outcome<Self> {
        let port = free_port(8181)?;
        let log = setup.folder.join("appmaster.out");
        let file = File::create(&log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let process = setup
            .script(script)
            .arg(format!("-Dmesos.master={master}"))
            .arg("-Djobmanager.rpc.address=127.0.0.1")
            .arg("-Drest.address=127.0.0.1")
            .arg("-Drest.bind-address=127.0.0.1")
            .arg(format!("-Drest.port={port}"))
            .arg("-Dmesos.resourcemanager.tasks.cpus=1")
            .arg("-Djobmanager.memory.process.size=1024m")
            .arg("-Dtaskmanager.memory.process.size=1024m")
            .arg("-Dtaskmanager.numberOfTaskSlots=2")
            .args(options)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start {script}: {e}"))?;
        Ok(Self {
            rest: format!("http://127.0.0.1:{port}"),
            setup: setup.clone(),
            log,
            process: Some(process),
            started: Instant::now(),
        })
    }

    /// Waits for the REST API; how long it took from the start.
    pub fn wait_until_up(&mut self) -> Outcome<Duration> {
        let url = format!("{}/overview", self.rest);
        self.await_step("Flink's REST API", UP_LIMIT, || Ok(http_get(&url)))?;
        Ok(self.started.elapsed())
    }

    /// Submits the batch example by Flink's own client and waits for FINISHED.
    pub fn run_batch(&mut self) -> Outcome<Job> {
        step("submitting the batch WordCount (bin/flink run)");
        let job = self.run("batch")?;
        if job.printed.contains("(you,1)") {
            return Ok(job);
        }
        Err(format!(
            "the job's result is not what WordCount prints:\n{}",
            job.printed
        ))
    }

    /// The same with the streaming example, which prints its result at the worker.
    pub fn run_streaming(&mut self) -> Outcome<Job> {
        step("submitting the streaming WordCount (bin/flink run)");
        self.run("streaming")
    }

    fn run(&mut self, kind: &str) -> Outcome<Job> {
        let jar = self
            .setup
            .home
            .join(format!("examples/{kind}/WordCount.jar"));
        let job = self.submit(&[], &jar, &[])?;
        self.expect_finished(&job.id)?;
        Ok(job)
    }

    /// Runs `bin/flink run`.
    pub fn submit(&mut self, options: &[&str], jar: &Path, arguments: &[&str]) -> Outcome<Job> {
        let address = self.rest.trim_start_matches("http://").to_string();
        let mut client = self.setup.limited_script("flink", JOB_LIMIT.as_secs());
        client
            .args(["run", "-m", &address])
            .args(options)
            .arg(jar)
            .args(arguments);
        let printed = output(&mut client).map_err(|e| self.with_log(&e))?;
        const LABEL: &str = "submitted with JobID ";
        let id = printed
            .split_once(LABEL)
            .and_then(|(_, rest)| rest.split_whitespace().next())
            .ok_or_else(|| format!("the client names no job:\n{printed}"))?
            .to_owned();
        Ok(Job { id, printed })
    }

    /// Waits until the REST API calls the job FINISHED.
    pub fn expect_finished(&mut self, job: &str) -> Outcome {
        let url = format!("{}/jobs/{job}", self.rest);
        self.await_step("the job's FINISHED", DOWN_LIMIT, || {
            let state = http_get_json(&url).unwrap_or_default()["state"].clone();
            match state.as_str() {
                Some("FINISHED") => Ok(Some(())),
                Some(state @ ("FAILED" | "CANCELED")) => Err(format!("the job is {state}")),
                _ => Ok(None),
            }
        })
    }

    /// Waits for what `probe` finds, as long as the app master lives.
    pub fn await_step<T>(
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
        seen.map_err(|e| self.with_log(&e))
    }

    fn with_log(&self, error: &str) -> String {
        let log = self.flink_log().unwrap_or_else(|| self.log.clone());
        format!("{error}\n  log: {}\n{}", log.display(), tail(&log, 20))
    }

    /// Flink's own log of the app master.
    fn flink_log(&self) -> Option<PathBuf> {
        let mut files = std::fs::read_dir(&self.setup.folder).ok()?.flatten();
        let file = files.find(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.contains("-mesos-appmaster-") && name.ends_with(".log")
        })?;
        Some(file.path())
    }

    /// Lines that the app master must have logged, in this order.
    pub fn expect_log(&self, lines: &[String]) -> Outcome {
        let log = self.flink_log().ok_or("the app master has no log")?;
        let text = tail(&log, usize::MAX);
        let mut rest = text.as_str();
        for line in lines {
            let at = rest
                .find(line.as_str())
                .ok_or_else(|| format!("{} lacks \"{line}\" at its place", log.display()))?;
            rest = &rest[at..];
        }
        Ok(())
    }

    /// That TaskManager must be the only registered one; a lost one may be forgotten later.
    pub fn expect_worker(&self, id: &str) -> Outcome {
        let url = format!("{}/taskmanagers", self.rest);
        wait_for(&format!("{id} as the only TaskManager"), DOWN_LIMIT, || {
            let answer = http_get_json(&url).unwrap_or_default();
            let all = answer["taskmanagers"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            Ok(matches!(all.as_slice(), [only] if only["id"] == id).then_some(()))
        })
    }

    /// Kills the JVM of the app master, as a crash would end it.
    pub fn crash(mut self) -> Outcome {
        let script = self
            .process
            .as_ref()
            .ok_or("the app master is not running")?;
        process::kill(process::named(script.id(), "java")?)?;
        // The script only reports the end of its JVM.
        self.end(DOWN_LIMIT).map(drop)
    }

    /// Asks Flink to end the cluster; its process must exit with 0.
    pub fn shut_down(self) -> Outcome {
        self.delete_cluster();
        self.expect_end(DOWN_LIMIT)
    }

    /// The same where the app master fails at the very end, after all that concerns Mesos: that
    /// must have been for this reason.
    pub fn shut_down_failing(mut self, reason: &str) -> Outcome {
        self.delete_cluster();
        let status = self.end(DOWN_LIMIT)?;
        if status.success() {
            return Ok(());
        }
        self.expect_log(&[reason.to_owned()])
            .map_err(|e| format!("the app master ended with {status}; {e}"))
    }

    fn delete_cluster(&self) {
        step("ending the session (DELETE /cluster)");
        let url = format!("{}/cluster", self.rest);
        let _ = output(Command::new("curl").args(["-s", "--max-time", "10", "-X", "DELETE", &url]));
    }

    /// The app master must exit with 0 by itself.
    pub fn expect_end(mut self, limit: Duration) -> Outcome {
        let status = self.end(limit)?;
        if status.success() {
            return Ok(());
        }
        Err(self.with_log(&format!("the app master ended with {status}")))
    }

    fn end(&mut self, limit: Duration) -> Outcome<ExitStatus> {
        let script = self
            .process
            .as_mut()
            .ok_or("the app master is not running")?;
        let ended = wait_for("the app master's end", limit, || {
            script.try_wait().map_err(|e| e.to_string())
        });
        let status = ended.map_err(|e| self.with_log(&e))?;
        // Its id may be another's from now on.
        self.process = None;
        Ok(status)
    }

    /// Forgets the app master, so that it outlives this program.
    pub fn leave_running(&mut self) {
        self.process = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(script) = &mut self.process {
            process::kill_tree(script.id());
            let _ = script.wait();
        }
    }
}
