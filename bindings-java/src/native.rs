//! The frame around every native method: no panic leaves it, handles are numbers, not addresses.
//!
//! Compat: F3, J12. A handle that is 0 or no longer known is tolerated, so a native method on a half-built or
//! finalised object cannot crash, and a second `finalize()` frees nothing.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use jni::sys::{JNIEnv, jlong, jobject};

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
    match catch_unwind(AssertUnwindSafe(|| body(env))) {
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

/// Drivers by handle.
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

/// The handle in the object's `__driver` field.
pub(crate) fn handle_of(env: Env, this: jobject) -> JavaResult<jlong> {
    let field = env.field(env.class_of(this), c"__driver", c"J")?;
    Ok(env.get_long(this, field))
}

pub(crate) fn set_handle(env: Env, this: jobject, handle: jlong) -> JavaResult<()> {
    let field = env.field(env.class_of(this), c"__driver", c"J")?;
    env.set_long(this, field, handle);
    Ok(())
}
