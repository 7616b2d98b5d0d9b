//! Counts answers until a quorum decides. Compat: LOG-13.

use mesos_proto::internal::log::{
    PromiseResponse, WriteResponse, promise_response, write_response,
};

use crate::Proposal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    /// With the highest proposal that was heard of.
    Reject(Proposal),
    /// A quorum of replicas may not vote yet.
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vote {
    Accept,
    Reject(Proposal),
    Ignored,
}

impl Vote {
    /// Replicas of before the types say only whether it is okay.
    pub fn of_promise(response: &PromiseResponse) -> Self {
        use promise_response::Type;
        match response.r#type.map(Type::try_from) {
            Some(Ok(Type::Ignored)) => Self::Ignored,
            Some(Ok(Type::Accept)) => Self::Accept,
            Some(Ok(Type::Reject)) => Self::Reject(response.proposal),
            Some(Err(_)) | None => Self::of_old(response.okay, response.proposal),
        }
    }

    pub fn of_write(response: &WriteResponse) -> Self {
        use write_response::Type;
        match response.r#type.map(Type::try_from) {
            Some(Ok(Type::Ignored)) => Self::Ignored,
            Some(Ok(Type::Accept)) => Self::Accept,
            Some(Ok(Type::Reject)) => Self::Reject(response.proposal),
            Some(Err(_)) | None => Self::of_old(response.okay, response.proposal),
        }
    }

    fn of_old(okay: bool, proposal: Proposal) -> Self {
        if okay {
            Self::Accept
        } else {
            Self::Reject(proposal)
        }
    }
}

/// The answers to one request; each replica answers once.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    quorum: usize,
    ignored: usize,
    counted: usize,
    highest_reject: Option<Proposal>,
}

impl Tally {
    pub fn new(quorum: usize) -> Self {
        Self {
            quorum,
            ignored: 0,
            counted: 0,
            highest_reject: None,
        }
    }

    pub fn count(&mut self, vote: Vote) -> Option<Verdict> {
        match vote {
            Vote::Ignored => self.ignored += 1,
            Vote::Accept => self.counted += 1,
            Vote::Reject(proposal) => {
                self.counted += 1;
                self.highest_reject = self.highest_reject.max(Some(proposal));
            }
        }
        if self.ignored >= self.quorum {
            return Some(Verdict::Ignored);
        }
        if self.counted < self.quorum {
            return None;
        }
        Some(self.highest_reject.map_or(Verdict::Accept, Verdict::Reject))
    }
}
