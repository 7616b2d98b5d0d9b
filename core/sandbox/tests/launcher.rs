//! The launcher against real processes.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    fs,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use mesos_proto::mesos::r_limit_info::r_limit::Type as LimitType;
use mesos_sandbox::{
    LaunchSpec, Launcher, Mark, Pid, ProcessIdentity, Program, ResourceLimit, Stream, WaitStatus,
    procfs::ProcessTable, spec::LimitBounds,
};

const PATIENCE: Duration = Duration::from_secs(20);

fn shell(sandbox: &Path, text: &str) -> LaunchSpec {
    let mut spec = LaunchSpec::new(Program::Shell(text.into())).in_sandbox(sandbox);
    spec.environment
        .push(("MESOS_DIRECTORY".into(), sandbox.display().to_string()));
    spec
}

fn ended(launcher: &Launcher, process: ProcessIdentity) -> Option<WaitStatus> {
    let (sender, receiver) = mpsc::channel();
    launcher.watch(process, move |status| sender.send(status).unwrap());
    receiver
        .recv_timeout(PATIENCE)
        .expect("the process ends in time")
}

fn run(spec: &LaunchSpec) -> Option<WaitStatus> {
    let launcher = Launcher::new().unwrap();
    let process = launcher.launch(spec).unwrap();
    ended(&launcher, process)
}

/// Waits until a file has as many lines as asked; returns them.
fn lines(path: &Path, count: usize) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.len() >= count && text.ends_with('\n') {
            return lines;
        }
        assert!(
            Instant::now() < deadline,
            "{} has only {lines:?}",
            path.display()
        );
        std::thread::yield_now();
    }
}

fn lives(pid: &str) -> bool {
    let pid = Pid::new(pid.trim().parse().unwrap()).unwrap();
    mesos_sandbox::procfs::Stat::read(pid).is_some_and(|stat| !stat.is_zombie())
}

#[test]
fn a_shell_command_runs_in_its_sandbox_with_its_streams_and_environment() {
    let sandbox = tempfile::tempdir().unwrap();
    let mut spec = shell(
        sandbox.path(),
        "pwd; echo $FOO; echo oops >&2; echo $PATH; exit 3",
    );
    spec.environment.push(("FOO".into(), "bar baz".into()));
    assert_eq!(run(&spec), Some(WaitStatus::exited(3)));
    let directory = sandbox.path().canonicalize().unwrap();
    let expected = format!(
        "{}\nbar baz\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
        directory.display()
    );
    assert_eq!(
        fs::read_to_string(sandbox.path().join("stdout")).unwrap(),
        expected
    );
    assert_eq!(
        fs::read_to_string(sandbox.path().join("stderr")).unwrap(),
        "oops\n"
    );
}

#[test]
fn the_process_leads_a_session_and_inherits_no_descriptor_or_ignored_signal() {
    let sandbox = tempfile::tempdir().unwrap();
    let text = "echo $$; cut -d' ' -f5,6 /proc/$$/stat; ls /proc/$$/fd | tr '\\n' ' '; echo; grep SigIgn /proc/$$/status";
    assert_eq!(
        run(&shell(sandbox.path(), text)),
        Some(WaitStatus::exited(0))
    );
    let out = lines(&sandbox.path().join("stdout"), 4);
    assert_eq!(out[1], format!("{0} {0}", out[0]));
    assert_eq!(out[2].trim(), "0 1 2");
    assert_eq!(out[3], "SigIgn:\t0000000000000000");
}

#[test]
fn the_arguments_are_the_whole_argv_and_bare_names_are_looked_up() {
    let sandbox = tempfile::tempdir().unwrap();
    let program = Program::Exec {
        file: "cat".into(),
        argv: vec!["other".into(), "/proc/self/cmdline".into()],
    };
    let spec = LaunchSpec::new(program).in_sandbox(sandbox.path());
    assert_eq!(run(&spec), Some(WaitStatus::exited(0)));
    assert_eq!(
        fs::read(sandbox.path().join("stdout")).unwrap(),
        b"other\0/proc/self/cmdline\0"
    );
}

#[test]
fn a_script_without_an_interpreter_line_is_run_by_the_shell() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = tempfile::tempdir().unwrap();
    let script = sandbox.path().join("script");
    fs::write(&script, "echo \"$0 $1\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let program = Program::Exec {
        file: "script".into(),
        argv: vec!["x".into(), "one".into()],
    };
    assert_eq!(
        run(&LaunchSpec::new(program).in_sandbox(sandbox.path())),
        Some(WaitStatus::exited(0))
    );
    assert_eq!(lines(&sandbox.path().join("stdout"), 1), ["./script one"]);
}

#[test]
fn a_missing_program_is_reported_and_leaves_no_process() {
    let sandbox = tempfile::tempdir().unwrap();
    let program = Program::Exec {
        file: "/no/such/program".into(),
        argv: vec!["p".into()],
    };
    let mut spec = LaunchSpec::new(program).in_sandbox(sandbox.path());
    spec.pid_files = vec![sandbox.path().join("other/forked.pid")];
    let launcher = Launcher::new().unwrap();
    let error = launcher.launch(&spec).unwrap_err();
    assert!(error.to_string().starts_with("Failed to open"), "{error}");
    spec.pid_files.clear();
    let error = launcher.launch(&spec).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Failed to execute '/no/such/program': No such file or directory (os error 2)"
    );
}

