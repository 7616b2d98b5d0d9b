//! One puppet: the socket it speaks on, what it told, and its process if we started it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::language::{self, Role};
use super::words::unhex;

/// How long anything that is awaited may take, on a busy machine as well.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long a puppet may take to obey `quit`.
const QUIT_PATIENCE: Duration = Duration::from_secs(5);

/// What a call came back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Returned(i64),
    Raised(String),
}

/// A callback.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: String,
    pub event: Value,
}

#[derive(Default)]
struct Inbox {
    connection: Option<TcpStream>,
    told: VecDeque<Told>,
    /// Callbacks that were passed over while another was awaited; they may be awaited later.
    kept: VecDeque<Told>,
    answers: VecDeque<(String, Answer)>,
    joined: Option<Answer>,
    /// How often one has connected.
    arrivals: usize,
    /// The connection ended.
    is_gone: bool,
    broken: Option<String>,
}

struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    is_over: AtomicBool,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Inbox)) {
        change(&mut self.inbox());
        self.changed.notify_all();
    }
}

pub struct Actor {
    pub role: Role,
    port: u16,
    shared: Arc<Shared>,
    process: Option<Child>,
}

impl Actor {
    /// Waits for a puppet; nobody is started.
    pub fn new(role: Role) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot listen for a puppet: {error}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let shared = Arc::new(Shared {
            inbox: Mutex::default(),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let hearing = shared.clone();
        std::thread::spawn(move || listen(&listener, role, &hearing));
        Ok(Self {
            role,
            port,
            shared,
            process: None,
        })
    }

    /// The command that starts this puppet.
    #[must_use]
    pub fn command(&self, program: &str) -> String {
        format!("exec {program} {} {}", self.role.name(), self.port)
    }

    /// Starts the puppet as a process of ours.
    pub fn start(
        &mut self,
        program: &str,
        variables: &[(String, String)],
        log: &Path,
    ) -> Result<(), String> {
        let file = |_| {
            std::fs::File::options()
                .create(true)
                .append(true)
                .open(log)
                .map_err(|error| format!("{}: {error}", log.display()))
        };
        let child = Command::new("/bin/sh")
            .arg("-c")
            .arg(self.command(program))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file(())?)
            .stderr(file(())?)
            .spawn()
            .map_err(|error| format!("cannot start a puppet: {error}"))?;
        self.process = Some(child);
        Ok(())
    }

    /// Sends a line, once the puppet is there.
    pub fn send(&self, line: &str) -> Result<(), String> {
        let connection = self.wait("the puppet's hello", |inbox| {
            let connection = inbox.connection.as_ref()?;
            Some(connection.try_clone().map_err(|error| error.to_string()))
        })??;
        (&connection)
            .write_all(format!("{line}\n").as_bytes())
            .map_err(|error| format!("the puppet does not listen: {error}"))
    }

    /// The answer to the call that was sent last.
    pub fn answer(&self, name: &str) -> Result<Answer, String> {
        let (to, answer) = self.wait(&format!("the answer to {name}"), |inbox| {
            inbox.answers.pop_front()
        })?;
        if to != name {
            return Err(format!("{to} was answered instead: {answer:?}"));
        }
        Ok(answer)
    }

    pub fn joined(&self) -> Result<Answer, String> {
        self.wait("the end of join", |inbox| inbox.joined.take())
    }

    #[must_use]
    pub fn is_joining(&self) -> bool {
        self.shared.inbox().joined.is_none()
    }

    /// The next callback that is none of the passed-over ones.
    pub fn next(&self, what: &str, passed_over: &[&str]) -> Result<Told, String> {
        self.wait(what, |inbox| {
            let wanted = |told: &Told| !passed_over.contains(&told.name.as_str());
            if let Some(at) = inbox.kept.iter().position(wanted) {
                return inbox.kept.remove(at);
            }
            while let Some(told) = inbox.told.pop_front() {
                if wanted(&told) {
                    return Some(told);
                }
                inbox.kept.push_back(told);
            }
            None
        })
    }

    /// Callbacks that nobody has looked at yet.
    #[must_use]
    pub fn waiting(&self) -> Vec<Told> {
        let inbox = self.shared.inbox();
        inbox.kept.iter().chain(&inbox.told).cloned().collect()
    }

