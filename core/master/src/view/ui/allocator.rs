//! `/ui/allocator` and `/ui/why`: what the allocator itself has on its books.
//!
//! These are the only requests of the UI that reach the machine; equal ones within a second share an answer.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use mesos_allocator::{Outlook, Reason, RoleOutlook, RoleShares};
use mesos_model::FrameworkId;
use mesos_process::http::Request;
use serde::Serialize;

use super::{Answer, Failure, Live, series::Run};
use crate::{snapshot::Snapshot, view::Context};

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);
/// Answers that are kept.
const KEPT_MAX: usize = 64;

/// Answers by request, with their time. Who asks the machine holds the lock, so that there is one question at a time.
#[derive(Default)]
pub(super) struct Recent(tokio::sync::Mutex<HashMap<String, (Instant, Answer)>>);

impl Recent {
    async fn or_ask(&self, key: String, ask: impl Future<Output = Answer>) -> Answer {
        let mut kept = self.0.lock().await;
        kept.retain(|_, (made, _)| made.elapsed() < FRESH);
        if let Some((_, answer)) = kept.get(&key) {
            return answer.clone();
        }
        let answer = ask.await;
        if kept.len() < KEPT_MAX {
            kept.insert(key, (Instant::now(), answer.clone()));
        }
        answer
    }
}

/// `Allocator`.
#[derive(Serialize)]
struct Allocator {
    runs: u64,
    last_run: Option<Run>,
    roles: Vec<Role>,
}

#[derive(Serialize)]
struct Role {
    name: String,
    weight: f64,
    share: f64,
    frameworks: Vec<Framework>,
}

#[derive(Serialize)]
struct Framework {
    id: String,
    name: String,
    share: f64,
    suppressed: bool,
    filters: usize,
}

pub(super) async fn allocator(request: &Request, context: &Context) -> Answer {
    if let Err(failure) = super::only(&request.query, &[]) {
        return Answer::Failed(failure);
    }
    let ask = async {
        match context.operator.shares().await {
            Ok(shares) => {
                let snapshot = context.snapshots.load();
                Answer::of(super::json(&shown(shares, &snapshot, &context.live)))
            }
            Err(text) => Answer::Failed(Failure::Unavailable(text)),
        }
    };
    context.live.recent.or_ask(String::new(), ask).await
}

fn shown(shares: Vec<RoleShares>, snapshot: &Snapshot, live: &Live) -> Allocator {
    let frameworks = snapshot.frameworks.iter();
    let names: HashMap<&str, &str> = frameworks
        .map(|it| (it.id.as_str(), it.info.get().name.as_str()))
        .collect();
    let name = |id: &FrameworkId| names.get(id.as_str()).copied().unwrap_or_default();
    let roles = shares.into_iter().map(|role| Role {
        name: role.role.as_str().to_owned(),
        weight: role.weight,
        share: role.share,
        frameworks: role
            .frameworks
            .into_iter()
            .map(|it| Framework {
                name: name(&it.framework).to_owned(),
                id: it.framework.to_string(),
                share: it.share,
                suppressed: it.suppressed,
                filters: it.filters,
            })
            .collect(),
    });
    Allocator {
        runs: snapshot.allocator.allocation_runs,
        last_run: live.series.last_run(),
        roles: roles.collect(),
    }
}

/// `Why`.
#[derive(Serialize)]
struct Why<'a> {
    framework_id: &'a str,
    name: &'a str,
    offers: usize,
    reasons: Vec<Why1>,
}

/// One of its reasons.
#[derive(Debug, PartialEq, Serialize)]
struct Why1 {
    code: &'static str,
    role: Option<String>,
    agents: usize,
    text: String,
}

pub(super) async fn why(request: &Request, context: &Context) -> Answer {
    let id = super::only(&request.query, &["framework"])
        .and_then(|()| super::required(&request.query, "framework"));
    let id = match id {
        Ok(id) => FrameworkId::new(id),
        Err(failure) => return Answer::Failed(failure),
    };
    let snapshot = context.snapshots.load_full();
    let Some(framework) = snapshot.framework(&id) else {
        let text = format!("No framework with the id '{id}' is registered");
        return Answer::Failed(Failure::Missing(text));
    };
    let ask = async {
        match context.operator.explain(id.clone()).await {
            Ok(outlook) => Answer::of(super::json(&Why {
                framework_id: id.as_str(),
                name: &framework.info.get().name,
                offers: framework.offers.len(),
                reasons: outlook.map(reasons).unwrap_or_default(),
            })),
            Err(text) => Answer::Failed(Failure::Unavailable(text)),
        }
    };
    context.live.recent.or_ask(id.to_string(), ask).await
}

fn reasons(outlook: Outlook) -> Vec<Why1> {
    let general = |code, text: &str| Why1 {
        code,
        role: None,
        agents: 0,
        text: text.to_owned(),
    };
    let mut reasons = Vec::new();
    if !outlook.active {
        reasons.push(general(
            "inactive",
            "The framework is not connected, or has been deactivated",
        ));
        return reasons;
    }
    if outlook.held_off {
        let text = "There is quota, and agents of before the master's failover are waited for";
        reasons.push(general("recovering", text));
    }
    if outlook.roles.is_empty() {
        reasons.push(general(
            "no_roles",
            "The framework is subscribed to no role",
        ));
    }
    for (role, outlook) in outlook.roles {
        reasons.extend(of_role(role.as_str(), &outlook));
    }
    reasons
}

