//! Small messages between two nodes over loopback, all on one core.
//!
//! `cargo bench -p mesos-process` prints messages per second; the aim is 150 000.

#![allow(
    clippy::print_stdout,
    reason = "the figure is the point of this program"
)]

use std::time::Instant;

use bytes::Bytes;
use mesos_process::{Node, NodeConfig};

const ROUNDS: usize = 5;
const MESSAGES: usize = 300_000;
const CONNECTIONS: usize = 1000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can start");
    runtime.block_on(async {
        for body in [64, 400] {
            let best = measure(body).await;
            println!("{body} byte messages: {best:.0} per second on one core");
        }
        let bytes = memory_per_connection().await;
        println!("{bytes} bytes per quiet connection, both ends");
    });
}

/// Resident memory that quiet connections cost, after each has carried messages both ways.
async fn memory_per_connection() -> usize {
    let hub = Node::bind(NodeConfig::loopback())
        .await
        .expect("a port is free");
    let mut at_hub = hub.spawn("master");
    let mut agents = Vec::new();
    for _ in 0..CONNECTIONS {
        let agent = Node::bind(NodeConfig::loopback())
            .await
            .expect("a port is free");
        agents.push((agent.spawn("slave(1)"), agent));
    }
    let before = resident_bytes();
    for (mailbox, agent) in &mut agents {
        agent.send(
            mailbox.upid(),
            at_hub.upid(),
            "hello",
            Bytes::from_static(b"there"),
        );
        at_hub.recv().await.expect("delivered");
        hub.send(
            at_hub.upid(),
            mailbox.upid(),
            "hello",
            Bytes::from_static(b"back"),
        );
        mailbox.recv().await.expect("delivered");
    }
    // Two connections were made for each agent.
    (resident_bytes() - before) / (2 * CONNECTIONS)
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|text| text.parse::<usize>().ok());
    pages.expect("a number of pages") * 4096
}

/// The best rate of several rounds with bodies of this size.
async fn measure(body_bytes: usize) -> f64 {
    let sender = Node::bind(NodeConfig::loopback())
        .await
        .expect("a port is free");
    let receiver = Node::bind(NodeConfig::loopback())
        .await
        .expect("a port is free");
    let mut mailbox = receiver.spawn("master");
    let from = sender.upid("slave(1)");
    let to = mailbox.upid().clone();
    let body = Bytes::from(vec![b'x'; body_bytes]);
    let mut best = 0f64;
    let mut received = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut seen = 0;
        let mut sent = 0;
        while seen < MESSAGES {
            while sent < MESSAGES && sent - seen < 1000 {
                sender.send(
                    &from,
                    &to,
                    "mesos.internal.StatusUpdateMessage",
                    body.clone(),
                );
                sent += 1;
            }
            seen += mailbox.recv_many(&mut received, 1000).await;
            received.clear();
        }
        best = best.max(MESSAGES as f64 / start.elapsed().as_secs_f64());
    }
    sender.shutdown().await;
    receiver.shutdown().await;
    best
}
