//! Where a scenario is played: a cluster, its puppets, and what is known by name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;

use super::actor::{Actor, Answer, PATIENCE, Told};
use super::language::{Role, STATES, call_line, state_name};
use super::script::{Act, Change, Ending, Expectation, FIRST, Outcome, STRAY, Scenario, Step};
use super::value::{Names, mismatch};
use crate::cluster::Cluster;
use crate::http;

/// Offers come whenever something is free; only a scenario that speaks of them looks at them.
const PASSED_OVER: [&str; 2] = ["offers", "rescinded"];
/// Of each log, how much a failure shows.
const LOG_LINES: usize = 12;
const POLL: Duration = Duration::from_millis(10);

pub struct Stage<'a> {
    cluster: &'a mut Cluster,
    program: &'a str,
    scenario: &'a Scenario,
    actors: BTreeMap<String, Actor>,
    names: Names,
    logs: PathBuf,
}

impl<'a> Stage<'a> {
    pub fn set(
        cluster: &'a mut Cluster,
        program: &'a str,
        scenario: &'a Scenario,
    ) -> Result<Self, String> {
        let mut names = Names::new(&scenario.values);
        names.learn("MASTER", Value::from(cluster.master.address.clone()));
        names.learn("UNIQUE", Value::from(unique()));
        let scratch = cluster.scratch();
        names.learn("SCRATCH", Value::from(scratch.display().to_string()));
        let mut actors = BTreeMap::new();
        for name in &scenario.executors {
            let actor = Actor::new(Role::Executor)?;
            names.learn(name, Value::from(actor.command(program)));
            actors.insert(name.clone(), actor);
        }
        Ok(Self {
            cluster,
            program,
            scenario,
            actors,
            names,
            logs: scratch.join("puppets.log"),
        })
    }

    /// Plays all steps; the error names the one that failed.
    pub fn play(&mut self) -> Result<(), String> {
        let scenario = self.scenario;
        for (at, step) in scenario.steps.iter().enumerate() {
            self.play_step(step).map_err(|why| {
                let (number, count) = (at + 1, scenario.steps.len());
                let logs = self.logs();
                format!("step {number} of {count}\n  {}\n  {why}\n{logs}", step.text)
            })?;
        }
        Ok(())
    }

