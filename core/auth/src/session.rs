//! Runs the client side of one attempt over a node, as process `crammd5-authenticatee(N)`.
//!
//! Compat: AUTHN-2 (client), S16, libprocess §8.12.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mesos_process::{Envelope, Mailbox, Node, Upid};
use mesos_proto::internal::{
    AuthenticateMessage, AuthenticationErrorMessage, AuthenticationMechanismsMessage,
    AuthenticationStartMessage, AuthenticationStepMessage,
};
use mesos_proto::wire;
use prost::Message;

use crate::cram_md5::{Client, ClientAction, FromServer, MECHANISM};
use crate::{Credential, Outcome};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Authenticates `pid`, a process of `node`, with the master at `master`. Dropping the future ends the attempt.
pub async fn authenticate(
    node: &Node,
    pid: &Upid,
    master: &Upid,
    credential: &Credential,
    timeout: Duration,
) -> Outcome {
    let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let mut mailbox = node.spawn(&format!("crammd5-authenticatee({number})"));
    let me = mailbox.upid().clone();
    let request = AuthenticateMessage {
        pid: pid.to_string(),
    };
    node.send(
        &me,
        master,
        "mesos.internal.AuthenticateMessage",
        request.encode_to_vec().into(),
    );
    let conversation = converse(node, &mut mailbox, &me, credential);
    match tokio::time::timeout(timeout, conversation).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::Failed("Authentication timed out".to_owned()),
    }
}

async fn converse(
    node: &Node,
    mailbox: &mut Mailbox,
    me: &Upid,
    credential: &Credential,
) -> Outcome {
    let mut client = Client::new(credential.clone());
    while let Some(envelope) = mailbox.recv().await {
        let Envelope::Message {
            from, name, body, ..
        } = envelope
        else {
            continue;
        };
        let Some(message) = decode(&name, &body) else {
            continue;
        };
        match client.on(message) {
            None => break,
            Some(ClientAction::Finish(outcome)) => return outcome,
            Some(ClientAction::Start) => {
                let start = AuthenticationStartMessage {
                    mechanism: MECHANISM.to_owned(),
                    data: Some(Bytes::new()),
                };
                node.send(
                    me,
                    &from,
                    "mesos.internal.AuthenticationStartMessage",
                    start.encode_to_vec().into(),
                );
            }
            Some(ClientAction::Step(data)) => {
                let step = AuthenticationStepMessage { data: data.into() };
                node.send(
                    me,
                    &from,
                    "mesos.internal.AuthenticationStepMessage",
                    step.encode_to_vec().into(),
                );
            }
        }
    }
    Outcome::Failed("the node was shut down".to_owned())
}

/// `None` for messages that are malformed or not part of the conversation.
fn decode(name: &str, body: &Bytes) -> Option<FromServer> {
    match name {
        "mesos.internal.AuthenticationMechanismsMessage" => {
            wire::decode::<AuthenticationMechanismsMessage>(body)
                .ok()
                .map(|m| FromServer::Mechanisms(m.mechanisms))
        }
        "mesos.internal.AuthenticationStepMessage" => {
            wire::decode::<AuthenticationStepMessage>(body)
                .ok()
                .map(|m| FromServer::Step(m.data.to_vec()))
        }
        "mesos.internal.AuthenticationCompletedMessage" => Some(FromServer::Completed),
        "mesos.internal.AuthenticationFailedMessage" => Some(FromServer::Failed),
        "mesos.internal.AuthenticationErrorMessage" => {
            let message = wire::decode::<AuthenticationErrorMessage>(body).ok()?;
            Some(FromServer::Error(message.error.unwrap_or_default()))
        }
        _ => None,
    }
}
