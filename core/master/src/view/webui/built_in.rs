//! The web UI that was built into the program (`build.rs`).

use std::sync::OnceLock;

use bytes::Bytes;
use mesos_process::http::{Request, Response, gzip};

use super::{INDEX, base, has, type_of};

/// Files from this size on are sent compressed.
const GZIP_FROM_BYTES: usize = 1024;

/// One file; compressed when a client asks for it the first time.
pub(super) struct File {
    name: &'static str,
    tag: &'static str,
    bytes: &'static [u8],
    packed: OnceLock<Option<Bytes>>,
}

impl File {
    #[allow(dead_code, reason = "a program without the UI has no file")]
    const fn new(name: &'static str, tag: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            name,
            tag,
            bytes,
            packed: OnceLock::new(),
        }
    }

    fn packed(&self) -> Option<Bytes> {
        if self.bytes.len() < GZIP_FROM_BYTES {
            return None;
        }
        let packed = self.packed.get_or_init(|| gzip(self.bytes)).clone();
        packed.filter(|packed| packed.len() < self.bytes.len())
    }
}

include!(concat!(env!("OUT_DIR"), "/webui.rs"));

/// The page loads nothing from elsewhere and is shown in no frame of another site.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'";

pub(super) fn is_empty() -> bool {
    !FILES.iter().any(|file| file.name == INDEX)
}

pub(super) fn serve(name: &str, base: Option<&str>, request: &Request) -> Response {
    match FILES.iter().find(|file| file.name == name) {
        Some(file) => answer(file, base, request),
        None => Response::not_found(),
    }
}

fn answer(file: &File, base: Option<&str>, request: &Request) -> Response {
    let is_page = file.name == INDEX;
    // The names of the other files change with what is in them.
    let caching = if is_page {
        "no-cache"
    } else {
        "public, max-age=31536000, immutable"
    };
    let response = |status| {
        let response = Response::new(status)
            .header("Cache-Control", caching)
            .header("Content-Security-Policy", POLICY)
            .header("Vary", "Accept-Encoding, X-Forwarded-Prefix");
        match base {
            None => response.header("ETag", file.tag),
            Some(_) => response,
        }
    };
    if let Some(base) = base {
        let page = base::put(&String::from_utf8_lossy(file.bytes), base);
        return response(200)
            .header("Content-Type", type_of(file.name))
            .body(page);
    }
    if has(request, file.tag) {
        return response(304);
    }
    let response = response(200).header("Content-Type", type_of(file.name));
    let packed = request.accepts_encoding("gzip").then(|| file.packed());
    match packed.flatten() {
        Some(packed) => response.header("Content-Encoding", "gzip").body(packed),
        None => response.body(Bytes::from_static(file.bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PAGE: File = File::new(INDEX, "\"1\"", b"<html><head></head></html>");
    static SCRIPT: File = File::new("assets/a.js", "\"2\"", &[b'x'; 5000]);

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        let mut headers = response.headers.iter();
        let found = headers.find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn files_are_compressed_tagged_and_kept_by_the_browser() {
        let mut request = Request::get("/assets/a.js");
        let plain = answer(&SCRIPT, None, &request);
        assert_eq!((plain.status, plain.bytes().len()), (200, 5000));
        let kind = header(&plain, "Content-Type");
        assert_eq!(kind, Some("application/javascript; charset=utf-8"));
        assert!(header(&plain, "Cache-Control").is_some_and(|it| it.contains("immutable")));
        let gzip = "gzip".parse().expect("a header");
        request.headers.insert("accept-encoding", gzip);
        let packed = answer(&SCRIPT, None, &request);
        assert!(packed.bytes().len() < 200);
        assert_eq!(header(&packed, "Content-Encoding"), Some("gzip"));
        let tag = "\"2\"".parse().expect("a header");
        request.headers.insert("if-none-match", tag);
        let same = answer(&SCRIPT, None, &request);
        assert_eq!((same.status, same.bytes()), (304, &b""[..]));
    }

    #[test]
    fn the_page_is_asked_for_again_and_loads_nothing_from_elsewhere() {
        let page = answer(&PAGE, None, &Request::get("/"));
        assert_eq!(header(&page, "Cache-Control"), Some("no-cache"));
        let policy = header(&page, "Content-Security-Policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"));
        let below = answer(&PAGE, Some("/m/"), &Request::get("/"));
        assert_eq!(
            header(&below, "ETag"),
            None,
            "it is another page for each prefix"
        );
        assert!(
            below
                .bytes()
                .starts_with(b"<html><head><base href=\"/m/\">")
        );
    }

    #[test]
    fn what_is_built_in_is_complete() {
        for file in &FILES {
            assert!(
                !file.bytes.is_empty() && !file.name.starts_with('/'),
                "{}",
                file.name
            );
        }
        assert_eq!(serve("../secret", None, &Request::get("/")).status, 404);
    }
}
