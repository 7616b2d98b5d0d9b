//! Reading `/proc`: who exists, who descends from whom, what they used.

use std::{
    collections::{HashMap, HashSet},
    fmt, fs,
    sync::OnceLock,
};

/// A process id; always positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pid(i32);

impl Pid {
    pub const fn new(raw: i32) -> Option<Self> {
        if raw > 0 { Some(Self(raw)) } else { None }
    }

    pub fn caller() -> Self {
        Self(nix::unistd::getpid().as_raw())
    }

    pub const fn raw(self) -> i32 {
        self.0
    }

    pub(crate) fn to_nix(self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(self.0)
    }

    pub(crate) fn to_rustix(self) -> rustix::process::Pid {
        rustix::process::Pid::from_raw(self.0).expect("a Pid is positive")
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A process and when it started: together they are never reused before a reboot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessIdentity {
    pub pid: Pid,
    /// Clock ticks since boot, as the kernel counts them.
    pub started: u64,
}

impl ProcessIdentity {
    /// The identity of a process that exists now.
    pub fn of(pid: Pid) -> Option<Self> {
        Stat::read(pid).map(|stat| Self {
            pid,
            started: stat.started,
        })
    }

    /// Whether the process still exists (a zombie does).
    pub fn exists(self) -> bool {
        Self::of(self.pid) == Some(self)
    }
}

/// The fields of `/proc/PID/stat` that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub pid: Pid,
    pub command: String,
    pub state: char,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    pub user_ticks: u64,
    pub system_ticks: u64,
    pub threads: u32,
    pub started: u64,
    pub rss_pages: u64,
}

impl Stat {
    pub fn read(pid: Pid) -> Option<Self> {
        let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
        Self::parse(&String::from_utf8_lossy(&text))
    }

    /// The command name may hold spaces and parentheses, so fields count from the last `)`.
    pub fn parse(text: &str) -> Option<Self> {
        let open = text.find('(')?;
        let close = text.rfind(')')?;
        let pid = Pid::new(text.get(..open)?.trim().parse().ok()?)?;
        let fields: Vec<&str> = text.get(close + 1..)?.split_ascii_whitespace().collect();
        let number = |index: usize| -> Option<u64> { fields.get(index)?.parse().ok() };
        let id = |index: usize| -> Option<i32> { fields.get(index)?.parse().ok() };
        Some(Self {
            pid,
            command: text.get(open + 1..close)?.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: id(1)?,
            group: id(2)?,
            session: id(3)?,
            user_ticks: number(11)?,
            system_ticks: number(12)?,
            threads: u32::try_from(number(17)?).ok()?,
            started: number(19)?,
            rss_pages: number(21)?,
        })
    }

    pub fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// Processes at one moment: all of them, or those below one.
#[derive(Debug, Default)]
pub struct ProcessTable {
    processes: HashMap<i32, Stat>,
    children: HashMap<i32, Vec<i32>>,
    sessions: HashMap<i32, Vec<i32>>,
    groups: HashMap<i32, Vec<i32>>,
}

impl ProcessTable {
    /// Reads `/proc` once. Processes that vanish while reading are left out.
    pub fn read() -> Self {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Self::default();
        };
        let pids = entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Self::of(pids.filter_map(Pid::new).filter_map(Stat::read))
    }

    /// The process and its descendants, without looking at anybody else: the cost is that of the
    /// tree, not that of the machine. Reads everything on kernels that do not list children.
    pub fn below(root: Pid) -> Self {
        if !lists_children() {
            return Self::read();
        }
        let mut found: Vec<Stat> = Stat::read(root).into_iter().collect();
        // A process that changes parents while it is looked for can be met twice.
        let mut met = HashSet::from([root]);
        let mut next = 0;
        while next < found.len() {
            let fresh = children_of(found[next].pid)
                .into_iter()
                .filter(|child| met.insert(*child));
            found.extend(fresh.filter_map(Stat::read));
            next += 1;
        }
        Self::of(found.into_iter())
    }

    pub fn of(stats: impl Iterator<Item = Stat>) -> Self {
        let mut table = Self::default();
        for stat in stats {
            let pid = stat.pid.raw();
            table.children.entry(stat.parent).or_default().push(pid);
            table.sessions.entry(stat.session).or_default().push(pid);
            table.groups.entry(stat.group).or_default().push(pid);
            table.processes.insert(pid, stat);
        }
        table
            .children
            .values_mut()
            .for_each(|children| children.sort_unstable());
        table
    }

