//! The text form of resources. Compat: RES-29.

use super::{Reservation, ReservationKind, Resource, Resources, format};
use crate::{
    label,
    value::{Range, Ranges, Scalar, Set},
};
use mesos_proto::mesos as pb;
use pb::resource::{DiskInfo, disk_info};
use std::fmt::{self, Write as _};

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().as_str())?;
        if let Some(role) = self.allocation_role() {
            write!(f, "(allocated: {role})")?;
        }
        write_stack(f, self.reservations())?;
        if let Some(disk) = self.disk() {
            write!(f, "[{}]", DiskText(disk))?;
        }
        if self.is_revocable() {
            f.write_str("{REV}")?;
        }
        if self.is_shared() {
            f.write_str("<SHARED>")?;
        }
        write!(f, ":{}", self.value())?;
        if self.is_shared() {
            write!(f, "<{}>", self.copies())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("{}");
        }
        for (at, resource) in self.iter().enumerate() {
            let separator = if at > 0 { "; " } else { "" };
            write!(f, "{separator}{resource}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn write_stack(f: &mut impl fmt::Write, stack: &[Reservation]) -> fmt::Result {
    if stack.is_empty() {
        return Ok(());
    }
    f.write_str("(reservations: [")?;
    for (at, reservation) in stack.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let kind = match reservation.kind {
            ReservationKind::Static => "STATIC",
            ReservationKind::Dynamic => "DYNAMIC",
        };
        write!(f, "{comma}({kind},{}", reservation.role)?;
        if let Some(principal) = &reservation.principal {
            write!(f, ",{principal}")?;
        }
        if let Some(labels) = &reservation.labels {
            write!(f, ",{}", label::format(labels))?;
        }
        f.write_str(")")?;
    }
    f.write_str("])")
}

struct DiskText<'a>(&'a DiskInfo);

impl fmt::Display for DiskText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.0.source {
            write_source(f, source)?;
        }
        if let Some(persistence) = &self.0.persistence {
            let comma = if self.0.source.is_some() { "," } else { "" };
            write!(f, "{comma}{}", persistence.id)?;
        }
        match &self.0.volume {
            Some(volume) => write_volume(f, volume),
            None => Ok(()),
        }
    }
}

fn write_source(f: &mut fmt::Formatter<'_>, source: &disk_info::Source) -> fmt::Result {
    use disk_info::source::Type;
    let kind = source.r#type();
    f.write_str(kind.as_str_name())?;
    if kind == Type::Unknown {
        return Ok(());
    }
    if source.id.is_some() || source.profile.is_some() {
        return write!(
            f,
            "({},{},{})",
            source.vendor(),
            source.id(),
            source.profile()
        );
    }
    let root = match kind {
        Type::Mount => source
            .mount
            .as_ref()
            .and_then(|mount| mount.root.as_deref()),
        Type::Path => source.path.as_ref().and_then(|path| path.root.as_deref()),
        Type::Block | Type::Raw | Type::Unknown => None,
    };
    match root {
        Some(root) => write!(f, ":{root}"),
        None => Ok(()),
    }
}

fn write_volume(f: &mut fmt::Formatter<'_>, volume: &pb::Volume) -> fmt::Result {
    let Some(host_path) = &volume.host_path else {
        return write!(f, ":{}", volume.container_path);
    };
    let mode = match volume.mode() {
        pb::volume::Mode::Rw => "rw",
        pb::volume::Mode::Ro => "ro",
    };
    write!(f, ":{host_path}:{}:{mode}", volume.container_path)
}

/// Prints a message that may be invalid or in an older form.
pub fn format_message(resource: &pb::Resource) -> String {
    let mut text = resource.name.clone();
    let mut upgraded = resource.clone();
    format::upgrade(&mut upgraded);
    if let Some(allocation) = &resource.allocation_info {
        let _ = write!(text, "(allocated: {})", allocation.role());
    }
    let stack: Vec<_> = upgraded
        .reservations
        .iter()
        .map(Reservation::from_proto)
        .collect();
    let _ = write_stack(&mut text, &stack);
    if let Some(disk) = &resource.disk {
        let _ = write!(text, "[{}]", DiskText(disk));
    }
    if resource.revocable.is_some() {
        text.push_str("{REV}");
    }
    if resource.shared.is_some() {
        text.push_str("<SHARED>");
    }
    text.push(':');
    text.push_str(&format_payload(resource));
    text
}

fn format_payload(resource: &pb::Resource) -> String {
    use pb::value::Type;
    match Type::try_from(resource.r#type) {
        Ok(Type::Scalar) => {
            Scalar::new(resource.scalar.as_ref().map_or(0.0, |scalar| scalar.value)).to_string()
        }
        Ok(Type::Ranges) => {
            let list = resource.ranges.iter().flat_map(|ranges| &ranges.range);
            Ranges::new(list.map(Range::from)).to_string()
        }
        Ok(Type::Set) => {
            let items = resource.set.iter().flat_map(|set| &set.item);
            Set::new(items.map(String::as_str)).to_string()
        }
        Ok(Type::Text) | Err(_) => String::new(),
    }
}

/// Prints messages like a bag, `; ` between them.
pub fn format_list(list: &[pb::Resource]) -> String {
    if list.is_empty() {
        return "{}".to_owned();
    }
    list.iter()
        .map(format_message)
        .collect::<Vec<_>>()
        .join("; ")
}
