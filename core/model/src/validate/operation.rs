//! Offer operations other than launching. Compat: RES-67, OP-1..OP-15.

use super::{framework::format_set, resource};
use crate::{
    Resource, Resources, Role,
    capability::{AgentCapabilities, FrameworkCapabilities},
    error::{Invalid, refuse},
    resources::{self, format_list, format_message},
    role,
    value::to_milli,
};
use mesos_proto::mesos as pb;
use pb::{
    offer::operation::{
        Create, CreateDisk, Destroy, DestroyDisk, GrowVolume, Reserve, ShrinkVolume, Unreserve,
    },
    resource::disk_info::source::Type as Source,
};

/// Who asks, and on which agent.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The framework; `None` for an operator.
    pub framework: Option<&'a pb::FrameworkInfo>,
    /// The principal, if one is known.
    pub principal: Option<&'a str>,
    pub agent: AgentCapabilities,
}

fn top_role(message: &pb::Resource) -> &str {
    message
        .reservations
        .last()
        .map_or(role::DEFAULT_ROLE, |top| top.role())
}

fn is_dynamic(message: &pb::Resource) -> bool {
    use pb::resource::reservation_info::Type;
    message
        .reservations
        .last()
        .is_some_and(|top| top.r#type() == Type::Dynamic)
}

pub fn validate_reserve(body: &Reserve, asker: Asker<'_>) -> Result<(), Invalid> {
    resource::validate(&body.resources).map_err(|e| e.within("Invalid resources: "))?;
    resource::validate(&body.source).map_err(|e| e.within("Invalid source: "))?;
    if !body.source.is_empty() {
        validate_source(body)?;
    }
    resource::validate_single_provider(&body.resources)
        .map_err(|e| e.within("Invalid resources: "))?;
    let roles = asker.framework.map(role::framework_roles);
    for message in &body.resources {
        validate_reserved(message, asker)?;
        match &roles {
            Some(roles) => validate_framework_reserve(message, roles)?,
            None if message.allocation_info.is_some() => {
                return refuse(
                    "A reserve operation was attempted with an allocated resource, but the \
                     operator API only allows reservations to be made to unallocated resources",
                );
            }
            None => {}
        }
    }
    if asker.framework.is_some() {
        resource::validate_single_allocation(&Resources::from_proto(&body.resources))
            .map_err(|e| e.within("Invalid reservation resources: "))?;
    }
    Ok(())
}

fn validate_source(body: &Reserve) -> Result<(), Invalid> {
    validate_homogeneous(&body.source).map_err(|e| e.within("Invalid source: "))?;
    validate_homogeneous(&body.resources).map_err(|e| e.within("Invalid resources: "))?;
    let source = Resources::from_proto(&body.source).to_unreserved();
    let target = Resources::from_proto(&body.resources).to_unreserved();
    if source != target {
        return Err(Invalid::new(format!(
            "Source and target resources should refer to identical resource quantities: {source} \
             vs. {target}"
        )));
    }
    Ok(())
}

fn validate_homogeneous(list: &[pb::Resource]) -> Result<(), Invalid> {
    let entries: Vec<Resource> = list
        .iter()
        .filter_map(|message| Resource::from_proto(message).ok())
        .collect();
    let Some(first) = entries.first() else {
        return refuse("Resource cannot be empty");
    };
    if entries
        .iter()
        .any(|entry| entry.reservations() != first.reservations())
    {
        let text = format!("Mixed reservations are not supported{}", format_list(list));
        return Err(Invalid::new(text));
    }
    Ok(())
}

fn validate_reserved(message: &pb::Resource, asker: Asker<'_>) -> Result<(), Invalid> {
    let printed = || format_message(message);
    if !is_dynamic(message) {
        let text = format!("Resource {} is not dynamically reserved", printed());
        return Err(Invalid::new(text));
    }
    let role = top_role(message);
    if !asker.agent.hierarchical_role && role.contains('/') {
        return Err(Invalid::new(format!(
            "Resource {} with reservation for hierarchical role '{role}' cannot be reserved on an \
             agent without HIERARCHICAL_ROLE capability",
            printed()
        )));
    }
    if !asker.agent.reservation_refinement && message.reservations.len() > 1 {
        return Err(Invalid::new(format!(
            "Resource {} with reservation refinement cannot be reserved on an agent without \
             RESERVATION_REFINEMENT capability",
            printed()
        )));
    }
    let Some(principal) = asker.principal else {
        return Ok(());
    };
    match message
        .reservations
        .last()
        .and_then(|top| top.principal.as_deref())
    {
        None => Err(Invalid::new(format!(
            "A reserve operation was attempted by principal '{principal}', but there is a \
             reserved resource in the request with no principal set"
        ))),
        Some(other) if other != principal => Err(Invalid::new(format!(
            "A reserve operation was attempted by authenticated principal '{principal}', which \
             does not match a reserved resource in the request with principal '{other}'"
        ))),
        Some(_) => Ok(()),
    }
}

fn validate_framework_reserve(message: &pb::Resource, roles: &[Role]) -> Result<(), Invalid> {
    let reserved = top_role(message);
    let Some(allocated) = message
        .allocation_info
        .as_ref()
        .and_then(|info| info.role.as_deref())
    else {
        return Err(Invalid::new(format!(
            "A reserve operation was attempted on unallocated resource {}, but frameworks can \
             only perform reservations on allocated resources",
            format_message(message)
        )));
    };
    if allocated != reserved {
        return Err(Invalid::new(format!(
            "A reserve operation was attempted for a resource with role '{reserved}', but the \
             resource was allocated to role '{allocated}'"
        )));
    }
    if !roles.iter().any(|role| role.as_str() == allocated) {
        let list = format_set(roles.iter().map(Role::as_str));
        return Err(Invalid::new(format!(
            "A reserve operation was attempted for a resource allocated to role '{allocated}', \
             but the framework only has roles '{list}'"
        )));
    }
    Ok(())
}

pub fn validate_unreserve(body: &Unreserve) -> Result<(), Invalid> {
    resource::validate(&body.resources).map_err(|e| e.within("Invalid resources: "))?;
    resource::validate_single_provider(&body.resources)
        .map_err(|e| e.within("Invalid resources: "))?;
    for message in &body.resources {
        let printed = || format_message(message);
        if !is_dynamic(message) {
            let text = format!("Resource {} is not dynamically reserved", printed());
            return Err(Invalid::new(text));
        }
        if message
            .disk
            .as_ref()
            .is_some_and(|disk| disk.persistence.is_some())
        {
            return Err(Invalid::new(format!(
                "A dynamically reserved persistent volume {} cannot be unreserved directly. \
                 Please destroy the persistent volume first then unreserve the resource",
                printed()
            )));
        }
    }
    Ok(())
}

pub fn validate_create(
    body: &Create,
    checkpointed: &Resources,
    asker: Asker<'_>,
) -> Result<(), Invalid> {
    resource::validate(&body.volumes).map_err(|e| e.within("Invalid resources: "))?;
    resource::validate_single_provider(&body.volumes)
        .map_err(|e| e.within("Invalid resources: "))?;
    resource::validate_persistent_volumes(&body.volumes)
        .map_err(|e| e.within("Not a persistent volume: "))?;
    let volumes = Resources::from_proto(&body.volumes);
    resource::validate_unique_persistence(&(checkpointed + &volumes))?;
    body.volumes
        .iter()
        .try_for_each(|volume| validate_created(volume, asker))?;
    if asker.framework.is_some() {
        resource::validate_single_allocation(&volumes)
            .map_err(|e| e.within("Invalid volume resources: "))?;
    }
    Ok(())
}

fn validate_created(volume: &pb::Resource, asker: Asker<'_>) -> Result<(), Invalid> {
    let printed = || format_message(volume);
    if let Some(info) = asker.framework
        && volume.shared.is_some()
        && !FrameworkCapabilities::of(info).shared_resources
    {
        let id = info.id.as_ref().map_or("", |id| id.value.as_str());
        return Err(Invalid::new(format!(
            "Create volume operation for '{}' has been attempted by framework '{id}' with no \
             SHARED_RESOURCES capability",
            printed()
        )));
    }
    let role = top_role(volume);
    if !asker.agent.hierarchical_role && role.contains('/') {
        return Err(Invalid::new(format!(
            "Volume {} with reservation for hierarchical role '{role}' cannot be created on an \
             agent without HIERARCHICAL_ROLE capability",
            printed()
        )));
    }
    if !asker.agent.reservation_refinement && volume.reservations.len() > 1 {
        return Err(Invalid::new(format!(
            "Volume {} with reservation refinement cannot be created on an agent without \
             RESERVATION_REFINEMENT capability",
            printed()
        )));
    }
    let Some(principal) = asker.principal else {
        return Ok(());
    };
    let persistence = volume
        .disk
        .as_ref()
        .and_then(|disk| disk.persistence.as_ref());
    match persistence.and_then(|persistence| persistence.principal.as_deref()) {
        None => Err(Invalid::new(format!(
            "Create volume operation attempted by principal '{principal}', but there is a volume \
             in the operation with no principal set in 'disk.persistence'"
        ))),
        Some(other) if other != principal => Err(Invalid::new(format!(
            "Create volume operation attempted by authenticated principal '{principal}', which \
             does not match a volume in the operation with principal '{other}' set in \
             'disk.persistence'"
        ))),
        Some(_) => Ok(()),
    }
}

/// `used` yields what each framework uses on the agent.
pub fn validate_destroy<'a>(
    body: &Destroy,
    checkpointed: &Resources,
    used: impl IntoIterator<Item = &'a Resources>,
) -> Result<(), Invalid> {
    let volumes = Resources::from_proto(&body.volumes).unallocated();
    // The bag drops invalid entries, the messages are what must be valid.
    resource::validate(&body.volumes).map_err(|e| e.within("Invalid resources: "))?;
    let messages = volumes.to_proto();
    resource::validate_single_provider(&messages).map_err(|e| e.within("Invalid resources: "))?;
    resource::validate_persistent_volumes(&messages)
        .map_err(|e| e.within("Not a persistent volume: "))?;
    let mut own = volumes
        .iter()
        .filter(|volume| volume.provider_id().is_none());
    if own.any(|volume| !checkpointed.contains_entry(volume)) {
        return refuse("Persistent volumes not found");
    }
    for bag in used {
        let bag = bag.unallocated();
        if volumes.iter().any(|volume| bag.contains_entry(volume)) {
            return refuse("Persistent volumes in use");
        }
    }
    Ok(())
}

