//! The executor's way to its agent: the driver, or the v1 executor API.
//!
//! Compat: agent part 1 §8.4 (MESOS_HTTP_COMMAND_EXECUTOR), §16.2 rule 7.

use std::sync::mpsc::Sender;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use mesos_driver::environment::Variables;
use mesos_driver::executor::ExecutorDriver;
use mesos_driver::v1::executor::{Client, Config};
use mesos_driver::v1::{Callbacks, ContentType};
use mesos_driver::{CallbackResult, Status};
use mesos_model::clock::Instant;
use mesos_proto::mesos::TaskStatus;
use mesos_proto::mesos::executor::{Call, Event as AgentEvent};
use prost::Message;

use super::machine::Event;
use super::session::{Outcome, Session};
use super::shell::{Error, Input};

/// What the client of the API tells.
#[derive(Debug)]
pub enum Told {
    Connected,
    Disconnected,
    Received(Vec<Bytes>),
}

struct Forward {
    inputs: Sender<Input>,
}

impl Forward {
    fn tell(&self, told: Told) -> CallbackResult {
        // The loop is gone only when the program ends.
        let _ = self.inputs.send(Input::Told(told));
        Ok(())
    }
}

impl Callbacks for Forward {
    fn connected(&mut self) -> CallbackResult {
        self.tell(Told::Connected)
    }

    fn disconnected(&mut self) -> CallbackResult {
        self.tell(Told::Disconnected)
    }

    fn received(&mut self, events: &[Bytes]) -> CallbackResult {
        self.tell(Told::Received(events.to_vec()))
    }
}

pub struct Http {
    client: Client,
    session: Session,
    is_shut_down: bool,
}

/// One of the two ways.
pub enum Link {
    Driver(ExecutorDriver),
    Http(Box<Http>),
}

impl Link {
    /// Subscribes in the background.
    pub fn over_http(
        inputs: Sender<Input>,
        framework: &str,
        executor: &str,
    ) -> Result<Self, Error> {
        let config = Config {
            content_type: ContentType::Protobuf,
            variables: Variables::of_process(),
        };
        let client = Client::new(Box::new(Forward { inputs }), &config)
            .map_err(|error| Error::Unusable(error.to_string()))?;
        client.start();
        let session = Session::new(framework, executor);
        Ok(Self::Http(Box::new(Http {
            client,
            session,
            is_shut_down: false,
        })))
    }

    pub fn send(&mut self, status: TaskStatus) {
        match self {
            Self::Driver(driver) => {
                driver.send_status_update(status.encode_to_vec().into());
            }
            Self::Http(http) => {
                let uuid = uuid::Uuid::new_v4().into_bytes().to_vec().into();
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let timestamp = now.unwrap_or_default().as_secs_f64();
                if let Some(call) = http.session.update(status, uuid, timestamp) {
                    http.call(&call);
                }
            }
        }
    }

    /// What the client told becomes events for the machine.
    pub fn on_told(&mut self, now: Instant, told: Told) -> Result<Vec<Event>, Error> {
        let Self::Http(http) = self else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        match told {
            Told::Connected => http.session.on_connected(now, &mut out),
            Told::Disconnected => http.session.on_disconnected(),
            Told::Received(events) => {
                for event in events {
                    // The two versions of an event differ in names only.
                    let event = AgentEvent::decode(event);
                    let event = event.map_err(|error| Error::Unusable(error.to_string()))?;
                    http.session.on_event(event, &mut out);
                }
            }
        }
        Ok(http.carry_out(out))
    }

    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Driver(_) => None,
            Self::Http(http) => http.session.deadline(),
        }
    }

    pub fn on_time(&mut self, now: Instant) {
        if let Self::Http(http) = self {
            let mut out = Vec::new();
            http.session.on_time(now, &mut out);
            http.carry_out(out);
        }
    }

    pub fn abort(&self) {
        match self {
            Self::Driver(driver) => {
                driver.abort();
            }
            Self::Http(_) => {}
        }
    }

    /// The end; over HTTP it is a failure if the agent has not heard everything.
    pub fn stop(self) -> Result<(), Error> {
        match self {
            Self::Driver(driver) => match driver.stop() {
                Status::Stopped => Ok(()),
                other => Err(Error::Driver(other)),
            },
            Self::Http(http) if http.session.is_settled() || http.is_shut_down => Ok(()),
            Self::Http(_) => Err(Error::Unconfirmed),
        }
    }
}

impl Http {
    fn call(&self, call: &Call) {
        self.client.send(call.encode_to_vec().into());
    }

    fn carry_out(&mut self, outcomes: Vec<Outcome>) -> Vec<Event> {
        let mut events = Vec::new();
        for outcome in outcomes {
            match outcome {
                Outcome::Call(call) => self.call(&call),
                Outcome::Tell(event) => {
                    self.is_shut_down |= matches!(event, Event::Shutdown);
                    events.push(event);
                }
            }
        }
        events
    }
}
