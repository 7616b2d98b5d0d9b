//! What `V1Mesos` and `V0Mesos` share: the callbacks of `org.apache.mesos.v1.scheduler.Scheduler`, and fields.
//!
//! Compat: V1, V5, J2, J5–J7, J10. FIX of J6: a callback that throws ends its client, not the process; the exception is
//! printed, and `disconnected` is called once if the scheduler was connected.

use std::ffi::CStr;

use bytes::Bytes;
use jni::sys::{jobject, jvalue};
use mesos_driver::v1::{Callbacks, StartError};
use mesos_driver::{CallbackFailed, CallbackResult};

use crate::classes::{Method, Parser};
use crate::env::{Env, JavaResult, Pending};
use crate::upcall::Upcall;
use crate::vm::Global;

/// Where both classes keep their handle.
pub(crate) const MESOS: &CStr = c"__mesos";

/// Delivers callbacks to the Java scheduler of a `Mesos` object.
pub(crate) struct JavaScheduler {
    upcall: Upcall,
    event: Parser,
    connected: Method,
    disconnected: Method,
    received: Method,
    /// Keeps the methods valid.
    _interface: Global,
}

impl JavaScheduler {
    /// Reads the `Mesos` object's scheduler.
    pub(crate) fn find(env: Env, this: jobject) -> JavaResult<Self> {
        let interface = env.find_class(c"org/apache/mesos/v1/scheduler/Scheduler")?;
        let method = |name: &CStr, signature: &CStr| Method::new(env, interface, name, signature);
        Ok(Self {
            upcall: Upcall::new(
                env,
                this,
                c"scheduler",
                c"Lorg/apache/mesos/v1/scheduler/Scheduler;",
            )?
            .until_ended(env, this, MESOS)?,
            event: Parser::new(
                env,
                c"org/apache/mesos/v1/scheduler/Protos$Event",
                c"([B)Lorg/apache/mesos/v1/scheduler/Protos$Event;",
            )?,
            connected: method(c"connected", c"(Lorg/apache/mesos/v1/scheduler/Mesos;)V")?,
            disconnected: method(c"disconnected", c"(Lorg/apache/mesos/v1/scheduler/Mesos;)V")?,
            received: method(
                c"received",
                c"(Lorg/apache/mesos/v1/scheduler/Mesos;Lorg/apache/mesos/v1/scheduler/Protos$Event;)V",
            )?,
            _interface: Global::new(env, interface)?,
        })
    }

    fn call(
        &self,
        method: Method,
        arguments: impl FnOnce(Env) -> JavaResult<Vec<jvalue>>,
    ) -> CallbackResult {
        let called = self.upcall.call(method, arguments);
        called.map_err(|_| CallbackFailed)
    }
}

impl Callbacks for JavaScheduler {
    fn connected(&mut self) -> CallbackResult {
        self.call(self.connected, |_| Ok(vec![]))
    }

    fn disconnected(&mut self) -> CallbackResult {
        self.call(self.disconnected, |_| Ok(vec![]))
    }

    /// A callback may end its client while events of the same batch wait: they are dropped, as the handle is 0 by then.
    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        events.iter().try_for_each(|event| {
            self.call(self.received, |env| Ok(vec![self.event.parse(env, event)]))
        })
    }
}

/// What a constructor throws when its client cannot be made.
pub(crate) fn refuse(env: Env, error: &StartError) -> Pending {
    env.throw(c"java/lang/IllegalArgumentException", &error.0)
}

/// The `master` field.
pub(crate) fn master(env: Env, this: jobject) -> JavaResult<String> {
    let field = env.field(env.class_of(this), c"master", c"Ljava/lang/String;")?;
    let master = env.get_object(this, field);
    if master.is_null() {
        return Err(env.null_pointer("the master is null"));
    }
    env.string(master)
}

/// The `credential` field.
pub(crate) fn credential(env: Env, this: jobject) -> JavaResult<Option<Bytes>> {
    let field = env.field(
        env.class_of(this),
        c"credential",
        c"Lorg/apache/mesos/v1/Protos$Credential;",
    )?;
    let credential = env.get_object(this, field);
    if credential.is_null() {
        return Ok(None);
    }
    env.serialize(credential).map(Some)
}
