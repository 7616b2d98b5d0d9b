//! One look at the cluster: lists of the master, statistics of the agents.

use crate::cluster::{Agent, Master, items, text};
use crate::failure::Failure;
use crate::operator;
use crate::parallel;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Agents that are shown and asked for their statistics.
const AGENTS_MAX: usize = 50;
/// Tasks that are shown.
const TASKS_MAX: usize = 500;
/// Agents asked at a time.
const WORKERS: usize = 8;
const MIB: f64 = 1024.0 * 1024.0;

/// An amount in use, of what is allocated, of what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// Unknown until it was measured.
    pub used: Option<f64>,
    pub allocated: f64,
    pub total: f64,
}

#[derive(Clone, Debug)]
pub struct AgentLine {
    pub id: String,
    pub host: String,
    pub state: String,
    pub tasks: u64,
    pub cpus: Amount,
    /// MB.
    pub mem: Amount,
}

#[derive(Clone, Debug)]
pub struct TaskLine {
    pub id: String,
    pub framework: String,
    pub host: String,
    pub state: String,
    pub cpus: Amount,
    /// MB.
    pub mem: Amount,
}

/// What is shown.
#[derive(Clone, Debug)]
pub struct Picture {
    pub cluster: String,
    pub leader: String,
    /// Counts: agents that are active, all other agents, frameworks.
    pub agents: (u64, u64),
    pub frameworks: u64,
    pub states: Vec<(String, u64)>,
    pub cpus: Amount,
    pub mem: Amount,
    pub agent_lines: Vec<AgentLine>,
    pub task_lines: Vec<TaskLine>,
    /// Tasks that there are, shown or not.
    pub tasks: u64,
}

/// Agent, framework and executor.
type Key = (String, String, String);

/// CPU seconds so far and when that was.
#[derive(Clone, Copy, Debug)]
struct Reading {
    cpu_seconds: f64,
    time: f64,
    mem: f64,
}

/// Looks again and again; what CPUs are used follows from two looks.
#[derive(Debug)]
pub struct Sampler {
    master: Master,
    before: HashMap<Key, Reading>,
}

impl Sampler {
    pub fn new(master: Master) -> Self {
        Self {
            master,
            before: HashMap::new(),
        }
    }

    pub fn look(&mut self) -> Result<Picture, Failure> {
        let overview = self.read("/ui/overview")?;
        let agents = self.read(&format!(
            "/ui/agents?sort=cpus&order=desc&limit={AGENTS_MAX}"
        ))?;
        let tasks = self.read(&format!(
            "/ui/tasks?state=active&sort=cpus&order=desc&limit={TASKS_MAX}"
        ))?;
        let now = self.readings(items(&agents, "rows"));
        let picture = picture(&overview, &agents, &tasks, &self.before, &now);
        self.before = now;
        Ok(picture)
    }

    fn read(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.master.http.get(&self.master.address, path);
        let answer = answer.map_err(|error| operator::failed(&self.master, &error))?;
        if answer.status == 404 {
            return Err(Failure::error(format!(
                "The master at {} has no lists for `mesos top` (/ui/…)",
                self.master.address
            )));
        }
        let answer = operator::accepted(&self.master, answer)?;
        answer
            .json()
            .map_err(|error| Failure::error(error.to_string()))
    }

    /// The statistics of the executors on these agents; of agents that do not answer there are none.
    fn readings(&self, rows: &[Value]) -> HashMap<Key, Reading> {
        let active: Vec<Agent> = rows
            .iter()
            .filter(|row| row["state"] == "Active")
            .map(|row| {
                let agent = Agent {
                    id: text(row, "id").to_owned(),
                    hostname: text(row, "hostname").to_owned(),
                    address: self.master.address.clone(),
                    process: String::new(),
                    prefix: None,
                    http: self.master.http.clone(),
                };
                agent.through(&self.master)
            })
            .collect();
        let answers = parallel::map(&active, WORKERS, |agent| agent.statistics().ok());
        let mut readings = HashMap::new();
        for (agent, answer) in active.iter().zip(answers) {
            let entries = answer.flatten();
            for entry in entries.iter().filter_map(Value::as_array).flatten() {
                let key = (
                    agent.id.clone(),
                    text(entry, "framework_id").to_owned(),
                    text(entry, "executor_id").to_owned(),
                );
                readings.insert(key, reading(&entry["statistics"]));
            }
        }
        readings
    }
}

