//! `org.apache.mesos.MesosSchedulerDriver`.
//!
//! Compat: N1, F1–F3, J5–J12, P1–P6. Nothing is decided here: arguments become bytes, one driver call is made, its
//! status becomes the Java value.

use bytes::Bytes;
use jni::sys::{jboolean, jobject};
use mesos_driver::scheduler::{Config, Handle, Scheduler, SchedulerDriver};
use mesos_driver::{CallbackFailed, CallbackResult};
use std::sync::Arc;

use crate::classes::{Method, SchedulerClasses, Statuses};
use crate::env::{Env, JavaResult, object};
use crate::native::{self, Driver, Registry, plain_method, status_method};
use crate::upcall::Upcall;

pub(crate) struct Entry {
    driver: SchedulerDriver,
    classes: Arc<SchedulerClasses>,
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
        let classes = Arc::new(SchedulerClasses::find(env)?);
        let config = config(env, this)?;
        let upcall = Upcall::new(env, this, c"scheduler", c"Lorg/apache/mesos/Scheduler;")?;
        let scheduler = JavaScheduler {
            upcall,
            classes: classes.clone(),
        };
        let driver = SchedulerDriver::new(Box::new(scheduler), config);
        Ok(Self { driver, classes })
    }
}

/// Delivers callbacks to the Java scheduler of a driver object.
struct JavaScheduler {
    upcall: Upcall,
    classes: Arc<SchedulerClasses>,
}

impl JavaScheduler {
    fn call(
        &self,
        method: Method,
        arguments: impl FnOnce(Env, &SchedulerClasses) -> JavaResult<Vec<jni::sys::jvalue>>,
    ) -> CallbackResult {
        let called = self
            .upcall
            .call(method, |env| arguments(env, &self.classes));
        called.map_err(|_| CallbackFailed)
    }
}

impl Scheduler for JavaScheduler {
    fn registered(&mut self, _: &Handle, framework_id: &Bytes, master: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.registered, |env, classes| {
            Ok(vec![
                classes.framework_id.parse(env, framework_id),
                classes.master_info.parse(env, master),
            ])
        })
    }

    fn reregistered(&mut self, _: &Handle, master: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.reregistered, |env, classes| {
            Ok(vec![classes.master_info.parse(env, master)])
        })
    }

    fn disconnected(&mut self, _: &Handle) -> CallbackResult {
        self.call(self.classes.callbacks.disconnected, |_, _| Ok(vec![]))
    }

    fn resource_offers(&mut self, _: &Handle, offers: &[Bytes]) -> CallbackResult {
        self.call(self.classes.callbacks.resource_offers, |env, classes| {
            offer_list(env, classes, offers)
        })
    }

    fn offer_rescinded(&mut self, _: &Handle, offer_id: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.offer_rescinded, |env, classes| {
            Ok(vec![classes.offer_id.parse(env, offer_id)])
        })
    }

    fn status_update(&mut self, _: &Handle, status: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.status_update, |env, classes| {
            Ok(vec![classes.task_status.parse(env, status)])
        })
    }

    fn framework_message(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        agent: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        self.call(self.classes.callbacks.framework_message, |env, classes| {
            let (executor, agent) = (
                classes.executor_id.parse(env, executor),
                classes.slave_id.parse(env, agent),
            );
            Ok(vec![executor, agent, object(env.new_bytes(data)?)])
        })
    }

    fn slave_lost(&mut self, _: &Handle, agent: &Bytes) -> CallbackResult {
        self.call(self.classes.callbacks.slave_lost, |env, classes| {
            Ok(vec![classes.slave_id.parse(env, agent)])
        })
    }

    fn executor_lost(
        &mut self,
        _: &Handle,
        executor: &Bytes,
        agent: &Bytes,
        status: i32,
    ) -> CallbackResult {
        self.call(self.classes.callbacks.executor_lost, |env, classes| {
            let (executor, agent) = (
                classes.executor_id.parse(env, executor),
                classes.slave_id.parse(env, agent),
            );
            Ok(vec![executor, agent, jni::sys::jvalue { i: status }])
        })
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        self.call(self.classes.callbacks.error, |env, _| {
            Ok(vec![object(env.new_string(message)?)])
        })
    }
}

/// A `java.util.ArrayList` of offers; those that Java cannot parse are null elements (P4).
fn offer_list(
    env: Env,
    classes: &SchedulerClasses,
    offers: &[Bytes],
) -> JavaResult<Vec<jni::sys::jvalue>> {
    let capacity = i32::try_from(offers.len()).unwrap_or(0);
    let list = env.new_with(
        classes.list.get(),
        classes.list_init.get(),
        &[jni::sys::jvalue { i: capacity }],
    )?;
    for offer in offers {
        let parsed = classes.offer.parse(env, offer);
        env.call_boolean(list, classes.list_add.get(), &[parsed])?;
        // SAFETY: `parse` fills the object member.
        env.delete_local(unsafe { parsed.l });
    }
    Ok(vec![object(list)])
}

