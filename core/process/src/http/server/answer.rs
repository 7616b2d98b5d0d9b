//! Sending answers: in memory, from a file, or as a stream.

use std::io::IoSlice;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Connection, Next, Wire};
use crate::http::body::Body;
use crate::http::message::{Request, Response};
use crate::http::serialize::{self, GZIP_FROM_BYTES, Length};
use crate::http::stream::StreamBody;

/// Bytes of a file read at a time.
const FILE_BYTES: usize = 64 * 1024;
/// Bytes, and pieces of them, that one write of a long body hands over at most.
const SLICE_BYTES: usize = 128 * 1024;
const SLICE_PARTS: usize = 256;
/// Bodies from this size on are compressed outside the connection's task.
const BLOCKING_GZIP_BYTES: usize = 256 * 1024;
/// How long a closed connection waits for the client to read its answer.
const LINGER: Duration = Duration::from_secs(1);
/// How long a client may take to read the rest of a stream that has ended: what waits takes memory.
const DRAIN_WAIT: Duration = Duration::from_secs(5);
/// How often a client that does not read is asked whether its stream has ended.
const STALL_CHECK: Duration = Duration::from_secs(1);

/// What must be known of a request to answer it.
#[derive(Clone, Copy)]
pub(super) struct Client {
    keep_alive: bool,
    gzip: bool,
    head: bool,
    /// The client expects to go on, but the connection ends.
    announce_close: bool,
}

impl Client {
    pub fn of(request: &Request, keep_alive: bool) -> Self {
        let gzip = request.accepts_encoding("gzip");
        let head = request.method == Method::HEAD;
        Self {
            keep_alive,
            gzip,
            head,
            announce_close: false,
        }
    }

    /// Whether a body of this length is compressed for the client.
    fn gzips(self, response: &Response, length: usize) -> bool {
        self.gzip && length >= GZIP_FROM_BYTES && !response.has_header("content-encoding")
    }

    /// A client that may not use the connection again, whatever it asked for.
    pub fn last(request: &Request) -> Self {
        Self {
            announce_close: true,
            ..Self::of(request, false)
        }
    }
}

impl Connection {
    /// Queues a short answer.
    pub(super) fn answer(&mut self, response: Response, keep_alive: bool) -> Next {
        let body = match &response.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Empty
            | Body::Parts(_)
            | Body::File(_)
            | Body::Opened(_)
            | Body::Stream(_)
            | Body::Sized(..) => Bytes::new(),
        };
        let next = next(&response, keep_alive);
        self.put_head(&response, Length::Fixed(body.len() as u64));
        self.wire.output.put_slice(&body);
        next
    }

    /// Sends any answer to its end.
    pub(super) async fn send(&mut self, mut response: Response, client: Client) -> Next {
        let next = next(&response, client.keep_alive);
        if client.announce_close && !response.has_header("connection") {
            response.headers.push(("Connection", "close".to_owned()));
        }
        match std::mem::take(&mut response.body) {
            Body::Empty => self.put_head(&response, Length::Fixed(0)),
            Body::Bytes(bytes) => {
                let bytes = compress(&mut response, bytes, client).await;
                self.send_parts(&response, &[bytes], client).await;
            }
            Body::Parts(parts) if client.gzips(&response, length_of(&parts)) => {
                let whole = tokio::task::spawn_blocking(move || Bytes::from(parts.concat()));
                let bytes = whole.await.unwrap_or_default();
                let bytes = compress(&mut response, bytes, client).await;
                self.send_parts(&response, &[bytes], client).await;
            }
            Body::Parts(parts) => self.send_parts(&response, &parts, client).await,
            Body::File(path) => {
                let file = open(&path).await;
                return self.send_file(response, file, client, next).await;
            }
            Body::Opened(file) => {
                let file = tokio::fs::File::from_std(file);
                return self.send_file(response, Some(file), client, next).await;
            }
            Body::Stream(body) => {
                self.put_head(&response, Length::Chunked);
                if client.head {
                    return next;
                }
                return self.wire.stream(body, next).await;
            }
            Body::Sized(length, receiver) => {
                self.put_head(&response, Length::Fixed(length));
                if client.head {
                    return next;
                }
                return self.wire.sized(length, receiver, next).await;
            }
        }
        self.wire.flush().await;
        if self.wire.write_failed {
            Next::Close
        } else {
            next
        }
    }

    async fn send_parts(&mut self, response: &Response, parts: &[Bytes], client: Client) {
        self.put_head(response, Length::Fixed(length_of(parts) as u64));
        if !client.head {
            self.wire.write(parts).await;
        }
    }

    async fn send_file(
        &mut self,
        response: Response,
        file: Option<tokio::fs::File>,
        client: Client,
        next: Next,
    ) -> Next {
        let Some((length, file)) = regular(file).await else {
            let response = Response::not_found();
            self.put_head(&response, Length::Fixed(response.bytes().len() as u64));
            self.wire.output.put_slice(response.bytes());
            return next;
        };
        self.put_head(&response, Length::Fixed(length));
        if client.head {
            return next;
        }
        let mut file = file.take(length);
        let mut left = length;
        while left > 0 && !self.wire.write_failed {
            let output = &mut self.wire.output;
            output.reserve(FILE_BYTES);
            match file.read_buf(output).await {
                // The file became shorter: the announced length cannot be kept.
                Ok(0) | Err(_) => return Next::Close,
                Ok(count) => left -= count as u64,
            }
            self.wire.flush().await;
        }
        if self.wire.write_failed {
            Next::Close
        } else {
            next
        }
    }

    fn put_head(&mut self, response: &Response, length: Length) {
        serialize::put_head(&mut self.wire.output, response, length, self.date.now());
    }
}

