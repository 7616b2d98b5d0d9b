//! Types the cases of one file over ssh and compares.

use super::script::{Case, See, Typed, compile};
use crate::hosts::Hosts;
use crate::shell::{Outcome, wait_for};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// No command that returns takes longer.
const COMMAND_LIMIT_SECONDS: &str = "90";
const END_LIMIT: Duration = Duration::from_secs(20);
/// So much of an output is quoted when it is not as expected.
const QUOTED_BYTES: usize = 3000;
const INTERRUPT: u8 = 3;

/// The hosts of one file and what stays in the foreground on them.
pub struct Stage<'a> {
    pub hosts: &'a Hosts,
    /// Where the output of what stays is kept.
    pub folder: &'a Path,
    terminals: BTreeMap<String, Terminal>,
}

struct Terminal {
    child: Child,
    output: PathBuf,
}

/// What a command has written and how it ended.
struct Answer {
    status: i32,
    out: String,
    err: String,
}

impl<'a> Stage<'a> {
    pub fn new(hosts: &'a Hosts, folder: &'a Path) -> Self {
        Self {
            hosts,
            folder,
            terminals: BTreeMap::new(),
        }
    }

    /// One case; the error is the difference.
    pub fn play(&mut self, case: &Case) -> Outcome {
        for put in &case.put {
            let first = [case.typed.host.clone()];
            let hosts = if put.on.is_empty() {
                &first
            } else {
                put.on.as_slice()
            };
            for host in hosts {
                self.put(host, &put.path, &put.text)?;
            }
        }
        match (&case.typed.command, &case.stays, &case.stop) {
            (_, _, Some(name)) => self.stop(name)?,
            (Some(command), Some(name), None) => self.open(name, command, &case.typed)?,
            (Some(command), None, None) => {
                let answer = self.type_in(command, &case.typed)?;
                compare(command, &answer, &case.typed)?;
            }
            (None, _, None) => {}
        }
        case.see.iter().try_for_each(|see| self.see(see))
    }

    fn put(&self, host: &str, path: &str, text: &str) -> Outcome {
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        let command = format!("mkdir -p {} && cat > {path}", folder.display());
        let typed = Typed {
            host: host.to_owned(),
            user: "root".to_owned(),
            answers: text.to_owned(),
            ..Typed::default()
        };
        let answer = self.type_in(&command, &typed)?;
        compare(&command, &answer, &typed)
    }

    fn type_in(&self, command: &str, typed: &Typed) -> Outcome<Answer> {
        let ssh = self.hosts.ssh(&typed.user, &typed.host);
        let mut limited = Command::new("timeout");
        limited
            .args(["--kill-after=5", COMMAND_LIMIT_SECONDS])
            .arg(ssh.get_program())
            .args(ssh.get_args())
            .arg(command);
        run(limited, &typed.answers)
    }

    /// A terminal of its own, whose program stays.
    fn open(&mut self, name: &str, command: &str, typed: &Typed) -> Outcome {
        let output = self.folder.join(format!("{name}.out"));
        let file = File::create(&output).map_err(|e| format!("no {}: {e}", output.display()))?;
        let errors = file.try_clone().map_err(|e| e.to_string())?;
        let child = self
            .hosts
            .ssh(&typed.user, &typed.host)
            .args(["-tt", command])
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("cannot start ssh: {e}"))?;
        let mut terminal = Terminal { child, output };
        let limit = Duration::from_secs(super::script::SEEN_IN_TERMINAL_SECONDS);
        let mut missing = Ok(());
        let seen = wait_for("the terminal's output", limit, || {
            let text = terminal.text();
            missing = holds("the terminal", &text, &typed.out, &typed.none);
            let ended = terminal.child.try_wait().map_err(|e| e.to_string())?;
            match (&missing, ended) {
                (Ok(()), None) => Ok(Some(())),
                (_, Some(status)) => Err(format!("`{command}` ended with {status}")),
                (Err(_), None) => Ok(None),
            }
        });
        if let Err(error) = seen {
            missing?;
            return Err(format!("{error}\n{}", quoted(&terminal.text())));
        }
        self.terminals.insert(name.to_owned(), terminal);
        Ok(())
    }

    fn stop(&mut self, name: &str) -> Outcome {
        let mut terminal = self
            .terminals
            .remove(name)
            .ok_or_else(|| format!("there is no terminal `{name}`"))?;
        if let Some(keyboard) = &mut terminal.child.stdin {
            keyboard
                .write_all(&[INTERRUPT])
                .map_err(|e| e.to_string())?;
        }
        wait_for(&format!("the end of {name}"), END_LIMIT, || {
            terminal.child.try_wait().map_err(|e| e.to_string())
        })
        .map(drop)
        .map_err(|e| format!("{e}\n{}", quoted(&terminal.text())))
    }

    fn see(&self, see: &See) -> Outcome {
        let mut missing = Ok(());
        let what = see.get.as_ref().or(see.command.as_ref());
        let what = what.map(String::as_str).unwrap_or_default();
        let seen = wait_for(what, Duration::from_secs(see.within), || {
            missing = self.look(see);
            Ok(missing.is_ok().then_some(()))
        });
        match seen {
            Ok(()) => Ok(()),
            Err(late) => missing.and(Err(late)),
        }
    }

    fn look(&self, see: &See) -> Outcome {
        let typed = Typed {
            host: see.host.clone(),
            user: "root".to_owned(),
            ..Typed::default()
        };
        let (what, answer) = match (&see.get, &see.command) {
            (Some(url), _) => {
                let mut browser = self.hosts.beside();
                browser.args(["curl", "-sS", "--max-time", "10", "-L", url]);
                (url, run(browser, "")?)
            }
            (None, Some(command)) => (command, self.type_in(command, &typed)?),
            (None, None) => return Ok(()),
        };
        if answer.status != see.status {
            return Err(answer.told(
                what,
                &format!("ends with {}, not {}", answer.status, see.status),
            ));
        }
        holds(what, &answer.out, &see.out, &see.none)?;
        see.json
            .iter()
            .try_for_each(|(pointer, wanted)| matches_json(what, &answer.out, pointer, wanted))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        for terminal in self.terminals.values_mut() {
            let _ = terminal.child.kill();
            let _ = terminal.child.wait();
        }
    }
}

