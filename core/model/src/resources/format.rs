//! The three external forms of reservations and walking every resource of a message. Compat: RES-15..RES-18, RES-70.
#![allow(deprecated, reason = "the older forms live in deprecated fields")]

use crate::{
    error::{Invalid, refuse},
    role::DEFAULT_ROLE,
};
use mesos_proto::{internal, mesos as pb};
use pb::resource::{ReservationInfo, reservation_info::Type};

/// What is done to each resource of a message.
pub type Visit<'a> = &'a mut dyn FnMut(&mut pb::Resource) -> Result<(), Invalid>;

/// A message that carries resources at any depth.
pub trait HoldsResources {
    fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid>;
}

/// To the post-refinement form, from any form (RES-16).
pub fn upgrade(resource: &mut pb::Resource) {
    let role = resource.role.take();
    let old = resource.reservation.take();
    if !resource.reservations.is_empty() {
        return;
    }
    let Some(role) = role.filter(|role| role != DEFAULT_ROLE) else {
        return;
    };
    let kind = if old.is_some() {
        Type::Dynamic
    } else {
        Type::Static
    };
    resource.reservations.push(ReservationInfo {
        r#type: Some(kind as i32),
        role: Some(role),
        ..old.unwrap_or_default()
    });
}

/// From the post- to the pre-refinement form; a refined stack has none (RES-18).
pub fn downgrade(resource: &mut pb::Resource) -> Result<(), Invalid> {
    if resource.reservations.len() > 1 {
        return refuse("Cannot downgrade resources containing refined reservations");
    }
    to_endpoint(resource);
    resource.reservations.clear();
    Ok(())
}

/// From the post-refinement form to the one that HTTP output uses.
pub fn to_endpoint(resource: &mut pb::Resource) {
    match resource.reservations.as_slice() {
        [] => resource.role = Some(DEFAULT_ROLE.to_owned()),
        [only] => {
            resource.reservation = (only.r#type() == Type::Dynamic).then(|| ReservationInfo {
                principal: only.principal.clone(),
                labels: only.labels.clone(),
                ..ReservationInfo::default()
            });
            resource.role = Some(only.role().to_owned());
        }
        _ => {}
    }
}

/// Upgrades every resource of a message (RES-17).
pub fn upgrade_all(message: &mut impl HoldsResources) {
    let upgraded = message.each_resource(&mut |resource| {
        upgrade(resource);
        Ok(())
    });
    debug_assert!(upgraded.is_ok(), "upgrading refuses nothing");
}

/// Downgrades every resource of a message; on a refined stack those visited before stay converted.
pub fn downgrade_all(message: &mut impl HoldsResources) -> Result<(), Invalid> {
    message.each_resource(&mut downgrade)
}

/// Puts every resource of a message into the form for HTTP output.
pub fn endpoint_all(message: &mut impl HoldsResources) {
    let converted = message.each_resource(&mut |resource| {
        to_endpoint(resource);
        Ok(())
    });
    debug_assert!(converted.is_ok(), "the endpoint form refuses nothing");
}

impl HoldsResources for pb::Resource {
    fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid> {
        visit(self)
    }
}

impl<T: HoldsResources> HoldsResources for Vec<T> {
    fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid> {
        self.iter_mut()
            .try_for_each(|item| item.each_resource(visit))
    }
}

impl<T: HoldsResources> HoldsResources for Option<T> {
    fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid> {
        self.iter_mut()
            .try_for_each(|item| item.each_resource(visit))
    }
}

impl<T: HoldsResources> HoldsResources for Box<T> {
    fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid> {
        (**self).each_resource(visit)
    }
}

/// Names, per message, the fields that hold resources directly or deeper down.
macro_rules! holds {
    ($($message:path { $($field:ident),+ })+) => {
        $(impl HoldsResources for $message {
            fn each_resource(&mut self, visit: Visit<'_>) -> Result<(), Invalid> {
                $(self.$field.each_resource(visit)?;)+
                Ok(())
            }
        })+
    };
}

holds! {
    pb::ExecutorInfo { resources }
    pb::TaskInfo { resources, executor }
    pb::TaskGroupInfo { tasks }
    pb::Task { resources }
    pb::Offer { resources }
    pb::InverseOffer { resources }
    pb::SlaveInfo { resources }
    pb::Request { resources }
    pb::OperationStatus { converted_resources }
    pb::Operation { info, latest_status, statuses }
    pb::CsiPluginContainerInfo { resources }
    pb::offer::Operation {
        launch, launch_group, reserve, unreserve, create, destroy, grow_volume, shrink_volume,
        create_disk, destroy_disk
    }
    pb::offer::operation::Launch { task_infos }
    pb::offer::operation::LaunchGroup { executor, task_group }
    pb::offer::operation::Reserve { source, resources }
    pb::offer::operation::Unreserve { resources }
    pb::offer::operation::Create { volumes }
    pb::offer::operation::Destroy { volumes }
    pb::offer::operation::GrowVolume { volume, addition }
    pb::offer::operation::ShrinkVolume { volume }
    pb::offer::operation::CreateDisk { source }
    pb::offer::operation::DestroyDisk { source }
    pb::scheduler::Call { accept, request }
    pb::scheduler::call::Accept { operations }
    pb::scheduler::call::Request { requests }
    pb::scheduler::Event { offers, inverse_offers, update_operation_status }
    pb::scheduler::event::Offers { offers }
    pb::scheduler::event::InverseOffers { inverse_offers }
    pb::scheduler::event::UpdateOperationStatus { status }
    pb::executor::Event { launch, launch_group, subscribed }
    pb::executor::event::Launch { task }
    pb::executor::event::LaunchGroup { task_group }
    pb::executor::event::Subscribed { executor_info }
    pb::master::Call {
        reserve_resources, unreserve_resources, create_volumes, destroy_volumes, grow_volume,
        shrink_volume
    }
    pb::master::call::ReserveResources { source, resources }
    pb::master::call::UnreserveResources { resources }
    pb::master::call::CreateVolumes { volumes }
    pb::master::call::DestroyVolumes { volumes }
    pb::master::call::GrowVolume { volume, addition }
    pb::master::call::ShrinkVolume { volume }
    pb::agent::Call { launch_container }
    pb::agent::call::LaunchContainer { resources }
    pb::slave::ContainerConfig { executor_info, task_info, resources }
    internal::RunTaskMessage { task }
    internal::RunTaskGroupMessage { executor, task_group }
    internal::LaunchTasksMessage { tasks }
    internal::ResourceOffersMessage { offers }
    internal::ResourceRequestMessage { requests }
    internal::RegisterSlaveMessage { slave, checkpointed_resources }
    internal::ReregisterSlaveMessage {
        slave, checkpointed_resources, executor_infos, tasks, completed_frameworks
    }
    internal::archive::Framework { tasks }
    internal::UpdateSlaveMessage { oversubscribed_resources, operations, resource_providers }
    internal::update_slave_message::Operations { operations }
    internal::update_slave_message::ResourceProviders { providers }
    internal::update_slave_message::ResourceProvider { total_resources, operations }
    internal::UpdateOperationStatusMessage { status, latest_status }
    internal::ApplyOperationMessage { operation_info }
    internal::CheckpointResourcesMessage { resources }
    internal::ExecutorRegisteredMessage { executor_info }
    internal::ReregisterExecutorMessage { tasks }
}
