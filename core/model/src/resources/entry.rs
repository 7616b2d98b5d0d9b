//! One resource entry, always in post-refinement form. Compat: RES-30..RES-32.

use super::{Name, Reservation, ReservationKind, check};
use crate::{
    ResourceProviderId, Role,
    error::Invalid,
    label, role,
    value::{Range, Ranges, Scalar, Set, Value},
};
use mesos_proto::mesos as pb;
use pb::resource::{DiskInfo, disk_info};
use std::sync::Arc;

/// One entry of a bag. Lean by design: the common case (unreserved scalar) owns no heap memory,
/// and what few entries have (disk, markers, provider) sits behind one shared pointer.
#[derive(Clone)]
pub struct Resource {
    name: Name,
    value: Value,
    allocation: Option<Role>,
    /// `None` is the empty stack.
    stack: Option<Arc<[Reservation]>>,
    rare: Option<Arc<Rare>>,
    /// How many copies of a shared entry; 1 otherwise.
    copies: u32,
}

#[derive(Clone, Default)]
struct Rare {
    disk: Option<DiskInfo>,
    provider_id: Option<ResourceProviderId>,
    revocable: bool,
    shared: bool,
}

impl Rare {
    fn is_plain(&self) -> bool {
        self.disk.is_none() && self.provider_id.is_none() && !self.revocable && !self.shared
    }
}

impl Resource {
    fn new(name: Name, value: Value) -> Self {
        Self {
            name,
            value,
            allocation: None,
            stack: None,
            rare: None,
            copies: 1,
        }
    }

    /// A plain unreserved scalar.
    pub fn scalar(name: &str, amount: f64) -> Self {
        Self::new(Name::new(name), Value::Scalar(Scalar::new(amount)))
    }

    pub fn from_milli(name: Name, milli: i64) -> Self {
        Self::new(name, Value::Scalar(Scalar::from_milli(milli)))
    }

    pub fn from_value(name: Name, value: Value) -> Self {
        Self::new(name, value)
    }

    /// Checks (RES-19..24) and converts; all three reservation forms are accepted.
    pub fn from_proto(message: &pb::Resource) -> Result<Self, Invalid> {
        check::validate(message)?;
        Ok(Self::from_valid(message))
    }

    /// Converts a message that passed [`check::validate`].
    pub(super) fn from_valid(message: &pb::Resource) -> Self {
        let value = if let Some(scalar) = &message.scalar {
            Value::Scalar(Scalar::new(scalar.value))
        } else if let Some(ranges) = &message.ranges {
            Value::Ranges(Ranges::new(ranges.range.iter().map(Range::from)))
        } else {
            let items = message.set.iter().flat_map(|set| &set.item);
            Value::Set(Set::new(items.map(String::as_str)))
        };
        let mut resource = Self::new(Name::new(&message.name), value);
        resource.allocation = message
            .allocation_info
            .as_ref()
            .map(|info| Role::new(info.role()));
        resource.stack = stack_of(message);
        let rare = Rare {
            disk: message.disk.as_deref().cloned(),
            provider_id: message.provider_id.as_ref().map(ResourceProviderId::from),
            revocable: message.revocable.is_some(),
            shared: message.shared.is_some(),
        };
        if !rare.is_plain() {
            resource.rare = Some(Arc::new(rare));
        }
        resource
    }

    /// In post-refinement form; see [`super::format`] for the others. One message whatever the number of copies.
    pub fn to_proto(&self) -> pb::Resource {
        let mut message = pb::Resource {
            name: self.name.as_str().to_owned(),
            ..Default::default()
        };
        match &self.value {
            Value::Scalar(scalar) => {
                message.r#type = pb::value::Type::Scalar as i32;
                message.scalar = Some(pb::value::Scalar {
                    value: scalar.raw(),
                });
            }
            Value::Ranges(ranges) => {
                message.r#type = pb::value::Type::Ranges as i32;
                message.ranges = Some(ranges.to_proto());
            }
            Value::Set(set) => {
                message.r#type = pb::value::Type::Set as i32;
                let item = set.iter().map(str::to_owned).collect();
                message.set = Some(pb::value::Set { item });
            }
        }
        message.allocation_info =
            self.allocation
                .as_ref()
                .map(|role| pb::resource::AllocationInfo {
                    role: Some(role.to_string()),
                });
        message.reservations = self
            .reservations()
            .iter()
            .map(Reservation::to_proto)
            .collect();
        if let Some(rare) = self.rare.as_deref() {
            message.disk = rare.disk.clone().map(Box::new);
            message.provider_id = rare.provider_id.as_ref().map(ResourceProviderId::to_proto);
            message.revocable = rare.revocable.then(Default::default);
            message.shared = rare.shared.then(Default::default);
        }
        message
    }

