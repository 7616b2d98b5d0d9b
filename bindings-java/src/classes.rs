//! The Java classes and methods a driver needs, looked up once per driver.
//!
//! Compat: J2, J3, P1, P2. Everything is found from inside a native method of the driver's class, so the class loader
//! is the one that defined that class; no protobuf runtime class is named, so shading does not matter.

use std::ffi::CStr;
use std::sync::Arc;

use jni::sys::{jmethodID, jobject, jvalue};
use mesos_driver::Status;

use crate::env::{Env, JavaResult, object};
use crate::vm::Global;

/// A method id together with the class that keeps it valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method(jmethodID);

// SAFETY: method ids are valid on every thread while their class is loaded; the owner holds a reference to the class.
unsafe impl Send for Method {}
// SAFETY: as above.
unsafe impl Sync for Method {}

impl Method {
    pub(crate) fn new(env: Env, class: jobject, name: &CStr, signature: &CStr) -> JavaResult<Self> {
        env.method(class, name, signature).map(Self)
    }

    pub(crate) fn get(self) -> jmethodID {
        self.0
    }
}

/// `parseFrom(byte[])` of one message class.
#[derive(Debug)]
pub(crate) struct Parser {
    class: Global,
    parse: Method,
}

impl Parser {
    /// `name` is the class, `signature` that of `parseFrom`.
    pub(crate) fn new(env: Env, name: &CStr, signature: &CStr) -> JavaResult<Self> {
        let class = env.find_class(name)?;
        let parse = env.static_method(class, c"parseFrom", signature)?;
        Ok(Self {
            class: Global::new(env, class)?,
            parse: Method(parse),
        })
    }

    /// The message as a Java object; null if Java cannot parse it (P4, J7).
    pub(crate) fn parse(&self, env: Env, bytes: &[u8]) -> jvalue {
        let parsed = env.new_bytes(bytes).and_then(|array| {
            let parsed = env.call_static(self.class.get(), self.parse.get(), &[object(array)]);
            env.delete_local(array);
            parsed
        });
        if parsed.is_err() {
            env.clear_exception();
        }
        object(parsed.unwrap_or(std::ptr::null_mut()))
    }
}

/// The parser of `Protos$<name>`.
macro_rules! parser {
    ($env:expr, $name:literal) => {{
        const CLASS: &str = concat!("org/apache/mesos/Protos$", $name, "\0");
        const SIGNATURE: &str = concat!("([B)Lorg/apache/mesos/Protos$", $name, ";\0");
        let class =
            CStr::from_bytes_with_nul(CLASS.as_bytes()).expect("the literal ends with a NUL");
        let signature =
            CStr::from_bytes_with_nul(SIGNATURE.as_bytes()).expect("the literal ends with a NUL");
        Parser::new($env, class, signature)
    }};
}

/// The four values of `Protos$Status`.
#[derive(Debug)]
pub(crate) struct Statuses([Global; 4]);

impl Statuses {
    pub(crate) fn find(env: Env) -> JavaResult<Self> {
        let get = |status| status_object(env, status).and_then(|value| Global::new(env, value));
        let [a, b, c, d] = Status::ALL;
        Ok(Self([get(a)?, get(b)?, get(c)?, get(d)?]))
    }

    /// A local reference to the value.
    pub(crate) fn get(&self, env: Env, status: Status) -> jobject {
        env.new_local(self.0[status as usize - 1].get())
    }
}

/// A value of `Protos$Status`, looked up anew.
pub(crate) fn status_object(env: Env, status: Status) -> JavaResult<jobject> {
    let class = env.find_class(c"org/apache/mesos/Protos$Status")?;
    let value_of = env.static_method(class, c"valueOf", c"(I)Lorg/apache/mesos/Protos$Status;")?;
    env.call_static(class, value_of, &[jvalue { i: status as i32 }])
}

/// What scheduler callbacks need.
#[derive(Debug)]
pub(crate) struct SchedulerClasses {
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) framework_id: Parser,
    pub(crate) master_info: Parser,
    pub(crate) offer: Parser,
    pub(crate) offer_id: Parser,
    pub(crate) task_status: Parser,
    pub(crate) executor_id: Parser,
    pub(crate) slave_id: Parser,
    pub(crate) list: Global,
    pub(crate) list_init: Method,
    pub(crate) list_add: Method,
    pub(crate) callbacks: SchedulerCallbacks,
    /// Keeps the ids in `callbacks` valid.
    _interface: Global,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct SchedulerCallbacks {
    pub(crate) registered: Method,
    pub(crate) reregistered: Method,
    pub(crate) disconnected: Method,
    pub(crate) resource_offers: Method,
    pub(crate) offer_rescinded: Method,
    pub(crate) status_update: Method,
    pub(crate) framework_message: Method,
    pub(crate) slave_lost: Method,
    pub(crate) executor_lost: Method,
    pub(crate) error: Method,
}

