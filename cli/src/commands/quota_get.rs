//! `mesos quota get [ROLE]`.
//!
//! Compat: operations §3.7; the endpoint `/quota`.

use crate::cluster::{items, text};
use crate::output::{Column, Listing};
use crate::table::{Command, History, Word};
use crate::{Arguments, Context, Outcome};
use serde_json::{Map, Value, json};

pub const COMMAND: Command = Command {
    history: History::Plugin,
    group: Some("quota"),
    name: "get",
    about: "Show the quota of roles",
    words: &[Word::optional("role", "Only that role.")],
    run,
    ..Command::NEW
};

const COLUMNS: &[Column] = &[
    Column::new("Role", "role"),
    Column::new("Guarantees", "guarantees"),
    Column::new("Limits", "limits"),
];

fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let quota = context.master()?.read("/quota")?;
    let mut listing = Listing::new(COLUMNS, "No role has a quota.");
    let wanted = |role: &str| arguments.word(0).is_none_or(|word| word == role);
    let json_form = context.out.form.is_data();
    for config in items(&quota, "configs") {
        let role = text(config, "role");
        if wanted(role) {
            let cell = |key: &str| amounts(&config[key], json_form);
            listing.push([json!(role), cell("guarantees"), cell("limits")]);
        }
    }
    // Masters before 1.9 know guarantees only.
    if items(&quota, "configs").is_empty() {
        for info in items(&quota, "infos") {
            let role = text(info, "role");
            let pairs = items(info, "guarantee").iter().map(|resource| {
                let amount = resource["scalar"]["value"].clone();
                (text(resource, "name").to_owned(), amount)
            });
            let guarantee = Value::Object(pairs.collect::<Map<_, _>>());
            if wanted(role) {
                listing.push([json!(role), amounts(&guarantee, json_form), Value::Null]);
            }
        }
    }
    context.out.listing(&listing)?;
    Ok(0)
}

/// `cpus:4; mem:1024`, or an object of numbers; each amount is a number or has it as its `value`.
fn amounts(object: &Value, as_data: bool) -> Value {
    let pairs = object.as_object().into_iter().flatten();
    let number = |value: &Value| match value.get("value") {
        Some(inner) => inner.clone(),
        None => value.clone(),
    };
    if as_data {
        let pairs = pairs.map(|(name, value)| (name.clone(), number(value)));
        return Value::Object(pairs.collect());
    }
    let texts: Vec<String> = pairs
        .map(|(name, value)| format!("{name}:{}", number(value)))
        .collect();
    match texts.is_empty() {
        true => Value::Null,
        false => json!(texts.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_either_form() {
        let object = json!({"cpus": {"value": 4.0}, "mem": 512});
        assert_eq!(amounts(&object, false), "cpus:4.0; mem:512");
        assert_eq!(amounts(&object, true), json!({"cpus": 4.0, "mem": 512}));
        assert_eq!(amounts(&Value::Null, false), Value::Null);
    }
}