/// Opens a file that is regular. The check comes first because opening a FIFO would wait.
async fn open(path: &std::path::Path) -> Option<tokio::fs::File> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    if !metadata.is_file() {
        return None;
    }
    tokio::fs::File::open(path).await.ok()
}

/// The length of a file that is there and regular.
async fn regular(file: Option<tokio::fs::File>) -> Option<(u64, tokio::fs::File)> {
    let file = file?;
    let metadata = file.metadata().await.ok()?;
    metadata.is_file().then_some((metadata.len(), file))
}

fn next(response: &Response, keep_alive: bool) -> Next {
    let closes = response.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
    });
    if keep_alive && !closes {
        Next::Continue
    } else {
        Next::Close
    }
}

/// Compresses a large body when the client takes it.
async fn compress(response: &mut Response, bytes: Bytes, client: Client) -> Bytes {
    if !client.gzips(response, bytes.len()) {
        return bytes;
    }
    let packed = if bytes.len() < BLOCKING_GZIP_BYTES {
        serialize::gzip(&bytes)
    } else {
        let bytes = bytes.clone();
        tokio::task::spawn_blocking(move || serialize::gzip(&bytes))
            .await
            .ok()
            .flatten()
    };
    let Some(packed) = packed else { return bytes };
    response
        .headers
        .push(("Content-Encoding", "gzip".to_owned()));
    packed
}

impl Wire {
    /// Writes the queued head and a body; a long body is not copied.
    async fn write(&mut self, parts: &[Bytes]) {
        if length_of(parts) < FILE_BYTES {
            parts.iter().for_each(|part| self.output.put_slice(part));
            return;
        }
        self.flush().await;
        let (mut next, mut skip) = (0, 0);
        while !self.write_failed {
            let slices = gather(&parts[next..], skip);
            if slices.is_empty() {
                return;
            }
            match self.stream.try_write_vectored(&slices) {
                Ok(0) => self.write_failed = true,
                Ok(mut written) => {
                    while written > 0 {
                        let step = written.min(parts[next].len() - skip);
                        (written, skip) = (written - step, skip + step);
                        if skip == parts[next].len() {
                            (next, skip) = (next + 1, 0);
                        }
                    }
                    // A worker is not held for longer than one slice takes.
                    tokio::task::yield_now().await;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.write_failed = self.stream.writable().await.is_err();
                }
                Err(_) => self.write_failed = true,
            }
        }
    }

    /// Sends a stream until it ends, is cut, or the client leaves.
    async fn stream(&mut self, body: StreamBody, next: Next) -> Next {
        let cut = body.cut();
        tokio::select! {
            () = cut => {
                self.give_up();
                Next::Close
            }
            next = self.chunks(body, next) => next,
        }
    }