fn reading(statistics: &Value) -> Reading {
    let amount = |key: &str| statistics[key].as_f64().unwrap_or_default();
    Reading {
        cpu_seconds: amount("cpus_user_time_secs") + amount("cpus_system_time_secs"),
        time: amount("timestamp"),
        mem: amount("mem_rss_bytes") / MIB,
    }
}

/// CPUs in use between two readings.
fn rate(before: Option<&Reading>, now: &Reading) -> Option<f64> {
    let before = before?;
    let time = now.time - before.time;
    (time > 0.0).then(|| ((now.cpu_seconds - before.cpu_seconds) / time).max(0.0))
}

fn amount(usage: &Value, name: &str, used: Option<f64>) -> Amount {
    let of = |part: &str| usage[part][name].as_f64().unwrap_or_default();
    Amount {
        used,
        allocated: of("allocated"),
        total: of("total"),
    }
}

fn picture(
    overview: &Value,
    agents: &Value,
    tasks: &Value,
    before: &HashMap<Key, Reading>,
    now: &HashMap<Key, Reading>,
) -> Picture {
    let count = |list: &str, key: &str| overview[list][key].as_u64().unwrap_or(0);
    let agent_lines: Vec<AgentLine> = items(agents, "rows")
        .iter()
        .map(|row| agent_line(row, before, now))
        .collect();
    let sum = |of: fn(&AgentLine) -> Option<f64>| {
        let known: Vec<f64> = agent_lines.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    };
    let states = overview["tasks"].as_object().into_iter().flatten();
    let states = states
        .map(|(state, count)| (state.clone(), count.as_u64().unwrap_or(0)))
        .filter(|(_, count)| *count > 0);
    let leader = &overview["leader"];
    let leader = format!("{}:{}", text(leader, "hostname"), leader["port"]);
    Picture {
        cluster: text(overview, "cluster").to_owned(),
        leader,
        agents: (
            count("agents", "active"),
            count("agents", "deactivated") + count("agents", "unreachable"),
        ),
        frameworks: count("frameworks", "active"),
        states: states.collect(),
        cpus: amount(&overview["resources"], "cpus", sum(|line| line.cpus.used)),
        mem: amount(&overview["resources"], "mem", sum(|line| line.mem.used)),
        task_lines: items(tasks, "rows")
            .iter()
            .map(|row| task_line(row, before, now))
            .collect(),
        tasks: tasks["matched"].as_u64().unwrap_or(0),
        agent_lines,
    }
}

fn agent_line(
    row: &Value,
    before: &HashMap<Key, Reading>,
    now: &HashMap<Key, Reading>,
) -> AgentLine {
    let id = text(row, "id");
    let own: Vec<(&Key, &Reading)> = now.iter().filter(|(key, _)| key.0 == id).collect();
    let rates: Vec<f64> = own
        .iter()
        .filter_map(|(key, reading)| rate(before.get(*key), reading))
        .collect();
    let has_agent = !own.is_empty();
    AgentLine {
        id: id.to_owned(),
        host: text(row, "hostname").to_owned(),
        state: text(row, "state").to_owned(),
        tasks: row["tasks"].as_u64().unwrap_or(0),
        cpus: amount(&row["usage"], "cpus", has_agent.then(|| rates.iter().sum())),
        mem: amount(
            &row["usage"],
            "mem",
            has_agent.then(|| own.iter().map(|(_, reading)| reading.mem).sum()),
        ),
    }
}

