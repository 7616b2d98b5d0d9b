//! The session with the master: detection, (re-)registration, pings, loss.
//!
//! Compat: agent §7.1–§7.4; flows 8.6, 8.7.

use std::time::Duration;

use mesos_model::clock::Now;
use mesos_model::id::AgentId;
use mesos_process::Upid;
use mesos_proto::internal::{
    MasterSlaveConnection, PingSlaveMessage, PongSlaveMessage, ShutdownMessage,
    SlaveRegisteredMessage, SlaveReregisteredMessage, UnregisterSlaveMessage,
};

use crate::checkpoint::record;
use crate::checkpoint::write::Disk;
use crate::config::{PING_TIMEOUT_DEFAULT, REGISTER_RETRY_MAX};
use crate::effect::{Effect, Level, log, send};
use crate::machine::{Agent, Phase};
use crate::timer::Timer;

impl Agent {
    pub(crate) fn on_master_detected(
        &mut self,
        now: Now,
        master: Option<Upid>,
        out: &mut Vec<Effect>,
    ) {
        if self.phase == Phase::Recovering {
            return;
        }
        if self.phase != Phase::Terminating {
            self.phase = Phase::Disconnected;
        }
        self.streams.pause();
        self.operations.pause();
        self.timers.cancel(&Timer::Register);
        self.timers.cancel(&Timer::PingTimeout);
        self.master = master;
        self.register_attempts = 0;
        let Some(master) = &self.master else {
            log(Level::Info, "Lost leading master", out);
            return;
        };
        log(Level::Info, format!("New master detected at {master}"), out);
        if self.phase == Phase::Terminating {
            return;
        }
        let delay = self.rng.up_to(self.config.registration_backoff_factor);
        self.timers.arm(Timer::Register, now.instant + delay);
    }

    pub(crate) fn on_register_due(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.phase != Phase::Disconnected {
            return;
        }
        let Some(master) = self.master.clone() else {
            return;
        };
        if self.register_attempts == 0 {
            out.push(Effect::Link {
                to: master.clone(),
                fresh: false,
            });
            if self.config.authenticates {
                self.register_attempts = 1;
                out.push(Effect::Authenticate { master });
                return;
            }
            log(
                Level::Info,
                "No credentials provided. Attempting to register without authentication",
                out,
            );
        }
        self.register(now, out);
    }

    pub(crate) fn on_authenticated(
        &mut self,
        now: Now,
        result: Result<(), String>,
        out: &mut Vec<Effect>,
    ) {
        if self.phase != Phase::Disconnected {
            return;
        }
        let Some(master) = &self.master else { return };
        match result {
            Ok(()) => {
                log(
                    Level::Info,
                    format!("Successfully authenticated with master {master}"),
                    out,
                );
                self.register(now, out);
            }
            Err(_) => {
                let message = format!("Master {master} refused authentication");
                out.push(Effect::Exit { status: 1, message });
            }
        }
    }

    fn register(&mut self, now: Now, out: &mut Vec<Effect>) {
        match self.id.clone() {
            None => {
                let message = self.register_message();
                self.to_master(&message, out);
            }
            Some(_) => {
                let message = self.reregister_message();
                self.to_master(&message, out);
            }
        }
        self.register_attempts = self.register_attempts.max(1);
        let delay = self.rng.up_to(self.register_backoff());
        self.register_attempts += 1;
        self.timers.arm(Timer::Register, now.instant + delay);
    }

    fn register_backoff(&self) -> Duration {
        let doublings = 1u32.checked_shl(self.register_attempts).unwrap_or(u32::MAX);
        self.config
            .registration_backoff_factor
            .saturating_mul(doublings)
            .min(REGISTER_RETRY_MAX)
    }

