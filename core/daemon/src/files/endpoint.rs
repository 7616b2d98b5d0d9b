//! `/files/{browse,read,download,debug}`.

use std::path::Path;

use mesos_process::http::{Body, Request, Response, Route, Router, mime};

use super::{FileInfo, FilePart, Files, FilesError, disk};
use crate::json;

const NO_PATH: &str = "Expecting 'path=value' in query.\n";

impl Files {
    /// Adds `/files/{browse,read,download,debug}` and their `.json` aliases, which older clients
    /// still ask for.
    pub fn mount(&self, router: &mut Router, realm: Option<&str>) {
        self.mount_one(
            router,
            realm,
            "/browse",
            Kind::Browse,
            "Returns a file listing for a directory.\n",
        );
        self.mount_one(
            router,
            realm,
            "/read",
            Kind::Read,
            "Reads data from a file.\n",
        );
        self.mount_one(
            router,
            realm,
            "/download",
            Kind::Download,
            "Returns the raw file contents.\n",
        );
        self.mount_one(
            router,
            realm,
            "/debug",
            Kind::Debug,
            "Returns the virtual path mapping.\n",
        );
    }

    fn mount_one(
        &self,
        router: &mut Router,
        realm: Option<&str>,
        path: &str,
        kind: Kind,
        help: &str,
    ) {
        let files = self.clone();
        let handler = move |request: Request| {
            let files = files.clone();
            async move {
                match kind {
                    Kind::Browse => files.answer_browse(request).await,
                    Kind::Read => files.answer_read(request).await,
                    Kind::Download => files.answer_download(request).await,
                    Kind::Debug => files.answer_debug(&request),
                }
            }
        };
        router.add_with_json_alias("files", path, Route::new(handler).realm(realm).help(help));
    }

    async fn answer_browse(&self, request: Request) -> Response {
        let Some(path) = path_of(&request) else {
            return Response::bad_request(NO_PATH);
        };
        match self.browse(path, request.principal.clone()).await {
            Ok(entries) => Response::json(listing(&entries), request.query.get("jsonp")),
            Err(error) => error.to_response(),
        }
    }

    async fn answer_read(&self, request: Request) -> Response {
        let Some(path) = path_of(&request) else {
            return Response::bad_request(NO_PATH);
        };
        let range =
            number(&request, "offset").and_then(|offset| Ok((offset, number(&request, "length")?)));
        let (offset, length) = match range {
            Ok(range) => range,
            Err(text) => return Response::bad_request(format!("{text}.\n")),
        };
        match self
            .read(path, offset, length, request.principal.clone())
            .await
        {
            Ok(part) => Response::json(part_json(&part), request.query.get("jsonp")),
            Err(error) => error.to_response(),
        }
    }

    async fn answer_download(&self, request: Request) -> Response {
        let Some(path) = path_of(&request) else {
            return Response::bad_request(NO_PATH);
        };
        match self.open(path, request.principal.clone()).await {
            Ok(file) => {
                let name = Path::new(path)
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy();
                let content_type = mime::of(&name).unwrap_or("application/octet-stream");
                Response::content(content_type, Body::Opened(file)).header(
                    "Content-Disposition",
                    format!("attachment; filename={name}"),
                )
            }
            Err(FilesError::NotFound) => Response::not_found(),
            Err(error) => error.to_response(),
        }
    }

    fn answer_debug(&self, request: &Request) -> Response {
        let attached = self.attached();
        let pairs = attached.iter().map(|(path, real)| (path.as_str(), real));
        let mut out = Vec::new();
        json::put_object(&mut out, pairs, |out, real| {
            json::put_string(out, real.as_os_str().as_encoded_bytes());
        });
        Response::json(out, request.query.get("jsonp"))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Browse,
    Read,
    Download,
    Debug,
}

fn path_of(request: &Request) -> Option<&str> {
    request.query.get("path").filter(|path| !path.is_empty())
}

/// A query number; absent, empty and -1 are `None`.
fn number(request: &Request, name: &str) -> Result<Option<u64>, String> {
    let Some(text) = request.query.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let value: i64 = text
        .parse()
        .map_err(|_| format!("Failed to parse {name}: Failed to convert '{text}' to number"))?;
    match u64::try_from(value) {
        Ok(value) => Ok(Some(value)),
        Err(_) if value == -1 => Ok(None),
        Err(_) => Err(format!("Negative {name} provided: {value}")),
    }
}

fn listing(entries: &[FileInfo]) -> Vec<u8> {
    enum Value<'a> {
        Text(&'a str),
        Owned(String),
        Seconds(i64),
        Count(u64),
    }
    let mut out = Vec::new();
    json::put_array(&mut out, entries, |out, entry| {
        let pairs = [
            ("gid", Value::Text(&entry.gid)),
            ("mode", Value::Owned(disk::mode_text(entry.mode))),
            ("mtime", Value::Seconds(entry.mtime)),
            ("nlink", Value::Count(entry.nlink)),
            ("path", Value::Text(&entry.path)),
            ("size", Value::Count(entry.size)),
            ("uid", Value::Text(&entry.uid)),
        ];
        json::put_object(out, pairs, |out, value| match value {
            Value::Text(text) => json::put_string(out, text.as_bytes()),
            Value::Owned(text) => json::put_string(out, text.as_bytes()),
            Value::Seconds(seconds) => json::put_double(out, seconds as f64),
            Value::Count(count) => {
                out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
            }
        });
    });
    out
}

fn part_json(part: &FilePart) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.data.len() + 64);
    out.extend_from_slice(b"{\"data\":");
    json::put_string(&mut out, &part.data);
    out.extend_from_slice(b",\"offset\":");
    out.extend_from_slice(itoa::Buffer::new().format(part.offset).as_bytes());
    out.push(b'}');
    out
}
