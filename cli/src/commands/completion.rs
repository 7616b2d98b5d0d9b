//! `mesos completion`, `mesos-completion`: the words that may come next, one in a line.
//!
//! Bash: `complete -C mesos-completion mesos`, which gives the line in `COMP_LINE`.
//!
//! Compat: operations §3.6.

use crate::complete::candidates;
use crate::table::{Command, History};
use crate::{Arguments, Context, Outcome};

pub const COMMAND: Command = Command {
    history: History::MesosCli,
    name: "completion",
    about: "Print words for the completion of shells",
    details: "Reads the command line from COMP_LINE or COMMAND_LINE, as bash's\n\
              `complete -C mesos-completion mesos` gives it.",
    words: &[crate::table::Word::optional("words", "What shells add; not used.").many()],
    bare: true,
    run,
    ..Command::NEW
};

fn run(context: &Context, _: &Arguments) -> Outcome {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let line = variable("COMP_LINE").or_else(|| variable("COMMAND_LINE"));
    let Some(line) = line else {
        context.out.line(
            "For bash: complete -C mesos-completion mesos\n\
             The files for bash, zsh and fish are installed below share/.",
        )?;
        return Ok(0);
    };
    let point = variable("COMP_POINT").and_then(|text| text.parse().ok());
    let line = line.get(..point.unwrap_or(line.len())).unwrap_or(&line);
    for word in next_words(line) {
        context.out.line(&word)?;
    }
    Ok(0)
}

/// What the last word of the line may become.
fn next_words(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let begun = !line.ends_with(char::is_whitespace);
    let (current, finished) = match words.split_last() {
        Some((last, before)) if begun => (*last, before),
        _ => ("", words.as_slice()),
    };
    let mut words = candidates(finished, current);
    words.retain(|word| word.starts_with(current));
    words
}

#[cfg(test)]
mod tests {
    use super::next_words;

    #[test]
    fn the_last_word_is_completed() {
        assert_eq!(next_words("mesos ta"), ["tail", "task"]);
        assert_eq!(next_words("mesos task in"), ["inspect"]);
        assert!(next_words("mesos tail --f").contains(&"--follow".to_owned()));
        assert!(next_words("mesos ").len() > 10);
    }
}
