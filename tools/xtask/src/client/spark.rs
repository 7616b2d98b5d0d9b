//! `cargo xtask client spark`: Apache Spark 3.3.4, unchanged, in each way it knows to use Mesos.
//!
//! Coarse-grained: an executor is a command task that lives as long as the application.
//! Fine-grained: a custom executor in a JVM of its own, over the executor driver, and a Mesos task
//! for each Spark task. The dispatcher is a framework that launches drivers as tasks.

mod dispatcher;
mod distribution;
mod refusals;

use crate::cluster::Cluster;
use crate::cluster::state::{Framework, Task, epoch_seconds};
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, step, tail};
use crate::{fetch, release};
use distribution::Distribution;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Far above what a loaded machine takes.
const RUN_LIMIT: &str = "240";

/// Both JVMs watch what the library does to them, and print what is wrong.
const CHECK_JNI: &str = "-Xcheck:jni";

const SHUFFLE: &str = include_str!("spark/shuffle.py");
const SHELL: &str = include_str!("spark/shell.scala");

/// A way to use Spark: its name, what it checks.
type Mode = (&'static str, fn(&Site<'_>) -> Outcome);

const MODES: &[Mode] = &[
    ("coarse", coarse),
    ("shuffle", shuffle),
    ("fine", fine),
    ("lost-executor", refusals::lost_executor),
    ("credentials", refusals::credentials),
    ("shell", shell),
    ("dispatcher", dispatcher::dispatcher),
];

/// Where the modes run.
struct Site<'a> {
    cluster: &'a Cluster,
    spark: &'a Distribution,
    folder: &'a Path,
}

/// All modes, or those that are named.
pub fn spark(options: &[String]) -> Outcome {
    let known = |name: &String| MODES.iter().any(|mode| mode.0 == name);
    if let Some(unknown) = options.iter().find(|name| !known(name)) {
        let names: Vec<&str> = MODES.iter().map(|mode| mode.0).collect();
        return Err(format!(
            "unknown mode `{unknown}`; there are {}",
            names.join(", ")
        ));
    }
    fetch::need_registry_clients()?;
    release::build()?;
    let spark = distribution::assemble()?;
    let folder = target().join("client/spark");
    fresh_folder(&folder)?;
    step("starting a master and an agent");
    let mut cluster = Cluster::start(&folder)?;
    let site = Site {
        cluster: &cluster,
        spark: &spark,
        folder: &folder,
    };
    let wanted = |mode: &&Mode| options.is_empty() || options.iter().any(|name| name == mode.0);
    let result = MODES.iter().filter(wanted).try_for_each(|(name, run)| {
        step(&format!("Spark {}: {name}", distribution::VERSION));
        run(&site)
    });
    if let Ok([master, agent]) = cluster.cpu_seconds() {
        println!("Processor time of the master {master:.2} s, of the agent {agent:.2} s.");
    }
    let stopped = cluster.stop();
    result?;
    stopped
}

/// What a finished client left.
struct Finished {
    /// Everything it wrote: Spark's own log goes to either stream.
    text: String,
    started_at: f64,
    seconds: f64,
    log: PathBuf,
}

impl Finished {
    /// What must stand in its output, in this order.
    fn expect(&self, parts: &[&str]) -> Outcome {
        let mut rest = self.text.as_str();
        for part in parts {
            let Some(at) = rest.find(part) else {
                return Err(format!(
                    "the client's output lacks \"{part}\" at its place\n  log: {}\n{}",
                    self.log.display(),
                    tail(&self.log, 20)
                ));
            };
            rest = &rest[at..];
        }
        Ok(())
    }

    /// Prints the line of the result.
    fn show(&self, part: &str) {
        let found = self
            .text
            .lines()
            .find_map(|line| Some(&line[line.find(part)?..]));
        println!("  {}", found.unwrap_or_default());
    }

    /// Prints the times of the run, counted from its start.
    fn report(&self, framework: &Framework) {
        let (times, seconds) = (framework.times(self.started_at), self.seconds);
        println!("  {times}; the whole run took {seconds:.1} s");
    }
}