    pub(crate) fn on_registered(
        &mut self,
        now: Now,
        from: &Upid,
        m: &SlaveRegisteredMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) {
            log(
                Level::Warning,
                format!(
                    "Ignoring registration message from {from} because it is not the expected master"
                ),
                out,
            );
            return;
        }
        let id = AgentId::from(&m.slave_id);
        if !super::run_task::is_file_name(id.as_str()) {
            log(
                Level::Error,
                format!("Ignoring registration with the bad agent ID '{id}'"),
                out,
            );
            return;
        }
        match self.phase {
            Phase::Disconnected => {
                log(
                    Level::Info,
                    format!("Registered with master {from}; given agent ID {id}"),
                    out,
                );
                self.become_known(id, out);
                self.start_session(now, m.connection.as_ref(), out);
            }
            Phase::Running if self.id.as_ref() != Some(&id) => {
                let mine = self.agent_id();
                let message = format!(
                    "Registered but got wrong id: {id} (expected: {mine}). Committing suicide"
                );
                out.push(Effect::Exit { status: 1, message });
            }
            Phase::Running => log(
                Level::Warning,
                format!("Already registered with master {from}"),
                out,
            ),
            Phase::Terminating => log(
                Level::Warning,
                "Ignoring registration because agent is terminating",
                out,
            ),
            Phase::Recovering => log(Level::Error, "Registered before recovery finished", out),
        }
    }

    fn become_known(&mut self, id: AgentId, out: &mut Vec<Effect>) {
        self.info.id = Some(id.to_proto());
        let meta = self.paths.meta();
        // Operators look for `slaves/latest` above the sandboxes too, where old texts show it (S0-17).
        for tree in [&meta, &self.paths.work()] {
            out.push(Effect::Disk(Disk::MakeDir {
                path: tree.agent(&id),
                mode: 0o755,
            }));
            out.push(Effect::Disk(Disk::Link {
                target: tree.agent(&id),
                link: tree.latest_agent(),
            }));
        }
        let mut stored = self.info.clone();
        stored.resources = crate::state::task::downgrade(&stored.resources);
        out.push(Effect::Disk(Disk::Write {
            path: meta.agent_info(&id),
            bytes: record::frame(&stored),
        }));
        self.id = Some(id);
    }

    pub(crate) fn on_reregistered(
        &mut self,
        now: Now,
        from: &Upid,
        m: SlaveReregisteredMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) {
            log(
                Level::Warning,
                format!(
                    "Ignoring re-registration message from {from} because it is not the expected master"
                ),
                out,
            );
            return;
        }
        let id = AgentId::from(&m.slave_id);
        if self.id.as_ref() != Some(&id) {
            let mine = self.agent_id();
            let message = format!(
                "Re-registered but got wrong id: {id} (expected: {mine}). Committing suicide"
            );
            out.push(Effect::Exit { status: 1, message });
            return;
        }
        match self.phase {
            Phase::Disconnected => {
                log(
                    Level::Info,
                    format!("Re-registered with master {from}"),
                    out,
                );
                self.start_session(now, m.connection.as_ref(), out);
            }
            Phase::Running => log(
                Level::Warning,
                format!("Already re-registered with master {from}"),
                out,
            ),
            Phase::Terminating | Phase::Recovering => return,
        }
        for reconcile in m.reconciliations {
            self.reconcile_unknown_tasks(now, &reconcile, out);
        }
    }

    fn start_session(
        &mut self,
        now: Now,
        connection: Option<&MasterSlaveConnection>,
        out: &mut Vec<Effect>,
    ) {
        self.phase = Phase::Running;
        if let Some(master) = self.master.clone() {
            // The link of the first attempt is gone if the master was not there yet, or has been
            // away since; without one the next loss would be noticed by its missing pings only.
            out.push(Effect::Link {
                to: master,
                fresh: false,
            });
        }
        self.timers.cancel(&Timer::Register);
        self.ping_timeout = connection
            .and_then(|connection| connection.total_ping_timeout_seconds)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .unwrap_or(PING_TIMEOUT_DEFAULT);
        self.timers
            .arm(Timer::PingTimeout, now.instant + self.ping_timeout);
        let update = self.update_message();
        log(Level::Info, "Forwarding agent update", out);
        self.to_master(&update, out);
        let steps = self.streams.resume(now.instant);
        self.do_steps(steps, out);
        self.resume_operations(now, out);
    }

    pub(crate) fn on_ping(
        &mut self,
        now: Now,
        from: &Upid,
        m: PingSlaveMessage,
        out: &mut Vec<Effect>,
    ) {
        send(from, &PongSlaveMessage {}, out);
        if self.phase == Phase::Running && !m.connected {
            log(
                Level::Info,
                "Master marked the agent as disconnected but the agent considers itself registered! Forcing re-registration.",
                out,
            );
            self.timers.cancel(&Timer::PingTimeout);
            out.push(Effect::Detect);
            return;
        }
        self.timers
            .arm(Timer::PingTimeout, now.instant + self.ping_timeout);
    }

    pub(crate) fn on_ping_timeout(&mut self, out: &mut Vec<Effect>) {
        log(
            Level::Info,
            format!(
                "No pings from master received within {:?}",
                self.ping_timeout
            ),
            out,
        );
        out.push(Effect::Detect);
    }

    /// The original waits for the detector, and a standalone detector never speaks again; asking it
    /// anew registers with a restarted master as soon as it is back instead of after a ping timeout.
    pub(crate) fn on_exited(&mut self, pid: &Upid, out: &mut Vec<Effect>) {
        if !self.is_master(pid) || self.phase == Phase::Terminating {
            return;
        }
        log(
            Level::Warning,
            format!("Master {pid} disconnected! Waiting for a new master to be elected"),
            out,
        );
        if self.phase == Phase::Running {
            out.push(Effect::Detect);
        }
    }

    pub(crate) fn on_shutdown(
        &mut self,
        now: Now,
        from: &Upid,
        m: &ShutdownMessage,
        out: &mut Vec<Effect>,
    ) {
        if !self.is_master(from) {
            log(
                Level::Warning,
                format!(
                    "Ignoring shutdown message from {from} because it is not from the registered master"
                ),
                out,
            );
            return;
        }
        let reason = m.message.as_deref().filter(|text| !text.is_empty());
        log(
            Level::Info,
            format!(
                "Agent asked to shut down by {from}{}",
                reason
                    .map(|r| format!(" because '{r}'"))
                    .unwrap_or_default()
            ),
            out,
        );
        self.terminate(now, out);
    }

    pub(crate) fn on_leave(&mut self, now: Now, reason: &str, out: &mut Vec<Effect>) {
        log(
            Level::Info,
            format!("{reason}; unregistering and shutting down"),
            out,
        );
        if let Some(id) = &self.id {
            let message = UnregisterSlaveMessage {
                slave_id: id.to_proto(),
            };
            self.to_master(&message, out);
        }
        self.terminate(now, out);
    }

    fn terminate(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.phase = Phase::Terminating;
        self.timers.cancel(&Timer::Register);
        let ids: Vec<_> = self.frameworks.keys().cloned().collect();
        for id in ids {
            self.shutdown_framework(now, &id, out);
        }
        self.exit_if_done(out);
    }

    /// A terminating agent leaves with its last framework.
    pub(crate) fn exit_if_done(&self, out: &mut Vec<Effect>) {
        if self.phase == Phase::Terminating && self.frameworks.is_empty() {
            out.push(Effect::Exit {
                status: 0,
                message: String::new(),
            });
        }
    }
}
