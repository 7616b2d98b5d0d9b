//! What both drivers share: calls that answer a status, callbacks into C, and messages that are checked on their way in.

use std::borrow::Cow;

use bytes::Bytes;
use mesos_proto::wire;

use crate::boundary::{MesosBytes, copy_all};

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

/// A function that makes one driver call and answers its status, or `MESOS_INVALID` for unusable arguments.
macro_rules! status_call {
    ($driver:ty: $name:ident($handle:ident $(, $argument:ident : $type:ty)*) $body:expr) => {
        /// # Safety
        /// See the header: `driver` is alive, and every pointer is valid for the call.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(driver: *const $driver $(, $argument: $type)*) -> std::ffi::c_int {
            $crate::boundary::guard_text(0, || {
                // SAFETY: promised by the caller.
                let driver = unsafe { driver.as_ref() }.ok_or("driver is NULL")?;
                let $handle = driver.driver.handle();
                // SAFETY: promised by the caller.
                #[allow(unused_unsafe, reason = "calls without pointers need none")]
                let status = unsafe { $body };
                Ok(status as std::ffi::c_int)
            })
        }
    };
}

pub(crate) use {status_call, upcall};

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
