//! The web UI's files at the places of the original: `/`, `/app/**` and `/assets/**`.
//!
//! An operator's folder (`--webui_dir`) comes first, then what was built into the program, then the first-look page,
//! which says how to add the UI. Files are only named by plain path components, so nothing outside is shown.
//!
//! Behind a proxy that shows the master below a path, the page gets a `<base>` with that path: relative addresses are
//! then right with and without a slash at the end of what the browser shows. Compat: operations 4.1, 4.3.1, 4.6.

mod base;
mod built_in;
mod folder;

use std::{path::PathBuf, sync::Arc};

use mesos_process::http::{Request, Response, Route, Router};

use super::page;

/// Where the web UI comes from, and below which path a proxy shows it.
#[derive(Clone, Debug, Default)]
pub struct WebUi {
    /// `--webui_dir` with an `index.html` in it.
    pub folder: Option<PathBuf>,
    /// `--webui_base_path`.
    pub base_path: Option<String>,
}

const INDEX: &str = "index.html";

pub(super) fn install(router: &mut Router, webui: &WebUi) {
    let webui = Arc::new(webui.clone());
    if webui.folder.is_none() && built_in::is_empty() {
        page::install(router);
        return;
    }
    for place in ["/", "/app", "/assets"] {
        let webui = Arc::clone(&webui);
        let route = Route::new(move |request: Request| {
            let webui = Arc::clone(&webui);
            async move { serve(&webui, &request).await }
        });
        router.add("master", place, route);
    }
}

async fn serve(webui: &WebUi, request: &Request) -> Response {
    let name = request.path.strip_prefix("/master").unwrap_or_default();
    let name = match name.trim_matches('/') {
        "" => INDEX,
        name => name,
    };
    let base = base::of(request, webui.base_path.as_deref()).filter(|_| name == INDEX);
    let response = match &webui.folder {
        Some(folder) => folder::serve(folder, name, base.as_deref(), request).await,
        None => built_in::serve(name, base.as_deref(), request),
    };
    response.header("X-Content-Type-Options", "nosniff")
}

/// Whether the client has the file of this tag.
fn has(request: &Request, tag: &str) -> bool {
    let known = request.header("if-none-match").unwrap_or_default();
    let mut tags = known.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// The type of a file by its name; text is UTF-8.
fn type_of(name: &str) -> String {
    let known = mesos_process::http::mime::of(name).unwrap_or("text/plain");
    let is_text = known.starts_with("text/") || known == "application/javascript";
    if is_text {
        format!("{known}; charset=utf-8")
    } else {
        known.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_one_by_one() {
        let mut request = Request::get("/");
        assert!(!has(&request, "\"1\""));
        let value = "\"0\", W/\"1\"".parse().expect("a header");
        request.headers.insert("if-none-match", value);
        assert!(has(&request, "\"1\"") && !has(&request, "\"2\""));
    }
}
