//! The event streams of HTTP frameworks, and the requests that wait for the machine's answer.
//!
//! What waits in a stream is bounded: a client that does not read is disconnected, and counted.
//!
//! Compat: FWK-27, HTTP-29, HTTP-31, libprocess §6.

use std::collections::HashMap;

use bytes::Bytes;
use mesos_daemon::metrics::Counter;
use mesos_process::{
    http::{Body, BoundedStream, StreamBody},
    recordio,
};
use mesos_proto::{events, json};
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
};

use super::Input;
use crate::{
    event::{CallAnswer, Event, Ticket},
    state::StreamId,
};

/// Events that may wait for a client: a reconciliation of so many tasks is one burst.
const WAITING_EVENTS_MAX: usize = 1024 * 1024;
/// Bytes of events that may wait for a client.
const WAITING_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How a client wants its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    Protobuf,
}

/// Who made a call, and waits.
#[derive(Debug)]
pub(super) struct Caller {
    pub answer: oneshot::Sender<CallAnswer>,
    /// For a subscription: where its events go.
    pub stream: Option<Stream>,
}

/// The writing side of one stream.
#[derive(Debug)]
pub(super) struct Stream {
    records: BoundedStream,
    encoding: Encoding,
}

impl Stream {
    /// A stream and the body that it feeds.
    pub fn new(encoding: Encoding) -> (Self, Body) {
        let (stream, receiver) = Self::with_limits(encoding, WAITING_EVENTS_MAX, WAITING_BYTES_MAX);
        (stream, Body::Stream(receiver))
    }

    fn with_limits(
        encoding: Encoding,
        most_events: usize,
        most_bytes: usize,
    ) -> (Self, StreamBody) {
        let (records, receiver) = BoundedStream::new(most_events, most_bytes);
        (Self { records, encoding }, receiver)
    }

    /// Queues an encoded `mesos.v1.scheduler.Event`; false if the client cannot keep up or is gone.
    fn send(&mut self, event: &Bytes) -> bool {
        let record = match self.encoding {
            Encoding::Protobuf => recordio::encode(event),
            Encoding::Json => {
                let mut text = Vec::with_capacity(event.len() * 2);
                json::write("mesos.v1.scheduler.Event", event, &mut text);
                recordio::encode(&text)
            }
        };
        self.records.push(record)
    }
}

struct Open {
    stream: Stream,
    /// Tells the machine when the client leaves.
    watch: AbortHandle,
}

pub(super) struct Streams {
    open: HashMap<StreamId, Open>,
    callers: HashMap<Ticket, Caller>,
    inputs: mpsc::UnboundedSender<Input>,
    overrun: Counter,
}

impl Streams {
    pub fn new(inputs: mpsc::UnboundedSender<Input>, overrun: Counter) -> Self {
        Self {
            open: HashMap::new(),
            callers: HashMap::new(),
            inputs,
            overrun,
        }
    }

    /// Remembers who waits for an answer.
    pub fn expect(&mut self, ticket: Ticket, caller: Caller) {
        self.callers.insert(ticket, caller);
    }

    pub fn answer(&mut self, ticket: Ticket, answer: CallAnswer) {
        let Some(caller) = self.callers.remove(&ticket) else {
            return;
        };
        if let (CallAnswer::Subscribed(id), Some(stream)) = (&answer, caller.stream) {
            self.open(*id, stream);
        }
        // Nobody waits any more: the connection broke, which ends the stream as well.
        let _ = caller.answer.send(answer);
    }

    fn open(&mut self, id: StreamId, stream: Stream) {
        let (closed, inputs) = (stream.records.closed(), self.inputs.clone());
        let watch = tokio::spawn(async move {
            closed.await;
            // A closed channel means that the master has ended.
            let _ = inputs.send(Input::Event(Event::StreamClosed { stream: id }));
        });
        let watch = watch.abort_handle();
        self.open.insert(id, Open { stream, watch });
    }

    /// An internal message, as the v1 event that it becomes.
    pub fn event(&mut self, id: StreamId, name: &str, body: &Bytes) {
        match events::scheduler_event(name, body) {
            Ok(Some(event)) => self.send(id, &event),
            Ok(None) => tracing::warn!("{name} has no v1 event: not sending it"),
            Err(error) => tracing::warn!("Not sending {name} as a v1 event: {error}"),
        }
    }

    pub fn heartbeat(&mut self, id: StreamId) {
        self.send(id, &events::scheduler_heartbeat());
    }

    fn send(&mut self, id: StreamId, event: &Bytes) {
        let Some(open) = self.open.get_mut(&id) else {
            return;
        };
        if open.stream.send(event) {
            return;
        }
        if !open.stream.records.is_closed() {
            self.overrun.inc();
            tracing::warn!("Closing event stream {id}: its client does not keep up");
            // It would keep in memory what it does not read.
            open.stream.records.cut();
        }
        self.close(id);
        let _ = self
            .inputs
            .send(Input::Event(Event::StreamClosed { stream: id }));
    }

    /// What waits is still sent; then the stream ends.
    pub fn close(&mut self, id: StreamId) {
        if let Some(open) = self.open.remove(&id) {
            open.watch.abort();
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        for open in self.open.values() {
            open.watch.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_disconnected_and_counted() {
        let (inputs, mut inbox) = mpsc::unbounded_channel();
        let overrun = Counter::default();
        let mut streams = Streams::new(inputs, overrun.clone());
        let (stream, mut receiver) = Stream::with_limits(Encoding::Json, 3, 1000);
        let (answer, reply) = oneshot::channel();
        let stream = Some(stream);
        streams.expect(Ticket(1), Caller { answer, stream });
        let id = StreamId(7);
        streams.answer(Ticket(1), CallAnswer::Subscribed(id));
        assert_eq!(reply.await, Ok(CallAnswer::Subscribed(id)));
        for _ in 0..3 {
            streams.heartbeat(id);
        }
        assert_eq!((overrun.value(), inbox.try_recv().is_err()), (0, true));
        streams.heartbeat(id);
        assert_eq!(overrun.value(), 1);
        assert!(matches!(
            inbox.recv().await,
            Some(Input::Event(Event::StreamClosed { stream })) if stream == id
        ));
        streams.heartbeat(id);
        let cut = tokio::time::timeout(Duration::from_secs(10), receiver.cut()).await;
        assert!(cut.is_ok(), "its connection is cut: what waits would stay");
        for _ in 0..3 {
            let record = receiver.recv().await.expect("a heartbeat");
            assert_eq!(record, "20\n{\"type\":\"HEARTBEAT\"}");
        }
        assert_eq!(receiver.recv().await, None);
        assert_eq!(overrun.value(), 1, "it is closed once");
    }

    #[tokio::test]
    async fn a_client_that_leaves_is_noticed_without_an_event() {
        let (inputs, mut inbox) = mpsc::unbounded_channel();
        let overrun = Counter::default();
        let mut streams = Streams::new(inputs, overrun.clone());
        let (stream, receiver) = Stream::with_limits(Encoding::Protobuf, 3, 1000);
        let (answer, _reply) = oneshot::channel();
        let stream = Some(stream);
        streams.expect(Ticket(1), Caller { answer, stream });
        streams.answer(Ticket(1), CallAnswer::Subscribed(StreamId(7)));
        drop(receiver);
        assert!(matches!(
            inbox.recv().await,
            Some(Input::Event(Event::StreamClosed { .. }))
        ));
        assert_eq!(overrun.value(), 0);
    }
}
