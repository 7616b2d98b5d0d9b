//! Lets pages of another origin read answers, if an operator wants that. Compat: operations 4.7.3.

use std::sync::Arc;

use http::Method;

use super::message::{Request, Response};
use super::{BoxFuture, Handler};

/// Answers as another handler, with the headers that let pages of `origin` read them. What changes something is not let
/// through any more than without it.
pub struct Cors {
    inner: Arc<dyn Handler>,
    origin: String,
}

impl Cors {
    /// `origin` is `*` or `scheme://host[:port]`.
    pub fn new(inner: Arc<dyn Handler>, origin: String) -> Self {
        Self { inner, origin }
    }
}

impl Handler for Cors {
    fn call(&self, request: Request) -> BoxFuture<Response> {
        let origin = self.origin.clone();
        let asks_first = request.method == Method::OPTIONS
            && request
                .headers
                .contains_key("access-control-request-method");
        if asks_first {
            let response = Response::new(204)
                .header("Access-Control-Allow-Methods", "GET")
                .header(
                    "Access-Control-Allow-Headers",
                    "Authorization, Last-Event-ID",
                )
                .header("Access-Control-Max-Age", "600");
            return Box::pin(std::future::ready(allow(response, origin)));
        }
        if request.method != Method::GET {
            return self.inner.call(request);
        }
        let answer = self.inner.call(request);
        Box::pin(async move { allow(answer.await, origin) })
    }
}

fn allow(response: Response, origin: String) -> Response {
    response
        .header("Access-Control-Allow-Origin", origin)
        .header("Vary", "Origin")
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn ask(request: Request) -> Response {
        let inner = |_: Request| std::future::ready(Response::text("x"));
        let cors = Cors::new(Arc::new(inner), "https://a.example".to_owned());
        cors.call(request).now_or_never().expect("immediate")
    }

    fn allowed(response: &Response) -> Option<&str> {
        let mut headers = response.headers.iter();
        let found = headers.find(|(name, _)| *name == "Access-Control-Allow-Origin");
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn reading_is_allowed_and_nothing_else() {
        let read = ask(Request::get("/state"));
        assert_eq!(
            (read.bytes(), allowed(&read)),
            (&b"x"[..], Some("https://a.example"))
        );
        assert_eq!(allowed(&ask(Request::post("/teardown", ""))), None);
        let mut first = Request::new(Method::OPTIONS, "/teardown");
        let name = "access-control-request-method";
        first
            .headers
            .insert(name, "POST".parse().expect("a method"));
        let answer = ask(first);
        assert_eq!(answer.status, 204);
        assert!(
            answer
                .headers
                .contains(&("Access-Control-Allow-Methods", "GET".to_owned()))
        );
    }
}
