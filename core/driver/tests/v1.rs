//! The v1 clients over real sockets, against a server that does what the test says.
//!
//! Compat: V1–V5, agent §16.1.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::splice::{self, Writer, id_message};
use mesos_driver::v1::{Callbacks, ContentType, executor, scheduler};
use mesos_driver::{CallbackFailed, CallbackResult};

const LONG: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Connected,
    Disconnected,
    Event(Bytes),
}

struct Teller {
    told: Sender<Told>,
    /// Fails in `received`.
    fails: bool,
}

impl Callbacks for Teller {
    fn connected(&mut self) -> CallbackResult {
        let _ = self.told.send(Told::Connected);
        Ok(())
    }

    fn disconnected(&mut self) -> CallbackResult {
        let _ = self.told.send(Told::Disconnected);
        Ok(())
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        for event in events {
            let _ = self.told.send(Told::Event(event.clone()));
        }
        if self.fails {
            Err(CallbackFailed)
        } else {
            Ok(())
        }
    }
}

fn heard(told: &Receiver<Told>) -> Told {
    told.recv_timeout(LONG).unwrap()
}

fn event(told: &Receiver<Told>) -> Bytes {
    match heard(told) {
        Told::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// The other side: a port, and the two connections of a client in the order they are used.
struct Server {
    listener: TcpListener,
}

struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head.lines().find_map(|l| l.strip_prefix(&prefix))
    }
}

impl Server {
    fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    fn accept(&self) -> TcpStream {
        self.listener.set_nonblocking(true).unwrap();
        let deadline = Instant::now() + LONG;
        loop {
            if let Ok((stream, _)) = self.listener.accept() {
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(LONG)).unwrap();
                return stream;
            }
            assert!(Instant::now() < deadline, "nobody connects");
            std::thread::yield_now();
        }
    }

    fn pair(&self) -> [TcpStream; 2] {
        [self.accept(), self.accept()]
    }
}

fn read(stream: &mut TcpStream) -> Request {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut request = Request {
        head,
        body: Vec::new(),
    };
    let length = request.header("Content-Length").unwrap().parse().unwrap();
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).unwrap();
    request
}

/// Which of the two connections the next request comes on; it stays unread.
fn next_used(pair: [TcpStream; 2]) -> (TcpStream, TcpStream) {
    let deadline = Instant::now() + LONG;
    let [first, second] = pair;
    let has_request = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let waits = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).unwrap();
        waits
    };
    loop {
        if has_request(&first) {
            return (first, second);
        }
        if has_request(&second) {
            return (second, first);
        }
        assert!(Instant::now() < deadline, "no request comes");
        std::thread::yield_now();
    }
}

fn stream_head(content_type: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: the-id\r\n\
         Content-Type: {content_type}\r\n\r\n"
    )
}

fn record(stream: &mut TcpStream, bytes: &[u8]) {
    let record = [format!("{}\n", bytes.len()).as_bytes(), bytes].concat();
    let chunk = [
        format!("{:x}\r\n", record.len()).as_bytes(),
        &record,
        b"\r\n",
    ]
    .concat();
    stream.write_all(&chunk).unwrap();
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    let fixed = [
        ("LIBPROCESS_IP", "127.0.0.1"),
        ("MESOS_CONNECTION_DELAY_MAX", "1ms"),
    ];
    fixed.iter().chain(pairs).copied().collect()
}

fn scheduler_with(
    server: &Server,
    content_type: ContentType,
    fails: bool,
) -> (scheduler::Client, Receiver<Told>) {
    let (told, receiver) = channel();
    let config = scheduler::Config {
        master: server.address(),
        credential: Some(Writer::new().bytes(1, b"user").bytes(2, b"secret").finish()),
        content_type,
        variables: variables(&[]),
    };
    let client = scheduler::Client::new(Box::new(Teller { told, fails }), &config).unwrap();
    client.start();
    (client, receiver)
}

fn subscribe() -> Bytes {
    let framework = Writer::new().bytes(1, b"u").bytes(2, b"n").finish();
    Writer::new()
        .varint(2, 1)
        .bytes(3, &Writer::new().bytes(1, &framework).finish())
        .finish()
}

fn teardown() -> Bytes {
    Writer::new()
        .bytes(1, &id_message("f"))
        .varint(2, 2)
        .finish()
}

fn heartbeat() -> Bytes {
    Writer::new().varint(1, 8).finish()
}

/// Subscribes; answers the two connections, the stream first.
fn subscribed(
    server: &Server,
    client: &scheduler::Client,
    told: &Receiver<Told>,
) -> (TcpStream, TcpStream) {
    assert_eq!(heard(told), Told::Connected);
    client.send(subscribe());
    let (mut stream, calls) = next_used(server.pair());
    read(&mut stream);
    let head = stream_head("application/x-protobuf");
    stream.write_all(head.as_bytes()).unwrap();
    record(&mut stream, &heartbeat());
    assert_eq!(event(told), heartbeat());
    (stream, calls)
}

