//! `org.apache.mesos.v1.scheduler.V0Mesos`.
//!
//! Compat: V5, F3, J10, J12.

use jni::sys::{JNIEnv, jobject};
use mesos_driver::environment::Variables;
use mesos_driver::v1::v0_adapter::{Client, Config};

use crate::env::{Env, JavaResult};
use crate::native::{Registry, attach, detach, frame, handle_in, plain_method};
use crate::v1_scheduler::{JavaScheduler, MESOS, credential, master, refuse};

static CLIENTS: Registry<Client> = Registry::new();

fn initialize(env: Env, this: jobject) -> JavaResult<()> {
    let framework = env.field(
        env.class_of(this),
        c"framework",
        c"Lorg/apache/mesos/v1/Protos$FrameworkInfo;",
    )?;
    let config = Config {
        framework: env.serialize(env.get_object(this, framework))?,
        master: master(env, this)?,
        credential: credential(env, this)?,
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
    if let Some(client) = CLIENTS.get(handle_in(env, this, MESOS)?) {
        client.send(call);
    }
    Ok(())
}

fn finalize(env: Env, this: jobject) -> JavaResult<()> {
    detach(env, this, MESOS, &CLIENTS)
}

plain_method!(Java_org_apache_mesos_v1_scheduler_V0Mesos_initialize = initialize);
plain_method!(Java_org_apache_mesos_v1_scheduler_V0Mesos_finalize = finalize);

#[unsafe(no_mangle)]
pub extern "system" fn Java_org_apache_mesos_v1_scheduler_V0Mesos_send(
    raw: *mut JNIEnv,
    this: jobject,
    call: jobject,
) {
    // SAFETY: the JVM passes the environment of this thread.
    unsafe { frame(raw, (), |env| send(env, this, call)) }
}
