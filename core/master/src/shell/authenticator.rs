//! The server side of CRAM-MD5: one process `crammd5-authenticator-session(N)` for each attempt.
//!
//! Compat: AUTHN-1 … AUTHN-4c, S16. Without credentials it runs all the same and refuses everybody.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use mesos_auth::{
    Credential,
    cram_md5::{FromClient, MECHANISM, Server, ServerAction},
};
use mesos_process::{Envelope, LinkMode, Mailbox, Node, Upid};
use mesos_proto::{internal, mesos as pb, wire};
use prost::{Message, Name};
use tokio::{sync::mpsc, task::AbortHandle};

use super::{
    Input,
    settings::{Settings, StartError},
};
use crate::event::{Authenticated, Event};

/// Reads `--credentials`.
///
/// # Errors
/// A file that cannot be read, is empty or is not the JSON object that it should be.
pub(super) fn read_credentials(path: &Path) -> Result<Vec<Credential>, StartError> {
    let failed = |reason: &str| {
        StartError(format!(
            "Failed to read credentials file '{}': {reason} (see --credentials flag)",
            path.display()
        ))
    };
    let bytes = std::fs::read(path).map_err(|error| {
        let text = error.to_string();
        failed(text.split(" (os error").next().unwrap_or_default())
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(failed("it is empty"));
    }
    let read: pb::Credentials =
        mesos_proto::json::from_slice(&bytes).map_err(|error| failed(&error.to_string()))?;
    let credentials = read.credentials.into_iter().map(|one| Credential {
        principal: one.principal,
        secret: one.secret.unwrap_or_default().into_bytes(),
    });
    Ok(credentials.collect())
}

/// Starts and ends sessions.
pub(super) struct Authenticator {
    node: Node,
    secrets: Arc<HashMap<String, Vec<u8>>>,
    timeout: Duration,
    host: String,
    sessions: HashMap<u64, AbortHandle>,
}

impl Authenticator {
    pub fn new(settings: &Settings, node: Node, host: String) -> Self {
        let secrets = settings.credentials.iter();
        let secrets = secrets.map(|one| (one.principal.clone(), one.secret.clone()));
        Self {
            node,
            secrets: Arc::new(secrets.collect()),
            timeout: settings.authentication_timeout,
            host,
            sessions: HashMap::new(),
        }
    }

    /// Talks with `client`; how it ends for `pid` goes to the machine.
    pub fn begin(
        &mut self,
        number: u64,
        client: Upid,
        pid: Upid,
        inputs: mpsc::UnboundedSender<Input>,
    ) {
        let unique = uuid::Uuid::new_v4().as_u64_pair().0;
        let session = Session {
            mailbox: self
                .node
                .spawn(&format!("crammd5-authenticator-session({number})")),
            node: self.node.clone(),
            client,
            server: Server::new(unique, std::process::id(), &self.host),
            secrets: Arc::clone(&self.secrets),
        };
        let timeout = self.timeout;
        let task = tokio::spawn(async move {
            let mut session = session;
            let result = tokio::time::timeout(timeout, session.converse()).await;
            let (result, last) = result.unwrap_or_else(|_| {
                let problem = "Authentication timed out".to_owned();
                (Authenticated::Failed(problem), None)
            });
            if let Some(last) = last {
                session.send(last);
            }
            // What the client asks before this arrives waits for it (AUTHN-4).
            // A closed channel means that the master has ended.
            let _ = inputs.send(Input::Event(Event::Authenticated {
                number,
                pid,
                result,
            }));
        });
        self.sessions.insert(number, task.abort_handle());
    }

    /// Forgets a session; one that a newer attempt replaces is ended by this.
    pub fn end(&mut self, number: u64) {
        if let Some(session) = self.sessions.remove(&number) {
            session.abort();
        }
    }
}

impl Drop for Authenticator {
    fn drop(&mut self) {
        for session in self.sessions.values() {
            session.abort();
        }
    }
}

struct Session {
    mailbox: Mailbox,
    node: Node,
    client: Upid,
    server: Server,
    secrets: Arc<HashMap<String, Vec<u8>>>,
}

impl Session {
    /// The outcome, and the message that tells the client.
    async fn converse(&mut self) -> (Authenticated, Option<ServerAction>) {
        let me = self.mailbox.upid().clone();
        self.node.link(&me, &self.client, LinkMode::Reuse);
        let first = self.server.begin();
        self.send(first);
        while let Some(envelope) = self.mailbox.recv().await {
            let message = match envelope {
                Envelope::Exited { .. } => break,
                Envelope::Message {
                    from, name, body, ..
                } if from == self.client => decode(&name, &body),
                Envelope::Message { .. } => None,
            };
            let Some(message) = message else { continue };
            let secrets = &self.secrets;
            let action = self
                .server
                .on(message, |principal| secrets.get(principal).cloned());
            let result = match &action {
                None => break,
                Some(ServerAction::Mechanisms | ServerAction::Step(_)) => None,
                Some(ServerAction::Completed(principal)) => {
                    Some(Authenticated::As(principal.clone()))
                }
                Some(ServerAction::Failed) => Some(Authenticated::Refused),
                Some(ServerAction::Error(problem)) => Some(Authenticated::Failed(problem.clone())),
            };
            match (result, action) {
                (Some(result), action) => return (result, action),
                (None, Some(action)) => self.send(action),
                (None, None) => break,
            }
        }
        (
            Authenticated::Failed("the client disconnected".to_owned()),
            None,
        )
    }

    fn send(&self, action: ServerAction) {
        match action {
            ServerAction::Mechanisms => self.post(&internal::AuthenticationMechanismsMessage {
                mechanisms: vec![MECHANISM.to_owned()],
            }),
            ServerAction::Step(data) => {
                self.post(&internal::AuthenticationStepMessage { data: data.into() });
            }
            ServerAction::Completed(_) => self.post(&internal::AuthenticationCompletedMessage {}),
            ServerAction::Failed => self.post(&internal::AuthenticationFailedMessage {}),
            ServerAction::Error(error) => {
                self.post(&internal::AuthenticationErrorMessage { error: Some(error) });
            }
        }
    }

    fn post<M: Message + Name>(&self, message: &M) {
        self.node.send(
            self.mailbox.upid(),
            &self.client,
            &M::full_name(),
            message.encode_to_vec().into(),
        );
    }
}

/// `None` for what is malformed or not part of the conversation.
fn decode(name: &str, body: &Bytes) -> Option<FromClient> {
    match name {
        "mesos.internal.AuthenticationStartMessage" => {
            let message: internal::AuthenticationStartMessage = wire::decode(body).ok()?;
            Some(FromClient::Start {
                mechanism: message.mechanism,
                data: message.data.unwrap_or_default().to_vec(),
            })
        }
        "mesos.internal.AuthenticationStepMessage" => {
            let message: internal::AuthenticationStepMessage = wire::decode(body).ok()?;
            Some(FromClient::Step(message.data.to_vec()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authn_1_credentials_are_a_json_object() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            read_credentials(&file)
        };
        let good = r#"{"credentials":[{"principal":"p","secret":"s"}]}"#;
        let credentials = read(good).unwrap();
        assert_eq!(credentials[0].principal, "p");
        assert_eq!(credentials[0].secret, b"s");
        for bad in ["", "\n", "p s", "{"] {
            let error = read(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("Failed to read credentials file '"),
                "{error}"
            );
        }
    }
}