    fn wait<T>(
        &self,
        what: &str,
        mut probe: impl FnMut(&mut Inbox) -> Option<T>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        let mut inbox = self.shared.inbox();
        loop {
            if let Some(found) = probe(&mut inbox) {
                return Ok(found);
            }
            if let Some(why) = &inbox.broken {
                return Err(format!("awaited {what}; {why}"));
            }
            if inbox.is_gone {
                return Err(format!("awaited {what}; the puppet ended"));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("awaited {what}; nothing came within {PATIENCE:?}"));
            }
            let waited = self.shared.changed.wait_timeout(inbox, left);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Asks the puppet to end, and waits until it has.
    pub fn quit(&mut self) -> Result<(), String> {
        self.send("quit")?;
        self.gone("the end of the connection")?;
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        let deadline = Instant::now() + QUIT_PATIENCE;
        loop {
            match process.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the puppet ended with {status}")),
                Ok(None) if Instant::now() < deadline => {
                    std::thread::park_timeout(Duration::from_millis(5));
                }
                Ok(None) | Err(_) => {
                    let _ = process.kill();
                    let _ = process.wait();
                    return Err("the puppet did not obey `quit`".to_owned());
                }
            }
        }
    }

    fn gone(&self, what: &str) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut inbox = self.shared.inbox();
        while !inbox.is_gone {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("awaited {what}; it lasts"));
            }
            let waited = self.shared.changed.wait_timeout(inbox, left);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// SIGKILL to a puppet that we started.
    pub fn kill(&mut self) -> Result<(), String> {
        let mut process = self.process.take().ok_or("it is not ours to kill")?;
        process.kill().map_err(|error| error.to_string())?;
        let _ = process.wait();
        self.gone("the end of the connection")
    }

    /// Whether one is connected at this moment.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let inbox = self.shared.inbox();
        inbox.connection.is_some() && !inbox.is_gone
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let ours = self.process.is_some();
        if self.is_there() && (self.quit().is_ok() || ours) {
            // An executor's process belongs to its agent.
        }
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the listening thread, which then sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Hears one puppet after the other: an executor may be started again.
fn listen(listener: &TcpListener, role: Role, shared: &Shared) {
    for connection in listener.incoming() {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let Ok(connection) = connection else { continue };
        let Ok(reading) = connection.try_clone() else {
            continue;
        };
        let mut lines = BufReader::new(reading).lines().map_while(Result::ok);
        let hello = lines.next().unwrap_or_default();
        if hello != format!("hello {}", role.name()) {
            shared.note(|inbox| {
                inbox.broken = Some(format!("the puppet's first line was {hello:?}"))
            });
            continue;
        }
        shared.note(|inbox| {
            inbox.connection = Some(connection);
            inbox.arrivals += 1;
            inbox.is_gone = false;
        });
        for line in lines {
            let heard = parse(role, &line);
            shared.note(|inbox| match heard {
                Ok(Heard::Told(told)) => inbox.told.push_back(told),
                Ok(Heard::Answer(name, answer)) if name == "join" => inbox.joined = Some(answer),
                Ok(Heard::Answer(name, answer)) => inbox.answers.push_back((name, answer)),
                Err(why) => inbox.broken = Some(format!("the puppet said {line:?}: {why}")),
            });
        }
        shared.note(|inbox| {
            inbox.connection = None;
            inbox.is_gone = true;
        });
    }
}

enum Heard {
    Told(Told),
    Answer(String, Answer),
}

fn parse(role: Role, line: &str) -> Result<Heard, String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        [">", name, words @ ..] => Ok(Heard::Told(Told {
            name: (*name).to_owned(),
            event: language::event(role, name, words)?,
        })),
        ["=", name, number] => {
            let number = number
                .parse()
                .map_err(|_| "its number is none".to_owned())?;
            Ok(Heard::Answer((*name).to_owned(), Answer::Returned(number)))
        }
        ["!", name, text @ ..] => {
            let text = unhex(text.first().copied().unwrap_or_default())?;
            let text = String::from_utf8_lossy(&text).into_owned();
            Ok(Heard::Answer((*name).to_owned(), Answer::Raised(text)))
        }
        _ => Err("that is no line of a puppet".to_owned()),
    }
}
