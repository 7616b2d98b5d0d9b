//! Hosts for tests: network, mount, PID, IPC and UTS namespaces with an `sshd` each.
//!
//! A host has its own root file system (an overlay over the machine's), host name, processes and
//! address; the bridge between them is in a network namespace of its own, where no packet filter of
//! the machine's stands in the way. Nothing is left when the first process of a host ends: mounts,
//! links and processes belong to its namespaces. Compat: operations §9, S2-15.

mod plan;

pub use plan::Plan;

use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, need_programs, output, run, tail, wait_for};
use plan::{NETWORK, SECOND_NETWORK, hosts_file};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const INIT: &str = include_str!("hosts/init.sh");
const START_LIMIT: Duration = Duration::from_secs(20);
const MOST_HOSTS: usize = 20;

const SSHD_CONFIG: &str = "Port 22
HostKey /etc/ssh/mesos_hosts_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PidFile none
MaxStartups 100
AllowAgentForwarding yes
Subsystem sftp internal-sftp
SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
";

const USAGE: &str = "usage: cargo xtask hosts up N [--layer FOLDER] | down | ssh N|NAME COMMAND… \
                     | cut N|NAME | heal N|NAME";

/// Running hosts; they end when this is dropped unless told to stay.
pub struct Hosts {
    folder: PathBuf,
    plan: Plan,
    bridge: u32,
    /// The bridge first, then the hosts in their order.
    children: Vec<Child>,
    staying: bool,
}

/// Whether hosts outlive the program that starts them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Bound,
    Free,
}

impl Hosts {
    /// Starts all hosts and waits until one can log in; they end with this program at the latest.
    pub fn start(folder: &Path, plan: Plan) -> Outcome<Self> {
        Self::start_as(folder, plan, Life::Bound)
    }

    fn start_as(folder: &Path, plan: Plan, life: Life) -> Outcome<Self> {
        need_root()?;
        need_programs(&[
            ("sshd", "openssh-server"),
            ("ssh", "openssh-client"),
            ("ip", "iproute2"),
            ("unshare", "util-linux"),
            ("setpriv", "util-linux"),
            ("killall", "psmisc"),
            ("netstat", "net-tools"),
            ("ps", "procps"),
            ("curl", "curl"),
            ("sudo", "sudo"),
        ])?;
        fresh_folder(folder)?;
        write_shared_files(folder, &plan)?;
        let bridge = start_bridge(folder, life)?;
        let mut hosts = Self {
            folder: folder.to_owned(),
            plan,
            bridge: bridge.id(),
            children: vec![bridge],
            staying: false,
        };
        hosts.build_bridge()?;
        for number in 0..hosts.plan.hosts.len() {
            hosts.start_host(number, life)?;
        }
        (0..hosts.plan.hosts.len()).try_for_each(|number| hosts.await_login(number))?;
        Ok(hosts)
    }

    fn build_bridge(&self) -> Outcome {
        await_own_network(self.bridge)?;
        let script = format!(
            "ip link set lo up && ip link add br0 type bridge && \
             ip addr add {NETWORK}.1/24 dev br0 && ip addr add {SECOND_NETWORK}.1/24 dev br0 && \
             ip link set br0 up"
        );
        run(in_network(self.bridge).args(["sh", "-c", &script]))
    }

    fn start_host(&mut self, number: usize, life: Life) -> Outcome {
        let host = &self.plan.hosts[number];
        let folder = self.folder.join(&host.name);
        fresh_folder(&folder)?;
        let shares: Vec<String> = self
            .plan
            .shares
            .iter()
            .map(|(source, target)| format!("{} {target}", source.display()))
            .collect();
        let layer = self.plan.layer.as_deref().unwrap_or(Path::new(""));
        let mut command = starter(life);
        command
            .args(["unshare", "--mount", "--uts", "--ipc", "--net", "--pid"])
            .args(["--fork", "--kill-child", "sh"])
            .arg(self.folder.join("init.sh"))
            .env("NAME", &host.name)
            .env("FOLDER", &folder)
            .env("STATE", &self.folder)
            .env("LAYER", layer)
            .env("SHARES", shares.join("\n"))
            .env("HOME", home()?);
        let child = spawn(command, &self.folder.join(format!("{}.log", host.name)))?;
        let id = child.id();
        self.children.push(child);
        record(&self.folder, &host.name, id)?;
        await_own_network(id).map_err(|e| self.told(&e, number))?;
        let link = format!("h{number}");
        run(in_network(self.bridge)
            .args(["ip", "link", "add", &link, "type", "veth"])
            .args(["peer", "name", "eth0", "netns", &id.to_string()]))?;
        run(in_network(self.bridge).args(["ip", "link", "set", &link, "master", "br0", "up"]))?;
        let others = host.others.iter().map(|(address, _)| address);
        let mut script = "ip link set lo up && ip link set eth0 up".to_owned();
        for address in std::iter::once(&host.address).chain(others) {
            script.push_str(&format!(" && ip addr add {address}/24 dev eth0"));
        }
        script.push_str(&format!(" && ip route add default via {NETWORK}.1"));
        run(in_network(id).args(["sh", "-c", &script]))
    }

