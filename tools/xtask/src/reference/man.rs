//! Manual pages in the `man` macros of roff.

use super::pages::{Page, page};
use super::table::{Flag, Program};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const SETTINGS: &str = "Every flag can be set by a variable, too: MESOS_ and the flag's name, in any case. The command \
    line wins. A value of file:///path is read from that file. The same flag twice is an error.";

/// Path below `share/man`, and text, of the pages of these programs.
pub fn pages(programs: &[Program]) -> Vec<(String, String)> {
    let with_section = programs.iter().filter_map(|program| {
        let page = page(&program.name)?;
        Some((program, page, page.section?))
    });
    with_section
        .map(|(program, page, section)| (path(page.name, section), text(program, page, section)))
        .collect()
}

fn path(name: &str, section: u8) -> String {
    format!("man{section}/{name}.{section}")
}

fn text(program: &Program, page: &Page, section: u8) -> String {
    let mut text = header(page.name, section, page.summary);
    text.push_str(&format!(
        ".SH SYNOPSIS\n.B {}\n[\\fIoptions\\fP]\n.SH DESCRIPTION\n{}\n.PP\n{}\n.SH OPTIONS\n",
        escape(page.name),
        prose(page.description),
        prose(SETTINGS)
    ));
    for flag in &program.flags {
        text.push_str(&option(flag));
    }
    text.push_str(
        ".SH EXIT STATUS\n0 after\n.B \\-\\-help\nand\n.BR \\-\\-version ,\n1 after an error, which is named on \
         stderr.\n",
    );
    text.push_str(&format!(
        ".SH SEE ALSO\n{}\n.PP\nThe flag reference in share/doc/mesos/docs/flags.\n",
        prose(page.see_also)
    ));
    text
}

/// Title line and NAME.
pub fn header(name: &str, section: u8, summary: &str) -> String {
    format!(
        ".TH {} {section} \"\" \"mesos {VERSION}\" \"Mesos\"\n.ad l\n.nh\n.SH NAME\n{} \\- {}\n",
        escape(&name.to_uppercase()),
        escape(name),
        prose(summary)
    )
}

fn option(flag: &Flag) -> String {
    let form = |name: &str| match flag.boolean {
        true => format!("\\fB\\-\\-\\fP[\\fBno\\-\\fP]\\fB{}\\fP", escape(name)),
        false => format!("\\fB\\-\\-{}\\fP=\\fIVALUE\\fP", escape(name)),
    };
    let mut head = form(&flag.name);
    if let Some(old) = &flag.deprecated {
        head.push_str(", ");
        head.push_str(&form(old));
    }
    let mut text = format!(".TP\n{head}\n{}\n", prose(&flag.help));
    match &flag.default {
        Some(default) if default.is_empty() => {}
        Some(default) => text.push_str(&format!(
            "Default: {}\n",
            escape(default).replace('\n', " ")
        )),
        None if flag.required => text.push_str("Required.\n"),
        None => {}
    }
    if let Some(remark) = flag.remark() {
        text.push_str(&prose(&remark));
        text.push('\n');
    }
    text
}

/// Running text: what is `between backquotes` becomes bold, and no line is taken for a request.
pub fn prose(text: &str) -> String {
    let mut made = String::new();
    for (number, part) in escape(text).split('`').enumerate() {
        if number > 0 {
            made.push_str(if number % 2 == 1 { "\\fB" } else { "\\fP" });
        }
        made.push_str(part);
    }
    if text.matches('`').count() % 2 == 1 {
        made.push_str("\\fP");
    }
    let lines = made
        .lines()
        .map(|line| match line.starts_with(['.', '\'']) {
            true => format!("\\&{line}"),
            false => line.to_owned(),
        });
    lines.collect::<Vec<_>>().join("\n.br\n")
}

/// Text in which roff sees no escapes, and hyphens that can be copied.
pub fn escape(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_holds_no_requests_and_no_escapes_of_its_own() {
        assert_eq!(prose("a \\n `--b`"), "a \\en \\fB\\-\\-b\\fP");
        assert_eq!(prose(".so x\n'y"), "\\&.so x\n.br\n\\&'y");
        assert_eq!(prose("an `open one"), "an \\fBopen one\\fP");
    }
}
