//! Capability lists of frameworks, agents and masters as plain flags.

use mesos_proto::mesos as pb;

/// Declares a flags struct with its conversions from and to the repeated protobuf field.
macro_rules! capabilities {
    ($(#[$doc:meta])* $name:ident, $module:path, $message:ty, { $($field:ident = $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $(pub $field: bool,)+
        }

        impl $name {
            /// Unknown kinds are ignored.
            pub fn from_proto(list: &[$message]) -> Self {
                use $module as kinds;
                let mut found = Self::default();
                for kind in list.iter().map(|capability| capability.r#type()) {
                    match kind {
                        kinds::Type::Unknown => {}
                        $(kinds::Type::$variant => found.$field = true,)+
                    }
                }
                found
            }

            pub fn to_proto(self) -> Vec<$message> {
                use $module as kinds;
                type Message = $message;
                let mut list = Vec::new();
                $(if self.$field {
                    list.push(Message { r#type: Some(kinds::Type::$variant as i32) });
                })+
                list
            }
        }
    };
}

capabilities!(
    /// What a framework can handle.
    FrameworkCapabilities, pb::framework_info::capability, pb::framework_info::Capability, {
        revocable_resources = RevocableResources,
        task_killing_state = TaskKillingState,
        gpu_resources = GpuResources,
        shared_resources = SharedResources,
        partition_aware = PartitionAware,
        multi_role = MultiRole,
        reservation_refinement = ReservationRefinement,
        region_aware = RegionAware,
    }
);

capabilities!(
    /// What an agent can handle.
    AgentCapabilities, pb::slave_info::capability, pb::slave_info::Capability, {
        multi_role = MultiRole,
        hierarchical_role = HierarchicalRole,
        reservation_refinement = ReservationRefinement,
        resource_provider = ResourceProvider,
        resize_volume = ResizeVolume,
        agent_operation_feedback = AgentOperationFeedback,
        agent_draining = AgentDraining,
        task_resource_limits = TaskResourceLimits,
    }
);

capabilities!(
    /// What a master offers to agents and frameworks.
    MasterCapabilities, pb::master_info::capability, pb::master_info::Capability, {
        agent_update = AgentUpdate,
        agent_draining = AgentDraining,
        quota_v2 = QuotaV2,
    }
);

impl FrameworkCapabilities {
    pub fn of(info: &pb::FrameworkInfo) -> Self {
        Self::from_proto(&info.capabilities)
    }
}
