//! The frame around every native method: no panic leaves it, handles are numbers, not addresses.
//!
//! Compat: F3, J12. A handle that is 0 or no longer known is tolerated, so a native method on a half-built or
//! finalised object cannot crash, and a second `finalize()` frees nothing.

use std::collections::HashMap;
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use jni::sys::{JNIEnv, jlong, jobject};
use mesos_driver::{Status, inject};

use crate::classes::{Statuses, status_object};
use crate::env::{Env, JavaResult};

/// Runs a native method; a panic becomes a `RuntimeException`.
///
/// # Safety
/// `raw` must be the environment the JVM passed to the native method.
pub(crate) unsafe fn frame<T>(
    raw: *mut JNIEnv,
    failed: T,
    body: impl FnOnce(Env) -> JavaResult<T>,
) -> T {
    // SAFETY: promised by the caller.
    let env = unsafe { Env::new(raw) };
    let entered = || {
        inject::entry(&body);
        body(env)
    };
    match catch_unwind(AssertUnwindSafe(entered)) {
        Ok(Ok(value)) => value,
        Ok(Err(_)) => failed,
        Err(_) => {
            if !env.is_exception_pending() {
                env.throw(
                    c"java/lang/RuntimeException",
                    "libmesos failed internally, see stderr",
                );
            }
            failed
        }
    }
}

/// Values by handle.
pub(crate) struct Registry<T> {
    entries: Mutex<Option<Entries<T>>>,
}

struct Entries<T> {
    /// The newest handle; handles are never used twice.
    last: jlong,
    live: HashMap<jlong, Arc<T>>,
}

impl<T> Registry<T> {
    pub(crate) const fn new() -> Self {
        Self {
            entries: Mutex::new(None),
        }
    }

    pub(crate) fn insert(&self, value: T) -> jlong {
        let mut slot = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = slot.get_or_insert_with(|| Entries {
            last: 0,
            live: HashMap::new(),
        });
        entries.last += 1;
        entries.live.insert(entries.last, Arc::new(value));
        entries.last
    }

    pub(crate) fn get(&self, handle: jlong) -> Option<Arc<T>> {
        let slot = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref()
            .and_then(|entries| entries.live.get(&handle).cloned())
    }

    pub(crate) fn remove(&self, handle: jlong) -> Option<Arc<T>> {
        let mut slot = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_mut()
            .and_then(|entries| entries.live.remove(&handle))
    }
}

/// The field of the driver classes that holds their handle.
const DRIVER: &CStr = c"__driver";

/// The handle in a field of the object.
pub(crate) fn handle_in(env: Env, this: jobject, field: &CStr) -> JavaResult<jlong> {
    let field = env.field(env.class_of(this), field, c"J")?;
    Ok(env.get_long(this, field))
}

/// Puts a new value behind the object; what an earlier call put there ends.
pub(crate) fn attach<T: 'static>(
    env: Env,
    this: jobject,
    field: &CStr,
    registry: &'static Registry<T>,
    value: T,
) -> JavaResult<()> {
    let old = handle_in(env, this, field)?;
    let id = env.field(env.class_of(this), field, c"J")?;
    env.set_long(this, id, registry.insert(value));
    drop(registry.remove(old));
    Ok(())
}

/// Ends what is behind the object, once (J12).
pub(crate) fn detach<T: 'static>(
    env: Env,
    this: jobject,
    field: &CStr,
    registry: &'static Registry<T>,
) -> JavaResult<()> {
    let handle = handle_in(env, this, field)?;
    let id = env.field(env.class_of(this), field, c"J")?;
    env.set_long(this, id, 0);
    drop(registry.remove(handle));
    Ok(())
}

/// What is behind an object of a driver class.
pub(crate) trait Driver: Sized + 'static {
    /// Makes calls, also while another thread ends the driver.
    type Handle;

    fn registry() -> &'static Registry<Self>;
    fn handle(&self) -> Self::Handle;
    fn statuses(&self) -> Arc<Statuses>;
    /// Reads the object's fields.
    fn new(env: Env, this: jobject) -> JavaResult<Self>;
}

pub(crate) fn initialize<D: Driver>(env: Env, this: jobject) -> JavaResult<()> {
    let driver = D::new(env, this)?;
    attach(env, this, DRIVER, D::registry(), driver)
}

pub(crate) fn finalize<D: Driver>(env: Env, this: jobject) -> JavaResult<()> {
    detach(env, this, DRIVER, D::registry())
}

/// Makes one driver call; a driver that is not there has not been started (F3).
pub(crate) fn call<D: Driver>(
    env: Env,
    this: jobject,
    body: impl FnOnce(&D::Handle) -> JavaResult<Status>,
) -> JavaResult<jobject> {
    let Some(entry) = D::registry().get(handle_in(env, this, DRIVER)?) else {
        return status_object(env, Status::NotStarted);
    };
    let (handle, statuses) = (entry.handle(), entry.statuses());
    // A join must not keep alive what a finaliser ends.
    drop(entry);
    let status = body(&handle)?;
    Ok(statuses.get(env, status))
}

/// A native method that answers a driver's status.
macro_rules! status_method {
    ($driver:ty: $name:ident ($env:ident, $handle:ident $(, $argument:ident : $type:ty)*) $body:block) => {
        #[unsafe(no_mangle)]
        pub extern "system" fn $name(
            raw: *mut jni::sys::JNIEnv,
            this: jni::sys::jobject
            $(, $argument: $type)*
        ) -> jni::sys::jobject {
            // SAFETY: the JVM passes the environment of this thread.
            unsafe {
                $crate::native::frame(raw, std::ptr::null_mut(), |$env| {
                    $crate::native::call::<$driver>($env, this, |$handle| $body)
                })
            }
        }
    };
}

/// A native method that answers nothing, by a function of the environment and the object.
macro_rules! plain_method {
    ($name:ident = $body:expr) => {
        #[unsafe(no_mangle)]
        pub extern "system" fn $name(raw: *mut jni::sys::JNIEnv, this: jni::sys::jobject) {
            // SAFETY: the JVM passes the environment of this thread.
            unsafe { $crate::native::frame(raw, (), |env| $body(env, this)) }
        }
    };
}

pub(crate) use {plain_method, status_method};
