//! `/logging/toggle`.

use mesos_model::units::parse_duration;
use mesos_process::http::{Request, Response, Route, Router};

use super::Logging;

const HELP: &str = "Sets the logging verbosity level for a specified duration.\n\n\
    Query parameters:\n\n\
    >        level=VALUE          Verbosity level (e.g., 1, 2, 3)\n\
    >        duration=VALUE       Duration to keep verbosity level toggled (e.g., 10secs, 15mins)\n";

impl Logging {
    /// Adds `/logging/toggle`.
    pub fn mount(&self, router: &mut Router, realm: Option<&str>) {
        let logging = self.clone();
        let handler = move |request: Request| std::future::ready(logging.answer(&request));
        router.add(
            "logging",
            "/toggle",
            Route::new(handler).realm(realm).help(HELP),
        );
    }

    fn answer(&self, request: &Request) -> Response {
        let (level, duration) = match (request.query.get("level"), request.query.get("duration")) {
            (None, None) => return Response::text(format!("{}\n", self.level())),
            (Some(_), None) => return refuse("Expecting 'duration=value' in query"),
            (None, Some(_)) => return refuse("Expecting 'level=value' in query"),
            (Some(level), Some(duration)) => (level, duration),
        };
        let Ok(level) = level.parse() else {
            return refuse(&format!("Failed to convert '{level}' to number"));
        };
        let duration = match parse_duration(duration) {
            Ok(duration) => duration.to_std(),
            Err(error) => return refuse(&error.to_string()),
        };
        match self.set_level(level, duration) {
            Ok(()) => Response::ok(),
            Err(text) => refuse(&text),
        }
    }
}

fn refuse(text: &str) -> Response {
    Response::bad_request(format!("{text}.\n"))
}
