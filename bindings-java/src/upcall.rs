//! One call from a driver into user code.
//!
//! Compat: J5–J7, J10.

use std::ffi::CStr;

use jni::sys::{jfieldID, jobject, jvalue};

use crate::classes::Method;
use crate::env::{Env, JavaResult, Pending, object};
use crate::vm::{self, Weak};

/// Room for the references of one callback; the JVM makes more when needed.
const FRAME: i32 = 16;

/// Finds the user's object through the driver object, which it must not keep alive.
pub(crate) struct Upcall {
    driver: Weak,
    target: jfieldID,
    /// A field that is 0 once the driver object has ended.
    handle: Option<jfieldID>,
}

// SAFETY: field ids are valid on every thread while the class is loaded; `call` uses it only with the driver object at
// hand, which keeps its class loaded.
unsafe impl Send for Upcall {}

impl Upcall {
    /// `field` holds the user's object.
    pub(crate) fn new(
        env: Env,
        driver: jobject,
        field: &CStr,
        signature: &CStr,
    ) -> JavaResult<Self> {
        let target = env.field(env.class_of(driver), field, signature)?;
        Ok(Self {
            driver: Weak::new(env, driver)?,
            target,
            handle: None,
        })
    }

    /// Calls nothing more once `handle`, a field of the driver object, is 0.
    pub(crate) fn until_ended(
        mut self,
        env: Env,
        driver: jobject,
        handle: &CStr,
    ) -> JavaResult<Self> {
        self.handle = Some(env.field(env.class_of(driver), handle, c"J")?);
        Ok(self)
    }

    /// Calls `method` with the driver and `arguments`. Nothing happens if the driver object is gone or has ended. An
    /// exception of user code is printed and cleared. A JVM that takes no more threads is a failure: nothing that user
    /// code has not seen may be acknowledged.
    pub(crate) fn call(
        &self,
        method: Method,
        arguments: impl FnOnce(Env) -> JavaResult<Vec<jvalue>>,
    ) -> Result<(), Pending> {
        let Some(env) = vm::env() else {
            return Err(Pending);
        };
        if env.push_frame(FRAME).is_err() {
            env.describe_exception();
            return Err(Pending);
        }
        let result = self.invoke(env, method, arguments);
        if env.is_exception_pending() {
            env.describe_exception();
        }
        env.pop_frame();
        result
    }

    fn invoke(
        &self,
        env: Env,
        method: Method,
        arguments: impl FnOnce(Env) -> JavaResult<Vec<jvalue>>,
    ) -> Result<(), Pending> {
        let driver = self.driver.upgrade(env);
        if driver.is_null()
            || self
                .handle
                .is_some_and(|field| env.get_long(driver, field) == 0)
        {
            return Ok(());
        }
        let target = env.get_object(driver, self.target);
        if target.is_null() {
            return Ok(());
        }
        let mut all = vec![object(driver)];
        all.extend(arguments(env)?);
        env.call_void(target, method.get(), &all)
    }
}
