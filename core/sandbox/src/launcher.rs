//! The posix launcher: starts a container's process, finds it again, ends its whole tree.
//!
//! Compat: agent part 2 §23.7 (posix launcher), §23.4 (order of actions, program look-up).

use std::{
    ffi::{CString, OsStr},
    fs::{self, OpenOptions},
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use mesos_proto::mesos::r_limit_info::r_limit::Type as LimitType;

use crate::{
    exit::WaitStatus,
    procfs::{Pid, ProcessIdentity},
    reaper::Reaper,
    spec::{LaunchSpec, Program, Session, SpecError, Stream},
    sys::{self, Plan, SpawnError, Stage},
    tree::{self, DestroyError, Killed, Mark},
    usage::Usage,
    user::{Credentials, UserError},
};

#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error(transparent)]
    User(#[from] UserError),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("Failed to open '{}': {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("A string of the command holds a NUL byte")]
    Nul,
    #[error("Failed to create a process: {0}")]
    Clone(io::Error),
    #[error("Failed to {}: {source}", stage_text(*stage, program))]
    Child {
        stage: Stage,
        program: String,
        source: io::Error,
    },
    #[error("The process was gone before it could be watched")]
    Vanished,
}

fn stage_text(stage: Stage, program: &str) -> String {
    let text = match stage {
        Stage::Session => "start a session",
        Stage::Streams => "set up the standard streams",
        Stage::PidFile => "write the pid file",
        Stage::Cgroup => "join a cgroup",
        Stage::Limits => "set a resource limit",
        Stage::WorkingDirectory => "enter the working directory",
        Stage::Groups => "set the supplementary groups",
        Stage::Gid => "set the group id",
        Stage::Uid => "set the user id",
        Stage::NoNewPrivileges => "set no_new_privs",
        Stage::Exec => return format!("execute '{program}'"),
    };
    text.to_owned()
}

/// Starts, watches and ends processes. Cheap to clone; one per program is enough.
#[derive(Clone, Debug)]
pub struct Launcher {
    reaper: Arc<Reaper>,
}

impl Launcher {
    /// # Errors
    /// The kernel gives no epoll or event descriptor, or no thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            reaper: Arc::new(Reaper::start()?),
        })
    }

    /// Starts a process and returns once it runs its program.
    ///
    /// # Errors
    /// Anything that kept the program from starting; no process is left then.
    pub fn launch(&self, spec: &LaunchSpec) -> Result<ProcessIdentity, LaunchError> {
        launch(spec)
    }

    /// A process that an earlier life of this program started: its identity if it still runs.
    pub fn adopt(&self, pid: Pid) -> Option<ProcessIdentity> {
        ProcessIdentity::of(pid)
    }

    /// Calls back, on the reaper's thread, when the process has ended: with its status if it is a
    /// child of this process, with none otherwise.
    pub fn watch(
        &self,
        process: ProcessIdentity,
        ended: impl FnOnce(Option<WaitStatus>) + Send + 'static,
    ) {
        self.reaper.watch(process, Box::new(ended));
    }

    /// As [`Launcher::watch`], but calls back when everything the process left running is gone, too:
    /// it is killed then, found by `mark` if it cut its ties.
    pub fn watch_tree(
        &self,
        process: ProcessIdentity,
        mark: Option<Mark>,
        ended: impl FnOnce(Option<WaitStatus>) + Send + 'static,
    ) {
        self.reaper.watch_tree(process, mark, Box::new(ended));
    }

    /// Kills the process with everything it started; `mark` finds those that cut their ties.
    /// Blocks for milliseconds as a rule.
    ///
    /// # Errors
    /// Something still lives after [`tree::DESTROY_ROUNDS_MAX`] rounds.
    pub fn destroy(
        &self,
        process: ProcessIdentity,
        mark: Option<&Mark>,
    ) -> Result<Killed, DestroyError> {
        tree::destroy(process, mark)
    }

    /// What the process and its descendants use now.
    pub fn usage(&self, process: ProcessIdentity) -> Usage {
        Usage::of(process)
    }
}

/// Makes the calling process the reaper of orphaned descendants, so that no task can leave its
/// tree. The caller must reap strangers, which a [`Reaper`] does not.
///
/// # Errors
/// The kernel does not know the option.
pub fn become_subreaper() -> io::Result<()> {
    sys::become_subreaper()
}

