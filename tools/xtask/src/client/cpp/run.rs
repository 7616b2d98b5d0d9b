//! The example frameworks on a real master and agent.

use super::build::Build;
use crate::cluster::Cluster;
use crate::repository::root;
use crate::shell::{Outcome, step, tail, wait_for};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
const TASKS: usize = 5;
/// Of the framework that never ends by itself.
const LONG_LIVED_TASKS: usize = 3;
const LINES_SHOWN: usize = 30;

/// A program whose output goes to a file.
struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    fn start(command: &mut Command, log: PathBuf) -> Outcome<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let file = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let errors = file.try_clone().map_err(|e| e.to_string())?;
        let child = command.stdout(file).stderr(errors).spawn();
        let child = child.map_err(|e| format!("cannot start {program}: {e}"))?;
        Ok(Self { child, log })
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for the program's own end.
    fn end(&mut self) -> Outcome<ExitStatus> {
        let what = format!("the end of {}", self.log.display());
        let child = &mut self.child;
        let ended = wait_for(&what, LIMIT, || child.try_wait().map_err(|e| e.to_string()));
        ended.map_err(|e| format!("{e}\n{}", tail(&self.log, LINES_SHOWN)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the examples run.
struct Site<'a> {
    folder: &'a Path,
}

impl Site<'_> {
    /// Runs a framework to its end, which must be a good one; its output holds `line` that many times.
    fn run(&self, name: &str, command: &mut Command, line: &str, times: usize) -> Outcome {
        step(&format!("C++: {name}"));
        let started = Instant::now();
        let mut running = Running::start(command, self.folder.join(format!("{name}.log")))?;
        let status = running.end()?;
        let text = running.text();
        let seen = text.matches(line).count();
        if !status.success() || seen != times {
            return Err(format!(
                "{name}: {status}; `{line}` {seen} times instead of {times}\n{}",
                tail(&running.log, LINES_SHOWN)
            ));
        }
        println!(
            "{name}: `{line}` {times} times, {status}, {:.2} s",
            started.elapsed().as_secs_f64()
        );
        Ok(())
    }

    /// Runs the framework that never ends until enough tasks have finished.
    fn long_lived(&self, command: &mut Command) -> Outcome {
        step("C++: long-lived-framework over the v1 APIs");
        let log = self.folder.join("long-lived-framework.log");
        let mut running = Running::start(command, log)?;
        let line = "is in state TASK_FINISHED";
        let seen = wait_for("tasks of long-lived-framework", LIMIT, || {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("long-lived-framework ended with {status}"));
            }
            let seen = running.text().matches(line).count();
            Ok((seen >= LONG_LIVED_TASKS).then_some(seen))
        });
        let seen = seen.map_err(|e| format!("{e}\n{}", tail(&running.log, LINES_SHOWN)))?;
        println!("long-lived-framework: {seen} tasks finished through the v1 executor");
        Ok(())
    }
}

/// Each example; those of the first build run under the address sanitizer.
pub fn examples(cluster: &Cluster, sanitized: &Build, installed: &Build, folder: &Path) -> Outcome {
    let site = Site { folder };
    let master = format!("--master={}", cluster.master);
    let finished = "is in state TASK_FINISHED";
    let mut implicit = sanitized.program("test-framework");
    site.run("test-framework", implicit.arg(&master), finished, TASKS)?;
    cluster.expect_framework_completed("Test Framework (C++)")?;
    let mut explicit = sanitized.program("test-framework");
    explicit
        .arg(&master)
        .env("MESOS_EXPLICIT_ACKNOWLEDGEMENTS", "1");
    site.run("test-framework-explicit", &mut explicit, finished, TASKS)?;
    let mut by_clang = installed.program("test-framework");
    site.run(
        "test-framework-clang",
        by_clang.arg(&master),
        finished,
        TASKS,
    )?;
    let mut no_executor = sanitized.program("no-executor-framework");
    no_executor.arg(&master).arg(format!("--num_tasks={TASKS}"));
    site.run("no-executor-framework", &mut no_executor, finished, TASKS)?;
    let mut load = sanitized.program("load-generator-framework");
    load.args([&master, "--qps=500", "--duration=1secs"]);
    site.run("load-generator-framework", &mut load, "messages/sec", 1)?;
    site.long_lived(sanitized.program("long-lived-framework").arg(&master))?;
    let source = of_the_page(folder)?;
    let mut first = installed.build_by_pkg_config(&source, "first")?;
    site.run("first", first.arg(&cluster.master), finished, 1)
}

/// The program that `docs/cpp.md` begins with.
fn of_the_page(folder: &Path) -> Outcome<PathBuf> {
    let page = root().join("docs/cpp.md");
    let text = std::fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
    let program = text
        .split_once("```cpp\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .ok_or("docs/cpp.md has no program in C++")?;
    let source = folder.join("first.cpp");
    std::fs::write(&source, program.0).map_err(|e| format!("{}: {e}", source.display()))?;
    Ok(source)
}