fn of_role(role: &str, outlook: &RoleOutlook) -> Vec<Why1> {
    let reason = |code, agents, text: String| Why1 {
        code,
        role: Some(role.to_owned()),
        agents,
        text,
    };
    if outlook.suppressed {
        let text = "The framework has suppressed offers for the role; reviving them ends that";
        return vec![reason("suppressed", 0, text.to_owned())];
    }
    if outlook.agents.is_empty() {
        return vec![reason("no_agents", 0, "No agent is registered".to_owned())];
    }
    let mut by_code: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (found, agents) in &outlook.agents {
        *by_code.entry(words(*found)).or_default() += agents;
    }
    let mut rows: Vec<Why1> = by_code
        .into_iter()
        .map(|((code, text), agents)| {
            let ends = outlook.declined_for.filter(|_| code == "filtered");
            let text = match ends {
                Some(time) => format!(
                    "{text}; the first of them ends in {:.0} s",
                    time.as_secs_f64()
                ),
                None => text.to_owned(),
            };
            reason(code, agents, text)
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.agents));
    rows
}

fn words(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Eligible => (
            "share",
            "Nothing stands in the way: it is offered when the role's and the framework's turn comes, \
             which those with smaller shares have first",
        ),
        Reason::AgentInactive => (
            "agents_inactive",
            "The agent is disconnected or deactivated",
        ),
        Reason::NotWhitelisted => ("whitelist", "The agent is not on the whitelist"),
        Reason::NothingAvailable => (
            "all_allocated",
            "All of it is used, offered to somebody, or reserved to other roles",
        ),
        Reason::BelowMinimum => ("too_small", "What is left is less than the smallest offer"),
        Reason::Declined => (
            "filtered",
            "The framework declined it, and its filters are in force",
        ),
        Reason::OfferConstraints => (
            "constraints",
            "The framework's offer constraints exclude it",
        ),
        Reason::GpuAgent => (
            "capability",
            "The agent has GPUs, and the framework lacks the capability GPU_RESOURCES",
        ),
        Reason::OtherRegion => (
            "capability",
            "The agent is in another region, and the framework lacks the capability REGION_AWARE",
        ),
        Reason::AgentLacksMultiRole => (
            "capability",
            "The agent lacks the capability MULTI_ROLE, which the framework's roles need",
        ),
        Reason::AgentLacksHierarchicalRole => (
            "capability",
            "The agent lacks the capability HIERARCHICAL_ROLE, which the role needs",
        ),
        Reason::QuotaLimit => ("quota", "The limits of the role's quota are used up"),
        Reason::Headroom => ("quota", "What is left is kept for other roles' guarantees"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesos_model::Role;

    fn outlook(role: RoleOutlook) -> Outlook {
        Outlook {
            active: true,
            held_off: false,
            roles: [(Role::new("dev"), role)].into(),
        }
    }

    fn codes(outlook: Outlook) -> Vec<(&'static str, usize)> {
        let rows = reasons(outlook).into_iter();
        rows.map(|row| (row.code, row.agents)).collect()
    }

    #[test]
    fn reasons_are_told_with_the_agents_they_hold_for() {
        let inactive = Outlook::default();
        assert_eq!(codes(inactive), [("inactive", 0)]);
        let suppressed = RoleOutlook {
            suppressed: true,
            ..RoleOutlook::default()
        };
        assert_eq!(codes(outlook(suppressed)), [("suppressed", 0)]);
        assert_eq!(codes(outlook(RoleOutlook::default())), [("no_agents", 0)]);
        let many = RoleOutlook {
            suppressed: false,
            agents: [(Reason::Declined, 2), (Reason::NothingAvailable, 7)].into(),
            declined_for: Some(Duration::from_millis(4400)),
        };
        let rows = reasons(outlook(many));
        assert_eq!((rows[0].code, rows[0].agents), ("all_allocated", 7));
        assert_eq!(rows[0].role.as_deref(), Some("dev"));
        assert!(rows[1].text.ends_with("ends in 4 s"), "{}", rows[1].text);
    }

    #[tokio::test]
    async fn equal_questions_share_an_answer_for_a_moment() {
        let recent = Recent::default();
        let answer = |text: &str| Answer::Json(text.to_owned().into());
        let first = recent
            .or_ask("a".to_owned(), std::future::ready(answer("1")))
            .await;
        let second = recent
            .or_ask("a".to_owned(), std::future::ready(answer("2")))
            .await;
        let other = recent
            .or_ask("b".to_owned(), std::future::ready(answer("3")))
            .await;
        let text = |answer: Answer| answer.response().bytes().to_vec();
        assert_eq!(text(first), b"1");
        assert_eq!(text(second), b"1");
        assert_eq!(text(other), b"3");
    }
}
