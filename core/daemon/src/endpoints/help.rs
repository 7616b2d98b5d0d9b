//! `/help`: what endpoints there are, as markdown for terminals and HTML for browsers.

use std::sync::Arc;

use mesos_process::http::router::HelpEntry;
use mesos_process::http::{Request, Response, Route, Router};

use crate::json;

/// Adds `/help` for everything the router has now.
pub fn mount(router: &mut Router) {
    let entries = Arc::new(router.help_entries());
    let handler = move |request: Request| std::future::ready(answer(&entries, &request));
    let route = Route::new(handler);
    router.add("help", "", route.clone());
    router.add_fallback("help", route);
}

fn answer(entries: &[HelpEntry], request: &Request) -> Response {
    let wanted = request
        .path
        .strip_prefix("/help")
        .unwrap_or_default()
        .trim_matches('/');
    let (id, name) = wanted
        .split_once('/')
        .map_or((wanted, ""), |(id, name)| (id, name));
    if id.is_empty() {
        if request.query.get("format") == Some("json") {
            return Response::json(to_json(entries), request.query.get("jsonp"));
        }
        return render(request, &index(entries));
    }
    let unknown = |path: String| Response::bad_request(format!("No help available for '{path}'."));
    let Some((_, endpoints)) = entries.iter().find(|(known, _)| known == id) else {
        return unknown(format!("/{wanted}"));
    };
    if name.is_empty() {
        return render(request, &of_process(id, endpoints));
    }
    let found = endpoints
        .iter()
        .find(|(known, _)| known.trim_start_matches('/') == name);
    match found {
        Some((_, text)) => render(request, &of_endpoint(id, name, text.as_deref())),
        None => unknown(format!("/{wanted}")),
    }
}

fn index(entries: &[HelpEntry]) -> String {
    let mut text = "# HELP\n\n".to_owned();
    for (id, endpoints) in entries {
        text.push_str(&format!("> [/{id}](/help/{id})\n"));
        for (name, _) in endpoints.iter().filter(|(name, _)| !name.is_empty()) {
            text.push_str(&format!(">        [/{id}{name}](/help/{id}{name})\n"));
        }
    }
    text
}

fn of_process(id: &str, endpoints: &[(String, Option<String>)]) -> String {
    let mut text = format!("# `/{id}` #\n\n");
    for (name, help) in endpoints {
        let first = help
            .as_deref()
            .and_then(|help| help.lines().next())
            .unwrap_or_default();
        text.push_str(&format!("> [/{id}{name}](/help/{id}{name}) {first}\n"));
    }
    text
}

fn of_endpoint(id: &str, name: &str, help: Option<&str>) -> String {
    let help = help.unwrap_or("No help page for this endpoint.\n");
    format!("### USAGE ###\n>        /{id}/{name}\n\n### TL;DR; ###\n{help}")
}

/// Markdown as it is for command-line clients, inside a page for all others.
fn render(request: &Request, markdown: &str) -> Response {
    let agent = request.header("user-agent").unwrap_or_default();
    if agent.starts_with("curl/") || agent.starts_with("HTTPie/") {
        return Response::content("text/x-markdown", markdown.to_owned());
    }
    let escaped = markdown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let page = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Help</title></head>\
         <body><pre>{escaped}</pre></body></html>\n"
    );
    Response::content("text/html", page)
}

fn to_json(entries: &[HelpEntry]) -> Vec<u8> {
    let mut out = b"{\"processes\":".to_vec();
    json::put_array(&mut out, entries, |out, (id, endpoints)| {
        out.extend_from_slice(b"{\"endpoints\":");
        json::put_array(out, endpoints, |out, (name, text)| {
            let name = if name.is_empty() { "/" } else { name };
            out.extend_from_slice(b"{\"name\":");
            json::put_string(out, name.as_bytes());
            out.extend_from_slice(b",\"text\":");
            json::put_string(out, text.as_deref().unwrap_or_default().as_bytes());
            out.push(b'}');
        });
        out.extend_from_slice(b",\"id\":");
        json::put_string(out, id.as_bytes());
        out.push(b'}');
    });
    out.push(b'}');
    out
}
