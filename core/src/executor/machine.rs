//! What the command executor decides: messages, endings and timers in; updates, signals and timers
//! out.
//!
//! Compat: agent part 1 §16.2 rules 1, 2, 4–8; §16.4 rules 6–8. FIX of rule 7: the driver variant waits for the last
//! acknowledgement, too, instead of a second: an agent that restarts meanwhile would lose the task's end.

use std::time::Duration;

use mesos_model::{clock::Instant, units::format_duration};
use mesos_proto::mesos::{
    CommandInfo, KillPolicy, TaskInfo, TaskState, TaskStatus, task_status::Reason,
};
use mesos_sandbox::WaitStatus;

use super::check::{Check, Health, Kind, Outcome, Probe, Schedule, Verdict};

/// Grace between the polite and the impolite signal when nobody says otherwise.
const KILL_GRACE: Duration = Duration::from_secs(3);
/// What a shutdown keeps of its grace for reaping and for the last update.
const SHUTDOWN_RESERVE: Duration = Duration::from_secs(2);
/// How long the last update may wait for its acknowledgement: the agent may be restarting.
const LINGER: Duration = Duration::from_secs(60);
/// The same after a shutdown, when acknowledgements do not come through any more.
const SHUTDOWN_LINGER: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq)]
pub enum Event {
    Registered {
        knows_killing: bool,
    },
    Launch(Box<TaskInfo>),
    Kill {
        task_id: String,
        policy: Option<KillPolicy>,
    },
    Shutdown,
    /// One of the updates has been taken over by the agent.
    Acknowledged,
    /// The answer to [`Effect::Launch`].
    Launched(Result<i32, String>),
    Exited(WaitStatus),
    Probed(Kind, Outcome),
    TimerFired(Timer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    Escalation,
    Completion,
    Probe(Kind),
    End,
}

#[derive(Debug, PartialEq)]
pub enum Effect {
    Launch(Box<CommandInfo>),
    Update(Box<TaskStatus>),
    /// SIGTERM to the task's tree, sessions and groups included.
    Terminate,
    /// SIGKILL to everything the task started.
    Kill,
    /// Arming a timer again moves it.
    Arm(Timer, Instant),
    Disarm(Timer),
    Probe(Kind, Probe, Option<Duration>),
    /// Leave the driver and end the program.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KillReason {
    /// A kill request or a shutdown.
    Asked,
    Unhealthy,
    CompletionTime,
}

#[derive(Clone, Copy, Debug)]
struct Killing {
    began: Instant,
    deadline: Instant,
    reason: KillReason,
}

#[derive(Debug)]
enum Phase {
    Idle,
    Launching,
    Running,
    Killing(Killing),
    Ended,
}

/// The command executor of one task.
#[derive(Debug)]
pub struct Machine {
    shutdown_grace: Duration,
    knows_killing: bool,
    phase: Phase,
    task: Option<Box<TaskInfo>>,
    pid: i32,
    last: TaskStatus,
    check: Option<Check>,
    health: Option<Health>,
    /// Updates sent and not acknowledged.
    outstanding: u32,
    is_shut_down: bool,
}

impl Machine {
    pub fn new(shutdown_grace: Duration) -> Self {
        Self {
            shutdown_grace,
            knows_killing: false,
            phase: Phase::Idle,
            task: None,
            pid: 0,
            last: TaskStatus::default(),
            check: None,
            health: None,
            outstanding: 0,
            is_shut_down: false,
        }
    }

    pub fn on(&mut self, now: Instant, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Registered { knows_killing } => self.knows_killing = knows_killing,
            Event::Launch(task) => self.on_launch(now, task, out),
            Event::Kill { task_id, policy } => self.on_kill(now, &task_id, policy.as_ref(), out),
            Event::Shutdown => self.on_shutdown(now, out),
            Event::Acknowledged => self.on_acknowledged(out),
            Event::Launched(result) => self.on_launched(now, result, out),
            Event::Exited(status) => self.on_exited(now, status, out),
            Event::Probed(kind, outcome) => self.on_probed(now, kind, &outcome, out),
            Event::TimerFired(timer) => self.on_timer(now, timer, out),
        }
    }

