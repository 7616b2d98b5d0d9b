//! Calls that change something: what the master refuses is told in its own words.

use crate::cluster::Master;
use crate::failure::Failure;
use crate::http::Answer;
use serde_json::{Value, json};

/// The v1 operator API.
const API: &str = "/api/v1";

/// A call of the v1 operator API.
pub fn call(master: &Master, kind: &str, body: (&str, Value)) -> Result<Answer, Failure> {
    let (key, body) = body;
    let call = json!({ "type": kind, key: body });
    let answer = master.http.post_json(&master.address, API, &call);
    accepted(master, answer.map_err(|error| failed(master, &error))?)
}

/// The answer, if it is one of success.
pub fn accepted(master: &Master, answer: Answer) -> Result<Answer, Failure> {
    if answer.status / 100 == 2 {
        return Ok(answer);
    }
    let text = answer.text();
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::error(format!(
            "The master at {} answers {}",
            master.address, answer.status
        )));
    }
    Err(Failure::error(text))
}

pub fn failed(master: &Master, error: &crate::http::HttpError) -> Failure {
    Failure::error(format!(
        "Could not ask the master at {}: {error}",
        master.address
    ))
}
