//! The process of Singularity's scheduler, and its REST API.

use super::{FRAMEWORK, Site};
use crate::client::process;
use crate::shell::{Outcome, free_port, http_get_json, output, tail, wait_for, write};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A loaded machine takes this long to start it.
const START_LIMIT: Duration = Duration::from_secs(180);

/// Killed when dropped.
pub struct Scheduler {
    java: PathBuf,
    jar: PathBuf,
    configuration: PathBuf,
    log: PathBuf,
    api: String,
    process: Option<Child>,
}

impl Scheduler {
    pub fn new(site: &Site, jar: &Path, zookeeper: &str) -> Outcome<Self> {
        let port = free_port(0)?;
        let configuration = site.folder.join("singularity.yaml");
        let master = &site.cluster.master;
        write(
            &configuration,
            &format!(
                "server:\n  type: simple\n  applicationContextPath: /singularity\n  connector:\n    \
                 type: http\n    bindHost: 127.0.0.1\n    port: {port}\n  requestLog:\n    \
                 appenders: []\nmesos:\n  master: http://{master}/api/v1/scheduler\n  \
                 frameworkName: {FRAMEWORK}\n  frameworkId: {FRAMEWORK}\n  \
                 frameworkFailoverTimeout: 1000000\nzookeeper:\n  quorum: {zookeeper}\n  \
                 zkNamespace: singularity\nhostname: 127.0.0.1\nui:\n  title: client\n  \
                 baseUrl: http://127.0.0.1:{port}/singularity\n"
            ),
        )?;
        Ok(Self {
            java: site.java.clone(),
            jar: jar.to_owned(),
            configuration,
            log: site.folder.join("singularity.log"),
            api: format!("http://127.0.0.1:{port}/singularity/api"),
            process: None,
        })
    }

    /// Starts it and waits until its API answers.
    pub fn start(&mut self) -> Outcome {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(|e| format!("cannot write {}: {e}", self.log.display()))?;
        let errors = log
            .try_clone()
            .map_err(|e| format!("cannot share the log: {e}"))?;
        let child = Command::new(&self.java)
            .args(["-Xmx700m", "-jar"])
            .arg(&self.jar)
            .arg("server")
            .arg(&self.configuration)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start Singularity: {e}"))?;
        let child = self.process.insert(child);
        let url = format!("{}/requests", self.api);
        wait_for("Singularity's API", START_LIMIT, || {
            if let Ok(Some(status)) = child.try_wait() {
                let last = tail(&self.log, 15);
                return Err(format!("Singularity ended with {status}\n{last}"));
            }
            Ok(http_get_json(&url))
        })?;
        Ok(())
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.process.take() {
            process::kill_tree(child.id());
            let _ = child.wait();
        }
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        http_get_json(&format!("{}/{path}", self.api))
    }

    pub fn post(&self, path: &str, body: &Value) -> Outcome<String> {
        self.send("POST", path, body)
    }

    pub fn delete(&self, path: &str) -> Outcome<String> {
        self.send("DELETE", path, &json!({}))
    }

    /// Deploys the first version of a request.
    pub fn deploy(&self, request: &str, mut deploy: Value) -> Outcome<String> {
        deploy["requestId"] = request.into();
        deploy["id"] = "first".into();
        self.post("deploys", &json!({ "deploy": deploy }))
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Outcome<String> {
        output(
            Command::new("curl")
                .args(["-sS", "--fail-with-body", "--max-time", "30", "-X", method])
                .args(["-H", "Content-Type: application/json"])
                .args(["-d", &body.to_string()])
                .arg(format!("{}/{path}", self.api)),
        )
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.kill();
    }
}
