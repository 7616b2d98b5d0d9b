//! The table of what the documents say, `docs/conformance/seeds.tsv`: id, kind, state, where, note.
//!
//! * every row of operations §2.6 is there once, see [`SEEDS`];
//! * states are known, see [`check_state`];
//! * what is done is shown: a command, file, key or message by a case of `tests/seeds` or a client, a
//!   behaviour by one of these or by a test that the note names;
//! * a case shows only rows whose state says so.

use crate::client::seeds::script;
use crate::repository::root;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

const TABLE: &str = "docs/conformance/seeds.tsv";
/// The documents: the first part of an id, its last number, and numbers beyond that.
const SEEDS: &[(&str, usize, &[usize])] = &[
    ("S0", 20, &[]),
    ("S1", 39, &[]),
    ("S2", 52, &[60]),
    ("S3", 92, &[]),
    ("S4", 32, &[]),
];
/// Command, file or variable, configuration key, message, behaviour, documentation.
const KINDS: &[&str] = &["C", "F", "K", "M", "B", "D"];
/// What a row may wait for.
const WAITS: &[&str] = &[
    // ZooKeeper and several masters.
    "high-availability",
    // Images, Docker, cgroups.
    "containers",
    // Modules of one's own, an allocator among them.
    "modules",
    // Marathon, Chronos.
    "other-frameworks",
    // A page under docs.
    "documentation",
    // A run against Amazon itself: moto's machines have no disks.
    "amazon",
];
const CLIENTS: &str = "tools/xtask/src/client/";

struct Row<'a> {
    kind: &'a str,
    state: &'a str,
    places: Vec<&'a str>,
    note: &'a str,
}

/// Adds what is wrong with the table or with the cases.
pub fn check(tests: &HashSet<String>, offences: &mut Vec<String>) {
    let mut told = |text: String| offences.push(format!("{TABLE}: {text}"));
    let scripts = match script::load_all() {
        Ok(scripts) => scripts,
        Err(error) => return told(error),
    };
    let mut cases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for script in &scripts {
        let file = format!("{}/{}.toml", script::FOLDER, script.name);
        for id in script.cases.iter().flat_map(|case| &case.ids) {
            cases.entry(id.clone()).or_default().insert(file.clone());
        }
    }
    let Ok(text) = std::fs::read_to_string(root().join(TABLE)) else {
        return told("is not there".to_owned());
    };
    let mut missing = all_ids();
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, kind, state, places, note] = columns.as_slice() else {
            told(format!("`{line}`: needs id, kind, state, where, note"));
            continue;
        };
        let row = Row {
            kind,
            state,
            places: places
                .split(", ")
                .filter(|place| !place.is_empty())
                .collect(),
            note,
        };
        if !missing.remove(*id) {
            told(format!("{id}: is there twice, or no document has it"));
        }
        let shown = cases.remove(*id).unwrap_or_default();
        let complaints = check_state(&row, &shown, tests);
        complaints
            .into_iter()
            .for_each(|c| told(format!("{id}: {c}")));
    }
    for id in missing {
        told(format!("{id}: is missing"));
    }
    for (id, files) in cases {
        told(format!("{id}: is no row, but {files:?} shows it"));
    }
}

fn all_ids() -> BTreeSet<String> {
    let ids = SEEDS.iter().flat_map(|(seed, last, more)| {
        let numbers = (1..=*last).chain(more.iter().copied());
        numbers.map(move |number| format!("{seed}-{number}"))
    });
    ids.collect()
}

