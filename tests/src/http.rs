//! The few HTTP requests that tests make.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Status code and body of an answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// Sends raw bytes on a fresh connection and reads until the peer closes it.
pub fn exchange(address: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// One request with `Connection: close`.
pub fn request(address: &str, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(address, text.as_bytes())?;
    let broken = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let end = answer
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(broken)?;
    let body = answer[end + 4..].to_vec();
    Ok(Answer { status, head, body })
}

/// GET that must answer 200 with JSON; `None` otherwise.
#[must_use]
pub fn get_json(address: &str, path: &str) -> Option<Value> {
    let answer = request(address, "GET", path, "").ok()?;
    if answer.status != 200 {
        return None;
    }
    serde_json::from_slice(&answer.body).ok()
}