    pub fn name(&self) -> &Name {
        &self.name
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn value_mut(&mut self) -> &mut Value {
        &mut self.value
    }

    /// The same entry with another amount.
    pub fn with_value(&self, value: Value) -> Self {
        Self {
            value,
            ..self.clone()
        }
    }

    /// Thousandths of a scalar; 0 for the other types.
    pub fn milli(&self) -> i64 {
        match &self.value {
            Value::Scalar(scalar) => scalar.milli(),
            Value::Ranges(_) | Value::Set(_) => 0,
        }
    }

    pub fn is_scalar(&self) -> bool {
        matches!(self.value, Value::Scalar(_))
    }

    pub fn copies(&self) -> u32 {
        self.copies
    }

    pub(super) fn set_copies(&mut self, copies: u32) {
        self.copies = copies;
    }

    pub fn allocation_role(&self) -> Option<&Role> {
        self.allocation.as_ref()
    }

    pub fn allocate(&mut self, role: &Role) {
        self.allocation = Some(role.clone());
    }

    pub fn unallocate(&mut self) {
        self.allocation = None;
    }

    /// The stack, outermost role first.
    pub fn reservations(&self) -> &[Reservation] {
        self.stack.as_deref().unwrap_or_default()
    }

    pub fn push_reservation(&mut self, reservation: Reservation) {
        let longer = self.reservations().iter().cloned().chain([reservation]);
        self.stack = Some(longer.collect());
    }

    pub fn pop_reservation(&mut self) -> Option<Reservation> {
        let (top, rest) = self.reservations().split_last()?;
        let (top, rest): (_, Arc<[Reservation]>) = (top.clone(), rest.into());
        self.stack = (!rest.is_empty()).then_some(rest);
        Some(top)
    }

    pub fn clear_reservations(&mut self) {
        self.stack = None;
    }

    pub(super) fn take_stack_of(&mut self, other: &Resource) {
        self.stack = other.stack.clone();
    }

    /// The role of the top reservation.
    pub fn reservation_role(&self) -> Option<&Role> {
        self.reservations().last().map(|top| &top.role)
    }

    pub fn is_empty(&self) -> bool {
        self.copies == 0 || self.value.is_empty()
    }

    pub fn is_unreserved(&self) -> bool {
        self.stack.is_none()
    }

    /// Reserved at all, or with the given role on top.
    pub fn is_reserved(&self, to: Option<&str>) -> bool {
        self.reservation_role()
            .is_some_and(|role| to.is_none_or(|to| role.as_str() == to))
    }

    pub fn is_dynamically_reserved(&self) -> bool {
        self.reservations()
            .last()
            .is_some_and(|top| top.kind == ReservationKind::Dynamic)
    }

    pub fn is_refined(&self) -> bool {
        self.reservations().len() > 1
    }

    /// Unreserved, reserved to the role itself, or reserved to one of its ancestors.
    pub fn is_allocatable_to(&self, to: &str) -> bool {
        self.reservation_role()
            .is_none_or(|top| top.as_str() == to || role::is_strict_subrole(to, top.as_str()))
    }

    pub fn disk(&self) -> Option<&DiskInfo> {
        self.rare.as_deref()?.disk.as_ref()
    }

    pub fn disk_source(&self) -> Option<&disk_info::Source> {
        self.disk()?.source.as_ref()
    }

    pub fn persistence_id(&self) -> Option<&str> {
        Some(&self.disk()?.persistence.as_ref()?.id)
    }

    pub fn is_persistent_volume(&self) -> bool {
        self.persistence_id().is_some()
    }

    pub fn is_revocable(&self) -> bool {
        self.rare.as_deref().is_some_and(|rare| rare.revocable)
    }

    pub fn is_shared(&self) -> bool {
        self.rare.as_deref().is_some_and(|rare| rare.shared)
    }

    pub fn provider_id(&self) -> Option<&ResourceProviderId> {
        self.rare.as_deref()?.provider_id.as_ref()
    }

    /// Whether an agent must remember the entry over a restart.
    pub fn needs_checkpointing(&self) -> bool {
        self.provider_id().is_none()
            && (self.is_dynamically_reserved() || self.is_persistent_volume())
    }

    /// Marks or unmarks as revocable (oversubscribed).
    pub fn set_revocable(&mut self, revocable: bool) {
        self.edit_rare(|rare| rare.revocable = revocable);
    }

    /// Marks or unmarks as shared.
    pub fn set_shared(&mut self, shared: bool) {
        self.edit_rare(|rare| rare.shared = shared);
    }

    pub fn set_provider_id(&mut self, id: Option<ResourceProviderId>) {
        self.edit_rare(|rare| rare.provider_id = id);
    }

    pub fn set_disk(&mut self, disk: Option<DiskInfo>) {
        self.edit_rare(|rare| rare.disk = disk);
    }

    /// What a volume is made of: persistence and volume gone, or the whole disk info without a source.
    pub fn strip_volume(&mut self) {
        self.edit_rare(|rare| {
            let source = rare.disk.take().and_then(|disk| disk.source);
            rare.disk = source.map(|source| DiskInfo {
                source: Some(source),
                ..DiskInfo::default()
            });
            rare.shared = false;
        });
    }

    fn edit_rare(&mut self, edit: impl FnOnce(&mut Rare)) {
        let mut rare = self.rare.as_deref().cloned().unwrap_or_default();
        edit(&mut rare);
        self.rare = (!rare.is_plain()).then(|| Arc::new(rare));
    }

    /// Whether two entries differ at most in amount (RES-30).
    pub fn same_metadata(&self, other: &Resource) -> bool {
        self.name == other.name
            && self.value.same_type(&other.value)
            && self.allocation == other.allocation
            && same_shared(&self.stack, &other.stack, |a, b| a == b)
            && same_shared(&self.rare, &other.rare, same_rare)
    }

    /// Whether two entries are the same in metadata and amount; copies do not count.
    pub fn same_entry(&self, other: &Resource) -> bool {
        self.same_metadata(other) && self.value == other.value
    }

    /// Whether the disk can only be taken or given whole.
    fn is_indivisible(&self) -> bool {
        use disk_info::source::Type;
        let Some(disk) = self.disk() else {
            return false;
        };
        let whole_source = disk
            .source
            .as_ref()
            .is_some_and(|source| match source.r#type() {
                Type::Mount | Type::Block => true,
                Type::Raw => source.id.is_some(),
                Type::Path | Type::Unknown => false,
            });
        whole_source || disk.persistence.is_some()
    }

