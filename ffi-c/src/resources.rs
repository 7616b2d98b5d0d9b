//! Bags of resources in C. See `include/mesos/resources.h` for what each function promises.

use std::borrow::Cow;
use std::ffi::{c_char, c_int};

use mesos_model::resources::Resources;
use mesos_model::value::Range;
use mesos_model::{Role, role};
use mesos_proto::{mesos as pb, wire};
use prost::{Message, Name};

use crate::boundary::{MesosBytes, copy_all, guard, guard_text, text};
use crate::buffer::{MesosBuffer, MesosBuffers};

/// A bag, as C sees it: an address.
#[derive(Debug)]
pub struct MesosResources {
    pub(crate) bag: Resources,
}

/// `mesos_range`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosRange {
    pub begin: u64,
    pub end: u64,
}

pub(crate) type Refusal = Cow<'static, str>;

/// What functions that answer a number answer when they cannot.
pub(crate) const FAILED: c_int = -1;

/// The text of an error of the model or of the protobuf decoder.
pub(crate) fn refusal(error: impl std::fmt::Display) -> Refusal {
    error.to_string().into()
}

pub(crate) fn handle(bag: Resources) -> *mut MesosResources {
    Box::into_raw(Box::new(MesosResources { bag }))
}

/// # Safety
/// `bag` is NULL or alive.
pub(crate) unsafe fn alive<'a>(bag: *const MesosResources) -> Result<&'a Resources, Refusal> {
    // SAFETY: promised by the caller.
    let bag = unsafe { bag.as_ref() }.ok_or("resources is NULL")?;
    Ok(&bag.bag)
}

/// # Safety
/// `bag` is NULL or alive, and nobody else uses it.
unsafe fn alive_mut<'a>(bag: *mut MesosResources) -> Result<&'a mut Resources, Refusal> {
    // SAFETY: promised by the caller.
    let bag = unsafe { bag.as_mut() }.ok_or("resources is NULL")?;
    Ok(&mut bag.bag)
}

/// # Safety
/// `given` is NULL or a NUL-terminated string.
pub(crate) unsafe fn given(given: *const c_char, missing: &'static str) -> Result<String, Refusal> {
    // SAFETY: promised by the caller.
    Ok(unsafe { text(given) }.ok_or(missing)?)
}

/// # Safety
/// `name` is NULL or a NUL-terminated string.
pub(crate) unsafe fn role_of(name: *const c_char) -> Result<Role, Refusal> {
    // SAFETY: promised by the caller.
    let name = unsafe { given(name, "role is NULL") }?;
    role::validate(&name).map_err(refusal)?;
    Ok(Role::new(&name))
}

/// # Safety
/// As `MesosBytes::copy`.
pub(crate) unsafe fn decode<T: Name + Default>(bytes: MesosBytes) -> Result<T, Refusal> {
    // SAFETY: promised by the caller.
    wire::decode(&unsafe { bytes.copy() }).map_err(refusal)
}

/// # Safety
/// As `copy_all`.
unsafe fn messages(items: *const MesosBytes, count: usize) -> Result<Vec<pb::Resource>, Refusal> {
    // SAFETY: promised by the caller.
    let items = unsafe { copy_all(items, count) }?;
    items
        .iter()
        .map(|bytes| wire::decode(bytes).map_err(refusal))
        .collect()
}

#[unsafe(no_mangle)]
pub extern "C" fn mesos_resources_new() -> *mut MesosResources {
    guard(std::ptr::null_mut(), || Ok(handle(Resources::new())))
}

/// # Safety
/// See the header: both are NULL or strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_parse(
    list: *const c_char,
    default_role: *const c_char,
) -> *mut MesosResources {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let (list, role) = unsafe { (given(list, "text is NULL")?, text(default_role)) };
        let role = role.as_deref().unwrap_or(role::DEFAULT_ROLE);
        Resources::parse(&list, role).map(handle).map_err(refusal)
    })
}

/// # Safety
/// See the header: `resources` is NULL or has `count` items.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_of(
    resources: *const MesosBytes,
    count: usize,
) -> *mut MesosResources {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let list = unsafe { messages(resources, count) }?;
        Ok(handle(Resources::from_proto(&list)))
    })
}

/// # Safety
/// See the header: `resources` is NULL or has `count` items.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_validate(
    resources: *const MesosBytes,
    count: usize,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let list = unsafe { messages(resources, count) }?;
        Resources::validate(&list).map_err(refusal)?;
        Ok(0)
    })
}

/// # Safety
/// `resources` is NULL or came from this library, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_free(resources: *mut MesosResources) {
    guard((), || {
        if !resources.is_null() {
            // SAFETY: promised by the caller.
            drop(unsafe { Box::from_raw(resources) });
        }
        Ok(())
    });
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_count(resources: *const MesosResources) -> usize {
    // SAFETY: promised by the caller.
    guard_text(0, || Ok(unsafe { alive(resources) }?.len()))
}