    /// One chunk per item.
    async fn chunks(&mut self, mut body: StreamBody, next: Next) -> Next {
        let mut until = None;
        self.drain(&body, &mut until).await;
        loop {
            let item = tokio::select! {
                item = body.recv() => item,
                () = self.read_ahead() => {
                    if self.read_closed {
                        return Next::Close;
                    }
                    continue;
                }
            };
            let ended = item.is_none();
            item.iter()
                .for_each(|bytes| put_chunk(&mut self.output, bytes));
            while self.output.len() < FILE_BYTES
                && let Ok(bytes) = body.try_recv()
            {
                put_chunk(&mut self.output, &bytes);
            }
            if ended {
                self.output.put_slice(b"0\r\n\r\n");
            }
            self.drain(&body, &mut until).await;
            if self.write_failed || self.read_closed {
                return Next::Close;
            }
            if ended {
                return next;
            }
        }
    }

    /// Writes everything, unless the client leaves, or the stream has ended and `until` is over.
    async fn drain(&mut self, body: &StreamBody, until: &mut Option<Instant>) {
        self.try_flush();
        while !self.output.is_empty() && !self.read_closed {
            if until.is_none() && body.is_over() {
                *until = Some(Instant::now() + DRAIN_WAIT);
            }
            let pause = until.unwrap_or_else(|| Instant::now() + STALL_CHECK);
            let _ = tokio::time::timeout_at(pause, self.wait(0)).await;
            if until.is_some_and(|until| Instant::now() >= until) {
                return self.give_up();
            }
        }
    }

    /// Nothing more goes to a client that does not read.
    fn give_up(&mut self) {
        self.write_failed = true;
        self.output.clear();
    }

    /// Sends exactly `left` bytes of a stream; a shorter or longer stream ends the connection.
    async fn sized(
        &mut self,
        mut left: u64,
        mut receiver: mpsc::Receiver<Bytes>,
        next: Next,
    ) -> Next {
        self.flush_or_notice_close().await;
        while left > 0 && !self.write_failed && !self.read_closed {
            let Some(bytes) = receiver.recv().await else {
                return Next::Close;
            };
            let Some(rest) = left.checked_sub(bytes.len() as u64) else {
                return Next::Close;
            };
            left = rest;
            self.output.put_slice(&bytes);
            self.flush_or_notice_close().await;
        }
        if self.write_failed || self.read_closed {
            Next::Close
        } else {
            next
        }
    }

    /// Writes everything, unless the client leaves while it does not read.
    async fn flush_or_notice_close(&mut self) {
        self.try_flush();
        while !self.output.is_empty() && !self.read_closed {
            self.wait(0).await;
        }
    }

    /// Ends the writing side, then waits a little for the client to read the answer: closing with
    /// unread input would reset the connection and could destroy the answer.
    pub(super) async fn close(&mut self) {
        if self.write_failed || self.stream.shutdown().await.is_err() {
            return;
        }
        let rest = async {
            let mut discard = BytesMut::with_capacity(FILE_BYTES);
            while !self.read_closed && self.stream.readable().await.is_ok() {
                discard.clear();
                match self.stream.try_read_buf(&mut discard) {
                    Ok(0) => return,
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        };
        let _ = tokio::time::timeout(LINGER, rest).await;
    }
}

fn length_of(parts: &[Bytes]) -> usize {
    parts.iter().map(Bytes::len).sum()
}

/// What the next write is about: the parts from `skip` bytes into the first one on, up to a slice.
fn gather(parts: &[Bytes], mut skip: usize) -> Vec<IoSlice<'_>> {
    let mut slices = Vec::new();
    let mut room = SLICE_BYTES;
    for part in parts {
        let rest = &part[skip..];
        skip = 0;
        let taken = rest.len().min(room);
        if taken > 0 {
            slices.push(IoSlice::new(&rest[..taken]));
        }
        room -= taken;
        if room == 0 || slices.len() == SLICE_PARTS {
            break;
        }
    }
    slices
}

/// Appends one chunk. An empty one would end the body and is left out.
fn put_chunk(output: &mut BytesMut, bytes: &Bytes) {
    if bytes.is_empty() {
        return;
    }
    output.put_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    output.put_slice(bytes);
    output.put_slice(b"\r\n");
}
