//! Spark's dispatcher: a framework that stays, and launches submitted drivers as tasks.
//!
//! The published 3.3.4 cannot end well here, on any Mesos: it starts `spark-submit` with
//! `--driver-cores 1.0`, which its own `spark-submit` refuses. That very failure is expected, with
//! everything before it: registration, the submission, the fetched file, the task's way and its
//! end at the dispatcher.

use super::Site;
use crate::release;
use crate::shell::{Outcome, free_port, http_get, http_get_json, run, step, tail, wait_for};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const UP_LIMIT: Duration = Duration::from_secs(60);
const TASK_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The running dispatcher; killed when dropped.
struct Dispatcher {
    process: Child,
    log: PathBuf,
    address: String,
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Dispatcher {
    fn start(site: &Site<'_>) -> Outcome<Self> {
        let port = free_port(7177)?;
        let log = site.folder.join("dispatcher.log");
        let file = File::create(&log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let master = format!("mesos://{}", site.cluster.master);
        let program = Command::new(site.spark.home.join("bin/spark-class"));
        let process = site
            .with_environment(program)
            .arg("org.apache.spark.deploy.mesos.MesosClusterDispatcher")
            .args(["--master", &master, "--host", "127.0.0.1"])
            .args(["--port", &port.to_string()])
            .args(["--webui-port", &free_port(8191)?.to_string()])
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start the dispatcher: {e}"))?;
        let mut dispatcher = Self {
            process,
            log,
            address: format!("127.0.0.1:{port}"),
        };
        dispatcher.await_step("the dispatcher's REST server", UP_LIMIT, |dispatcher| {
            let url = format!("http://{}/v1/submissions/status/none", dispatcher.address);
            http_get(&url)
        })?;
        Ok(dispatcher)
    }

    fn await_step<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut probe: impl FnMut(&Self) -> Option<T>,
    ) -> Outcome<T> {
        let seen = wait_for(what, limit, || {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the dispatcher ended with {status}"));
            }
            Ok(probe(self))
        });
        seen.map_err(|e| {
            format!(
                "{e}\n  log: {}\n{}",
                self.log.display(),
                tail(&self.log, 20)
            )
        })
    }

    /// What the REST server says of a submission.
    fn status(&self, submission: &str) -> Option<Value> {
        http_get_json(&format!(
            "http://{}/v1/submissions/status/{submission}",
            self.address
        ))
    }

    fn stop(&mut self) -> Outcome {
        run(Command::new("kill").arg(self.process.id().to_string()))?;
        let ended = wait_for("the dispatcher's end", STOP_LIMIT, || {
            self.process.try_wait().map_err(|e| e.to_string())
        });
        ended.map(drop)
    }
}

/// Submits `pi.py` in cluster mode.
pub(super) fn dispatcher(site: &Site<'_>) -> Outcome {
    let mut dispatcher = Dispatcher::start(site)?;
    let submission = submit(site, &dispatcher)?;
    let what = "the submission's end at the dispatcher";
    let end = dispatcher.await_step(what, TASK_LIMIT, |dispatcher| {
        let status = dispatcher.status(&submission)?;
        (status["driverState"] == "FINISHED").then_some(status)
    })?;
    let message = end["message"].as_str().unwrap_or_default();
    for part in [
        "state: TASK_FAILED",
        "message: \"Command exited with status 1\"",
    ] {
        if !message.contains(part) {
            return Err(format!("the dispatcher's status lacks `{part}`: {message}"));
        }
    }
    let framework = site.cluster.framework("Spark Cluster")?;
    let [task] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of one", framework.tasks.len()));
    };
    if task.name != "Driver for pi.py" || task.id != submission {
        return Err(format!(
            "task {} \"{}\" is not the driver's",
            task.id, task.name
        ));
    }
    task.expect_states(&["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"])?;
    expect_sandbox(&site.cluster.sandbox(&framework.id, &task.agent, &task.id))?;
    println!("  {submission} failed by the dispatcher's own `--driver-cores 1.0`, as it must");
    step("stopping the dispatcher");
    dispatcher.stop()?;
    // It ends without TEARDOWN; its failover timeout is as long as there is.
    wait_for("the framework to be inactive", STOP_LIMIT, || {
        let framework = site.cluster.framework("Spark Cluster")?;
        if framework.completed {
            return Err("the framework was torn down".to_owned());
        }
        Ok((!framework.active).then_some(()))
    })
}

/// The id of the submission.
fn submit(site: &Site<'_>, dispatcher: &Dispatcher) -> Outcome<String> {
    let library = release::library();
    let address = format!("mesos://{}", dispatcher.address);
    let mut command = site.limited("spark-submit");
    command.args(["--deploy-mode", "cluster", "--master", &address]);
    for (name, value) in [
        ("spark.master.rest.enabled", Path::new("true")),
        ("spark.mesos.driverEnv.MESOS_NATIVE_JAVA_LIBRARY", &library),
        ("spark.mesos.executor.home", &site.spark.home),
    ] {
        command
            .arg("--conf")
            .arg(format!("{name}={}", value.display()));
    }
    let run = site.finish("submission", command.arg(site.pi()).arg("4"))?;
    run.expect(&[
        "Submission successfully created",
        "CreateSubmissionResponse",
    ])?;
    let id = run
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .find(|word| word.starts_with("driver-"));
    id.map(str::to_owned)
        .ok_or_else(|| "no submission id in the client's log".to_owned())
}

/// The file came by the fetcher; the message is Spark's.
fn expect_sandbox(sandbox: &Path) -> Outcome {
    if !sandbox.join("pi.py").is_file() {
        return Err(format!(
            "the fetcher left no pi.py in {}",
            sandbox.display()
        ));
    }
    let log = tail(&sandbox.join("stderr"), usize::MAX);
    if log.contains("Driver cores must be a positive number") {
        return Ok(());
    }
    Err(format!("the driver failed in another way:\n{log}"))
}
