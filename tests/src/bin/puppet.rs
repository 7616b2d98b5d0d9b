//! The puppet of the scenario suite over the driver itself: what the bindings' puppets are compared with.
//!
//! usage: `puppet scheduler|executor PORT`
//!
//! Connects to 127.0.0.1:PORT, makes the driver calls it is told to make, and tells every callback. It decides nothing.
//! A line is words with one blank between them; a word is an integer, the lower-case hexadecimal of bytes, a list
//! `[hex,hex]`, or `-` for what is absent. Answers are `= NAME STATUS`, or `! NAME HEXTEXT`; callbacks `> NAME ARGUMENTS`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::executor::{Executor, ExecutorDriver};
use mesos_driver::scheduler::{Config, Scheduler, SchedulerDriver};
use mesos_driver::{CallbackFailed, CallbackResult, Status, executor, scheduler};
use mesos_tests::scenario::words::{hex, unhex, unlist};

/// The line to the one who pulls the strings.
#[derive(Clone)]
struct Strings {
    connection: Arc<Mutex<TcpStream>>,
    /// The callback that is to fail next.
    doomed: Arc<Mutex<Option<String>>>,
}

impl Strings {
    fn say(&self, line: &str) {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // When nobody listens any more the next read ends the program.
        let _ = connection.write_all(format!("{line}\n").as_bytes());
    }

    fn tell(&self, name: &str, words: &[String]) -> CallbackResult {
        let mut line = format!("> {name}");
        for word in words {
            line.push(' ');
            line.push_str(word);
        }
        self.say(&line);
        let mut doomed = self.doomed.lock().unwrap_or_else(PoisonError::into_inner);
        if doomed.as_deref() == Some(name) {
            *doomed = None;
            return Err(CallbackFailed);
        }
        Ok(())
    }

    fn tell_bytes(&self, name: &str, parts: &[&Bytes]) -> CallbackResult {
        let words: Vec<String> = parts.iter().map(|part| hex(part)).collect();
        self.tell(name, &words)
    }

    fn answer(&self, name: &str, number: i32) {
        self.say(&format!("= {name} {number}"));
    }

    fn refuse(&self, name: &str, why: &str) {
        self.say(&format!("! {name} {}", hex(why.as_bytes())));
    }
}

impl Scheduler for Strings {
    fn registered(&mut self, _: &scheduler::Handle, id: &Bytes, master: &Bytes) -> CallbackResult {
        self.tell_bytes("registered", &[id, master])
    }

    fn reregistered(&mut self, _: &scheduler::Handle, master: &Bytes) -> CallbackResult {
        self.tell_bytes("reregistered", &[master])
    }

    fn disconnected(&mut self, _: &scheduler::Handle) -> CallbackResult {
        self.tell("disconnected", &[])
    }

    fn resource_offers(&mut self, _: &scheduler::Handle, offers: &[Bytes]) -> CallbackResult {
        let offers: Vec<String> = offers.iter().map(|offer| hex(offer)).collect();
        self.tell("offers", &[format!("[{}]", offers.join(","))])
    }

    fn offer_rescinded(&mut self, _: &scheduler::Handle, id: &Bytes) -> CallbackResult {
        self.tell_bytes("rescinded", &[id])
    }

    fn status_update(&mut self, _: &scheduler::Handle, status: &Bytes) -> CallbackResult {
        self.tell_bytes("update", &[status])
    }

    fn framework_message(
        &mut self,
        _: &scheduler::Handle,
        executor: &Bytes,
        agent: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        self.tell_bytes("message", &[executor, agent, data])
    }

    fn slave_lost(&mut self, _: &scheduler::Handle, agent: &Bytes) -> CallbackResult {
        self.tell_bytes("slave_lost", &[agent])
    }

    fn executor_lost(
        &mut self,
        _: &scheduler::Handle,
        executor: &Bytes,
        agent: &Bytes,
        status: i32,
    ) -> CallbackResult {
        let words = [hex(executor), hex(agent), status.to_string()];
        self.tell("executor_lost", &words)
    }