#[test]
fn the_pid_file_is_there_before_the_program_runs() {
    let sandbox = tempfile::tempdir().unwrap();
    let file = sandbox.path().join("forked.pid");
    let mut spec = shell(sandbox.path(), "cat forked.pid; echo; echo $$");
    spec.pid_files = vec![file.clone()];
    assert_eq!(run(&spec), Some(WaitStatus::exited(0)));
    let out = lines(&sandbox.path().join("stdout"), 2);
    assert_eq!(out[0], out[1]);
    assert_eq!(fs::read_to_string(file).unwrap(), out[0]);
}

#[test]
fn limits_hold_and_raising_one_without_the_right_fails_the_launch_or_works() {
    let sandbox = tempfile::tempdir().unwrap();
    let mut spec = shell(sandbox.path(), "ulimit -n; ulimit -Hn");
    let bounds = Some(LimitBounds {
        soft: 100,
        hard: 200,
    });
    spec.limits = vec![ResourceLimit {
        kind: LimitType::RlmtNofile,
        bounds,
    }];
    assert_eq!(run(&spec), Some(WaitStatus::exited(0)));
    assert_eq!(lines(&sandbox.path().join("stdout"), 2), ["100", "200"]);

    spec.limits = vec![ResourceLimit {
        kind: LimitType::RlmtNofile,
        bounds: None,
    }];
    let error = Launcher::new().unwrap().launch(&spec).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Failed to set a resource limit"),
        "{error}"
    );
}

#[test]
fn another_user_owns_the_streams_and_has_only_its_groups() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let mut spec = shell(sandbox.path(), "id -u; id -g; id -G; touch mine");
    spec.user = Some("nobody".into());
    std::os::unix::fs::chown(sandbox.path(), Some(65534), Some(65534)).unwrap();
    assert_eq!(run(&spec), Some(WaitStatus::exited(0)));
    assert_eq!(
        lines(&sandbox.path().join("stdout"), 3),
        ["65534", "65534", "65534"]
    );
    use std::os::unix::fs::MetadataExt;
    assert_eq!(
        fs::metadata(sandbox.path().join("stdout")).unwrap().uid(),
        65534
    );
    assert_eq!(
        fs::metadata(sandbox.path().join("mine")).unwrap().uid(),
        65534
    );
}

#[test]
fn a_stream_that_is_a_link_is_refused() {
    let sandbox = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/hostname", sandbox.path().join("stdout")).unwrap();
    assert!(
        Launcher::new()
            .unwrap()
            .launch(&shell(sandbox.path(), "true"))
            .is_err()
    );
}

#[test]
fn destroy_kills_children_sessions_and_daemons_that_left_the_tree() {
    let sandbox = tempfile::tempdir().unwrap();
    // A child, a session of its own, and a daemon: its parent is gone and its session is its own.
    let text = "sleep 1000 & echo $! >> pids
        setsid sh -c 'echo $$ >> pids; sleep 1000; :' &
        (setsid sh -c 'sh -c \"echo \\$\\$ >> pids; sleep 1000; :\" & exit 0' &)
        wait";
    let launcher = Launcher::new().unwrap();
    let process = launcher.launch(&shell(sandbox.path(), text)).unwrap();
    let pids = lines(&sandbox.path().join("pids"), 3);
    assert!(pids.iter().all(|pid| lives(pid)));
    let usage = launcher.usage(process);
    assert!(usage.processes >= 3 && usage.mem_rss_bytes > 0, "{usage:?}");

    launcher
        .destroy(process, Some(&Mark::sandbox(sandbox.path())))
        .unwrap();
    assert!(pids.iter().all(|pid| !lives(pid)), "{pids:?}");
    assert_eq!(ended(&launcher, process), Some(WaitStatus::KILLED));
}

#[test]
fn destroy_wins_against_a_tree_that_keeps_forking() {
    let sandbox = tempfile::tempdir().unwrap();
    let text = "f() { while :; do (sleep 0.01; setsid sh -c 'sleep 1000' & ) & sleep 0.005; done; }; f & f & echo up > up; f";
    let launcher = Launcher::new().unwrap();
    let process = launcher.launch(&shell(sandbox.path(), text)).unwrap();
    lines(&sandbox.path().join("up"), 1);
    launcher
        .destroy(process, Some(&Mark::sandbox(sandbox.path())))
        .unwrap();
    let mark = format!("MESOS_DIRECTORY={}", sandbox.path().display());
    let left = ProcessTable::read();
    let left = left.iter().filter(|stat| !stat.is_zombie());
    let left =
        left.filter(|stat| mesos_sandbox::procfs::environment_has(stat.pid, mark.as_bytes()));
    assert_eq!(left.count(), 0);
    ended(&launcher, process);
}

