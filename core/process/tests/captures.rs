//! Streams recorded from real 1.11.0 programs: read by our parser, written again by our framing,
//! compared byte for byte.

use bytes::BytesMut;
use mesos_process::Upid;
use mesos_process::actor::codec;
use mesos_process::http::decode::{Item, RequestDecoder};

const STREAMS: [(&str, &[u8], usize); 6] = [
    (
        "agent to master",
        include_bytes!("data/agent_to_master.bin"),
        21,
    ),
    (
        "master to agent",
        include_bytes!("data/master_to_agent.bin"),
        30,
    ),
    (
        "driver to master",
        include_bytes!("data/driver_to_master.bin"),
        21,
    ),
    (
        "master to driver",
        include_bytes!("data/master_to_driver.bin"),
        14,
    ),
    (
        "authentication",
        include_bytes!("data/authentication.bin"),
        9,
    ),
    (
        "replicated log",
        include_bytes!("data/replicated_log.bin"),
        146,
    ),
];

/// Decodes `stream` in pieces of `step` bytes and encodes every message again.
fn again(stream: &[u8], step: usize) -> (usize, Vec<u8>) {
    let mut decoder = RequestDecoder::new();
    let mut input = BytesMut::new();
    let (mut count, mut output) = (0, Vec::new());
    for piece in stream.chunks(step) {
        input.extend_from_slice(piece);
        loop {
            match decoder
                .next(&mut input)
                .expect("recorded streams are valid")
            {
                Item::NeedMore => break,
                Item::Message { body, keep_alive } => {
                    assert!(keep_alive);
                    let to = codec::parse_target(decoder.message_target()).expect("a target");
                    let from = Upid::parse_literal(decoder.message_from());
                    assert!(!from.is_null());
                    output.extend_from_slice(&codec::encode(&from, &to.id, &to.name, &body));
                    count += 1;
                }
                other => panic!("only messages were recorded, not {other:?}"),
            }
        }
    }
    (count, output)
}

#[test]
fn recorded_messages_survive_reading_and_writing_unchanged() {
    for (name, stream, messages) in STREAMS {
        for step in [1, 7, 1400, stream.len()] {
            let (count, output) = again(stream, step);
            assert_eq!(count, messages, "{name}");
            assert!(
                output == stream,
                "{name}: the bytes differ with steps of {step}"
            );
        }
    }
}