    /// The last that the puppets and the daemons said.
    fn logs(&self) -> String {
        let puppets = std::fs::read(&self.logs).unwrap_or_default();
        let puppets = String::from_utf8_lossy(&puppets).into_owned();
        let mut all = vec![
            ("the puppets".to_owned(), puppets),
            (
                "the master".to_owned(),
                self.cluster.master.daemon.log_tail(),
            ),
        ];
        for (at, agent) in self.cluster.agents.iter().enumerate() {
            all.push((format!("agent {at}"), agent.daemon.log_tail()));
        }
        let shown = all.into_iter().map(|(name, log)| {
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n      ");
            format!("    {name}:\n      {tail}")
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    fn play_step(&mut self, step: &Step) -> Result<(), String> {
        match &step.act {
            Act::Call {
                name,
                arguments,
                outcome,
            } => {
                let arguments = self.names.resolve(&Value::Object(arguments.clone()))?;
                let arguments = arguments.as_object().cloned().unwrap_or_default();
                let actor = self.actor(&step.on)?;
                actor.send(&call_line(actor.role, name, &arguments)?)?;
                if name == "join" {
                    return Ok(());
                }
                check_answer(outcome, &actor.answer(name)?)
            }
            Act::Joined(status) => {
                let outcome = Outcome::Returns(status.clone());
                check_answer(&outcome, &self.actor(&step.on)?.joined()?)
            }
            Act::Joining if self.actor(&step.on)?.is_joining() => Ok(()),
            Act::Joining => Err("join has returned".to_owned()),
            Act::Expect(expectation) => self.expect(&step.on, expectation),
            Act::ExpectAll(expectations) => self.expect_all(&step.on, expectations),
            Act::None(events) => self.expect_none(&step.on, events),
            Act::Throw(callback) => {
                let actor = self.actor(&step.on)?;
                actor.send(&format!("throw {callback}"))?;
                check_answer(&Outcome::Returns(Value::from(0)), &actor.answer("throw")?)
            }
            Act::Daemon { agent, change } => {
                self.change(*agent, *change);
                Ok(())
            }
            Act::Allocations(count) => self.wait_for_allocations(*count),
            Act::Shows { agent, path, shape } => self.wait_for_view(*agent, path, shape),
            Act::End(ending) => {
                let actor = self
                    .actors
                    .get_mut(&step.on)
                    .ok_or("there is no such puppet")?;
                match ending {
                    Ending::Quit => actor.quit(),
                    Ending::Kill => actor.kill(),
                }
            }
        }
    }

    /// The puppet of that name; a scheduler's is started when it is first spoken of.
    fn actor(&mut self, name: &str) -> Result<&Actor, String> {
        if !self.actors.contains_key(name) {
            let role = match name {
                STRAY => Role::Executor,
                _ if name.starts_with(FIRST) => Role::Scheduler,
                _ => {
                    return Err(format!(
                        "there is no puppet {name:?}: executors are declared, schedulers' names begin with {FIRST:?}"
                    ));
                }
            };
            let mut variables = vec![("LIBPROCESS_IP".to_owned(), "127.0.0.1".to_owned())];
            for (name, value) in &self.scenario.variables {
                let value = value.as_str().unwrap_or_default().to_owned();
                variables.push((name.clone(), value));
            }
            let mut actor = Actor::new(role)?;
            actor.start(self.program, &variables, &self.logs)?;
            self.actors.insert(name.to_owned(), actor);
        }
        self.actors
            .get(name)
            .ok_or_else(|| "there is no such puppet".to_owned())
    }

    fn shape(&self, expectation: &Expectation) -> Result<Value, String> {
        self.names.resolve(&expectation.shape)
    }

    fn expect(&mut self, on: &str, expectation: &Expectation) -> Result<(), String> {
        let shape = self.shape(expectation)?;
        let past = expectation.past.as_ref();
        let past = past.map(|past| self.names.resolve(past)).transpose()?;
        let awaited = awaited(expectation, &shape);
        let passed_over: Vec<&str> = PASSED_OVER
            .into_iter()
            .filter(|&name| name != expectation.event)
            .collect();
        let actor = self.actor(on)?;
        if !actor.role.tells(&expectation.event) {
            return Err(format!("nobody tells {:?}", expectation.event));
        }
        let told = loop {
            let told = actor.next(&awaited, &passed_over)?;
            let is_past = |past: &Value| {
                told.name == expectation.event && mismatch(past, Some(&told.event)).is_none()
            };
            if !past.as_ref().is_some_and(is_past) {
                break told;
            }
        };
        match unlike(expectation, &shape, &told) {
            None => {
                self.learn(expectation, &told);
                Ok(())
            }
            Some(why) => Err(format!("awaited {awaited}; {why}")),
        }
    }

    fn expect_all(&mut self, on: &str, expectations: &[Expectation]) -> Result<(), String> {
        let mut left = Vec::new();
        for expectation in expectations {
            left.push((expectation, self.shape(expectation)?));
        }
        while !left.is_empty() {
            let awaited: Vec<String> = left.iter().map(|(e, shape)| awaited(e, shape)).collect();
            let awaited = awaited.join(" and ");
            let passed_over: Vec<&str> = PASSED_OVER
                .into_iter()
                .filter(|&name| left.iter().all(|(e, _)| e.event != name))
                .collect();
            let told = self.actor(on)?.next(&awaited, &passed_over)?;
            let found = left
                .iter()
                .position(|(expectation, shape)| unlike(expectation, shape, &told).is_none());
            let Some(at) = found else {
                return Err(format!("awaited {awaited}; instead came {}", shown(&told)));
            };
            let (expectation, _) = left.remove(at);
            self.learn(expectation, &told);
        }
        Ok(())
    }

    fn learn(&mut self, expectation: &Expectation, told: &Told) {
        if let Some(name) = &expectation.known_as {
            self.names.learn(name, told.event.clone());
        }
    }

    fn expect_none(&mut self, on: &str, events: &[String]) -> Result<(), String> {
        let waiting = self.actor(on)?.waiting();
        match waiting.iter().find(|told| events.contains(&told.name)) {
            None => Ok(()),
            Some(told) => Err(format!(
                "awaited none of {events:?}; there is {}",
                shown(told)
            )),
        }
    }

    fn change(&mut self, agent: Option<usize>, change: Change) {
        let member = match agent {
            None => &mut self.cluster.master,
            Some(at) => &mut self.cluster.agents[at],
        };
        match change {
            Change::Kill => member.daemon.kill(),
            Change::Start => member.restart(),
            Change::Leave => member.daemon.signal(Signal::SIGUSR1),
        }
    }

    fn wait_for_allocations(&self, count: u64) -> Result<(), String> {
        let runs = || {
            let metrics = http::get_json(&self.cluster.master.address, "/metrics/snapshot")?;
            metrics["allocator/mesos/allocation_runs"].as_f64()
        };
        let deadline = Instant::now() + PATIENCE;
        let mut start = None;
        while Instant::now() < deadline {
            if let Some(now) = runs() {
                #[allow(clippy::cast_precision_loss, reason = "a handful")]
                let wanted = *start.get_or_insert(now) + count as f64;
                if now >= wanted {
                    return Ok(());
                }
            }
            std::thread::park_timeout(POLL);
        }
        Err("the allocator does not run".to_owned())
    }

    fn wait_for_view(&self, agent: Option<usize>, path: &str, shape: &Value) -> Result<(), String> {
        let shape = self.names.resolve(shape)?;
        let address = match agent {
            None => &self.cluster.master.address,
            Some(at) => &self.cluster.agents[at].address,
        };
        let deadline = Instant::now() + PATIENCE;
        let mut last = "there was no answer".to_owned();
        while Instant::now() < deadline {
            if let Some(view) = http::get_json(address, path) {
                match mismatch(&shape, Some(&view)) {
                    None => return Ok(()),
                    Some(why) => last = why,
                }
            }
            std::thread::park_timeout(POLL);
        }
        Err(format!("awaited {path} like {shape}; {last}"))
    }
}

/// A word that no other scenario of this run or an earlier one has.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("u{}-{count}", std::process::id())
}

fn awaited(expectation: &Expectation, shape: &Value) -> String {
    format!("`{}` like {shape}", expectation.event)
}

fn shown(told: &Told) -> String {
    format!("`{}` {}", told.name, told.event)
}

fn unlike(expectation: &Expectation, shape: &Value, told: &Told) -> Option<String> {
    if expectation.event != told.name {
        return Some(format!("instead came {}", shown(told)));
    }
    let why = mismatch(shape, Some(&told.event))?;
    Some(format!("came with {why}\n  whole: {}", told.event))
}

fn check_answer(outcome: &Outcome, answer: &Answer) -> Result<(), String> {
    match (outcome, answer) {
        (Outcome::Returns(wanted), Answer::Returned(number)) => {
            let wanted = match wanted {
                Value::String(name) => STATES
                    .iter()
                    .find(|state| state.0 == name)
                    .map(|state| state.1)
                    .ok_or_else(|| format!("there is no state {name:?}"))?,
                other => other.as_i64().unwrap_or(-1),
            };
            if wanted == *number {
                return Ok(());
            }
            let (wanted, number) = (state_name(wanted), state_name(*number));
            Err(format!("it returns {number}, not {wanted}"))
        }
        (Outcome::Raises(part), Answer::Raised(text)) if text.contains(part.as_str()) => Ok(()),
        (Outcome::Raises(part), other) => Err(format!("it does not raise {part:?}: {other:?}")),
        (Outcome::Returns(_), Answer::Raised(text)) => Err(format!("it raises {text:?}")),
    }
}
