//! The scheduler driver in C. See `include/mesos/mesos.h` for what each function promises.

use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use bytes::Bytes;
use mesos_driver::CallbackResult;
use mesos_driver::scheduler::{Config, Handle, Scheduler, SchedulerDriver};

use crate::boundary::{MesosBytes, guard, guard_text, text, texts};
use crate::calls::{CDriver, MesosStatus, call, message, messages, optional, upcall};
use crate::calls::{With0, With1, With2, With3, WithList, WithStatus, WithText};

const CONSTRAINTS: &str = "mesos.scheduler.OfferConstraints";
const FILTERS: &str = "mesos.Filters";
const FRAMEWORK: &str = "mesos.FrameworkInfo";
const OFFER_ID: &str = "mesos.OfferID";
const TASK_STATUS: &str = "mesos.TaskStatus";

/// The driver, as C sees it: an address.
#[derive(Debug)]
pub struct MesosSchedulerDriver {
    driver: SchedulerDriver,
}

impl CDriver for MesosSchedulerDriver {
    type Handle = Handle;

    fn handle(&self) -> &Handle {
        self.driver.handle()
    }
}

/// `mesos_scheduler_callbacks`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosSchedulerCallbacks {
    pub struct_size: usize,
    pub registered: With2<MesosSchedulerDriver>,
    pub reregistered: With1<MesosSchedulerDriver>,
    pub disconnected: With0<MesosSchedulerDriver>,
    pub resource_offers: WithList<MesosSchedulerDriver>,
    pub offer_rescinded: With1<MesosSchedulerDriver>,
    pub status_update: With1<MesosSchedulerDriver>,
    pub framework_message: With3<MesosSchedulerDriver>,
    pub slave_lost: With1<MesosSchedulerDriver>,
    pub executor_lost: WithStatus<MesosSchedulerDriver>,
    pub error: WithText<MesosSchedulerDriver>,
}

/// `mesos_scheduler_config`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosSchedulerConfig {
    pub struct_size: usize,
    pub framework: MesosBytes,
    pub master: *const c_char,
    pub credential: MesosBytes,
    pub explicit_acknowledgements: c_int,
    pub suppressed_roles: *const *const c_char,
    pub suppressed_roles_count: usize,
    pub offer_constraints: MesosBytes,
}

/// Hands callbacks to C.
struct CScheduler {
    callbacks: MesosSchedulerCallbacks,
    user: *mut c_void,
    driver: Arc<AtomicPtr<MesosSchedulerDriver>>,
}

// SAFETY: the header demands that callbacks and their user pointer may be used from the driver's thread.
unsafe impl Send for CScheduler {}

impl Scheduler for CScheduler {
    fn registered(&mut self, _: &Handle, framework_id: &Bytes, master: &Bytes) -> CallbackResult {
        upcall!(
            self,
            registered,
            MesosBytes::lend(framework_id),
            MesosBytes::lend(master)
        )
    }

    fn reregistered(&mut self, _: &Handle, master: &Bytes) -> CallbackResult {
        upcall!(self, reregistered, MesosBytes::lend(master))
    }

    fn disconnected(&mut self, _: &Handle) -> CallbackResult {
        upcall!(self, disconnected)
    }

    fn resource_offers(&mut self, _: &Handle, offers: &[Bytes]) -> CallbackResult {
        let lent: Vec<MesosBytes> = offers.iter().map(MesosBytes::lend).collect();
        upcall!(self, resource_offers, lent.as_ptr(), lent.len())
    }

    fn offer_rescinded(&mut self, _: &Handle, offer_id: &Bytes) -> CallbackResult {
        upcall!(self, offer_rescinded, MesosBytes::lend(offer_id))
    }

    fn status_update(&mut self, _: &Handle, status: &Bytes) -> CallbackResult {
        upcall!(self, status_update, MesosBytes::lend(status))
    }

    fn framework_message(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        agent: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        let (executor, agent) = (MesosBytes::lend(executor), MesosBytes::lend(agent));
        upcall!(
            self,
            framework_message,
            executor,
            agent,
            MesosBytes::lend(data)
        )
    }

    fn slave_lost(&mut self, _: &Handle, agent: &Bytes) -> CallbackResult {
        upcall!(self, slave_lost, MesosBytes::lend(agent))
    }

    fn executor_lost(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        agent: &Bytes,
        status: i32,
    ) -> CallbackResult {
        upcall!(
            self,
            executor_lost,
            MesosBytes::lend(executor),
            MesosBytes::lend(agent),
            status
        )
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        let text = CString::new(message.replace('\0', " ")).unwrap_or_default();
        upcall!(self, error, text.as_ptr())
    }
}