impl Site<'_> {
    /// One of Spark's own commands, ended when it takes too long.
    fn limited(&self, program: &str) -> Command {
        let mut command = self.with_environment(Command::new("timeout"));
        command
            .arg(RUN_LIMIT)
            .arg(self.spark.home.join("bin").join(program));
        command
    }

    /// Our library is named there.
    fn with_environment(&self, mut command: Command) -> Command {
        command
            .env("MESOS_NATIVE_JAVA_LIBRARY", release::library())
            .env("LIBPROCESS_IP", "127.0.0.1")
            .env("SPARK_LOCAL_IP", "127.0.0.1")
            .env("SPARK_LOCAL_DIRS", self.folder.join("local"))
            .env("PYSPARK_PYTHON", &self.spark.python)
            .env("PYSPARK_DRIVER_PYTHON", &self.spark.python)
            // What belongs to Cargo or to another Python or Spark must not take part.
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONHOME")
            .env_remove("SPARK_HOME")
            .env_remove("SPARK_CONF_DIR")
            .current_dir(self.folder);
        command
    }

    /// `spark-submit` or `spark-shell` against our master.
    fn application(&self, program: &str, settings: &[(&str, &str)]) -> Command {
        let mut command = self.limited(program);
        command
            .arg("--master")
            .arg(format!("mesos://{}", self.cluster.master));
        let home = self.spark.home.display().to_string();
        for (name, value) in [
            ("spark.mesos.executor.home", home.as_str()),
            ("spark.cores.max", "2"),
            ("spark.executor.memory", "512m"),
            ("spark.executorEnv.SPARK_LOCAL_IP", "127.0.0.1"),
        ]
        .iter()
        .chain(settings)
        {
            command.arg("--conf").arg(format!("{name}={value}"));
        }
        command
    }

    fn pi(&self) -> PathBuf {
        self.spark.home.join("examples/pi.py")
    }

    fn finish(&self, name: &str, command: &mut Command) -> Outcome<Finished> {
        self.finish_with(0, name, command)
    }

    fn finish_with(&self, code: i32, name: &str, command: &mut Command) -> Outcome<Finished> {
        let log = self.folder.join(format!("{name}.log"));
        let file = File::create(&log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let started_at = epoch_seconds();
        let started = Instant::now();
        let status = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .status()
            .map_err(|e| format!("cannot start Spark: {e}"))?;
        let seconds = started.elapsed().as_secs_f64();
        let text = tail(&log, usize::MAX);
        if status.code() != Some(code) {
            return Err(format!(
                "the client ended with {status}, not with {code}\n  log: {}\n{}",
                log.display(),
                tail(&log, 20)
            ));
        }
        Ok(Finished {
            text,
            started_at,
            seconds,
            log,
        })
    }

    fn script(&self, name: &str, text: &str) -> Outcome<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(path)
    }

    /// The framework must have ended by its own TEARDOWN.
    fn completed(&self, name: &str) -> Outcome<Framework> {
        self.cluster.expect_framework_completed(name)?;
        let framework = self.cluster.framework(name)?;
        if framework.completed {
            return Ok(framework);
        }
        Err(format!(
            "framework {} \"{name}\" has not ended",
            framework.id
        ))
    }
}