/// Starts a process; see [`Launcher::launch`]. Whoever calls reaps it.
///
/// # Errors
/// Anything that kept the program from starting; no process is left then.
pub fn launch(spec: &LaunchSpec) -> Result<ProcessIdentity, LaunchError> {
    let plan = flatten(spec)?;
    let pid = sys::spawn(&plan).map_err(|error| match error {
        SpawnError::Clone(source) => LaunchError::Clone(source),
        SpawnError::Child { stage, error } => {
            remove_temporaries(&plan);
            LaunchError::Child {
                stage,
                program: program_name(&spec.program),
                source: error,
            }
        }
    })?;
    ProcessIdentity::of(pid).ok_or(LaunchError::Vanished)
}

fn program_name(program: &Program) -> String {
    match program {
        Program::Shell(_) => "sh".to_owned(),
        Program::Exec { file, .. } => file.clone(),
    }
}

fn remove_temporaries(plan: &Plan) {
    for file in &plan.pid_files {
        // A leftover empty file does no harm, so a failure does not hide the real error.
        let _ = fs::remove_file(OsStr::from_bytes(file.temporary.to_bytes()));
    }
}

fn flatten(spec: &LaunchSpec) -> Result<Plan, LaunchError> {
    let credentials = spec
        .user
        .as_deref()
        .map(Credentials::of)
        .transpose()?
        .filter(|user| !user.is_caller());
    if let Some(directory) = &spec.working_directory {
        // Entering it tells whether it is there.
        let _ = fs::create_dir_all(directory);
    }
    let environment = spec.resolved_environment();
    let owner = credentials.as_ref();
    let (candidates, argv) = program(spec, &environment)?;
    Ok(Plan {
        candidates,
        argv,
        environment: strings(
            environment
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        )?,
        working_directory: spec
            .working_directory
            .as_deref()
            .map(path_text)
            .transpose()?,
        streams: [
            open_stream(&spec.stdin, Direction::Input, owner)?,
            open_stream(&spec.stdout, Direction::Output, owner)?,
            open_stream(&spec.stderr, Direction::Output, owner)?,
        ],
        new_session: spec.session == Session::New,
        limits: spec.limits.iter().map(limit).collect::<Result<_, _>>()?,
        pid_files: spec
            .pid_files
            .iter()
            .map(|path| pid_file(path))
            .collect::<Result<_, _>>()?,
        cgroups: spec
            .cgroups
            .iter()
            .map(|path| open_cgroup(path))
            .collect::<Result<_, _>>()?,
        ids: credentials.map(|user| sys::Ids {
            uid: user.uid,
            gid: user.gid,
            groups: user.groups,
        }),
        adopts_orphans: spec.adopts_orphans,
        no_new_privileges: spec.no_new_privileges,
    })
}

fn text(value: impl Into<Vec<u8>>) -> Result<CString, LaunchError> {
    CString::new(value).map_err(|_| LaunchError::Nul)
}

fn path_text(path: &Path) -> Result<CString, LaunchError> {
    text(path.as_os_str().as_bytes())
}

fn strings(values: impl Iterator<Item = String>) -> Result<Vec<CString>, LaunchError> {
    values.map(text).collect()
}

/// The files to try and the argument vector. A bare name is looked up in the working directory
/// first, then in PATH of the new environment.
fn program(
    spec: &LaunchSpec,
    environment: &[(String, String)],
) -> Result<(Vec<CString>, Vec<CString>), LaunchError> {
    let (file, argv) = match &spec.program {
        Program::Shell(command) => {
            let argv = [c"sh".to_owned(), c"-c".to_owned(), text(command.as_str())?];
            return Ok((vec![c"/bin/sh".to_owned()], argv.into()));
        }
        Program::Exec { file, argv } => (file, strings(argv.iter().cloned())?),
    };
    if file.contains('/') {
        return Ok((vec![text(file.as_str())?], argv));
    }
    let path = environment
        .iter()
        .find(|(name, _)| name == "PATH")
        .map_or("", |(_, value)| value.as_str());
    let here = [format!("./{file}")];
    let in_path = path
        .split(':')
        .filter(|directory| !directory.is_empty())
        .map(|directory| format!("{directory}/{file}"));
    Ok((strings(here.into_iter().chain(in_path))?, argv))
}

