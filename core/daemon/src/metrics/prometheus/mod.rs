//! `/metrics`: the metrics of `/metrics/snapshot` as Prometheus reads them.
//!
//! Names and labels are those of the Mesos project's own exporter where it has one, so that dashboards made for it keep
//! working; everything else is `mesos_` and the metric's path. Not an endpoint of the original's; operations §6.3 says why.

mod names;
mod rows;

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text format that is written.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Metrics that a family's help names.
const SOURCES_SHOWN: usize = 4;

/// What Prometheus is told of a family's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Untyped,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Untyped => "untyped",
        }
    }
}

/// Where a value is shown.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    family: String,
    kind: Kind,
    labels: Vec<(&'static str, String)>,
}

struct Family {
    kind: Kind,
    sources: Vec<String>,
    /// By the text of the labels.
    values: BTreeMap<String, f64>,
}

/// All values as text.
pub(super) fn text(values: &BTreeMap<String, f64>) -> String {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut put = |place: Place, source: &str, value: f64| {
        let family = families.entry(place.family).or_insert_with(|| Family {
            kind: place.kind,
            sources: Vec::new(),
            values: BTreeMap::new(),
        });
        if family.sources.len() < SOURCES_SHOWN {
            family.sources.push(source.to_owned());
        }
        family.values.entry(labels(&place.labels)).or_insert(value);
    };
    for (name, value) in values.iter().filter(|(_, value)| value.is_finite()) {
        put(names::place_of(name), name, *value);
        if let Some((place, other)) = names::free_of(name)
            && let Some(used) = values.get(&other)
        {
            put(place, name, value - used);
        }
    }
    let mut out = String::with_capacity(values.len() * 120);
    for (name, family) in &families {
        write_family(&mut out, name, family);
    }
    out
}

fn write_family(out: &mut String, name: &str, family: &Family) {
    let mut sources = family.sources.clone();
    sources.dedup();
    let more = if family.values.len() > SOURCES_SHOWN {
        ", …"
    } else {
        ""
    };
    let sources = escape(&sources.join(", "), false);
    // Writing to a text cannot fail.
    let _ = writeln!(out, "# HELP {name} From /metrics/snapshot: {sources}{more}");
    let _ = writeln!(out, "# TYPE {name} {}", family.kind.text());
    for (labels, value) in &family.values {
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

fn labels(labels: &[(&str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escape(value, true)))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

/// Names of roles and frameworks are whatever somebody chose.
fn escape(text: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[(&str, f64)]) -> String {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        text(&values.collect())
    }

    #[test]
    fn families_have_help_type_and_labelled_values() {
        let text = shown(&[
            ("master/cpus_percent", 0.25),
            ("master/cpus_total", 4.0),
            ("master/cpus_used", 1.0),
            ("master/elected", 1.0),
            ("master/tasks_failed", 3.0),
            ("master/uptime_secs", 1.5),
        ]);
        assert_eq!(
            text,
            "# HELP mesos_master_cpus From /metrics/snapshot: master/cpus_percent, master/cpus_total, \
             master/cpus_used\n\
             # TYPE mesos_master_cpus gauge\n\
             mesos_master_cpus{type=\"free\"} 3\n\
             mesos_master_cpus{type=\"percent\"} 0.25\n\
             mesos_master_cpus{type=\"total\"} 4\n\
             mesos_master_cpus{type=\"used\"} 1\n\
             # HELP mesos_master_elected From /metrics/snapshot: master/elected\n\
             # TYPE mesos_master_elected gauge\n\
             mesos_master_elected 1\n\
             # HELP mesos_master_task_states_exit_total From /metrics/snapshot: master/tasks_failed\n\
             # TYPE mesos_master_task_states_exit_total counter\n\
             mesos_master_task_states_exit_total{state=\"failed\"} 3\n\
             # HELP mesos_master_uptime_seconds From /metrics/snapshot: master/uptime_secs\n\
             # TYPE mesos_master_uptime_seconds gauge\n\
             mesos_master_uptime_seconds 1.5\n"
        );
    }

    #[test]
    fn chosen_names_cannot_break_the_text() {
        let text = shown(&[("allocator/mesos/roles/a\"\n\\b/shares/dominant", 0.5)]);
        assert!(text.contains("role=\"a\\\"\\n\\\\b\"} 0.5\n"), "{text}");
        assert_eq!(text.lines().count(), 3);
        let odd = shown(&[("wéird/näme-1", f64::NAN), ("1/x y", 1.0)]);
        assert!(odd.ends_with("mesos_1_x_y 1\n"), "{odd}");
    }

    /// Every recorded metric has a place, and no two share one.
    #[test]
    fn recorded_metrics_all_appear_once() {
        let recorded =
            include_str!("../../../../../tests/golden/http/master_metrics_snapshot.json");
        let values: BTreeMap<String, f64> = serde_json::from_str(recorded).expect("JSON");
        let mut seen = BTreeMap::new();
        for name in values.keys() {
            let place = names::place_of(name);
            let key = (place.family, labels(&place.labels));
            let before = seen.insert(key.clone(), name.clone());
            assert_eq!(before, None, "{key:?}");
        }
        for line in text(&values).lines().filter(|line| !line.starts_with('#')) {
            let (place, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = place.split('{').next().expect("a name");
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            assert!(
                name.bytes().all(plain) && name.starts_with("mesos_"),
                "{line}"
            );
        }
    }
}