#[test]
fn a_scheduler_subscribes_receives_and_calls() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
    assert_eq!(heard(&told), Told::Connected);
    client.send(subscribe());
    let (mut stream, mut calls) = next_used(server.pair());
    let request = read(&mut stream);
    assert!(
        request
            .head
            .starts_with("POST /master/api/v1/scheduler HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    assert_eq!(request.header("Host"), Some(&*server.address()));
    assert_eq!(request.header("Accept"), Some("application/x-protobuf"));
    assert_eq!(
        request.header("Authorization"),
        Some("Basic dXNlcjpzZWNyZXQ=")
    );
    assert_eq!(request.header("Mesos-Stream-Id"), None);
    assert_eq!(request.body, subscribe());
    let head = stream_head("application/x-protobuf");
    stream.write_all(head.as_bytes()).unwrap();
    record(&mut stream, &heartbeat());
    assert_eq!(event(&told), heartbeat());

    let (done, answer) = channel();
    client.call(
        teardown(),
        Box::new(move |result| done.send(result).unwrap()),
    );
    let request = read(&mut calls);
    assert_eq!(request.header("Mesos-Stream-Id"), Some("the-id"));
    assert_eq!(request.body, teardown());
    calls
        .write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    let answer = answer.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!((answer.status, answer.error), (202, None));
}

#[test]
fn json_goes_over_the_wire_and_protobuf_to_the_user() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Json, false);
    assert_eq!(heard(&told), Told::Connected);
    client.send(subscribe());
    let (mut stream, _calls) = next_used(server.pair());
    let request = read(&mut stream);
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    let body = String::from_utf8(request.body).unwrap();
    let start = r#"{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n","#;
    assert!(body.starts_with(start), "{body}");
    let head = stream_head("application/json");
    stream.write_all(head.as_bytes()).unwrap();
    record(&mut stream, br#"{"type":"HEARTBEAT"}"#);
    assert_eq!(event(&told), heartbeat());
}

#[test]
fn a_lost_connection_is_told_and_made_again() {
    for lose_the_stream in [true, false] {
        let server = Server::start();
        let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
        let (stream, calls) = subscribed(&server, &client, &told);
        if lose_the_stream {
            drop(stream);
        } else {
            drop(calls);
        }
        assert_eq!(heard(&told), Told::Disconnected);
        subscribed(&server, &client, &told);
    }
}

#[test]
fn reconnect_makes_new_connections() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
    let _old = subscribed(&server, &client, &told);
    client.reconnect();
    assert_eq!(heard(&told), Told::Disconnected);
    subscribed(&server, &client, &told);
}

#[test]
fn garbage_on_the_stream_is_a_lost_connection() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
    let (mut stream, _calls) = subscribed(&server, &client, &told);
    stream.write_all(b"9\r\nnonsense\n\r\n").unwrap();
    assert_eq!(heard(&told), Told::Disconnected);
    assert_eq!(heard(&told), Told::Connected);
}

#[test]
fn a_refused_subscribe_may_be_repeated_on_the_same_connection() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
    assert_eq!(heard(&told), Told::Connected);
    client.send(subscribe());
    let (mut stream, _calls) = next_used(server.pair());
    read(&mut stream);
    stream
        .write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nwho")
        .unwrap();
    let error = splice::at(&event(&told), &[8]).unwrap();
    assert_eq!(
        splice::text(&error, 1).unwrap(),
        "Received unexpected '401 Unauthorized' (who) for SUBSCRIBE"
    );
    client.send(subscribe());
    assert_eq!(read(&mut stream).body, subscribe());
}

#[test]
fn what_was_sent_leaves_before_a_dropped_client_does() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, false);
    let (_stream, mut calls) = subscribed(&server, &client, &told);
    let (done, answer) = channel();
    client.send(teardown());
    client.call(
        teardown(),
        Box::new(move |result| done.send(result).unwrap()),
    );
    drop(client);
    assert_eq!(read(&mut calls).body, teardown());
    assert_eq!(read(&mut calls).body, teardown());
    assert_eq!(calls.read(&mut [0]).unwrap_or(0), 0);
    assert!(answer.recv_timeout(LONG).unwrap().is_err());
}

#[test]
fn a_failing_callback_stops_the_client() {
    let server = Server::start();
    let (client, told) = scheduler_with(&server, ContentType::Protobuf, true);
    let (mut stream, _calls) = subscribed(&server, &client, &told);
    assert_eq!(heard(&told), Told::Disconnected);
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    let (done, answer) = channel();
    client.call(
        teardown(),
        Box::new(move |result| done.send(result).unwrap()),
    );
    assert!(answer.recv_timeout(LONG).unwrap().is_err());
    assert_eq!(told.recv().ok(), None, "nothing after that");
}

