//! `JNI_OnLoad` and `org.apache.mesos.MesosNativeLibrary`.
//!
//! Compat: N3, L1, L2, L4, J1, J4, L3, S9.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jni::sys::{JNI_ERR, JNIEnv, JavaVM, jint, jobject, jvalue};
use mesos_driver::inject;

use crate::env::{Env, JavaResult, object};
use crate::native::frame;
use crate::vm;

const JNI_VERSION_1_2: jint = 0x0001_0002;

#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(vm: *mut JavaVM, _reserved: *mut c_void) -> jint {
    let body = || {
        vm::remember(vm);
        mesos_core::local::install();
        if let Some(env) = vm::env()
            && mark_loaded(env).is_err()
        {
            env.clear_exception();
        }
        JNI_VERSION_1_2
    };
    let entered = || {
        inject::entry(&body);
        body()
    };
    // The JVM makes an UnsatisfiedLinkError of it.
    catch_unwind(AssertUnwindSafe(entered)).unwrap_or(JNI_ERR)
}

/// Sets `MesosNativeLibrary.loaded`, in the class that is loading this library, or else in the one that the context
/// class loader knows.
fn mark_loaded(env: Env) -> JavaResult<()> {
    let class = env
        .find_class(c"org/apache/mesos/MesosNativeLibrary")
        .or_else(|_| {
            env.clear_exception();
            class_of_context(env)
        })?;
    env.set_static_boolean(class, c"loaded", true)
}

fn class_of_context(env: Env) -> JavaResult<jobject> {
    let threads = env.find_class(c"java/lang/Thread")?;
    let current = env.static_method(threads, c"currentThread", c"()Ljava/lang/Thread;")?;
    let thread = env.call_static(threads, current, &[])?;
    let get = env.method(
        threads,
        c"getContextClassLoader",
        c"()Ljava/lang/ClassLoader;",
    )?;
    let loader = env.call_object(thread, get, &[])?;
    if loader.is_null() {
        return Err(env.null_pointer("there is no context class loader"));
    }
    let load = env.method(
        env.class_of(loader),
        c"loadClass",
        c"(Ljava/lang/String;)Ljava/lang/Class;",
    )?;
    let name = env.new_string("org.apache.mesos.MesosNativeLibrary")?;
    let class = env.call_object(loader, load, &[object(name)])?;
    if class.is_null() {
        Err(env.null_pointer("loadClass() returned null"))
    } else {
        Ok(class)
    }
}

/// `MesosNativeLibrary._version()`: the version of the original that this library stands in for.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_apache_mesos_MesosNativeLibrary__1version(
    raw: *mut JNIEnv,
    _class: jobject,
) -> jobject {
    let part = |value| jvalue { j: value };
    // SAFETY: the JVM passes the environment of this thread.
    unsafe {
        frame(raw, std::ptr::null_mut(), |env| {
            let class = env.find_class(c"org/apache/mesos/MesosNativeLibrary$Version")?;
            env.new_object(class, c"(JJJ)V", &[part(1), part(11), part(0)])
        })
    }
}
