//! What this build is. Compat: `/version`, GET_VERSION, the first log lines.

use mesos_process::http::{Request, Response, Route, Router};

use crate::json;

/// Build facts, set by the build script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    pub version: &'static str,
    /// `2020-11-24 15:38:37`, UTC.
    pub build_date: &'static str,
    /// Seconds since 1970.
    pub build_time: u64,
    pub build_user: &'static str,
    pub git_sha: Option<&'static str>,
    pub git_branch: Option<&'static str>,
    pub git_tag: Option<&'static str>,
}

/// The facts of this build.
pub fn info() -> BuildInfo {
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        build_date: env!("MESOS_BUILD_DATE"),
        build_time: env!("MESOS_BUILD_TIME").parse().unwrap_or_default(),
        build_user: env!("MESOS_BUILD_USER"),
        git_sha: option_env!("MESOS_GIT_SHA"),
        git_branch: option_env!("MESOS_GIT_BRANCH"),
        git_tag: option_env!("MESOS_GIT_TAG"),
    }
}

impl BuildInfo {
    /// The object of `/version`, keys sorted.
    pub fn to_json(&self) -> Vec<u8> {
        let text = [
            ("build_date", Some(self.build_date)),
            ("build_time", None),
            ("build_user", Some(self.build_user)),
            ("git_branch", self.git_branch),
            ("git_sha", self.git_sha),
            ("git_tag", self.git_tag),
            ("version", Some(self.version)),
        ];
        let present = text
            .into_iter()
            .filter(|(key, value)| value.is_some() || *key == "build_time");
        let mut out = Vec::new();
        json::put_object(&mut out, present, |out, value| match value {
            Some(text) => json::put_string(out, text.as_bytes()),
            None => json::put_double(out, self.build_time as f64),
        });
        out
    }

    /// The lines that a daemon logs first.
    pub fn log_lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("Build: {} by {}", self.build_date, self.build_user),
            format!("Version: {}", self.version),
        ];
        lines.extend(self.git_tag.map(|tag| format!("Git tag: {tag}")));
        lines.extend(self.git_sha.map(|sha| format!("Git SHA: {sha}")));
        lines
    }
}

/// Adds `/version`.
pub fn mount(router: &mut Router) {
    let handler = |request: Request| {
        let response = Response::json(info().to_json(), request.query.get("jsonp"));
        std::future::ready(response)
    };
    let route = Route::new(handler).help("Provides version information.\n");
    router
        .add("version", "", route.clone())
        .add("version.json", "", route);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_the_recorded_form() {
        let build = BuildInfo {
            version: "1.11.0",
            build_date: "2020-11-24 15:38:37",
            build_time: 1_606_232_317,
            build_user: "ubuntu",
            git_sha: Some("04bc7ee1984d86fbb0bd782ccc69ce44c13ae4b9"),
            git_branch: None,
            git_tag: Some("1.11.0"),
        };
        assert_eq!(
            String::from_utf8_lossy(&build.to_json()),
            "{\"build_date\":\"2020-11-24 15:38:37\",\"build_time\":1606232317.0,\
             \"build_user\":\"ubuntu\",\"git_sha\":\"04bc7ee1984d86fbb0bd782ccc69ce44c13ae4b9\",\
             \"git_tag\":\"1.11.0\",\"version\":\"1.11.0\"}"
        );
    }

    #[test]
    fn this_build_says_1_11_0() {
        assert_eq!(info().version, "1.11.0");
        assert_eq!(info().build_date.len(), "2020-11-24 15:38:37".len());
    }
}
