//! Offer operations that an agent with the RESOURCE_PROVIDER capability was asked to apply. Compat: OFR-16, §7.6.

use mesos_model::{AgentId, FrameworkId, OperationId, ResourceProviderId, Resources};
use mesos_proto::mesos as pb;

/// The 16 bytes that name an operation between master and agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationUuid(pub [u8; 16]);

impl OperationUuid {
    pub fn to_proto(self) -> pb::Uuid {
        pb::Uuid {
            value: self.0.to_vec().into(),
        }
    }

    /// None unless it has 16 bytes.
    pub fn from_proto(uuid: &pb::Uuid) -> Option<Self> {
        uuid.value.as_ref().try_into().ok().map(Self)
    }
}

/// An operation at one moment.
#[derive(Debug, Clone)]
pub struct OperationRecord {
    pub uuid: OperationUuid,
    /// None for operator requests.
    pub framework: Option<FrameworkId>,
    pub agent: AgentId,
    pub id: Option<OperationId>,
    pub provider: Option<ResourceProviderId>,
    pub info: pb::offer::Operation,
    pub latest_status: pb::OperationStatus,
    pub statuses: Vec<pb::OperationStatus>,
    /// What the operation takes while its outcome is open; empty for speculative ones.
    pub consumed: Resources,
    /// The framework is unknown or gone: the master acknowledges by itself.
    pub orphan: bool,
}

impl OperationRecord {
    /// The `mesos.Operation` of this record.
    pub fn to_proto(&self) -> pb::Operation {
        pb::Operation {
            framework_id: self.framework.as_ref().map(FrameworkId::to_proto),
            slave_id: Some(self.agent.to_proto()),
            info: self.info.clone(),
            latest_status: self.latest_status.clone(),
            statuses: self.statuses.clone(),
            uuid: self.uuid.to_proto(),
        }
    }

    /// What an orphan keeps from everybody until it ends (AGT-55).
    pub fn withheld(&self) -> Option<&Resources> {
        (self.orphan && !is_terminal(self.state()) && !self.consumed.is_empty())
            .then_some(&self.consumed)
    }

    pub fn state(&self) -> pb::OperationState {
        self.latest_status.state()
    }
}

/// Terminal operation states.
pub fn is_terminal(state: pb::OperationState) -> bool {
    use pb::OperationState as S;
    match state {
        S::OperationFinished
        | S::OperationFailed
        | S::OperationError
        | S::OperationDropped
        | S::OperationGoneByOperator => true,
        S::OperationUnsupported
        | S::OperationPending
        | S::OperationUnreachable
        | S::OperationRecovering
        | S::OperationUnknown => false,
    }
}

/// What an operation takes until its outcome is known; speculative ones take nothing.
pub fn consumed_by(operation: &pb::offer::Operation) -> Resources {
    use pb::offer::operation::Type as T;
    let source = match operation.r#type() {
        T::CreateDisk => operation.create_disk.as_ref().map(|create| &create.source),
        T::DestroyDisk => operation
            .destroy_disk
            .as_ref()
            .map(|destroy| &destroy.source),
        T::Reserve
        | T::Unreserve
        | T::Create
        | T::Destroy
        | T::GrowVolume
        | T::ShrinkVolume
        | T::Unknown
        | T::Launch
        | T::LaunchGroup => None,
    };
    source.map_or_else(Resources::new, |source| {
        Resources::from_proto(std::slice::from_ref(source))
    })
}

/// Speculative operations are applied at once, before the agent answers (RES-47).
pub fn is_speculative(operation: &pb::offer::Operation) -> bool {
    use pb::offer::operation::Type as T;
    match operation.r#type() {
        T::Reserve | T::Unreserve | T::Create | T::Destroy | T::GrowVolume | T::ShrinkVolume => {
            true
        }
        T::Unknown | T::Launch | T::LaunchGroup | T::CreateDisk | T::DestroyDisk => false,
    }
}