fn check_state(row: &Row<'_>, shown: &BTreeSet<String>, tests: &HashSet<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    if !KINDS.contains(&row.kind) {
        complaints.push(format!("there is no kind {}", row.kind));
    }
    for place in &row.places {
        if !root().join(place).exists() {
            complaints.push(format!("there is no {place}"));
        }
    }
    let shows = matches!(row.state, "done" | "fails-as-original");
    if !shows && !shown.is_empty() {
        complaints.push(format!("is {}, but {shown:?} shows it", row.state));
    }
    match row.state.split_once(':') {
        None if shows => complaints.extend(check_shown(row, shown, tests)),
        None if row.state == "not-applicable" => {
            if row.note.is_empty() {
                complaints.push("does not say why it is not applicable".to_owned());
            }
        }
        Some(("waits", what)) if WAITS.contains(&what) => {}
        Some(("document", page)) => complaints.extend(check_page(page)),
        _ => complaints.push(format!("there is no state {}", row.state)),
    }
    complaints
}

fn check_shown(row: &Row<'_>, shown: &BTreeSet<String>, tests: &HashSet<String>) -> Option<String> {
    for place in row.places.iter().filter(|p| p.starts_with(script::FOLDER)) {
        if !shown.contains(*place) {
            return Some(format!("{place} has no case of it"));
        }
    }
    if shown
        .iter()
        .any(|file| !row.places.contains(&file.as_str()))
    {
        return Some(format!("is shown in {shown:?}, which it must name"));
    }
    let by_client = row.places.iter().any(|place| place.starts_with(CLIENTS));
    let names_test = super::words(row.note).any(|word| tests.contains(word) && word.contains('_'));
    let enough = !shown.is_empty() || by_client || (row.kind == "B" && names_test);
    (!enough).then(|| "no case, client or (of a behaviour) test shows it".to_owned())
}

/// `docs/page.md#anchor`: a heading, as the anchor of its words, or an explicit one.
fn check_page(page: &str) -> Option<String> {
    let (path, anchor) = page.split_once('#')?;
    let Ok(text) = std::fs::read_to_string(root().join(Path::new(path))) else {
        return Some(format!("there is no page {path}"));
    };
    let explicit = text.contains(&format!("id=\"{anchor}\""));
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let heading = headings.map(slug).any(|found| found == anchor);
    (!explicit && !heading).then(|| format!("{path} has no heading #{anchor}"))
}

fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter_map(|letter| match letter {
        ' ' | '-' => Some('-'),
        letter if letter.is_alphanumeric() || letter == '_' => Some(letter),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(kind: &'a str, state: &'a str, places: Vec<&'a str>, note: &'a str) -> Row<'a> {
        Row {
            kind,
            state,
            places,
            note,
        }
    }

    #[test]
    fn there_are_as_many_rows_as_the_documents_have() {
        assert_eq!(all_ids().len(), 236);
    }

    #[test]
    fn what_is_done_needs_what_shows_it() {
        let file = "tests/seeds/start-scripts.toml";
        let shown = BTreeSet::from([file.to_owned()]);
        let none = BTreeSet::new();
        let tests = HashSet::from(["a_test".to_owned()]);
        let check = |row: Row<'_>, shown| check_state(&row, shown, &tests).is_empty();
        assert!(check(row("C", "done", vec![file], ""), &shown));
        assert!(!check(row("C", "done", vec![], ""), &shown));
        assert!(!check(row("C", "done", vec![file], ""), &none));
        assert!(!check(row("C", "done", vec![], "a_test"), &none));
        assert!(check(row("B", "done", vec![], "a_test"), &none));
        assert!(!check(row("B", "done", vec![], "no_test"), &none));
        assert!(!check(
            row("C", "waits:high-availability", vec![], ""),
            &shown
        ));
        assert!(check(
            row("C", "waits:high-availability", vec![], ""),
            &none
        ));
        assert!(!check(row("C", "waits:rain", vec![], ""), &none));
        assert!(!check(row("C", "not-applicable", vec![], ""), &none));
        assert!(!check(
            row("D", "document:docs/nowhere.md#x", vec![], ""),
            &none
        ));
    }

    #[test]
    fn headings_have_the_anchors_of_their_words() {
        assert_eq!(
            slug("## Ports: 22, 5050 and 5051"),
            "ports-22-5050-and-5051"
        );
    }
}