pub fn validate_grow(body: &GrowVolume, agent: AgentCapabilities) -> Result<(), Invalid> {
    resources::validate(&body.volume)
        .map_err(|e| e.within("Invalid resource in the 'GrowVolume.volume' field: "))?;
    resources::validate(&body.addition)
        .map_err(|e| e.within("Invalid resource in the 'GrowVolume.addition' field: "))?;
    if to_milli(
        body.addition
            .scalar
            .as_ref()
            .map_or(0.0, |scalar| scalar.value),
    ) <= 0
    {
        return refuse("The size of 'GrowVolume.addition' field must be greater than zero");
    }
    if body.volume.provider_id.is_some() {
        return refuse("Growing a volume from a resource provider is not supported");
    }
    resource::validate_persistent_volumes(std::slice::from_ref(&body.volume))
        .map_err(|e| e.within("Invalid persistent volume in the 'GrowVolume.volume' field: "))?;
    if body.volume.shared.is_some() {
        return refuse("Growing a shared persistent volume is not supported");
    }
    let mut stripped = Resource::from_proto(&body.volume)?;
    stripped.strip_volume();
    let addition = Resource::from_proto(&body.addition)?;
    if [stripped, addition]
        .into_iter()
        .collect::<Resources>()
        .len()
        != 1
    {
        return refuse(
            "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields",
        );
    }
    if !agent.resize_volume {
        return Err(Invalid::new(format!(
            "Volume {} cannot be grown on an agent without RESIZE_VOLUME capability",
            format_message(&body.volume)
        )));
    }
    Ok(())
}

