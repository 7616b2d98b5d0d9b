//! The CRAM-MD5 conversation, both sides, as machines: messages in, messages out.
//!
//! Compat: AUTHN-2, AUTHN-4c, S16, libprocess §8.12. Message bodies are decoded by the caller.

use hmac::{Hmac, Mac};
use md5::Md5;

use crate::{Credential, Outcome};

pub const MECHANISM: &str = "CRAM-MD5";
/// No challenge or answer of a real peer comes near this.
pub const DATA_BYTES_MAX: usize = 4096;

/// The answer to a challenge: the principal, a blank, and the HMAC in lower-case hex.
#[must_use]
pub fn answer(credential: &Credential, challenge: &[u8]) -> Vec<u8> {
    let mut text = credential.principal.clone().into_bytes();
    text.push(b' ');
    text.extend_from_slice(digest(&credential.secret, challenge).as_bytes());
    text
}

fn digest(secret: &[u8], challenge: &[u8]) -> String {
    let mut mac = Hmac::<Md5>::new_from_slice(secret).expect("an HMAC takes a key of any length");
    mac.update(challenge);
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What a client receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromServer {
    Mechanisms(Vec<String>),
    Step(Vec<u8>),
    Completed,
    Failed,
    Error(String),
}

/// What a client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAction {
    /// AuthenticationStartMessage with empty data.
    Start,
    Step(Vec<u8>),
    Finish(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientState {
    Ready,
    Stepping,
    Answered,
    Done,
}

/// The client side, after AuthenticateMessage has been sent.
#[derive(Debug)]
pub struct Client {
    credential: Credential,
    state: ClientState,
}

impl Client {
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self {
            credential,
            state: ClientState::Ready,
        }
    }

    /// `None` once the conversation is over.
    pub fn on(&mut self, message: FromServer) -> Option<ClientAction> {
        if self.state == ClientState::Done {
            return None;
        }
        let (state, action) = match (self.state, message) {
            (_, FromServer::Failed) => return self.finish(Outcome::Refused),
            (_, FromServer::Error(text)) => return self.finish(Outcome::Failed(text)),
            (ClientState::Ready, FromServer::Mechanisms(offered)) => {
                if !offered.iter().any(|name| name == MECHANISM) {
                    return self.fail("the server does not offer CRAM-MD5");
                }
                (ClientState::Stepping, ClientAction::Start)
            }
            (ClientState::Stepping, FromServer::Step(challenge))
                if challenge.len() <= DATA_BYTES_MAX =>
            {
                (
                    ClientState::Answered,
                    ClientAction::Step(answer(&self.credential, &challenge)),
                )
            }
            (ClientState::Answered, FromServer::Completed) => {
                return self.finish(Outcome::Completed);
            }
            (_, FromServer::Mechanisms(_)) => {
                return self.fail("Unexpected authentication 'mechanisms' received");
            }
            (_, FromServer::Step(_)) => {
                return self.fail("Unexpected authentication 'step' received");
            }
            (_, FromServer::Completed) => {
                return self.fail("Unexpected authentication 'completed' received");
            }
        };
        self.state = state;
        Some(action)
    }

    fn finish(&mut self, outcome: Outcome) -> Option<ClientAction> {
        self.state = ClientState::Done;
        Some(ClientAction::Finish(outcome))
    }

    fn fail(&mut self, text: &str) -> Option<ClientAction> {
        self.finish(Outcome::Failed(text.to_owned()))
    }
}

/// What a server receives after AuthenticateMessage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromClient {
    Start { mechanism: String, data: Vec<u8> },
    Step(Vec<u8>),
}

