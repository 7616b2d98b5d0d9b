//! `/api/v1/scheduler`: reads a call, asks the machine, answers.
//!
//! Compat: HTTP-28, HTTP-29, HTTP-3, HTTP-9b, ZK-15, libprocess §6.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use mesos_process::http::{Body, Request, Response, Route, Router, accept};
use mesos_proto::{convert, json, mesos::scheduler, wire};
use tokio::sync::oneshot;

use super::{
    Input, Requests,
    decode::keeping,
    streams::{Caller, Encoding, Stream},
};
use crate::{
    event::{CallAnswer, SchedulerRequest},
    snapshot::Snapshot,
    state::StreamId,
    view::not_leading,
};

pub(super) const REALM: &str = "mesos-master-scheduler";

const CALL: &str = "mesos.v1.scheduler.Call";
/// `Call.type`
const TYPE: u32 = 2;
const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

pub(super) fn mount(router: &mut Router, snapshots: &Arc<ArcSwap<Snapshot>>, requests: &Requests) {
    let (snapshots, requests) = (Arc::clone(snapshots), requests.clone());
    let route = Route::new(move |request: Request| {
        let (snapshots, requests) = (Arc::clone(&snapshots), requests.clone());
        async move {
            if let Err(refusal) = admit(&request, &snapshots.load()) {
                return refusal;
            }
            call(&request, &requests)
                .await
                .unwrap_or_else(|refusal| refusal)
        }
    });
    let help =
        "Calls of frameworks, in JSON or protobuf; SUBSCRIBE opens the stream of their events.";
    router.add(
        "master",
        "/api/v1/scheduler",
        route.realm(Some(REALM)).help(help),
    );
}

/// What is checked before the body is looked at.
fn admit(request: &Request, snapshot: &Snapshot) -> Result<(), Response> {
    if request
        .principal
        .as_ref()
        .is_some_and(|principal| principal.value.is_none())
    {
        return Err(Response::forbidden(
            "The authenticated principal has claims but no value; this API needs a value",
        ));
    }
    if let Some(elsewhere) = not_leading(snapshot, request) {
        return Err(elsewhere);
    }
    if !snapshot.recovered {
        return Err(Response::unavailable("Master has not finished recovery"));
    }
    if request.method != "POST" {
        return Err(Response::method_not_allowed(&["POST"], &request.method));
    }
    Ok(())
}

async fn call(request: &Request, requests: &Requests) -> Result<Response, Response> {
    let (call, original) = decode(request)?;
    let encoding = accepted(request);
    let mut body = Body::Empty;
    let mut stream = None;
    if let (scheduler::call::Type::Subscribe, Some(encoding)) = (call.r#type(), encoding) {
        let (writer, reader) = Stream::new(encoding);
        (stream, body) = (Some(writer), reader);
    }
    let (answer, reply) = oneshot::channel();
    let principal = request.principal.as_ref();
    let asked = SchedulerRequest {
        call,
        original,
        principal: principal.and_then(|principal| principal.value.clone()),
        stream: request.header("mesos-stream-id").map(str::to_owned),
        acceptable: encoding.is_some(),
        fresh: StreamId(uuid::Uuid::new_v4().as_u128()),
    };
    let input = Input::Call {
        request: Box::new(asked),
        caller: Caller { answer, stream },
    };
    let gone = |_| Response::unavailable("The master is ending");
    requests.inputs.send(input).map_err(|_| gone(()))?;
    let answer = reply.await.map_err(|_| gone(()))?;
    Ok(respond(answer, encoding, body))
}

fn respond(answer: CallAnswer, encoding: Option<Encoding>, body: Body) -> Response {
    match answer {
        CallAnswer::Subscribed(id) => {
            let content_type = match encoding {
                Some(Encoding::Protobuf) => PROTOBUF,
                Some(Encoding::Json) | None => JSON,
            };
            Response::content(content_type, body).header("Mesos-Stream-Id", id.to_string())
        }
        CallAnswer::Done => Response::ok(),
        CallAnswer::Accepted => Response::accepted(),
        CallAnswer::BadRequest(text) => Response::bad_request(text),
        CallAnswer::Forbidden(text) => Response::forbidden(text),
        CallAnswer::NotAcceptable(text) => Response::with_text(406, text),
        CallAnswer::NotImplemented(text) => Response::not_implemented(text),
        CallAnswer::Unavailable(text) => Response::unavailable(text),
    }
}

/// JSON is preferred, as the original does, whatever the qualities say.
fn accepted(request: &Request) -> Option<Encoding> {
    let allows = |media_type| accept::allows(&request.headers, "accept", media_type);
    if allows(JSON) {
        Some(Encoding::Json)
    } else if allows(PROTOBUF) {
        Some(Encoding::Protobuf)
    } else {
        None
    }
}

/// The call in its v0 form, with its bytes if those hold more.
fn decode(request: &Request) -> Result<(scheduler::Call, Option<Bytes>), Response> {
    let Some(content_type) = request.header("content-type") else {
        return Err(Response::bad_request(
            "Expecting 'Content-Type' to be present",
        ));
    };
    let v1 = match content_type {
        PROTOBUF => match wire::check(CALL, &request.body) {
            Ok(_) => request.body.clone(),
            Err(_) => {
                return Err(Response::bad_request(
                    "Failed to parse body into Call protobuf",
                ));
            }
        },
        JSON => from_json(&request.body).map_err(Response::bad_request)?,
        _ => {
            return Err(Response::with_text(
                415,
                format!("Expecting 'Content-Type' of {JSON} or {PROTOBUF}"),
            ));
        }
    };
    let v0 = convert::devolve_bytes(CALL, &v1);
    match keeping::<scheduler::Call>(&v0) {
        Ok((mut call, original)) => {
            // A type of the future is as good as UNKNOWN; only a call without a type has none.
            if call.r#type.is_none() && wire::varint(&v0, TYPE).is_some() {
                call.r#type = Some(scheduler::call::Type::Unknown as i32);
            }
            Ok((*call, original))
        }
        Err(error) => Err(Response::bad_request(format!(
            "Failed to parse body into Call protobuf: {error}"
        ))),
    }
}

fn from_json(body: &[u8]) -> Result<Bytes, String> {
    let value =
        json::parse(body).map_err(|error| format!("Failed to parse body into JSON: {error}"))?;
    let failed = |error: String| format!("Failed to convert JSON into Call protobuf: {error}");
    let bytes = json::read(CALL, &value).map_err(|error| failed(error.to_string()))?;
    match wire::check(CALL, &bytes) {
        Ok(_) => Ok(bytes.into()),
        Err(wire::WireError::Missing { fields, .. }) => Err(failed(format!(
            "Missing required fields: {}",
            fields.join(", ")
        ))),
        Err(other) => Err(failed(other.to_string())),
    }
}
