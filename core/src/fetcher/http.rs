//! Transfers by HTTP: redirects followed, only status 200 accepted, a stalled transfer given up.
//!
//! Certificates of authorities are read only when a transfer needs TLS: reading them costs more
//! than a small download.
//!
//! Compat: agent part 2 §20.2 rule 3; §20.1 rule 8 (size by a HEAD request).

use std::{io::Write, path::Path, sync::OnceLock, time::Duration};

use reqwest::{Method, Response, redirect::Policy};

use super::Error;

const REDIRECTS_MAX: usize = 50;
/// How much is gathered before it is written.
const WRITE_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub struct Client {
    stall: Duration,
    plain: reqwest::Client,
    secure: OnceLock<reqwest::Client>,
}

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn failed(error: &reqwest::Error) -> Error {
    Error::Http(describe(error))
}

/// Whether a client that has no certificates may follow.
fn policy(is_secure: bool) -> Policy {
    Policy::custom(move |attempt| {
        if attempt.previous().len() > REDIRECTS_MAX {
            return attempt.error("too many redirects");
        }
        if !is_secure && attempt.url().scheme() == "https" {
            return attempt.stop();
        }
        attempt.follow()
    })
}

fn client(is_secure: bool, stall: Duration) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .redirect(policy(is_secure))
        .connect_timeout(stall);
    builder
        .tls_built_in_root_certs(is_secure)
        .build()
        .map_err(|error| failed(&error))
}

impl Client {
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new(stall: Duration) -> Result<Self, Error> {
        Ok(Self {
            stall,
            plain: client(false, stall)?,
            secure: OnceLock::new(),
        })
    }

    fn secure(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.secure.get() {
            return Ok(client);
        }
        let client = client(true, self.stall)?;
        Ok(self.secure.get_or_init(|| client))
    }

    /// Writes the body of a URL to a file.
    ///
    /// # Errors
    /// No connection, a status other than 200, a body cut short, a stall, a full disk.
    pub async fn download(&self, url: &str, path: &Path) -> Result<(), Error> {
        let mut response = self.request(Method::GET, url).await?;
        let written = |source| Error::File {
            what: "write",
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::create(path).map_err(written)?;
        let mut file = std::io::BufWriter::with_capacity(WRITE_BYTES, file);
        while let Some(chunk) = self.in_time(response.chunk()).await? {
            file.write_all(&chunk).map_err(written)?;
        }
        file.flush().map_err(written)
    }

    /// The length the server announces.
    ///
    /// # Errors
    /// As for a download; an unknown or zero length is one too.
    pub async fn size(&self, url: &str) -> Result<u64, Error> {
        let response = self.request(Method::HEAD, url).await?;
        let length = response
            .headers()
            .get("content-length")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let length = length.filter(|length| *length > 0);
        length.ok_or_else(|| Error::Http("the server does not tell the length".to_owned()))
    }

    async fn request(&self, method: Method, url: &str) -> Result<Response, Error> {
        let client = if is_secure(url) {
            self.secure()?
        } else {
            &self.plain
        };
        let mut response = self
            .in_time(client.request(method.clone(), url).send())
            .await?;
        if response.status().is_redirection()
            && let Some(target) = secure_target(&response)
        {
            response = self
                .in_time(self.secure()?.request(method, target).send())
                .await?;
        }
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(Error::HttpStatus(status)),
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = reqwest::Result<T>>) -> Result<T, Error> {
        match tokio::time::timeout(self.stall, work).await {
            Ok(result) => result.map_err(|error| failed(&error)),
            Err(_) => Err(Error::Stalled(self.stall)),
        }
    }
}

fn is_secure(url: &str) -> bool {
    url.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// Where a redirect leads that the client without certificates did not follow.
fn secure_target(response: &Response) -> Option<String> {
    let location = response.headers().get("location")?.to_str().ok()?;
    is_secure(location).then(|| location.to_owned())
}
