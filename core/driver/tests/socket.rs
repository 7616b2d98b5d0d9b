//! Both drivers over real sockets, against a stand-in for the master and the agent.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::executor::{self, Executor, ExecutorDriver};
use mesos_driver::scheduler::{self, Config, Scheduler, SchedulerDriver};
use mesos_driver::splice::{self, Writer, id_message};
use mesos_driver::{CallbackFailed, CallbackResult, Status};
use mesos_process::{Envelope, Mailbox, Node, NodeConfig, Upid};

const WAIT: Duration = Duration::from_secs(10);

/// A process on a node of its own, driven by the test.
struct Peer {
    runtime: tokio::runtime::Runtime,
    node: Node,
    mailbox: Mailbox,
}

impl Peer {
    fn new(id: &str) -> Self {
        Self::at(id, 0)
    }

    fn at(id: &str, port: u16) -> Self {
        let config = NodeConfig {
            port,
            ..NodeConfig::loopback()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let node = runtime.block_on(Node::bind(config)).unwrap();
        let mailbox = {
            let _inside = runtime.enter();
            node.spawn(id)
        };
        Self {
            runtime,
            node,
            mailbox,
        }
    }

    fn pid(&self) -> Upid {
        self.mailbox.upid().clone()
    }

    /// The next message: sender, name, body.
    fn receive(&mut self) -> (Upid, String, Bytes) {
        let mailbox = &mut self.mailbox;
        self.runtime.block_on(async {
            loop {
                let envelope = tokio::time::timeout(WAIT, mailbox.recv())
                    .await
                    .expect("a message is due");
                match envelope.expect("the node is alive") {
                    Envelope::Message {
                        from, name, body, ..
                    } => return (from, name.to_string(), body),
                    Envelope::Exited { .. } => {}
                }
            }
        })
    }

    /// The body of the next Call, which must be of that type.
    fn receive_call(&mut self, kind: u64) -> (Upid, Bytes) {
        let (from, name, body) = self.receive();
        assert_eq!(
            (name.as_str(), splice::number(&body, 2)),
            ("mesos.scheduler.Call", Some(kind))
        );
        (from, body)
    }

    fn send(&self, to: &Upid, name: &str, body: Bytes) {
        let me = self.pid();
        let _inside = self.runtime.enter();
        self.node
            .send(&me, to, &format!("mesos.internal.{name}"), body);
    }
}

fn variables(extra: &[(&str, &str)]) -> Variables {
    let always = [
        ("LIBPROCESS_IP", "127.0.0.1"),
        ("MESOS_INITIALIZE_DRIVER_LOGGING", "false"),
    ];
    extra.iter().copied().chain(always).collect()
}

/// Reports every callback; fails in `statusUpdate` of task `bad`; stops in `statusUpdate` of task `last`.
struct Recorder(Sender<String>);

impl Recorder {
    fn note(&self, text: String) -> CallbackResult {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        self.0
            .send(format!("{text} on {thread}"))
            .map_err(|_| CallbackFailed)
    }
}

impl Scheduler for Recorder {
    fn registered(&mut self, _: &scheduler::Handle, id: &Bytes, _: &Bytes) -> CallbackResult {
        self.note(format!("registered {}", splice::id(id)))
    }

    fn resource_offers(&mut self, driver: &scheduler::Handle, offers: &[Bytes]) -> CallbackResult {
        let offer_id = splice::message(&offers[0], 1).unwrap();
        driver.decline_offer(offer_id, Bytes::new());
        self.note(format!("offers {}", offers.len()))
    }

