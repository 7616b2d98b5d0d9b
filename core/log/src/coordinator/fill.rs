//! Finds out what was agreed on at one position, or makes it a NOP. Compat: LOG-14, LOG-18, LOG-19.

use std::time::Duration;

use mesos_proto::internal::log::action::{self, Nop};
use mesos_proto::internal::log::{Action, PromiseRequest, WriteRequest};

use super::tally::{Tally, Verdict, Vote};
use super::{Output, Request, Response, Sender};
use crate::{Position, Proposal};

/// Bounds of the wait after a rejection, so that two who fill the same position do not meet for ever.
const WAIT_MIN: Duration = Duration::from_millis(100);
const WAIT_MAX: Duration = Duration::from_millis(200);
/// How long an attempt may take.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Fill {
    position: Position,
    /// The highest proposal used or heard of.
    proposal: Proposal,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Promising {
        tally: Tally,
        best: Option<Action>,
    },
    Writing {
        tally: Tally,
        action: Action,
    },
    /// Another proposal was higher, or nobody answered.
    Waiting,
    Learning,
}

impl Fill {
    pub fn begin(
        position: Position,
        proposal: Proposal,
        sender: &mut Sender,
        out: &mut Vec<Output>,
    ) -> Self {
        let mut fill = Self {
            position,
            proposal,
            stage: Stage::Waiting,
        };
        fill.attempt(sender, out);
        fill
    }

    pub fn proposal(&self) -> Proposal {
        self.proposal
    }

    fn attempt(&mut self, sender: &mut Sender, out: &mut Vec<Output>) {
        let request = PromiseRequest {
            proposal: self.proposal,
            position: Some(self.position),
        };
        sender.broadcast(Request::Promise(request), out);
        out.push(Output::Timer(LIMIT));
        self.stage = Stage::Promising {
            tally: Tally::new(sender.quorum),
            best: None,
        };
    }

    /// A wait is over, or an attempt took too long.
    pub fn on_timer(&mut self, sender: &mut Sender, out: &mut Vec<Output>) {
        match self.stage {
            Stage::Waiting => self.attempt(sender, out),
            Stage::Promising { .. } | Stage::Writing { .. } => {
                self.proposal += 1;
                self.attempt(sender, out);
            }
            Stage::Learning => {}
        }
    }

    pub fn on_response(&mut self, response: Response, sender: &mut Sender, out: &mut Vec<Output>) {
        match (&mut self.stage, response) {
            (Stage::Promising { tally, best }, Response::Promise(response)) => {
                let vote = Vote::of_promise(&response);
                let action = response.action.filter(|_| vote == Vote::Accept);
                if let Some(action) = action {
                    if action.learned() {
                        return self.learn(action, out);
                    }
                    let performed = |action: &Action| action.performed;
                    if action.performed > best.as_ref().and_then(performed) {
                        *best = Some(action);
                    }
                }
                let Some(verdict) = tally.count(vote) else {
                    return;
                };
                let best = best.take();
                self.promised(verdict, best, sender, out);
            }
            (Stage::Writing { tally, action }, Response::Write(response)) => {
                let Some(verdict) = tally.count(Vote::of_write(&response)) else {
                    return;
                };
                if verdict == Verdict::Accept {
                    let action = action.clone();
                    return self.learn(action, out);
                }
                self.wait(verdict, sender, out);
            }
            (Stage::Promising { .. } | Stage::Writing { .. }, _)
            | (Stage::Waiting | Stage::Learning, _) => {}
        }
    }

    fn promised(
        &mut self,
        verdict: Verdict,
        best: Option<Action>,
        sender: &mut Sender,
        out: &mut Vec<Output>,
    ) {
        if verdict != Verdict::Accept {
            return self.wait(verdict, sender, out);
        }
        let chosen = best.unwrap_or_else(|| Action {
            r#type: Some(action::Type::Nop.into()),
            nop: Some(Nop::default()),
            ..Action::default()
        });
        let action = Action {
            position: self.position,
            promised: self.proposal,
            performed: Some(self.proposal),
            learned: None,
            ..chosen
        };
        sender.broadcast(Request::Write(write_of(&action)), out);
        out.push(Output::Timer(LIMIT));
        self.stage = Stage::Writing {
            tally: Tally::new(sender.quorum),
            action,
        };
    }

    fn wait(&mut self, verdict: Verdict, sender: &mut Sender, out: &mut Vec<Output>) {
        let highest = match verdict {
            Verdict::Reject(proposal) => proposal,
            Verdict::Accept | Verdict::Ignored => self.proposal,
        };
        self.proposal = self.proposal.max(highest) + 1;
        self.stage = Stage::Waiting;
        sender.forget();
        out.push(Output::Timer(sender.between(WAIT_MIN, WAIT_MAX)));
    }

    fn learn(&mut self, action: Action, out: &mut Vec<Output>) {
        self.stage = Stage::Learning;
        out.push(Output::Learned(Action {
            learned: Some(true),
            ..action
        }));
    }
}

pub(super) fn write_of(action: &Action) -> WriteRequest {
    WriteRequest {
        proposal: action.promised,
        position: action.position,
        learned: action.learned,
        r#type: action.r#type.unwrap_or(action::Type::Nop.into()),
        nop: action.nop,
        append: action.append.clone(),
        truncate: action.truncate,
    }
}
