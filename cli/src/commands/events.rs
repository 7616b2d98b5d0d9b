//! `mesos events`: what changes in the cluster, as it happens.
//!
//! Compat: operations §3.7; the contract of `/ui/events` is `webui/src/api/types.ts`. When the master goes away it
//! says so and goes on where it was, once there is a master again.

use crate::cluster::Master;
use crate::cluster::text;
use crate::commands::why::clock;
use crate::http::{HttpError, Piece, Stream, pause};
use crate::output::Colour;
use crate::sse::Reader;
use crate::table::{Command, Flag};
use crate::{Arguments, Context, Failure, Outcome, operator};
use serde_json::Value;
use std::io::Write as _;
use std::time::Duration;

pub const COMMAND: Command = Command {
    name: "events",
    about: "Show what changes in the cluster, as it happens",
    details: "One line for each agent, framework or task that comes, changes or goes; with -o json each is an object \
              on a line of its own. With -s, -q or --logs it is the command of mesos.cli, which follows the logs of \
              the daemons.",
    flags: &[
        Flag::valued(
            "last",
            "SEQUENCE",
            "Begin after that event, as far as the master still has it.",
        ),
        Flag::valued("count", "N", "End after so many events.").short('n'),
    ],
    run,
    ..Command::NEW
};

/// Before asking a master again that does not answer.
const RETRY: Duration = Duration::from_secs(2);
/// The master sends something at least so often.
const SILENCE_MAX: Duration = Duration::from_secs(60);

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let master = context.master()?;
    let count: u64 = arguments.number("count", u64::MAX)?;
    let mut last: Option<u64> = match arguments.value("last") {
        Some(_) => Some(arguments.number("last", 0)?),
        None => None,
    };
    let mut left = count;
    let mut ever = false;
    loop {
        match open(&master, last) {
            Ok(mut stream) => {
                ever = true;
                follow(context, &mut stream, &mut last, &mut left)?;
                if left == 0 {
                    return Ok(0);
                }
                tell("The connection to the master is gone; trying again")?;
            }
            Err(Refused::Final(failure)) => return Err(failure),
            Err(Refused::Passing(error)) if ever => {
                tell(&format!("{error}; trying again"))?;
            }
            Err(Refused::Passing(error)) => return Err(operator::failed(&master, &error)),
        }
        pause(RETRY);
    }
}

enum Refused {
    Final(Failure),
    Passing(HttpError),
}

fn open(master: &Master, last: Option<u64>) -> Result<Stream, Refused> {
    let id = last.map(|last| last.to_string());
    let mut headers = vec![("Accept", "text/event-stream")];
    if let Some(id) = &id {
        headers.push(("Last-Event-ID", id));
    }
    let stream = master.http.follow(&master.address, "/ui/events", &headers);
    let stream = stream.map_err(Refused::Passing)?;
    match stream.status {
        200 => Ok(stream),
        503 => Err(Refused::Passing(HttpError::Status {
            code: 503,
            body: stream.text(),
        })),
        404 => Err(Refused::Final(Failure::error(format!(
            "The master at {} has no stream of events (/ui/events)",
            master.address
        )))),
        status => {
            let body = stream.text();
            let body = body.trim();
            Err(Refused::Final(Failure::error(match body.is_empty() {
                true => format!("The master at {} answers {status}", master.address),
                false => body.to_owned(),
            })))
        }
    }
}

/// Until the stream ends or enough was seen.
fn follow(
    context: &Context,
    stream: &mut Stream,
    last: &mut Option<u64>,
    left: &mut u64,
) -> Result<(), Failure> {
    let mut reader = Reader::default();
    while *left > 0 {
        let bytes = match stream.piece(Some(SILENCE_MAX)) {
            Ok(Piece::Bytes(bytes)) => bytes,
            Ok(Piece::NotYet | Piece::End) | Err(_) => return Ok(()),
        };
        for data in reader.push(&bytes).map_err(Failure::error)? {
            let Ok(event) = serde_json::from_str::<Value>(&data) else {
                continue;
            };
            show(context, &event)?;
            *last = event["sequence"].as_u64().or(*last);
            *left -= 1;
            if *left == 0 {
                break;
            }
        }
    }
    Ok(())
}

fn show(context: &Context, event: &Value) -> Result<(), Failure> {
    if context.out.form.is_data() {
        return context.out.line(&event.to_string());
    }
    let time = event["time"].as_f64().map(clock).unwrap_or_default();
    let kind = text(event, "type");
    // A control character would move the cursor; what the text says may come from a task.
    let mut what = text(event, "text").replace(char::is_control, " ");
    let state = text(event, "state");
    if kind.starts_with("task_") && !what.contains(state) {
        what = format!("{what}: {state}");
    }
    let colour = match (kind, state) {
        (_, "TASK_FAILED" | "TASK_LOST" | "TASK_ERROR" | "TASK_GONE") => Some(Colour::Red),
        ("agent_removed" | "gap", _) => Some(Colour::Red),
        (_, "TASK_FINISHED" | "TASK_RUNNING") => Some(Colour::Green),
        _ => None,
    };
    let kind = format!("{kind:<17}");
    let kind = colour.map_or(kind.clone(), |colour| context.out.paint(colour, &kind));
    context.out.line(&format!("{time}  {kind}  {what}"))
}

fn tell(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stderr(), "{text}")?;
    Ok(())
}