#[test]
fn a_client_that_was_not_started_sends_nothing() {
    let server = Server::start();
    let (told, receiver) = channel();
    let config = scheduler::Config {
        master: server.address(),
        credential: None,
        content_type: ContentType::Protobuf,
        variables: variables(&[]),
    };
    let teller = Box::new(Teller { told, fails: false });
    let client = scheduler::Client::new(teller, &config).unwrap();
    client.send(subscribe());
    drop(client);
    assert_eq!(receiver.recv().ok(), None);
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    let make = |master: &str, pairs: &[(&str, &str)]| {
        let (told, _) = channel();
        let config = scheduler::Config {
            master: master.to_owned(),
            credential: None,
            content_type: ContentType::Protobuf,
            variables: variables(pairs),
        };
        let client = scheduler::Client::new(Box::new(Teller { told, fails: false }), &config);
        client.map(drop).unwrap_err().to_string()
    };
    assert_eq!(
        make("nonsense", &[]),
        "Failed to create a master detector for 'nonsense': Failed to parse 'nonsense'"
    );
    let error = make("127.0.0.1:1", &[("MESOS_CONNECTION_DELAY_MAX", "soon")]);
    assert!(error.contains("'connection_delay_max'"), "{error}");
    let error = make("127.0.0.1:1", &[("MESOS_HTTP_AUTHENTICATEE", "other")]);
    assert!(error.contains("'http_authenticatee'"), "{error}");
}

fn executor_with(server: &Server, more: &[(&str, &str)]) -> (executor::Client, Receiver<Told>) {
    let pid = format!("slave(1)@{}", server.address());
    let mut pairs = vec![
        ("MESOS_SLAVE_PID", pid.as_str()),
        ("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "1hrs"),
        ("MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "jwt"),
    ];
    pairs.extend(more);
    let (told, receiver) = channel();
    let config = executor::Config {
        content_type: ContentType::Protobuf,
        variables: variables(&pairs),
    };
    let client = executor::Client::new(Box::new(Teller { told, fails: false }), &config).unwrap();
    client.start();
    (client, receiver)
}

fn executor_subscribe() -> Bytes {
    Writer::new()
        .bytes(1, &id_message("e"))
        .bytes(2, &id_message("f"))
        .varint(3, 1)
        .bytes(4, b"")
        .finish()
}

fn executor_subscribed(
    server: &Server,
    client: &executor::Client,
    told: &Receiver<Told>,
) -> (TcpStream, TcpStream) {
    assert_eq!(heard(told), Told::Connected);
    client.send(executor_subscribe());
    let (mut stream, calls) = next_used(server.pair());
    let request = read(&mut stream);
    let line = "POST /slave(1)/api/v1/executor HTTP/1.1\r\n";
    assert!(request.head.starts_with(line), "{}", request.head);
    assert_eq!(request.header("Authorization"), Some("Bearer jwt"));
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let heartbeat = Writer::new().varint(1, 9).finish();
    record(&mut stream, &heartbeat);
    assert_eq!(event(told), heartbeat);
    (stream, calls)
}

fn shutdown() -> Bytes {
    Writer::new().varint(1, 7).finish()
}

#[test]
fn an_executor_reaches_its_agent_through_a_socket_in_the_file_system() {
    let path = std::env::temp_dir().join(format!("mesos-v1-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let server = Server::start();
    let more = [("MESOS_DOMAIN_SOCKET", path.to_str().unwrap())];
    let (client, told) = executor_with(&server, &more);
    let connections = [listener.accept().unwrap().0, listener.accept().unwrap().0];
    std::fs::remove_file(&path).unwrap();
    assert_eq!(heard(&told), Told::Connected);
    client.send(executor_subscribe());
    let (sender, received) = channel();
    for mut connection in connections {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut start = [0; 32];
            connection.read_exact(&mut start).unwrap();
            sender
                .send(String::from_utf8(start.to_vec()).unwrap())
                .unwrap();
        });
    }
    assert_eq!(
        received.recv_timeout(LONG).unwrap(),
        "POST /slave(1)/api/v1/executor H"
    );
}

#[test]
fn an_executor_whose_agent_ends_is_shut_down() {
    let server = Server::start();
    let (client, told) = executor_with(&server, &[]);
    drop(executor_subscribed(&server, &client, &told));
    assert_eq!(heard(&told), Told::Disconnected);
    assert_eq!(event(&told), shutdown());
}

#[test]
fn a_checkpointing_executor_comes_back_to_its_agent() {
    let server = Server::start();
    let more = [
        ("MESOS_CHECKPOINT", "1"),
        ("MESOS_RECOVERY_TIMEOUT", "1hrs"),
        ("MESOS_SUBSCRIPTION_BACKOFF_MAX", "20ms"),
    ];
    let (client, told) = executor_with(&server, &more);
    drop(executor_subscribed(&server, &client, &told));
    assert_eq!(heard(&told), Told::Disconnected);
    executor_subscribed(&server, &client, &told);
}

#[test]
fn a_checkpointing_executor_gives_up_in_the_end() {
    let server = Server::start();
    let more = [
        ("MESOS_CHECKPOINT", "1"),
        ("MESOS_RECOVERY_TIMEOUT", "100ms"),
        ("MESOS_SUBSCRIPTION_BACKOFF_MAX", "20ms"),
    ];
    let (client, told) = executor_with(&server, &more);
    let pair = executor_subscribed(&server, &client, &told);
    drop((server, pair));
    assert_eq!(heard(&told), Told::Disconnected);
    assert_eq!(event(&told), shutdown());
}
