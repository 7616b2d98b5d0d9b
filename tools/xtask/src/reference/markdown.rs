//! `docs/flags/*.md`: one page for each program.

use super::pages::{Page, page};
use super::table::{Flag, Program};
use std::collections::BTreeMap;

const RULES: &str = "\
| rule | |
|---|---|
| variables | `MESOS_` and the flag's name, in any case: `MESOS_WORK_DIR` and `MESOS_work_dir` are the same. Unknown ones are ignored |
| precedence | the command line wins over variables |
| negation | `--no-name` for a flag shown as `--[no-]name` |
| twice | the same flag twice on the command line is refused, also by its name of old |
| files | `--flag=file:///path` reads the value of any flag from a file |
| durations | a number and a unit: `ns us ms secs mins hrs days weeks`; a bare number is refused |
| sizes | a number and a unit: `B KB MB GB TB` |
| not built yet | a flag that asks for a feature which is not built is refused with an error that names it. One that only tunes such a feature is accepted: its row says *Without effect so far* |
";

/// Name and text of each file.
pub fn files(programs: &[Program]) -> BTreeMap<String, String> {
    let pages: Vec<(&Program, &Page)> = programs
        .iter()
        .filter_map(|program| Some((program, page(&program.name)?)))
        .collect();
    let mut files = BTreeMap::from([("README.md".to_owned(), index(&pages))]);
    for (program, page) in pages {
        files.insert(format!("{}.md", page.file), text(program, page));
    }
    files
}

const NOTE: &str =
    "<!-- Written by `cargo xtask flags` from the tables in core/daemon/src/flags. -->\n";

fn index(pages: &[(&Program, &Page)]) -> String {
    let mut text = format!("{NOTE}# Flags\n\n| page | flags | of what |\n|---|---|---|\n");
    for (program, page) in pages {
        text.push_str(&format!(
            "| [{}]({}.md) | {} | {} |\n",
            page.name,
            page.file,
            program.flags.len(),
            page.summary
        ));
    }
    text.push_str(&format!(
        "\n`flags.json` has the same for programs.\n\n## Rules\n\n{RULES}"
    ));
    text
}

fn text(program: &Program, page: &Page) -> String {
    let mut text = format!(
        "{NOTE}# {}: {}\n\n{}\n\nThe [rules](README.md#rules) for all flags are on the first page.\n\n\
         | flag | default | what it does |\n|---|---|---|\n",
        page.name, page.summary, page.description
    );
    for flag in &program.flags {
        text.push_str(&row(flag));
    }
    text
}

fn row(flag: &Flag) -> String {
    let mut help = cell(&flag.help);
    if let Some(old) = &flag.deprecated {
        help.push_str(&format!("<br>Name of old: `{old}`."));
    }
    if let Some(remark) = flag.remark() {
        help.push_str(&format!("<br>*{}*", cell(&remark)));
    }
    let default = match &flag.default {
        Some(default) if default.is_empty() => "empty".to_owned(),
        Some(default) => format!("`{}`", cell(default)),
        None if flag.required => "**required**".to_owned(),
        None => String::new(),
    };
    format!(
        "| <a id=\"{}\"></a>`{}` | {default} | {help} |\n",
        flag.name,
        flag.form()
    )
}

/// A text inside of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_with_three_cells() {
        let flag = Flag {
            name: "level".to_owned(),
            deprecated: Some("old_level".to_owned()),
            default: Some("a|b".to_owned()),
            help: "One\ntwo.".to_owned(),
            tunes: Some("a thing".to_owned()),
            ..Flag::default()
        };
        assert_eq!(
            row(&flag),
            "| <a id=\"level\"></a>`--level=VALUE` | `a\\|b` | One<br>two.<br>Name of old: `old_level`.\
             <br>*Without effect so far: it tunes a thing.* |\n"
        );
    }
}
