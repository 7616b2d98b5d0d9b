//! How long a daemon takes to serve, and what it weighs when idle.

use crate::arguments::Arguments;
use crate::statistics::Latencies;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(30);
/// What is resident after this time counts as idle.
const SETTLED: Duration = Duration::from_secs(2);

/// A daemon that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) async fn start(arguments: &Arguments) -> Result<(), String> {
    let program = arguments.text("program", "mesos-master");
    let template = arguments.text("arguments", "");
    let mut until_health = Latencies::default();
    let mut resident = Vec::new();
    for round in 0..arguments.number("rounds", 5)? {
        let port = free_port()?;
        let folder =
            std::env::temp_dir().join(format!("mesos-load-{}-{round}", std::process::id()));
        let filled = template
            .replace("{port}", &port.to_string())
            .replace("{dir}", &folder.to_string_lossy());
        let began = Instant::now();
        let child = Command::new(&program)
            .args(filled.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let running = Running(child);
        while !answers(port).await {
            if began.elapsed() > LIMIT {
                return Err(format!("{program} does not serve /health"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        until_health.add(began.elapsed());
        tokio::time::sleep(SETTLED).await;
        resident.push(resident_kib(running.0.id())?);
        drop(running);
        // A folder that stays behind is in the temporary folder.
        let _ = std::fs::remove_dir_all(&folder);
    }
    resident.sort_unstable();
    println!("start to /health: {}", until_health.summary());
    println!(
        "idle resident memory: {:.1} MB",
        resident[resident.len() / 2] as f64 / 1024.0
    );
    Ok(())
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener
        .local_addr()
        .map(|address| address.port())
        .map_err(|error| error.to_string())
}

async fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let request = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut answer = Vec::new();
    let exchanged =
        stream.write_all(request).await.is_ok() && stream.read_to_end(&mut answer).await.is_ok();
    exchanged && answer.starts_with(b"HTTP/1.1 200")
}

fn resident_kib(pid: u32) -> Result<u64, String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
        .map_err(|error| format!("the daemon ended: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| "the kernel tells no resident size".to_owned())
}
