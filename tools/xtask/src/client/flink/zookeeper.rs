//! A ZooKeeper server out of Flink's own jars.

use super::setup::Setup;
use crate::client::process;
use crate::shell::{Outcome, fresh_folder, tail, wait_for};
use std::fs::File;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

const UP_LIMIT: Duration = Duration::from_secs(60);

/// A server on its own; killed when dropped.
pub struct ZooKeeper {
    /// `host:port`.
    pub address: String,
    process: Child,
}

impl ZooKeeper {
    /// Starts it and waits until it takes connections.
    pub fn start(setup: &Setup) -> Outcome<Self> {
        let folder = setup.folder.join("zookeeper");
        fresh_folder(&folder)?;
        let [client, follow, elect] = [port()?, port()?, port()?];
        let conf = folder.join("zoo.cfg");
        let data = folder.join("data");
        let text = format!(
            "tickTime=1000\ninitLimit=10\nsyncLimit=5\ndataDir={}\nclientPort={client}\n\
             clientPortAddress=127.0.0.1\nserver.1=127.0.0.1:{follow}:{elect}\n",
            data.display()
        );
        std::fs::write(&conf, text).map_err(|e| format!("cannot write {}: {e}", conf.display()))?;
        let log = folder.join("server.log");
        let process = Self::spawn(setup, &conf, &log)?;
        let mut server = Self {
            address: format!("127.0.0.1:{client}"),
            process,
        };
        let address = server.address.clone();
        wait_for("ZooKeeper's port", UP_LIMIT, || {
            if let Ok(Some(status)) = server.process.try_wait() {
                return Err(format!("ZooKeeper ended with {status}\n{}", tail(&log, 15)));
            }
            Ok(TcpStream::connect(&address).ok())
        })?;
        Ok(server)
    }

    fn spawn(setup: &Setup, conf: &PathBuf, log: &PathBuf) -> Outcome<Child> {
        let file = File::create(log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        setup
            .java("org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer")
            .arg("--zkConfigFile")
            .arg(conf)
            .args(["--peerId", "1"])
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start ZooKeeper: {e}"))
    }
}

impl Drop for ZooKeeper {
    fn drop(&mut self) {
        process::kill_tree(self.process.id());
        let _ = self.process.wait();
    }
}

fn port() -> Outcome<u16> {
    crate::shell::free_port(0)
}
