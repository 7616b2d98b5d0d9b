//! The four states of a driver and what each call answers in them.
//!
//! Compat: the status table of jvm.md §5, S2, S4, X3. Nothing here waits; the shells pair this with a latch.

/// `Protos.Status` of the Java interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    NotStarted = 1,
    Running = 2,
    Aborted = 3,
    Stopped = 4,
}

impl Status {
    pub const ALL: [Self; 4] = [
        Self::NotStarted,
        Self::Running,
        Self::Aborted,
        Self::Stopped,
    ];

    /// The value's name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "DRIVER_NOT_STARTED",
            Self::Running => "DRIVER_RUNNING",
            Self::Aborted => "DRIVER_ABORTED",
            Self::Stopped => "DRIVER_STOPPED",
        }
    }
}

/// What the caller gets back, and whether the driver's thread must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: Status,
    pub forward: bool,
}

fn answer(status: Status, forward: bool) -> Answer {
    Answer { status, forward }
}

#[derive(Debug)]
pub struct Lifecycle {
    status: Status,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            status: Status::NotStarted,
        }
    }
}

impl Lifecycle {
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// `forward`: the caller is to start the driver's thread.
    pub fn start(&mut self) -> Answer {
        if self.status != Status::NotStarted {
            return answer(self.status, false);
        }
        self.status = Status::Running;
        answer(Status::Running, true)
    }

    /// Starting, or constructing, failed before a thread existed. Who was told that it is stopped keeps that.
    pub fn fail(&mut self) {
        if self.status != Status::Stopped {
            self.status = Status::Aborted;
        }
    }

    pub fn stop(&mut self) -> Answer {
        match self.status {
            Status::NotStarted => answer(Status::NotStarted, false),
            Status::Stopped => answer(Status::Stopped, false),
            Status::Running => {
                self.status = Status::Stopped;
                answer(Status::Stopped, true)
            }
            Status::Aborted => {
                self.status = Status::Stopped;
                answer(Status::Aborted, true)
            }
        }
    }

    pub fn abort(&mut self) -> Answer {
        match self.status {
            Status::Running => {
                self.status = Status::Aborted;
                answer(Status::Aborted, true)
            }
            Status::NotStarted | Status::Aborted | Status::Stopped => answer(self.status, false),
        }
    }

    /// Every call other than start, stop, abort and join.
    #[must_use]
    pub fn call(&self) -> Answer {
        answer(self.status, self.status == Status::Running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_state(status: Status) -> Lifecycle {
        Lifecycle { status }
    }

    #[test]
    fn the_status_table_is_the_documented_one() {
        use Status::{Aborted, NotStarted, Running, Stopped};
        // (before, call) -> (answer, after, forwarded)
        type Row = (Status, fn(&mut Lifecycle) -> Answer, Status, Status, bool);
        let rows: [Row; 12] = [
            (NotStarted, Lifecycle::start, Running, Running, true),
            (Running, Lifecycle::start, Running, Running, false),
            (Aborted, Lifecycle::start, Aborted, Aborted, false),
            (Stopped, Lifecycle::start, Stopped, Stopped, false),
            (NotStarted, Lifecycle::stop, NotStarted, NotStarted, false),
            (Running, Lifecycle::stop, Stopped, Stopped, true),
            (Aborted, Lifecycle::stop, Aborted, Stopped, true),
            (Stopped, Lifecycle::stop, Stopped, Stopped, false),
            (NotStarted, Lifecycle::abort, NotStarted, NotStarted, false),
            (Running, Lifecycle::abort, Aborted, Aborted, true),
            (Aborted, Lifecycle::abort, Aborted, Aborted, false),
            (Stopped, Lifecycle::abort, Stopped, Stopped, false),
        ];
        for (before, call, returned, after, forward) in rows {
            let mut lifecycle = in_state(before);
            assert_eq!(
                call(&mut lifecycle),
                answer(returned, forward),
                "{before:?}"
            );
            assert_eq!(lifecycle.status(), after, "{before:?}");
        }
    }

    #[test]
    fn other_calls_have_an_effect_only_while_running() {
        for status in Status::ALL {
            assert_eq!(
                in_state(status).call(),
                answer(status, status == Status::Running)
            );
        }
    }
}
