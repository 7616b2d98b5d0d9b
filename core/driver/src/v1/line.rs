//! One of a client's two connections: requests in order, their answers, and the stream of records.
//!
//! Compat: libprocess §6.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use mesos_process::http::client::MAX_COLLECTED_BYTES;
use mesos_process::http::connection::{Connection, Incoming};
use mesos_process::recordio::Decoder;

use super::words::{Attempt, Event, RequestId};

/// The answer that is arriving.
#[derive(Debug)]
enum Arriving {
    Nothing,
    Whole {
        request: RequestId,
        status: u16,
        body: BytesMut,
    },
    Stream(Decoder),
}

/// What answers mean on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// An answer with status 200 is a stream.
    Subscribe,
    Calls,
}

#[derive(Debug)]
pub(super) struct Line {
    connection: Connection,
    attempt: Attempt,
    purpose: Use,
    requests: VecDeque<RequestId>,
    arriving: Arriving,
}

impl Line {
    pub(super) fn new(connection: Connection, attempt: Attempt, purpose: Use) -> Self {
        Self {
            connection,
            attempt,
            purpose,
            requests: VecDeque::new(),
            arriving: Arriving::Nothing,
        }
    }

    pub(super) fn send(&mut self, request: RequestId, bytes: Bytes) {
        self.requests.push_back(request);
        self.connection.send(bytes);
    }

    pub(super) async fn next(&mut self) -> Incoming {
        self.connection.next().await
    }

    /// Resolves when what was sent before is on its way.
    pub(super) fn flushed(&self) -> impl Future<Output = ()> + Send + use<> {
        self.connection.flushed()
    }

    /// What the machine is to hear of something that came back.
    pub(super) fn on(&mut self, incoming: Incoming, out: &mut Vec<Event>) {
        let attempt = self.attempt;
        let lost = |reason: String| Event::Lost { attempt, reason };
        match incoming {
            Incoming::Head { status, headers } => {
                let Some(request) = self.requests.pop_front() else {
                    return out.push(lost("An answer came to no request".to_owned()));
                };
                if self.purpose == Use::Subscribe && status == 200 {
                    let stream_id = headers.get("mesos-stream-id");
                    let stream_id = stream_id.and_then(|id| id.to_str().ok()).map(str::to_owned);
                    self.arriving = Arriving::Stream(Decoder::new());
                    return out.push(Event::Streaming {
                        attempt,
                        request,
                        stream_id,
                    });
                }
                self.arriving = Arriving::Whole {
                    request,
                    status,
                    body: BytesMut::new(),
                };
            }
            Incoming::Piece(piece) => {
                if let Err(reason) = self.take(&piece, out) {
                    out.push(lost(reason));
                }
            }
            Incoming::End => match std::mem::replace(&mut self.arriving, Arriving::Nothing) {
                Arriving::Nothing => {}
                Arriving::Whole {
                    request,
                    status,
                    body,
                } => out.push(Event::Answered {
                    attempt,
                    request,
                    status,
                    body: body.freeze(),
                }),
                Arriving::Stream(_) => out.push(lost(
                    "End-Of-File received. The event stream was closed".to_owned(),
                )),
            },
            Incoming::Closed(reason) => {
                let which = match self.purpose {
                    Use::Subscribe => "Subscribe",
                    Use::Calls => "Non-subscribe",
                };
                out.push(lost(format!("{which} connection interrupted: {reason}")));
            }
        }
    }

    fn take(&mut self, piece: &Bytes, out: &mut Vec<Event>) -> Result<(), String> {
        match &mut self.arriving {
            Arriving::Nothing => {}
            Arriving::Whole { body, .. } => {
                if body.len() + piece.len() > MAX_COLLECTED_BYTES {
                    return Err(format!("An answer exceeds {MAX_COLLECTED_BYTES} bytes"));
                }
                body.extend_from_slice(piece);
            }
            Arriving::Stream(decoder) => {
                decoder.feed(piece);
                let failed = |error| format!("Failed to decode the stream of events: {error}");
                while let Some(record) = decoder.next_record().map_err(failed)? {
                    out.push(Event::Record {
                        attempt: self.attempt,
                        record,
                    });
                }
            }
        }
        Ok(())
    }
}
