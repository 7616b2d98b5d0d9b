//! A framework that records every callback and is driven by the test.

use bytes::Bytes;
use mesos_driver::scheduler::{Config, Handle, Scheduler, SchedulerDriver};
use mesos_driver::{CallbackResult, Status};
use mesos_proto::mesos as pb;
use mesos_proto::mesos::TaskState;
use prost::Message;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use crate::wait::LIMIT;

/// All that was heard so far.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub framework_id: Option<String>,
    pub registrations: usize,
    pub disconnections: usize,
    pub offers: Vec<pb::Offer>,
    pub statuses: Vec<pb::TaskStatus>,
    pub lost_agents: Vec<String>,
    pub lost_executors: Vec<(String, i32)>,
    pub messages: Vec<Bytes>,
    pub errors: Vec<String>,
}

impl Heard {
    /// The states of one task, oldest first.
    #[must_use]
    pub fn states_of(&self, task: &str) -> Vec<TaskState> {
        self.statuses
            .iter()
            .filter(|status| status.task_id.value == task)
            .map(pb::TaskStatus::state)
            .collect()
    }

    /// The newest status of one task.
    #[must_use]
    pub fn last_of(&self, task: &str) -> Option<&pb::TaskStatus> {
        self.statuses
            .iter()
            .rev()
            .find(|status| status.task_id.value == task)
    }

    /// How many tasks have been seen in a state.
    #[must_use]
    pub fn count_in(&self, state: TaskState) -> usize {
        let seen: HashMap<&str, ()> = self
            .statuses
            .iter()
            .filter(|status| status.state() == state)
            .map(|status| (status.task_id.value.as_str(), ()))
            .collect();
        seen.len()
    }
}

#[derive(Default)]
struct Record {
    heard: Mutex<Heard>,
    changed: Condvar,
}

impl Record {
    fn note(&self, change: impl FnOnce(&mut Heard)) {
        change(
            &mut self
                .heard
                .lock()
                .expect("no test panics while holding this"),
        );
        self.changed.notify_all();
    }
}

struct Recorder(Arc<Record>);

fn decoded<M: Message + Default>(bytes: &Bytes) -> M {
    M::decode(bytes.clone()).expect("the driver hands out whole messages")
}

impl Scheduler for Recorder {
    fn registered(&mut self, _: &Handle, framework_id: &Bytes, _: &Bytes) -> CallbackResult {
        let id: pb::FrameworkId = decoded(framework_id);
        self.0.note(|heard| {
            heard.framework_id = Some(id.value);
            heard.registrations += 1;
        });
        Ok(())
    }

    fn reregistered(&mut self, _: &Handle, _: &Bytes) -> CallbackResult {
        self.0.note(|heard| heard.registrations += 1);
        Ok(())
    }

    fn disconnected(&mut self, _: &Handle) -> CallbackResult {
        self.0.note(|heard| heard.disconnections += 1);
        Ok(())
    }

    fn resource_offers(&mut self, _: &Handle, offers: &[Bytes]) -> CallbackResult {
        self.0
            .note(|heard| heard.offers.extend(offers.iter().map(decoded::<pb::Offer>)));
        Ok(())
    }

    fn offer_rescinded(&mut self, _: &Handle, offer_id: &Bytes) -> CallbackResult {
        let id: pb::OfferId = decoded(offer_id);
        self.0
            .note(|heard| heard.offers.retain(|offer| offer.id != id));
        Ok(())
    }

    fn status_update(&mut self, _: &Handle, status: &Bytes) -> CallbackResult {
        self.0.note(|heard| heard.statuses.push(decoded(status)));
        Ok(())
    }

    fn framework_message(
        &mut self,
        _: &Handle,
        _: &Bytes,
        _: &Bytes,
        data: &Bytes,
    ) -> CallbackResult {
        self.0.note(|heard| heard.messages.push(data.clone()));
        Ok(())
    }

    fn slave_lost(&mut self, _: &Handle, agent_id: &Bytes) -> CallbackResult {
        let id: pb::SlaveId = decoded(agent_id);
        self.0.note(|heard| heard.lost_agents.push(id.value));
        Ok(())
    }

    fn executor_lost(&mut self, _: &Handle, id: &Bytes, _: &Bytes, status: i32) -> CallbackResult {
        let id: pb::ExecutorId = decoded(id);
        self.0
            .note(|heard| heard.lost_executors.push((id.value, status)));
        Ok(())
    }

    fn error(&mut self, _: &Handle, message: &str) -> CallbackResult {
        self.0.note(|heard| heard.errors.push(message.to_owned()));
        Ok(())
    }
}

