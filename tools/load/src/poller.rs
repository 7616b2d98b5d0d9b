//! Clients that read one endpoint as fast as it answers, and one client beside them.

use crate::arguments::Arguments;
use crate::statistics::Latencies;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The client beside the others waits this long between its requests.
const BESIDE_INTERVAL: Duration = Duration::from_millis(20);

pub(crate) async fn poll(arguments: &Arguments) -> Result<(), String> {
    let master = arguments.text("master", "127.0.0.1:5050");
    let path = arguments.text("path", "/state");
    let beside = arguments.text("beside", "/health");
    let clients = arguments.number("clients", 10)?;
    let until = Instant::now() + Duration::from_secs(arguments.number("seconds", 8)? as u64);
    let mut readers = JoinSet::new();
    for _ in 0..clients {
        readers.spawn(read(master.clone(), path.clone(), Duration::ZERO, until));
    }
    let (mut canary, _) = beside_them(master, beside.clone(), until).await?;
    let mut all = Latencies::default();
    let mut bytes = 0;
    while let Some(done) = readers.join_next().await {
        let (latencies, read) = done.map_err(|error| error.to_string())??;
        all.append(latencies);
        bytes += read;
    }
    let answers = all.count();
    println!(
        "{path}: {answers} answers of {} bytes, {}",
        bytes / answers.max(1),
        all.summary()
    );
    println!(
        "{beside} beside them: {} answers, {}",
        canary.count(),
        canary.summary()
    );
    Ok(())
}

/// The client beside the others has a thread of its own, so that it does not wait for them here.
async fn beside_them(
    master: String,
    path: String,
    until: Instant,
) -> Result<(Latencies, usize), String> {
    let alone = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(read(master, path, BESIDE_INTERVAL, until))
    };
    let done = tokio::task::spawn_blocking(alone).await;
    done.map_err(|error| error.to_string())?
}

/// Sends GETs over one connection until the deadline; latencies and body bytes.
async fn read(
    master: String,
    path: String,
    interval: Duration,
    until: Instant,
) -> Result<(Latencies, usize), String> {
    let fail = |error: std::io::Error| format!("{master}{path}: {error}");
    let mut stream = TcpStream::connect(&master).await.map_err(fail)?;
    stream.set_nodelay(true).map_err(fail)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {master}\r\n\r\n");
    let mut latencies = Latencies::default();
    let mut total = 0;
    let mut buffer = vec![0; 256 * 1024];
    while Instant::now() < until {
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.map_err(fail)?;
        total += answer(&mut stream, &mut buffer).await.map_err(fail)?;
        latencies.add(sent.elapsed());
        if !interval.is_zero() {
            tokio::time::sleep(interval).await;
        }
    }
    Ok((latencies, total))
}

/// Reads one answer with a Content-Length; the body's length.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    let (head_end, length) = loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += count;
        let Some(end) = buffer[..filled].windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse::<usize>().ok())
            .ok_or(std::io::ErrorKind::InvalidData)?;
        break (end + 4, length);
    };
    let mut left = length.saturating_sub(filled - head_end);
    while left > 0 {
        let part = left.min(buffer.len());
        let count = stream.read(&mut buffer[..part]).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        left -= count;
    }
    Ok(length)
}