impl SchedulerCallbacks {
    fn find(env: Env, class: jobject) -> JavaResult<Self> {
        let method = |name: &CStr, signature: &CStr| Method::new(env, class, name, signature);
        Ok(Self {
            registered: method(
                c"registered",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$FrameworkID;Lorg/apache/mesos/Protos$MasterInfo;)V",
            )?,
            reregistered: method(
                c"reregistered",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$MasterInfo;)V",
            )?,
            disconnected: method(c"disconnected", c"(Lorg/apache/mesos/SchedulerDriver;)V")?,
            resource_offers: method(c"resourceOffers", c"(Lorg/apache/mesos/SchedulerDriver;Ljava/util/List;)V")?,
            offer_rescinded: method(
                c"offerRescinded",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$OfferID;)V",
            )?,
            status_update: method(
                c"statusUpdate",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$TaskStatus;)V",
            )?,
            framework_message: method(
                c"frameworkMessage",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$ExecutorID;Lorg/apache/mesos/Protos$SlaveID;[B)V",
            )?,
            slave_lost: method(c"slaveLost", c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$SlaveID;)V")?,
            executor_lost: method(
                c"executorLost",
                c"(Lorg/apache/mesos/SchedulerDriver;Lorg/apache/mesos/Protos$ExecutorID;Lorg/apache/mesos/Protos$SlaveID;I)V",
            )?,
            error: method(c"error", c"(Lorg/apache/mesos/SchedulerDriver;Ljava/lang/String;)V")?,
        })
    }
}

impl SchedulerClasses {
    pub(crate) fn find(env: Env) -> JavaResult<Self> {
        let interface = env.find_class(c"org/apache/mesos/Scheduler")?;
        let list = env.find_class(c"java/util/ArrayList")?;
        Ok(Self {
            statuses: Arc::new(Statuses::find(env)?),
            framework_id: parser!(env, "FrameworkID")?,
            master_info: parser!(env, "MasterInfo")?,
            offer: parser!(env, "Offer")?,
            offer_id: parser!(env, "OfferID")?,
            task_status: parser!(env, "TaskStatus")?,
            executor_id: parser!(env, "ExecutorID")?,
            slave_id: parser!(env, "SlaveID")?,
            list_init: Method::new(env, list, c"<init>", c"(I)V")?,
            list_add: Method::new(env, list, c"add", c"(Ljava/lang/Object;)Z")?,
            list: Global::new(env, list)?,
            callbacks: SchedulerCallbacks::find(env, interface)?,
            _interface: Global::new(env, interface)?,
        })
    }
}

/// What executor callbacks need.
#[derive(Debug)]
pub(crate) struct ExecutorClasses {
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) executor_info: Parser,
    pub(crate) framework_info: Parser,
    pub(crate) slave_info: Parser,
    pub(crate) task_info: Parser,
    pub(crate) task_id: Parser,
    pub(crate) callbacks: ExecutorCallbacks,
    /// Keeps the ids in `callbacks` valid.
    _interface: Global,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ExecutorCallbacks {
    pub(crate) registered: Method,
    pub(crate) reregistered: Method,
    pub(crate) launch_task: Method,
    pub(crate) kill_task: Method,
    pub(crate) framework_message: Method,
    pub(crate) shutdown: Method,
    pub(crate) error: Method,
}

impl ExecutorClasses {
    pub(crate) fn find(env: Env) -> JavaResult<Self> {
        let interface = env.find_class(c"org/apache/mesos/Executor")?;
        let method = |name: &CStr, signature: &CStr| Method::new(env, interface, name, signature);
        let callbacks = ExecutorCallbacks {
            registered: method(
                c"registered",
                c"(Lorg/apache/mesos/ExecutorDriver;Lorg/apache/mesos/Protos$ExecutorInfo;Lorg/apache/mesos/Protos$FrameworkInfo;Lorg/apache/mesos/Protos$SlaveInfo;)V",
            )?,
            reregistered: method(
                c"reregistered",
                c"(Lorg/apache/mesos/ExecutorDriver;Lorg/apache/mesos/Protos$SlaveInfo;)V",
            )?,
            launch_task: method(
                c"launchTask",
                c"(Lorg/apache/mesos/ExecutorDriver;Lorg/apache/mesos/Protos$TaskInfo;)V",
            )?,
            kill_task: method(c"killTask", c"(Lorg/apache/mesos/ExecutorDriver;Lorg/apache/mesos/Protos$TaskID;)V")?,
            framework_message: method(c"frameworkMessage", c"(Lorg/apache/mesos/ExecutorDriver;[B)V")?,
            shutdown: method(c"shutdown", c"(Lorg/apache/mesos/ExecutorDriver;)V")?,
            error: method(c"error", c"(Lorg/apache/mesos/ExecutorDriver;Ljava/lang/String;)V")?,
        };
        Ok(Self {
            statuses: Arc::new(Statuses::find(env)?),
            executor_info: parser!(env, "ExecutorInfo")?,
            framework_info: parser!(env, "FrameworkInfo")?,
            slave_info: parser!(env, "SlaveInfo")?,
            task_info: parser!(env, "TaskInfo")?,
            task_id: parser!(env, "TaskID")?,
            callbacks,
            _interface: Global::new(env, interface)?,
        })
    }
}
