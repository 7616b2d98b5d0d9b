//! A task of each terminal kind, as a framework sees it.

use mesos_proto::mesos::{self as pb, TaskState};
use mesos_tests::cluster::Cluster;
use mesos_tests::framework::{Framework, info, shell_task};

#[test]
fn a_task_that_exits_with_zero_is_finished() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("finished", 0.0));
    framework.launch_command("t", "exit 0");
    let status = framework.until_state("t", TaskState::TaskFinished);
    assert_eq!(status.message(), "Command exited with status 0");
    let states = framework.heard().states_of("t");
    assert_eq!(
        states,
        [
            TaskState::TaskStarting,
            TaskState::TaskRunning,
            TaskState::TaskFinished
        ]
    );
}

#[test]
fn a_task_that_exits_with_another_status_failed() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("failed", 0.0));
    framework.launch_command("t", "exit 7");
    let status = framework.until_state("t", TaskState::TaskFailed);
    assert_eq!(status.message(), "Command exited with status 7");
}

#[test]
fn a_killed_task_is_killed_and_its_whole_tree_with_it() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("killed", 0.0));
    let marker = cluster.scratch().join("pid");
    let command = format!(
        "sh -c 'echo $$ > {}; exec sleep 1000' & wait",
        marker.display()
    );
    framework.launch_command("t", &command);
    framework.until_state("t", TaskState::TaskRunning);
    let pid = mesos_tests::wait::until("the child's pid", || {
        std::fs::read_to_string(&marker)
            .ok()?
            .trim()
            .parse::<i32>()
            .ok()
    });
    framework.kill_task("t");
    framework.until_state("t", TaskState::TaskKilled);
    mesos_tests::wait::until("the child's end", || {
        let alive = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_ok();
        (!alive).then_some(())
    });
}

#[test]
fn a_command_that_does_not_exist_failed() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("bad command", 0.0));
    let offer = framework.offer();
    let mut task = shell_task("t", "", &offer);
    task.command = Some(pb::CommandInfo {
        shell: Some(false),
        value: Some("/does/not/exist".to_owned()),
        arguments: vec!["x".to_owned()],
        ..Default::default()
    });
    framework.launch(&offer, &[task]);
    framework.until_state("t", TaskState::TaskFailed);
}

#[test]
fn a_task_whose_uri_cannot_be_fetched_failed() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("bad uri", 0.0));
    let offer = framework.offer();
    let mut task = shell_task("t", "true", &offer);
    let uri = pb::command_info::Uri {
        value: "/does/not/exist".to_owned(),
        ..Default::default()
    };
    task.command.as_mut().unwrap().uris.push(uri);
    framework.launch(&offer, &[task]);
    let status = framework.until_state("t", TaskState::TaskFailed);
    assert!(status.message().contains("fetch"), "{}", status.message());
    assert_eq!(
        status.reason(),
        pb::task_status::Reason::ContainerLaunchFailed
    );
}

#[test]
fn a_task_with_a_bad_id_is_an_error() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("bad id", 0.0));
    framework.launch_command("a/b", "true");
    let status = framework.until_state("a/b", TaskState::TaskError);
    assert_eq!(status.reason(), pb::task_status::Reason::TaskInvalid);
    assert_eq!(status.source(), pb::task_status::Source::Master);
}

#[test]
fn an_offer_used_twice_loses_the_second_task_only() {
    let cluster = Cluster::start(1);
    let framework = Framework::start(&cluster.master.address, &info("offer twice", 0.0));
    let offer = framework.launch_command("first", "sleep 1000");
    framework.launch(&offer, &[shell_task("second", "true", &offer)]);
    let status = framework.until_state("second", TaskState::TaskLost);
    assert_eq!(status.reason(), pb::task_status::Reason::InvalidOffers);
    framework.until_state("first", TaskState::TaskRunning);
}
