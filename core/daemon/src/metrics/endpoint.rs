//! `/metrics/snapshot`, and `/metrics` for Prometheus.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mesos_model::units::parse_duration;
use mesos_process::http::{Method, Request, Response, Route, Router};
use tokio::time::Instant;

use super::{Registry, prometheus, to_json};

const HELP: &str = "Provides a snapshot of the current metrics as one JSON object.\n\n\
    The key is the metric name, and the value is a double.\n\n\
    Query parameters:\n\n\
    >        timeout=VALUE       Metrics that take longer than this are left out (10secs, 1mins, ...)\n";

const PROMETHEUS_HELP: &str = "Provides the current metrics as text for Prometheus.\n";
/// What is later is left out: Prometheus itself gives up after ten seconds.
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(5);

/// Lets requests through at a rate; those that are early wait.
struct Limiter {
    interval: Duration,
    next: Mutex<Instant>,
}

impl Limiter {
    /// Parses `<n>/<duration>`; the empty text is no limit.
    fn parse(text: &str) -> Result<Option<Arc<Self>>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let bad = |reason: String| {
            format!(
                "Failed to parse LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT '{text}': {reason}"
            )
        };
        let (count, duration) = text.split_once('/').ok_or_else(|| {
            bad("expecting the format <number of requests>/<interval>".to_owned())
        })?;
        let count: u32 = count
            .trim()
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| bad(format!("Failed to convert '{count}' to number")))?;
        let duration = parse_duration(duration.trim()).map_err(|error| bad(error.to_string()))?;
        let interval = duration.to_std() / count;
        Ok(Some(Arc::new(Self {
            interval,
            next: Mutex::new(Instant::now()),
        })))
    }

    async fn acquire(&self) {
        let slot = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = (*next).max(Instant::now());
            *next = slot + self.interval;
            slot
        };
        tokio::time::sleep_until(slot).await;
    }
}

impl Registry {
    /// Adds `/metrics/snapshot` and `/metrics`, which share the rate; `rate_limit` is `2/1secs`, or empty for none.
    pub fn mount(
        &self,
        router: &mut Router,
        realm: Option<&str>,
        rate_limit: &str,
    ) -> Result<(), String> {
        let limiter = Limiter::parse(rate_limit)?;
        let (registry, shared) = (self.clone(), limiter.clone());
        let text = move |request: Request| {
            let (registry, limiter) = (registry.clone(), shared.clone());
            async move {
                if request.method != Method::GET {
                    return Response::method_not_allowed(&["GET"], &request.method);
                }
                if let Some(limiter) = limiter {
                    limiter.acquire().await;
                }
                let values = registry.snapshot(Some(SCRAPE_TIMEOUT)).await;
                Response::content(prometheus::CONTENT_TYPE, prometheus::text(&values))
            }
        };
        router.add(
            "metrics",
            "",
            Route::new(text).realm(realm).help(PROMETHEUS_HELP),
        );
        let registry = self.clone();
        let handler = move |request: Request| {
            let (registry, limiter) = (registry.clone(), limiter.clone());
            async move {
                let timeout = match request.query.get("timeout").map(parse_duration).transpose() {
                    Ok(timeout) => timeout.map(|timeout| timeout.to_std()),
                    Err(error) => {
                        let text = request.query.get("timeout").unwrap_or_default();
                        return Response::bad_request(format!(
                            "Invalid timeout '{text}': {error}.\n"
                        ));
                    }
                };
                if let Some(limiter) = limiter {
                    limiter.acquire().await;
                }
                let values = registry.snapshot(timeout).await;
                Response::json(to_json(&values), request.query.get("jsonp"))
            }
        };
        router.add_with_json_alias(
            "metrics",
            "/snapshot",
            Route::new(handler).realm(realm).help(HELP),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use mesos_process::http::Handler as _;

    use super::*;

    fn router(limit: &str) -> Router {
        let mut router = Router::new();
        Registry::new()
            .mount(&mut router, None, limit)
            .expect("a valid limit");
        router
    }

    #[tokio::test]
    async fn a_bad_timeout_gives_the_recorded_text() {
        let response = router("")
            .call(Request::get("/metrics/snapshot?timeout=bad"))
            .await;
        assert_eq!(response.status, 400);
        let text = String::from_utf8_lossy(response.bytes()).into_owned();
        assert_eq!(
            text,
            "Invalid timeout 'bad': Failed to convert '' to number.\n"
        );
    }

    #[tokio::test]
    async fn prometheus_gets_its_text() {
        let router = router("");
        let response = router.call(Request::get("/metrics")).await;
        let kind = ("Content-Type", prometheus::CONTENT_TYPE.to_owned());
        assert_eq!(response.headers, [kind]);
        let text = String::from_utf8_lossy(response.bytes()).into_owned();
        assert!(text.contains("\nmesos_system_cpus_total "), "{text}");
        assert_eq!(router.call(Request::get("/metrics/none")).await.status, 404);
    }

    #[tokio::test]
    async fn requests_over_the_rate_wait() {
        let router = router("1/100ms");
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(
                router.call(Request::get("/metrics/snapshot")).await.status,
                200
            );
        }
        assert!(start.elapsed() >= Duration::from_millis(200));
    }

    #[test]
    fn a_bad_rate_is_refused() {
        for text in ["x", "0/1secs", "2/1", "2"] {
            assert!(Limiter::parse(text).is_err(), "{text}");
        }
    }
}