    fn status_update(&mut self, driver: &scheduler::Handle, status: &Bytes) -> CallbackResult {
        let task = splice::message(status, 1)
            .map(|id| splice::id(&id))
            .unwrap_or_default();
        self.note(format!("update {task}"))?;
        match task.as_str() {
            "bad" => Err(CallbackFailed),
            "last" => {
                assert_eq!(driver.stop(false), Status::Stopped);
                assert_eq!(driver.join(), Status::Stopped);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn error(&mut self, driver: &scheduler::Handle, message: &str) -> CallbackResult {
        self.note(format!("error {message} {}", driver.status().name()))
    }
}

fn framework() -> Bytes {
    Writer::new().bytes(1, b"u").bytes(2, b"n").finish()
}

fn start_scheduler(master: &Peer, extra: &[(&str, &str)]) -> (SchedulerDriver, Receiver<String>) {
    let (notes, noted) = channel();
    let address = master.pid().address.to_string();
    let config = Config {
        variables: variables(extra),
        ..Config::new(framework(), &address)
    };
    let driver = SchedulerDriver::new(Box::new(Recorder(notes)), config);
    assert_eq!(driver.start(), Status::Running);
    (driver, noted)
}

fn register(master: &mut Peer, noted: &Receiver<String>) -> Upid {
    let (driver, subscribe) = master.receive_call(1);
    assert_eq!(splice::at(&subscribe, &[3, 1, 2]).unwrap(), "n");
    let info = Writer::new()
        .bytes(1, b"m")
        .varint(2, 1)
        .varint(3, 5050)
        .finish();
    let body = Writer::new()
        .bytes(1, &id_message("F"))
        .bytes(2, &info)
        .finish();
    master.send(&driver, "FrameworkRegisteredMessage", body);
    assert_eq!(
        noted.recv_timeout(WAIT).unwrap(),
        "registered F on mesos-scheduler"
    );
    driver
}

fn update(task: &str) -> Bytes {
    let status = Writer::new()
        .bytes(1, &id_message(task))
        .varint(2, 1)
        .finish();
    let update = Writer::new()
        .bytes(1, &id_message("F"))
        .bytes(3, &id_message("S"))
        .bytes(4, &status);
    let update = update.double(5, 1.0).bytes(6, b"0123456789abcdef").finish();
    Writer::new()
        .bytes(1, &update)
        .bytes(2, b"slave(1)@127.0.0.1:1")
        .finish()
}

#[test]
fn a_framework_registers_declines_acknowledges_and_tears_down() {
    let mut master = Peer::new("master");
    let (driver, noted) = start_scheduler(&master, &[]);
    let pid = register(&mut master, &noted);
    assert!(pid.id.starts_with("scheduler-"));

    let offer = Writer::new()
        .bytes(1, &id_message("O"))
        .bytes(2, &id_message("F"))
        .bytes(3, &id_message("S"));
    let offers = Writer::new()
        .bytes(1, &offer.bytes(4, b"host").finish())
        .bytes(2, b"slave(1)@127.0.0.1:1")
        .finish();
    master.send(&pid, "ResourceOffersMessage", offers);
    assert_eq!(
        noted.recv_timeout(WAIT).unwrap(),
        "offers 1 on mesos-scheduler"
    );
    let (_, decline) = master.receive_call(4);
    assert_eq!(splice::at(&decline, &[5, 1]).unwrap(), id_message("O"));

    master.send(&pid, "StatusUpdateMessage", update("t"));
    assert_eq!(
        noted.recv_timeout(WAIT).unwrap(),
        "update t on mesos-scheduler"
    );
    let (_, acknowledge) = master.receive_call(8);
    assert_eq!(
        splice::at(&acknowledge, &[8, 3]).unwrap(),
        "0123456789abcdef"
    );

    // The callback stops the driver, so this update is not acknowledged (S25).
    master.send(&pid, "StatusUpdateMessage", update("last"));
    assert_eq!(driver.join(), Status::Stopped);
    master.receive_call(2);
    assert_eq!(
        (driver.stop(false), driver.start()),
        (Status::Stopped, Status::Stopped)
    );
}

#[test]
fn a_failing_callback_aborts_deactivates_and_is_not_acknowledged() {
    let mut master = Peer::new("master");
    let (driver, noted) = start_scheduler(&master, &[]);
    let pid = register(&mut master, &noted);
    master.send(&pid, "StatusUpdateMessage", update("bad"));
    assert_eq!(driver.join(), Status::Aborted);
    assert_eq!(
        master.receive().1,
        "mesos.internal.DeactivateFrameworkMessage"
    );
    assert_eq!(driver.reconcile_tasks(vec![]), Status::Aborted);
}

#[test]
fn an_error_of_the_master_aborts_first_and_then_tells_the_framework() {
    let mut master = Peer::new("master");
    let (driver, noted) = start_scheduler(&master, &[]);
    let pid = register(&mut master, &noted);
    master.send(
        &pid,
        "FrameworkErrorMessage",
        Writer::new().bytes(2, b"Framework failed over").finish(),
    );
    let note = noted.recv_timeout(WAIT).unwrap();
    assert_eq!(
        note,
        "error Framework failed over DRIVER_ABORTED on mesos-scheduler"
    );
    assert_eq!(driver.join(), Status::Aborted);
}

#[test]
fn malformed_messages_are_dropped_and_registration_is_retried() {
    let mut master = Peer::new("master");
    let (_driver, noted) =
        start_scheduler(&master, &[("MESOS_REGISTRATION_BACKOFF_FACTOR", "20ms")]);
    let (pid, _) = master.receive_call(1);
    master.send(
        &pid,
        "FrameworkRegisteredMessage",
        Bytes::from_static(b"\xff\xff\xff"),
    );
    master.send(&pid, "FrameworkRegisteredMessage", Bytes::new());
    register(&mut master, &noted);
}

#[test]
fn a_bad_flag_fails_the_construction_and_a_dropped_driver_says_nothing() {
    let (notes, noted) = channel();
    let config = Config {
        variables: variables(&[("MESOS_QUIET", "junk")]),
        ..Config::new(framework(), "127.0.0.1:1")
    };
    let driver = SchedulerDriver::new(Box::new(Recorder(notes)), config);
    let note = noted.recv_timeout(WAIT).unwrap();
    assert!(
        note.starts_with("error Failed to load flag 'quiet'"),
        "{note}"
    );
    assert_eq!(
        (driver.start(), driver.run(), driver.join()),
        (Status::Aborted, Status::Aborted, Status::Aborted)
    );

    let mut master = Peer::new("master");
    let (driver, noted) = start_scheduler(&master, &[]);
    let pid = register(&mut master, &noted);
    drop(driver);
    assert!(
        noted.recv_timeout(WAIT).is_err(),
        "the scheduler is dropped with its driver"
    );
    // The process is gone, the node is not: the next driver still registers, and nothing came in between.
    let (_driver, noted) = start_scheduler(&master, &[]);
    assert_ne!(register(&mut master, &noted), pid);
}

#[test]
fn a_framework_is_served_again_by_a_master_that_came_back_at_its_address() {
    let mut master = Peer::new("master");
    let (_driver, noted) =
        start_scheduler(&master, &[("MESOS_REGISTRATION_BACKOFF_FACTOR", "20ms")]);
    register(&mut master, &noted);
    let port = master.pid().address.port();
    master.runtime.block_on(master.node.shutdown());
    drop(master);

    let mut master = Peer::at("master", port);
    let (pid, subscribe) = master.receive_call(1);
    assert_eq!(splice::message(&subscribe, 1), Some(id_message("F")));
    let info = Writer::new()
        .bytes(1, b"m")
        .varint(2, 1)
        .varint(3, 5050)
        .finish();
    let body = Writer::new()
        .bytes(1, &id_message("F"))
        .bytes(2, &info)
        .finish();
    master.send(&pid, "FrameworkRegisteredMessage", body);
    master.send(&pid, "StatusUpdateMessage", update("t"));
    assert_eq!(
        noted.recv_timeout(WAIT).unwrap(),
        "update t on mesos-scheduler"
    );
}

#[test]
fn a_driver_with_a_credential_authenticates_first() {
    let mut master = Peer::new("master");
    let (notes, noted) = channel();
    let address = master.pid().address.to_string();
    let credential = Some(Writer::new().bytes(1, b"jp").bytes(2, b"secret").finish());
    let config = Config {
        variables: variables(&[]),
        credential,
        ..Config::new(framework(), &address)
    };
    let driver = SchedulerDriver::new(Box::new(Recorder(notes)), config);
    driver.start();

    let (client, name, body) = master.receive();
    assert_eq!(name, "mesos.internal.AuthenticateMessage");
    assert!(splice::text(&body, 1).unwrap().starts_with("scheduler-"));
    assert!(client.id.starts_with("crammd5-authenticatee("));
    master.send(
        &client,
        "AuthenticationMechanismsMessage",
        Writer::new().bytes(1, b"CRAM-MD5").finish(),
    );
    let (_, name, body) = master.receive();
    assert_eq!(
        (name.as_str(), &body[..]),
        (
            "mesos.internal.AuthenticationStartMessage",
            &b"\x0a\x08CRAM-MD5\x12\x00"[..]
        )
    );
    master.send(
        &client,
        "AuthenticationStepMessage",
        Writer::new().bytes(1, b"<1.2@vm>").finish(),
    );
    let (_, _, body) = master.receive();
    let secret = mesos_auth::Credential {
        principal: "jp".to_owned(),
        secret: b"secret".to_vec(),
    };
    assert_eq!(
        splice::message(&body, 1).unwrap(),
        mesos_auth::cram_md5::answer(&secret, b"<1.2@vm>")
    );
    master.send(&client, "AuthenticationCompletedMessage", Bytes::new());
    register(&mut master, &noted);
}

/// Answers every task with TASK_RUNNING, and stops when asked to shut down.
struct Runner(Sender<String>);

impl Executor for Runner {
    fn registered(
        &mut self,
        _: &executor::Handle,
        _: &Bytes,
        _: &Bytes,
        _: &Bytes,
    ) -> CallbackResult {
        self.0
            .send("registered".to_owned())
            .map_err(|_| CallbackFailed)
    }

    fn launch_task(&mut self, driver: &executor::Handle, task: &Bytes) -> CallbackResult {
        let id = splice::message(task, 2).unwrap();
        driver.send_status_update(Writer::new().bytes(1, &id).varint(2, 1).finish());
        Ok(())
    }

    fn kill_task(&mut self, _: &executor::Handle, _: &Bytes, _: Option<&Bytes>) -> CallbackResult {
        Err(CallbackFailed)
    }

    fn shutdown(&mut self, driver: &executor::Handle) -> CallbackResult {
        driver.stop();
        Ok(())
    }

    fn error(&mut self, _: &executor::Handle, message: &str) -> CallbackResult {
        self.0.send(message.to_owned()).map_err(|_| CallbackFailed)
    }
}

fn executor_variables(agent: &Upid) -> Variables {
    let pid = agent.to_string();
    variables(&[
        ("MESOS_SLAVE_PID", pid.as_str()),
        ("MESOS_SLAVE_ID", "S"),
        ("MESOS_FRAMEWORK_ID", "F"),
        ("MESOS_EXECUTOR_ID", "E"),
        ("MESOS_DIRECTORY", "/tmp"),
        // The tests' process group must live.
        ("MESOS_LOCAL", "1"),
    ])
}

fn registered_executor() -> Bytes {
    let command = Writer::new().bytes(3, b"true").finish();
    let info = Writer::new()
        .bytes(1, &id_message("E"))
        .bytes(7, &command)
        .finish();
    let agent = Writer::new().bytes(1, b"host").finish();
    Writer::new()
        .bytes(2, &info)
        .bytes(3, &id_message("F"))
        .bytes(4, &framework())
        .bytes(5, &id_message("S"))
        .bytes(6, &agent)
        .finish()
}

#[test]
fn an_executor_registers_runs_a_task_and_ends_on_shutdown() {
    let mut agent = Peer::new("slave(1)");
    let (notes, noted) = channel();
    let driver = ExecutorDriver::new(Box::new(Runner(notes)), executor_variables(&agent.pid()));
    assert_eq!(driver.start(), Status::Running);
    let (pid, name, _) = agent.receive();
    assert_eq!(name, "mesos.internal.RegisterExecutorMessage");
    agent.send(&pid, "ExecutorRegisteredMessage", registered_executor());
    assert_eq!(noted.recv_timeout(WAIT).unwrap(), "registered");

    let task = Writer::new()
        .bytes(1, b"t")
        .bytes(2, &id_message("t"))
        .bytes(3, &id_message("S"))
        .finish();
    agent.send(
        &pid,
        "RunTaskMessage",
        Writer::new()
            .bytes(2, &framework())
            .bytes(4, &task)
            .finish(),
    );
    let (_, name, body) = agent.receive();
    assert_eq!(name, "mesos.internal.StatusUpdateMessage");
    assert_eq!(splice::at(&body, &[1, 4, 1]).unwrap(), id_message("t"));
    assert_eq!(splice::at(&body, &[1, 6]).map(|uuid| uuid.len()), Some(16));

    agent.send(&pid, "ShutdownExecutorMessage", Bytes::new());
    assert_eq!(driver.join(), Status::Stopped);
}

#[test]
fn an_executor_whose_callback_fails_is_aborted() {
    let mut agent = Peer::new("slave(1)");
    let (notes, _noted) = channel();
    let driver = ExecutorDriver::new(Box::new(Runner(notes)), executor_variables(&agent.pid()));
    driver.start();
    let (pid, _, _) = agent.receive();
    let kill = Writer::new()
        .bytes(1, &id_message("F"))
        .bytes(2, &id_message("t"))
        .finish();
    agent.send(&pid, "KillTaskMessage", kill);
    assert_eq!(driver.join(), Status::Aborted);
}

#[test]
fn an_executor_outside_of_an_agent_is_told_what_is_missing() {
    let (notes, noted) = channel();
    let driver = ExecutorDriver::new(Box::new(Runner(notes)), variables(&[]));
    assert_eq!(driver.run(), Status::Aborted);
    assert_eq!(
        noted.recv_timeout(WAIT).unwrap(),
        "Expecting 'MESOS_SLAVE_PID' to be set in the environment"
    );
}
