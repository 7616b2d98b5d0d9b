//! Values of a scenario: what stands for something that is known only when it runs, and what is expected.
//!
//! In text, `$name.path` as a whole stands for a value, `${name.path}` inside for its text. A table with `"$use" = "name"`
//! is that value with the table's other entries laid over it; `{ "$repeat" = text, times = n }` is long text.
//!
//! An expectation is a part of what came: entries that it leaves out do not matter, lists have to have its length. The texts
//! `<any>` and `<absent>` speak of an entry being there at all; the tables `{ "$has" = … }` (a list has such an
//! item), `{ "$none" = … }` (it has none), `{ "$count" = n }`, `{ "$text" = part }` and `{ "$not" = … }` of what it is.

use serde_json::{Map, Value};

const USE: &str = "$use";
const REPEAT: &str = "$repeat";
/// How far values may use values that use values.
const DEPTH_MAX: u8 = 8;

/// What is known by name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Values of the scenario's file, which may name others.
    written: Map<String, Value>,
    /// What came while the scenario was played; taken as it is.
    learned: Map<String, Value>,
}

impl Names {
    #[must_use]
    pub fn new(written: &Map<String, Value>) -> Self {
        Self {
            written: written.clone(),
            learned: Map::new(),
        }
    }

    pub fn learn(&mut self, name: &str, value: Value) {
        self.learned.insert(name.to_owned(), value);
    }

    /// The value with all names replaced.
    pub fn resolve(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.resolve_text(text),
            Value::Array(items) => {
                let items: Result<Vec<_>, _> =
                    items.iter().map(|item| self.resolve(item)).collect();
                Ok(Value::Array(items?))
            }
            Value::Object(entries) => self.resolve_table(entries),
            other => Ok(other.clone()),
        }
    }

    fn resolve_table(&self, entries: &Map<String, Value>) -> Result<Value, String> {
        if let Some(text) = entries.get(REPEAT) {
            return repeated(text, entries);
        }
        let entries = self.expand(entries, 0)?;
        let resolved = entries
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.resolve(value)?)));
        let resolved: Result<Map<String, Value>, String> = resolved.collect();
        Ok(Value::Object(resolved?))
    }

    /// The table with what it uses laid under it; names in either are not replaced yet, so that what
    /// is overlaid needs not be known.
    fn expand(
        &self,
        entries: &Map<String, Value>,
        depth: u8,
    ) -> Result<Map<String, Value>, String> {
        let mut base = match entries.get(USE) {
            None => return Ok(entries.clone()),
            Some(_) if depth == DEPTH_MAX => return Err(format!("{USE} goes in circles")),
            Some(Value::String(name)) => match self.written.get(name) {
                Some(Value::Object(used)) => self.expand(used, depth + 1)?,
                Some(_) | None => return Err(format!("{name:?} is no table of values")),
            },
            Some(other) => return Err(format!("{USE} takes a name, not {other}")),
        };
        for (key, value) in entries.iter().filter(|entry| entry.0 != USE) {
            lay_over(&mut base, key, value.clone());
        }
        Ok(base)
    }

    fn resolve_text(&self, text: &str) -> Result<Value, String> {
        if let Some(path) = text.strip_prefix('$')
            && !path.starts_with('{')
        {
            return self.find(path);
        }
        let mut rest = text;
        let mut out = String::new();
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let inside = &rest[at + 2..];
            let end = inside
                .find('}')
                .ok_or_else(|| format!("{text:?} does not close its brace"))?;
            match self.find(&inside[..end])? {
                Value::String(found) => out.push_str(&found),
                other => out.push_str(&other.to_string()),
            }
            rest = &inside[end + 1..];
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }

    fn find(&self, path: &str) -> Result<Value, String> {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let whole = match (self.learned.get(first), self.written.get(first)) {
            (Some(learned), _) => learned.clone(),
            (None, Some(written)) => self.resolve(written)?,
            (None, None) => return Err(format!("nothing is known as {first:?}")),
        };
        let mut found = &whole;
        for part in parts {
            let next = match found {
                Value::Object(entries) => entries.get(part),
                Value::Array(items) => part.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            found = next.ok_or_else(|| format!("${path}: there is no {part:?} in {found}"))?;
        }
        Ok(found.clone())
    }
}

fn repeated(text: &Value, entries: &Map<String, Value>) -> Result<Value, String> {
    let times = entries.get("times").and_then(Value::as_u64);
    match (text, times.and_then(|times| usize::try_from(times).ok())) {
        (Value::String(text), Some(times)) => Ok(Value::String(text.repeat(times))),
        _ => Err(format!("{REPEAT} takes a text and `times`")),
    }
}

fn lay_over(base: &mut Map<String, Value>, key: &str, value: Value) {
    match (base.get_mut(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            for (key, value) in new {
                lay_over(old, &key, value);
            }
        }
        (_, value) => {
            base.insert(key.to_owned(), value);
        }
    }
}

/// Where and how `actual` is not what is expected.
#[must_use]
pub fn mismatch(expected: &Value, actual: Option<&Value>) -> Option<String> {
    differs(expected, actual).map(|(path, what)| {
        if path.is_empty() {
            what
        } else {
            format!("{path}: {what}")
        }
    })
}

type Difference = (String, String);

