//! The two media types of the v1 APIs, and which of them a request brings and takes.
//!
//! Compat: libprocess §6 (Content-Type, Accept).

use super::{Request, Response};

/// How a v1 message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Json,
    Protobuf,
}

impl MediaType {
    pub const JSON: &'static str = "application/json";
    pub const PROTOBUF: &'static str = "application/x-protobuf";

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => Self::JSON,
            Self::Protobuf => Self::PROTOBUF,
        }
    }

    /// The type of a request's body: exact and case-sensitive, so parameters make it unknown.
    pub fn of_body(request: &Request) -> Result<Self, Response> {
        match request.header("content-type") {
            None => Err(Response::bad_request(
                "Expecting 'Content-Type' to be present",
            )),
            Some(Self::JSON) => Ok(Self::Json),
            Some(Self::PROTOBUF) => Ok(Self::Protobuf),
            Some(_) => Err(Response::with_text(
                415,
                format!(
                    "Expecting 'Content-Type' of {} or {}",
                    Self::JSON,
                    Self::PROTOBUF
                ),
            )),
        }
    }

    /// The type to answer in: JSON when the client takes it, since an absent Accept takes all.
    pub fn accepted_by(request: &Request) -> Result<Self, Response> {
        [Self::Json, Self::Protobuf]
            .into_iter()
            .find(|media| request.accepts_media_type(media.as_str()))
            .ok_or_else(|| {
                let text = format!(
                    "Expecting 'Accept' to allow '{}' or '{}'",
                    Self::PROTOBUF,
                    Self::JSON
                );
                Response::with_text(406, text)
            })
    }
}

impl Request {
    /// Whether Accept allows a media type. Of the ranges that match it, the most exact one decides.
    pub fn accepts_media_type(&self, media_type: &str) -> bool {
        let Some(accept) = self.header("accept") else {
            return true;
        };
        let Some((family, _)) = media_type.split_once('/') else {
            return false;
        };
        let family = format!("{family}/*");
        [media_type, family.as_str(), "*/*"]
            .iter()
            .find_map(|range| verdict_on(accept, range))
            .unwrap_or(false)
    }
}

/// What an Accept header says of exactly this range; `None` when it does not name it.
fn verdict_on(accept: &str, range: &str) -> Option<bool> {
    accept.split(',').find_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|part| part.split_once('='))
            .filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
            .any(|(_, q)| q.trim().parse::<f64>().is_ok_and(|q| q <= 0.0));
        name.eq_ignore_ascii_case(range).then_some(!refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(accept: Option<&str>) -> Request {
        let mut request = Request::get("/");
        if let Some(accept) = accept {
            let value = accept.parse().expect("a header value");
            request.headers.insert("accept", value);
        }
        request
    }

    #[test]
    fn the_answer_is_json_where_it_is_taken_then_protobuf() {
        for (accept, expected) in [
            (None, Some(MediaType::Json)),
            (Some("*/*"), Some(MediaType::Json)),
            (Some("text/html, application/*"), Some(MediaType::Json)),
            (Some("application/x-protobuf"), Some(MediaType::Protobuf)),
            (
                Some("application/json;q=0, application/*;q=0.2"),
                Some(MediaType::Protobuf),
            ),
            (Some("text/html"), None),
            (Some("*/*; q=0.0"), None),
        ] {
            let chosen = MediaType::accepted_by(&asking(accept)).ok();
            assert_eq!(chosen, expected, "{accept:?}");
        }
        let refusal = MediaType::accepted_by(&asking(Some("text/html"))).expect_err("not taken");
        assert_eq!(refusal.status, 406);
        assert_eq!(
            refusal.bytes(),
            b"Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'"
        );
    }

    #[test]
    fn a_body_type_is_known_only_without_parameters() {
        let of = |content_type: Option<&'static str>| {
            let mut request = Request::post("/", "");
            if let Some(text) = content_type {
                let value = http::HeaderValue::from_static(text);
                request.headers.insert("content-type", value);
            }
            MediaType::of_body(&request).map_err(|refusal| refusal.status)
        };
        assert_eq!(of(Some("application/json")), Ok(MediaType::Json));
        assert_eq!(of(Some("application/x-protobuf")), Ok(MediaType::Protobuf));
        assert_eq!(of(Some("application/json; charset=utf-8")), Err(415));
        assert_eq!(of(Some("Application/JSON")), Err(415));
        assert_eq!(of(None), Err(400));
    }
}
