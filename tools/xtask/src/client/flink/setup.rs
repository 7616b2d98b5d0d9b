//! How Flink's own scripts are run: with which Java, which settings, and where their logs go.

use super::distribution::java_options;
use crate::release;
use crate::shell::{Outcome, fresh_folder, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Java that the app master, its workers and the client run on.
#[derive(Clone)]
pub enum Java {
    /// That of the system, from 17 on: packages must be opened.
    System,
    /// A Java 11 in that folder, which needs nothing.
    Eleven(PathBuf),
}

/// A configuration folder beside an unchanged distribution.
#[derive(Clone)]
pub struct Setup {
    pub home: PathBuf,
    pub folder: PathBuf,
    java: Java,
    conf: PathBuf,
}

impl Setup {
    /// Workers get a copy of the configuration folder, so that is where all settings stand.
    pub fn new(
        home: &Path,
        folder: &Path,
        java: Java,
        settings: &[(&str, String)],
    ) -> Outcome<Self> {
        let conf = folder.join("conf");
        fresh_folder(&conf)?;
        run(Command::new("cp")
            .arg("-r")
            .arg(home.join("conf/."))
            .arg(&conf))?;
        let path = conf.join("flink-conf.yaml");
        let mut text = std::fs::read_to_string(&path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        text.push('\n');
        match &java {
            Java::System => text.push_str(&format!("env.java.opts: {}\n", java_options())),
            Java::Eleven(home) => text.push_str(&format!("env.java.home: {}\n", home.display())),
        }
        // On a busy machine the time between two jobs may be long; which worker runs them is checked.
        text.push_str("resourcemanager.taskmanager-timeout: 600000\n");
        for (name, value) in settings {
            text.push_str(&format!("{name}: {value}\n"));
        }
        std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(Self {
            home: home.to_path_buf(),
            folder: folder.to_path_buf(),
            java,
            conf,
        })
    }

    /// One of the scripts in `bin`, with our library named in its environment.
    pub fn script(&self, name: &str) -> Command {
        let mut command = self.with_environment(Command::new(self.home.join("bin").join(name)));
        command.env("FLINK_LOG_DIR", &self.folder);
        command
    }

    /// The same for a script that is ended when it takes too long.
    pub fn limited_script(&self, name: &str, seconds: u64) -> Command {
        let mut command = self.with_environment(Command::new("timeout"));
        command
            .arg(seconds.to_string())
            .arg(self.home.join("bin").join(name))
            .env("FLINK_LOG_DIR", &self.folder);
        command
    }

    /// A class of the distribution, or a source file that uses it.
    pub fn java(&self, what: &str) -> Command {
        let program = match &self.java {
            Java::System => PathBuf::from("java"),
            Java::Eleven(home) => home.join("bin/java"),
        };
        let mut command = self.with_environment(Command::new(program));
        if let Java::System = self.java {
            command.args(java_options().split_whitespace());
        }
        command.arg("-cp").arg(self.home.join("lib/*")).arg(what);
        command
    }

    fn with_environment(&self, mut command: Command) -> Command {
        command
            .env("MESOS_NATIVE_JAVA_LIBRARY", release::library())
            .env("LIBPROCESS_IP", "127.0.0.1")
            .env("FLINK_CONF_DIR", &self.conf)
            // Cargo's own folders must not stand in for the library named above.
            .env_remove("LD_LIBRARY_PATH");
        match &self.java {
            Java::System => command.env("JVM_ARGS", java_options()),
            Java::Eleven(home) => command.env("JAVA_HOME", home).env_remove("JVM_ARGS"),
        };
        command
    }
}