#[test]
fn what_a_process_leaves_running_is_gone_when_its_end_is_told() {
    let sandbox = tempfile::tempdir().unwrap();
    let launcher = Launcher::new().unwrap();
    let text = "sleep 1000 & echo $! >> pids; setsid sh -c 'echo $$ >> pids; sleep 1000; :' & while [ $(cat pids | wc -l) -lt 2 ]; do :; done; exit 4";
    let process = launcher.launch(&shell(sandbox.path(), text)).unwrap();
    let (sender, receiver) = mpsc::channel();
    launcher.watch_tree(
        process,
        Some(Mark::sandbox(sandbox.path())),
        move |status| sender.send(status).unwrap(),
    );
    assert_eq!(
        receiver.recv_timeout(PATIENCE),
        Ok(Some(WaitStatus::exited(4)))
    );
    let pids = lines(&sandbox.path().join("pids"), 2);
    assert!(pids.iter().all(|pid| !lives(pid)), "{pids:?}");
}

#[test]
fn a_hundred_containers_are_destroyed_with_a_few_looks_at_the_machine() {
    let launcher = Launcher::new().unwrap();
    let sandboxes: Vec<_> = (0..100).map(|_| tempfile::tempdir().unwrap()).collect();
    let (sender, receiver) = mpsc::channel();
    let mut processes = Vec::new();
    for sandbox in &sandboxes {
        let process = launcher
            .launch(&shell(sandbox.path(), "sleep 1000 & echo up > up; wait"))
            .unwrap();
        let sender = sender.clone();
        launcher.watch_tree(
            process,
            Some(Mark::sandbox(sandbox.path())),
            move |status| sender.send(status).unwrap(),
        );
        processes.push(process);
    }
    sandboxes
        .iter()
        .for_each(|sandbox| drop(lines(&sandbox.path().join("up"), 1)));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for (process, sandbox) in processes.iter().zip(&sandboxes) {
            let launcher = &launcher;
            scope.spawn(move || {
                launcher
                    .destroy(*process, Some(&Mark::sandbox(sandbox.path())))
                    .unwrap()
            });
        }
    });
    for _ in 0..processes.len() {
        assert_eq!(
            receiver.recv_timeout(PATIENCE),
            Ok(Some(WaitStatus::KILLED))
        );
    }
    println!("destroy: {:?} each", began.elapsed() / 100);
}

#[test]
fn destroying_what_is_gone_already_is_no_error() {
    let sandbox = tempfile::tempdir().unwrap();
    let launcher = Launcher::new().unwrap();
    let process = launcher.launch(&shell(sandbox.path(), "exit 0")).unwrap();
    assert_eq!(ended(&launcher, process), Some(WaitStatus::exited(0)));
    assert_eq!(launcher.destroy(process, None).unwrap().processes, 0);
}

#[test]
fn a_reused_pid_is_not_taken_for_the_old_process() {
    let launcher = Launcher::new().unwrap();
    let own = ProcessIdentity::of(Pid::caller()).unwrap();
    let old = ProcessIdentity {
        started: own.started + 1,
        ..own
    };
    let (sender, receiver) = mpsc::channel();
    launcher.watch(old, move |status| sender.send(status).unwrap());
    assert_eq!(receiver.recv_timeout(PATIENCE), Ok(None));
    assert_eq!(launcher.usage(old), mesos_sandbox::Usage::default());
}

#[test]
fn a_process_of_somebody_else_is_seen_to_end_without_a_status() {
    let sandbox = tempfile::tempdir().unwrap();
    let launcher = Launcher::new().unwrap();
    let parent = launcher
        .launch(&shell(sandbox.path(), "sleep 1000 & echo $! > pid; wait"))
        .unwrap();
    let pid = lines(&sandbox.path().join("pid"), 1)[0].parse().unwrap();
    let grandchild = launcher.adopt(Pid::new(pid).unwrap()).unwrap();
    let (sender, receiver) = mpsc::channel();
    launcher.watch(grandchild, move |status| sender.send(status).unwrap());
    launcher.destroy(parent, None).unwrap();
    assert_eq!(receiver.recv_timeout(PATIENCE), Ok(None));
    ended(&launcher, parent);
}

#[test]
fn a_launch_costs_about_a_millisecond() {
    let launcher = Launcher::new().unwrap();
    let mut spec = LaunchSpec::new(Program::Exec {
        file: "/bin/true".into(),
        argv: vec!["true".into()],
    });
    (spec.stdout, spec.stderr) = (Stream::Null, Stream::Null);
    let began = Instant::now();
    let count = 200;
    let (sender, receiver) = mpsc::channel();
    for _ in 0..count {
        let sender = sender.clone();
        let process = launcher.launch(&spec).unwrap();
        launcher.watch(process, move |status| sender.send(status).unwrap());
    }
    let each = began.elapsed() / count;
    for _ in 0..count {
        assert_eq!(
            receiver.recv_timeout(PATIENCE),
            Ok(Some(WaitStatus::exited(0)))
        );
    }
    println!("launch: {each:?} each");
    assert!(each < Duration::from_millis(20), "a launch took {each:?}");
}
