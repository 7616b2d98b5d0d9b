//! `org.apache.mesos.v1.scheduler.V1Mesos`.
//!
//! Compat: V1–V4, F3, J10, J12. FIX: what cannot be used is an exception of the constructor instead of the end of the
//! process; calls made from callbacks that come before the constructor has returned are taken.

use jni::sys::{JNIEnv, jobject};
use mesos_driver::environment::Variables;
use mesos_driver::v1::ContentType;
use mesos_driver::v1::scheduler::{Client, Config};

use crate::env::{Env, JavaResult};
use crate::native::{Registry, attach, detach, frame, handle_in, plain_method};
use crate::v1_scheduler::{JavaScheduler, MESOS, credential, master, refuse};

static CLIENTS: Registry<Client> = Registry::new();

fn initialize(env: Env, this: jobject) -> JavaResult<()> {
    let config = Config {
        master: master(env, this)?,
        credential: credential(env, this)?,
        content_type: ContentType::Protobuf,
        variables: Variables::of_process(),
    };
    let scheduler = JavaScheduler::find(env, this)?;
    let client = Client::new(Box::new(scheduler), &config).map_err(|error| refuse(env, &error))?;
    attach(env, this, MESOS, &CLIENTS, client)?;
    if let Some(client) = CLIENTS.get(handle_in(env, this, MESOS)?) {
        client.start();
    }
    Ok(())
}

fn send(env: Env, this: jobject, call: jobject) -> JavaResult<()> {
    let call = env.serialize(call)?;
    let Some(client) = CLIENTS.get(handle_in(env, this, MESOS)?) else {
        return Ok(());
    };
    let settled = client.send_and_wait(call);
    // The wait must not keep alive what a finaliser ends.
    drop(client);
    settled.wait();
    Ok(())
}

fn reconnect(env: Env, this: jobject) -> JavaResult<()> {
    if let Some(client) = CLIENTS.get(handle_in(env, this, MESOS)?) {
        client.reconnect();
    }
    Ok(())
}

fn finalize(env: Env, this: jobject) -> JavaResult<()> {
    detach(env, this, MESOS, &CLIENTS)
}

plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_initialize = initialize);
plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_finalize = finalize);
plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_reconnect = reconnect);

#[unsafe(no_mangle)]
pub extern "system" fn Java_org_apache_mesos_v1_scheduler_V1Mesos_send(
    raw: *mut JNIEnv,
    this: jobject,
    call: jobject,
) {
    // SAFETY: the JVM passes the environment of this thread.
    unsafe { frame(raw, (), |env| send(env, this, call)) }
}
