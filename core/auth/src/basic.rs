//! HTTP basic authentication: the server side, for realms that have credentials.
//!
//! Compat: AUTHN-7, AUTHN-8, HTTP-3, HTTP-9b.

use std::collections::HashMap;

use base64::Engine as _;
use mesos_process::http::{Authenticator, BoxFuture, HeaderMap, Principal, Response};

use crate::Credential;

/// Knows who may enter a realm.
pub struct Basic {
    secrets: HashMap<String, Vec<u8>>,
}

impl Basic {
    pub fn new(credentials: &[Credential]) -> Self {
        let secrets = credentials
            .iter()
            .map(|one| (one.principal.clone(), one.secret.clone()));
        Self {
            secrets: secrets.collect(),
        }
    }

    /// Whose the header's credentials are.
    fn principal(&self, headers: &HeaderMap) -> Option<String> {
        let header = headers.get("authorization")?.to_str().ok()?;
        let mut words = header.split(' ').filter(|word| !word.is_empty());
        let (Some("Basic"), Some(encoded), None) = (words.next(), words.next(), words.next())
        else {
            return None;
        };
        let decoded = base64::engine::general_purpose::STANDARD.decode(encoded);
        let decoded = decoded.ok()?;
        // A secret with a colon makes three parts, which never match.
        let mut parts = decoded.split(|byte| *byte == b':');
        let (Some(principal), Some(secret), None) = (parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let principal = std::str::from_utf8(principal).ok()?;
        let known = self.secrets.get(principal)?;
        is_same(known, secret).then(|| principal.to_owned())
    }
}

/// Takes as long for a wrong secret as for the right one.
fn is_same(known: &[u8], given: &[u8]) -> bool {
    let differences = known.iter().zip(given).fold(0, |sum, (a, b)| sum | (a ^ b));
    known.len() == given.len() && differences == 0
}

impl Authenticator for Basic {
    fn authenticate(
        &self,
        realm: &str,
        headers: &HeaderMap,
    ) -> BoxFuture<Result<Option<Principal>, Response>> {
        let result = match self.principal(headers) {
            Some(principal) => Ok(Some(Principal {
                value: Some(principal),
                ..Principal::default()
            })),
            None => Err(Response::unauthorized(&[format!(
                "Basic realm=\"{realm}\""
            )])),
        };
        Box::pin(std::future::ready(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(header: Option<&str>) -> Option<String> {
        let basic = Basic::new(&[
            Credential {
                principal: "fw".to_owned(),
                secret: b"fws".to_vec(),
            },
            Credential {
                principal: "colon".to_owned(),
                secret: b"a:b".to_vec(),
            },
        ]);
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("authorization", header.parse().expect("a header"));
        }
        basic.principal(&headers)
    }

    fn basic(text: &str) -> String {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        format!("Basic {encoded}")
    }

    #[test]
    fn authn_8_two_words_and_two_parts_that_match() {
        assert_eq!(
            enter(Some("Basic Znc6Zndz")).as_deref(),
            Some("fw"),
            "as recorded"
        );
        assert_eq!(enter(None), None);
        assert_eq!(enter(Some("basic Znc6Zndz")), None, "the word has a case");
        assert_eq!(enter(Some("Basic")), None);
        assert_eq!(enter(Some("Basic Znc6Zndz x")), None);
        assert_eq!(enter(Some("Basic %%%")), None);
        assert_eq!(enter(Some("Bearer Znc6Zndz")), None);
        assert_eq!(enter(Some(&basic("fw:no"))), None);
        assert_eq!(enter(Some(&basic("fw:fwsx"))), None);
        assert_eq!(enter(Some(&basic("nobody:fws"))), None);
        assert_eq!(enter(Some(&basic("fw"))), None);
        assert_eq!(
            enter(Some(&basic("colon:a:b"))),
            None,
            "a colon never matches"
        );
    }
}