/// An executor of coarse-grained mode, as a task.
fn expect_backend(task: &Task, name: &str, cpus: f64) -> Outcome {
    // 512 MB and what Spark adds for itself.
    let seen = (task.name.as_str(), task.cpus, task.mem);
    if seen != (name, cpus, 896.0) {
        return Err(format!(
            "task {} is not the executor it should be: {seen:?}",
            task.id
        ));
    }
    task.expect_states(&["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])
}

fn coarse(site: &Site<'_>) -> Outcome {
    let mut command = site.application("spark-submit", &[]);
    let run = site.finish("coarse", command.arg(site.pi()).arg("4"))?;
    run.expect(&[
        "Mesos task 0 is now TASK_STARTING",
        "Mesos task 0 is now TASK_RUNNING",
        "Registered executor",
        "Pi is roughly 3.1",
        "Mesos task 0 is now TASK_FINISHED",
        "driver.run() returned with code DRIVER_STOPPED",
    ])?;
    let framework = site.completed("PythonPi")?;
    let [task] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of one", framework.tasks.len()));
    };
    expect_backend(task, "PythonPi 0", 2.0)?;
    run.show("Pi is roughly");
    run.report(&framework);
    Ok(())
}

/// Two executors of one core each: blocks go from one to the other.
fn shuffle(site: &Site<'_>) -> Outcome {
    let settings = [
        ("spark.executor.cores", "1"),
        ("spark.scheduler.minRegisteredResourcesRatio", "1.0"),
        ("spark.scheduler.maxRegisteredResourcesWaitingTime", "180s"),
    ];
    let script = site.script("shuffle.py", SHUFFLE)?;
    let mut command = site.application("spark-submit", &settings);
    let run = site.finish("shuffle", command.arg(script))?;
    run.expect(&["shuffled 200000 numbers over 2 executors: as expected"])?;
    let framework = site.completed("Shuffle")?;
    let [first, second] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of two", framework.tasks.len()));
    };
    expect_backend(first, "Shuffle 0", 1.0)?;
    expect_backend(second, "Shuffle 1", 1.0)?;
    run.show("shuffled");
    run.report(&framework);
    Ok(())
}

fn fine(site: &Site<'_>) -> Outcome {
    let library = release::library().display().to_string();
    let settings = [
        ("spark.mesos.coarse", "false"),
        ("spark.driver.extraJavaOptions", CHECK_JNI),
        ("spark.executor.extraJavaOptions", CHECK_JNI),
        (
            "spark.executorEnv.MESOS_NATIVE_JAVA_LIBRARY",
            library.as_str(),
        ),
    ];
    let mut command = site.application("spark-submit", &settings);
    let run = site.finish("fine", command.arg(site.pi()).arg("4"))?;
    run.expect(&[
        "Pi is roughly 3.1",
        "driver.run() returned with code DRIVER_STOPPED",
    ])?;
    let framework = site.completed("PythonPi")?;
    for (number, task) in framework.tasks.iter().enumerate() {
        let name = format!("task {number}.0 in stage 0.0 (TID {number})");
        let executor = &task.agent;
        if task.name != name || task.executor != *executor {
            return Err(format!(
                "\"{}\" on executor {} instead of \"{name}\" on {executor}",
                task.name, task.executor
            ));
        }
        task.expect_states(&["TASK_RUNNING", "TASK_FINISHED"])?;
    }
    let [first, _, _, _] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of four", framework.tasks.len()));
    };
    let sandbox = site
        .cluster
        .sandbox(&framework.id, &first.agent, &first.executor);
    let log = tail(&sandbox.join("stderr"), usize::MAX);
    for line in ["Executor registered on agent", "Executor asked to shutdown"] {
        if !log.contains(line) {
            return Err(format!("the executor's stderr lacks \"{line}\":\n{log}"));
        }
    }
    run.show("Pi is roughly");
    // The JVM complains on its stdout.
    let printed = tail(&sandbox.join("stdout"), usize::MAX);
    for text in [&run.text, &printed, &log] {
        if let Some(line) = text.lines().find(|line| line.contains(" in native method")) {
            return Err(format!("a JVM complains: {line}"));
        }
    }
    println!("  one custom executor (in {})", sandbox.display());
    run.report(&framework);
    Ok(())
}

fn shell(site: &Site<'_>) -> Outcome {
    let script = site.script("shell.scala", SHELL)?;
    let mut command = site.application("spark-shell", &[]);
    let run = site.finish("shell", command.arg("-i").arg(script))?;
    run.expect(&[
        "Pi is roughly 3.1",
        "the shuffle of the shell is as expected",
    ])?;
    let framework = site.completed("Spark shell")?;
    let [task] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of one", framework.tasks.len()));
    };
    expect_backend(task, "Spark shell 0", 2.0)?;
    run.show("Pi is roughly");
    run.show("the shuffle of the shell is");
    run.report(&framework);
    Ok(())
}
