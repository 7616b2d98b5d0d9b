//! The loop of one accepted connection: messages and ordinary requests in the order they came.
//!
//! Compat: libprocess §1 "Receiving", §2, §5.

use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::body::{BodyError, BodyStream};
use super::decode::{Item, RawRequest, RequestDecoder};
use super::message::{Request, Response};
use super::query::{self, Query};
use super::serialize::DateCache;
use crate::actor::node::Inner;
use crate::actor::receive::{Receiver, Verdict};

mod answer;

/// Bytes read at a time. A connection starts small, because an agent or driver that is quiet should
/// cost little memory, and grows while its reads fill the buffer.
const LEAST_READ_BYTES: usize = 4 * 1024;
const MOST_READ_BYTES: usize = 80 * 1024;
/// Largest step by which the read buffer grows for an announced body.
const MAX_GROWTH_BYTES: usize = 4 * 1024 * 1024;
/// Answers that may wait for a peer that does not read them; beyond it, nothing more is read.
const MAX_UNSENT_BYTES: usize = 1024 * 1024;
/// Pipelined bytes that may wait behind a request that is being answered.
const MAX_PIPELINED_BYTES: usize = 1024 * 1024;
/// Pieces of a streaming request that may wait for its handler.
const STREAM_PIECES: usize = 16;

/// Serves one connection until either side closes it.
pub(crate) async fn serve(node: Arc<Inner>, stream: TcpStream, peer: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let mut connection = Connection {
        receiver: Receiver::new(node.clone(), peer.ip()),
        node,
        peer,
        wire: Wire {
            stream,
            input: BytesMut::new(),
            output: BytesMut::new(),
            read_bytes: LEAST_READ_BYTES,
            read_closed: false,
            write_failed: false,
        },
        decoder: RequestDecoder::new(),
        date: DateCache::default(),
    };
    connection.run().await;
}

/// The socket with its buffers.
struct Wire {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
    /// How much the next read asks for.
    read_bytes: usize,
    /// The peer sends nothing more.
    read_closed: bool,
    /// The peer reads nothing more. What it sent is handled all the same.
    write_failed: bool,
}

struct Connection {
    node: Arc<Inner>,
    receiver: Receiver,
    peer: SocketAddr,
    wire: Wire,
    decoder: RequestDecoder,
    date: DateCache,
}

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Continue,
    Close,
}