fn differs(expected: &Value, actual: Option<&Value>) -> Option<Difference> {
    let here = |what: String| Some((String::new(), what));
    match (expected, actual) {
        (Value::String(text), None) if text == "<absent>" => None,
        (Value::String(text), Some(actual)) if text == "<absent>" => {
            here(format!("it is there: {actual}"))
        }
        (Value::String(text), Some(_)) if text == "<any>" => None,
        (Value::Object(entries), Some(actual))
            if entries.keys().any(|key| key.starts_with('$')) =>
        {
            entries
                .iter()
                .find_map(|(operator, operand)| operated(operator, operand, actual))
                .and_then(here)
        }
        (_, None) => here(format!("expected {expected}, it is absent")),
        (Value::Object(entries), Some(actual @ Value::Object(found))) => {
            let _ = actual;
            entries.iter().find_map(|(key, expected)| {
                let (path, what) = differs(expected, found.get(key))?;
                Some((joined(key, &path), what))
            })
        }
        (Value::Array(wanted), Some(Value::Array(found))) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(at, (expected, actual))| {
                let (path, what) = differs(expected, Some(actual))?;
                Some((joined(&at.to_string(), &path), what))
            }),
        (Value::Number(wanted), Some(Value::Number(found)))
            if wanted.as_f64() == found.as_f64() =>
        {
            None
        }
        (expected, Some(actual)) if expected == actual => None,
        (expected, Some(actual)) => here(format!("expected {expected}, it is {actual}")),
    }
}

fn joined(key: &str, path: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{key}.{path}")
    }
}

/// What is wrong by an operator.
fn operated(operator: &str, operand: &Value, actual: &Value) -> Option<String> {
    let matches = |item: &Value| differs(operand, Some(item)).is_none();
    let items = actual.as_array().map(Vec::as_slice).unwrap_or_default();
    let (holds, meaning) = match operator {
        "$has" => (items.iter().any(matches), "an item like"),
        "$none" => (
            actual.is_array() && !items.iter().any(matches),
            "no item like",
        ),
        "$count" => (
            actual.is_array() && operand.as_u64() == u64::try_from(items.len()).ok(),
            "a number of items,",
        ),
        "$text" => {
            let part = operand.as_str().unwrap_or_default();
            let found = actual.as_str().is_some_and(|text| text.contains(part));
            (found, "text with")
        }
        "$not" => (!matches(actual), "anything but"),
        _ => return Some(format!("there is no operator {operator}")),
    };
    (!holds).then(|| format!("expected {meaning} {operand}, it is {actual}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_replaced_and_templates_laid_under() {
        let written = json!({
            "base": {"name": "n", "agent": "$later.id"},
            "task": {"$use": "base", "command": {"value": "true", "shell": true}},
            "round": {"$use": "round"},
        });
        let mut names = Names::new(written.as_object().unwrap());
        names.learn("offer", json!({ "offers": [{"id": {"value": "o1"}}] }));
        let value = json!({
            "$use": "task",
            "command": {"value": "echo ${offer.offers.0.id.value}"},
            "id": "$offer.offers.0.id",
            "agent": "a",
        });
        let expected = json!({
            "name": "n",
            "command": {"value": "echo o1", "shell": true},
            "id": {"value": "o1"},
            "agent": "a",
        });
        assert_eq!(names.resolve(&value), Ok(expected));
        assert!(
            names.resolve(&json!("$task")).is_err(),
            "nothing is known as later"
        );
        names.learn("later", json!({ "id": "a" }));
        assert_eq!(names.resolve(&json!("$task")).unwrap()["agent"], "a");
        assert!(names.resolve(&json!({ "$use": "round" })).is_err());
        let long = names.resolve(&json!({ "$repeat": "ab", "times": 3 }));
        assert_eq!(long, Ok(json!("ababab")));
        assert!(names.resolve(&json!("$offer.offers.1")).is_err());
        assert!(names.resolve(&json!("${nobody}")).is_err());
    }

    #[test]
    fn an_expectation_is_a_part_of_what_came() {
        let came = json!({ "a": 1.0, "b": {"c": ["x", "y"]}, "t": "Executor terminated" });
        let fits = |expected: Value| mismatch(&expected, Some(&came));
        assert_eq!(fits(json!({ "a": 1, "b": {"c": ["x", "y"]} })), None);
        assert_eq!(fits(json!({ "z": "<absent>", "a": "<any>" })), None);
        assert_eq!(fits(json!({ "t": {"$text": "terminated"} })), None);
        assert_eq!(
            fits(json!({ "b": {"c": {"$has": "y", "$count": 2}} })),
            None
        );
        assert_eq!(fits(json!({ "b": {"c": {"$none": "z"}} })), None);
        assert_eq!(fits(json!({ "t": {"$not": "other"} })), None);
        let wrong = fits(json!({ "b": {"c": ["x", "z"]} })).unwrap();
        assert_eq!(wrong, "b.c.1: expected \"z\", it is \"y\"");
        assert!(fits(json!({ "b": {"c": ["x"]} })).is_some());
        assert!(fits(json!({ "z": "<any>" })).is_some());
        assert!(fits(json!({ "a": "<absent>" })).is_some());
        assert!(fits(json!({ "b": {"c": {"$has": "z"}} })).is_some());
        assert!(fits(json!({ "a": {"$none": 1} })).is_some());
        assert!(fits(json!({ "t": {"$unknown": 1} })).is_some());
    }
}