    fn error(&mut self, _: &scheduler::Handle, message: &str) -> CallbackResult {
        self.tell("error", &[hex(message.as_bytes())])
    }
}

impl Executor for Strings {
    fn registered(
        &mut self,
        _: &executor::Handle,
        executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        self.tell_bytes("registered", &[executor, framework, agent])
    }

    fn reregistered(&mut self, _: &executor::Handle, agent: &Bytes) -> CallbackResult {
        self.tell_bytes("reregistered", &[agent])
    }

    fn launch_task(&mut self, _: &executor::Handle, task: &Bytes) -> CallbackResult {
        self.tell_bytes("launch", &[task])
    }

    fn kill_task(
        &mut self,
        _: &executor::Handle,
        task: &Bytes,
        _: Option<&Bytes>,
    ) -> CallbackResult {
        self.tell_bytes("kill", &[task])
    }

    fn framework_message(&mut self, _: &executor::Handle, data: &Bytes) -> CallbackResult {
        self.tell_bytes("message", &[data])
    }

    fn shutdown(&mut self, _: &executor::Handle) -> CallbackResult {
        self.tell("shutdown", &[])
    }

    fn error(&mut self, _: &executor::Handle, message: &str) -> CallbackResult {
        self.tell("error", &[hex(message.as_bytes())])
    }
}

/// The words behind a request's name.
struct Words<'a>(Vec<&'a str>);

type Bad = String;

impl Words<'_> {
    fn text(&self, at: usize) -> Result<Option<&str>, Bad> {
        let word = self.0.get(at).copied();
        Ok(word.filter(|&word| word != "-"))
    }

    fn bytes(&self, at: usize) -> Result<Bytes, Bad> {
        Ok(self.optional(at)?.unwrap_or_default())
    }

    fn optional(&self, at: usize) -> Result<Option<Bytes>, Bad> {
        let word = self.text(at)?;
        word.map(|word| unhex(word).map(Bytes::from)).transpose()
    }

    fn list(&self, at: usize) -> Result<Vec<Bytes>, Bad> {
        let items = unlist(self.text(at)?.unwrap_or("[]"))?;
        Ok(items.into_iter().map(Bytes::from).collect())
    }

    fn texts(&self, at: usize) -> Result<Vec<String>, Bad> {
        let texts = self.list(at)?.into_iter();
        texts.map(|text| utf8(&text)).collect()
    }

    fn is_set(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|&word| word == "1")
    }
}

fn utf8(bytes: &Bytes) -> Result<String, Bad> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

fn new_scheduler(strings: &Strings, words: &Words<'_>) -> Result<SchedulerDriver, Bad> {
    let mut config = Config::new(words.bytes(0)?, &utf8(&words.bytes(1)?)?);
    config.credential = words.optional(2)?;
    config.implicit_acknowledgements = words.is_set(3);
    config.suppressed_roles = words.texts(4)?;
    Ok(SchedulerDriver::new(Box::new(strings.clone()), config))
}

/// `None` for a name that is no call.
fn call(driver: &SchedulerDriver, name: &str, words: &Words<'_>) -> Result<Option<Status>, Bad> {
    Ok(Some(match name {
        "start" => driver.start(),
        "stop" => driver.stop(words.is_set(0)),
        "abort" => driver.abort(),
        "request" => driver.request_resources(words.list(0)?),
        "launch" => driver.launch_tasks(words.list(0)?, &words.list(1)?, words.bytes(2)?),
        "accept" => driver.accept_offers(words.list(0)?, words.list(1)?, words.bytes(2)?),
        "decline" => driver.decline_offer(words.bytes(0)?, words.bytes(1)?),
        "revive" => driver.revive_offers(),
        "revive_roles" => driver.revive_offers_of(words.texts(0)?),
        "suppress" => driver.suppress_offers(),
        "suppress_roles" => driver.suppress_offers_of(words.texts(0)?),
        "acknowledge" => driver.acknowledge_status_update(words.bytes(0)?),
        "message" => {
            driver.send_framework_message(words.bytes(0)?, words.bytes(1)?, words.bytes(2)?)
        }
        "kill" => driver.kill_task(words.bytes(0)?),
        "reconcile" => driver.reconcile_tasks(words.list(0)?),
        "update_framework" => {
            driver.update_framework(words.bytes(0)?, words.texts(1)?, words.bytes(2)?)
        }
        _ => return Ok(None),
    }))
}

