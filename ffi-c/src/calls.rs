//! What both drivers share: calls that answer a status, callbacks into C, and messages that are checked on their way in.

use std::borrow::Cow;
use std::ffi::{c_char, c_int, c_void};

use bytes::Bytes;
use mesos_driver::Status;
use mesos_proto::wire;

use crate::boundary::{MesosBytes, copy_all, guard_text};

type Refusal = Cow<'static, str>;

/// Calls a C callback, if there is one, with the user pointer, the driver and these arguments.
macro_rules! upcall {
    ($this:expr, $name:ident $(, $argument:expr)*) => {{
        let user = $this.user;
        let driver = $this.driver.load(std::sync::atomic::Ordering::Acquire);
        match $this.callbacks.$name {
            None => Ok(()),
            // SAFETY: the header demands valid function pointers; everything lent lives through the call.
            Some(function) => match unsafe { function(user, driver $(, $argument)*) } {
                0 => Ok(()),
                _ => Err(mesos_driver::CallbackFailed),
            },
        }
    }};
}

pub(crate) use upcall;

/// `mesos_status`.
pub type MesosStatus = c_int;

/// Callbacks by what they get besides the user pointer and the driver.
pub type With0<D> = Option<unsafe extern "C" fn(*mut c_void, *mut D) -> c_int>;
pub type With1<D> = Option<unsafe extern "C" fn(*mut c_void, *mut D, MesosBytes) -> c_int>;
pub type With2<D> =
    Option<unsafe extern "C" fn(*mut c_void, *mut D, MesosBytes, MesosBytes) -> c_int>;
pub type With3<D> =
    Option<unsafe extern "C" fn(*mut c_void, *mut D, MesosBytes, MesosBytes, MesosBytes) -> c_int>;
pub type WithList<D> =
    Option<unsafe extern "C" fn(*mut c_void, *mut D, *const MesosBytes, usize) -> c_int>;
pub type WithStatus<D> =
    Option<unsafe extern "C" fn(*mut c_void, *mut D, MesosBytes, MesosBytes, c_int) -> c_int>;
pub type WithText<D> = Option<unsafe extern "C" fn(*mut c_void, *mut D, *const c_char) -> c_int>;

/// What C holds the address of.
pub(crate) trait CDriver {
    type Handle;

    fn handle(&self) -> &Self::Handle;
}

/// Makes one driver call and answers its status, or `MESOS_INVALID` for unusable arguments.
///
/// # Safety
/// `driver` is NULL or alive.
pub(crate) unsafe fn call<D: CDriver>(
    driver: *const D,
    body: impl FnOnce(&D::Handle) -> Result<Status, Refusal>,
) -> MesosStatus {
    guard_text(0, || {
        // SAFETY: promised by the caller.
        let driver = unsafe { driver.as_ref() }.ok_or("driver is NULL")?;
        Ok(body(driver.handle())? as MesosStatus)
    })
}

fn checked(name: &str, bytes: Bytes) -> Result<Bytes, Refusal> {
    let problem = |error: wire::WireError| Refusal::from(error.to_string());
    wire::check(name, &bytes).map_err(problem)?;
    Ok(bytes)
}

/// A copy of the message `name`; an error unless its bytes are one.
///
/// # Safety
/// As `MesosBytes::copy`.
pub(crate) unsafe fn message(name: &str, bytes: MesosBytes) -> Result<Bytes, Refusal> {
    // SAFETY: promised by the caller.
    checked(name, unsafe { bytes.copy() })
}

/// As [`message`], for one that may be absent.
///
/// # Safety
/// As `MesosBytes::copy`.
pub(crate) unsafe fn optional(name: &str, bytes: MesosBytes) -> Result<Option<Bytes>, Refusal> {
    // SAFETY: promised by the caller.
    let given = unsafe { bytes.copy_if_any() };
    given.map(|bytes| checked(name, bytes)).transpose()
}

/// As [`message`], for a list.
///
/// # Safety
/// As `copy_all`.
pub(crate) unsafe fn messages(
    name: &str,
    items: *const MesosBytes,
    count: usize,
) -> Result<Vec<Bytes>, Refusal> {
    // SAFETY: promised by the caller.
    let items = unsafe { copy_all(items, count) }?;
    items.into_iter().map(|item| checked(name, item)).collect()
}
