//! `cargo xtask client ec2`: `mesos-ec2` launches, stops, starts and destroys a cluster.
//!
//! The EC2 is moto's server; its machines are hosts as namespaces, which `--ssh-map` names. The
//! package that the nodes get is the installation that `mesos-ec2` belongs to.
//! Compat: operations §2.5, rows S3-17 to S3-33.

use super::python::interpreters::{Environment, NEW};
use crate::hosts::{Hosts, Plan};
use crate::repository::{cache, root, target};
use crate::shell::{Outcome, fresh_folder, output, run, step, wait_for};
use crate::{fetch, install, release};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const REQUIREMENTS: &str = include_str!("ec2/requirements.txt");
const CLOUD: &str = include_str!("ec2/cloud.py");
const HOSTS: [&str; 3] = ["192.168.100.11", "192.168.100.12", "192.168.100.13"];
/// On loopback of the hosts' own network, where nothing else listens.
const ENDPOINT: &str = "http://127.0.0.1:5555";
const START_LIMIT: Duration = Duration::from_secs(60);
/// What is left of a machine that was off: nothing runs, and the kernel was booted anew.
const POWER_OFF: &str = "killall -9 mesos-master mesos-agent mesos-executor python3 2>&1 | grep -v 'no process'; \
                         boot=/var/lib/mesos/agent/meta/boot_id; if [ -f $boot ]; then echo earlier > $boot; fi";

pub fn ec2(options: &[String]) -> Outcome {
    if let Some(option) = options.first() {
        return Err(format!("unknown option `{option}`; there are none"));
    }
    fetch::need_registry_clients()?;
    release::build()?;
    let folder = target().join("client/ec2");
    fresh_folder(&folder)?;
    let environment = environment()?;
    step("tests of mesos-ec2 itself");
    run(Command::new(environment.python())
        .args(["-m", "unittest", "discover", "-q", "-s", "tests", "-t", "."])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(root().join("ec2")))?;
    install::into(&folder.join("mesos-1.11.0"))?;
    let hosts = Hosts::start(&folder.join("hosts"), Plan::of(HOSTS.len()))?;
    let mut stand = Stand::start(&folder, &hosts, &environment)?;
    let result = stand.play();
    let _ = stand.moto.kill();
    let _ = stand.moto.wait();
    result
}

/// moto and boto3, kept in the cache for as long as they are the same.
fn environment() -> Outcome<Environment> {
    let folder = cache().join("ec2-environment");
    let mark = folder.join("assembled");
    if fs::read_to_string(&mark).is_ok_and(|text| text == REQUIREMENTS) {
        return Ok(Environment::at(&folder));
    }
    let environment = NEW.environment(&folder)?;
    environment.install(REQUIREMENTS)?;
    fs::write(&mark, REQUIREMENTS).map_err(|e| format!("cannot write: {e}"))?;
    Ok(environment)
}

struct Stand<'a> {
    hosts: &'a Hosts,
    python: PathBuf,
    folder: PathBuf,
    moto: Child,
}

impl<'a> Stand<'a> {
    fn start(folder: &Path, hosts: &'a Hosts, environment: &Environment) -> Outcome<Self> {
        step("moto's EC2");
        let script = folder.join("cloud.py");
        fs::write(&script, CLOUD).map_err(|e| format!("cannot write cloud.py: {e}"))?;
        let log = fs::File::create(folder.join("moto.log")).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let port = ENDPOINT.rsplit(':').next().unwrap_or_default();
        let moto = hosts
            .beside()
            .arg(environment.python())
            .arg(environment.program("moto_server"))
            .args(["-H", "127.0.0.1", "-p", port])
            .env("MOTO_AMIS_PATH", root().join("ec2/tests/amis.json"))
            .env("MOTO_ENABLE_KEYPAIR_VALIDATION", "true")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start moto: {e}"))?;
        let stand = Self {
            hosts,
            python: environment.python(),
            folder: folder.to_owned(),
            moto,
        };
        wait_for("moto's answer", START_LIMIT, || {
            Ok(stand.get(&format!("{ENDPOINT}/moto-api/")).ok())
        })?;
        Ok(stand)
    }

