//! What goes wrong, as the user sees it.

use std::io::{self, Write as _};

/// The exit code of success, or what went wrong.
pub type Outcome = Result<u8, Failure>;

/// What a shell reports for a program that a broken pipe ended.
const BROKEN_PIPE: u8 = 128 + 13;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Shown as `Error: TEXT.`; exit code 1.
    Error(String),
    /// Shown as it is, on stderr.
    Plain { text: String, code: u8 },
}

impl Failure {
    pub fn error(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }

    /// A text of a tool that does not have the new CLI's form.
    pub fn plain(text: impl Into<String>, code: u8) -> Self {
        Self::Plain {
            text: text.into(),
            code,
        }
    }

    /// The text without what frames it.
    pub fn text(&self) -> &str {
        match self {
            Self::Error(text) | Self::Plain { text, .. } => text,
        }
    }

    /// Writes the message to stderr and gives the exit code.
    pub fn report(&self) -> u8 {
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell when stderr is closed.
        match self {
            Self::Error(text) => {
                let _ = writeln!(stderr, "{}", framed(text));
                1
            }
            Self::Plain { text, code } => {
                if !text.is_empty() {
                    let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
                }
                *code
            }
        }
    }
}

/// `Error: TEXT.`
pub fn framed(text: &str) -> String {
    let stop = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("Error: {text}{stop}")
}

/// Errors of writing the results: a reader that went away is not worth a message.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::plain("", BROKEN_PIPE);
        }
        Self::Error(format!("Failed to write the output: {error}"))
    }
}
