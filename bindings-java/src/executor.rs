//! `org.apache.mesos.MesosExecutorDriver`.
//!
//! Compat: N1, F1–F3, J5–J12, X11.

use std::sync::Arc;

use bytes::Bytes;
use jni::sys::{jobject, jvalue};
use mesos_driver::environment::Variables;
use mesos_driver::executor::{Executor, ExecutorDriver, Handle};
use mesos_driver::{CallbackFailed, CallbackResult};

use crate::classes::{ExecutorClasses, Method, Statuses};
use crate::env::{Env, JavaResult, object};
use crate::native::{self, Driver, Registry, plain_method, status_method};
use crate::upcall::Upcall;

pub(crate) struct Entry {
    driver: ExecutorDriver,
    classes: Arc<ExecutorClasses>,
}

static DRIVERS: Registry<Entry> = Registry::new();

impl Driver for Entry {
    type Handle = Handle;

    fn registry() -> &'static Registry<Self> {
        &DRIVERS
    }

    fn handle(&self) -> Handle {
        self.driver.handle().clone()
    }

    fn statuses(&self) -> Arc<Statuses> {
        self.classes.statuses.clone()
    }

    fn new(env: Env, this: jobject) -> JavaResult<Self> {
        let classes = Arc::new(ExecutorClasses::find(env)?);
        let upcall = Upcall::new(env, this, c"executor", c"Lorg/apache/mesos/Executor;")?;
        let executor = JavaExecutor {
            upcall,
            classes: classes.clone(),
        };
        let driver = ExecutorDriver::new(Box::new(executor), Variables::of_process());
        Ok(Self { driver, classes })
    }
}

/// Delivers callbacks to the Java executor of a driver object.
struct JavaExecutor {
    upcall: Upcall,
    classes: Arc<ExecutorClasses>,
}

impl JavaExecutor {
    fn call(
        &self,
        method: Method,
        arguments: impl FnOnce(Env, &ExecutorClasses) -> JavaResult<Vec<jvalue>>,
    ) -> CallbackResult {
        self.upcall
            .call(method, |env| arguments(env, &self.classes))
            .map_err(|_| CallbackFailed)
    }
}

impl Executor for JavaExecutor {
    fn registered(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        self.call(self.classes.callbacks.registered, |env, classes| {
            Ok(vec![
                classes.executor_info.parse(env, executor),
                classes.framework_info.parse(env, framework),
                classes.slave_info.parse(env, agent),
            ])
        })
    }

    fn reregistered(&mut self, _: &Handle, agent: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.reregistered, |env, classes| {
            Ok(vec![classes.slave_info.parse(env, agent)])
        })
    }

    fn launch_task(&mut self, _: &Handle, task: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.launch_task, |env, classes| {
            Ok(vec![classes.task_info.parse(env, task)])
        })
    }

    fn kill_task(&mut self, _: &Handle, task_id: &Bytes, _: Option<&Bytes>) -> CallbackResult {
        self.call(self.classes.callbacks.kill_task, |env, classes| {
            Ok(vec![classes.task_id.parse(env, task_id)])
        })
    }

    fn framework_message(&mut self, _: &Handle, data: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.framework_message, |env, _| {
            Ok(vec![object(env.new_bytes(data)?)])
        })
    }

    fn shutdown(&mut self, _: &Handle) -> CallbackResult {
        self.call(self.classes.callbacks.shutdown, |_, _| Ok(vec![]))
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        self.call(self.classes.callbacks.error, |env, _| {
            Ok(vec![object(env.new_string(message)?)])
        })
    }
}

plain_method!(Java_org_apache_mesos_MesosExecutorDriver_initialize = native::initialize::<Entry>);
plain_method!(Java_org_apache_mesos_MesosExecutorDriver_finalize = native::finalize::<Entry>);
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_start(_env, handle) { Ok(handle.start()) });
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_stop(_env, handle) { Ok(handle.stop()) });
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_abort(_env, handle) { Ok(handle.abort()) });
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_join(_env, handle) { Ok(handle.join()) });
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_sendStatusUpdate(env, handle, status: jobject) {
    Ok(handle.send_status_update(env.serialize(status)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosExecutorDriver_sendFrameworkMessage(env, handle, data: jobject) {
    if data.is_null() {
        return Err(env.null_pointer("the data is null"));
    }
    Ok(handle.send_framework_message(env.bytes(data)?))
});
