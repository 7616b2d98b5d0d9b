//! The v1 executor client in C. See `include/mesos/v1.h` for what each function promises.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use mesos_driver::v1::executor::{Client, Config};

use crate::boundary::{MesosBytes, guard, guard_text, variables};
use crate::calls::{With0, WithList};
use crate::v1::{CCallbacks, SENT, SIZE, content_type};

/// The client, as C sees it: an address.
#[derive(Debug)]
pub struct MesosV1Executor {
    client: Client,
}

/// `mesos_v1_executor_callbacks`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosV1ExecutorCallbacks {
    pub struct_size: usize,
    pub connected: With0<MesosV1Executor>,
    pub disconnected: With0<MesosV1Executor>,
    pub received: WithList<MesosV1Executor>,
}

/// `mesos_v1_executor_config`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosV1ExecutorConfig {
    pub struct_size: usize,
    pub content_type: c_int,
    pub environment: *const *const c_char,
}

/// # Safety
/// See the header: `callbacks` and `config` are valid for the call, `user` for the life of the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_executor_new(
    callbacks: *const MesosV1ExecutorCallbacks,
    user: *mut c_void,
    config: *const MesosV1ExecutorConfig,
) -> *mut MesosV1Executor {
    guard_text(std::ptr::null_mut(), || {
        // SAFETY: promised by the caller.
        let callbacks = unsafe { callbacks.as_ref() }.ok_or("callbacks is NULL")?;
        // SAFETY: promised by the caller.
        let config = unsafe { config.as_ref() }.ok_or("config is NULL")?;
        if callbacks.struct_size != size_of::<MesosV1ExecutorCallbacks>()
            || config.struct_size != size_of::<MesosV1ExecutorConfig>()
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
        let config = Config {
            content_type: content_type(config.content_type)?,
            // SAFETY: promised by the caller.
            variables: unsafe { variables(config.environment) },
        };
        let client = Client::new(Box::new(callbacks), &config).map_err(|error| error.0)?;
        let address = Box::into_raw(Box::new(MesosV1Executor { client }));
        slot.store(address, Ordering::Release);
        // SAFETY: just made; C does not know the address yet, and a callback may not free the client before _new
        // has returned.
        unsafe { (*address).client.start() };
        Ok(address)
    })
}

/// # Safety
/// `client` is NULL or came from `mesos_v1_executor_new`, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_executor_free(client: *mut MesosV1Executor) {
    guard((), || {
        if !client.is_null() {
            // SAFETY: promised by the caller.
            drop(unsafe { Box::from_raw(client) });
        }
        Ok(())
    });
}

/// # Safety
/// See the header: `client` is alive, and `call` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_v1_executor_send(
    client: *const MesosV1Executor,
    call: MesosBytes,
) -> c_int {
    guard(0, || {
        // SAFETY: promised by the caller.
        let (client, call) = unsafe { (client.as_ref().ok_or("client is NULL")?, call.copy()) };
        client.client.send(call);
        Ok(SENT)
    })
}
