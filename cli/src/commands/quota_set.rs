//! `mesos quota set ROLE --limits=cpus:4;mem:1024 --guarantees=…`.
//!
//! Compat: operations §3.7; `UPDATE_QUOTA` of the v1 operator API.

use crate::table::{Command, Flag, History, Word};
use crate::{Arguments, Context, Failure, Outcome, operator};
use serde_json::{Map, Value, json};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("quota"),
    name: "set",
    about: "Set the quota of a role",
    details: "Replaces both what is guaranteed and what is the limit; without either the role has no quota.",
    words: &[Word::required("role", "The role.")],
    flags: &[
        Flag::valued(
            "limits",
            "AMOUNTS",
            "The most the role may have, such as cpus:4;mem:1024.",
        ),
        Flag::valued(
            "guarantees",
            "AMOUNTS",
            "What is kept for the role, in the same form.",
        ),
        Flag::switch("force", "Also when the cluster has not that much."),
    ],
    run,
    ..Command::NEW
};

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let role = arguments.word(0).unwrap_or_default();
    let amounts = |flag: &str| match arguments.value(flag) {
        Some(text) => parse(text),
        None => Ok(json!({})),
    };
    let body = json!({
        "force": arguments.has("force"),
        "quota_configs": [{
            "role": role,
            "guarantees": amounts("guarantees")?,
            "limits": amounts("limits")?,
        }],
    });
    let master = context.master()?;
    operator::call(&master, "UPDATE_QUOTA", ("update_quota", body))?;
    context
        .out
        .line(&format!("The quota of role '{role}' is set"))?;
    Ok(0)
}

/// `cpus:4;mem:1024`.
fn parse(text: &str) -> Result<Value, Failure> {
    let mut amounts = Map::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let pair = part.split_once(':');
        let amount = pair.and_then(|(name, amount)| {
            let amount: f64 = amount.trim().parse().ok()?;
            (amount.is_finite() && amount >= 0.0).then(|| (name.trim().to_owned(), amount))
        });
        let Some((name, amount)) = amount else {
            return Err(Failure::error(format!(
                "'{part}' is not an amount such as cpus:4"
            )));
        };
        amounts.insert(name, json!({ "value": amount }));
    }
    Ok(Value::Object(amounts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_or_named() {
        let expected = json!({"cpus": {"value": 4.5}, "mem": {"value": 1024.0}});
        assert_eq!(parse("cpus:4.5; mem:1024").unwrap(), expected);
        for wrong in ["cpus", "cpus:x", "cpus:-1", "cpus:inf"] {
            assert_eq!(
                parse(wrong).unwrap_err().text(),
                format!("'{wrong}' is not an amount such as cpus:4")
            );
        }
    }
}
