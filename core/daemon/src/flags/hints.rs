//! What an operator may have meant: lines below an error about flags.
//!
//! Old texts hold commands that fail as written; the failure stays, and the hint says how the
//! command would work. Compat: operations S2-30, S2-31, S3-14, S3-68.

use super::{Flag, FlagSet, load::FlagError};

/// Lines to be printed below an error.
pub fn hints<T: FlagSet>(args: &[String], error: Option<&FlagError>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(error.and_then(for_error::<T>));
    let stray = args.iter().filter_map(|word| stray_flag::<T>(word));
    lines.extend(stray.map(|flag| format!("'{flag}' is not a flag: did you mean --{flag}?")));
    lines
}

fn for_error<T: FlagSet>(error: &FlagError) -> Option<String> {
    match error {
        FlagError::Required("work_dir") => Some(
            "Before Mesos 1.0 it was /tmp/mesos when not given: --work_dir=/tmp/mesos does the same"
                .to_owned(),
        ),
        FlagError::Value { name, value, .. } if is_duration(row::<T>(name)?) => {
            let number: u64 = value.trim().parse().ok()?;
            Some(format!(
                "A duration has a unit (ns, us, ms, secs, mins, hrs, days or weeks): did you mean \
                 {number}secs?"
            ))
        }
        _ => None,
    }
}

fn row<T: FlagSet>(name: &str) -> Option<&'static Flag> {
    let has = |flag: &&Flag| flag.name == name || flag.deprecated == Some(name);
    T::TABLE.iter().find(has)
}

fn is_duration(flag: &Flag) -> bool {
    flag.kind.contains("Nanos")
}

/// `name=value` with the name of a flag but without its dashes.
fn stray_flag<T: FlagSet>(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    row::<T>(name).map(|_| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::{AgentFlags, MasterFlags};

    fn args(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_flag_behind_a_lone_dash_pair_is_recognized() {
        let words = args(&["--", "master=h:5050", "colour=red", "word"]);
        let lines = hints::<AgentFlags>(&words, None);
        assert_eq!(
            lines,
            ["'master=h:5050' is not a flag: did you mean --master=h:5050?"]
        );
        assert!(hints::<AgentFlags>(&args(&["--master=h:5050"]), None).is_empty());
    }

    #[test]
    fn a_bare_number_for_a_duration_gets_its_unit() {
        let error = |name: &str, value: &str| FlagError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
            reason: String::new(),
        };
        let lines = hints::<MasterFlags>(&[], Some(&error("slave_ping_timeout", "15")));
        assert!(lines[0].ends_with("did you mean 15secs?"), "{lines:?}");
        assert!(hints::<MasterFlags>(&[], Some(&error("port", "15"))).is_empty());
        assert!(hints::<MasterFlags>(&[], Some(&error("agent_ping_timeout", "x"))).is_empty());
    }
}
