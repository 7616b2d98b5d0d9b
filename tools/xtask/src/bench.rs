//! `cargo xtask bench`: criterion benches of the crates, and the cluster bench with emulated load.

mod bindings;

use crate::repository::{root, target};
use crate::shell::{Outcome, free_port, fresh_folder, http_get, run, step, wait_for};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const START_LIMIT: Duration = Duration::from_secs(30);

/// Runs all benches, those of one crate, or only the cluster bench.
pub fn bench(options: &[String]) -> Outcome {
    match options {
        [] => {
            crate_benches(&["--workspace".to_owned()])?;
            cluster()?;
            bindings::bindings(&target().join("bench"))
        }
        [only] if only == "cluster" => cluster(),
        [only] if only == "bindings" => {
            let folder = build()?;
            bindings::bindings(&folder)
        }
        [package, rest @ ..] => {
            let mut arguments = vec!["--package".to_owned(), package.clone(), "--".to_owned()];
            arguments.extend(rest.iter().cloned());
            crate_benches(&arguments)
        }
    }
}

fn crate_benches(arguments: &[String]) -> Outcome {
    step("criterion benches");
    run(Command::new("cargo")
        .arg("bench")
        .args(arguments)
        .current_dir(root()))
}

/// Daemons under emulated load; every figure of the table in `docs/performance.md` but the criterion ones.
fn cluster() -> Outcome {
    let folder = build()?;
    start_up()?;
    for (agents, seconds) in [("1000", "8"), ("10000", "16")] {
        state_polls(&folder, agents, seconds)?;
    }
    launches(&folder)?;
    reregistration(&folder)?;
    containers(&folder)?;
    let library = crate::release::library();
    let stripped = folder.join("libmesos.so");
    run(Command::new("strip").arg("-o").arg(&stripped).arg(&library))?;
    let bytes = std::fs::metadata(&stripped).map_or(0, |data| data.len());
    println!("libmesos.so, stripped: {:.1} MB", bytes as f64 / 1e6);
    Ok(())
}

/// Daemons and load in release mode, and an empty folder.
fn build() -> Outcome<PathBuf> {
    crate::release::build()?;
    run(Command::new("cargo")
        .args(["build", "--release", "--package", "mesos-load"])
        .current_dir(root()))?;
    let folder = target().join("bench");
    fresh_folder(&folder)?;
    Ok(folder)
}

/// The load program with its answer kept.
fn spawn_feed(mut command: Command) -> Outcome<Child> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start mesos-load: {error}"))
}

fn program(name: &str) -> PathBuf {
    target().join("release").join(name)
}

fn load(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("mesos-load"));
    command.args(arguments);
    command
}

/// A daemon that ends with this value.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(command: &mut Command) -> Outcome<Daemon> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start {}: {e}", command.get_program().display()))?;
    Ok(Daemon(child))
}

/// A master with its address.
fn master(folder: &Path, name: &str, flags: &[&str]) -> Outcome<(Daemon, String)> {
    let address = format!("127.0.0.1:{}", free_port(0)?);
    let daemon = spawn(
        Command::new(program("mesos-master"))
            .args([
                "--ip=127.0.0.1",
                "--hostname=127.0.0.1",
                "--registry=in_memory",
            ])
            .args([
                "--max_completed_frameworks=100000",
                "--max_agent_ping_timeouts=100",
            ])
            .arg(format!(
                "--port={}",
                address.rsplit(':').next().unwrap_or_default()
            ))
            .arg(format!("--work_dir={}", folder.join(name).display()))
            .args(flags),
    )?;
    let url = format!("http://{address}/health");
    wait_for("the master's /health", START_LIMIT, || Ok(http_get(&url)))?;
    Ok((daemon, address))
}

