//! The v1 scheduler client in C. See `include/mesos/v1.h` for what each function promises.

use std::borrow::Cow;
use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::v1::scheduler::{Answer, AnyClient, Config, Done};

use crate::boundary::{MesosBytes, guard, guard_text, text};
use crate::calls::{With0, WithList};
use crate::v1::{CCallbacks, SENT, SIZE, content_type};

/// The client, as C sees it: an address.
#[derive(Debug)]
pub struct MesosV1Scheduler {
    client: AnyClient,
}

/// `mesos_v1_scheduler_callbacks`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosV1SchedulerCallbacks {
    pub struct_size: usize,
    pub connected: With0<MesosV1Scheduler>,
    pub disconnected: With0<MesosV1Scheduler>,
    pub received: WithList<MesosV1Scheduler>,
}

/// `mesos_v1_scheduler_config`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosV1SchedulerConfig {
    pub struct_size: usize,
    pub master: *const c_char,
    pub credential: MesosBytes,
    pub content_type: c_int,
    pub over_v0: c_int,
    pub framework: MesosBytes,
}

type DoneInC = Option<unsafe extern "C" fn(*mut c_void, c_int, MesosBytes, *const c_char)>;

/// # Safety
/// The pointers in `config` are valid.
unsafe fn make(
    callbacks: CCallbacks<MesosV1Scheduler>,
    config: &MesosV1SchedulerConfig,
) -> Result<AnyClient, Cow<'static, str>> {
    // SAFETY: promised by the caller.
    let master = unsafe { text(config.master) }.ok_or("master is NULL")?;
    // SAFETY: promised by the caller.
    let credential = unsafe { config.credential.copy_if_any() };
    let content_type = content_type(config.content_type)?;
    let framework = if config.over_v0 == 0 {
        None
    } else {
        // SAFETY: promised by the caller.
        Some(unsafe { config.framework.copy_if_any() }.ok_or("framework is NULL")?)
    };
    let config = Config {
        master,
        credential,
        content_type,
        variables: Variables::of_process(),
    };
    AnyClient::new(Box::new(callbacks), config, framework).map_err(|error| error.0.into())
}

/// # Safety
/// See the header: `callbacks` and `config` are valid for the call, `user` for the life of the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_scheduler_new(
    callbacks: *const MesosV1SchedulerCallbacks,
    user: *mut c_void,
    config: *const MesosV1SchedulerConfig,
) -> *mut MesosV1Scheduler {
    guard_text(std::ptr::null_mut(), || {
        mesos_core::local::install();
        // SAFETY: promised by the caller.
        let callbacks = unsafe { callbacks.as_ref() }.ok_or("callbacks is NULL")?;
        // SAFETY: promised by the caller.
        let config = unsafe { config.as_ref() }.ok_or("config is NULL")?;
        if callbacks.struct_size != size_of::<MesosV1SchedulerCallbacks>()
            || config.struct_size != size_of::<MesosV1SchedulerConfig>()
        {
            return Err(SIZE.into());
        }
        let slot = Arc::new(AtomicPtr::new(std::ptr::null_mut()));
        let callbacks = CCallbacks {
            connected: callbacks.connected,
            disconnected: callbacks.disconnected,
            received: callbacks.received,
            user,
            client: slot.clone(),
        };
        // SAFETY: promised by the caller.
        let client = unsafe { make(callbacks, config) }?;
        let address = Box::into_raw(Box::new(MesosV1Scheduler { client }));
        slot.store(address, Ordering::Release);
        // SAFETY: just made; C does not know the address yet, and a callback may not free the client before _new
        // has returned.
        unsafe { &(*address).client }.start();
        Ok(address)
    })
}

/// # Safety
/// `client` is NULL or came from `mesos_v1_scheduler_new`, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_scheduler_free(client: *mut MesosV1Scheduler) {
    guard((), || {
        if !client.is_null() {
            // SAFETY: promised by the caller.
            drop(unsafe { Box::from_raw(client) });
        }
        Ok(())
    });
}

/// # Safety
/// `client` is alive or NULL.
unsafe fn alive<'a>(client: *const MesosV1Scheduler) -> Result<&'a AnyClient, &'static str> {
    // SAFETY: promised by the caller.
    let client = unsafe { client.as_ref() }.ok_or("client is NULL")?;
    Ok(&client.client)
}

/// # Safety
/// See the header: `client` is alive, and `call` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_scheduler_send(
    client: *const MesosV1Scheduler,
    call: MesosBytes,
) -> c_int {
    guard(0, || {
        // SAFETY: promised by the caller.
        let (client, call) = unsafe { (alive(client)?, call.copy()) };
        client.send(call);
        Ok(SENT)
    })
}

/// The end of a call, on its way to C.
struct CDone {
    function: unsafe extern "C" fn(*mut c_void, c_int, MesosBytes, *const c_char),
    user: *mut c_void,
}

// SAFETY: the header demands that the function and its user pointer may be used from any thread.
unsafe impl Send for CDone {}

impl CDone {
    fn run(self, ended: Result<Answer, String>) {
        let (status, response, error) = match ended {
            Ok(answer) => (c_int::from(answer.status), answer.response, answer.error),
            Err(error) => (0, Bytes::new(), Some(error)),
        };
        let error = error.map(|text| CString::new(text.replace('\0', " ")).unwrap_or_default());
        let text = error
            .as_ref()
            .map_or(std::ptr::null(), |text| text.as_ptr());
        // SAFETY: the header demands a valid function; what is lent lives through the call.
        unsafe { (self.function)(self.user, status, MesosBytes::lend(&response), text) };
    }
}

/// # Safety
/// See the header: `client` is alive, `call` is valid for the call, and `user` until `done` has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_scheduler_call(
    client: *const MesosV1Scheduler,
    call: MesosBytes,
    done: DoneInC,
    user: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: promised by the caller.
        let (client, call) = unsafe { (alive(client)?, call.copy()) };
        let function = done.ok_or("done is NULL")?;
        let done = CDone { function, user };
        let done: Done = Box::new(move |ended| done.run(ended));
        client.call(call, done);
        Ok(SENT)
    })
}

/// # Safety
/// See the header: `client` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_scheduler_reconnect(client: *const MesosV1Scheduler) -> c_int {
    guard(0, || {
        // SAFETY: promised by the caller.
        unsafe { alive(client) }?.reconnect();
        Ok(SENT)
    })
}
