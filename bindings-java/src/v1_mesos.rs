//! `org.apache.mesos.v1.scheduler.V1Mesos` and `V0Mesos`: the v1 interface over HTTP, and over the driver protocol.
//!
//! Compat: V1–V5, F3, J10, J12. FIX: what cannot be used is an exception of the constructor instead of the end of the
//! process; calls made from callbacks that come before the constructor has returned are taken.

use bytes::Bytes;
use jni::sys::{JNIEnv, jobject};
use mesos_driver::environment::Variables;
use mesos_driver::v1::ContentType;
use mesos_driver::v1::scheduler::{AnyClient, Config};

use crate::env::{Env, JavaResult};
use crate::native::{Registry, attach, detach, frame, handle_in, plain_method};
use crate::v1_scheduler::{JavaScheduler, MESOS, credential, master, refuse};

static CLIENTS: Registry<AnyClient> = Registry::new();

fn start(env: Env, this: jobject, framework: Option<Bytes>) -> JavaResult<()> {
    let config = Config {
        master: master(env, this)?,
        credential: credential(env, this)?,
        content_type: ContentType::Protobuf,
        variables: Variables::of_process(),
    };
    let scheduler = Box::new(JavaScheduler::find(env, this)?);
    let client =
        AnyClient::new(scheduler, config, framework).map_err(|error| refuse(env, &error))?;
    attach(env, this, MESOS, &CLIENTS, client)?;
    if let Some(client) = CLIENTS.get(handle_in(env, this, MESOS)?) {
        client.start();
    }
    Ok(())
}

fn initialize_v1(env: Env, this: jobject) -> JavaResult<()> {
    start(env, this, None)
}

fn initialize_v0(env: Env, this: jobject) -> JavaResult<()> {
    let framework = env.field(
        env.class_of(this),
        c"framework",
        c"Lorg/apache/mesos/v1/Protos$FrameworkInfo;",
    )?;
    let framework = env.serialize(env.get_object(this, framework))?;
    start(env, this, Some(framework))
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

/// A method that takes a call.
macro_rules! send_method {
    ($name:ident) => {
        #[unsafe(no_mangle)]
        pub extern "system" fn $name(raw: *mut JNIEnv, this: jobject, call: jobject) {
            // SAFETY: the JVM passes the environment of this thread.
            unsafe { frame(raw, (), |env| send(env, this, call)) }
        }
    };
}

plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_initialize = initialize_v1);
plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_finalize = finalize);
plain_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_reconnect = reconnect);
send_method!(Java_org_apache_mesos_v1_scheduler_V1Mesos_send);

plain_method!(Java_org_apache_mesos_v1_scheduler_V0Mesos_initialize = initialize_v0);
plain_method!(Java_org_apache_mesos_v1_scheduler_V0Mesos_finalize = finalize);
send_method!(Java_org_apache_mesos_v1_scheduler_V0Mesos_send);