    fn on_launch(&mut self, now: Instant, task: Box<TaskInfo>, out: &mut Vec<Effect>) {
        if self.task.is_some() {
            let text = "Attempted to run multiple tasks using a \"command\" executor";
            let status = status_of(&task, TaskState::TaskFailed, Some(text));
            return self.send(status, out);
        }
        tracing::info!("Starting task {}", task.task_id.value);
        let command = task.command.clone();
        self.health = None;
        self.check = None;
        let checks = self.set_up_checks(now, &task);
        self.task = Some(task);
        self.update(TaskState::TaskStarting, None, |_| {}, out);
        if let Err(reason) = checks {
            return self.fail(now, &reason, out);
        }
        let Some(command) = command else {
            return self.fail(now, "The task has no command", out);
        };
        self.phase = Phase::Launching;
        out.push(Effect::Launch(Box::new(command)));
    }

    fn set_up_checks(&mut self, now: Instant, task: &TaskInfo) -> Result<(), String> {
        self.check = task.check.as_ref().map(Check::of).transpose()?;
        self.health = task
            .health_check
            .as_ref()
            .map(|info| Health::of(info, now))
            .transpose()?;
        Ok(())
    }

    fn on_launched(&mut self, now: Instant, result: Result<i32, String>, out: &mut Vec<Effect>) {
        match result {
            Ok(pid) => {
                tracing::info!("Forked command at {pid}");
                self.pid = pid;
                self.phase = Phase::Running;
                self.update(TaskState::TaskRunning, None, |_| {}, out);
                self.start_timers(now, out);
            }
            Err(reason) => self.fail(now, &reason, out),
        }
    }

    fn start_timers(&self, now: Instant, out: &mut Vec<Effect>) {
        for kind in [Kind::Check, Kind::Health] {
            if let Some(schedule) = self.schedule(kind) {
                out.push(Effect::Arm(Timer::Probe(kind), now + schedule.delay));
            }
        }
        let limit = self
            .task
            .as_ref()
            .and_then(|task| task.max_completion_time.as_ref());
        if let Some(limit) = limit
            .and_then(|limit| u64::try_from(limit.nanoseconds).ok())
            .filter(|limit| *limit > 0)
        {
            out.push(Effect::Arm(
                Timer::Completion,
                now + Duration::from_nanos(limit),
            ));
        }
    }

    fn schedule(&self, kind: Kind) -> Option<&Schedule> {
        match kind {
            Kind::Check => self.check.as_ref().map(|check| &check.schedule),
            Kind::Health => self.health.as_ref().map(|health| &health.schedule),
        }
    }

    fn on_kill(
        &mut self,
        now: Instant,
        task_id: &str,
        policy: Option<&KillPolicy>,
        out: &mut Vec<Effect>,
    ) {
        let Some(task) = self
            .task
            .as_ref()
            .filter(|task| task.task_id.value == task_id)
        else {
            tracing::warn!("Ignoring kill of the unknown task {task_id}");
            return;
        };
        tracing::info!("Received kill for task {task_id}");
        let grace = policy
            .and_then(grace_of)
            .or_else(|| task.kill_policy.as_ref().and_then(grace_of));
        self.kill(now, KillReason::Asked, grace.unwrap_or(KILL_GRACE), out);
    }

    fn on_shutdown(&mut self, now: Instant, out: &mut Vec<Effect>) {
        tracing::info!("Shutting down");
        self.is_shut_down = true;
        match self.phase {
            // Without a task there is nothing to tell; after its end the last update is on its way.
            Phase::Idle => out.push(Effect::Stop),
            Phase::Ended => out.push(Effect::Arm(Timer::End, now + SHUTDOWN_LINGER)),
            Phase::Launching | Phase::Running | Phase::Killing(_) => {
                let grace = self.shutdown_grace.saturating_sub(SHUTDOWN_RESERVE);
                self.kill(now, KillReason::Asked, grace, out);
            }
        }
    }