impl Connection {
    async fn run(&mut self) {
        loop {
            if self.handle_input().await == Next::Close {
                self.wire.flush().await;
                self.wire.close().await;
                return;
            }
            if self.decoder.take_expects_continue() {
                self.wire.output.put_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            self.wire.try_flush();
            if self.wire.read_closed {
                self.wire.flush().await;
                return;
            }
            self.wire.wait(self.decoder.wanted()).await;
        }
    }

    /// Handles every request that is complete in the input.
    async fn handle_input(&mut self) -> Next {
        loop {
            let next = match self.decoder.next(&mut self.wire.input) {
                Err(error) => {
                    tracing::debug!("Closing connection from {}: {error}", self.peer);
                    Next::Close
                }
                Ok(Item::NeedMore) => return Next::Continue,
                Ok(Item::Message { body, keep_alive }) => self.message(body, keep_alive).await,
                Ok(Item::Http(raw)) => self.request(*raw).await,
                Ok(Item::StreamHead(raw)) => self.streaming_request(*raw).await,
                // Only left over from a streaming request whose handler is gone.
                Ok(Item::Piece(_) | Item::StreamEnd(_)) => Next::Continue,
                Ok(Item::BadBody { keep_alive }) => {
                    let response = Response::internal_error("failed to decode body");
                    self.answer(response, keep_alive)
                }
            };
            if next == Next::Close {
                return Next::Close;
            }
        }
    }

    async fn message(&mut self, body: Bytes, keep_alive: bool) -> Next {
        let (target, from) = (self.decoder.message_target(), self.decoder.message_from());
        let response = match self.receiver.deliver(target, from, body).await {
            Verdict::Accepted if keep_alive => {
                self.wire
                    .output
                    .put_slice(b"HTTP/1.1 202 Accepted\r\nDate: ");
                self.wire.output.put_slice(self.date.now().as_bytes());
                self.wire.output.put_slice(b"\r\nContent-Length: 0\r\n\r\n");
                return Next::Continue;
            }
            Verdict::Accepted => Response::accepted(),
            Verdict::NotFound => Response::not_found(),
            Verdict::BadRequest(text) => Response::bad_request(text),
            Verdict::Internal(text) => Response::internal_error(text),
        };
        self.answer(response, keep_alive)
    }

    /// Handles an ordinary request to its end, streams included.
    async fn request(&mut self, raw: RawRequest) -> Next {
        let keep_alive = raw.keep_alive;
        let request = match build(raw, self.peer) {
            Ok(request) => request,
            Err(response) => return self.answer(response, keep_alive),
        };
        let client = answer::Client::of(&request, keep_alive);
        let Some(handler) = self.node.handler() else {
            return self.answer(Response::not_found(), keep_alive);
        };
        self.wire.try_flush();
        let mut pending = AssertUnwindSafe(handler.call(request)).catch_unwind();
        let response = loop {
            tokio::select! {
                response = &mut pending => break response.unwrap_or_else(|_| failed()),
                () = self.wire.read_ahead() => {}
            }
        };
        self.send(response, client).await
    }

    /// As [`Self::request`], but the body goes to the handler while it runs.
    async fn streaming_request(&mut self, raw: RawRequest) -> Next {
        let (sender, receiver) = mpsc::channel(STREAM_PIECES);
        let mut sender = Some(sender);
        let mut request = match build(raw, self.peer) {
            Ok(request) => request,
            Err(response) => {
                self.answer(response, false);
                return Next::Close;
            }
        };
        request.stream = Some(BodyStream { receiver });
        // The rest of the body may never come, so the connection is not used again.
        let client = answer::Client::last(&request);
        let Some(handler) = self.node.handler() else {
            self.answer(Response::not_found(), false);
            return Next::Close;
        };
        let mut pending = AssertUnwindSafe(handler.call(request)).catch_unwind();
        let response = loop {
            tokio::select! {
                response = &mut pending => break response.unwrap_or_else(|_| failed()),
                () = feed(&mut self.wire, &mut self.decoder, &mut sender), if sender.is_some() => {}
            }
        };
        drop(sender);
        self.send(response, client).await;
        Next::Close
    }
}

/// Reads and passes on one round of a streaming body.
async fn feed(
    wire: &mut Wire,
    decoder: &mut RequestDecoder,
    sender: &mut Option<mpsc::Sender<Result<Bytes, BodyError>>>,
) {
    let Some(body) = sender.as_ref() else { return };
    // A slot is taken before a piece is decoded: nothing is lost when this future is dropped.
    let Ok(slot) = body.reserve().await else {
        *sender = None;
        return;
    };
    match decoder.next(&mut wire.input) {
        Ok(Item::Piece(piece)) => slot.send(Ok(piece)),
        Ok(Item::NeedMore) if wire.read_closed => {
            slot.send(Err(BodyError::Disconnected));
            *sender = None;
        }
        Ok(Item::NeedMore) => {
            drop(slot);
            wire.wait(0).await;
        }
        Ok(Item::StreamEnd(Ok(()))) => {
            drop(slot);
            *sender = None;
        }
        Ok(
            Item::StreamEnd(Err(_))
            | Item::Message { .. }
            | Item::Http(_)
            | Item::StreamHead(_)
            | Item::BadBody { .. },
        )
        | Err(_) => {
            slot.send(Err(BodyError::Malformed));
            *sender = None;
        }
    }
}

fn failed() -> Response {
    Response::internal_error("discarded future")
}

fn build(raw: RawRequest, peer: SocketAddr) -> Result<Request, Response> {
    let target = raw.target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = query::decode(path)
        .map_err(|reason| Response::bad_request(format!("Failed to decode URL path: {reason}")))?;
    let query = Query::parse(query)
        .map_err(|reason| Response::bad_request(format!("Failed to decode URL query: {reason}")))?;
    Ok(Request {
        method: raw.method,
        path,
        query,
        target: raw.target,
        headers: raw.headers,
        body: raw.body,
        stream: None,
        peer,
        principal: None,
    })
}

impl Wire {
    /// Waits until there is input, or output could be written, and does that.
    async fn wait(&mut self, wanted: usize) {
        self.release_buffers();
        let reading = self.input.len() < MAX_PIPELINED_BYTES
            && (self.output.len() < MAX_UNSENT_BYTES || self.write_failed);
        let interest = match (reading, self.output.is_empty() || self.write_failed) {
            (true, true) => Interest::READABLE,
            (true, false) => Interest::READABLE | Interest::WRITABLE,
            (false, _) => Interest::WRITABLE,
        };
        let Ok(ready) = self.stream.ready(interest).await else {
            self.read_closed = true;
            return;
        };
        if ready.is_writable() {
            self.try_flush();
        }
        if ready.is_readable() || ready.is_read_closed() {
            self.read(wanted);
        }
    }

    /// Reads while a request is being answered; never ends once the buffer is full or closed.
    async fn read_ahead(&mut self) {
        if self.read_closed || self.input.len() >= MAX_PIPELINED_BYTES {
            return std::future::pending().await;
        }
        match self.stream.readable().await {
            Ok(()) => self.read(0),
            Err(_) => self.read_closed = true,
        }
    }

    fn read(&mut self, wanted: usize) {
        let missing = wanted
            .saturating_sub(self.input.len())
            .min(MAX_GROWTH_BYTES);
        let room = missing.max(self.read_bytes);
        self.input.reserve(room);
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => self.read_closed = true,
            Ok(count) if count >= self.read_bytes => {
                self.read_bytes = (self.read_bytes * 4).min(MOST_READ_BYTES);
            }
            Ok(count) if count < self.read_bytes / 8 => {
                self.read_bytes = (self.read_bytes / 2).max(LEAST_READ_BYTES);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.read_closed = true,
        }
    }

    /// Gives buffers back while the connection is quiet.
    fn release_buffers(&mut self) {
        if self.input.is_empty() && self.read_bytes == LEAST_READ_BYTES {
            self.input = BytesMut::new();
        }
        if self.output.is_empty() && self.output.capacity() > LEAST_READ_BYTES {
            self.output = BytesMut::new();
        }
    }

    /// Writes what can be written at once.
    fn try_flush(&mut self) {
        while !self.output.is_empty() && !self.write_failed {
            match self.stream.try_write(&self.output) {
                Ok(0) => self.write_failed = true,
                Ok(written) => bytes::Buf::advance(&mut self.output, written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.write_failed = true,
            }
        }
        if self.write_failed {
            self.output.clear();
        }
    }

    /// Writes everything.
    async fn flush(&mut self) {
        self.try_flush();
        while !self.output.is_empty() {
            if self.stream.writable().await.is_err() {
                self.write_failed = true;
            }
            self.try_flush();
        }
    }
}