enum Direction {
    Input,
    Output,
}

fn open_stream(
    stream: &Stream,
    direction: Direction,
    owner: Option<&Credentials>,
) -> Result<Option<OwnedFd>, LaunchError> {
    let path = match stream {
        Stream::Inherit => return Ok(None),
        Stream::CallerStderr => {
            let failed = |source: rustix::io::Errno| LaunchError::Open {
                path: "stderr".into(),
                source: source.into(),
            };
            return rustix::io::fcntl_dupfd_cloexec(io::stderr().as_fd(), 3)
                .map(Some)
                .map_err(failed);
        }
        Stream::Null => Path::new("/dev/null"),
        Stream::File(path) => path.as_path(),
    };
    let failed = |source| LaunchError::Open {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    match (direction, stream) {
        (Direction::Input, _) => options.read(true),
        (Direction::Output, Stream::Null) => options.write(true),
        // The sandbox belongs to the task's user, who must not redirect us by a link.
        (Direction::Output, _) => options
            .append(true)
            .create(true)
            .mode(0o644)
            .custom_flags(libc::O_NOFOLLOW),
    };
    let file = options.open(path).map_err(failed)?;
    if let (Stream::File(_), Some(owner)) = (stream, owner) {
        std::os::unix::fs::fchown(&file, Some(owner.uid), Some(owner.gid)).map_err(failed)?;
    }
    above_streams(file.into()).map(Some).map_err(failed)
}

/// A descriptor that the standard streams cannot overwrite.
fn above_streams(file: OwnedFd) -> io::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(file.as_fd(), 3)?)
}

fn open_cgroup(path: &Path) -> Result<OwnedFd, LaunchError> {
    let failed = |source| LaunchError::Open {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    above_streams(file.into()).map_err(failed)
}

fn pid_file(path: &Path) -> Result<sys::PidFile, LaunchError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".starting");
    let failed = |source| LaunchError::Open {
        path: path.to_owned(),
        source,
    };
    let options = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(&temporary);
    let file = above_streams(options.map_err(failed)?.into()).map_err(failed)?;
    Ok(sys::PidFile {
        file,
        temporary: text(temporary.as_bytes())?,
        target: path_text(path)?,
    })
}

fn limit(limit: &crate::spec::ResourceLimit) -> Result<(u32, libc::rlimit64), LaunchError> {
    let kind = match limit.kind {
        LimitType::Unknown => return Err(SpecError::UnknownLimit.into()),
        LimitType::RlmtAs => libc::RLIMIT_AS,
        LimitType::RlmtCore => libc::RLIMIT_CORE,
        LimitType::RlmtCpu => libc::RLIMIT_CPU,
        LimitType::RlmtData => libc::RLIMIT_DATA,
        LimitType::RlmtFsize => libc::RLIMIT_FSIZE,
        LimitType::RlmtLocks => libc::RLIMIT_LOCKS,
        LimitType::RlmtMemlock => libc::RLIMIT_MEMLOCK,
        LimitType::RlmtMsgqueue => libc::RLIMIT_MSGQUEUE,
        LimitType::RlmtNice => libc::RLIMIT_NICE,
        LimitType::RlmtNofile => libc::RLIMIT_NOFILE,
        LimitType::RlmtNproc => libc::RLIMIT_NPROC,
        LimitType::RlmtRss => libc::RLIMIT_RSS,
        LimitType::RlmtRtprio => libc::RLIMIT_RTPRIO,
        LimitType::RlmtRttime => libc::RLIMIT_RTTIME,
        LimitType::RlmtSigpending => libc::RLIMIT_SIGPENDING,
        LimitType::RlmtStack => libc::RLIMIT_STACK,
    };
    let bounds = limit
        .bounds
        .map_or((libc::RLIM64_INFINITY, libc::RLIM64_INFINITY), |b| {
            (b.soft, b.hard)
        });
    Ok((
        kind,
        libc::rlimit64 {
            rlim_cur: bounds.0,
            rlim_max: bounds.1,
        },
    ))
}