/// What a server sends; `Completed`, `Failed` and `Error` end the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerAction {
    Mechanisms,
    Step(Vec<u8>),
    /// AuthenticationCompletedMessage, for this principal.
    Completed(String),
    /// AuthenticationFailedMessage.
    Failed,
    Error(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ServerState {
    Ready,
    Starting,
    Stepping,
    Done,
}

/// The server side of one attempt.
#[derive(Debug)]
pub struct Server {
    challenge: Vec<u8>,
    state: ServerState,
}

impl Server {
    /// `unique` and `pid` make the challenge distinct; `host` is the server's name.
    #[must_use]
    pub fn new(unique: u64, pid: u32, host: &str) -> Self {
        Self {
            challenge: format!("<{unique}.{pid}@{host}>").into_bytes(),
            state: ServerState::Ready,
        }
    }

    /// The first message to the client.
    pub fn begin(&mut self) -> ServerAction {
        self.state = ServerState::Starting;
        ServerAction::Mechanisms
    }

    /// `secret_of` knows the secrets by principal. `None` once the conversation is over.
    pub fn on(
        &mut self,
        message: FromClient,
        secret_of: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Option<ServerAction> {
        let action = match (&self.state, message) {
            (ServerState::Done, _) => return None,
            (ServerState::Starting, FromClient::Start { mechanism, .. })
                if mechanism == MECHANISM =>
            {
                self.state = ServerState::Stepping;
                return Some(ServerAction::Step(self.challenge.clone()));
            }
            (ServerState::Starting, FromClient::Start { mechanism, .. }) => {
                ServerAction::Error(format!("Mechanism '{mechanism}' is not supported"))
            }
            (ServerState::Stepping, FromClient::Step(data)) => self.judge(&data, secret_of),
            (_, FromClient::Start { .. }) => {
                ServerAction::Error("Unexpected authentication 'start' received".to_owned())
            }
            (_, FromClient::Step(_)) => {
                ServerAction::Error("Unexpected authentication 'step' received".to_owned())
            }
        };
        self.state = ServerState::Done;
        Some(action)
    }

    fn judge(&self, data: &[u8], secret_of: impl Fn(&str) -> Option<Vec<u8>>) -> ServerAction {
        let text = if data.len() <= DATA_BYTES_MAX {
            std::str::from_utf8(data).ok()
        } else {
            None
        };
        let Some((principal, given)) = text.and_then(|text| text.rsplit_once(' ')) else {
            return ServerAction::Failed;
        };
        let Some(secret) = secret_of(principal) else {
            return ServerAction::Failed;
        };
        let mut mac =
            Hmac::<Md5>::new_from_slice(&secret).expect("an HMAC takes a key of any length");
        mac.update(&self.challenge);
        match unhex(given) {
            Some(bytes) if mac.verify_slice(&bytes).is_ok() => {
                ServerAction::Completed(principal.to_owned())
            }
            Some(_) | None => ServerAction::Failed,
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(principal: &str, secret: &str) -> Credential {
        Credential {
            principal: principal.to_owned(),
            secret: secret.as_bytes().to_vec(),
        }
    }

    fn secrets(principal: &str) -> Option<Vec<u8>> {
        (principal == "tim").then(|| b"tanstaaftanstaaf".to_vec())
    }

    /// Runs both machines against each other.
    fn converse(client: Credential) -> (Outcome, ServerAction) {
        let (mut client, mut server) = (Client::new(client), Server::new(42, 7, "host"));
        assert_eq!(server.begin(), ServerAction::Mechanisms);
        let start = client.on(FromServer::Mechanisms(vec![MECHANISM.to_owned()]));
        assert_eq!(start, Some(ClientAction::Start));
        let start = FromClient::Start {
            mechanism: MECHANISM.to_owned(),
            data: vec![],
        };
        let Some(ServerAction::Step(challenge)) = server.on(start, secrets) else {
            panic!("a challenge is due")
        };
        let Some(ClientAction::Step(answer)) = client.on(FromServer::Step(challenge)) else {
            panic!("an answer is due")
        };
        let verdict = server.on(FromClient::Step(answer), secrets).unwrap();
        let last = if matches!(verdict, ServerAction::Completed(_)) {
            FromServer::Completed
        } else {
            FromServer::Failed
        };
        let Some(ClientAction::Finish(outcome)) = client.on(last) else {
            panic!("the end is due")
        };
        (outcome, verdict)
    }

    #[test]
    fn the_answer_is_that_of_the_rfc() {
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        let expected = b"tim b913a602c7eda7a495b4e6e7334d3890";
        assert_eq!(
            answer(&credential("tim", "tanstaaftanstaaf"), challenge),
            expected
        );
    }

    #[test]
    fn a_right_secret_completes_and_a_wrong_one_or_an_unknown_principal_is_refused() {
        let good = converse(credential("tim", "tanstaaftanstaaf"));
        assert_eq!(
            good,
            (
                Outcome::Completed,
                ServerAction::Completed("tim".to_owned())
            )
        );
        assert_eq!(
            converse(credential("tim", "wrong")),
            (Outcome::Refused, ServerAction::Failed)
        );
        assert_eq!(
            converse(credential("tom", "tanstaaftanstaaf")),
            (Outcome::Refused, ServerAction::Failed)
        );
    }

    #[test]
    fn messages_out_of_order_are_errors_on_both_sides() {
        let mut client = Client::new(credential("tim", "x"));
        let action = client.on(FromServer::Completed);
        assert!(matches!(
            action,
            Some(ClientAction::Finish(Outcome::Failed(_)))
        ));
        assert_eq!(client.on(FromServer::Failed), None);

        let mut server = Server::new(1, 1, "h");
        server.begin();
        assert!(matches!(
            server.on(FromClient::Step(vec![]), secrets),
            Some(ServerAction::Error(_))
        ));
        assert_eq!(server.on(FromClient::Step(vec![]), secrets), None);
    }

    #[test]
    fn another_mechanism_is_an_error() {
        let mut server = Server::new(1, 1, "h");
        server.begin();
        let start = FromClient::Start {
            mechanism: "PLAIN".to_owned(),
            data: vec![],
        };
        assert!(matches!(
            server.on(start, secrets),
            Some(ServerAction::Error(_))
        ));
        let mut client = Client::new(credential("tim", "x"));
        let action = client.on(FromServer::Mechanisms(vec!["PLAIN".to_owned()]));
        assert!(matches!(
            action,
            Some(ClientAction::Finish(Outcome::Failed(_)))
        ));
    }

    #[test]
    fn garbage_in_a_step_is_refused_and_never_panics() {
        for data in [
            &b""[..],
            b" ",
            b"tim",
            b"tim zz",
            b"tim \xc3\xa9",
            b"tim 0",
            &[b'a'; 5000],
        ] {
            let mut server = Server::new(1, 1, "h");
            server.begin();
            server.on(
                FromClient::Start {
                    mechanism: MECHANISM.to_owned(),
                    data: vec![],
                },
                secrets,
            );
            assert_eq!(
                server.on(FromClient::Step(data.to_vec()), secrets),
                Some(ServerAction::Failed)
            );
        }
    }
}