    fn await_login(&self, number: usize) -> Outcome {
        let name = &self.plan.hosts[number].name;
        let probe = || {
            let tried = self.ssh("root", name).arg("true").output();
            let done = tried.is_ok_and(|out| out.status.success());
            Ok(done.then_some(()))
        };
        wait_for("the login", START_LIMIT, probe).map_err(|e| self.told(&e, number))
    }

    /// A complaint with what the host itself has said.
    fn told(&self, complaint: &str, number: usize) -> String {
        let name = &self.plan.hosts[number].name;
        let log = self.folder.join(format!("{name}.log"));
        format!("{name}: {complaint}\n{}", tail(&log, 15))
    }

    /// An `ssh` to a host; the command to type is to be added as one argument.
    pub fn ssh(&self, user: &str, host: &str) -> Command {
        ssh(&self.folder, self.bridge, user, host)
    }

    /// A program on the hosts' network, beside them: what a browser on the operator's desk is.
    pub fn beside(&self) -> Command {
        in_network(self.bridge)
    }

    /// Lets the hosts outlive this program; `cargo xtask hosts down` ends them.
    fn stay(mut self) {
        self.staying = true;
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        if self.staying {
            return;
        }
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `cargo xtask hosts …`.
pub fn hosts(options: &[String]) -> Outcome {
    let words: Vec<&str> = options.iter().map(String::as_str).collect();
    let folder = target().join("hosts");
    match words.as_slice() {
        ["up", count, rest @ ..] => {
            let mut plan = Plan::of(parse_count(count)?);
            match rest {
                [] => {}
                ["--layer", layer] => plan.layer = Some(absolute(layer)?),
                _ => return Err(USAGE.to_owned()),
            }
            down(&folder)?;
            let hosts = Hosts::start_as(&folder, plan, Life::Free)?;
            for host in &hosts.plan.hosts {
                println!("{}\t{}", host.address, host.name);
            }
            hosts.stay();
            Ok(())
        }
        ["down"] => down(&folder),
        ["ssh", host, command @ ..] => {
            let name = host_name(host);
            let bridge = recorded(&folder, "bridge")?;
            run(ssh(&folder, bridge, "root", &name).args(command))
        }
        [verb @ ("cut" | "heal"), host] => {
            let number = host_number(host)?;
            let state = if *verb == "cut" { "down" } else { "up" };
            let bridge = recorded(&folder, "bridge")?;
            run(in_network(bridge).args(["ip", "link", "set", &format!("h{number}"), state]))
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn parse_count(text: &str) -> Outcome<usize> {
    let count = text.parse().ok().filter(|n| (1..=MOST_HOSTS).contains(n));
    count.ok_or_else(|| format!("`{text}` is no number of hosts (1 to {MOST_HOSTS})"))
}

fn absolute(folder: &str) -> Outcome<PathBuf> {
    std::fs::canonicalize(folder).map_err(|e| format!("no folder {folder}: {e}"))
}

/// `2` stands for `mesos2`.
fn host_name(text: &str) -> String {
    match text.parse::<usize>() {
        Ok(number) => format!("mesos{number}"),
        Err(_) => text.to_owned(),
    }
}

/// The place of a host in the plan.
fn host_number(text: &str) -> Outcome<usize> {
    let name = host_name(text);
    let number = name.strip_prefix("mesos").and_then(|n| n.parse().ok());
    number
        .and_then(|n: usize| n.checked_sub(1))
        .ok_or_else(|| format!("there is no host `{text}`"))
}

/// Ends what `up` left running. A number that meanwhile is another program's is not touched.
fn down(folder: &Path) -> Outcome {
    let list = std::fs::read_to_string(folder.join("processes")).unwrap_or_default();
    let entries = list.lines().filter_map(|line| line.split_once(' '));
    for (_, id) in entries {
        if is_ours(folder, id) {
            run(Command::new("kill").args(["-KILL", id]))?;
        }
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    }
    Ok(())
}

fn is_ours(folder: &Path, id: &str) -> bool {
    let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains(&*folder.to_string_lossy())
}

fn need_root() -> Outcome {
    let id = output(Command::new("id").arg("-u"))?;
    if id.trim() == "0" {
        return Ok(());
    }
    Err("hosts are namespaces with mounts of their own: this needs root".to_owned())
}

/// The home folder of root, on the machine and on the hosts.
pub fn home() -> Outcome<String> {
    let entry = output(Command::new("getent").args(["passwd", "0"]))?;
    let folder = entry.split(':').nth(5).unwrap_or_default().trim();
    if folder.is_empty() {
        return Err("root has no home folder".to_owned());
    }
    Ok(folder.to_owned())
}

fn write_shared_files(folder: &Path, plan: &Plan) -> Outcome {
    for name in ["id_ed25519", "hostkey"] {
        run(Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "hosts", "-f"])
            .arg(folder.join(name)))?;
    }
    let key = std::fs::read_to_string(folder.join("hostkey.pub"))
        .map_err(|e| format!("cannot read the host key: {e}"))?;
    let known = plan.hosts.iter().map(|host| {
        let names = [&host.name, &host.address];
        let names: Vec<&str> = names
            .into_iter()
            .chain(
                host.others
                    .iter()
                    .flat_map(|(address, name)| [address, name]),
            )
            .chain(&host.aliases)
            .map(String::as_str)
            .collect();
        format!("{} {key}", names.join(","))
    });
    let known: String = known.collect();
    let client = "StrictHostKeyChecking yes\nBatchMode yes\nConnectTimeout 5\nLogLevel ERROR\n";
    let client = format!(
        "{client}UserKnownHostsFile {}\nIdentitiesOnly yes\nIdentityFile {}\n",
        folder.join("known_hosts").display(),
        folder.join("id_ed25519").display()
    );
    let addresses = plan
        .hosts
        .iter()
        .map(|host| format!("Host {}\n  HostName {}\n", host.name, host.address));
    let client = client + &addresses.collect::<String>();
    for (name, text) in [
        ("known_hosts", known.as_str()),
        ("ssh_config", &client),
        ("hosts", &hosts_file(plan)),
        ("sshd_config", SSHD_CONFIG),
        ("init.sh", INIT),
    ] {
        std::fs::write(folder.join(name), text).map_err(|e| format!("cannot write {name}: {e}"))?;
    }
    Ok(())
}

/// A process that holds the network namespace of the bridge.
fn start_bridge(folder: &Path, life: Life) -> Outcome<Child> {
    let mut command = starter(life);
    command
        .args(["unshare", "--net", "--fork", "--kill-child"])
        .args(["sh", "-c", "exec sleep infinity"])
        .arg(folder);
    let child = spawn(command, &folder.join("bridge.log"))?;
    record(folder, "bridge", child.id())?;
    Ok(child)
}

/// The front of a command line: what is bound gets killed when this program ends in whatever way.
fn starter(life: Life) -> Command {
    let mut command = Command::new("setpriv");
    if life == Life::Bound {
        command.args(["--pdeathsig", "KILL"]);
    }
    command
}

fn spawn(mut command: Command, log: &Path) -> Outcome<Child> {
    let file = File::create(log).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let errors = file
        .try_clone()
        .map_err(|e| format!("cannot share {}: {e}", log.display()))?;
    command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .map_err(|e| format!("cannot start a host: {e}"))
}

fn record(folder: &Path, name: &str, id: u32) -> Outcome {
    use std::io::Write;
    let path = folder.join("processes");
    let file = File::options().create(true).append(true).open(&path);
    file.and_then(|mut file| writeln!(file, "{name} {id}"))
        .map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn recorded(folder: &Path, name: &str) -> Outcome<u32> {
    let list = std::fs::read_to_string(folder.join("processes")).unwrap_or_default();
    let entries = list.lines().filter_map(|line| line.split_once(' '));
    let mut ids = entries.filter(|(of, _)| *of == name);
    let id = ids.next().and_then(|(_, id)| id.parse().ok());
    id.ok_or_else(|| "no hosts are up: `cargo xtask hosts up N` starts them".to_owned())
}

fn in_network(id: u32) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/proc/{id}/ns/net"));
    command
}

/// Until then a look at the process's namespaces shows this program's.
fn await_own_network(id: u32) -> Outcome {
    let ours = std::fs::read_link("/proc/self/ns/net").map_err(|e| e.to_string())?;
    wait_for("the network namespace", START_LIMIT, || {
        let theirs = std::fs::read_link(format!("/proc/{id}/ns/net"))
            .map_err(|e| format!("the host ended at once: {e}"))?;
        Ok((theirs != ours).then_some(()))
    })
}

fn ssh(folder: &Path, bridge: u32, user: &str, host: &str) -> Command {
    let mut command = in_network(bridge);
    command
        .args(["ssh", "-F"])
        .arg(folder.join("ssh_config"))
        .args(["-l", user, host]);
    command
}
