//! The program's side of HTTP: whole answers with retries, and answers that go on for ever.
//!
//! It waits where it is called. Requests run on the process crate's client, each on a small runtime
//! of its own, so a client may be shared between threads.
//!
//! Compat: operations §3.3 (retries), §3.2 (credentials).

use crate::address::Address;
use base64::Engine as _;
use bytes::Bytes;
use mesos_process::http::client::{ClientError, ClientRequest, ClientResponse, send};
use serde_json::Value;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How long one request may take when the configuration does not say.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two attempts to read an endpoint.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// After that the last error is told.
const RETRY_LIMIT: Duration = Duration::from_secs(5);
/// A master that does not lead sends to the one that does.
const MAX_REDIRECTS: usize = 4;
/// How much of an unexpected answer is shown.
const SHOWN_BODY_BYTES: usize = 500;

/// A client with what the configuration says about requests.
#[derive(Clone, Debug)]
pub struct Http {
    pub timeout: Duration,
    /// Principal and secret.
    pub credential: Option<(String, String)>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            credential: None,
        }
    }
}

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// No answer: worth another attempt.
    Unreachable(String),
    /// An answer other than the wanted one.
    Status { code: u16, body: String },
    /// An answer that cannot be read.
    Malformed(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Malformed(why) => f.write_str(why),
            Self::Status { code, body } => {
                let reason = http::StatusCode::from_u16(*code)
                    .ok()
                    .and_then(|status| status.canonical_reason());
                write!(f, "{code} {}", reason.unwrap_or("unknown status"))?;
                let body = body.trim();
                if body.is_empty() {
                    return Ok(());
                }
                let shown: String = body.chars().take(SHOWN_BODY_BYTES).collect();
                write!(f, ": {shown}")
            }
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer itself when it is of the 200s, otherwise its error.
    pub fn successful(self) -> Result<Self, HttpError> {
        if self.status / 100 == 2 {
            return Ok(self);
        }
        Err(HttpError::Status {
            code: self.status,
            body: self.text(),
        })
    }

    pub fn json(&self) -> Result<Value, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let shown: String = self.text().chars().take(SHOWN_BODY_BYTES).collect();
            HttpError::Malformed(format!("Could not load JSON from '{shown}': {error}"))
        })
    }
}

/// Escapes what may not stand in a query's value.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Http {
    /// One GET without retries, whatever its status.
    pub fn get(&self, at: &Address, path: &str) -> Result<Answer, HttpError> {
        self.whole(at, path, ClientRequest::get)
    }

    /// GET of JSON, tried again while nobody answers.
    pub fn get_json(&self, at: &Address, path: &str) -> Result<Value, HttpError> {
        let deadline = Instant::now() + RETRY_LIMIT;
        loop {
            match self.get(at, path).and_then(Answer::successful) {
                Err(error) if error.may_pass() && Instant::now() + RETRY_PAUSE < deadline => {
                    pause(RETRY_PAUSE);
                }
                Err(error) => return Err(error),
                Ok(answer) => return answer.json(),
            }
        }
    }

    /// POST of a JSON call, whatever its status.
    pub fn post_json(&self, at: &Address, path: &str, call: &Value) -> Result<Answer, HttpError> {
        let body = Bytes::from(call.to_string());
        self.whole(at, path, |url| {
            ClientRequest::post(url, "application/json", body.clone())
                .header("Accept", "application/json")
        })
    }

    /// POST of a form's fields, whatever its status.
    pub fn post_form(&self, at: &Address, path: &str, body: &str) -> Result<Answer, HttpError> {
        let body = Bytes::from(body.to_owned());
        let kind = "application/x-www-form-urlencoded";
        self.whole(at, path, |url| ClientRequest::post(url, kind, body.clone()))
    }

    /// GET of an answer that goes on for ever; only getting its head is limited in time.
    pub fn follow(
        &self,
        at: &Address,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Stream, HttpError> {
        let runtime = runtime()?;
        let response = runtime.block_on(self.head(at, path, |url| {
            let request = ClientRequest::get(url);
            headers.iter().fold(request, |request, (name, value)| {
                request.header(name, *value)
            })
        }))?;
        Ok(Stream {
            status: response.status,
            runtime,
            response,
        })
    }

    /// Sends a JSON call whose answer is a stream; only getting its head is limited in time.
    pub fn open(
        &self,
        at: &Address,
        path: &str,
        call: &Value,
        headers: &[(&str, &str)],
    ) -> Result<Stream, HttpError> {
        let body = Bytes::from(call.to_string());
        let runtime = runtime()?;
        let response = runtime.block_on(self.head(at, path, |url| {
            let request = ClientRequest::post(url, "application/json", body.clone());
            headers.iter().fold(request, |request, (name, value)| {
                request.header(name, *value)
            })
        }))?;
        Ok(Stream {
            status: response.status,
            runtime,
            response,
        })
    }

    fn whole(
        &self,
        at: &Address,
        path: &str,
        request: impl Fn(String) -> ClientRequest,
    ) -> Result<Answer, HttpError> {
        runtime()?.block_on(async {
            let response = self.head(at, path, request).await?;
            let status = response.status;
            let body = tokio::time::timeout(self.timeout, response.bytes());
            let body = body.await.map_err(|_| self.timed_out(at))?;
            let body = body.map_err(unreachable)?;
            Ok(Answer { status, body })
        })
    }

    /// Sends it, to the leading master when another one answers, and reads the head of the answer.
    async fn head(
        &self,
        at: &Address,
        path: &str,
        request: impl Fn(String) -> ClientRequest,
    ) -> Result<ClientResponse, HttpError> {
        let mut url = format!("http://{at}{path}");
        for _ in 0..MAX_REDIRECTS {
            let mut request = request(url.clone());
            if let Some((principal, secret)) = &self.credential {
                let text = format!("{principal}:{secret}");
                let text = base64::engine::general_purpose::STANDARD.encode(text);
                request = request.header("Authorization", format!("Basic {text}"));
            }
            let answer = tokio::time::timeout(self.timeout, send(request));
            let answer = answer.await.map_err(|_| self.timed_out(at))?;
            let answer = answer.map_err(unreachable)?;
            if answer.status != 307 {
                return Ok(answer);
            }
            let leader = answer.header("location").and_then(|to| leader(to, path));
            url = leader.ok_or_else(|| {
                let to = answer.header("location").unwrap_or_default();
                HttpError::Malformed(format!("{at} redirects to '{to}'"))
            })?;
        }
        Err(HttpError::Malformed(format!("{at} redirects in a circle")))
    }

    fn timed_out(&self, at: &Address) -> HttpError {
        let seconds = self.timeout.as_secs_f64();
        HttpError::Unreachable(format!("{at} did not answer within {seconds} seconds"))
    }
}

