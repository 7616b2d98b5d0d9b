//! Quantities of resources in C. See `include/mesos/resources.h` for what each function promises.

use std::ffi::{c_char, c_int};

use mesos_model::ResourceQuantities;
use mesos_model::resources::Name;
use mesos_model::value::from_milli;

use crate::boundary::{guard, guard_text};
use crate::buffer::MesosBuffer;
use crate::resources::{self, FAILED, MesosResources, Refusal, given, refusal};

/// Quantities, as C sees them: an address.
#[derive(Debug)]
pub struct MesosResourceQuantities {
    quantities: ResourceQuantities,
}

fn handle(quantities: ResourceQuantities) -> *mut MesosResourceQuantities {
    Box::into_raw(Box::new(MesosResourceQuantities { quantities }))
}

/// # Safety
/// `quantities` is NULL or alive.
unsafe fn alive<'a>(
    quantities: *const MesosResourceQuantities,
) -> Result<&'a ResourceQuantities, Refusal> {
    // SAFETY: promised by the caller.
    let quantities = unsafe { quantities.as_ref() }.ok_or("quantities is NULL")?;
    Ok(&quantities.quantities)
}

/// # Safety
/// See the header: `text` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_parse(
    text: *const c_char,
) -> *mut MesosResourceQuantities {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let text = unsafe { given(text, "text is NULL") }?;
        let parsed = ResourceQuantities::parse(&text);
        parsed.map(handle).map_err(refusal)
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_of(
    resources: *const MesosResources,
) -> *mut MesosResourceQuantities {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let bag = unsafe { resources::alive(resources) }?;
        Ok(handle(bag.scalar_quantities()))
    })
}

/// # Safety
/// See the header: `quantities` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_clone(
    quantities: *const MesosResourceQuantities,
) -> *mut MesosResourceQuantities {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let copy = unsafe { alive(quantities) }?.clone();
        Ok(handle(copy))
    })
}

/// # Safety
/// `quantities` is NULL or came from this library, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_free(quantities: *mut MesosResourceQuantities) {
    guard((), || {
        if !quantities.is_null() {
            // SAFETY: promised by the caller.
            drop(unsafe { Box::from_raw(quantities) });
        }
        Ok(())
    });
}

/// # Safety
/// See the header: `quantities` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_text(
    quantities: *const MesosResourceQuantities,
) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let quantities = unsafe { alive(quantities) }?;
        MesosBuffer::of(quantities.to_string().as_bytes())
    })
}

/// # Safety
/// See the header: `quantities` is NULL or alive, `name` NULL or a string, `amount` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_get(
    quantities: *const MesosResourceQuantities,
    name: *const c_char,
    amount: *mut f64,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let amount = unsafe { amount.as_mut() }.ok_or("amount is NULL")?;
        *amount = 0.0;
        // SAFETY: promised by the caller.
        let (all, name) = unsafe { (alive(quantities)?, given(name, "name is NULL")?) };
        let milli = all.get(&Name::new(&name));
        *amount = from_milli(milli);
        Ok(c_int::from(milli != 0))
    })
}

/// Changes quantities by others, which may be the same.
///
/// # Safety
/// Both are NULL or alive, and nobody else uses the first.
unsafe fn changed(
    quantities: *mut MesosResourceQuantities,
    other: *const MesosResourceQuantities,
    change: impl FnOnce(&mut ResourceQuantities, &ResourceQuantities),
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let other = unsafe { alive(other) }?.clone();
        // SAFETY: promised by the caller; nothing borrowed from it is left.
        let all = unsafe { quantities.as_mut() }.ok_or("quantities is NULL")?;
        change(&mut all.quantities, &other);
        Ok(0)
    })
}

/// # Safety
/// See the header: both are NULL or alive, and nobody else uses the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_add(
    quantities: *mut MesosResourceQuantities,
    other: *const MesosResourceQuantities,
) -> c_int {
    // SAFETY: promised by the caller.
    unsafe { changed(quantities, other, |all, other| all.add(other)) }
}

/// # Safety
/// See the header: both are NULL or alive, and nobody else uses the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_subtract(
    quantities: *mut MesosResourceQuantities,
    other: *const MesosResourceQuantities,
) -> c_int {
    // SAFETY: promised by the caller.
    unsafe { changed(quantities, other, |all, other| all.subtract(other)) }
}

/// # Safety
/// See the header: both are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resource_quantities_contains(
    quantities: *const MesosResourceQuantities,
    other: *const MesosResourceQuantities,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (all, other) = unsafe { (alive(quantities)?, alive(other)?) };
        Ok(c_int::from(all.contains(other)))
    })
}

/// # Safety
/// See the header: both are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_contains_quantities(
    resources: *const MesosResources,
    quantities: *const MesosResourceQuantities,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (bag, wanted) = unsafe { (resources::alive(resources)?, alive(quantities)?) };
        Ok(c_int::from(bag.contains_quantities(wanted)))
    })
}
