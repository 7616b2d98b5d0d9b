//! Offer operations as conversions of one bag into another. Compat: RES-46..RES-48, OP-10.

use super::{Resource, Resources};
use crate::{
    ResourceProviderId,
    error::{Invalid, refuse},
    value::{Scalar, Value},
};
use mesos_proto::mesos as pb;
use pb::offer::{Operation, operation::Type};

/// What is taken out of a bag and what is put in instead.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub consumed: Resources,
    pub converted: Resources,
    /// A volume of which no copy may remain afterwards.
    absent_after: Option<Resource>,
}

impl Conversion {
    pub fn new(consumed: Resources, converted: Resources) -> Self {
        Self {
            consumed,
            converted,
            absent_after: None,
        }
    }

    pub fn apply(&self, bag: &Resources) -> Result<Resources, Invalid> {
        if !bag.contains(&self.consumed) {
            return Err(Invalid::new(format!(
                "{bag} does not contain {}",
                self.consumed
            )));
        }
        let mut result = bag - &self.consumed;
        result += &self.converted;
        match &self.absent_after {
            Some(volume) if result.contains_entry(volume) => Err(Invalid::new(format!(
                "Persistent volume {volume} cannot be removed due to additional shared copies"
            ))),
            Some(_) | None => Ok(result),
        }
    }
}

impl Resources {
    /// Applies a speculative operation (RES-47).
    pub fn apply(&self, operation: &Operation) -> Result<Resources, Invalid> {
        let list = conversions(operation).map_err(|e| e.within("Cannot get conversions: "))?;
        self.apply_all(&list)
    }

    pub fn apply_conversion(&self, conversion: &Conversion) -> Result<Resources, Invalid> {
        conversion.apply(self)
    }

    pub fn apply_all(&self, list: &[Conversion]) -> Result<Resources, Invalid> {
        let mut result = self.clone();
        for conversion in list {
            result = conversion.apply(&result)?;
        }
        Ok(result)
    }
}

/// The conversions of a speculative operation, in order.
pub fn conversions(operation: &Operation) -> Result<Vec<Conversion>, Invalid> {
    match operation.r#type() {
        Type::Unknown => refuse("Unknown operation"),
        Type::Launch | Type::LaunchGroup | Type::CreateDisk | Type::DestroyDisk => {
            refuse("Operation not supported")
        }
        Type::Reserve => Ok(operation.reserve.iter().map(reserve).collect()),
        Type::Unreserve => {
            let list = operation.unreserve.iter().flat_map(|body| &body.resources);
            Ok(valid(list).map(unreserve).collect())
        }
        Type::Create => {
            let list = operation.create.iter().flat_map(|body| &body.volumes);
            Ok(valid(list).map(create).collect())
        }
        Type::Destroy => {
            let list = operation.destroy.iter().flat_map(|body| &body.volumes);
            Ok(valid(list).map(destroy).collect())
        }
        Type::GrowVolume => operation.grow_volume.iter().map(grow).collect(),
        Type::ShrinkVolume => operation.shrink_volume.iter().map(shrink).collect(),
    }
}

fn valid<'a>(list: impl Iterator<Item = &'a pb::Resource>) -> impl Iterator<Item = Resource> {
    list.filter_map(|message| Resource::from_proto(message).ok())
}

fn reserve(body: &pb::offer::operation::Reserve) -> Conversion {
    let reserved = Resources::from_proto(&body.resources);
    let consumed = if body.source.is_empty() {
        reserved.pop_reservation()
    } else {
        Resources::from_proto(&body.source)
    };
    Conversion::new(consumed, reserved)
}

fn unreserve(reserved: Resource) -> Conversion {
    let mut popped = reserved.clone();
    popped.pop_reservation();
    Conversion::new(reserved.into(), popped.into())
}

fn create(volume: Resource) -> Conversion {
    Conversion::new(stripped(&volume).into(), volume.into())
}

fn destroy(volume: Resource) -> Conversion {
    Conversion {
        consumed: volume.clone().into(),
        converted: stripped(&volume).into(),
        absent_after: Some(volume),
    }
}

fn stripped(volume: &Resource) -> Resource {
    let mut raw = volume.clone();
    raw.strip_volume();
    raw
}

fn grow(body: &pb::offer::operation::GrowVolume) -> Result<Conversion, Invalid> {
    let volume = Resource::from_proto(&body.volume)?;
    let addition = Resource::from_proto(&body.addition)?;
    check_no_provider(&volume)?;
    let mut value = volume.value().clone();
    value.add(addition.value());
    let grown = volume.with_value(value);
    let consumed: Resources = [volume, addition].into_iter().collect();
    Ok(Conversion::new(consumed, grown.into()))
}

fn shrink(body: &pb::offer::operation::ShrinkVolume) -> Result<Conversion, Invalid> {
    let volume = Resource::from_proto(&body.volume)?;
    check_no_provider(&volume)?;
    let subtract = Value::Scalar(Scalar::new(body.subtract.value));
    let freed = stripped(&volume).with_value(subtract.clone());
    let mut value = volume.value().clone();
    value.subtract(&subtract);
    let smaller = volume.with_value(value);
    Ok(Conversion::new(
        volume.into(),
        [smaller, freed].into_iter().collect(),
    ))
}

fn check_no_provider(volume: &Resource) -> Result<(), Invalid> {
    if volume.provider_id().is_some() {
        return refuse("Operation not supported for resource provider");
    }
    Ok(())
}

/// The provider whose resources an operation is about (RES-48); an error where it has none to look at.
pub fn provider_of(operation: &Operation) -> Result<Option<ResourceProviderId>, Invalid> {
    let first = match operation.r#type() {
        Type::Unknown => return refuse("Unknown offer operation"),
        Type::Launch => return refuse("Unexpected LAUNCH operation"),
        Type::LaunchGroup => return refuse("Unexpected LAUNCH_GROUP operation"),
        Type::Reserve => operation
            .reserve
            .as_ref()
            .and_then(|body| body.resources.first()),
        Type::Unreserve => operation
            .unreserve
            .as_ref()
            .and_then(|body| body.resources.first()),
        Type::Create => operation
            .create
            .as_ref()
            .and_then(|body| body.volumes.first()),
        Type::Destroy => operation
            .destroy
            .as_ref()
            .and_then(|body| body.volumes.first()),
        Type::GrowVolume => operation.grow_volume.as_ref().map(|body| &body.volume),
        Type::ShrinkVolume => operation.shrink_volume.as_ref().map(|body| &body.volume),
        Type::CreateDisk => operation.create_disk.as_ref().map(|body| &body.source),
        Type::DestroyDisk => operation.destroy_disk.as_ref().map(|body| &body.source),
    };
    let Some(first) = first else {
        return refuse("Operation contains no resources");
    };
    Ok(first.provider_id.as_ref().map(ResourceProviderId::from))
}

/// Whether the master may apply the operation before the agent answers (RES-47).
pub fn is_speculative(kind: Type) -> bool {
    match kind {
        Type::Reserve
        | Type::Unreserve
        | Type::Create
        | Type::Destroy
        | Type::GrowVolume
        | Type::ShrinkVolume => true,
        Type::Unknown | Type::Launch | Type::LaunchGroup | Type::CreateDisk | Type::DestroyDisk => {
            false
        }
    }
}
