//! Sandboxes: fetched files, stdout and stderr, and reading them over HTTP, also through the master.

use mesos_proto::mesos::{self as pb, TaskState};
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, shell_task};
use mesos_tests::wait;
use std::os::unix::fs::PermissionsExt;

#[test]
fn fetched_files_and_output_are_in_the_sandbox_and_readable_through_the_master() {
    let cluster = Cluster::start(1);
    let script = cluster.scratch().join("hello.sh");
    std::fs::write(&script, "#!/bin/sh\necho hello from $PWD\n").unwrap();
    let framework = Framework::start(&cluster.master.address, &info("sandbox", 0.0));
    let offer = framework.offer();
    let mut task = shell_task("t", "./bin/hello && sleep 1000", &offer);
    task.command
        .as_mut()
        .unwrap()
        .uris
        .push(pb::command_info::Uri {
            value: script.display().to_string(),
            executable: Some(true),
            extract: Some(false),
            output_file: Some("bin/hello".to_owned()),
            ..Default::default()
        });
    framework.launch(&offer, &[task]);
    framework.until_state("t", TaskState::TaskRunning);

    let agent = &cluster.agents[0];
    let state = agent.get("/state");
    let executor = &state["frameworks"][0]["executors"][0];
    let directory = executor["directory"].as_str().unwrap().to_owned();
    let mode = std::fs::metadata(format!("{directory}/bin/hello"))
        .unwrap()
        .permissions()
        .mode();
    assert_ne!(mode & 0o100, 0, "the executable bit is set");

    let framework_id = state["frameworks"][0]["id"].as_str().unwrap();
    let agent_id = state["id"].as_str().unwrap();
    let path = format!("/frameworks/{framework_id}/executors/t/runs/latest/stdout");
    let expected = format!("hello from {directory}");
    let direct = format!("/files/read?path={path}&offset=0&length=10000");
    let through_master = format!("/agent/{agent_id}{direct}");
    for (address, url) in [
        (&agent.address, &direct),
        (&cluster.master.address, &through_master),
    ] {
        wait::until(url, || {
            let answer = mesos_tests::http::get_json(address, url)?;
            answer["data"].as_str()?.contains(&expected).then_some(())
        });
    }
}

#[test]
fn what_a_task_writes_does_not_run_in_the_masters_origin() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("pages", 0.0));
    let offer = framework.offer();
    let command = "printf '<script>1</script>' > x.html; \
                   dd if=/dev/zero of=big bs=1000 count=70001; sleep 1000";
    framework.launch(&offer, &[shell_task("t", command, &offer)]);
    framework.until_state("t", TaskState::TaskRunning);

    let state = cluster.agents[0].get("/state");
    let agent_id = state["id"].as_str().unwrap();
    let framework_id = state["frameworks"][0]["id"].as_str().unwrap();
    let folder = format!("/frameworks/{framework_id}/executors/t/runs/latest");
    let ask = |verb: &str, name: &str| {
        let url = format!("/agent/{agent_id}/files/{verb}?path={folder}/{name}");
        mesos_tests::http::request(&cluster.master.address, "GET", &url, "").ok()
    };
    let safe = |head: &str| {
        let head = head.to_lowercase();
        head.contains("x-content-type-options: nosniff")
            && head.contains("content-security-policy: sandbox")
    };
    let big = wait::until("the whole of a large file", || {
        ask("download", "big").filter(|answer| answer.body.len() == 70_001_000)
    });
    assert!(
        big.head.contains("Content-Length: 70001000"),
        "{}",
        big.head
    );
    let page = ask("download", "x.html").unwrap();
    assert_eq!(page.body, b"<script>1</script>");
    assert!(
        page.head
            .contains("Content-Disposition: attachment; filename=x.html"),
        "{}",
        page.head
    );
    assert!(safe(&page.head), "{}", page.head);
    let missing = ask("download", "missing.html").unwrap();
    assert_eq!(missing.status, 404);
    assert!(missing.head.contains("Content-Disposition: attachment") && safe(&missing.head));
    let read = ask("read", "x.html&offset=0&length=100").unwrap();
    assert!(read.head.contains("Content-Type: application/json") && safe(&read.head));
}
