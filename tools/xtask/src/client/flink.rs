//! `cargo xtask client flink`: Apache Flink 1.13.6, unchanged, on Java 17 and on a Java 11.
//!
//! `session`: batch and streaming jobs, a worker that is killed and replaced. `per-job`: a cluster
//! that lives as long as its one job. `recovery`: an app master that is killed finds its framework,
//! its worker and its running job again, by Flink's own high availability over ZooKeeper.

pub mod distribution;
mod recovery;
pub mod session;
pub mod setup;

use crate::client::process;
use crate::cluster::Cluster;
use crate::cluster::state::{Framework, Task, epoch_seconds};
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, http_get_json, output, step, tail, wait_for};
use crate::{fetch, release};
use session::Session;
use setup::{Java, Setup};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const JOB_GRAPH_WRITER: &str = include_str!("flink/JobGraphWriter.java");

/// What the streaming WordCount prints on its worker: a line for each word.
const STREAMED_WORDS: usize = 287;

const UPDATE_LIMIT: Duration = Duration::from_secs(30);
const JOB_LIMIT: Duration = Duration::from_secs(180);

const FIRST: &str = "taskmanager-00001";
const SECOND: &str = "taskmanager-00002";

/// A way to use Flink: its name, what it checks.
type Mode = (&'static str, fn(&mut Site<'_>) -> Outcome);

const MODES: &[Mode] = &[
    ("session", session_on_java_17),
    ("per-job", per_job),
    ("recovery", recovery::recovery),
];

/// Where the modes run.
struct Site<'a> {
    cluster: &'a mut Cluster,
    home: &'a Path,
    folder: &'a Path,
}

/// All modes, or those that are named.
pub fn flink(options: &[String]) -> Outcome {
    let known = |name: &String| MODES.iter().any(|mode| mode.0 == name);
    if let Some(unknown) = options.iter().find(|name| !known(name)) {
        let names: Vec<&str> = MODES.iter().map(|mode| mode.0).collect();
        let names = names.join(", ");
        return Err(format!("unknown mode `{unknown}`; there are {names}"));
    }
    fetch::need_registry_clients()?;
    release::build()?;
    let home = distribution::assemble()?;
    let folder = target().join("client/flink");
    fresh_folder(&folder)?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let mut site = Site {
        cluster: &mut cluster,
        home: &home,
        folder: &folder,
    };
    let wanted = |mode: &&Mode| options.is_empty() || options.iter().any(|name| name == mode.0);
    let result = MODES.iter().filter(wanted).try_for_each(|(name, run)| {
        step(&format!("Flink {}: {name}", distribution::VERSION));
        run(&mut site)
    });
    if let Ok([master, agent]) = cluster.cpu_seconds() {
        println!("Processor time of the master {master:.2} s, of the agent {agent:.2} s.");
    }
    let stopped = cluster.stop();
    result?;
    stopped
}

impl Site<'_> {
    fn setup(&self, name: &str, java: Java, settings: &[(&str, String)]) -> Outcome<Setup> {
        let folder = self.folder.join(name);
        fresh_folder(&folder)?;
        Setup::new(self.home, &folder, java, settings)
    }

    /// A task of the framework that registered last.
    fn task(&self, id: &str) -> Outcome<Task> {
        let framework = self.cluster.framework("Flink")?;
        let task = framework.tasks.into_iter().find(|task| task.id == id);
        task.ok_or_else(|| format!("the master knows no task {id}"))
    }

    fn sandbox(&self, task: &str) -> Outcome<PathBuf> {
        let framework = self.cluster.framework("Flink")?;
        let agent = self.task(task)?.agent;
        Ok(self.cluster.sandbox(&framework.id, &agent, task))
    }

    /// Kills the JVM of a worker, as a crash would end it; the master must hear of it.
    fn kill_worker(&self, id: &str) -> Outcome {
        step(&format!("killing the JVM of {id}"));
        let containers = http_get_json(&format!("http://{}/containers", self.cluster.agent))
            .ok_or("the agent's /containers did not answer")?;
        let containers = containers.as_array().cloned().unwrap_or_default();
        let pid = containers
            .iter()
            .find(|container| container["executor_id"] == id)
            .and_then(|container| container["status"]["executor_pid"].as_u64())
            .and_then(|pid| u32::try_from(pid).ok())
            .ok_or_else(|| format!("the agent has no container of {id}"))?;
        process::kill(process::named(pid, "java")?)?;
        wait_for("the worker's TASK_FAILED", UPDATE_LIMIT, || {
            Ok(self.task(id)?.entered("TASK_FAILED"))
        })?;
        Ok(())
    }

    /// The framework must have ended by its own TEARDOWN, and its workers with it.
    fn completed(&self, id: &str, tasks: &[(&str, &str)]) -> Outcome<Framework> {
        let framework = wait_for("the framework's end", UPDATE_LIMIT, || {
            let all = self.cluster.frameworks()?;
            Ok(all.into_iter().find(|f| f.id == id && f.completed))
        })?;
        let seen: Vec<(&str, &str)> = framework
            .tasks
            .iter()
            .map(|task| (task.id.as_str(), task.state.as_str()))
            .collect();
        if seen == tasks {
            return Ok(framework);
        }
        Err(format!("the tasks ended as {seen:?} instead of {tasks:?}"))
    }
}

