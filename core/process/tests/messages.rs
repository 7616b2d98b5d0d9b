//! Messages between nodes and raw sockets: what peers see on the wire, delivery, links.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mesos_process::{Envelope, LinkMode, Mailbox, Node, NodeConfig, Upid};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const WAIT: Duration = Duration::from_secs(10);

async fn node() -> Node {
    Node::bind(NodeConfig::loopback())
        .await
        .expect("an ephemeral port is free")
}

async fn next(mailbox: &mut Mailbox) -> Envelope {
    let received = tokio::time::timeout(WAIT, mailbox.recv()).await;
    received
        .expect("an envelope in time")
        .expect("the node is up")
}

async fn next_message(mailbox: &mut Mailbox) -> (Upid, String, Bytes) {
    match next(mailbox).await {
        Envelope::Message {
            from, name, body, ..
        } => (from, name.to_string(), body),
        Envelope::Exited { pid } => panic!("{pid} exited"),
    }
}

/// Sends raw bytes and reads until `count` answers ended or the connection closed.
async fn exchange(node: &Node, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    stream.write_all(request).await.expect("written");
    stream.shutdown().await.expect("half closed");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(WAIT, stream.read_to_end(&mut answer)).await;
    read.expect("answered in time").expect("readable");
    String::from_utf8(answer).expect("text")
}

fn message(path: &str, from: &str, body: &str) -> String {
    let chunk = if body.is_empty() {
        "\r\n".to_owned()
    } else {
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    format!(
        "POST {path} HTTP/1.1\r\nUser-Agent: libprocess/{from}\r\nLibprocess-From: {from}\r\n\
         Connection: Keep-Alive\r\nHost: \r\n{chunk}"
    )
}

#[tokio::test]
async fn two_nodes_exchange_messages_in_order() {
    let (a, b) = (node().await, node().await);
    let (mut at_a, mut at_b) = (a.spawn("a"), b.spawn("slave(1)"));
    for number in 0..500u32 {
        let body = if number % 50 == 0 {
            Bytes::from(vec![7; 100_000])
        } else {
            Bytes::from(number.to_string())
        };
        a.send(at_a.upid(), at_b.upid(), "some.Name", body);
    }
    for number in 0..500u32 {
        let (from, name, body) = next_message(&mut at_b).await;
        assert_eq!((&from, name.as_str()), (at_a.upid(), "some.Name"));
        if number % 50 == 0 {
            assert_eq!(body.len(), 100_000);
        } else {
            assert_eq!(body, number.to_string());
        }
    }
    b.send(at_b.upid(), at_a.upid(), "back", Bytes::new());
    assert_eq!(next_message(&mut at_a).await.1, "back");
    assert_eq!(a.statistics().messages_dropped, 0);
}

#[tokio::test]
async fn what_a_peer_reads_is_the_originals_framing() {
    let a = node().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("free port");
    let port = listener.local_addr().expect("bound").port();
    let from = a.upid("from");
    let to = Upid::parse(&format!("slave(1)@127.0.0.1:{port}"));
    a.send(&from, &to, "a.B", Bytes::from_static(b"abc"));
    a.send(&Upid::null(), &to, "Empty", Bytes::new());
    let (mut stream, _) = listener.accept().await.expect("connected");
    let sender = from.to_string();
    let expected = [
        message("/slave(1)/a.B", &sender, "abc"),
        message("/slave(1)/Empty", "@0.0.0.0:0", ""),
    ]
    .concat();
    let mut seen = vec![0; expected.len()];
    stream.read_exact(&mut seen).await.expect("both messages");
    assert_eq!(String::from_utf8_lossy(&seen), expected);
}

#[tokio::test]
async fn a_live_process_gives_202_and_a_missing_one_404() {
    let node = node().await;
    let mut mailbox = node.spawn("master");
    let input = [
        message("/master/x.Y", "s@127.0.0.1:9", "hi"),
        message("/nobody/x.Y", "s@127.0.0.1:9", "hi"),
        message("/master", "s@127.0.0.1:9", ""),
        message("/", "s@127.0.0.1:9", ""),
    ]
    .concat();
    let answers = exchange(&node, input.as_bytes()).await;
    let lines: Vec<_> = answers.split("HTTP/1.1 ").skip(1).collect();
    assert!(lines[0].starts_with("202 Accepted\r\nDate: "), "{answers}");
    assert!(
        lines[0].ends_with(" GMT\r\nContent-Length: 0\r\n\r\n"),
        "{answers}"
    );
    assert!(lines[1].starts_with("404 Not Found"), "{answers}");
    assert!(lines[1].ends_with("\r\n\r\n404 Not Found."), "{answers}");
    assert!(lines[2].starts_with("202 "), "{answers}");
    assert!(lines[3].starts_with("404 "), "{answers}");
    let (from, name, body) = next_message(&mut mailbox).await;
    assert_eq!(
        (from.to_string(), name, body),
        ("s@127.0.0.1:9".into(), "x.Y".into(), "hi".into())
    );
    assert_eq!(
        next_message(&mut mailbox).await.1,
        "",
        "no name is an empty name"
    );
}

#[tokio::test]
async fn malformed_requests_get_the_originals_answers() {
    let node = node().await;
    let mut mailbox = node.spawn("p");
    let trailers = "POST /p/x HTTP/1.1\r\nLibprocess-From: s@127.0.0.1:9\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n";
    let rows = [
        (
            message("/%zz/x", "s@127.0.0.1:9", ""),
            "500 ",
            "Failed to decode URL path: ",
        ),
        (trailers.to_owned(), "500 ", "failed to decode body"),
    ];
    for (request, status, text) in rows {
        let both = [request, message("/p/ok", "s@127.0.0.1:9", "")].concat();
        let answers = exchange(&node, both.as_bytes()).await;
        assert!(
            answers.starts_with(&format!("HTTP/1.1 {status}")),
            "{answers}"
        );
        assert!(
            answers.contains(text) && answers.contains("202 Accepted"),
            "{answers}"
        );
        assert_eq!(
            next_message(&mut mailbox).await.1,
            "ok",
            "the connection stays usable"
        );
    }
    for garbage in [
        &b"\x16\x03\x01\x00\xa5"[..],
        b"HELLO\r\n\r\n",
        b"POST x HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(
            exchange(&node, garbage).await,
            "",
            "closed without an answer"
        );
    }
    let oversized = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(90_000));
    assert_eq!(exchange(&node, oversized.as_bytes()).await, "");
}