impl Terminal {
    /// As on the screen, with the ends of lines of a file.
    fn text(&self) -> String {
        let bytes = std::fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }
}

impl Answer {
    fn told(&self, what: &str, complaint: &str) -> String {
        let (out, err) = (quoted(&self.out), quoted(&self.err));
        format!("`{what}` {complaint}\n  stdout: {out}\n  stderr: {err}")
    }
}

fn run(mut command: Command, answers: &str) -> Outcome<Answer> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start ssh: {e}"))?;
    if let Some(mut keyboard) = child.stdin.take() {
        // A program that reads nothing may have closed it.
        let _ = keyboard.write_all(answers.as_bytes());
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    Ok(Answer {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn compare(command: &str, answer: &Answer, typed: &Typed) -> Outcome {
    if answer.status != typed.status {
        let complaint = format!("ends with {}, not {}", answer.status, typed.status);
        return Err(answer.told(command, &complaint));
    }
    let both = format!("{}\n{}", answer.out, answer.err);
    let parts = [
        ("stdout", &answer.out, &typed.out, &[][..]),
        ("stderr", &answer.err, &typed.err, &[][..]),
        ("the output", &both, &Vec::new(), typed.none.as_slice()),
    ];
    parts
        .into_iter()
        .try_for_each(|(part, text, wanted, unwanted)| {
            holds(part, text, wanted, unwanted).map_err(|e| answer.told(command, &e))
        })
}

fn holds(what: &str, text: &str, wanted: &[String], unwanted: &[String]) -> Outcome {
    for pattern in wanted {
        if !compile(pattern)?.is_match(text) {
            return Err(format!("{what} has no `{pattern}`:\n{}", quoted(text)));
        }
    }
    for pattern in unwanted {
        if compile(pattern)?.is_match(text) {
            return Err(format!(
                "{what} must not have `{pattern}`:\n{}",
                quoted(text)
            ));
        }
    }
    Ok(())
}

fn matches_json(what: &str, text: &str, pointer: &str, wanted: &serde_json::Value) -> Outcome {
    let page: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| format!("{what} is no JSON: {e}: {}", quoted(text)))?;
    let found = page
        .pointer(pointer)
        .ok_or_else(|| format!("{what} has no {pointer}: {}", quoted(text)))?;
    let same = match (wanted, found) {
        (serde_json::Value::String(pattern), serde_json::Value::String(text)) => {
            compile(pattern)?.is_match(text)
        }
        // The same number may be written with a point or without.
        (serde_json::Value::Number(wanted), found) => found.as_f64() == wanted.as_f64(),
        (wanted, found) => wanted == found,
    };
    if same {
        return Ok(());
    }
    Err(format!("{what}: {pointer} is {found}, not {wanted}"))
}

/// The end of a text, which is where the news is.
fn quoted(text: &str) -> &str {
    let text = text.trim_end();
    let mut start = text.len().saturating_sub(QUOTED_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