pub fn validate_shrink(body: &ShrinkVolume, agent: AgentCapabilities) -> Result<(), Invalid> {
    resources::validate(&body.volume)
        .map_err(|e| e.within("Invalid resource in the 'ShrinkVolume.volume' field: "))?;
    let subtract = to_milli(body.subtract.value);
    if subtract <= 0 {
        return refuse("Value of 'ShrinkVolume.subtract' must be greater than zero");
    }
    if to_milli(
        body.volume
            .scalar
            .as_ref()
            .map_or(0.0, |scalar| scalar.value),
    ) <= subtract
    {
        return refuse(
            "Value of 'ShrinkVolume.subtract' must be smaller than the size of \
             'ShrinkVolume.volume'",
        );
    }
    if body.volume.provider_id.is_some() {
        return refuse("Shrinking a volume from a resource provider is not supported");
    }
    let source = body
        .volume
        .disk
        .as_ref()
        .and_then(|disk| disk.source.as_ref());
    if source.is_some_and(|source| source.r#type() == Source::Mount) {
        return refuse("Shrinking a volume on a MOUNT disk is not supported");
    }
    resource::validate_persistent_volumes(std::slice::from_ref(&body.volume))
        .map_err(|e| e.within("Invalid persistent volume in the 'ShrinkVolume.volume' field: "))?;
    if body.volume.shared.is_some() {
        return refuse("Shrinking a shared persistent volume is not supported");
    }
    if !agent.resize_volume {
        return Err(Invalid::new(format!(
            "Volume {} cannot be shrunk on an agent without RESIZE_VOLUME capability",
            format_message(&body.volume)
        )));
    }
    Ok(())
}