#[tokio::test]
async fn an_unparsable_sender_is_the_null_upid() {
    let node = node().await;
    let mut mailbox = node.spawn("p");
    exchange(&node, message("/p/x", "nonsense", "").as_bytes()).await;
    assert_eq!(next_message(&mut mailbox).await.0, Upid::null());
}

#[tokio::test]
async fn a_sender_from_another_address_is_refused_when_asked_to() {
    let config = NodeConfig {
        require_peer_address_ip_match: true,
        ..NodeConfig::loopback()
    };
    let node = Node::bind(config).await.expect("free port");
    let _mailbox = node.spawn("p");
    let answer = exchange(&node, message("/p/x", "s@1.2.3.4:5", "").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    assert!(answer.ends_with(
        "UPID IP address validation failed: Message from s@1.2.3.4:5 was sent from IP 127.0.0.1"
    ));
}

#[tokio::test]
async fn bytes_may_arrive_one_by_one_and_end_at_once() {
    let node = node().await;
    let mut mailbox = node.spawn("p");
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    stream.set_nodelay(true).expect("tcp");
    for byte in message("/p/x", "s@127.0.0.1:9", "hello").as_bytes() {
        stream.write_all(&[*byte]).await.expect("written");
    }
    assert_eq!(next_message(&mut mailbox).await.2, "hello");
    // The original closes at once behind the last byte: the message must still be handled.
    stream
        .write_all(message("/p/y", "s@127.0.0.1:9", "bye").as_bytes())
        .await
        .expect("written");
    drop(stream);
    assert_eq!(next_message(&mut mailbox).await.1, "y");
}

#[tokio::test]
async fn a_broken_connection_tells_the_linked_process_once() {
    let a = node().await;
    let mut watcher = a.spawn("w");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("free port");
    let port = listener.local_addr().expect("bound").port();
    let to = Upid::parse(&format!("x@127.0.0.1:{port}"));
    a.link(watcher.upid(), &to, LinkMode::Reuse);
    a.link(watcher.upid(), &to, LinkMode::Reuse);
    let (stream, _) = listener.accept().await.expect("linked");
    drop(stream);
    assert_eq!(
        next(&mut watcher).await,
        Envelope::Exited { pid: to.clone() }
    );
    drop(listener);
    a.link(watcher.upid(), &to, LinkMode::Reuse);
    assert_eq!(
        next(&mut watcher).await,
        Envelope::Exited { pid: to },
        "connection refused"
    );
    assert!(watcher.try_recv().is_none());
}

#[tokio::test]
async fn reconnecting_makes_a_new_connection_without_an_exited_event() {
    let a = node().await;
    let mut watcher = a.spawn("w");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("free port");
    let port = listener.local_addr().expect("bound").port();
    let to = Upid::parse(&format!("x@127.0.0.1:{port}"));
    a.link(watcher.upid(), &to, LinkMode::Reuse);
    let (mut first, _) = listener.accept().await.expect("linked");
    a.link(watcher.upid(), &to, LinkMode::Reconnect);
    let (second, _) = listener.accept().await.expect("linked again");
    let mut rest = Vec::new();
    first
        .read_to_end(&mut rest)
        .await
        .expect("the old connection ends");
    assert!(watcher.try_recv().is_none());
    drop((first, second));
    assert_eq!(next(&mut watcher).await, Envelope::Exited { pid: to });
}

#[tokio::test]
async fn local_links_report_the_end_of_a_process_and_missing_ones_at_once() {
    let node = node().await;
    let mut watcher = node.spawn("w");
    let missing = node.upid("missing");
    node.link(watcher.upid(), &missing, LinkMode::Reuse);
    assert_eq!(next(&mut watcher).await, Envelope::Exited { pid: missing });
    let other = node.spawn("other");
    let other_upid = other.upid().clone();
    node.link(watcher.upid(), &other_upid, LinkMode::Reuse);
    node.send(watcher.upid(), &other_upid, "x", Bytes::new());
    drop(other);
    assert_eq!(
        next(&mut watcher).await,
        Envelope::Exited { pid: other_upid }
    );
}

#[tokio::test]
async fn null_upids_are_ignored() {
    let node = node().await;
    let mut watcher = node.spawn("w");
    node.send(watcher.upid(), &Upid::null(), "x", Bytes::new());
    node.link(watcher.upid(), &Upid::null(), LinkMode::Reuse);
    tokio::task::yield_now().await;
    assert!(watcher.try_recv().is_none());
}

#[tokio::test]
async fn shutdown_writes_what_is_queued_and_ends_mailboxes() {
    let (a, b) = (node().await, node().await);
    let mut mailbox = b.spawn("p");
    let mut own = a.spawn("a");
    for _ in 0..1000 {
        a.send(
            own.upid(),
            mailbox.upid(),
            "last",
            Bytes::from_static(b"words"),
        );
    }
    a.shutdown().await;
    for _ in 0..1000 {
        assert_eq!(next_message(&mut mailbox).await.1, "last");
    }
    assert_eq!(own.recv().await, None);
}

#[tokio::test]
async fn a_full_mailbox_holds_the_connection_back_without_loss() {
    let (a, b) = (node().await, node().await);
    let mut mailbox = b.spawn("p");
    let from = a.upid("s");
    const COUNT: usize = 100_000;
    for _ in 0..COUNT {
        a.send(&from, mailbox.upid(), "n", Bytes::from_static(b"x"));
    }
    let limit = mesos_process::actor::mailbox::SOFT_LIMIT;
    let deadline = Instant::now() + Duration::from_secs(10);
    while mailbox.depth() < limit {
        assert!(Instant::now() < deadline, "the mailbox fills up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..COUNT {
        assert!(mailbox.depth() <= limit);
        next_message(&mut mailbox).await;
    }
}

#[tokio::test]
async fn binding_a_used_port_gives_the_originals_text() {
    let node = node().await;
    let config = NodeConfig {
        port: node.address().port(),
        ..NodeConfig::loopback()
    };
    let error = Node::bind(config).await.err().expect("the port is taken");
    let port = node.address().port();
    assert_eq!(
        error.to_string(),
        format!("Failed to initialize: Failed to bind on 127.0.0.1:{port}: Address already in use")
    );
}

#[tokio::test]
async fn messages_and_requests_share_the_port_and_keep_their_order() {
    let node = node().await;
    let _mailbox = node.spawn("p");
    node.serve(Arc::new(
        |request: mesos_process::http::Request| async move {
            mesos_process::http::Response::text(request.path)
        },
    ));
    let input = [
        "GET /one HTTP/1.1\r\n\r\n".to_owned(),
        message("/p/x", "s@127.0.0.1:9", ""),
        "GET /two HTTP/1.1\r\n\r\n".to_owned(),
    ]
    .concat();
    let answers = exchange(&node, input.as_bytes()).await;
    let place = |text| answers.find(text).expect("present");
    assert!(
        place("/one") < place(" 202 ") && place(" 202 ") < place("/two"),
        "{answers}"
    );
}

#[tokio::test]
async fn the_advertised_address_is_the_local_one() {
    let config = NodeConfig {
        advertise_ip: Some("10.1.2.3".parse().expect("address")),
        advertise_port: Some(7),
        ..NodeConfig::loopback()
    };
    let node = Node::bind(config).await.expect("free port");
    assert_eq!(node.address().to_string(), "10.1.2.3:7");
    let mut mailbox = node.spawn("p");
    node.send(
        &Upid::null(),
        &Upid::parse("p@10.1.2.3:7"),
        "in memory",
        Bytes::new(),
    );
    assert_eq!(next_message(&mut mailbox).await.1, "in memory");
}

#[tokio::test]
async fn messages_to_a_peer_that_comes_back_arrive_over_a_new_connection() {
    let a = node().await;
    let b = node().await;
    let mut mailbox = b.spawn("p");
    let to = mailbox.upid().clone();
    a.send(&a.upid("s"), &to, "first", Bytes::new());
    assert_eq!(next_message(&mut mailbox).await.1, "first");
    b.shutdown().await;
    let config = NodeConfig {
        port: to.address.port(),
        ..NodeConfig::loopback()
    };
    let b = Node::bind(config).await.expect("the port is free again");
    let mut mailbox = b.spawn("p");
    // The first message may still meet the old connection: at most once, never twice.
    let mut sent = 0u32;
    let received = loop {
        sent += 1;
        a.send(&a.upid("s"), &to, "again", Bytes::from(sent.to_string()));
        tokio::time::sleep(Duration::from_millis(20)).await;
        if let Some(envelope) = mailbox.try_recv() {
            break envelope;
        }
        assert!(sent < 100, "the new process is reached");
    };
    assert!(matches!(received, Envelope::Message { .. }));
}