/// Batch and streaming; how long each took.
fn both_jobs(site: &Site<'_>, session: &mut Session, worker: &str) -> Outcome {
    let started = Instant::now();
    session.run_batch()?;
    let batch = started.elapsed().as_secs_f64();
    let started = Instant::now();
    session.run_streaming()?;
    let streaming = started.elapsed().as_secs_f64();
    let stdout = tail(&site.sandbox(worker)?.join("stdout"), usize::MAX);
    let words = stdout.lines().filter(|line| line.starts_with('(')).count();
    if words != STREAMED_WORDS {
        return Err(format!(
            "{worker} printed {words} words, not {STREAMED_WORDS}"
        ));
    }
    println!(
        "  batch job {batch:.1} s, streaming job {streaming:.1} s, from submission to its end"
    );
    Ok(())
}

/// The lines that a worker leaves in the app master's log, in their order.
fn lines_of_worker(id: &str) -> [String; 4] {
    [
        format!("Scheduling Mesos task {id} with (1024.0 MB, 1.0 cpus"),
        "Launched 1 task(s) on".to_owned(),
        format!("Mesos task {id} is running."),
        format!("Worker {id} is registered."),
    ]
}

fn lines_of_connection(framework: &str) -> [String; 2] {
    [
        "Connecting to Mesos...".to_owned(),
        format!("Connected to Mesos as framework ID {framework}"),
    ]
}

fn session_on_java_17(site: &mut Site<'_>) -> Outcome {
    let setup = site.setup("session", Java::System, &[])?;
    let started_at = epoch_seconds();
    let mut session = Session::start(&setup, &site.cluster.master)?;
    let up = session.wait_until_up()?;
    println!("  REST API after {:.1} s", up.as_secs_f64());
    both_jobs(site, &mut session, FIRST)?;
    session.expect_worker(FIRST)?;
    site.kill_worker(FIRST)?;
    both_jobs(site, &mut session, SECOND)?;
    session.expect_worker(SECOND)?;
    step("killing the agent, and starting it again");
    site.cluster.crash_agent()?;
    session.run_streaming()?;
    session.expect_worker(SECOND)?;
    println!("  {SECOND} outlived its agent, and belongs to the next one");
    let framework = site.cluster.framework("Flink")?.id;
    let mut lines = lines_of_connection(&framework).to_vec();
    lines.extend(lines_of_worker(FIRST));
    lines.extend(lines_of_worker(SECOND));
    session.expect_log(&lines)?;
    session.shut_down()?;
    let tasks = [(FIRST, "TASK_FAILED"), (SECOND, "TASK_KILLED")];
    let framework = site.completed(&framework, &tasks)?;
    println!("  {}", framework.times(started_at));
    Ok(())
}

/// The cluster gets its job as a file, and ends with it.
fn per_job(site: &mut Site<'_>) -> Outcome {
    let setup = site.setup("per-job", Java::System, &[])?;
    let source = setup.folder.join("JobGraphWriter.java");
    std::fs::write(&source, JOB_GRAPH_WRITER)
        .map_err(|e| format!("cannot write {}: {e}", source.display()))?;
    let [graph, result] = ["job.graph", "result"].map(|name| setup.folder.join(name));
    step("writing the job's graph");
    output(
        setup
            .java(&source.display().to_string())
            .arg(&graph)
            .arg(site.home.join("examples/batch/WordCount.jar"))
            .arg("--output")
            .arg(format!("file://{}", result.display())),
    )?;
    step("starting the job's cluster (bin/mesos-appmaster-job.sh, unchanged)");
    let started_at = epoch_seconds();
    let options = [
        format!("-Dinternal.jobgraph-path={}", graph.display()),
        "-Dinternal.cluster.execution-mode=DETACHED".to_owned(),
    ];
    let script = "mesos-appmaster-job.sh";
    let session = Session::start_with(&setup, &site.cluster.master, script, &options)?;
    session.expect_end(JOB_LIMIT)?;
    let words = tail(&result, usize::MAX);
    if !words.lines().any(|line| line == "you 1") {
        return Err(format!(
            "the job's result is not what WordCount writes:\n{words}"
        ));
    }
    let framework = site.cluster.framework("Flink")?.id;
    let framework = site.completed(&framework, &[(FIRST, "TASK_KILLED")])?;
    println!(
        "  {} words counted; the app master ended by itself",
        words.lines().count()
    );
    println!("  {}", framework.times(started_at));
    Ok(())
}
