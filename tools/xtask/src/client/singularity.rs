//! `cargo xtask client singularity`: HubSpot Singularity 1.5.0, unchanged, with its own executor.
//!
//! The scheduler speaks the v1 scheduler API over a fork of mesos-rxjava and keeps its state in a
//! ZooKeeper of ours. A service and a one-off task are deployed through its REST API, another
//! one-off runs in SingularityExecutor (the executor driver, through JNI), and the scheduler is
//! killed and finds its framework and its service again.

mod scheduler;

use super::zookeeper::ZooKeeper;
use crate::cluster::Cluster;
use crate::cluster::state::Task;
use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, run, step, wait_for, write};
use crate::{fetch, release};
use scheduler::Scheduler;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

const SERVICE_JAR: (&str, &str, &str) = (
    "com.hubspot:SingularityService:1.5.0:jar:shaded",
    "SingularityService-1.5.0-shaded.jar",
    "2575301034d722928960323d1f8b8b861372ee2bb92a5512b4f2a52687bb6bef",
);
const EXECUTOR_JAR: (&str, &str, &str) = (
    "com.hubspot:SingularityExecutor:1.5.0:jar:shaded",
    "SingularityExecutor-1.5.0-shaded.jar",
    "6b65a9dffd5c926c6224085b08a3d08e2ffeef6319e18f95edfa98eacddf4fee",
);

/// Singularity looks for agents at this port of their host, whatever they say. An address of
/// loopback that nothing else uses keeps other agents of this machine out of the way.
const AGENT: &str = "127.0.51.5:5051";
const FRAMEWORK: &str = "Singularity";
/// Singularity looks at its deploys every few seconds, and calls a task healthy some after it runs.
const DEPLOY_LIMIT: Duration = Duration::from_secs(120);
const LEAVE_LIMIT: Duration = Duration::from_secs(60);

/// What the steps work with.
struct Site {
    cluster: Cluster,
    folder: PathBuf,
    java: PathBuf,
    executor_jar: PathBuf,
}

pub fn singularity(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    fetch::need_registry_clients()?;
    release::build()?;
    let jar = |(coordinates, name, sha256): (&str, &str, &str)| {
        fetch::maven_jar(coordinates, name, sha256)
    };
    let service_jar = jar(SERVICE_JAR)?;
    // Its ZooKeeper client fails on newer ones: they print unresolved addresses in another way.
    let java = fetch::java_runtime(11)?.join("bin/java");
    let folder = target().join("client/singularity");
    fresh_folder(&folder)?;
    let zookeeper = ZooKeeper::start(&folder)?;
    step("starting a master and an agent");
    let mut site = Site {
        cluster: Cluster::start_with_agent(&folder, AGENT)?,
        folder,
        java,
        executor_jar: jar(EXECUTOR_JAR)?,
    };
    let scheduler = Scheduler::new(&site, &service_jar, &zookeeper.address)?;
    let result = steps(&site, scheduler);
    let stopped = site.cluster.stop();
    result?;
    stopped
}