/// A running framework of the test's.
pub struct Framework {
    pub driver: SchedulerDriver,
    record: Arc<Record>,
}

/// A framework's description with a failover timeout in seconds.
#[must_use]
pub fn info(name: &str, failover_timeout: f64) -> pb::FrameworkInfo {
    pb::FrameworkInfo {
        user: nix::unistd::User::from_uid(nix::unistd::getuid())
            .ok()
            .flatten()
            .map_or_else(|| "nobody".to_owned(), |user| user.name),
        name: name.to_owned(),
        checkpoint: Some(true),
        failover_timeout: Some(failover_timeout),
        ..Default::default()
    }
}

impl Framework {
    /// Starts a driver and waits until it is registered.
    #[must_use]
    pub fn start(master: &str, info: &pb::FrameworkInfo) -> Self {
        let framework = Self::start_without_waiting(master, info);
        framework.until("registration", |heard| heard.framework_id.clone());
        framework
    }

    #[must_use]
    pub fn start_without_waiting(master: &str, info: &pb::FrameworkInfo) -> Self {
        let record = Arc::new(Record::default());
        let mut config = Config::new(info.encode_to_vec().into(), master);
        config.variables = [("LIBPROCESS_IP", "127.0.0.1")].into_iter().collect();
        let driver = SchedulerDriver::new(Box::new(Recorder(Arc::clone(&record))), config);
        assert_eq!(driver.start(), Status::Running);
        Self { driver, record }
    }

    /// All that was heard so far.
    #[must_use]
    pub fn heard(&self) -> Heard {
        self.record
            .heard
            .lock()
            .expect("no test panics while holding this")
            .clone()
    }

    /// Waits until what was heard satisfies `probe`.
    ///
    /// # Panics
    /// When it does not within the limit; the message shows what was heard.
    pub fn until<T>(&self, what: &str, mut probe: impl FnMut(&mut Heard) -> Option<T>) -> T {
        let deadline = Instant::now() + LIMIT;
        let mut heard = self
            .record
            .heard
            .lock()
            .expect("no test panics while holding this");
        loop {
            if let Some(found) = probe(&mut heard) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let seen = heard.clone();
                drop(heard);
                panic!("{what}: not seen in time; heard {seen:#?}");
            }
            let waited = self.record.changed.wait_timeout(heard, left);
            heard = waited.expect("no test panics while holding this").0;
        }
    }

    /// Takes the next offer.
    #[must_use]
    pub fn offer(&self) -> pb::Offer {
        self.until("an offer", |heard| heard.offers.pop())
    }

    /// Launches tasks on an offer, with no filter for what is left.
    pub fn launch(&self, offer: &pb::Offer, tasks: &[pb::TaskInfo]) {
        let tasks: Vec<Bytes> = tasks
            .iter()
            .map(|task| task.encode_to_vec().into())
            .collect();
        let filters = pb::Filters {
            refuse_seconds: Some(0.0),
        };
        let status = self.driver.launch_tasks(
            vec![offer.id.encode_to_vec().into()],
            &tasks,
            filters.encode_to_vec().into(),
        );
        assert_eq!(status, Status::Running);
    }

    /// Takes an offer and launches one shell command on it.
    pub fn launch_command(&self, id: &str, command: &str) -> pb::Offer {
        let offer = self.offer();
        self.launch(&offer, &[shell_task(id, command, &offer)]);
        offer
    }

    /// Waits until a task is in a state.
    pub fn until_state(&self, task: &str, state: TaskState) -> pb::TaskStatus {
        self.until(&format!("{task} in {}", state.as_str_name()), |heard| {
            let wanted =
                |status: &&pb::TaskStatus| status.task_id.value == task && status.state() == state;
            heard.statuses.iter().find(wanted).cloned()
        })
    }

    pub fn kill_task(&self, id: &str) {
        let id = pb::TaskId {
            value: id.to_owned(),
        };
        assert_eq!(
            self.driver.kill_task(id.encode_to_vec().into()),
            Status::Running
        );
    }
}

/// A scalar resource.
#[must_use]
pub fn scalar(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar.into(),
        scalar: Some(pb::value::Scalar { value }),
        ..Default::default()
    }
}

/// A task that runs a shell command with little resources.
#[must_use]
pub fn shell_task(id: &str, command: &str, offer: &pb::Offer) -> pb::TaskInfo {
    pb::TaskInfo {
        name: id.to_owned(),
        task_id: pb::TaskId {
            value: id.to_owned(),
        },
        slave_id: offer.slave_id.clone(),
        resources: vec![scalar("cpus", 0.1), scalar("mem", 32.0)],
        command: Some(pb::CommandInfo {
            value: Some(command.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}