    /// With the last update taken over there is nothing left to do.
    fn on_acknowledged(&mut self, out: &mut Vec<Effect>) {
        self.outstanding = self.outstanding.saturating_sub(1);
        if let (Phase::Ended, 0) = (&self.phase, self.outstanding) {
            out.push(Effect::Stop);
        }
    }

    /// The first kill says why and asks politely; later ones may only shorten the wait.
    fn kill(&mut self, now: Instant, reason: KillReason, grace: Duration, out: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Idle | Phase::Launching | Phase::Ended => return,
            Phase::Killing(killing) => {
                let deadline = killing.began + grace;
                if deadline < killing.deadline {
                    killing.deadline = deadline;
                    out.push(Effect::Arm(Timer::Escalation, deadline));
                }
                return;
            }
            Phase::Running => {}
        }
        let deadline = now + grace;
        self.phase = Phase::Killing(Killing {
            began: now,
            deadline,
            reason,
        });
        for timer in [
            Timer::Probe(Kind::Check),
            Timer::Probe(Kind::Health),
            Timer::Completion,
        ] {
            out.push(Effect::Disarm(timer));
        }
        if self.knows_killing && reason != KillReason::CompletionTime {
            self.update(TaskState::TaskKilling, None, |_| {}, out);
        }
        tracing::info!("Sending SIGTERM to process tree at pid {}", self.pid);
        out.push(Effect::Terminate);
        tracing::info!(
            "Scheduling escalation to SIGKILL in {} from now",
            format_duration(grace.into())
        );
        out.push(Effect::Arm(Timer::Escalation, deadline));
    }

    fn on_exited(&mut self, now: Instant, status: WaitStatus, out: &mut Vec<Effect>) {
        let reason = match &self.phase {
            Phase::Running => None,
            Phase::Killing(killing) => Some(killing.reason),
            Phase::Idle | Phase::Launching | Phase::Ended => return,
        };
        tracing::info!("Command {status} (pid: {})", self.pid);
        let state = match reason {
            Some(KillReason::CompletionTime) => TaskState::TaskFailed,
            Some(KillReason::Asked | KillReason::Unhealthy) => TaskState::TaskKilled,
            None if status.is_success() => TaskState::TaskFinished,
            None => TaskState::TaskFailed,
        };
        let text = format!("Command {status}");
        let set = |update: &mut TaskStatus| match reason {
            Some(KillReason::CompletionTime) => {
                update.reason = Some(Reason::MaxCompletionTimeReached as i32)
            }
            Some(KillReason::Unhealthy) => update.healthy = Some(false),
            Some(KillReason::Asked) | None => {}
        };
        self.update(state, Some(&text), set, out);
        self.end(now, out);
    }

    fn fail(&mut self, now: Instant, reason: &str, out: &mut Vec<Effect>) {
        tracing::error!("Failed to launch the task: {reason}");
        self.update(TaskState::TaskFailed, Some(reason), |_| {}, out);
        self.end(now, out);
    }

    fn end(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.phase = Phase::Ended;
        for timer in [
            Timer::Escalation,
            Timer::Completion,
            Timer::Probe(Kind::Check),
            Timer::Probe(Kind::Health),
        ] {
            out.push(Effect::Disarm(timer));
        }
        let linger = if self.is_shut_down {
            SHUTDOWN_LINGER
        } else {
            LINGER
        };
        out.push(Effect::Arm(Timer::End, now + linger));
    }

    fn send(&mut self, status: TaskStatus, out: &mut Vec<Effect>) {
        self.outstanding += 1;
        out.push(Effect::Update(Box::new(status)));
    }

    fn on_timer(&mut self, now: Instant, timer: Timer, out: &mut Vec<Effect>) {
        match timer {
            Timer::End => out.push(Effect::Stop),
            Timer::Completion => {
                tracing::info!("Killing the task: its maximum completion time is over");
                self.kill(now, KillReason::CompletionTime, Duration::ZERO, out);
            }
            Timer::Escalation => {
                let Phase::Killing(killing) = &self.phase else {
                    return;
                };
                let waited = format_duration(killing.deadline.since(killing.began).into());
                tracing::info!(
                    "Process {} did not terminate after {waited}, sending SIGKILL to its tree",
                    self.pid
                );
                out.push(Effect::Kill);
            }
            Timer::Probe(kind) => {
                let Phase::Running = self.phase else { return };
                let Some(schedule) = self.schedule(kind) else {
                    return;
                };
                out.push(Effect::Probe(
                    kind,
                    schedule.probe.clone(),
                    schedule.timeout,
                ));
            }
        }
    }

    fn on_probed(&mut self, now: Instant, kind: Kind, outcome: &Outcome, out: &mut Vec<Effect>) {
        // A result that comes when the task is being killed must not bring it back to life.
        let Phase::Running = self.phase else { return };
        match kind {
            Kind::Check => self.on_checked(outcome, out),
            Kind::Health => self.on_health(now, outcome, out),
        }
        let Phase::Running = self.phase else { return };
        if let Some(schedule) = self.schedule(kind) {
            out.push(Effect::Arm(Timer::Probe(kind), now + schedule.interval));
        }
    }

    fn on_checked(&mut self, outcome: &Outcome, out: &mut Vec<Effect>) {
        let Some(check) = &mut self.check else { return };
        if !check.observe(outcome) {
            return;
        }
        self.last.check_status = Some(*check.status());
        self.repeat(Reason::TaskCheckStatusUpdated, out);
    }

    fn on_health(&mut self, now: Instant, outcome: &Outcome, out: &mut Vec<Effect>) {
        let Some(health) = &mut self.health else {
            return;
        };
        let verdict = health.observe(now, outcome);
        match verdict {
            Verdict::Unchanged => {}
            Verdict::Healthy => {
                self.last.healthy = Some(true);
                self.repeat(Reason::TaskHealthCheckStatusUpdated, out);
            }
            Verdict::Unhealthy { kill } => {
                self.last.healthy = Some(false);
                self.repeat(Reason::TaskHealthCheckStatusUpdated, out);
                if kill {
                    let policy = self
                        .task
                        .as_ref()
                        .and_then(|task| task.kill_policy.as_ref())
                        .and_then(grace_of);
                    self.kill(
                        now,
                        KillReason::Unhealthy,
                        policy.unwrap_or(KILL_GRACE),
                        out,
                    );
                }
            }
        }
    }

    /// Sends the last status again with what has changed in it.
    fn repeat(&mut self, reason: Reason, out: &mut Vec<Effect>) {
        self.last.reason = Some(reason as i32);
        self.last.message = None;
        self.send(self.last.clone(), out);
    }

    fn update(
        &mut self,
        state: TaskState,
        text: Option<&str>,
        set: impl Fn(&mut TaskStatus),
        out: &mut Vec<Effect>,
    ) {
        let Some(task) = &self.task else { return };
        let mut status = status_of(task, state, text);
        status.check_status = self.check.as_ref().map(|check| *check.status());
        set(&mut status);
        self.last = status;
        self.send(self.last.clone(), out);
    }
}

fn status_of(task: &TaskInfo, state: TaskState, text: Option<&str>) -> TaskStatus {
    TaskStatus {
        task_id: task.task_id.clone(),
        state: state as i32,
        message: text.map(str::to_owned),
        ..Default::default()
    }
}

fn grace_of(policy: &KillPolicy) -> Option<Duration> {
    let grace = policy.grace_period.as_ref()?;
    Some(Duration::from_nanos(
        u64::try_from(grace.nanoseconds).unwrap_or(0),
    ))
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
