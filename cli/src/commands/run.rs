//! `mesos run -- CMD`, `mesos run IMAGE -- CMD`: runs a command somewhere in the cluster and shows what it writes.
//!
//! Compat: operations §3.7: a front end of `mesos-execute`, which does the work; its exit status is the command's.

use crate::cluster::Master;
use crate::commands::logs::Log;
use crate::failure::Failure;
use crate::table::{Command, Flag, Word};
use crate::{Arguments, Context, Outcome, dispatch, find};
use serde_json::{Map, json};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

pub const COMMAND: Command = Command {
    name: "run",
    about: "Run a command somewhere in the cluster and show what it writes",
    details: "The exit status is the command's, 128 and the number for a signal. Several words are passed on as they \
              are; a single one is a line for the shell. Ctrl-C ends the command. What it writes comes by way of \
              the master.",
    words: &[
        Word::optional("image", "A Docker image for the container, before `--`."),
        Word::optional("command", "The command, after `--`.").many(),
    ],
    flags: &[
        Flag::valued("cpus", "N", "CPUs for the command (default: 1)."),
        Flag::valued("mem", "MB", "Memory for the command (default: 128)."),
        Flag::valued(
            "env",
            "NAME=VALUE",
            "A variable of its environment; may be given several times.",
        )
        .short('e')
        .many(),
        Flag::valued(
            "name",
            "NAME",
            "Name and id of the task (default: run- and a random id).",
        ),
        Flag::valued("role", "ROLE", "The role whose resources are used."),
        Flag::switch(
            "rm",
            "For the habit of it: nothing stays registered in any case, and agents remove sandboxes by themselves.",
        ),
        Flag::switch(
            "quiet",
            "Nothing of how it goes on; the executor still writes its lines to stderr.",
        )
        .short('q'),
    ],
    run,
    ..Command::NEW
};

/// What runs the command.
const EXECUTE: &str = "execute";

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let (image, command) = split(arguments)?;
    let master = context.master()?;
    let name = match arguments.value("name") {
        Some(name) => name.to_owned(),
        // Not the number of this process: other hosts and containers have the same ones.
        None => format!("run-{}", Uuid::new_v4()),
    };
    let program = dispatch::program(EXECUTE).ok_or_else(|| {
        Failure::error("There is no mesos-execute beside this program nor on PATH")
    })?;
    let mut process = Process::new(program);
    process
        .arg(format!("--master={}", master.address))
        .arg(format!("--name={name}"))
        .arg(format!("--command={}", shell_line(command)))
        .arg(format!("--resources={}", resources(arguments)?))
        .arg("--exit_with_task_status");
    if let Some(values) = arguments.value("env") {
        process.arg(format!("--env={}", environment(values)?));
    }
    if let Some(role) = arguments.value("role") {
        process.arg(format!("--role={role}"));
    }
    if let Some(image) = image {
        process.arg(format!("--docker_image={image}"));
    }
    ignore_interrupts()?;
    let child = start(process, master.http.credential.as_ref())
        .map_err(|error| Failure::error(format!("Failed to start mesos-execute: {error}")))?;
    attend(context, &master, &name, child, arguments.has("quiet"))
}

/// Starts the child. The secret comes by its standard input: every user of the host may read its command line.
fn start(mut process: Process, credential: Option<&(String, String)>) -> io::Result<Child> {
    process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Some((principal, secret)) = credential else {
        return process.spawn();
    };
    process
        .arg(format!("--principal={principal}"))
        .arg("--secret=file:///dev/stdin")
        .stdin(Stdio::piped());
    let mut child = process.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that did not read it has ended, and says why by itself.
        let _ = stdin.write_all(secret.as_bytes());
    }
    Ok(child)
}

/// The image, if there is one, and the command.
fn split(arguments: &Arguments) -> Result<(Option<&str>, &[String]), Failure> {
    let usage =
        || Failure::error("Expecting a command after `--`, as in `mesos run -- echo hello`");
    let before = arguments.before_dashes().ok_or_else(usage)?;
    if before > 1 {
        return Err(usage());
    }
    let command = arguments.rest(before);
    if command.is_empty() {
        return Err(usage());
    }
    Ok(((before == 1).then(|| arguments.word(0)).flatten(), command))
}

/// Several words keep their borders; one is a line as it is.
fn shell_line(words: &[String]) -> String {
    if let [line] = words {
        return line.clone();
    }
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn resources(arguments: &Arguments) -> Result<String, Failure> {
    let cpus: f64 = arguments.number("cpus", 1.0)?;
    let mem: f64 = arguments.number("mem", 128.0)?;
    Ok(format!("cpus:{cpus};mem:{mem}"))
}

fn environment(values: &str) -> Result<String, Failure> {
    let mut variables = Map::new();
    for value in values.split('\n') {
        let Some((name, value)) = value.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Failure::error(format!("'{value}' is not NAME=VALUE")));
        };
        variables.insert(name.to_owned(), json!(value));
    }
    Ok(json!(variables).to_string())
}

/// Ctrl-C reaches the child as well, which tears its framework down: this program waits for it.
fn ignore_interrupts() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let _inside = runtime.enter();
    // Once asked for, the signal never again ends the process, whoever listens.
    let _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(())
}