fn executor_call(
    driver: &ExecutorDriver,
    name: &str,
    words: &Words<'_>,
) -> Result<Option<Status>, Bad> {
    Ok(Some(match name {
        "start" => driver.start(),
        "stop" => driver.stop(),
        "abort" => driver.abort(),
        "update" => driver.send_status_update(words.bytes(0)?),
        "message" => driver.send_framework_message(words.bytes(0)?),
        _ => return Ok(None),
    }))
}

enum Driver {
    Scheduler(SchedulerDriver),
    Executor(ExecutorDriver),
}

impl Driver {
    fn call(&self, name: &str, words: &Words<'_>) -> Result<Option<Status>, Bad> {
        match self {
            Self::Scheduler(driver) => call(driver, name, words),
            Self::Executor(driver) => executor_call(driver, name, words),
        }
    }

    /// Answers on a thread of its own, when it returns.
    fn join(&self, strings: &Strings) {
        let strings = strings.clone();
        let wait: Box<dyn FnOnce() -> Status + Send> = match self {
            Self::Scheduler(driver) => {
                let handle = driver.handle().clone();
                Box::new(move || handle.join())
            }
            Self::Executor(driver) => {
                let handle = driver.handle().clone();
                Box::new(move || handle.join())
            }
        };
        std::thread::spawn(move || strings.answer("join", wait() as i32));
    }
}

/// Does what a line asks for; `false` ends the program.
fn obey(strings: &Strings, driver: &mut Option<Driver>, is_scheduler: bool, line: &str) -> bool {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let words = Words(words.collect());
    match (name, driver.as_ref()) {
        ("quit", _) => return false,
        ("throw", _) => {
            let callback = words.0.first().map(|&name| name.to_owned());
            *strings
                .doomed
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = callback;
            strings.answer(name, 0);
        }
        ("new", _) if is_scheduler => match new_scheduler(strings, &words) {
            Ok(made) => {
                *driver = Some(Driver::Scheduler(made));
                strings.answer(name, 0);
            }
            Err(why) => strings.refuse(name, &why),
        },
        ("new", _) => {
            let made = ExecutorDriver::new(Box::new(strings.clone()), Variables::of_process());
            *driver = Some(Driver::Executor(made));
            strings.answer(name, 0);
        }
        ("free", _) => {
            *driver = None;
            strings.answer(name, 0);
        }
        ("join", Some(driver)) => driver.join(strings),
        (_, Some(driver)) => match driver.call(name, &words) {
            Ok(Some(status)) => strings.answer(name, status as i32),
            Ok(None) => strings.refuse(name, "unknown request"),
            Err(why) => strings.refuse(name, &why),
        },
        (_, None) => strings.refuse(name, "there is no driver"),
    }
    true
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || std::io::Error::other("usage: puppet scheduler|executor PORT");
    let [role, port] = arguments.as_slice() else {
        return Err(usage());
    };
    let is_scheduler = match role.as_str() {
        "scheduler" => true,
        "executor" => false,
        _ => return Err(usage()),
    };
    let port: u16 = port.parse().map_err(|_| usage())?;
    let connection = TcpStream::connect(("127.0.0.1", port))?;
    let lines = BufReader::new(connection.try_clone()?).lines();
    let strings = Strings {
        connection: Arc::new(Mutex::new(connection)),
        doomed: Arc::default(),
    };
    strings.say(&format!("hello {role}"));
    let mut driver = None;
    for line in lines {
        if !obey(&strings, &mut driver, is_scheduler, &line?) {
            break;
        }
    }
    Ok(())
}