fn start_up() -> Outcome {
    step("start to /health and idle memory");
    let master = program("mesos-master");
    let agent = program("mesos-agent");
    let master_flags = "--ip=127.0.0.1 --port={port} --work_dir={dir} --registry=in_memory";
    let agent_flags = "--ip=127.0.0.1 --port={port} --work_dir={dir}/w --runtime_dir={dir}/r \
                       --master=127.0.0.1:1 --launcher=posix --no-systemd_enable_support";
    for (program, flags) in [(master, master_flags), (agent, agent_flags)] {
        println!("{}", program.file_name().unwrap_or_default().display());
        run(load(&["start"])
            .arg(format!("--program={}", program.display()))
            .arg(format!("--arguments={flags}")))?;
    }
    Ok(())
}

/// `agents` × (5 frameworks × 2 running + 5 completed × 2) with 10 labels a task, as in the reference.
fn state_polls(folder: &Path, agents: &str, seconds: &str) -> Outcome {
    step(&format!("GET /state with {agents} agents"));
    let (_master, address) = master(folder, &format!("state-{agents}"), &[])?;
    let master = format!("--master={address}");
    let _fleet = spawn(&mut load(&[
        "agents",
        &master,
        &format!("--agents={agents}"),
        "--frameworks=5",
        "--tasks=2",
        "--completed=2",
    ]))?;
    let url = format!("http://{address}/metrics/snapshot");
    let expected: f64 = agents.parse().unwrap_or(0.0);
    wait_for("the fleet", Duration::from_secs(120), || {
        let seen = crate::shell::http_get_json(&url);
        Ok(seen.filter(|metrics| metrics["master/slaves_active"].as_f64() >= Some(expected)))
    })?;
    for (clients, beside) in [("1", "/health"), ("10", "/health")] {
        println!("{clients} client(s)");
        run(load(&["poll", &master, "--path=/state"])
            .arg(format!("--clients={clients}"))
            .arg(format!("--beside={beside}"))
            .arg(format!("--seconds={seconds}")))?;
    }
    Ok(())
}

fn launches(folder: &Path) -> Outcome {
    for (agents, interval, count, per_offer) in [
        ("100", "50ms", "50000", "500"),
        ("100", "1secs", "20000", "100"),
    ] {
        step(&format!(
            "launching {count} tasks on {agents} emulated agents, interval {interval}"
        ));
        let flag = format!("--allocation_interval={interval}");
        let (_master, address) = master(folder, &format!("launch-{interval}"), &[&flag])?;
        run(load(&["launch"])
            .arg(format!("--master={address}"))
            .arg(format!("--agents={agents}"))
            .arg(format!("--count={count}"))
            .arg(format!("--per-offer={per_offer}")))?;
    }
    Ok(())
}

fn reregistration(folder: &Path) -> Outcome {
    step("re-registration of 10,000 agents with 5 tasks each");
    let (_master, address) = master(folder, "reregistration", &[])?;
    run(Command::new("timeout")
        .args(["--signal=INT", "--preserve-status", "60"])
        .arg(program("mesos-load"))
        .args([
            "agents",
            "--agents=10000",
            "--frameworks=1",
            "--tasks=5",
            "--stay=no",
        ])
        .arg(format!("--master={address}")))
}

fn containers(folder: &Path) -> Outcome {
    let (_master, address) = master(folder, "containers", &["--allocation_interval=50ms"])?;
    let _agent = spawn(
        Command::new(program("mesos-agent"))
            .args(["--ip=127.0.0.1", "--hostname=127.0.0.1", "--launcher=posix"])
            .args([
                "--no-systemd_enable_support",
                "--resources=cpus:64;mem:65536;disk:65536",
            ])
            .arg(format!("--port={}", free_port(0)?))
            .arg(format!("--master={address}"))
            .arg(format!("--work_dir={}", folder.join("agent").display()))
            .arg(format!(
                "--runtime_dir={}",
                folder.join("agent-run").display()
            )),
    )?;
    for (count, per_offer) in [("100", "1"), ("300", "100")] {
        step(&format!(
            "{count} containers of `true` on one agent, {per_offer} per offer"
        ));
        run(load(&["launch", "--agents=0"])
            .arg(format!("--master={address}"))
            .arg(format!("--count={count}"))
            .arg(format!("--per-offer={per_offer}")))?;
    }
    Ok(())
}