    fn play(&mut self) -> Outcome {
        self.cloud(&["prepare"])?;
        self.launch()?;
        self.look()?;
        self.login()?;
        self.resume()?;
        self.pause()?;
        self.end()
    }

    /// S3-18, S3-19, S3-21 to S3-23.
    fn launch(&self) -> Outcome {
        step("launch: one master and two slaves");
        let said = self.with_map(&["-k", "KEY", "--slave", "2", "--compat-8080"], "launch")?;
        let master = self.master_name()?;
        for wanted in [
            "Starting mesos-master on 192.168.100.11".to_owned(),
            "Starting mesos-agent on 192.168.100.13".to_owned(),
            "Everything's started!".to_owned(),
            format!("http://{master}:5050"),
            format!("http://{master}:8080"),
            "HDFS is not set up".to_owned(),
        ] {
            expect(&said, &wanted)?;
        }
        let refused = self.ec2(&["-k", "KEY"], "launch", "")?;
        expect_failure(&refused, "exists already")
    }

    fn look(&self) -> Outcome {
        self.two_agents()?;
        let head = self.output(
            self.hosts
                .beside()
                .args(["curl", "-sI"])
                .arg(format!("http://{}:8080/slaves?pretty=1", HOSTS[0])),
        )?;
        expect(&head, "302")?;
        let target = format!("Location: http://{}:5050/slaves?pretty=1", HOSTS[0]);
        expect(&head, &target)
    }

    fn two_agents(&self) -> Outcome {
        let url = format!("http://{}:5050/slaves", HOSTS[0]);
        wait_for("two agents", START_LIMIT, || {
            let text = self.get(&url).unwrap_or_default();
            let answer: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let agents = answer["slaves"].as_array().cloned().unwrap_or_default();
            let named = |agent: &&serde_json::Value| {
                agent["active"] == true
                    && agent["hostname"]
                        .as_str()
                        .is_some_and(|name| name.starts_with("ec2-"))
            };
            Ok((agents.iter().filter(named).count() == 2).then_some(()))
        })
    }

    /// S3-29, and the helper that copies a folder to the slaves.
    fn login(&self) -> Outcome {
        step("login");
        let typed = "hostname; mkdir -p /opt/of-mine; echo hello > /opt/of-mine/file; \
                     mesos-ec2/copy-dir /opt/of-mine";
        let said = self.ec2(&[], "login", typed)?;
        expect(&succeeded(&said)?, "mesos1")?;
        let copied = output(
            self.hosts
                .ssh("root", "mesos3")
                .arg("cat /opt/of-mine/file"),
        )?;
        expect(&copied, "hello")
    }

