//! What the v1 clients share in C: the hand-over of callbacks, and content types.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use bytes::Bytes;
use mesos_driver::v1::{Callbacks, ContentType};
use mesos_driver::{CallbackFailed, CallbackResult};

use crate::boundary::MesosBytes;
use crate::calls::{With0, WithList};

/// The callbacks of one client; `T` is the client as C sees it.
pub(crate) struct CCallbacks<T> {
    pub(crate) connected: With0<T>,
    pub(crate) disconnected: With0<T>,
    pub(crate) received: WithList<T>,
    pub(crate) user: *mut c_void,
    /// Set before the client is started.
    pub(crate) client: Arc<AtomicPtr<T>>,
}

// SAFETY: the header demands that callbacks and their user pointer may be used from the client's thread; the client's
// address is only handed on.
unsafe impl<T> Send for CCallbacks<T> {}

fn result(answer: c_int) -> CallbackResult {
    match answer {
        0 => Ok(()),
        _ => Err(CallbackFailed),
    }
}

impl<T> CCallbacks<T> {
    fn call(&self, function: With0<T>) -> CallbackResult {
        let client = self.client.load(Ordering::Acquire);
        match function {
            None => Ok(()),
            // SAFETY: the header demands valid function pointers.
            Some(function) => result(unsafe { function(self.user, client) }),
        }
    }
}

impl<T: 'static> Callbacks for CCallbacks<T> {
    fn connected(&mut self) -> CallbackResult {
        self.call(self.connected)
    }

    fn disconnected(&mut self) -> CallbackResult {
        self.call(self.disconnected)
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        let Some(function) = self.received else {
            return Ok(());
        };
        let client = self.client.load(Ordering::Acquire);
        let lent: Vec<MesosBytes> = events.iter().map(MesosBytes::lend).collect();
        // SAFETY: the header demands valid function pointers; everything lent lives through the call.
        result(unsafe { function(self.user, client, lent.as_ptr(), lent.len()) })
    }
}

pub(crate) fn content_type(number: c_int) -> Result<ContentType, &'static str> {
    match number {
        0 => Ok(ContentType::Protobuf),
        1 => Ok(ContentType::Json),
        _ => Err("content_type is neither 0 nor 1"),
    }
}

/// What `_send` answers when it took the call.
pub(crate) const SENT: c_int = 1;

/// Why a struct of another version of the header is refused.
pub(crate) const SIZE: &str = "struct_size does not match this version of the library";
