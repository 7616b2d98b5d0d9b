//! One line: `Lmmdd hh:mm:ss.uuuuuu TTTTT file:line] text`.

use chrono::{DateTime, Local};

/// As glog numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
    Fatal,
}

impl Severity {
    /// Least severe first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Fatal];

    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Info => 'I',
            Self::Warning => 'W',
            Self::Error => 'E',
            Self::Fatal => 'F',
        }
    }
}

/// A whole line with its line end. `file` may be a path; its last part is shown.
pub fn format(
    severity: Severity,
    time: &DateTime<Local>,
    thread: i32,
    (file, line): (&str, u32),
    text: &str,
) -> String {
    let file = file.rsplit('/').next().unwrap_or(file);
    format!(
        "{}{} {thread:>5} {file}:{line}] {}\n",
        severity.letter(),
        time.format("%m%d %H:%M:%S%.6f"),
        text.trim_end_matches('\n'),
    )
}

/// The three lines at the start of a log file.
pub fn file_header(time: &DateTime<Local>, host: &str) -> String {
    format!(
        "Log file created at: {}\nRunning on machine: {host}\n\
         Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg\n",
        time.format("%Y/%m/%d %H:%M:%S")
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    #[test]
    fn lines_have_the_originals_form() {
        let time = Local
            .with_ymd_and_hms(2026, 11, 20, 12, 33, 28)
            .single()
            .expect("unambiguous");
        let time = time + chrono::Duration::microseconds(741_868);
        assert_eq!(
            format(
                Severity::Info,
                &time,
                940,
                ("src/main.rs", 385),
                "Build: x\n"
            ),
            "I1120 12:33:28.741868   940 main.rs:385] Build: x\n"
        );
        assert_eq!(
            format(Severity::Error, &time, 1_234_567, ("a.rs", 1), "x"),
            "E1120 12:33:28.741868 1234567 a.rs:1] x\n"
        );
    }
}
