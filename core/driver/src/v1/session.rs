//! What the scheduler's and the executor's machine share: the state of the connection, calls on their way, answers
//! and events.
//!
//! Compat: V2, agent §16.1. FIX: answers that end the original's process (200 for a call other than SUBSCRIBE, a
//! stream without an id) are taken, or treated as a lost connection.

use std::collections::BTreeMap;

use bytes::Bytes;
use mesos_process::http::status;

use super::Answer;
use super::codec::{Codec, Kind, Protocol};
use super::deliver::Upcall;
use super::words::{Attempt, Channel, Effect, Event, RequestId, State, Target, Ticket};

pub(crate) const INTERRUPTED: &str = "Connection to master interrupted";

#[derive(Debug)]
struct Pending {
    kind: Kind,
    ticket: Option<Ticket>,
}

#[derive(Debug)]
pub(crate) struct Session {
    codec: Codec,
    state: State,
    /// The attempt that counts.
    attempt: Option<Attempt>,
    last_attempt: Attempt,
    stream_id: Option<String>,
    requests: BTreeMap<RequestId, Pending>,
    last_request: RequestId,
    /// Requests of an attempt that is over, whose answers may still come.
    lingering: Option<(Attempt, BTreeMap<RequestId, Pending>)>,
}

/// What became of an event that the session was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Handled,
    /// The connection cannot be used any more.
    Broken(String),
}

impl Session {
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            codec,
            state: State::Disconnected,
            attempt: None,
            last_attempt: 0,
            stream_id: None,
            requests: BTreeMap::new(),
            last_request: 0,
            lingering: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether the user has been told of a connection.
    pub(crate) fn is_connected(&self) -> bool {
        match self.state {
            State::Connected | State::Subscribing | State::Subscribed => true,
            State::Disconnected | State::Connecting => false,
        }
    }

    pub(crate) fn is_current(&self, attempt: Attempt) -> bool {
        self.attempt == Some(attempt)
    }

    /// Requests without an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// Begins to connect, in place of an earlier attempt.
    pub(crate) fn open(&mut self, target: Target, out: &mut Vec<Effect>) {
        self.state = State::Connecting;
        self.last_attempt += 1;
        self.attempt = Some(self.last_attempt);
        out.push(Effect::Open {
            attempt: self.last_attempt,
            target,
        });
    }

    pub(crate) fn opened(&mut self, out: &mut Vec<Effect>) {
        self.state = State::Connected;
        out.push(Effect::Callback(Upcall::Connected));
    }

    /// Gives up the connections. Where somebody waits for an answer, the calls' connection lingers: a master that gets a
    /// TEARDOWN ends the stream before it answers.
    pub(crate) fn close(&mut self, out: &mut Vec<Effect>) {
        self.state = State::Disconnected;
        self.stream_id = None;
        let mut waiting = std::mem::take(&mut self.requests);
        waiting.retain(|_, pending| pending.ticket.is_some());
        let attempt = self.attempt.take();
        if let Some(attempt) = attempt.filter(|_| !waiting.is_empty()) {
            self.fail_lingering(out);
            self.lingering = Some((attempt, waiting));
            out.push(Effect::Close { linger: true });
        } else {
            out.push(Effect::Close { linger: false });
        }
    }

    fn fail_lingering(&mut self, out: &mut Vec<Effect>) {
        let Some((_, requests)) = self.lingering.take() else {
            return;
        };
        for ticket in requests.into_values().filter_map(|p| p.ticket) {
            out.push(failed(ticket, INTERRUPTED));
        }
    }

    /// News of an attempt that is over.
    pub(crate) fn on_old_news(&mut self, attempt: Attempt, event: &Event, out: &mut Vec<Effect>) {
        let Some((_, requests)) = self.lingering.as_mut().filter(|(a, _)| *a == attempt) else {
            return;
        };
        match event {
            Event::Lost { .. } => self.fail_lingering(out),
            Event::Answered {
                request,
                status,
                body,
                ..
            } => {
                let pending = requests.remove(request);
                if let Some((kind, ticket)) = pending.and_then(|p| Some((p.kind, p.ticket?))) {
                    let result = self.answer(kind, *status, body);
                    out.push(Effect::Done { ticket, result });
                }
            }
            Event::Start
            | Event::Detected(_)
            | Event::Opened(_)
            | Event::Streaming { .. }
            | Event::Record { .. }
            | Event::Call { .. }
            | Event::Reconnect
            | Event::TimerFired(_)
            | Event::Stop => {}
        }
    }

