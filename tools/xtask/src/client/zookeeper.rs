//! A ZooKeeper server on its own, from Maven's central repository.

use super::process;
use crate::fetch;
use crate::shell::{Outcome, free_port, fresh_folder, step, tail, wait_for, write};
use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const COORDINATES: &str = "org.apache.zookeeper:zookeeper:3.5.9";
const SUMS: &str = include_str!("zookeeper.sha256");
const UP_LIMIT: Duration = Duration::from_secs(60);

const LOGGING: &str = "log4j.rootLogger=INFO, out\n\
    log4j.appender.out=org.apache.log4j.ConsoleAppender\n\
    log4j.appender.out.layout=org.apache.log4j.SimpleLayout\n";

/// Killed when dropped.
pub struct ZooKeeper {
    /// `host:port`.
    pub address: String,
    process: Child,
}

impl ZooKeeper {
    /// Starts it and waits until it takes connections.
    pub fn start(folder: &Path) -> Outcome<Self> {
        let jars = fetch::maven_closure(COORDINATES, "zookeeper", SUMS)?;
        step("starting ZooKeeper");
        let folder = folder.join("zookeeper");
        fresh_folder(&folder)?;
        let port = free_port(0)?;
        write(&folder.join("log4j.properties"), LOGGING)?;
        let configuration = folder.join("zoo.cfg");
        write(
            &configuration,
            &format!(
                "tickTime=1000\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\n\
                 admin.enableServer=false\nmaxClientCnxns=200\n",
                folder.join("data").display()
            ),
        )?;
        let log = folder.join("server.log");
        let file = File::create(&log).map_err(|e| format!("cannot write the log: {e}"))?;
        let errors = file
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let process = Command::new("java")
            .args(["-Xmx256m", "-cp"])
            .arg(format!("{}:{}/*", folder.display(), jars.display()))
            .arg("org.apache.zookeeper.server.ZooKeeperServerMain")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start ZooKeeper: {e}"))?;
        let mut server = Self {
            address: format!("127.0.0.1:{port}"),
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
}

impl Drop for ZooKeeper {
    fn drop(&mut self) {
        process::kill_tree(self.process.id());
        let _ = self.process.wait();
    }
}
