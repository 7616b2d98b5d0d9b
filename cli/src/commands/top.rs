//! `mesos top`: agents and tasks with what they use, live or once.
//!
//! Compat: operations §3.7; reads pages of the lists below `/ui/` and the statistics of the agents shown, by way of
//! the master.

use crate::http::pause;
use crate::table::{Command, Flag};
use crate::top::sample::{Picture, Sampler};
use crate::top::{plain, screen};
use crate::{Arguments, Context, Failure, Outcome};
use std::io::IsTerminal as _;
use std::time::Duration;

pub const COMMAND: Command = Command {
    name: "top",
    about: "Show agents and tasks with what they use, live",
    details: "Keys: q ends it, c and m sort the tasks by CPU or memory, the arrows and page keys move through them.",
    flags: &[
        Flag::switch("once", "Print it once, as plain text, and end."),
        Flag::valued("interval", "SECONDS", "Between two looks (default: 2).").short('d'),
    ],
    run,
    ..Command::NEW
};

const INTERVAL_SECONDS: f64 = 2.0;
const SHORTEST: Duration = Duration::from_millis(200);

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let seconds = arguments.number("interval", INTERVAL_SECONDS)?;
    let interval = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|interval| *interval >= SHORTEST)
        .ok_or_else(|| {
            Failure::error(format!("'{seconds}' is not a valid value of '--interval'"))
        })?;
    let mut sampler = Sampler::new(context.master()?);
    if !arguments.has("once") {
        if context.out.form.is_data() || !std::io::stdout().is_terminal() {
            return Err(Failure::error(
                "`mesos top` needs a terminal; --once prints it once, as text or with -o json",
            ));
        }
        return screen::run(sampler, interval).map(|()| 0);
    }
    // What is used of a CPU is the difference of two looks.
    sampler.look()?;
    pause(interval.min(Duration::from_secs(1)));
    let picture: Picture = sampler.look()?;
    if context.out.form.is_data() {
        context.out.object(&picture.json())?;
    } else {
        context
            .out
            .text(&plain::text(&picture, context.out.width))?;
    }
    Ok(0)
}
