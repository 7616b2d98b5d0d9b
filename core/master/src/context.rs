//! What every handler gets: the time and the list of effects.

use bytes::Bytes;
use mesos_model::Now;
use mesos_process::Upid;
use prost::{Message, Name};

use crate::{
    effect::{Effect, Level},
    event::{CallAnswer, OperatorReply, Ticket, Timer},
};

/// Time of the event, and where its effects go.
pub(crate) struct Context<'a> {
    pub now: Now,
    pub out: &'a mut Vec<Effect>,
}

impl Context<'_> {
    pub fn send<M: Message + Name>(&mut self, to: &Upid, message: &M) {
        self.send_bytes(to, M::NAME, message.encode_to_vec().into());
    }

    pub fn send_bytes(&mut self, to: &Upid, name: &'static str, body: Bytes) {
        self.out.push(Effect::Send {
            to: to.clone(),
            name,
            body,
        });
    }

    pub fn link(&mut self, to: &Upid) {
        self.out.push(Effect::Link { to: to.clone() });
    }

    pub fn arm(&mut self, timer: Timer, after: std::time::Duration) {
        self.out.push(Effect::Arm {
            timer,
            at: self.now.instant + after,
        });
    }

    pub fn reply(&mut self, ticket: Ticket, reply: OperatorReply) {
        self.out.push(Effect::Reply { ticket, reply });
    }

    pub fn answer(&mut self, ticket: Ticket, answer: CallAnswer) {
        self.out.push(Effect::Answer { ticket, answer });
    }

    pub fn debug(&mut self, text: String) {
        self.note(Level::Debug, text);
    }

    pub fn info(&mut self, text: String) {
        self.note(Level::Info, text);
    }

    pub fn warn(&mut self, text: String) {
        self.note(Level::Warning, text);
    }

    pub fn fatal(&mut self, text: String) {
        self.out.push(Effect::Fatal { text });
    }

    fn note(&mut self, level: Level, text: String) {
        self.out.push(Effect::Note { level, text });
    }
}
