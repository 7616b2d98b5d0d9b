//! The first-look page, built into the master.

use mesos_process::http::{Response, Route, Router};

const INDEX: &str = include_str!("../../assets/index.html");
const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/app.js");

/// Serves `/`, `/page/style.css` and `/page/app.js`.
pub(super) fn install(router: &mut Router) {
    let parts = [
        ("master", "/", "text/html; charset=utf-8", INDEX),
        ("page", "/style.css", "text/css; charset=utf-8", STYLE),
        ("page", "/app.js", "text/javascript; charset=utf-8", SCRIPT),
    ];
    for (process, path, content_type, text) in parts {
        let route = Route::new(move |_| async move {
            Response::content(content_type, text)
                .header("Cache-Control", "no-cache")
                .header("X-Content-Type-Options", "nosniff")
        });
        router.add(process, path, route);
    }
}
