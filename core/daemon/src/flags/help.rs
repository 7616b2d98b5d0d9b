//! The text of `--help`: names in one column, help with defaults in another.

use super::{Flag, FlagSet};

/// Blanks between the columns.
const GAP: usize = 5;
/// Where help texts break.
const HELP_WIDTH: usize = 64;

/// `Usage: program [options]` and every flag of the set, in order.
pub fn usage<T: FlagSet>(program: &str) -> String {
    let set = T::default();
    let width = T::TABLE
        .iter()
        .map(|flag| name_column(flag).len())
        .max()
        .unwrap_or(0)
        + GAP;
    let mut text = format!("Usage: {program} [options]\n\n");
    for flag in T::TABLE {
        let mut left = name_column(flag);
        for line in wrap(&full_help(flag, &set)) {
            let line = format!("{left:width$}{line}").replace('\u{a0}', " ");
            text.push_str(line.trim_end());
            text.push('\n');
            left.clear();
        }
    }
    text
}

fn name_column(flag: &Flag) -> String {
    let form = |name: &str| match flag.boolean {
        true => format!("--[no-]{name}"),
        false => format!("--{name}=VALUE"),
    };
    match flag.deprecated {
        Some(old) => format!("  {}, {}", form(flag.name), form(old)),
        None => format!("  {}", form(flag.name)),
    }
}

fn full_help<T: FlagSet>(flag: &Flag, set: &T) -> String {
    match flag.default {
        Some(_) => {
            let default = set.print(flag.name).unwrap_or_default();
            // The default stays in one piece when the text is broken into lines.
            format!("{} (default: {default})", flag.help).replace("(default: ", "(default:\u{a0}")
        }
        None => flag.help.to_owned(),
    }
}

/// Breaks at blanks, keeps given line ends. At least one line.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > HELP_WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