fn task_line(row: &Value, before: &HashMap<Key, Reading>, now: &HashMap<Key, Reading>) -> TaskLine {
    let key = (
        text(row, "agent_id").to_owned(),
        text(row, "framework_id").to_owned(),
        text(row, "executor_id").to_owned(),
    );
    let reading = now.get(&key);
    let allocated = |name: &str| row["resources"][name].as_f64().unwrap_or_default();
    let of = |name: &str, used: Option<f64>| Amount {
        used,
        allocated: allocated(name),
        total: allocated(name),
    };
    TaskLine {
        id: text(row, "id").to_owned(),
        framework: text(row, "framework_name").to_owned(),
        host: text(row, "hostname").to_owned(),
        state: text(row, "state").trim_start_matches("TASK_").to_owned(),
        cpus: of("cpus", reading.and_then(|now| rate(before.get(&key), now))),
        mem: of("mem", reading.map(|reading| reading.mem)),
    }
}

impl Amount {
    fn json(self) -> Value {
        json!({"used": self.used, "allocated": self.allocated, "total": self.total})
    }
}

impl Picture {
    /// For programs to read.
    pub fn json(&self) -> Value {
        let agents = self.agent_lines.iter().map(|line| {
            json!({
                "id": line.id, "hostname": line.host, "state": line.state, "tasks": line.tasks,
                "cpus": line.cpus.json(), "mem": line.mem.json(),
            })
        });
        let tasks = self.task_lines.iter().map(|line| {
            json!({
                "id": line.id, "framework": line.framework, "hostname": line.host,
                "state": line.state, "cpus": line.cpus.json(), "mem": line.mem.json(),
            })
        });
        json!({
            "cluster": self.cluster,
            "leader": self.leader,
            "cpus": self.cpus.json(),
            "mem": self.mem.json(),
            "agents": agents.collect::<Vec<_>>(),
            "tasks": tasks.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn readings(cpu_seconds: f64, time: f64) -> HashMap<Key, Reading> {
        let statistics = json!({
            "cpus_user_time_secs": cpu_seconds, "cpus_system_time_secs": 0.5,
            "timestamp": time, "mem_rss_bytes": 64.0 * MIB,
        });
        let key = ("A".to_owned(), "F".to_owned(), "t".to_owned());
        HashMap::from([(key, reading(&statistics))])
    }

    pub fn example() -> Picture {
        let overview = json!({
            "cluster": "c", "leader": {"hostname": "h", "port": 5050},
            "agents": {"active": 1, "deactivated": 0, "unreachable": 2},
            "frameworks": {"active": 1}, "tasks": {"RUNNING": 1, "FAILED": 0},
            "resources": {
                "total": {"cpus": 8.0, "mem": 4096.0}, "allocated": {"cpus": 1.0, "mem": 128.0}
            }
        });
        let agents = json!({"rows": [{
            "id": "A", "hostname": "a", "state": "Active", "tasks": 1,
            "usage": {
                "total": {"cpus": 8.0, "mem": 4096.0}, "allocated": {"cpus": 1.0, "mem": 128.0}
            }
        }]});
        let tasks = json!({"matched": 1, "rows": [{
            "id": "t", "framework_id": "F", "framework_name": "fw", "agent_id": "A",
            "executor_id": "t", "hostname": "a", "state": "TASK_RUNNING",
            "resources": {"cpus": 1.0, "mem": 128.0}
        }]});
        picture(
            &overview,
            &agents,
            &tasks,
            &readings(1.0, 10.0),
            &readings(2.0, 12.0),
        )
    }

    #[test]
    fn cpus_in_use_follow_from_two_looks() {
        let picture = example();
        assert_eq!(picture.task_lines[0].cpus.used, Some(0.5));
        assert_eq!(picture.task_lines[0].mem.used, Some(64.0));
        assert_eq!(picture.agent_lines[0].cpus.used, Some(0.5));
        assert_eq!(
            picture.cpus,
            Amount {
                used: Some(0.5),
                allocated: 1.0,
                total: 8.0
            }
        );
        assert_eq!(picture.agents, (1, 2));
        assert_eq!(picture.states, [("RUNNING".to_owned(), 1)]);
    }

    #[test]
    fn one_look_tells_no_rate() {
        let now = readings(1.0, 10.0);
        let reading = now.values().next().unwrap();
        assert_eq!(rate(None, reading), None);
        assert_eq!(rate(Some(reading), reading), None);
    }
}
