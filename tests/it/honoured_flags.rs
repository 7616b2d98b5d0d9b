//! Flags whose effect shows from outside.

use mesos_tests::cluster::Cluster;
use mesos_tests::http;
use std::fs;

fn get(address: &str, path: &str) -> (u16, String) {
    let answer = http::request(address, "GET", path, "").unwrap();
    (
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
    )
}

#[test]
fn a_web_ui_folder_is_served_instead_of_the_page() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("index.html"), "<p>mine</p>").unwrap();
    for part in ["app/deep", "assets"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    fs::write(folder.path().join("app/deep/x.js"), "let x;").unwrap();
    fs::write(folder.path().join("assets/x.css"), "p {}").unwrap();
    fs::write(folder.path().join("hidden"), "no").unwrap();
    let flag = format!("--webui_dir={}", folder.path().display());
    let cluster = Cluster::start_with(0, &[&flag], &[]);
    let address = &cluster.master.address;
    assert_eq!(get(address, "/"), (200, "<p>mine</p>".to_owned()));
    assert_eq!(get(address, "/app/deep/x.js"), (200, "let x;".to_owned()));
    assert_eq!(get(address, "/assets/x.css"), (200, "p {}".to_owned()));
    assert_eq!(get(address, "/app/none").0, 404);
    assert_eq!(get(address, "/app/../hidden").0, 404);
}

#[test]
fn an_external_log_file_is_what_files_shows() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("log");
    fs::write(&file, "line of somebody else").unwrap();
    let flag = format!("--external_log_file={}", file.display());
    let cluster = Cluster::start_with(1, &[&flag], &[&flag]);
    let places = [
        (&cluster.master.address, "/master/log"),
        (&cluster.agents[0].address, "/slave/log"),
    ];
    for (address, path) in places {
        let (status, text) = get(address, &format!("/files/read?path={path}&offset=0"));
        assert_eq!(status, 200, "{path}");
        assert!(text.contains("line of somebody else"), "{text}");
    }
}

#[test]
fn firewall_rules_close_endpoints_of_master_and_agent() {
    let flag = r#"--firewall_rules={"disabled_endpoints":{"paths":["/files/debug"]}}"#;
    let cluster = Cluster::start_with(1, &[flag], &[flag]);
    for address in [&cluster.master.address, &cluster.agents[0].address] {
        assert_eq!(get(address, "/files/debug").0, 403);
        assert_eq!(get(address, "/files/browse?path=/").0, 404);
    }
}
