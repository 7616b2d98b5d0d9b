//! Prints the flag tables of all programs as JSON; `cargo xtask fix` makes `docs/flags` of it.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let reference = mesos_daemon::flags::reference();
    writeln!(std::io::stdout(), "{reference:#}")
}