fn config(env: Env, this: jobject) -> JavaResult<Config> {
    let class = env.class_of(this);
    let framework = env.field(
        class,
        c"framework",
        c"Lorg/apache/mesos/Protos$FrameworkInfo;",
    )?;
    let framework = env.serialize(env.get_object(this, framework))?;
    let master = env.get_object(this, env.field(class, c"master", c"Ljava/lang/String;")?);
    if master.is_null() {
        return Err(env.null_pointer("the master is null"));
    }
    let mut config = Config::new(framework, &env.string(master)?);
    if let Some(field) = env.field_if_any(
        class,
        c"credential",
        c"Lorg/apache/mesos/Protos$Credential;",
    )? {
        let credential = env.get_object(this, field);
        if !credential.is_null() {
            config.credential = Some(env.serialize(credential)?);
        }
    }
    if let Some(field) = env.field_if_any(class, c"implicitAcknowledgements", c"Z")? {
        config.implicit_acknowledgements = env.get_boolean(this, field);
    }
    if let Some(field) = env.field_if_any(class, c"suppressedRoles", c"Ljava/util/Collection;")? {
        let roles = env.get_object(this, field);
        if !roles.is_null() {
            config.suppressed_roles = env.strings(roles)?;
        }
    }
    Ok(config)
}

plain_method!(Java_org_apache_mesos_MesosSchedulerDriver_initialize = native::initialize::<Entry>);
plain_method!(Java_org_apache_mesos_MesosSchedulerDriver_finalize = native::finalize::<Entry>);
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_start(_env, handle) { Ok(handle.start()) });
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_stop(_env, handle, failover: jboolean) {
    Ok(handle.stop(failover))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_abort(_env, handle) { Ok(handle.abort()) });
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_join(_env, handle) { Ok(handle.join()) });
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_requestResources(env, handle, requests: jobject) {
    Ok(handle.request_resources(env.messages(requests)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_launchTasks__Ljava_util_Collection_2Ljava_util_Collection_2Lorg_apache_mesos_Protos_00024Filters_2(env, handle, offers: jobject, tasks: jobject, filters: jobject) {
    let (offers, tasks) = (env.messages(offers)?, env.messages(tasks)?);
    Ok(handle.launch_tasks(offers, &tasks, env.serialize(filters)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_launchTasks__Lorg_apache_mesos_Protos_00024OfferID_2Ljava_util_Collection_2Lorg_apache_mesos_Protos_00024Filters_2(env, handle, offer: jobject, tasks: jobject, filters: jobject) {
    let (offer, tasks) = (env.serialize(offer)?, env.messages(tasks)?);
    Ok(handle.launch_tasks(vec![offer], &tasks, env.serialize(filters)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_acceptOffers__Ljava_util_Collection_2Ljava_util_Collection_2Lorg_apache_mesos_Protos_00024Filters_2(env, handle, offers: jobject, operations: jobject, filters: jobject) {
    let (offers, operations) = (env.messages(offers)?, env.messages(operations)?);
    Ok(handle.accept_offers(offers, operations, env.serialize(filters)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_declineOffer(env, handle, offer: jobject, filters: jobject) {
    Ok(handle.decline_offer(env.serialize(offer)?, env.serialize(filters)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_reviveOffers__(_env, handle) { Ok(handle.revive_offers()) });
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_reviveOffers__Ljava_util_Collection_2(env, handle, roles: jobject) {
    Ok(handle.revive_offers_of(env.strings(roles)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_suppressOffers__(_env, handle) { Ok(handle.suppress_offers()) });
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_suppressOffers__Ljava_util_Collection_2(env, handle, roles: jobject) {
    Ok(handle.suppress_offers_of(env.strings(roles)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_acknowledgeStatusUpdate(env, handle, status: jobject) {
    Ok(handle.acknowledge_status_update(env.serialize(status)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_sendFrameworkMessage(env, handle, executor: jobject, agent: jobject, data: jobject) {
    if data.is_null() {
        return Err(env.null_pointer("the data is null"));
    }
    Ok(handle.send_framework_message(env.serialize(executor)?, env.serialize(agent)?, env.bytes(data)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_killTask(env, handle, task: jobject) {
    Ok(handle.kill_task(env.serialize(task)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_reconcileTasks(env, handle, statuses: jobject) {
    Ok(handle.reconcile_tasks(env.messages(statuses)?))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_updateFramework(env, handle, framework: jobject, roles: jobject) {
    Ok(handle.update_framework(env.serialize(framework)?, env.strings(roles)?, Bytes::new()))
});
status_method!(Entry: Java_org_apache_mesos_MesosSchedulerDriver_updateFrameworkWithConstraints(env, handle, framework: jobject, roles: jobject, constraints: jobject) {
    let (framework, roles) = (env.serialize(framework)?, env.strings(roles)?);
    Ok(handle.update_framework(framework, roles, env.serialize(constraints)?))
});
