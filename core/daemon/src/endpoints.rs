//! Small endpoints of every process: `/version`, `/system/stats.json`, `/__processes__`,
//! `/profiler/*` and `/help`.
//!
//! Compat: libprocess §5, "Endpoints of every instance".

use mesos_process::Node;
use mesos_process::http::{Request, Response, Route, Router};

use crate::{json, system, version};

mod help;

const PROFILER: &str = "Perftools is disabled. To enable perftools, configure libprocess with \
    --enable-perftools.\n";

/// Adds the endpoints. Call it last: `/help` shows what the router has by then.
pub fn mount(router: &mut Router, node: &Node, read_write_realm: Option<&str>) {
    version::mount(router);
    system::mount(router);
    for path in ["/start", "/stop"] {
        let handler = |_: Request| async { Response::bad_request(PROFILER) };
        let route = Route::new(handler).realm(read_write_realm);
        router.add(
            "profiler",
            path,
            route.help("Controls the profiler of builds that have one.\n"),
        );
    }
    mount_processes(router, node);
    help::mount(router);
}

/// Adds `/__processes__`: every process id; the queues are not shown.
fn mount_processes(router: &mut Router, node: &Node) {
    let mut fixed = router.process_ids();
    fixed.extend(["__processes__".to_owned(), "help".to_owned()]);
    let node = node.clone();
    let handler = move |_: Request| {
        let mut ids = node.process_ids();
        ids.extend(fixed.iter().cloned());
        ids.sort_unstable();
        ids.dedup();
        std::future::ready(Response::json(processes(&ids), None))
    };
    router.add("__processes__", "", Route::new(handler));
}

fn processes(ids: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    json::put_array(&mut out, ids, |out, id| {
        out.extend_from_slice(b"{\"events\":[],\"id\":");
        json::put_string(out, id.as_bytes());
        out.push(b'}');
    });
    out
}

#[cfg(test)]
mod tests {
    use mesos_process::NodeConfig;
    use mesos_process::http::Handler as _;

    use super::*;

    async fn router() -> (Router, Node) {
        let node = Node::bind(NodeConfig::loopback())
            .await
            .expect("a port is free");
        let mut router = Router::new();
        let state = |_: Request| async { Response::ok() };
        router.add(
            "master",
            "/state",
            Route::new(state).help("Shows the *state*.\n"),
        );
        mount(&mut router, &node, None);
        (router, node)
    }

    fn text(response: &Response) -> String {
        String::from_utf8_lossy(response.bytes()).into_owned()
    }

    #[tokio::test]
    async fn every_process_is_listed_once() {
        let (router, node) = router().await;
        let _mailbox = node.spawn("master");
        let body = text(&router.call(Request::get("/__processes__")).await);
        assert_eq!(
            body.matches("{\"events\":[],\"id\":\"master\"}").count(),
            1,
            "{body}"
        );
        assert!(
            body.contains("\"version\"") && body.contains("\"__processes__\""),
            "{body}"
        );
    }

    #[tokio::test]
    async fn the_profiler_says_that_there_is_none() {
        let (router, _node) = router().await;
        let response = router.call(Request::get("/profiler/start")).await;
        assert_eq!((response.status, response.bytes().len()), (400, 90));
    }

    #[tokio::test]
    async fn help_lists_endpoints_and_refuses_unknown_ones() {
        let (router, _node) = router().await;
        let json = text(&router.call(Request::get("/help?format=json")).await);
        assert!(
            json.starts_with("{\"processes\":[{\"endpoints\":"),
            "{json}"
        );
        assert!(
            json.contains("{\"name\":\"/state\",\"text\":\"Shows the *state*.\\n\"}"),
            "{json}"
        );
        let mut request = Request::get("/help/master/state");
        request
            .headers
            .insert("user-agent", "curl/8.0".parse().expect("valid"));
        let response = router.call(request).await;
        assert!(
            response
                .headers
                .contains(&("Content-Type", "text/x-markdown".to_owned()))
        );
        let unknown = router.call(Request::get("/help/nobody")).await;
        assert_eq!(
            (unknown.status, text(&unknown)),
            (400, "No help available for '/nobody'.".into())
        );
        let html = text(&router.call(Request::get("/help")).await);
        assert!(
            html.contains("<html") && html.contains("/help/master"),
            "{html}"
        );
    }
}
