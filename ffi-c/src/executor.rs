//! The executor driver in C. See `include/mesos/mesos.h` for what each function promises.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::environment::Variables;
use mesos_driver::executor::{Executor, ExecutorDriver, Handle};

use crate::boundary::{MesosBytes, guard, variables};
use crate::calls::{CDriver, MesosStatus, With0, With1, With3, WithText, call, message, upcall};

/// The driver, as C sees it: an address.
#[derive(Debug)]
pub struct MesosExecutorDriver {
    driver: ExecutorDriver,
}

impl CDriver for MesosExecutorDriver {
    type Handle = Handle;

    fn handle(&self) -> &Handle {
        self.driver.handle()
    }
}

/// `mesos_executor_callbacks`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosExecutorCallbacks {
    pub struct_size: usize,
    pub registered: With3<MesosExecutorDriver>,
    pub reregistered: With1<MesosExecutorDriver>,
    pub launch_task: With1<MesosExecutorDriver>,
    pub kill_task: With1<MesosExecutorDriver>,
    pub framework_message: With1<MesosExecutorDriver>,
    pub shutdown: With0<MesosExecutorDriver>,
    pub error: WithText<MesosExecutorDriver>,
}

/// Hands callbacks to C.
struct CExecutor {
    callbacks: MesosExecutorCallbacks,
    user: *mut c_void,
    driver: Arc<AtomicPtr<MesosExecutorDriver>>,
}

// SAFETY: the header demands that callbacks and their user pointer may be used from the driver's thread.
unsafe impl Send for CExecutor {}

impl Executor for CExecutor {
    fn registered(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        framework: &Bytes,
        agent: &Bytes,
    ) -> CallbackResult {
        let (executor, framework) = (MesosBytes::lend(executor), MesosBytes::lend(framework));
        upcall!(
            self,
            registered,
            executor,
            framework,
            MesosBytes::lend(agent)
        )
    }

    fn reregistered(&mut self, _: &Handle, agent: &Bytes) -> CallbackResult {
        upcall!(self, reregistered, MesosBytes::lend(agent))
    }

    fn launch_task(&mut self, _: &Handle, task: &Bytes) -> CallbackResult {
        upcall!(self, launch_task, MesosBytes::lend(task))
    }

    fn kill_task(&mut self, _: &Handle, task_id: &Bytes, _: Option<&Bytes>) -> CallbackResult {
        upcall!(self, kill_task, MesosBytes::lend(task_id))
    }

    fn framework_message(&mut self, _: &Handle, data: &Bytes) -> CallbackResult {
        upcall!(self, framework_message, MesosBytes::lend(data))
    }

    fn shutdown(&mut self, _: &Handle) -> CallbackResult {
        upcall!(self, shutdown)
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        let text = CString::new(message.replace('\0', " ")).unwrap_or_default();
        upcall!(self, error, text.as_ptr())
    }
}

unsafe extern "C" {
    static stdout: *mut libc::FILE;
    static stderr: *mut libc::FILE;
}

/// What an executor prints is in its sandbox line by line, and not only once it has ended (X2).
fn buffer_by_line() {
    // SAFETY: the C library keeps both streams for the life of the process, and allocates the buffer that is not given.
    unsafe {
        libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, 0);
        libc::setvbuf(stderr, std::ptr::null_mut(), libc::_IOLBF, 0);
    }
}

/// # Safety
/// See the header: `callbacks` is valid for the call, `user` for the life of the driver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_new(
    callbacks: *const MesosExecutorCallbacks,
    user: *mut c_void,
) -> *mut MesosExecutorDriver {
    // SAFETY: promised by the caller.
    guard(std::ptr::null_mut(), || unsafe {
        open(callbacks, user, Variables::of_process())
    })
}

/// # Safety
/// As `mesos_executor_driver_new`; `environment` is an array of NUL-terminated strings that ends with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_new_with_environment(
    callbacks: *const MesosExecutorCallbacks,
    user: *mut c_void,
    environment: *const *const c_char,
) -> *mut MesosExecutorDriver {
    guard(std::ptr::null_mut(), || {
        if environment.is_null() {
            return Err("environment is NULL");
        }
        // SAFETY: promised by the caller.
        let variables = unsafe { variables(environment) };
        // SAFETY: promised by the caller.
        unsafe { open(callbacks, user, variables) }
    })
}

/// # Safety
/// `callbacks` is NULL or valid for the call.
unsafe fn open(
    callbacks: *const MesosExecutorCallbacks,
    user: *mut c_void,
    variables: Variables,
) -> Result<*mut MesosExecutorDriver, &'static str> {
    // SAFETY: promised by the caller.
    let callbacks = unsafe { callbacks.as_ref() }.ok_or("callbacks is NULL")?;
    if callbacks.struct_size != size_of::<MesosExecutorCallbacks>() {
        return Err("struct_size does not match this version of the library");
    }
    let driver = Arc::new(AtomicPtr::new(std::ptr::null_mut()));
    let executor = CExecutor {
        callbacks: *callbacks,
        user,
        driver: driver.clone(),
    };
    let made = ExecutorDriver::new(Box::new(executor), variables);
    let address = Box::into_raw(Box::new(MesosExecutorDriver { driver: made }));
    driver.store(address, Ordering::Release);
    Ok(address)
}

/// # Safety
/// `driver` is NULL or came from `mesos_executor_driver_new`, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_free(driver: *mut MesosExecutorDriver) {
    guard((), || {
        if !driver.is_null() {
            // SAFETY: promised by the caller.
            drop(unsafe { Box::from_raw(driver) });
        }
        Ok(())
    });
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_status(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.status())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_start(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            buffer_by_line();
            Ok(handle.start())
        })
    }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_stop(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.stop())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_abort(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.abort())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_join(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.join())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_run(
    driver: *const MesosExecutorDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            buffer_by_line();
            Ok(handle.run())
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_send_status_update(
    driver: *const MesosExecutorDriver,
    status: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.send_status_update(message("mesos.TaskStatus", status)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_executor_driver_send_framework_message(
    driver: *const MesosExecutorDriver,
    data: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.send_framework_message(data.copy()))
        })
    }
}