pub fn validate_create_disk(body: &CreateDisk) -> Result<(), Invalid> {
    let source = validate_disk_source(&body.source)?;
    if !resource::is_disk_of(&source, Source::Raw) {
        return refuse("'source' is not a RAW disk resource");
    }
    if !matches!(body.target_type(), Source::Mount | Source::Block) {
        return refuse("'target_type' is neither MOUNT or BLOCK");
    }
    let profiled = source
        .disk_source()
        .is_some_and(|source| source.profile.is_some());
    match (profiled, body.target_profile.is_some()) {
        (true, true) => refuse("'target_profile' must not be set when 'source' has a profile"),
        (false, false) => refuse("'target_profile' must be set when 'source' has no profile"),
        (true, false) | (false, true) => Ok(()),
    }
}

pub fn validate_destroy_disk(body: &DestroyDisk) -> Result<(), Invalid> {
    let source = validate_disk_source(&body.source)?;
    let kinds = [Source::Mount, Source::Block, Source::Raw];
    if !kinds
        .iter()
        .any(|kind| resource::is_disk_of(&source, *kind))
    {
        return refuse("'source' is neither a MOUNT, BLOCK or RAW disk resource");
    }
    if source
        .disk_source()
        .is_none_or(|source| source.id.is_none())
    {
        return refuse("'source' is not backed by a CSI volume");
    }
    if source.is_persistent_volume() {
        return Err(Invalid::new(format!(
            "A disk resource containing a persistent volume {source} cannot be destroyed \
             directly. Please destroy the persistent volume first then destroy the disk resource"
        )));
    }
    Ok(())
}

fn validate_disk_source(message: &pb::Resource) -> Result<Resource, Invalid> {
    resource::validate(std::slice::from_ref(message))
        .map_err(|e| e.within("Invalid resource: "))?;
    let source = Resource::from_proto(message)?;
    if source.provider_id().is_none() {
        return refuse("'source' is not managed by a resource provider");
    }
    Ok(source)
}
