//! The v1 executor API: requests become calls of the machine, its answers and events become HTTP.
//!
//! A stream whose client does not read is cut rather than fed without bound: the executor
//! subscribes again and is told what it missed.
//!
//! Compat: agent §17.5; libprocess §6.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use mesos_process::http::{Body, BoundedStream, MediaType, Method, Request, Response};
use mesos_process::recordio;
use mesos_proto::mesos::executor::{Call, call};
use mesos_proto::{Raw, json, v1};
use prost::Name;
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use crate::call::{Answer, CallId, ExecutorCall, RECOVERING, validate};
use crate::event::Event;

/// Events that may wait for one executor to read them.
const STREAM_EVENTS_MAX: usize = 1024;
/// Bytes of events that may wait for one executor to read them.
const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Calls that wait for the machine's answer.
#[derive(Default)]
pub(super) struct Calls {
    next: AtomicU64,
    waiting: Mutex<HashMap<CallId, Waiting>>,
}

struct Waiting {
    reply: oneshot::Sender<Response>,
    media: MediaType,
}

impl Calls {
    fn enter(&self, media: MediaType) -> (CallId, oneshot::Receiver<Response>) {
        let id = CallId(self.next.fetch_add(1, Ordering::Relaxed));
        let (reply, response) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(id, Waiting { reply, media });
        (id, response)
    }

    fn take(&self, id: CallId) -> Option<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(&id)
    }
}

/// Answers `POST /api/v1/executor`.
pub(super) async fn serve(
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<Event>,
    request: Request,
) -> Response {
    let (call, media) = match read(&shared, &request) {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let (id, response) = shared.calls.enter(media);
    let call = ExecutorCall {
        id,
        principal: request.principal,
        body: call.has_unknown().then(|| call.bytes().clone()),
        call: call.into_value(),
    };
    let sent = events.send(Event::ExecutorCall(Box::new(call)));
    let answer = match sent {
        Ok(()) => response.await.ok(),
        Err(_) => None,
    };
    // Without an answer the agent is about to be gone.
    answer.unwrap_or_else(|| Response::unavailable(RECOVERING))
}

/// The checks that need no table, in their order; the type is that of the answer.
fn read(shared: &Shared, request: &Request) -> Result<(Raw<Call>, MediaType), Response> {
    if !shared.agent().takes_executors() {
        return Err(Response::unavailable(RECOVERING));
    }
    if request.method != Method::POST {
        return Err(Response::method_not_allowed(&["POST"], &request.method));
    }
    let call = parse(MediaType::of_body(request)?, &request.body)?;
    validate(call.get()).map_err(|text| {
        Response::bad_request(format!("Failed to validate Executor::Call: {text}"))
    })?;
    let media = if call.get().r#type() == call::Type::Subscribe {
        MediaType::accepted_by(request)?
    } else {
        MediaType::Json
    };
    Ok((call, media))
}

fn parse(media: MediaType, body: &Bytes) -> Result<Raw<Call>, Response> {
    let bytes = match media {
        MediaType::Protobuf => body.clone(),
        MediaType::Json => {
            let value = json::parse(body).map_err(|error| {
                Response::bad_request(format!("Failed to parse body into JSON: {error}"))
            })?;
            let failed = |error: &dyn std::fmt::Display| {
                Response::bad_request(format!(
                    "Failed to convert JSON into Call protobuf: {error}"
                ))
            };
            let call: v1::executor::Call = json::from_value(&value).map_err(|e| failed(&e))?;
            prost::Message::encode_to_vec(&call).into()
        }
    };
    // The two versions of a call differ in names only.
    Raw::from_bytes(bytes)
        .map_err(|_| Response::bad_request("Failed to parse body into Call protobuf"))
}

/// The open streams, fed by the thread that does the machine's effects.
#[derive(Default)]
pub(super) struct Streams {
    open: HashMap<CallId, Stream>,
}

struct Stream {
    records: BoundedStream,
    media: MediaType,
    /// Dropped with the stream: whoever watches the client lets go of it.
    _watch: oneshot::Sender<()>,
}

impl Streams {
    pub(super) fn answer(
        &mut self,
        calls: &Calls,
        id: CallId,
        answer: &Answer,
        events: &mpsc::UnboundedSender<Event>,
    ) {
        let Some(Waiting { reply, media }) = calls.take(id) else {
            return;
        };
        let response = match answer {
            Answer::Accepted => Response::accepted(),
            Answer::Unknown => Response::of(501),
            Answer::Refused(refusal) => Response::with_text(refusal.status(), refusal.text()),
            Answer::Subscribed => {
                let body = self.open(id, media, events.clone());
                Response::content(media.as_str(), body)
            }
        };
        // A client that left already takes its stream with it, which the watch reports.
        let _ = reply.send(response);
    }

    fn open(&mut self, id: CallId, media: MediaType, events: mpsc::UnboundedSender<Event>) -> Body {
        let (records, body) = BoundedStream::new(STREAM_EVENTS_MAX, STREAM_BYTES_MAX);
        let (watch, unwatched) = oneshot::channel();
        let closed = records.closed();
        tokio::spawn(async move {
            tokio::select! {
                () = closed => {
                    // The loop is gone when the agent stops.
                    let _ = events.send(Event::StreamEnded { stream: id });
                }
                _ = unwatched => {}
            }
        });
        let stream = Stream {
            records,
            media,
            _watch: watch,
        };
        self.open.insert(id, stream);
        Body::Stream(body)
    }

    pub(super) fn send(
        &mut self,
        id: CallId,
        event: &Bytes,
        events: &mpsc::UnboundedSender<Event>,
    ) {
        let Some(stream) = self.open.get_mut(&id) else {
            return;
        };
        if !stream.push(event) {
            tracing::warn!("Ending an executor's stream of events: its client does not read it");
            // It would keep in memory what it does not read.
            stream.records.cut();
            self.open.remove(&id);
            let _ = events.send(Event::StreamEnded { stream: id });
        }
    }

    pub(super) fn close(&mut self, id: CallId) {
        self.open.remove(&id);
    }
}

impl Stream {
    /// Whether the client keeps up.
    fn push(&mut self, event: &Bytes) -> bool {
        let record = match self.media {
            MediaType::Protobuf => recordio::encode(event),
            MediaType::Json => {
                let mut text = Vec::new();
                json::write(&v1::executor::Event::full_name(), event, &mut text);
                recordio::encode(&text)
            }
        };
        self.records.push(record)
    }
}
