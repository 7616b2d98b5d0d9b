//! A client of the v1 scheduler API, in JSON or protobuf.

use mesos_master::shell::RunningMaster;
use mesos_process::{
    http::client::{self, ClientRequest, ClientResponse},
    recordio,
};
use mesos_proto::{
    json,
    v1::{self, scheduler::Event},
};
use prost::Message;

use super::peers::PATIENCE;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Protobuf,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }

    fn write(self, call: &v1::scheduler::Call) -> Vec<u8> {
        match self {
            Self::Json => json::to_vec(call),
            Self::Protobuf => call.encode_to_vec(),
        }
    }
}

/// One subscribed framework.
pub struct Subscriber {
    url: String,
    pub format: Format,
    pub stream: String,
    pub framework: v1::FrameworkId,
    response: ClientResponse,
    decoder: recordio::Decoder,
    /// Basic credentials, ready for the header.
    authorization: Option<String>,
}

pub fn framework_info(name: &str) -> v1::FrameworkInfo {
    v1::FrameworkInfo {
        user: "nobody".to_owned(),
        name: name.to_owned(),
        ..v1::FrameworkInfo::default()
    }
}

pub fn subscribe_call(info: v1::FrameworkInfo) -> v1::scheduler::Call {
    v1::scheduler::Call {
        framework_id: info.id.clone(),
        r#type: Some(v1::scheduler::call::Type::Subscribe as i32),
        subscribe: Some(v1::scheduler::call::Subscribe {
            framework_info: info,
            ..v1::scheduler::call::Subscribe::default()
        }),
        ..v1::scheduler::Call::default()
    }
}

pub fn request(
    master: &RunningMaster,
    format: Format,
    call: &v1::scheduler::Call,
) -> ClientRequest {
    let url = format!("http://{}/api/v1/scheduler", master.address);
    ClientRequest::post(url, format.media_type(), format.write(call))
        .header("Accept", format.media_type())
}

impl Subscriber {
    /// Subscribes; SUBSCRIBED and the first heartbeat are taken.
    pub async fn new(master: &RunningMaster, format: Format, info: v1::FrameworkInfo) -> Self {
        Self::with(master, format, info, None).await
    }

    pub async fn with(
        master: &RunningMaster,
        format: Format,
        info: v1::FrameworkInfo,
        authorization: Option<String>,
    ) -> Self {
        let mut subscriber = Self::open(master, format, info, authorization).await;
        let event = subscriber
            .expect(v1::scheduler::event::Type::Subscribed)
            .await;
        let subscribed = event.subscribed.expect("it is set");
        assert_eq!(subscribed.heartbeat_interval_seconds, Some(15.0));
        subscriber.framework = subscribed.framework_id;
        let next = subscriber.next().await.expect("a heartbeat");
        assert_eq!(next.r#type(), v1::scheduler::event::Type::Heartbeat);
        subscriber
    }

    /// Opens a stream, whatever comes over it.
    pub async fn open(
        master: &RunningMaster,
        format: Format,
        info: v1::FrameworkInfo,
        authorization: Option<String>,
    ) -> Self {
        let mut request = request(master, format, &subscribe_call(info));
        let url = request.url.clone();
        if let Some(credentials) = &authorization {
            request = request.header("Authorization", credentials.clone());
        }
        let response = client::send(request).await.expect("the master answers");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some(format.media_type()));
        let stream = response.header("mesos-stream-id").expect("it is set");
        Self {
            url,
            format,
            stream: stream.to_owned(),
            framework: v1::FrameworkId::default(),
            response,
            decoder: recordio::Decoder::new(),
            authorization,
        }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        let record = self.next_record().await?;
        Some(match self.format {
            Format::Json => json::from_slice(&record).expect("a valid event"),
            Format::Protobuf => Event::decode(record).expect("a valid event"),
        })
    }

    /// The text of the next event of that type.
    pub async fn next_text(&mut self, kind: &str) -> String {
        loop {
            let record = self.next_record().await.expect("the stream goes on");
            let text = String::from_utf8_lossy(&record).into_owned();
            if text.starts_with(&format!("{{\"type\":\"{kind}\"")) {
                return text;
            }
        }
    }

    async fn next_record(&mut self) -> Option<bytes::Bytes> {
        loop {
            if let Some(record) = self.decoder.next_record().expect("a valid stream") {
                return Some(record);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            match chunk.expect("an event in time").expect("a valid body") {
                Some(bytes) => self.decoder.feed(&bytes),
                None => return None,
            }
        }
    }

    /// The next event of that type; heartbeats are skipped.
    pub async fn expect(&mut self, kind: v1::scheduler::event::Type) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.r#type() == kind {
                return event;
            }
            let skipped = event.r#type();
            assert!(
                skipped == v1::scheduler::event::Type::Heartbeat
                    || skipped == v1::scheduler::event::Type::Offers,
                "{skipped:?} instead of {kind:?}"
            );
        }
    }

    pub fn call(&self, kind: v1::scheduler::call::Type) -> v1::scheduler::Call {
        v1::scheduler::Call {
            framework_id: Some(self.framework.clone()),
            r#type: Some(kind as i32),
            ..v1::scheduler::Call::default()
        }
    }

    /// Status and text of the answer to a call.
    pub async fn send(&self, call: &v1::scheduler::Call) -> (u16, String) {
        let body = self.format.write(call);
        let mut request = ClientRequest::post(&self.url, self.format.media_type(), body)
            .header("Mesos-Stream-Id", &self.stream);
        if let Some(credentials) = &self.authorization {
            request = request.header("Authorization", credentials.clone());
        }
        let response = client::send(request).await.expect("the master answers");
        let status = response.status;
        let text = response.bytes().await.expect("a body");
        (status, String::from_utf8_lossy(&text).into_owned())
    }

    /// A call that must be taken.
    pub async fn accepted(&self, call: &v1::scheduler::Call) {
        assert_eq!(self.send(call).await, (202, String::new()));
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The connection breaks.
    pub fn leave(self) -> v1::FrameworkId {
        self.framework
    }
}