    /// Whether `other` merges into this entry (RES-31).
    pub(super) fn takes_in(&self, other: &Resource) -> bool {
        if self.is_shared() {
            return self.same_entry(other);
        }
        self.same_metadata(other) && !self.is_indivisible()
    }

    /// Whether `other` can be taken out of this entry (RES-32).
    pub(super) fn gives_out(&self, other: &Resource) -> bool {
        if self.is_shared() || self.is_indivisible() {
            return self.same_entry(other);
        }
        self.same_metadata(other)
    }

    /// Whether `other` can be taken out without taking too much (RES-34, RES-35).
    pub fn contains(&self, other: &Resource) -> bool {
        if !self.gives_out(other) {
            return false;
        }
        if self.is_shared() {
            return self.copies >= other.copies;
        }
        self.value.contains(&other.value)
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.copies == other.copies && self.same_entry(other)
    }
}

/// Compares what two optional shared pointers hold, fast when they share it.
fn same_shared<T: ?Sized>(
    left: &Option<Arc<T>>,
    right: &Option<Arc<T>>,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => Arc::ptr_eq(left, right) || same(left, right),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn same_rare(left: &Rare, right: &Rare) -> bool {
    left.revocable == right.revocable
        && left.shared == right.shared
        && left.provider_id == right.provider_id
        && same_disk(left.disk.as_ref(), right.disk.as_ref())
}

/// Source and persistence id decide; principal and volume do not (RES-30).
fn same_disk(left: Option<&DiskInfo>, right: Option<&DiskInfo>) -> bool {
    let (left, right) = match (left, right) {
        (None, None) => return true,
        (Some(left), Some(right)) => (left, right),
        (Some(_), None) | (None, Some(_)) => return false,
    };
    let id = |disk: &DiskInfo| disk.persistence.as_ref().map(|p| p.id.clone());
    let source = match (&left.source, &right.source) {
        (None, None) => true,
        (Some(left), Some(right)) => same_source(left, right),
        (Some(_), None) | (None, Some(_)) => false,
    };
    source && id(left) == id(right)
}

fn same_source(left: &disk_info::Source, right: &disk_info::Source) -> bool {
    let metadata = match (&left.metadata, &right.metadata) {
        (None, None) => true,
        (Some(left), Some(right)) => label::equal(left, right),
        (Some(_), None) | (None, Some(_)) => false,
    };
    metadata
        && left.r#type == right.r#type
        && left.path == right.path
        && left.mount == right.mount
        && left.vendor == right.vendor
        && left.id == right.id
        && left.profile == right.profile
}

/// The stack of a message in any form (RES-16).
#[allow(deprecated, reason = "the pre-refinement form uses these fields")]
fn stack_of(message: &pb::Resource) -> Option<Arc<[Reservation]>> {
    if !message.reservations.is_empty() {
        return Some(
            message
                .reservations
                .iter()
                .map(Reservation::from_proto)
                .collect(),
        );
    }
    if message.role() == role::DEFAULT_ROLE {
        return None;
    }
    let role = Role::new(message.role());
    let only = match &message.reservation {
        None => Reservation::fixed(&role),
        Some(old) => Reservation {
            labels: old.labels.clone().map(Arc::new),
            ..Reservation::dynamic(&role, old.principal.as_deref())
        },
    };
    Some([only].into())
}
