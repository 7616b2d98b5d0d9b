//! The ring of the newest events, and the clients that are told.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mesos_process::http::{Body, BoundedStream, Request, Response};
use serde::Serialize;

use super::{Draft, changes};
use crate::snapshot::Snapshot;
use crate::view::ui::Failure;

/// Events that are kept for clients that come back.
const RING_MAX: usize = 4096;
/// Clients at a time.
const CLIENTS_MAX: usize = 512;
/// Events, and their bytes, that may wait for one client.
const WAITING_EVENTS_MAX: usize = 2 * RING_MAX;
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Tells clients what changes. Numbers begin at the time of the start, so that those of a later master are larger.
pub struct Hub(Mutex<Inner>);

struct Inner {
    last: Option<Arc<Snapshot>>,
    ring: VecDeque<(u64, Bytes)>,
    next: u64,
    clients: Vec<BoundedStream>,
}

/// `Event`.
#[derive(Serialize)]
struct Event<'a> {
    sequence: u64,
    #[serde(flatten)]
    draft: &'a Draft,
}

impl Hub {
    /// `start` is the time in seconds since 1970.
    pub fn new(start: f64) -> Self {
        Self(Mutex::new(Inner {
            last: None,
            ring: VecDeque::new(),
            next: (start.max(0.0) * 1e6) as u64 + 1,
            clients: Vec::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A snapshot was published.
    pub fn publish(&self, snapshot: &Arc<Snapshot>) {
        let last = self.inner().last.replace(Arc::clone(snapshot));
        let drafts = last.map(|last| changes::between(&last, snapshot));
        let drafts = drafts.unwrap_or_default();
        if !drafts.is_empty() {
            self.inner().tell(&drafts);
        }
    }

    /// Shows clients, and what stands between, that the connection lives.
    pub fn beat(&self) {
        self.inner().send(&Bytes::from_static(b":\n\n"));
    }

    /// Opens a stream. `Last-Event-ID`, or `last` of the query, is where it goes on.
    pub(crate) fn serve(&self, request: &Request) -> Response {
        let last = match last_of(request) {
            Ok(last) => last,
            Err(failure) => return crate::view::ui::Answer::Failed(failure).response(),
        };
        let (mut stream, body) = BoundedStream::new(WAITING_EVENTS_MAX, WAITING_BYTES_MAX);
        let mut inner = self.inner();
        inner.clients.retain(|client| !client.is_closed());
        if inner.clients.len() >= CLIENTS_MAX {
            return Response::unavailable(format!(
                "There are {CLIENTS_MAX} streams of events already"
            ));
        }
        // A first line, so that the client knows at once that it is connected.
        let mut fits = stream.push(Bytes::from_static(b":\n\n"));
        if let Some(last) = last {
            fits &= inner.repeat(last, &mut stream);
        }
        if !fits {
            return Response::internal_error("The events do not fit into a stream");
        }
        inner.clients.push(stream);
        Response::content("text/event-stream", Body::Stream(body))
            .header("Cache-Control", "no-cache")
            .header("X-Content-Type-Options", "nosniff")
            // Proxies must not collect events.
            .header("X-Accel-Buffering", "no")
    }
}

/// The number of the last event that the client has; 0 for none.
fn last_of(request: &Request) -> Result<Option<u64>, Failure> {
    crate::view::ui::only(&request.query, &["last"])?;
    let text = request.header("last-event-id");
    let text = text.or_else(|| request.query.get("last"));
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let number = text.parse().map_err(|_| {
        Failure::Bad(format!(
            "Invalid 'last' '{text}': a whole number is expected"
        ))
    })?;
    Ok(Some(number))
}

impl Inner {
    fn tell(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            let sequence = self.next;
            let Some(chunk) = chunk(&Event { sequence, draft }) else {
                continue;
            };
            self.next += 1;
            self.ring.push_back((sequence, chunk.clone()));
            if self.ring.len() > RING_MAX {
                self.ring.pop_front();
            }
            self.send(&chunk);
        }
    }

    fn send(&mut self, chunk: &Bytes) {
        self.clients.retain_mut(|client| {
            let keeps_up = client.push(chunk.clone());
            if !keeps_up && !client.is_closed() {
                // It comes back, and is told what it missed.
                client.cut();
            }
            keeps_up
        });
    }

    /// What came after `last`; a gap first if something between is not kept any more.
    fn repeat(&self, last: u64, stream: &mut BoundedStream) -> bool {
        let oldest = self
            .ring
            .front()
            .map_or(self.next, |(sequence, _)| *sequence);
        let is_missed = last != 0 && (last.saturating_add(1) < oldest || last >= self.next);
        if is_missed {
            let time = self.last.as_ref().map_or(0.0, |it| it.taken.wall.secs());
            let draft = Draft::gap(time);
            let event = Event {
                sequence: oldest - 1,
                draft: &draft,
            };
            if !chunk(&event).is_some_and(|chunk| stream.push(chunk)) {
                return false;
            }
        }
        let from = if is_missed { 0 } else { last };
        let mut rest = self.ring.iter().filter(|(sequence, _)| *sequence > from);
        rest.all(|(_, chunk)| stream.push(chunk.clone()))
    }
}

/// An event as it is sent; the data is one line, since JSON has no line breaks.
fn chunk(event: &Event<'_>) -> Option<Bytes> {
    let data = serde_json::to_string(event).ok()?;
    let mut text = String::with_capacity(data.len() + 40);
    // Writing to a text cannot fail.
    let _ = write!(text, "id: {}\ndata: {data}\n\n", event.sequence);
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use mesos_process::http::StreamBody;

    use super::super::Kind;
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft::new(1.0, Kind::TaskUpdated, text.to_owned())
    }

    fn open(hub: &Hub, target: &str) -> StreamBody {
        let response = hub.serve(&Request::get(target));
        assert_eq!(response.status, 200);
        match response.body {
            Body::Stream(body) => body,
            other => panic!("{other:?}"),
        }
    }

    /// The events of which the client has been told so far.
    fn read(body: &mut StreamBody) -> Vec<(u64, String)> {
        let mut events = Vec::new();
        while let Ok(chunk) = body.try_recv() {
            let text = String::from_utf8(chunk.to_vec()).expect("UTF-8");
            let Some((head, data)) = text.trim_end().split_once("\ndata: ") else {
                assert_eq!(text, ":\n\n");
                continue;
            };
            let value: serde_json::Value = serde_json::from_str(data).expect("JSON");
            let sequence = value["sequence"].as_u64().expect("a number");
            assert_eq!(head, format!("id: {sequence}"));
            let text = value["text"].as_str().expect("a text");
            events.push((
                sequence,
                format!("{} {text}", value["type"].as_str().expect("a type")),
            ));
        }
        events
    }

    #[test]
    fn a_client_hears_what_comes_and_what_it_missed() {
        let hub = Hub::new(0.0);
        let mut first = open(&hub, "/ui/events");
        hub.inner().tell(&[draft("a"), draft("b")]);
        let told = [
            (1, "task_updated a".to_owned()),
            (2, "task_updated b".to_owned()),
        ];
        assert_eq!(read(&mut first), told);
        assert_eq!(read(&mut open(&hub, "/ui/events")), []);
        assert_eq!(read(&mut open(&hub, "/ui/events?last=1")), told[1..]);
        assert_eq!(
            read(&mut open(&hub, "/ui/events?last=0")),
            told,
            "all that there is"
        );
        assert_eq!(read(&mut open(&hub, "/ui/events?last=2")), []);
        let mut request = Request::get("/ui/events?last=1");
        request
            .headers
            .insert("last-event-id", "2".parse().expect("a header"));
        let Body::Stream(mut body) = hub.serve(&request).body else {
            panic!("no stream");
        };
        assert_eq!(read(&mut body), [], "the browser's own header is newer");
        assert_eq!(hub.serve(&Request::get("/ui/events?last=x")).status, 400);
    }

    #[test]
    fn what_is_not_kept_is_a_gap() {
        let hub = Hub::new(0.0);
        let many: Vec<Draft> = (0..RING_MAX + 10).map(|_| draft("x")).collect();
        hub.inner().tell(&many);
        let told = read(&mut open(&hub, "/ui/events?last=5"));
        assert_eq!(told[0], (10, "gap Some events were left out".to_owned()));
        assert_eq!((told.len(), told[1].0), (RING_MAX + 1, 11));
        let of_another_master = read(&mut open(&hub, "/ui/events?last=99999999"));
        assert!(of_another_master[0].1.starts_with("gap"));
        let highest = read(&mut open(&hub, &format!("/ui/events?last={}", u64::MAX)));
        assert!(highest[0].1.starts_with("gap"));
    }

    #[test]
    fn a_client_that_does_not_read_is_cut() {
        let hub = Hub::new(0.0);
        let mut idle = open(&hub, "/ui/events");
        let many: Vec<Draft> = (0..WAITING_EVENTS_MAX + 10).map(|_| draft("x")).collect();
        hub.inner().tell(&many);
        assert!(hub.inner().clients.is_empty());
        let told = read(&mut idle);
        assert!(told.len() < many.len());
        let sequences: Vec<u64> = told.iter().map(|(sequence, _)| *sequence).collect();
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }

    #[test]
    fn clients_that_left_make_room() {
        let hub = Hub::new(0.0);
        let mut clients: Vec<StreamBody> =
            (0..CLIENTS_MAX).map(|_| open(&hub, "/ui/events")).collect();
        assert_eq!(hub.serve(&Request::get("/ui/events")).status, 503);
        clients.pop();
        open(&hub, "/ui/events");
    }
}
