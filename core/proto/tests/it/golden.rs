//! Recorded traffic and answers of a real cluster.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use mesos_proto::{internal, json, mesos, v1, wire};
use prost::Name;

const CAPTURES: &str = include_str!("../golden/captures.tsv");
const ANSWERS: &str = include_str!("../golden/answers.tsv");

fn unhex(text: &str) -> Bytes {
    let digit = |c: u8| (c as char).to_digit(16).expect("a hex digit") as u8;
    text.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

/// Message name and body of every recorded message.
pub(crate) fn captures() -> impl Iterator<Item = (&'static str, Bytes)> {
    let rows = CAPTURES.lines().filter(|l| !l.starts_with('#'));
    rows.map(|row| row.split_once('\t').expect("two columns"))
        .map(|(name, body)| (name, unhex(body)))
}

fn round_trip<T: Name + Default>(body: &Bytes) -> Vec<u8> {
    let value: T = wire::decode(body).expect("a recorded message decodes");
    value.encode_to_vec()
}

macro_rules! codec {
    ($name:expr, $body:expr, $($type:ty),+ $(,)?) => {
        match $name {
            $(n if n == <$type>::full_name() => Some(round_trip::<$type>($body)),)+
            _ => None,
        }
    };
}

fn recode(name: &str, body: &Bytes) -> Option<Vec<u8>> {
    codec!(
        name,
        body,
        internal::AcknowledgeOperationStatusMessage,
        internal::ApplyOperationMessage,
        internal::AuthenticateMessage,
        internal::AuthenticationMechanismsMessage,
        internal::AuthenticationStartMessage,
        internal::AuthenticationStepMessage,
        internal::ExecutorRegisteredMessage,
        internal::ExecutorReregisteredMessage,
        internal::ExecutorToFrameworkMessage,
        internal::ExitedExecutorMessage,
        internal::FrameworkErrorMessage,
        internal::FrameworkRegisteredMessage,
        internal::FrameworkToExecutorMessage,
        internal::KillTaskMessage,
        internal::PingSlaveMessage,
        internal::ReconnectExecutorMessage,
        internal::RegisterExecutorMessage,
        internal::RegisterSlaveMessage,
        internal::ReregisterExecutorMessage,
        internal::ReregisterSlaveMessage,
        internal::ResourceOffersMessage,
        internal::RunTaskGroupMessage,
        internal::RunTaskMessage,
        internal::ShutdownFrameworkMessage,
        internal::SlaveRegisteredMessage,
        internal::SlaveReregisteredMessage,
        internal::StatusUpdateAcknowledgementMessage,
        internal::StatusUpdateMessage,
        internal::UpdateFrameworkMessage,
        internal::UpdateOperationStatusMessage,
        internal::UpdateSlaveMessage,
        internal::log::LearnedMessage,
        internal::log::PromiseRequest,
        internal::log::PromiseResponse,
        internal::log::RecoverResponse,
        internal::log::WriteRequest,
        internal::log::WriteResponse,
        mesos::scheduler::Call,
    )
}

#[test]
fn recorded_messages_survive_decoding_to_the_byte() {
    let mut count = 0;
    for (name, body) in captures() {
        let scan = wire::check(name, &body).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!scan.has_unknown, "{name}");
        let again = recode(name, &body).unwrap_or_else(|| panic!("{name} has no codec here"));
        assert_eq!(again, body, "{name}");
        count += 1;
    }
    assert!(count >= 60, "{count} messages");
}

#[test]
fn http_10_11_recorded_answers_print_the_recorded_json() {
    let mut count = 0;
    for row in ANSWERS.lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = row.splitn(3, '\t').collect();
        let (name, body, want) = (columns[0], STANDARD.decode(columns[1]).unwrap(), columns[2]);
        let mut have = Vec::new();
        json::write(name, &body, &mut have);
        assert_eq!(String::from_utf8(have).unwrap(), want);
        count += 1;
    }
    assert!(count >= 20, "{count} answers");
}

#[test]
fn http_11_recorded_answers_read_back() {
    for row in ANSWERS.lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = row.splitn(3, '\t').collect();
        let again = match columns[0] {
            "mesos.v1.master.Response" => json::to_vec(
                &json::from_slice::<v1::master::Response>(columns[2].as_bytes()).unwrap(),
            ),
            _ => json::to_vec(
                &json::from_slice::<v1::agent::Response>(columns[2].as_bytes()).unwrap(),
            ),
        };
        // As trees: the order of map entries is not kept.
        assert_eq!(
            json::parse(&again).unwrap(),
            json::parse(columns[2].as_bytes()).unwrap()
        );
    }
}

#[test]
fn http_10_recorded_doubles_print_the_recorded_digits() {
    for text in include_str!("../golden/doubles.txt").lines() {
        let mut out = Vec::new();
        json::number::write_f64(text.parse().unwrap(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}

/// Takes out what only hand-made writers show.
fn pruned(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| {
                member
                    .as_array()
                    .is_none_or(|elements| !elements.is_empty())
            })
            .filter(|(key, member)| key != "checkpoint" || *member != Value::Bool(true))
            .map(|(key, member)| (key, pruned(member)))
            .collect(),
        Value::Array(elements) => elements.into_iter().map(pruned).collect(),
        other => other,
    }
}

#[test]
fn http_11_recorded_streamed_answers_hold_the_same_values() {
    for row in include_str!("../golden/streamed.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
    {
        let columns: Vec<&str> = row.splitn(3, '\t').collect();
        let mut have = Vec::new();
        json::write(columns[0], &STANDARD.decode(columns[1]).unwrap(), &mut have);
        let want = pruned(json::parse(columns[2].as_bytes()).unwrap());
        assert_eq!(pruned(json::parse(&have).unwrap()), want);
    }
}
