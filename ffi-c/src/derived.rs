//! New bags of resources made of one: filters, reservations, operations. See `include/mesos/resources.h`.

use std::ffi::c_char;

use mesos_model::resources::{Reservation, Resources};

use crate::boundary::{MesosBytes, guard_text, text};
use crate::resources::{MesosResources, Refusal, alive, decode, given, handle, refusal, role_of};

/// A new bag made of one.
///
/// # Safety
/// `resources` is NULL or alive.
unsafe fn derived(
    resources: *const MesosResources,
    make: impl FnOnce(&Resources) -> Result<Resources, Refusal>,
) -> *mut MesosResources {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let bag = unsafe { alive(resources) }?;
        make(bag).map(handle)
    })
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_clone(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.clone())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `role` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_reserved(
    resources: *const MesosResources,
    role: *const c_char,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(resources, |bag| {
            Ok(match text(role) {
                Some(role) => bag.reserved(&role),
                None => bag.reserved_to_any(),
            })
        })
    }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_unreserved(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.unreserved())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_revocable(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.revocable())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_non_revocable(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.non_revocable())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_shared(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.shared())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_non_shared(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.non_shared())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_persistent_volumes(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.persistent_volumes())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_scalars(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.scalars())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `name` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_named(
    resources: *const MesosResources,
    name: *const c_char,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(
            resources,
            |bag| Ok(bag.named(&given(name, "name is NULL")?)),
        )
    }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `role` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_allocatable_to(
    resources: *const MesosResources,
    role: *const c_char,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(resources, |bag| {
            Ok(bag.allocatable_to(role_of(role)?.as_str()))
        })
    }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `role` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_allocated_to(
    resources: *const MesosResources,
    role: *const c_char,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(resources, |bag| {
            let role = role_of(role)?;
            Ok(bag.filter(|entry| entry.allocation_role() == Some(&role)))
        })
    }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_to_unreserved(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.to_unreserved())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `reservation` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_push_reservation(
    resources: *const MesosResources,
    reservation: MesosBytes,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(resources, |bag| {
            pushed(bag, &Reservation::from_proto(&decode(reservation)?))
        })
    }
}

/// # Safety
/// See the header: `resources` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_pop_reservation(
    resources: *const MesosResources,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe { derived(resources, |bag| Ok(bag.pop_reservation())) }
}

/// # Safety
/// See the header: `resources` is NULL or alive, `operation` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_resources_apply(
    resources: *const MesosResources,
    operation: MesosBytes,
) -> *mut MesosResources {
    // SAFETY: promised by the caller.
    unsafe {
        derived(resources, |bag| {
            bag.apply(&decode(operation)?).map_err(refusal)
        })
    }
}

fn pushed(bag: &Resources, reservation: &Reservation) -> Result<Resources, Refusal> {
    let pushed = bag.push_reservation(reservation);
    Resources::validate(&pushed.to_proto()).map_err(refusal)?;
    Ok(pushed)
}
