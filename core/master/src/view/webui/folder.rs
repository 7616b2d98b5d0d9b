//! The web UI of an operator's folder, read anew for each request.
//!
//! Of the original's files, those of 1.11.0, the home, frameworks, roles, agents, offers, maintenance and agent pages ran in
//! Chromium without an error; its sandbox browser and pailer were not looked at.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use mesos_process::http::{Request, Response};

use super::{INDEX, base, has, type_of};

/// Larger files are no part of a web UI.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The file `name` below `folder`.
pub(super) async fn serve(
    folder: &Path,
    name: &str,
    base: Option<&str>,
    request: &Request,
) -> Response {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !Path::new(name).components().all(plain) {
        return Response::not_found();
    }
    let path = folder.join(name);
    let known = |tag: &str| base.is_none() && has(request, tag);
    let reading = tokio::task::spawn_blocking(move || read(&path));
    let Ok(Some((tag, bytes))) = reading.await else {
        return Response::not_found();
    };
    let response = |status| {
        let response = Response::new(status)
            .header("Cache-Control", "no-cache")
            .header("Vary", "Accept-Encoding, X-Forwarded-Prefix");
        match base {
            None => response.header("ETag", tag.as_str()),
            Some(_) => response,
        }
    };
    if known(&tag) {
        return response(304);
    }
    let response = response(200).header("Content-Type", type_of(name));
    match base.filter(|_| name == INDEX) {
        Some(base) => response.body(base::put(&String::from_utf8_lossy(&bytes), base)),
        None => response.body(bytes),
    }
}

/// A regular file's tag and bytes.
fn read(path: &PathBuf) -> Option<(String, Vec<u8>)> {
    // Opening what is no file may wait for ever.
    let data = fs::metadata(path).ok()?;
    if !data.is_file() || data.len() > MAX_BYTES {
        return None;
    }
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let tag = format!("\"{:x}-{:x}\"", data.len(), changed.as_nanos());
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some((tag, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_below_the_folder_are_served_and_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("webui");
        fs::create_dir_all(folder.join("app")).expect("created");
        fs::write(folder.join("app/x.css"), "p {}").expect("written");
        fs::write(root.path().join("secret"), "no").expect("written");
        let request = Request::get("/");
        let css = serve(&folder, "app/x.css", None, &request).await;
        assert_eq!((css.status, css.bytes()), (200, &b"p {}"[..]));
        let kind = ("Content-Type", "text/css; charset=utf-8".to_owned());
        assert!(css.headers.contains(&kind));
        let tag = css.headers.iter().find(|(name, _)| *name == "ETag");
        let mut again = Request::get("/");
        let tag = tag.expect("a tag").1.parse().expect("a header");
        again.headers.insert("if-none-match", tag);
        assert_eq!(serve(&folder, "app/x.css", None, &again).await.status, 304);
        for other in [
            "app",
            "app/none",
            "../secret",
            "app/../../secret",
            "./app/x.css",
            "/etc/passwd",
        ] {
            let answer = serve(&folder, other, None, &request).await;
            assert_eq!(answer.status, 404, "{other}");
        }
    }

    #[tokio::test]
    async fn the_page_learns_its_prefix() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(INDEX), "<head></head>").expect("written");
        let request = Request::get("/");
        let page = serve(folder.path(), INDEX, Some("/m/"), &request).await;
        assert_eq!(page.bytes(), b"<head><base href=\"/m/\"></head>");
        let plain = serve(folder.path(), INDEX, None, &request).await;
        assert_eq!(plain.bytes(), b"<head></head>");
    }
}
