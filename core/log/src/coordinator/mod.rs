//! Makes a quorum of replicas agree: who writes, and what is written. Compat: LOG-13..LOG-20.
//!
//! A machine. It broadcasts requests and is given the answers; the timer it asks for replaces the one before. What was
//! agreed on is an output of its own: the local replica learns it first, then all others, then the machine goes on.

mod fill;
mod tally;

use std::time::Duration;

use bytes::Bytes;
use mesos_proto::internal::log::action::{self, Append, Truncate};
use mesos_proto::internal::log::{
    Action, PromiseRequest, PromiseResponse, WriteRequest, WriteResponse,
};

use self::fill::{Fill, write_of};
use self::tally::{Tally, Verdict, Vote};
use crate::replica::Replica;
use crate::storage::Storage;
use crate::{Position, Proposal};

/// Names one request; answers to an earlier one mean nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Promise(PromiseRequest),
    Write(WriteRequest),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    Promise(PromiseResponse),
    Write(WriteResponse),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// To every replica, the local one too, once as many are known as make a quorum.
    Broadcast {
        ticket: Ticket,
        request: Request,
    },
    /// The local replica learns it, then every other; [`Coordinator::on_learned`] follows.
    Learned(Action),
    /// [`Coordinator::on_timer`] after that time, unless another timer is set before.
    Timer(Duration),
    Finished(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything up to that position is known to the local replica.
    Elected(Position),
    /// Somebody else wants to write, or too few replicas vote; another attempt may do better.
    NotElected,
    Written(Position),
    /// Nothing is known of what was to be written; only another election helps.
    NotWritten,
}

/// What the local replica knows.
pub trait Local {
    fn promised(&self) -> Proposal;
    fn first_missing(&self, last: Position) -> Option<Position>;
}

impl<S: Storage> Local for Replica<S> {
    fn promised(&self) -> Proposal {
        Self::promised(self)
    }

    fn first_missing(&self, last: Position) -> Option<Position> {
        Self::first_missing(self, last)
    }
}

/// Numbers requests, and has the chance that waits need.
#[derive(Debug)]
struct Sender {
    quorum: usize,
    ticket: u64,
    chance: u64,
}

impl Sender {
    fn broadcast(&mut self, request: Request, out: &mut Vec<Output>) {
        self.ticket += 1;
        let ticket = Ticket(self.ticket);
        out.push(Output::Broadcast { ticket, request });
    }

    /// Answers that are under way mean nothing any more.
    fn forget(&mut self) {
        self.ticket += 1;
    }

    /// xorshift64: waits need to differ, no more.
    fn between(&mut self, least: Duration, most: Duration) -> Duration {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        let span = u64::try_from((most - least).as_millis()).unwrap_or(u64::MAX);
        least + Duration::from_millis(self.chance % span.saturating_add(1))
    }
}

#[derive(Debug)]
enum State {
    Initial,
    Electing {
        tally: Tally,
        end: Position,
    },
    /// Up to `last`, one position after the other.
    CatchingUp {
        last: Position,
        fill: Fill,
    },
    Elected,
    Writing {
        tally: Tally,
        action: Action,
    },
    Learning,
}

/// How long an election may take.
const ELECTION_LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Coordinator {
    sender: Sender,
    proposal: Proposal,
    /// The position of the next write.
    index: Position,
    state: State,
}

impl Coordinator {
    /// `seed` may be anything; two coordinators of one log should have different ones.
    #[must_use]
    pub fn new(quorum: usize, seed: u64) -> Self {
        Self {
            sender: Sender {
                quorum,
                ticket: 0,
                chance: seed | 1,
            },
            proposal: 0,
            index: 0,
            state: State::Initial,
        }
    }

    #[must_use]
    pub fn is_elected(&self) -> bool {
        matches!(self.state, State::Elected)
    }

    /// Tries to become the one who writes (LOG-16). Whatever was going on is given up.
    pub fn elect(&mut self, local: &dyn Local, out: &mut Vec<Output>) {
        self.proposal = self.proposal.max(local.promised()) + 1;
        let request = PromiseRequest {
            proposal: self.proposal,
            position: None,
        };
        self.sender.broadcast(Request::Promise(request), out);
        out.push(Output::Timer(ELECTION_LIMIT));
        self.state = State::Electing {
            tally: Tally::new(self.sender.quorum),
            end: 0,
        };
    }

    pub fn append(&mut self, bytes: Bytes, out: &mut Vec<Output>) {
        let append = Append { bytes, cksum: None };
        self.write(
            Action {
                r#type: Some(action::Type::Append.into()),
                append: Some(append),
                ..Action::default()
            },
            out,
        );
    }

    /// Makes `to` the log's begin.
    pub fn truncate(&mut self, to: Position, out: &mut Vec<Output>) {
        self.write(
            Action {
                r#type: Some(action::Type::Truncate.into()),
                truncate: Some(Truncate { to }),
                ..Action::default()
            },
            out,
        );
    }