fn steps(site: &Site, mut scheduler: Scheduler) -> Outcome {
    step("Singularity subscribes");
    scheduler.start()?;
    site.await_connected(true)?;
    step("a long-running service");
    let service = service(site, &scheduler)?;
    step("a one-off task");
    let once = json!({ "command": "echo hello from a one-off; sleep 1" });
    let task = one_off(site, &scheduler, "once", once)?;
    task.expect_states(&["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])?;
    step("a one-off task in SingularityExecutor");
    in_own_executor(site, &scheduler)?;
    step("the scheduler is killed and comes back");
    scheduler.kill();
    site.await_connected(false)?;
    scheduler.start()?;
    site.await_connected(true)?;
    let back = site.task(&service)?;
    if back.state != "TASK_RUNNING" {
        return Err(format!("the service is {} after the crash", back.state));
    }
    println!("  the framework is subscribed again and its service kept running");
    step("the service is taken down");
    scheduler.delete("requests/request/service")?;
    wait_for("the service's end", LEAVE_LIMIT, || {
        Ok(site
            .task(&service)
            .ok()
            .filter(|task| task.state == "TASK_KILLED"))
    })?;
    println!("  its task was killed and the update acknowledged");
    Ok(())
}

impl Site {
    fn await_connected(&self, wanted: bool) -> Outcome {
        let what = if wanted {
            "the framework's subscription"
        } else {
            "the framework's disconnection"
        };
        wait_for(what, DEPLOY_LIMIT, || {
            let framework = self.cluster.framework(FRAMEWORK).ok();
            Ok(framework.filter(|framework| framework.active == wanted))
        })?;
        Ok(())
    }

    /// A task as the master sees it.
    fn task(&self, id: &str) -> Outcome<Task> {
        let tasks = self.cluster.framework(FRAMEWORK)?.tasks.into_iter();
        let mut found = tasks.filter(|task| task.id == id);
        found
            .next()
            .ok_or_else(|| format!("the master has no task {id}"))
    }
}

/// Deploys a service; the id of its task.
fn service(site: &Site, scheduler: &Scheduler) -> Outcome<String> {
    let start = Instant::now();
    let request = json!({ "id": "service", "requestType": "SERVICE", "instances": 1 });
    scheduler.post("requests", &request)?;
    let command = "echo port $PORT0; while true; do echo tick; sleep 1; done";
    scheduler.deploy(
        "service",
        json!({ "command": command, "resources": { "cpus": 0.1, "memoryMb": 64, "numPorts": 1 } }),
    )?;
    wait_for("the deploy's success", DEPLOY_LIMIT, || {
        let deploy = scheduler.get("history/request/service/deploy/first");
        match deploy
            .as_ref()
            .map(|deploy| &deploy["deployResult"]["deployState"])
        {
            None | Some(Value::Null) => Ok(None),
            Some(state) if state == "SUCCEEDED" => Ok(Some(())),
            Some(state) => Err(format!("the deploy became {state}")),
        }
    })?;
    let took = start.elapsed().as_secs_f64();
    let active = scheduler.get("tasks/active").ok_or("no active tasks")?;
    let id = active[0]["taskId"]["id"].as_str().ok_or("no task id")?;
    if site.task(id)?.state != "TASK_RUNNING" {
        return Err(format!("the master does not see {id} running"));
    }
    // Through Singularity, which reads it from the agent.
    let text = wait_for("the sandbox", LEAVE_LIMIT, || {
        let path = format!("sandbox/{id}/read?path=stdout&offset=0&length=1000");
        let read = scheduler.get(&path);
        Ok(read.and_then(|read| read["data"].as_str().map(str::to_owned)))
    })?;
    let port = text.lines().find_map(|line| line.strip_prefix("port "));
    let port: u16 = port.and_then(|port| port.parse().ok()).unwrap_or_default();
    if !(31000..=31100).contains(&port) || !text.contains("tick") {
        return Err(format!("the service's stdout is {text:?}"));
    }
    println!("  deployed and healthy after {took:.1} s, on port {port}; its stdout is readable");
    Ok(id.to_owned())
}

/// Deploys a task that runs once, and waits for its end.
fn one_off(site: &Site, scheduler: &Scheduler, name: &str, mut deploy: Value) -> Outcome<Task> {
    let start = Instant::now();
    let request = json!({ "id": name, "requestType": "RUN_ONCE" });
    scheduler.post("requests", &request)?;
    deploy["resources"] = json!({ "cpus": 0.1, "memoryMb": 64 });
    scheduler.deploy(name, deploy)?;
    let id = wait_for("the task's end", DEPLOY_LIMIT, || {
        let history = scheduler.get(&format!("history/request/{name}/tasks"));
        let task = history.as_ref().map(|history| &history[0]);
        match task.and_then(|task| task["lastTaskState"].as_str()) {
            Some("TASK_FINISHED") => {
                Ok(task.and_then(|task| task["taskId"]["id"].as_str().map(str::to_owned)))
            }
            Some(ended @ ("TASK_FAILED" | "TASK_LOST" | "TASK_ERROR" | "TASK_KILLED")) => {
                Err(format!("the task became {ended}"))
            }
            Some(_) | None => Ok(None),
        }
    })?;
    let took = start.elapsed().as_secs_f64();
    println!("  {id} finished {took:.1} s after its request");
    site.task(&id)
}

fn in_own_executor(site: &Site, scheduler: &Scheduler) -> Outcome {
    let wrapper = write_executor(site)?;
    let data = json!({ "cmd": "sh -c \"echo hello from the executor; sleep 1\"",
                       "successfulExitCodes": [0] });
    let deploy =
        json!({ "customExecutorCmd": wrapper, "customExecutorId": "own", "executorData": data });
    let task = one_off(site, scheduler, "own", deploy)?;
    task.expect_states(&["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])?;
    let sandbox = site.cluster.sandbox(FRAMEWORK, &task.agent, "own");
    let log = sandbox.join(&task.id).join("service.log");
    let text = std::fs::read_to_string(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    if !text.contains("hello from the executor") {
        return Err(format!("{} holds {text:?}", log.display()));
    }
    Ok(())
}

/// The executor's configuration, and the program that agents start.
fn write_executor(site: &Site) -> Outcome<PathBuf> {
    let folder = site.folder.join("executor");
    for part in ["bin", "metadata", "tasks", "logs", "logrotate", "cache"] {
        fresh_folder(&folder.join(part))?;
    }
    let at = folder.display();
    let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
    let configuration = folder.join("executor.yaml");
    write(
        &configuration,
        &format!(
            "base:\n  s3UploaderMetadataDirectory: {at}/metadata\n  \
             logWatcherMetadataDirectory: {at}/metadata\n  loggingDirectory: {at}/logs\n  \
             hostname: localhost\nexecutor:\n  globalTaskDefinitionDirectory: {at}/tasks\n  \
             logrotateConfDirectory: {at}/logrotate\n  defaultRunAsUser: {user}\ns3:\n  \
             artifactCacheDirectory: {at}/cache\n"
        ),
    )?;
    // What its scripts call and a bare machine lacks; nothing here needs another user.
    write(&folder.join("bin/sudo"), "#!/bin/sh\nexec \"$@\"\n")?;
    write(&folder.join("bin/logrotate"), "#!/bin/sh\nexit 0\n")?;
    let program = folder.join("run");
    write(
        &program,
        &format!(
            "#!/bin/sh\nexport PATH={at}/bin:$PATH\nexport MESOS_NATIVE_JAVA_LIBRARY={}\n\
             exec {} -Xmx128m -DsingularityConfigFilename={} -jar {}\n",
            release::library().display(),
            site.java.display(),
            configuration.display(),
            site.executor_jar.display()
        ),
    )?;
    run(Command::new("chmod")
        .arg("+x")
        .arg(&program)
        .arg(folder.join("bin/sudo"))
        .arg(folder.join("bin/logrotate")))?;
    Ok(program)
}
