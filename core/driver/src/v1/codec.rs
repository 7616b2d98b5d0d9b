//! Calls and events between the interface (protobuf) and the wire (protobuf or JSON).
//!
//! Compat: V2 (what is an invalid call), libprocess §6.

use bytes::Bytes;
use mesos_model::validate::call::{validate_executor, validate_scheduler};
use mesos_proto::{convert, json, mesos, v1, wire};

use super::ContentType;
use crate::splice::Writer;

/// Which of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Scheduler,
    Executor,
}

/// What a call is, as far as the session must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The name of its type.
    pub(crate) name: &'static str,
    pub(crate) is_subscribe: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Codec {
    pub(crate) protocol: Protocol,
    pub(crate) content_type: ContentType,
}

const SCHEDULER_CALL: &str = "mesos.v1.scheduler.Call";
const EXECUTOR_CALL: &str = "mesos.v1.executor.Call";
const SCHEDULER_EVENT: &str = "mesos.v1.scheduler.Event";
const EXECUTOR_EVENT: &str = "mesos.v1.executor.Event";
const RESPONSE: &str = "mesos.v1.scheduler.Response";

impl Codec {
    /// The kind of a call, and what is wrong with it.
    pub(crate) fn check(&self, call: &Bytes) -> (Kind, Result<(), String>) {
        match self.protocol {
            Protocol::Scheduler => check_scheduler(call),
            Protocol::Executor => check_executor(call),
        }
    }

    pub(crate) fn encode(&self, call: &Bytes) -> Bytes {
        let name = match self.protocol {
            Protocol::Scheduler => SCHEDULER_CALL,
            Protocol::Executor => EXECUTOR_CALL,
        };
        match self.content_type {
            ContentType::Protobuf => call.clone(),
            ContentType::Json => {
                let mut text = Vec::with_capacity(call.len() * 4);
                json::write(name, call, &mut text);
                text.into()
            }
        }
    }

    /// An event as it goes to the user.
    pub(crate) fn event(&self, record: &Bytes) -> Result<Bytes, String> {
        let name = match self.protocol {
            Protocol::Scheduler => SCHEDULER_EVENT,
            Protocol::Executor => EXECUTOR_EVENT,
        };
        self.decode(name, record)
    }

    /// The body of an answer with status 200.
    pub(crate) fn response(&self, body: &Bytes) -> Result<Bytes, String> {
        if body.is_empty() {
            return Ok(Bytes::new());
        }
        self.decode(RESPONSE, body)
    }

    fn decode(&self, name: &str, bytes: &Bytes) -> Result<Bytes, String> {
        let message = match self.content_type {
            ContentType::Protobuf => bytes.clone(),
            ContentType::Json => {
                let value = json::parse(bytes).map_err(|e| e.to_string())?;
                json::read(name, &value).map_err(|e| e.to_string())?.into()
            }
        };
        wire::check(name, &message).map_err(|e| e.to_string())?;
        Ok(message)
    }

    /// An ERROR event of our own.
    pub(crate) fn error_event(&self, message: &str) -> Bytes {
        let error = Writer::new().bytes(1, message.as_bytes()).finish();
        let (kind, number) = match self.protocol {
            Protocol::Scheduler => (v1::scheduler::event::Type::Error as u64, 8),
            Protocol::Executor => (v1::executor::event::Type::Error as u64, 7),
        };
        Writer::new().varint(1, kind).bytes(number, &error).finish()
    }
}

/// An executor's SHUTDOWN event of our own.
pub(crate) fn shutdown_event() -> Bytes {
    let kind = v1::executor::event::Type::Shutdown as u64;
    Writer::new().varint(1, kind).finish()
}

/// Whether an executor event is a SHUTDOWN.
pub(crate) fn is_shutdown(event: &[u8]) -> bool {
    crate::splice::number(event, 1) == Some(v1::executor::event::Type::Shutdown as u64)
}

/// A call whose type cannot be read.
const UNREADABLE: Kind = Kind {
    name: "UNKNOWN",
    is_subscribe: false,
};

fn check_scheduler(call: &Bytes) -> (Kind, Result<(), String>) {
    use mesos::scheduler::call::Type;
    let devolved = convert::devolve_bytes(SCHEDULER_CALL, call);
    let call: mesos::scheduler::Call = match wire::decode(&devolved) {
        Ok(call) => call,
        Err(error) => return (UNREADABLE, Err(error.to_string())),
    };
    let kind = Kind {
        name: call.r#type().as_str_name(),
        is_subscribe: call.r#type() == Type::Subscribe,
    };
    (
        kind,
        validate_scheduler(&call, None).map_err(|e| e.to_string()),
    )
}

fn check_executor(call: &Bytes) -> (Kind, Result<(), String>) {
    use mesos::executor::call::Type;
    let call: mesos::executor::Call = match wire::decode(call) {
        Ok(call) => call,
        Err(error) => return (UNREADABLE, Err(error.to_string())),
    };
    let kind = Kind {
        name: call.r#type().as_str_name(),
        is_subscribe: call.r#type() == Type::Subscribe,
    };
    (kind, validate_executor(&call).map_err(|e| e.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "this module holds tests only")]
mod tests {
    use super::*;

    fn codec(content_type: ContentType) -> Codec {
        Codec {
            protocol: Protocol::Scheduler,
            content_type,
        }
    }

    #[test]
    fn an_event_comes_out_of_json_as_it_comes_out_of_protobuf() {
        let error = codec(ContentType::Protobuf).error_event("broken");
        let text = Bytes::from_static(br#"{"type":"ERROR","error":{"message":"broken"}}"#);
        let decoded = |bytes: &Bytes| wire::decode::<v1::scheduler::Event>(bytes);
        let read = codec(ContentType::Json).event(&text).unwrap();
        assert_eq!(decoded(&read), decoded(&error));
        assert_eq!(codec(ContentType::Protobuf).event(&error), Ok(error));
    }

    #[test]
    fn events_without_required_fields_are_refused() {
        let text = Bytes::from_static(br#"{"type":"ERROR","error":{}}"#);
        assert!(codec(ContentType::Json).event(&text).is_err());
        let bytes = Bytes::from_static(&[0x08, 0x07, 0x42, 0x00]);
        assert!(codec(ContentType::Protobuf).event(&bytes).is_err());
    }

    #[test]
    fn a_call_goes_out_as_json() {
        let kill = Bytes::from_static(&[
            0x0a, 3, 0x0a, 1, b'f', 0x10, 6, 0x32, 5, 0x0a, 3, 0x0a, 1, b't',
        ]);
        let (kind, valid) = codec(ContentType::Json).check(&kill);
        assert_eq!((kind.name, valid), ("KILL", Ok(())));
        assert_eq!(
            &codec(ContentType::Json).encode(&kill)[..],
            br#"{"framework_id":{"value":"f"},"type":"KILL","kill":{"task_id":{"value":"t"}}}"#
        );
    }
}