/// # Safety
/// See the header: `resources` is NULL or alive, `list` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_list(
    resources: *const MesosResources,
    list: *mut MesosBuffers,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (bag, list) = unsafe { (alive(resources), list.as_mut().ok_or("list is NULL")?) };
        *list = MesosBuffers::NONE;
        let messages = bag?.to_proto();
        let encoded: Vec<Vec<u8>> = messages.iter().map(Message::encode_to_vec).collect();
        *list = MesosBuffers::of(&encoded)?;
        Ok(0)
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_copies(
    resources: *const MesosResources,
    index: usize,
) -> u32 {
    guard_text(0, || {
        // SAFETY: promised by the caller.
        let entry = unsafe { alive(resources) }?.iter().nth(index);
        Ok(entry.ok_or("there is no such entry")?.copies())
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_text(resources: *const MesosResources) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let bag = unsafe { alive(resources) }?;
        MesosBuffer::of(bag.to_string().as_bytes())
    })
}

/// Changes a bag by an argument, which is made first: it may be the bag itself.
///
/// # Safety
/// `bag` is NULL or alive, and nobody else uses it.
unsafe fn changed<T>(
    bag: *mut MesosResources,
    argument: impl FnOnce() -> Result<T, Refusal>,
    change: impl FnOnce(&mut Resources, T),
) -> c_int {
    guard_text(FAILED, || {
        let argument = argument()?;
        // SAFETY: promised by the caller; the argument borrows nothing.
        change(unsafe { alive_mut(bag) }?, argument);
        Ok(0)
    })
}

/// # Safety
/// See the header: both are NULL or alive, and nobody else uses the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_add(
    resources: *mut MesosResources,
    other: *const MesosResources,
) -> c_int {
    // SAFETY: promised by the caller.
    let other = || unsafe { alive(other) }.cloned();
    // SAFETY: promised by the caller.
    unsafe { changed(resources, other, |bag, other| *bag += other) }
}

/// # Safety
/// See the header: both are NULL or alive, and nobody else uses the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_subtract(
    resources: *mut MesosResources,
    other: *const MesosResources,
) -> c_int {
    // SAFETY: promised by the caller.
    let other = || unsafe { alive(other) }.cloned();
    // SAFETY: promised by the caller.
    unsafe { changed(resources, other, |bag, other| *bag -= &other) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, and nobody else uses it; `role` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_allocate(
    resources: *mut MesosResources,
    role: *const c_char,
) -> c_int {
    // SAFETY: promised by the caller.
    let role = || unsafe { role_of(role) };
    // SAFETY: promised by the caller.
    unsafe { changed(resources, role, |bag, role| bag.allocate(&role)) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, and nobody else uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_unallocate(resources: *mut MesosResources) -> c_int {
    // SAFETY: promised by the caller.
    unsafe { changed(resources, || Ok(()), |bag, ()| bag.unallocate()) }
}

/// # Safety
/// See the header: both are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_contains(
    resources: *const MesosResources,
    other: *const MesosResources,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (bag, other) = unsafe { (alive(resources)?, alive(other)?) };
        Ok(c_int::from(bag.contains(other)))
    })
}

/// # Safety
/// See the header: both are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_equal(
    resources: *const MesosResources,
    other: *const MesosResources,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (bag, other) = unsafe { (alive(resources)?, alive(other)?) };
        Ok(c_int::from(bag == other))
    })
}

/// # Safety
/// See the header: the bags are NULL or alive, `found` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_find(
    resources: *const MesosResources,
    targets: *const MesosResources,
    found: *mut *mut MesosResources,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let found = unsafe { found.as_mut() }.ok_or("found is NULL")?;
        *found = std::ptr::null_mut();
        // SAFETY: promised by the caller.
        let (bag, targets) = unsafe { (alive(resources)?, alive(targets)?) };
        let Some(bag) = bag.find(targets) else {
            return Ok(0);
        };
        *found = handle(bag);
        Ok(1)
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive, `name` NULL or a string, `amount` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_scalar(
    resources: *const MesosResources,
    name: *const c_char,
    amount: *mut f64,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let amount = unsafe { amount.as_mut() }.ok_or("amount is NULL")?;
        *amount = 0.0;
        // SAFETY: promised by the caller.
        let (bag, name) = unsafe { (alive(resources)?, given(name, "name is NULL")?) };
        let Some(total) = bag.scalar(&name) else {
            return Ok(0);
        };
        *amount = total;
        Ok(1)
    })
}

/// # Safety
/// See the header: `ranges` is NULL or has room for `capacity`, `count` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_ranges(
    resources: *const MesosResources,
    name: *const c_char,
    ranges: *mut MesosRange,
    capacity: usize,
    count: *mut usize,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let count = unsafe { count.as_mut() }.ok_or("count is NULL")?;
        *count = 0;
        if ranges.is_null() && capacity > 0 {
            return Err("ranges is NULL".into());
        }
        // SAFETY: promised by the caller.
        let (bag, name) = unsafe { (alive(resources)?, given(name, "name is NULL")?) };
        let Some(found) = bag.ranges(&name) else {
            return Ok(0);
        };
        let found = found.as_slice();
        for (at, &Range { begin, end }) in found.iter().take(capacity).enumerate() {
            // SAFETY: there is room for `capacity` items.
            unsafe { ranges.add(at).write(MesosRange { begin, end }) };
        }
        *count = found.len();
        Ok(1)
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive, `name` NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_value(
    resources: *const MesosResources,
    name: *const c_char,
) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let (bag, name) = unsafe { (alive(resources)?, given(name, "name is NULL")?) };
        let value = bag.total_value(&name);
        let encoded = value.map_or_else(Vec::new, |value| value.to_proto().encode_to_vec());
        MesosBuffer::of(&encoded)
    })
}
