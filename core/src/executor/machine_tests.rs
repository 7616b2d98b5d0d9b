//! The command executor: events in, effects out.

use mesos_proto::mesos::{CheckInfo, DurationInfo, HealthCheck, TaskId, check_info};

use super::*;

fn at(seconds: u64) -> Instant {
    Instant(seconds * 1_000_000_000)
}

fn task() -> TaskInfo {
    TaskInfo {
        task_id: TaskId { value: "t".into() },
        command: Some(CommandInfo {
            value: Some("sleep".into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn policy(seconds: i64) -> KillPolicy {
    KillPolicy {
        grace_period: Some(DurationInfo {
            nanoseconds: seconds * 1_000_000_000,
        }),
    }
}

struct Stand {
    machine: Machine,
}

/// What matters of effects: states with message, reason and health, and the other effects.
fn told(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Update(status) => {
            let mut text = status.state().as_str_name().to_owned();
            if let Some(message) = &status.message {
                text = format!("{text}: {message}");
            }
            if status.reason.is_some() {
                text = format!("{text} [{}]", status.reason().as_str_name());
            }
            match status.healthy {
                Some(healthy) => format!("{text} healthy={healthy}"),
                None => text,
            }
        }
        Effect::Arm(timer, at) => format!("arm {timer:?} {}s", at.as_nanos() / 1_000_000_000),
        Effect::Launch(_) => "launch".to_owned(),
        Effect::Probe(kind, ..) => format!("probe {kind:?}"),
        Effect::Terminate | Effect::Kill | Effect::Stop => format!("{effect:?}"),
        Effect::Disarm(_) => String::new(),
    };
    effects
        .iter()
        .map(text)
        .filter(|text| !text.is_empty())
        .collect()
}

impl Stand {
    fn new(knows_killing: bool) -> Self {
        let mut stand = Self {
            machine: Machine::new(Duration::from_secs(5)),
        };
        stand.on(0, Event::Registered { knows_killing });
        stand
    }

    fn running(task: TaskInfo, knows_killing: bool) -> Self {
        let mut stand = Self::new(knows_killing);
        assert_eq!(
            stand.on(0, Event::Launch(Box::new(task))),
            ["TASK_STARTING", "launch"]
        );
        assert_eq!(stand.on(0, Event::Launched(Ok(7)))[0], "TASK_RUNNING");
        stand
    }

    fn on(&mut self, seconds: u64, event: Event) -> Vec<String> {
        let mut effects = Vec::new();
        self.machine.on(at(seconds), event, &mut effects);
        told(&effects)
    }

    fn kill(&mut self, seconds: u64, policy: Option<KillPolicy>) -> Vec<String> {
        self.on(
            seconds,
            Event::Kill {
                task_id: "t".into(),
                policy,
            },
        )
    }
}

#[test]
fn a_command_that_ends_well_finishes_the_task_and_the_executor() {
    let mut stand = Stand::running(task(), false);
    let ended = stand.on(9, Event::Exited(WaitStatus::exited(0)));
    assert_eq!(
        ended,
        ["TASK_FINISHED: Command exited with status 0", "arm End 69s"]
    );
    for _ in 0..2 {
        assert_eq!(stand.on(9, Event::Acknowledged), Vec::<String>::new());
    }
    assert_eq!(stand.on(9, Event::Acknowledged), ["Stop"]);
}

#[test]
fn a_last_update_that_nobody_takes_over_is_waited_for_but_not_for_ever() {
    let mut stand = Stand::running(task(), false);
    stand.on(9, Event::Exited(WaitStatus::exited(0)));
    assert_eq!(stand.on(69, Event::TimerFired(Timer::End)), ["Stop"]);
    let mut stand = Stand::running(task(), false);
    stand.on(9, Event::Exited(WaitStatus::exited(0)));
    assert_eq!(stand.on(20, Event::Shutdown), ["arm End 21s"]);
}

#[test]
fn other_endings_fail_the_task_and_say_how() {
    let mut stand = Stand::running(task(), false);
    assert_eq!(
        stand.on(1, Event::Exited(WaitStatus::exited(1)))[0],
        "TASK_FAILED: Command exited with status 1"
    );
    let mut stand = Stand::running(task(), false);
    let killed = stand.on(1, Event::Exited(WaitStatus::signaled(9, false)));
    assert_eq!(
        killed[0],
        "TASK_FAILED: Command terminated with signal Killed"
    );
}

#[test]
fn a_kill_asks_politely_and_then_insists() {
    let mut stand = Stand::running(task(), false);
    assert_eq!(stand.kill(10, None), ["Terminate", "arm Escalation 13s"]);
    assert_eq!(stand.on(13, Event::TimerFired(Timer::Escalation)), ["Kill"]);
    let ended = stand.on(13, Event::Exited(WaitStatus::signaled(9, false)));
    assert_eq!(
        ended[0],
        "TASK_KILLED: Command terminated with signal Killed"
    );
}

#[test]
fn a_framework_that_knows_it_hears_of_the_killing() {
    let mut stand = Stand::running(task(), true);
    assert_eq!(stand.kill(10, None)[0], "TASK_KILLING");
}

#[test]
fn the_grace_is_the_requests_then_the_tasks_and_a_second_kill_only_shortens_it() {
    let with_policy = TaskInfo {
        kill_policy: Some(policy(20)),
        ..task()
    };
    let mut stand = Stand::running(with_policy, true);
    assert_eq!(stand.kill(100, None)[2], "arm Escalation 120s");
    assert_eq!(stand.kill(101, Some(policy(60))), Vec::<String>::new());
    assert_eq!(stand.kill(102, Some(policy(5))), ["arm Escalation 105s"]);
}

#[test]
fn a_kill_of_another_task_is_ignored() {
    let mut stand = Stand::running(task(), true);
    let other = Event::Kill {
        task_id: "other".into(),
        policy: None,
    };
    assert_eq!(stand.on(1, other), Vec::<String>::new());
}

#[test]
fn a_shutdown_kills_with_the_agents_grace_less_two_seconds() {
    let mut stand = Stand::running(task(), false);
    assert_eq!(
        stand.on(10, Event::Shutdown),
        ["Terminate", "arm Escalation 13s"]
    );
    let ended = stand.on(11, Event::Exited(WaitStatus::signaled(15, false)));
    assert_eq!(
        ended[1], "arm End 12s",
        "no acknowledgement comes after a shutdown"
    );
    assert_eq!(stand.on(12, Event::TimerFired(Timer::End)), ["Stop"]);
    assert_eq!(Stand::new(false).on(1, Event::Shutdown), ["Stop"]);
}

#[test]
fn a_second_task_fails_and_leaves_the_first_alone() {
    let mut stand = Stand::running(task(), false);
    let second = TaskInfo {
        task_id: TaskId { value: "u".into() },
        ..task()
    };
    let text = "TASK_FAILED: Attempted to run multiple tasks using a \"command\" executor";
    assert_eq!(stand.on(1, Event::Launch(Box::new(second))), [text]);
    assert_eq!(
        stand.on(2, Event::Exited(WaitStatus::exited(0)))[0],
        "TASK_FINISHED: Command exited with status 0"
    );
}

#[test]
fn a_command_that_cannot_start_fails_the_task() {
    let mut stand = Stand::new(false);
    stand.on(0, Event::Launch(Box::new(task())));
    let failed = stand.on(0, Event::Launched(Err("no such file".into())));
    assert_eq!(failed, ["TASK_FAILED: no such file", "arm End 60s"]);
}

#[test]
fn a_task_that_takes_too_long_fails_with_the_reason() {
    let limited = TaskInfo {
        max_completion_time: Some(DurationInfo {
            nanoseconds: 30_000_000_000,
        }),
        ..task()
    };
    let mut stand = Stand::new(true);
    stand.on(0, Event::Launch(Box::new(limited)));
    assert_eq!(stand.on(0, Event::Launched(Ok(7)))[1], "arm Completion 30s");
    assert_eq!(
        stand.on(30, Event::TimerFired(Timer::Completion)),
        ["Terminate", "arm Escalation 30s"]
    );
    let ended = stand.on(31, Event::Exited(WaitStatus::signaled(15, false)));
    let text = "TASK_FAILED: Command terminated with signal Terminated [REASON_MAX_COMPLETION_TIME_REACHED]";
    assert_eq!(ended[0], text);
}

fn unhealthy_task() -> TaskInfo {
    let health = HealthCheck {
        command: Some(CommandInfo::default()),
        consecutive_failures: Some(2),
        grace_period_seconds: Some(0.0),
        ..Default::default()
    };
    TaskInfo {
        health_check: Some(health),
        ..task()
    }
}

#[test]
fn health_is_told_when_it_changes_and_failures_end_the_task() {
    let mut stand = Stand::running(unhealthy_task(), false);
    assert_eq!(
        stand.on(15, Event::TimerFired(Timer::Probe(Kind::Health))),
        ["probe Health"]
    );
    let good = || Event::Probed(Kind::Health, Outcome::Exited(WaitStatus::exited(0)));
    let bad = || Event::Probed(Kind::Health, Outcome::Exited(WaitStatus::exited(1)));
    let told =
        |health| format!("TASK_RUNNING [REASON_TASK_HEALTH_CHECK_STATUS_UPDATED] healthy={health}");
    assert_eq!(
        stand.on(15, good()),
        [told(true), "arm Probe(Health) 25s".into()]
    );
    assert_eq!(stand.on(25, good()), ["arm Probe(Health) 35s"]);
    assert_eq!(
        stand.on(35, bad()),
        [told(false), "arm Probe(Health) 45s".into()]
    );
    assert_eq!(
        stand.on(45, bad()),
        [told(false), "Terminate".into(), "arm Escalation 48s".into()]
    );
    let ended = stand.on(46, Event::Exited(WaitStatus::signaled(15, false)));
    assert_eq!(
        ended[0],
        "TASK_KILLED: Command terminated with signal Terminated healthy=false"
    );
}

#[test]
fn a_health_result_during_the_killing_does_not_bring_the_task_back() {
    let mut stand = Stand::running(unhealthy_task(), true);
    stand.kill(1, None);
    let bad = Event::Probed(Kind::Health, Outcome::TimedOut);
    assert_eq!(stand.on(2, bad), Vec::<String>::new());
}

#[test]
fn check_results_ride_on_the_last_status() {
    let command = check_info::Command {
        command: CommandInfo::default(),
    };
    let check = CheckInfo {
        r#type: Some(check_info::Type::Command as i32),
        command: Some(command),
        ..Default::default()
    };
    let mut stand = Stand::running(
        TaskInfo {
            check: Some(check),
            ..task()
        },
        false,
    );
    let exited = || Event::Probed(Kind::Check, Outcome::Exited(WaitStatus::exited(3)));
    let told = stand.on(15, exited());
    assert_eq!(
        told,
        [
            "TASK_RUNNING [REASON_TASK_CHECK_STATUS_UPDATED]",
            "arm Probe(Check) 25s"
        ]
    );
    assert_eq!(stand.on(25, exited()), ["arm Probe(Check) 35s"]);
    assert_eq!(
        stand
            .machine
            .last
            .check_status
            .unwrap()
            .command
            .unwrap()
            .exit_code,
        Some(3)
    );
}