    pub(crate) fn call(&mut self, call: &Bytes, ticket: Option<Ticket>, out: &mut Vec<Effect>) {
        let (kind, valid) = self.codec.check(call);
        let allowed = valid.and_then(|()| self.allowed(kind, ticket.is_some()));
        if let Err(reason) = allowed {
            match ticket {
                Some(ticket) => out.push(failed(ticket, &reason)),
                None => tracing::warn!("Dropping {}: {reason}", kind.name),
            }
            return;
        }
        let (channel, stream_id) = if kind.is_subscribe {
            self.state = State::Subscribing;
            (Channel::Subscribe, None)
        } else {
            (Channel::Calls, self.stream_id.clone())
        };
        self.last_request += 1;
        self.requests
            .insert(self.last_request, Pending { kind, ticket });
        out.push(Effect::Send {
            channel,
            request: self.last_request,
            body: self.codec.encode(call),
            stream_id,
        });
    }

    fn allowed(&self, kind: Kind, has_ticket: bool) -> Result<(), String> {
        let state = self.state;
        match (has_ticket, kind.is_subscribe) {
            (true, true) => Err("This method doesn't support SUBSCRIBE calls".to_owned()),
            (true, false) if state != State::Subscribed => Err(format!(
                "Cannot perform calls until subscribed. Current state: {state}"
            )),
            (false, true) if state != State::Connected => Err(self.wrong_state()),
            (false, false) if state != State::Subscribed => Err(self.wrong_state()),
            (true | false, true | false) => Ok(()),
        }
    }

    fn wrong_state(&self) -> String {
        let who = match self.codec.protocol {
            Protocol::Scheduler => "Scheduler",
            Protocol::Executor => "Executor",
        };
        format!("{who} is in state {}", self.state)
    }

    pub(crate) fn streaming(&mut self, request: RequestId, stream_id: Option<String>) -> Outcome {
        if self.requests.remove(&request).is_none() {
            return Outcome::Handled;
        }
        if self.codec.protocol == Protocol::Scheduler && stream_id.is_none() {
            return Outcome::Broken("The answer to SUBSCRIBE lacks a Mesos-Stream-Id".to_owned());
        }
        self.state = State::Subscribed;
        self.stream_id = stream_id;
        Outcome::Handled
    }

    pub(crate) fn answered(
        &mut self,
        request: RequestId,
        code: u16,
        body: &Bytes,
        out: &mut Vec<Effect>,
    ) {
        let Some(Pending { kind, ticket }) = self.requests.remove(&request) else {
            return;
        };
        if let Some(ticket) = ticket {
            let result = self.answer(kind, code, body);
            out.push(Effect::Done { ticket, result });
            return;
        }
        if code == 200 || code == 202 {
            return;
        }
        if kind.is_subscribe {
            self.state = State::Connected;
        }
        let text = String::from_utf8_lossy(body);
        let line = status::line(code);
        if self.is_passing(code) {
            tracing::warn!("Received '{line}' ({text}) for {}", kind.name);
            return;
        }
        self.error(
            &format!("Received unexpected '{line}' ({text}) for {}", kind.name),
            out,
        );
    }

    /// The other side is not ready yet, or not the right one any more: the user tries again.
    fn is_passing(&self, code: u16) -> bool {
        match self.codec.protocol {
            Protocol::Scheduler => matches!(code, 503 | 404 | 307),
            Protocol::Executor => matches!(code, 503 | 404),
        }
    }

    fn answer(&self, kind: Kind, code: u16, body: &Bytes) -> Result<Answer, String> {
        let mut answer = Answer {
            status: code,
            ..Answer::default()
        };
        let text = || String::from_utf8_lossy(body);
        match code {
            202 if !body.is_empty() => tracing::warn!(
                "Response for {} unexpectedly included body: '{}'",
                kind.name,
                text()
            ),
            202 => {}
            200 => {
                answer.response = self.codec.response(body).map_err(|error| {
                    let line = status::line(code);
                    format!(
                        "Failed to deserialize the response '{line}' ({}): {error}",
                        text()
                    )
                })?;
            }
            _ => {
                answer.error = Some(format!(
                    "Received unexpected '{}' ({})",
                    status::line(code),
                    text()
                ));
            }
        }
        Ok(answer)
    }

    /// The event of a record, or of ours if it cannot be read.
    pub(crate) fn record(&self, record: &Bytes) -> Option<Bytes> {
        if self.state != State::Subscribed {
            return None;
        }
        Some(self.codec.event(record).unwrap_or_else(|error| {
            self.codec
                .error_event(&format!("Failed to de-serialize event: {error}"))
        }))
    }

    /// Tells the user by an ERROR event of our own.
    pub(crate) fn error(&self, message: &str, out: &mut Vec<Effect>) {
        let event = self.codec.error_event(message);
        out.push(Effect::Callback(Upcall::Error(event)));
    }
}

pub(crate) fn failed(ticket: Ticket, reason: &str) -> Effect {
    Effect::Done {
        ticket,
        result: Err(reason.to_owned()),
    }
}
