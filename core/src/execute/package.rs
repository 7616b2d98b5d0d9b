//! The package of a command, copied to HDFS by the `hadoop` program. Compat: operations §3.5 (HDFS package).

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mesos_daemon::flags::ExecuteFlags;

use super::Refusal;

/// What `hadoop fs -test -e` ends with where there is no such file.
const ABSENT: i32 = 1;

/// A `hadoop` program that answers.
pub struct Hdfs {
    program: String,
}

impl Hdfs {
    pub fn new(program: &str) -> Result<Self, Refusal> {
        // By a shell, as the original does: the flag may carry arguments.
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("{program} version >/dev/null 2>&1"))
            .stdin(Stdio::null())
            .status()
            .map_err(|error| {
                Refusal::Plain(format!(
                    "Failed to create HDFS client: Failed to exec hadoop subprocess: {error}"
                ))
            })?;
        if status.success() {
            return Ok(Self {
                program: program.to_owned(),
            });
        }
        Err(Refusal::Plain(format!(
            "Failed to create HDFS client: Hadoop client is not available, exit status: {}",
            status.into_raw()
        )))
    }

    /// Copies the file to `/USER/FILE`; answers where the agent finds it.
    pub fn upload(&self, file: &str, user: &str, flags: &ExecuteFlags) -> Result<String, Refusal> {
        let path = format!("/{user}/{}", file.trim_start_matches('/'));
        let exists = self.exists(&path).map_err(|reason| {
            Refusal::Plain(format!("Failed to check if file exists: {reason}"))
        })?;
        if exists && !flags.overwrite {
            return Err(Refusal::plain("File already exists (see --overwrite)"));
        }
        if exists {
            self.run(&["fs", "-rm", &path]).map_err(|reason| {
                Refusal::Plain(format!("Failed to remove existing file: {reason}"))
            })?;
        }
        self.copy(file, &path)
            .map_err(|reason| Refusal::Plain(format!("Failed to copy package: {reason}")))?;
        Ok(format!("hdfs://{}{path}", flags.hdfs))
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        let output = self.output(&["fs", "-test", "-e", path])?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(ABSENT) => Ok(false),
            Some(_) | None => Err(unexpected(&output)),
        }
    }

    fn copy(&self, file: &str, path: &str) -> Result<(), String> {
        let size = Path::new(file)
            .metadata()
            .map_err(|_| format!("Failed to find '{file}'"))?
            .len();
        tracing::info!("Copying '{file}' ({size} bytes) to '{path}' in HDFS");
        self.run(&["fs", "-copyFromLocal", file, path])
    }

    fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(());
        }
        Err(unexpected(&output))
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, String> {
        Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("Failed to execute the subprocess: {error}"))
    }
}

fn unexpected(output: &Output) -> String {
    format!(
        "Unexpected result from the subprocess: status='{}', stdout='{}', stderr='{}'",
        output.status.into_raw(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