/// Shows how it goes on, and what the command writes, until the child ends.
fn attend(
    context: &Context,
    master: &Master,
    name: &str,
    mut child: Child,
    quiet: bool,
) -> Outcome {
    let over = Arc::new(AtomicBool::new(false));
    let complaints = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            lines(stderr)
                .filter_map(|line| complaint(&line))
                .collect::<Vec<_>>()
        })
    });
    let shown = std::thread::scope(|scope| {
        let mut logs = Vec::new();
        for line in child.stdout.take().into_iter().flat_map(lines) {
            if let Some(progress) = progress(&line).filter(|_| !quiet) {
                tell(&progress);
            }
            if logs.is_empty() && line.starts_with("Received status update TASK_RUNNING ") {
                for file in ["stdout", "stderr"] {
                    let (over, master) = (Arc::clone(&over), master.clone());
                    logs.push(scope.spawn(move || show(context, master, name, file, &over)));
                }
            }
        }
        over.store(true, Ordering::Release);
        let ended: Vec<_> = logs.into_iter().map(|log| log.join()).collect();
        ended
    });
    let status = child.wait()?;
    let complaints = complaints.and_then(|thread| thread.join().ok());
    for line in complaints.into_iter().flatten() {
        tell(&line);
    }
    // The status is the command's, whether or not all that it wrote could be shown.
    let failures = shown.into_iter().filter_map(|log| log.ok()?.err());
    let mut texts: Vec<_> = failures.map(|failure| failure.text().to_owned()).collect();
    texts.dedup();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        tell(&format!("Warning: {text}"));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(1))
}

/// The lines of a stream until it ends or fails; what is no UTF-8 in them is replaced.
fn lines(stream: impl io::Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned())
}

fn tell(line: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Follows one of the command's files until the run is over.
fn show(
    context: &Context,
    master: Master,
    name: &str,
    file: &'static str,
    over: &AtomicBool,
) -> Result<(), Failure> {
    let task = find::task(&master, name)?;
    let mut log = Log::new(context, master, task, file);
    log.to_stderr = file == "stderr";
    log.follow(None, &mut || over.load(Ordering::Acquire))
}

/// What is worth telling of a line of the child.
fn progress(line: &str) -> Option<String> {
    if line.starts_with("Subscribed") {
        return Some("Waiting for an offer that is large enough".to_owned());
    }
    if line.starts_with("Submitted task") {
        return Some(line.to_owned());
    }
    if let Some(message) = line.strip_prefix("  message: ") {
        return Some(message.trim_matches('\'').to_owned());
    }
    let state = line.strip_prefix("Received status update ")?;
    Some(state.split(' ').next().unwrap_or_default().to_owned())
}

/// The text of an error line of the child's log.
fn complaint(line: &str) -> Option<String> {
    let (_, text) = line.split_once("EXIT with status 1: ")?;
    Some(format!("Error: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::http::Http;
    use crate::options::{Parsed, parse};
    use std::io::Read as _;
    use std::net::TcpListener;

    fn parsed(words: &[&str]) -> Arguments {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        match parse(&COMMAND, &words) {
            Ok(Parsed::Run(arguments)) => arguments,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_stands_before_the_dashes_is_the_image() {
        let given = parsed(&["--", "echo", "a b"]);
        let (image, command) = split(&given).unwrap();
        assert_eq!(image, None);
        assert_eq!(shell_line(command), "echo 'a b'");
        let given = parsed(&["busybox", "--cpus=2", "--", "echo $A"]);
        let (image, command) = split(&given).unwrap();
        assert_eq!(
            (image, shell_line(command).as_str()),
            (Some("busybox"), "echo $A")
        );
        assert_eq!(resources(&given).unwrap(), "cpus:2;mem:128");
        for wrong in [&["busybox"][..], &["--"], &["a", "b", "--", "c"]] {
            assert!(split(&parsed(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn variables_may_be_given_several_times() {
        let given = parsed(&["-e", "A=1", "--env=B=x=y", "--", "env"]);
        let json = environment(given.value("env").unwrap()).unwrap();
        assert_eq!(json, r#"{"A":"1","B":"x=y"}"#);
        assert!(environment("A").is_err());
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("--x=/y"), "--x=/y");
    }

    #[test]
    fn the_secret_is_not_on_the_command_line() {
        let mut process = Process::new("sh");
        process.args(["-c", "cat /dev/stdin; printf ' %s' \"$@\"", "sh"]);
        let credential = ("me".to_owned(), "hidden".to_owned());
        let child = start(process, Some(&credential)).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, "hidden --principal=me --secret=file:///dev/stdin");
    }

    #[test]
    fn the_status_is_the_commands_when_the_log_cannot_be_read() {
        let context = Context::new(&parsed(&["--", "true"])).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::parse(&listener.local_addr().unwrap().to_string()).unwrap();
        // It ends with the program.
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let _ = client.read(&mut [0; 4096]);
                let _ = client.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        });
        let master = Master::new(address, Http::default());
        let mut process = Process::new("sh");
        let line = "echo \"Received status update TASK_RUNNING for task 't'\"; exit 7";
        process.args(["-c", line]);
        let child = start(process, None).unwrap();
        let outcome = attend(&context, &master, "t", child, true);
        assert_eq!(outcome, Ok(7));
    }
}
