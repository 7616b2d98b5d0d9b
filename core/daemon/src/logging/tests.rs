use mesos_process::http::{Handler as _, Request, Router};

use super::*;

fn in_directory(level: Severity, quiet: bool) -> (tempfile::TempDir, Logging) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let log_dir = Some(dir.path().join("deep/er"));
    let config = LogConfig {
        log_dir,
        level,
        quiet,
        ..LogConfig::to_stderr("mesos-test")
    };
    let logging = open(config).expect("a writable directory");
    logging.announce();
    (dir, logging)
}

fn read(logging: &Logging, severity: &str) -> Option<String> {
    let link = logging.log_file().expect("files are on");
    std::fs::read_to_string(link.with_extension(severity)).ok()
}

#[test]
fn a_line_goes_to_the_files_of_its_own_and_lower_levels() {
    let (_dir, logging) = in_directory(Severity::Info, true);
    logging.write(Severity::Warning, "x/master.rs", 7, "watch out");
    let info = read(&logging, "INFO").expect("exists at once");
    assert!(info.starts_with("Log file created at: 2"), "{info}");
    assert!(
        info.contains("\nRunning on machine: ") && info.contains("] INFO level logging started!")
    );
    assert!(info.contains(" master.rs:7] watch out\n"), "{info}");
    let warning = read(&logging, "WARNING").expect("made by its first line");
    assert!(
        warning.contains("watch out") && !warning.contains("started!"),
        "{warning}"
    );
    assert_eq!(read(&logging, "ERROR"), None);
}

#[test]
fn lines_below_the_level_are_not_written_and_the_link_is_of_that_level() {
    let (_dir, logging) = in_directory(Severity::Warning, true);
    logging.write(Severity::Info, "a.rs", 1, "chatter");
    let link = logging.log_file().expect("files are on");
    assert!(link.ends_with("mesos-test.WARNING"));
    let target = std::fs::read_link(&link).expect("a link");
    let name = target.to_string_lossy().into_owned();
    assert!(
        name.starts_with("mesos-test.") && name.contains(".log.WARNING.2"),
        "{name}"
    );
    assert!(
        name.ends_with(&format!(".{}", std::process::id())),
        "{name}"
    );
    assert!(
        !std::fs::read_to_string(link)
            .expect("readable")
            .contains("chatter")
    );
}

#[test]
fn events_become_lines_and_verbose_ones_need_the_level() {
    let (_dir, logging) = in_directory(Severity::Info, true);
    tracing::subscriber::with_default(layer::subscriber(logging.clone()), || {
        tracing::info!("plain {}", 1);
        tracing::debug!("hidden");
        logging
            .set_level(1, Duration::from_secs(60))
            .expect("allowed");
        tracing::debug!(port = 5050, "shown");
        tracing::trace!("still hidden");
    });
    let info = read(&logging, "INFO").expect("written");
    assert!(
        info.contains(" tests.rs:") && info.contains("] plain 1\n"),
        "{info}"
    );
    assert!(
        info.contains("] shown port=5050\n") && !info.contains("hidden"),
        "{info}"
    );
}

#[test]
fn the_level_falls_back_when_its_time_is_over() {
    let (_dir, logging) = in_directory(Severity::Info, true);
    logging
        .set_level(2, Duration::from_secs(60))
        .expect("allowed");
    assert_eq!(logging.level(), 2);
    logging.set_level(1, Duration::ZERO).expect("allowed");
    assert_eq!(logging.level(), 0);
}

#[tokio::test]
async fn toggling_follows_the_recorded_answers() {
    let (_dir, logging) = in_directory(Severity::Info, true);
    let mut router = Router::new();
    logging.mount(&mut router, None);
    let rows = [
        ("/logging/toggle", 200, "0\n"),
        (
            "/logging/toggle?level=x&duration=1secs",
            400,
            "Failed to convert 'x' to number.\n",
        ),
        (
            "/logging/toggle?level=1",
            400,
            "Expecting 'duration=value' in query.\n",
        ),
        (
            "/logging/toggle?duration=1secs",
            400,
            "Expecting 'level=value' in query.\n",
        ),
        (
            "/logging/toggle?level=-1&duration=1secs",
            400,
            "Invalid level '-1'.\n",
        ),
        (
            "/logging/toggle?level=1&duration=bad",
            400,
            "Failed to convert '' to number.\n",
        ),
        ("/logging/toggle?level=3&duration=1mins", 200, ""),
        ("/logging/toggle", 200, "3\n"),
    ];
    for (target, status, body) in rows {
        let response = router.call(Request::get(target)).await;
        let text = String::from_utf8_lossy(response.bytes()).into_owned();
        assert_eq!((response.status, text.as_str()), (status, body), "{target}");
    }
}

#[test]
fn levels_are_upper_case_names() {
    assert_eq!(parse_level("WARNING"), Ok(Severity::Warning));
    let error = parse_level("info").expect_err("lower case");
    assert!(error.contains("'INFO', 'WARNING', 'ERROR'"), "{error}");
}
