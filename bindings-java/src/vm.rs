//! The JVM, its threads and references that outlive a call.
//!
//! Compat: J1, J4, J5, J10. The thread of a driver attaches once, as a daemon, at its first callback, and detaches when
//! it ends; callbacks in between neither attach nor detach.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use jni::sys::{JNI_OK, JNI_VERSION_1_4, JavaVM, jobject};

use crate::env::{Env, JavaResult};

static VM: AtomicPtr<JavaVM> = AtomicPtr::new(ptr::null_mut());

/// Remembers the JVM that loaded the library.
pub(crate) fn remember(vm: *mut JavaVM) {
    VM.store(vm, Ordering::Release);
}

fn vm() -> Option<*mut JavaVM> {
    let vm = VM.load(Ordering::Acquire);
    (!vm.is_null()).then_some(vm)
}

/// Detaches a thread that this library attached.
struct Attachment;

impl Drop for Attachment {
    fn drop(&mut self) {
        let Some(vm) = vm() else { return };
        // SAFETY: the JVM outlives its libraries, and this thread was attached by `attach`.
        unsafe { ((**vm).v1_4.DetachCurrentThread)(vm) };
    }
}

thread_local! {
    static ATTACHMENT: std::cell::RefCell<Option<Attachment>> = const { std::cell::RefCell::new(None) };
}

/// The environment of this thread, which becomes a daemon of the JVM if it was unknown to it.
pub(crate) fn env() -> Option<Env> {
    let vm = vm()?;
    let mut raw: *mut c_void = ptr::null_mut();
    // SAFETY: `vm` is the JVM's own table; `raw` is writable.
    let known = unsafe { ((**vm).v1_4.GetEnv)(vm, &raw mut raw, JNI_VERSION_1_4) } == JNI_OK;
    if !known {
        // SAFETY: as above; no arguments means no name and the default group (J5).
        let result =
            unsafe { ((**vm).v1_4.AttachCurrentThreadAsDaemon)(vm, &raw mut raw, ptr::null_mut()) };
        if result != JNI_OK {
            return None;
        }
        ATTACHMENT.with(|slot| *slot.borrow_mut() = Some(Attachment));
    }
    // SAFETY: the JVM has just given this environment to this thread.
    Some(unsafe { Env::new(raw.cast()) })
}

/// A reference that keeps its object alive.
#[derive(Debug)]
pub(crate) struct Global(jobject);

// SAFETY: JNI allows global references on every thread.
unsafe impl Send for Global {}
// SAFETY: as above.
unsafe impl Sync for Global {}

impl Global {
    pub(crate) fn new(env: Env, local: jobject) -> JavaResult<Self> {
        env.new_global(local).map(Self)
    }

    pub(crate) fn get(&self) -> jobject {
        self.0
    }
}

impl Drop for Global {
    fn drop(&mut self) {
        if let Some(env) = env() {
            env.delete_global(self.0);
        }
    }
}

/// A reference that lets its object go.
#[derive(Debug)]
pub(crate) struct Weak(jobject);

// SAFETY: JNI allows weak global references on every thread.
unsafe impl Send for Weak {}
// SAFETY: as above.
unsafe impl Sync for Weak {}

impl Weak {
    pub(crate) fn new(env: Env, local: jobject) -> JavaResult<Self> {
        env.new_weak(local).map(Self)
    }

    /// A local reference, or null if the object is gone.
    pub(crate) fn upgrade(&self, env: Env) -> jobject {
        env.new_local(self.0)
    }
}

impl Drop for Weak {
    fn drop(&mut self) {
        if let Some(env) = env() {
            env.delete_weak(self.0);
        }
    }
}