    /// S3-28: what runs is set up anew; a wrong key is named.
    fn resume(&self) -> Outcome {
        step("resume, with a wrong key first");
        let key = self.folder.join("wrong");
        run(Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key))?;
        let refused = self.ec2_with(&key, &["--resume", "-w", "0"], "launch", "")?;
        expect_failure(&refused, "Permission denied (publickey)")?;
        let said = succeeded(&self.ec2(&["--resume"], "launch", "")?)?;
        expect(&said, "Everything's started!")?;
        self.two_agents()
    }

    /// S3-32.
    fn pause(&self) -> Outcome {
        step("stop and start");
        let said = succeeded(&self.ec2(&[], "stop", "n\n")?)?;
        expect(&said, "Nothing was stopped")?;
        expect(
            &succeeded(&self.ec2(&["--yes"], "stop", "")?)?,
            "3 machines",
        )?;
        let none = self.ec2(&[], "get-master", "")?;
        expect_failure(&none, "no running master")?;
        // The machines get new names, and have been off.
        let _ = fs::remove_file(self.map());
        for host in ["mesos1", "mesos2", "mesos3"] {
            run(self.hosts.ssh("root", host).arg(POWER_OFF))?;
        }
        let said = self.with_map(&[], "start")?;
        expect(&said, "Everything's started!")?;
        self.two_agents()
    }

    /// S3-31.
    fn end(&self) -> Outcome {
        step("destroy");
        let said = succeeded(&self.ec2(&[], "destroy", "\n")?)?;
        expect(&said, "(y/N)")?;
        expect(&said, "Nothing was destroyed")?;
        if self.cloud(&["count"])?.trim() != "3" {
            return Err("the question was not waited for".to_owned());
        }
        succeeded(&self.ec2(&[], "destroy", "y\n")?)?;
        if self.cloud(&["count"])?.trim() != "0" {
            return Err("some machines were left".to_owned());
        }
        println!("mesos-ec2: launch, login, resume, stop, start and destroy");
        Ok(())
    }

    /// Runs an action, and tells the map of addresses as soon as the machines have names.
    fn with_map(&self, options: &[&str], action: &str) -> Outcome<String> {
        let child = self
            .command(&self.identity(), options, action)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start mesos-ec2: {e}"))?;
        let map = self.map().to_string_lossy().into_owned();
        let mapped = self.cloud(&["map", &map, "3", HOSTS[0], HOSTS[1], HOSTS[2]]);
        let done = child.wait_with_output().map_err(|e| e.to_string())?;
        let said = succeeded(&done)?;
        mapped.map(|_| said)
    }

    fn ec2(&self, options: &[&str], action: &str, typed: &str) -> Outcome<Output> {
        self.ec2_with(&self.identity(), options, action, typed)
    }

    fn ec2_with(&self, key: &Path, options: &[&str], action: &str, typed: &str) -> Outcome<Output> {
        let file = self.folder.join("typed");
        fs::write(&file, typed).map_err(|e| format!("cannot write: {e}"))?;
        let typed = fs::File::open(&file).map_err(|e| e.to_string())?;
        self.command(key, options, action)
            .stdin(typed)
            .output()
            .map_err(|e| format!("cannot start mesos-ec2: {e}"))
    }

    fn command(&self, key: &Path, options: &[&str], action: &str) -> Command {
        let mut command = self.asking();
        command
            .arg(self.folder.join("mesos-1.11.0/bin/mesos-ec2"))
            .arg("-i")
            .arg(key)
            // A file on an overlay cannot be swapped to.
            .args(["--swap", "0", "--from-address", "198.51.100.7", "--ssh-map"])
            .arg(self.map())
            .args(options)
            .args([action, "mesos-cluster"]);
        command
    }

    fn cloud(&self, words: &[&str]) -> Outcome<String> {
        self.output(
            self.asking()
                .arg(&self.python)
                .arg(self.folder.join("cloud.py"))
                .args(words),
        )
    }

    /// A program that asks moto.
    fn asking(&self) -> Command {
        let mut command = self.hosts.beside();
        command
            .env("AWS_ACCESS_KEY_ID", "an-id")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret")
            .env("AWS_ENDPOINT_URL", ENDPOINT)
            .env("PYTHON", &self.python)
            .env("PYTHONUNBUFFERED", "1");
        command
    }

    fn master_name(&self) -> Outcome<String> {
        let said = succeeded(&self.ec2(&[], "get-master", "")?)?;
        Ok(said.trim().to_owned())
    }

    fn get(&self, url: &str) -> Outcome<String> {
        self.output(
            self.hosts
                .beside()
                .args(["curl", "-sf", "--max-time", "5", url]),
        )
    }

    fn output(&self, command: &mut Command) -> Outcome<String> {
        output(command)
    }

    fn identity(&self) -> PathBuf {
        self.folder.join("hosts/id_ed25519")
    }

    fn map(&self) -> PathBuf {
        self.folder.join("map")
    }
}

fn said(done: &Output) -> String {
    let text = [done.stdout.as_slice(), done.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn succeeded(done: &Output) -> Outcome<String> {
    if done.status.success() {
        return Ok(said(done));
    }
    Err(format!(
        "mesos-ec2 ended with {}:\n{}",
        done.status,
        said(done)
    ))
}

fn expect(text: &str, wanted: &str) -> Outcome {
    if text.contains(wanted) {
        return Ok(());
    }
    Err(format!("`{wanted}` is missing in:\n{text}"))
}

fn expect_failure(done: &Output, wanted: &str) -> Outcome {
    if done.status.code() != Some(1) {
        return Err(format!("ended with {}:\n{}", done.status, said(done)));
    }
    expect(&said(done), wanted)
}