/// # Safety
/// See the header: `callbacks` and `config` are valid for the call, `user` for the life of the driver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_new(
    callbacks: *const MesosSchedulerCallbacks,
    user: *mut c_void,
    config: *const MesosSchedulerConfig,
) -> *mut MesosSchedulerDriver {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let (callbacks, given) = unsafe {
            (
                callbacks.as_ref().ok_or("callbacks is NULL")?,
                config.as_ref().ok_or("config is NULL")?,
            )
        };
        if callbacks.struct_size != size_of::<MesosSchedulerCallbacks>()
            || given.struct_size != size_of::<MesosSchedulerConfig>()
        {
            return Err("struct_size does not match this version of the library".into());
        }
        // SAFETY: promised by the caller.
        let config = unsafe {
            let master = text(given.master).ok_or("config.master is NULL")?;
            let framework = optional(FRAMEWORK, given.framework)?;
            let framework = framework.ok_or("config.framework is empty")?;
            Config {
                credential: optional("mesos.Credential", given.credential)?,
                implicit_acknowledgements: given.explicit_acknowledgements == 0,
                suppressed_roles: texts(given.suppressed_roles, given.suppressed_roles_count)?,
                offer_constraints: optional(CONSTRAINTS, given.offer_constraints)?,
                ..Config::new(framework, &master)
            }
        };
        mesos_core::local::install();
        let driver = Arc::new(AtomicPtr::new(std::ptr::null_mut()));
        let scheduler = CScheduler {
            callbacks: *callbacks,
            user,
            driver: driver.clone(),
        };
        let boxed = Box::new(MesosSchedulerDriver {
            driver: SchedulerDriver::new(Box::new(scheduler), config),
        });
        let address = Box::into_raw(boxed);
        driver.store(address, Ordering::Release);
        Ok(address)
    })
}

/// # Safety
/// `driver` is NULL or came from `mesos_scheduler_driver_new`, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_free(driver: *mut MesosSchedulerDriver) {
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
pub unsafe extern "C" fn mesos_scheduler_driver_status(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.status())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_start(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.start())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_stop(
    driver: *const MesosSchedulerDriver,
    failover: c_int,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.stop(failover != 0))) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_abort(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.abort())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_join(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.join())) }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_run(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.run())) }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_request_resources(
    driver: *const MesosSchedulerDriver,
    requests: *const MesosBytes,
    count: usize,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.request_resources(messages("mesos.Request", requests, count)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_launch_tasks(
    driver: *const MesosSchedulerDriver,
    offer_ids: *const MesosBytes,
    offer_count: usize,
    tasks: *const MesosBytes,
    task_count: usize,
    filters: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.launch_tasks(
                messages(OFFER_ID, offer_ids, offer_count)?,
                &messages("mesos.TaskInfo", tasks, task_count)?,
                message(FILTERS, filters)?,
            ))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_accept_offers(
    driver: *const MesosSchedulerDriver,
    offer_ids: *const MesosBytes,
    offer_count: usize,
    operations: *const MesosBytes,
    operation_count: usize,
    filters: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.accept_offers(
                messages(OFFER_ID, offer_ids, offer_count)?,
                messages("mesos.Offer.Operation", operations, operation_count)?,
                message(FILTERS, filters)?,
            ))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_decline_offer(
    driver: *const MesosSchedulerDriver,
    offer_id: MesosBytes,
    filters: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.decline_offer(message(OFFER_ID, offer_id)?, message(FILTERS, filters)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_revive_offers(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.revive_offers())) }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_revive_offers_of(
    driver: *const MesosSchedulerDriver,
    roles: *const *const c_char,
    count: usize,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.revive_offers_of(texts(roles, count)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_suppress_offers(
    driver: *const MesosSchedulerDriver,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe { call(driver, |handle| Ok(handle.suppress_offers())) }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_suppress_offers_of(
    driver: *const MesosSchedulerDriver,
    roles: *const *const c_char,
    count: usize,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.suppress_offers_of(texts(roles, count)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_kill_task(
    driver: *const MesosSchedulerDriver,
    task_id: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.kill_task(message("mesos.TaskID", task_id)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_acknowledge_status_update(
    driver: *const MesosSchedulerDriver,
    status: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.acknowledge_status_update(message(TASK_STATUS, status)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_send_framework_message(
    driver: *const MesosSchedulerDriver,
    executor_id: MesosBytes,
    agent_id: MesosBytes,
    data: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.send_framework_message(
                message("mesos.ExecutorID", executor_id)?,
                message("mesos.SlaveID", agent_id)?,
                data.copy(),
            ))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_reconcile_tasks(
    driver: *const MesosSchedulerDriver,
    statuses: *const MesosBytes,
    count: usize,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.reconcile_tasks(messages(TASK_STATUS, statuses, count)?))
        })
    }
}

/// # Safety
/// See the header: `driver` is alive, and every pointer is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_scheduler_driver_update_framework(
    driver: *const MesosSchedulerDriver,
    framework: MesosBytes,
    suppressed_roles: *const *const c_char,
    count: usize,
    constraints: MesosBytes,
) -> MesosStatus {
    // SAFETY: promised by the caller.
    unsafe {
        call(driver, |handle| {
            Ok(handle.update_framework(
                message(FRAMEWORK, framework)?,
                texts(suppressed_roles, count)?,
                message(CONSTRAINTS, constraints)?,
            ))
        })
    }
}
