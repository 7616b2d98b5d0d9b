//! From the name and the bytes of a message to what the machine takes.

use bytes::Bytes;
use mesos_proto::{Raw, internal, mesos::scheduler, wire};
use prost::Name;

use crate::event::{Message, Original};

/// Why a message is dropped.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("the master does not handle this message")]
    Unknown,
    #[error(transparent)]
    Wire(#[from] wire::WireError),
}

/// Decodes; messages that lack required fields are refused, as the original's parser does.
pub(super) fn decode(name: &str, body: &Bytes) -> Result<Message, DecodeError> {
    use internal as i;
    let Some(short) = name.strip_prefix("mesos.internal.") else {
        if name != "mesos.scheduler.Call" {
            return Err(DecodeError::Unknown);
        }
        let (call, original) = keeping::<scheduler::Call>(body)?;
        return Ok(Message::Call(call, original));
    };
    Ok(match short {
        "StatusUpdateMessage" => Message::StatusUpdate(Raw::from_bytes(body.clone())?),
        "StatusUpdateAcknowledgementMessage" => {
            Message::StatusUpdateAcknowledgement(wire::decode(body)?)
        }
        "RegisterSlaveMessage" => {
            let (message, original) = keeping::<i::RegisterSlaveMessage>(body)?;
            Message::RegisterSlave(message, original)
        }
        "ReregisterSlaveMessage" => {
            let (message, original) = keeping::<i::ReregisterSlaveMessage>(body)?;
            Message::ReregisterSlave(message, original)
        }
        "UnregisterSlaveMessage" => Message::UnregisterSlave(wire::decode(body)?),
        "UpdateSlaveMessage" => Message::UpdateSlave(Box::new(wire::decode(body)?)),
        "ExitedExecutorMessage" => Message::ExitedExecutor(Raw::from_bytes(body.clone())?),
        "ExecutorToFrameworkMessage" => {
            Message::ExecutorToFramework(Raw::from_bytes(body.clone())?)
        }
        "UpdateOperationStatusMessage" => {
            Message::UpdateOperationStatus(Box::new(wire::decode(body)?))
        }
        "RegisterFrameworkMessage" => {
            let (message, original) = keeping::<i::RegisterFrameworkMessage>(body)?;
            Message::RegisterFramework(message, original)
        }
        "ReregisterFrameworkMessage" => {
            let (message, original) = keeping::<i::ReregisterFrameworkMessage>(body)?;
            Message::ReregisterFramework(message, original)
        }
        "UnregisterFrameworkMessage" => Message::UnregisterFramework(wire::decode(body)?),
        "DeactivateFrameworkMessage" => Message::DeactivateFramework(wire::decode(body)?),
        "ResourceRequestMessage" => Message::ResourceRequest(wire::decode(body)?),
        "LaunchTasksMessage" => {
            let (message, original) = keeping::<i::LaunchTasksMessage>(body)?;
            Message::LaunchTasks(message, original)
        }
        "ReviveOffersMessage" => Message::ReviveOffers(wire::decode(body)?),
        "KillTaskMessage" => Message::KillTask(wire::decode(body)?),
        "FrameworkToExecutorMessage" => Message::FrameworkToExecutor(wire::decode(body)?),
        "ReconcileTasksMessage" => Message::ReconcileTasks(Box::new(wire::decode(body)?)),
        "SubmitSchedulerRequest" => Message::SubmitScheduler(wire::decode(body)?),
        "AuthenticateMessage" => Message::Authenticate(wire::decode(body)?),
        _ => return Err(DecodeError::Unknown),
    })
}

/// The value, and the bytes too if they hold fields that the value lost.
pub(super) fn keeping<T: prost::Message + Name + Default>(
    body: &Bytes,
) -> Result<(Box<T>, Original), DecodeError> {
    let scan = wire::check(&T::full_name(), body)?;
    let value = wire::decode_partial(body)?;
    Ok((Box::new(value), scan.has_unknown.then(|| body.clone())))
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn what_lacks_required_fields_or_is_unknown_is_refused() {
        let empty = Bytes::new();
        assert!(matches!(
            decode("mesos.internal.KillTaskMessage", &empty),
            Err(DecodeError::Wire(_))
        ));
        assert!(matches!(
            decode("mesos.internal.PingSlaveMessage", &empty),
            Err(DecodeError::Unknown)
        ));
        assert!(matches!(decode("x", &empty), Err(DecodeError::Unknown)));
        let call = scheduler::Call::default().encode_to_vec().into();
        assert!(matches!(
            decode("mesos.scheduler.Call", &call),
            Ok(Message::Call(_, None))
        ));
    }

    #[test]
    fn unknown_fields_keep_the_original_bytes() {
        let mut bytes = scheduler::Call::default().encode_to_vec();
        bytes.extend_from_slice(&[0xc2, 0x3e, 1, 7]);
        let bytes = Bytes::from(bytes);
        let Ok(Message::Call(_, Some(original))) = decode("mesos.scheduler.Call", &bytes) else {
            panic!("the original is kept")
        };
        assert_eq!(original, bytes);
    }
}
