//! How a process ended, and the words for it that users and schedulers see.

use std::fmt;

/// The status word of `wait(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitStatus(i32);

const DUMPED: i32 = 0x80;

impl WaitStatus {
    /// What a process whose status nobody could read is taken for.
    pub const KILLED: Self = Self(9);

    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    pub const fn exited(code: u8) -> Self {
        Self((code as i32) << 8)
    }

    pub const fn signaled(signal: i32, dumped: bool) -> Self {
        Self((signal & 0x7f) | if dumped { DUMPED } else { 0 })
    }

    /// The number as the wire and the agent's `status` files carry it.
    pub const fn raw(self) -> i32 {
        self.0
    }

    pub const fn code(self) -> Option<i32> {
        if self.0 & 0x7f == 0 {
            Some((self.0 >> 8) & 0xff)
        } else {
            None
        }
    }

    pub const fn signal(self) -> Option<i32> {
        if self.0 & 0x7f == 0 {
            None
        } else {
            Some(self.0 & 0x7f)
        }
    }

    pub const fn is_success(self) -> bool {
        matches!(self.code(), Some(0))
    }
}

impl fmt::Display for WaitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal()) {
            (Some(code), _) => write!(f, "exited with status {code}"),
            (None, Some(signal)) => write!(f, "terminated with signal {}", signal_name(signal)),
            (None, None) => write!(f, "wait status {}", self.0),
        }
    }
}

/// The C library's words for signals, index = number.
const SIGNAL_NAMES: [&str; 32] = [
    "Unknown signal 0",
    "Hangup",
    "Interrupt",
    "Quit",
    "Illegal instruction",
    "Trace/breakpoint trap",
    "Aborted",
    "Bus error",
    "Floating point exception",
    "Killed",
    "User defined signal 1",
    "Segmentation fault",
    "User defined signal 2",
    "Broken pipe",
    "Alarm clock",
    "Terminated",
    "Stack fault",
    "Child exited",
    "Continued",
    "Stopped (signal)",
    "Stopped",
    "Stopped (tty input)",
    "Stopped (tty output)",
    "Urgent I/O condition",
    "CPU time limit exceeded",
    "File size limit exceeded",
    "Virtual timer expired",
    "Profiling timer expired",
    "Window changed",
    "I/O possible",
    "Power failure",
    "Bad system call",
];

const SIGNAL_REALTIME_MIN: i32 = 34;
const SIGNAL_REALTIME_MAX: i32 = 64;

/// The name a C program would print for a signal.
pub fn signal_name(signal: i32) -> String {
    if (SIGNAL_REALTIME_MIN..=SIGNAL_REALTIME_MAX).contains(&signal) {
        return format!("Real-time signal {}", signal - SIGNAL_REALTIME_MIN);
    }
    let known = usize::try_from(signal)
        .ok()
        .and_then(|index| SIGNAL_NAMES.get(index));
    known.map_or_else(
        || format!("Unknown signal {signal}"),
        |name| (*name).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_told_in_the_words_schedulers_know() {
        assert_eq!(
            WaitStatus::from_raw(1 << 8).to_string(),
            "exited with status 1"
        );
        assert_eq!(
            WaitStatus::from_raw(9).to_string(),
            "terminated with signal Killed"
        );
        assert_eq!(
            WaitStatus::from_raw(15).to_string(),
            "terminated with signal Terminated"
        );
        assert_eq!(
            WaitStatus::signaled(11, true).to_string(),
            "terminated with signal Segmentation fault"
        );
        assert_eq!(WaitStatus::exited(137).code(), Some(137));
        assert_eq!(WaitStatus::exited(7).raw(), 1792);
    }
}