    pub fn get(&self, pid: Pid) -> Option<&Stat> {
        self.processes.get(&pid.raw())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Stat> {
        self.processes.values()
    }

    fn listed<'a>(&'a self, pids: Option<&'a Vec<i32>>) -> impl Iterator<Item = &'a Stat> {
        pids.map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(|pid| self.processes.get(pid))
    }

    pub fn children(&self, pid: Pid) -> impl Iterator<Item = &Stat> {
        self.listed(self.children.get(&pid.raw()))
    }

    pub fn in_session(&self, session: i32) -> impl Iterator<Item = &Stat> {
        self.listed(self.sessions.get(&session))
    }

    pub fn in_group(&self, group: i32) -> impl Iterator<Item = &Stat> {
        self.listed(self.groups.get(&group))
    }

    /// The process and everything below it, parents before children.
    pub fn descendants(&self, root: Pid) -> Vec<&Stat> {
        let mut found: Vec<&Stat> = self.get(root).into_iter().collect();
        let mut next = 0;
        while next < found.len() {
            let pid = found[next].pid;
            found.extend(self.children(pid));
            next += 1;
        }
        found
    }
}

/// Whether the kernel lists the children of a thread.
fn lists_children() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| fs::metadata("/proc/thread-self/children").is_ok())
}

/// The direct children, of all threads; none if the process is gone.
fn children_of(pid: Pid) -> Vec<Pid> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.extend(
            list.split_ascii_whitespace()
                .filter_map(|child| Pid::new(child.parse().ok()?)),
        );
    }
    children
}

/// The command line as `ps` shows it; kernel threads and zombies have only their name.
pub fn command_line(stat: &Stat) -> String {
    let raw = fs::read(format!("/proc/{}/cmdline", stat.pid)).unwrap_or_default();
    let words: Vec<_> = raw
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return format!("({})", stat.command);
    }
    words
        .iter()
        .map(|word| String::from_utf8_lossy(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether an entry (`NAME=value`) is in a process's start environment.
pub fn environment_has(pid: Pid, entry: &[u8]) -> bool {
    let Ok(raw) = fs::read(format!("/proc/{pid}/environ")) else {
        return false;
    };
    raw.split(|byte| *byte == 0).any(|found| found == entry)
}

/// The value of a variable in a process's start environment.
pub fn environment_value(pid: Pid, name: &str) -> Option<Vec<u8>> {
    let raw = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let value = |entry: &[u8]| {
        entry
            .strip_prefix(name.as_bytes())?
            .strip_prefix(b"=")
            .map(<[u8]>::to_vec)
    };
    raw.split(|byte| *byte == 0).find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(pid: i32, parent: i32) -> Stat {
        let text = format!(
            "{pid} (a) b) S {parent} {pid} {pid} 0 -1 0 0 0 0 0 7 8 0 0 20 0 3 0 99 1000 5 0"
        );
        Stat::parse(&text).unwrap()
    }

    #[test]
    fn a_command_name_with_parentheses_does_not_shift_the_fields() {
        let stat = stat(12, 3);
        assert_eq!(stat.command, "a) b");
        assert_eq!((stat.parent, stat.user_ticks, stat.system_ticks), (3, 7, 8));
        assert_eq!((stat.threads, stat.started, stat.rss_pages), (3, 99, 5));
    }

    #[test]
    fn descendants_list_parents_before_children() {
        let table = ProcessTable::of(
            [stat(1, 0), stat(4, 2), stat(2, 1), stat(3, 2), stat(9, 8)].into_iter(),
        );
        let pids: Vec<i32> = table
            .descendants(Pid::new(2).unwrap())
            .iter()
            .map(|s| s.pid.raw())
            .collect();
        assert_eq!(pids, [2, 3, 4]);
    }

    #[test]
    fn a_table_of_a_tree_holds_the_tree_only() {
        let mut child = std::process::Command::new("/bin/sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let pid = Pid::new(i32::try_from(child.id()).unwrap()).unwrap();
        let table = ProcessTable::below(Pid::caller());
        assert_eq!(table.get(pid).unwrap().parent, Pid::caller().raw());
        assert!(table.get(Pid::new(1).unwrap()).is_none());
        assert_eq!(ProcessTable::below(pid).iter().count(), 1);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn the_caller_exists_and_has_an_identity() {
        let identity = ProcessIdentity::of(Pid::caller()).unwrap();
        assert!(identity.exists());
        assert!(
            !ProcessIdentity {
                started: identity.started + 1,
                ..identity
            }
            .exists()
        );
    }
}
