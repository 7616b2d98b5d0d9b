//! Completions of bash, zsh and fish.

use super::table::{Flag, Program};

/// Words that a flag can have, whichever program it belongs to.
const CHOICES: &[(&str, &[&str])] = &[
    ("framework_sorter", &["drf", "random"]),
    ("launcher", &["posix", "linux"]),
    ("logging_level", &["INFO", "WARNING", "ERROR"]),
    ("recover", &["reconnect", "cleanup"]),
    ("registry", &["replicated_log", "in_memory"]),
    ("role_sorter", &["drf", "random"]),
];

/// Programs that are completed: those that people call.
const COMPLETED: &[(&str, &[&str])] = &[
    ("mesos-master", &[]),
    ("mesos-agent", &["mesos-slave"]),
    ("mesos-local", &[]),
    ("mesos-execute", &[]),
    ("mesos-execute", &[]),
];

/// Path below `share`, and text.
pub fn files(programs: &[Program]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for program in programs {
        let Some((name, others)) = COMPLETED.iter().find(|(name, _)| *name == program.name) else {
            continue;
        };
        let names: Vec<&str> = [*name].iter().chain(*others).copied().collect();
        let bash = bash(program, &names);
        for name in &names {
            // Bash looks for the file of the name that is typed.
            files.push((format!("bash-completion/completions/{name}"), bash.clone()));
            files.push((
                format!("fish/vendor_completions.d/{name}.fish"),
                fish(program, name),
            ));
        }
        files.push((format!("zsh/site-functions/_{name}"), zsh(program, &names)));
    }
    files
}

fn choices(flag: &Flag) -> Option<&'static [&'static str]> {
    let row = CHOICES.iter().find(|(name, _)| *name == flag.name)?;
    Some(row.1)
}

/// The words that begin a flag on a command line.
fn words(flag: &Flag) -> Vec<String> {
    match flag.boolean {
        true => vec![format!("--{}", flag.name), format!("--no-{}", flag.name)],
        false => vec![format!("--{}=", flag.name)],
    }
}

fn bash(program: &Program, names: &[&str]) -> String {
    let function = format!("_{}", program.name.replace('-', "_"));
    let flags: Vec<String> = program.flags.iter().flat_map(words).collect();
    let mut values = String::new();
    for flag in &program.flags {
        if let Some(choices) = choices(flag) {
            values.push_str(&format!(
                "    --{}) words='{}' ;;\n",
                flag.name,
                choices.join(" ")
            ));
        }
    }
    format!(
        "# Completion of {} for bash.\n\
         {function}() {{\n\
         \x20 local word=${{COMP_WORDS[COMP_CWORD]}} flag= words=\n\
         \x20 # Bash splits --flag=value at the sign.\n\
         \x20 if [[ $word == '=' ]]; then\n\
         \x20   flag=${{COMP_WORDS[COMP_CWORD-1]}} word=\n\
         \x20 elif [[ ${{COMP_WORDS[COMP_CWORD-1]}} == '=' ]]; then\n\
         \x20   flag=${{COMP_WORDS[COMP_CWORD-2]}}\n\
         \x20 elif [[ $word == -* ]]; then\n\
         \x20   compopt -o nospace\n\
         \x20   COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n\
         \x20   [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} != *= ]] && compopt +o nospace\n\
         \x20   return\n\
         \x20 fi\n\
         \x20 case $flag in\n{values}\
         \x20   *) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n\
         \x20 esac\n\
         \x20 COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n\
         }}\n\
         complete -o filenames -F {function} {}\n",
        names.join(" and "),
        flags.join(" "),
        names.join(" ")
    )
}

fn zsh(program: &Program, names: &[&str]) -> String {
    let mut text = format!("#compdef {}\n\n_arguments -S \\\n", names.join(" "));
    for flag in &program.flags {
        let help = zsh_text(flag.summary());
        if flag.boolean {
            text.push_str(&format!("  '--{}[{help}]' \\\n", flag.name));
            text.push_str(&format!("  '--no-{}[not\\: {help}]' \\\n", flag.name));
            continue;
        }
        let values = match choices(flag) {
            Some(words) => format!("({})", words.join(" ")),
            None => "_files".to_owned(),
        };
        text.push_str(&format!("  '--{}=[{help}]:value:{values}' \\\n", flag.name));
    }
    text.push_str("  '*:file:_files'\n");
    text
}

/// Inside of brackets in single quotes.
fn zsh_text(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "'\\''");
    text.replace('[', "\\[")
        .replace(']', "\\]")
        .replace(':', "\\:")
}

fn fish(program: &Program, name: &str) -> String {
    let mut text = format!("# Completion of {name} for fish.\n");
    for flag in &program.flags {
        let help = quoted(flag.summary());
        if flag.boolean {
            text.push_str(&format!("complete -c {name} -l {} -d {help}\n", flag.name));
            text.push_str(&format!(
                "complete -c {name} -l no-{} -d {help}\n",
                flag.name
            ));
            continue;
        }
        let values = match choices(flag) {
            Some(words) => format!("-x -a '{}'", words.join(" ")),
            None => "-r -F".to_owned(),
        };
        text.push_str(&format!(
            "complete -c {name} -l {} {values} -d {help}\n",
            flag.name
        ));
    }
    text
}

/// In single quotes of fish.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Vec<Program> {
        let flag = |name: &str, boolean| Flag {
            name: name.to_owned(),
            boolean,
            help: "It's [one]: x".to_owned(),
            ..Flag::default()
        };
        vec![Program {
            name: "mesos-agent".to_owned(),
            flags: vec![
                flag("quiet", true),
                flag("logging_level", false),
                flag("work_dir", false),
            ],
        }]
    }

    fn file(path: &str) -> String {
        let files = files(&agent());
        let found = files.into_iter().find(|(name, _)| name == path);
        found.expect(path).1
    }

    #[test]
    fn bash_completes_flags_and_their_words() {
        let text = file("bash-completion/completions/mesos-slave");
        assert!(
            text.contains("'--quiet --no-quiet --logging_level= --work_dir='"),
            "{text}"
        );
        assert!(
            text.contains("--logging_level) words='INFO WARNING ERROR'"),
            "{text}"
        );
        assert!(text.ends_with("complete -o filenames -F _mesos_agent mesos-agent mesos-slave\n"));
    }

    #[test]
    fn quotes_and_brackets_of_help_stay_inside() {
        let zsh = file("zsh/site-functions/_mesos-agent");
        assert!(zsh.contains(r"'--quiet[It'\''s \[one\]\: x]'"), "{zsh}");
        let fish = file("fish/vendor_completions.d/mesos-agent.fish");
        assert!(
            fish.contains(r"-l work_dir -r -F -d 'It\'s [one]: x'"),
            "{fish}"
        );
    }
}