    /// LOG-17: one at a time, and only by who was elected.
    fn write(&mut self, payload: Action, out: &mut Vec<Output>) {
        if !self.is_elected() {
            out.push(Output::Finished(Outcome::NotWritten));
            return;
        }
        let action = Action {
            position: self.index,
            promised: self.proposal,
            performed: Some(self.proposal),
            ..payload
        };
        let request = Request::Write(write_of(&action));
        self.sender.broadcast(request, out);
        self.state = State::Writing {
            tally: Tally::new(self.sender.quorum),
            action,
        };
    }

    /// Gives up whatever is going on; the next write needs an election.
    pub fn give_up(&mut self) {
        self.sender.forget();
        self.state = State::Initial;
    }

    pub fn on_response(
        &mut self,
        ticket: Ticket,
        response: Response,
        local: &dyn Local,
        out: &mut Vec<Output>,
    ) {
        if ticket != Ticket(self.sender.ticket) {
            return;
        }
        match (&mut self.state, response) {
            (State::Electing { tally, end }, Response::Promise(response)) => {
                let vote = Vote::of_promise(&response);
                if vote == Vote::Accept {
                    // LOG-15.
                    *end = response.position().max(*end);
                }
                if let Some(verdict) = tally.count(vote) {
                    let end = *end;
                    self.promised(verdict, end, local, out);
                }
            }
            (State::CatchingUp { fill, .. }, response) => {
                fill.on_response(response, &mut self.sender, out);
            }
            (State::Writing { tally, action }, Response::Write(response)) => {
                let Some(verdict) = tally.count(Vote::of_write(&response)) else {
                    return;
                };
                let action = action.clone();
                self.written(verdict, action, out);
            }
            (
                State::Initial
                | State::Elected
                | State::Learning
                | State::Electing { .. }
                | State::Writing { .. },
                _,
            ) => {}
        }
    }

    fn promised(
        &mut self,
        verdict: Verdict,
        end: Position,
        local: &dyn Local,
        out: &mut Vec<Output>,
    ) {
        match verdict {
            Verdict::Accept => {
                self.sender.forget();
                self.catch_up(end, self.proposal + 1, local, out);
            }
            Verdict::Reject(proposal) => {
                self.proposal = self.proposal.max(proposal);
                self.fail(Outcome::NotElected, out);
            }
            Verdict::Ignored => self.fail(Outcome::NotElected, out),
        }
    }

    fn fail(&mut self, outcome: Outcome, out: &mut Vec<Output>) {
        self.give_up();
        out.push(Output::Finished(outcome));
    }

    fn catch_up(
        &mut self,
        last: Position,
        proposal: Proposal,
        local: &dyn Local,
        out: &mut Vec<Output>,
    ) {
        if let Some(position) = local.first_missing(last) {
            let fill = Fill::begin(position, proposal, &mut self.sender, out);
            self.state = State::CatchingUp { last, fill };
            return;
        }
        self.index = last + 1;
        self.state = State::Elected;
        out.push(Output::Finished(Outcome::Elected(last)));
    }

    fn written(&mut self, verdict: Verdict, action: Action, out: &mut Vec<Output>) {
        match verdict {
            Verdict::Accept => {
                self.sender.forget();
                self.state = State::Learning;
                out.push(Output::Learned(Action {
                    learned: Some(true),
                    ..action
                }));
            }
            Verdict::Reject(proposal) => {
                self.proposal = self.proposal.max(proposal);
                self.fail(Outcome::NotWritten, out);
            }
            Verdict::Ignored => self.fail(Outcome::NotWritten, out),
        }
    }

    /// The local replica has learned what [`Output::Learned`] said.
    pub fn on_learned(&mut self, local: &dyn Local, out: &mut Vec<Output>) {
        match &self.state {
            State::CatchingUp { last, fill } => {
                let (last, proposal) = (*last, fill.proposal());
                self.sender.forget();
                self.catch_up(last, proposal, local, out);
            }
            State::Learning => {
                let position = self.index;
                if local.first_missing(position).is_some() {
                    // Everything up to it was known when the election ended.
                    return self.fail(Outcome::NotWritten, out);
                }
                self.index += 1;
                self.state = State::Elected;
                out.push(Output::Finished(Outcome::Written(position)));
            }
            State::Initial | State::Electing { .. } | State::Elected | State::Writing { .. } => {}
        }
    }

    pub fn on_timer(&mut self, out: &mut Vec<Output>) {
        match &mut self.state {
            State::Electing { .. } => self.fail(Outcome::NotElected, out),
            State::CatchingUp { fill, .. } => fill.on_timer(&mut self.sender, out),
            State::Initial | State::Elected | State::Writing { .. } | State::Learning => {}
        }
    }
}