/// Waits where only asking again shows what has changed.
#[expect(
    clippy::disallowed_methods,
    reason = "the other side tells nothing by itself: there is no event to wait for"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Where the leading master has the same path; credentials must not go anywhere else.
fn leader(location: &str, path: &str) -> Option<String> {
    let rest = location
        .strip_prefix("http://")
        .or_else(|| location.strip_prefix("//"))?;
    let (host, there) = rest.find('/').map(|slash| rest.split_at(slash))?;
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    (bare(there) == bare(path)).then(|| format!("http://{host}{path}"))
}

fn runtime() -> Result<Runtime, HttpError> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| HttpError::Malformed(format!("cannot wait for the network: {error}")))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map_err by name"
)]
fn unreachable(error: ClientError) -> HttpError {
    match &error {
        ClientError::BadUrl(_) | ClientError::Decode(_) | ClientError::TooLarge(_) => {
            HttpError::Malformed(error.to_string())
        }
        _ => HttpError::Unreachable(error.to_string()),
    }
}

impl HttpError {
    /// Whether another attempt may do better.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status { code, .. } => *code == 503,
            Self::Malformed(_) => false,
        }
    }
}

/// A body that arrives piece by piece.
#[derive(Debug)]
pub struct Stream {
    pub status: u16,
    runtime: Runtime,
    response: ClientResponse,
}

impl Stream {
    /// The next piece; `None` at the end, and also when `within` has passed without one.
    pub fn piece(&mut self, within: Option<Duration>) -> Result<Piece, HttpError> {
        let Self {
            runtime, response, ..
        } = self;
        let piece = runtime.block_on(async {
            match within {
                None => Some(response.chunk().await),
                Some(within) => tokio::time::timeout(within, response.chunk()).await.ok(),
            }
        });
        match piece {
            None => Ok(Piece::NotYet),
            Some(Ok(Some(bytes))) => Ok(Piece::Bytes(bytes)),
            Some(Ok(None)) => Ok(Piece::End),
            Some(Err(error)) => Err(unreachable(error)),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// All that is left of an answer that is no stream, as text.
    pub fn text(mut self) -> String {
        let mut all = Vec::new();
        while let Ok(Piece::Bytes(bytes)) = self.piece(Some(DEFAULT_TIMEOUT)) {
            all.extend_from_slice(&bytes);
            if all.len() > SHOWN_BODY_BYTES {
                break;
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// What [`Stream::piece`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Bytes(Bytes),
    NotYet,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_path_of_the_leader_is_followed() {
        let to = leader("//10.0.0.2:5050/master/state", "/master/state?jsonp=x");
        assert_eq!(
            to.as_deref(),
            Some("http://10.0.0.2:5050/master/state?jsonp=x")
        );
        assert_eq!(leader("http://10.0.0.2/elsewhere", "/state"), None);
        assert_eq!(leader("https://10.0.0.2/state", "/state"), None);
        assert_eq!(leader("/state", "/state"), None);
    }

    #[test]
    fn a_query_is_escaped() {
        assert_eq!(escaped("/var/a b&c=é"), "/var/a%20b%26c%3D%C3%A9");
    }

    #[test]
    fn an_error_shows_the_status_and_the_answer() {
        let error = HttpError::Status {
            code: 401,
            body: "\n".to_owned(),
        };
        assert_eq!(error.to_string(), "401 Unauthorized");
        let error = HttpError::Status {
            code: 400,
            body: "no such call".to_owned(),
        };
        assert_eq!(error.to_string(), "400 Bad Request: no such call");
    }
}
