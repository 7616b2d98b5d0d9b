//! The part of a launch that runs in the new process, between `clone` and `exec`.
//!
//! The child borrows the parent's memory (the parent's thread waits), so it must not allocate,
//! lock or touch anything but its own stack and the plan. Everything it needs is flattened before.
//! C library wrappers that keep state per process (setuid, setgroups) are bypassed: they would
//! signal the parent's threads.
//!
//! Compat: agent part 2 §23.4: session → streams → rlimits → working directory → groups, gid, uid
//! → no_new_privs → exec.

use std::{ffi::CString, os::fd::OwnedFd};

/// What the child was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Stage {
    Session = 1,
    Streams,
    PidFile,
    Cgroup,
    Limits,
    WorkingDirectory,
    Groups,
    Gid,
    Uid,
    NoNewPrivileges,
    Exec,
}

impl Stage {
    pub const ALL: [Self; 11] = [
        Self::Session,
        Self::Streams,
        Self::PidFile,
        Self::Cgroup,
        Self::Limits,
        Self::WorkingDirectory,
        Self::Groups,
        Self::Gid,
        Self::Uid,
        Self::NoNewPrivileges,
        Self::Exec,
    ];

    pub fn of(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| *stage as i32 == number)
    }
}

/// Ids to take on.
#[derive(Debug)]
pub struct Ids {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

/// A pid file: written through the descriptor, then given its name.
#[derive(Debug)]
pub struct PidFile {
    pub file: OwnedFd,
    pub temporary: CString,
    pub target: CString,
}

/// A launch, flattened into what system calls take.
#[derive(Debug)]
pub struct Plan {
    /// Tried in order, as `execvp` tries PATH.
    pub candidates: Vec<CString>,
    pub argv: Vec<CString>,
    pub environment: Vec<CString>,
    pub working_directory: Option<CString>,
    /// stdin, stdout, stderr; none keeps the caller's. Descriptors are above 2.
    pub streams: [Option<OwnedFd>; 3],
    pub new_session: bool,
    pub limits: Vec<(u32, libc::rlimit64)>,
    pub pid_files: Vec<PidFile>,
    pub cgroups: Vec<OwnedFd>,
    pub ids: Option<Ids>,
    pub adopts_orphans: bool,
    pub no_new_privileges: bool,
}

/// Pointers into a plan, in the shapes `exec` takes. The script vector has the shell and a slot
/// for the file in front, for programs without an interpreter line.
pub(super) struct Pointers<'a> {
    pub plan: &'a Plan,
    pub argv: Vec<*const libc::c_char>,
    pub script_argv: Vec<*const libc::c_char>,
    pub environment: Vec<*const libc::c_char>,
    /// Written by the child, read by the parent after the child has gone: stage and errno.
    pub failure: (i32, i32),
}

const SHELL: &std::ffi::CStr = c"/bin/sh";
const SIGNAL_MAX: i32 = 64;
const PID_TEXT_BYTES: usize = 12;

impl<'a> Pointers<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let ended = |list: &[CString]| -> Vec<*const libc::c_char> {
            list.iter()
                .map(|text| text.as_ptr())
                .chain([std::ptr::null()])
                .collect()
        };
        let mut script_argv = vec![SHELL.as_ptr(), std::ptr::null()];
        script_argv.extend(ended(plan.argv.get(1..).unwrap_or_default()));
        Self {
            plan,
            argv: ended(&plan.argv),
            script_argv,
            environment: ended(&plan.environment),
            failure: (0, 0),
        }
    }
}

/// Entry point of the new process. Returns only through `_exit` or `exec`.
///
/// # Safety
/// `argument` points to a `Pointers` that nobody else touches until this process has ended or
/// executed; the process shares memory with a parent whose calling thread is suspended.
pub(super) extern "C" fn main(argument: *mut libc::c_void) -> libc::c_int {
    let pointers = argument.cast::<Pointers<'_>>();
    // SAFETY: by contract the pointer is valid and not aliased while the parent's thread sleeps.
    let pointers = unsafe { &mut *pointers };
    let stage = match run(pointers) {
        Ok(never) => match never {},
        Err(stage) => stage,
    };
    pointers.failure = (stage as i32, errno());
    // SAFETY: _exit ends the process without running anything of the parent's.
    unsafe { libc::_exit(1) }
}

enum Never {}

fn errno() -> i32 {
    // SAFETY: the location is this thread's, which the suspended parent lends.
    unsafe { *libc::__errno_location() }
}

fn check(rc: i64, stage: Stage) -> Result<(), Stage> {
    if rc < 0 { Err(stage) } else { Ok(()) }
}

fn run(pointers: &mut Pointers<'_>) -> Result<Never, Stage> {
    let plan = pointers.plan;
    default_signals();
    if plan.new_session {
        // SAFETY: no memory is involved.
        check(i64::from(unsafe { libc::setsid() }), Stage::Session)?;
    }
    streams(plan)?;
    pid_files(plan)?;
    for cgroup in &plan.cgroups {
        write_all(cgroup, b"0").map_err(|()| Stage::Cgroup)?;
    }
    for (kind, limit) in &plan.limits {
        // SAFETY: the limit outlives the call; no old value is asked for.
        let rc = unsafe {
            libc::syscall(
                libc::SYS_prlimit64,
                0,
                *kind,
                &raw const *limit,
                std::ptr::null_mut::<u8>(),
            )
        };
        check(rc, Stage::Limits)?;
    }
    if let Some(directory) = &plan.working_directory {
        // SAFETY: a C string of the plan.
        let rc = unsafe { libc::chdir(directory.as_ptr()) };
        check(i64::from(rc), Stage::WorkingDirectory)?;
    }
    close_on_exec();
    if let Some(ids) = &plan.ids {
        assume(ids)?;
    }
    if plan.adopts_orphans {
        // SAFETY: no memory is involved. Old kernels refuse, which loses only the adoption.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    }
    if plan.no_new_privileges {
        // SAFETY: no memory is involved.
        let rc = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        check(i64::from(rc), Stage::NoNewPrivileges)?;
    }
    unblock_signals();
    exec(pointers)
}

/// Every signal gets its default action; handlers of the parent must never run here.
fn default_signals() {
    // The kernel's own structure: the C library's call refuses the two signals it keeps for itself.
    const SET_BYTES: usize = 8;
    let default = [0_u64; 8];
    for signal in 1..=SIGNAL_MAX {
        // SAFETY: all zeros is SIG_DFL with no flags and an empty mask, the buffer is longer than
        // the structure; refusals (SIGKILL and the like) do not matter.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                std::ptr::null_mut::<u8>(),
                SET_BYTES,
            )
        };
    }
}

fn unblock_signals() {
    // SAFETY: an all-zero set is empty, and it outlives the call.
    unsafe {
        let empty: libc::sigset_t = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_SETMASK, &raw const empty, std::ptr::null_mut());
    }
}

fn streams(plan: &Plan) -> Result<(), Stage> {
    use std::os::fd::AsRawFd;
    for (target, stream) in (0..).zip(&plan.streams) {
        let Some(stream) = stream else { continue };
        // SAFETY: both are descriptor numbers; the source is above 2, so dup2 clears close-on-exec.
        let rc = unsafe { libc::dup2(stream.as_raw_fd(), target) };
        check(i64::from(rc), Stage::Streams)?;
    }
    Ok(())
}

fn pid_files(plan: &Plan) -> Result<(), Stage> {
    if plan.pid_files.is_empty() {
        return Ok(());
    }
    let mut text = [0_u8; PID_TEXT_BYTES];
    // SAFETY: no memory is involved.
    let digits = decimal(unsafe { libc::getpid() }, &mut text);
    for file in &plan.pid_files {
        write_all(&file.file, digits).map_err(|()| Stage::PidFile)?;
        // SAFETY: C strings of the plan.
        let rc = unsafe { libc::rename(file.temporary.as_ptr(), file.target.as_ptr()) };
        check(i64::from(rc), Stage::PidFile)?;
    }
    Ok(())
}

/// The decimal digits of a pid, written from the back of the buffer.
fn decimal(pid: i32, buffer: &mut [u8; PID_TEXT_BYTES]) -> &[u8] {
    let mut rest = pid.unsigned_abs();
    let mut at = PID_TEXT_BYTES;
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 || at == 0 {
            return &buffer[at..];
        }
    }
}

fn write_all(file: &OwnedFd, bytes: &[u8]) -> Result<(), ()> {
    use std::os::fd::AsRawFd;
    // SAFETY: the slice is valid for its length. A few bytes to a file or cgroup go in one call.
    let written = unsafe { libc::write(file.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    if usize::try_from(written) == Ok(bytes.len()) {
        Ok(())
    } else {
        Err(())
    }
}

/// Descriptors above 2 that the parent's libraries left inheritable must not reach the program.
fn close_on_exec() {
    const CLOEXEC: libc::c_uint = 4;
    // SAFETY: no memory is involved; kernels before 5.11 refuse, where our own are marked anyway.
    unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, CLOEXEC) };
}

fn assume(ids: &Ids) -> Result<(), Stage> {
    // SAFETY: raw calls, as the wrappers would change the parent's threads; the list outlives the
    // call. In this process there is exactly one thread.
    unsafe {
        check(
            libc::syscall(libc::SYS_setgroups, ids.groups.len(), ids.groups.as_ptr()),
            Stage::Groups,
        )?;
        check(
            libc::syscall(libc::SYS_setresgid, ids.gid, ids.gid, ids.gid),
            Stage::Gid,
        )?;
        check(
            libc::syscall(libc::SYS_setresuid, ids.uid, ids.uid, ids.uid),
            Stage::Uid,
        )
    }
}

/// Tries the candidates as `execvp` does: a missing or forbidden one gives way to the next.
fn exec(pointers: &mut Pointers<'_>) -> Result<Never, Stage> {
    let mut denied = false;
    for candidate in &pointers.plan.candidates {
        // SAFETY: all vectors end with a null pointer and outlive the call.
        unsafe {
            libc::execve(
                candidate.as_ptr(),
                pointers.argv.as_ptr(),
                pointers.environment.as_ptr(),
            )
        };
        match errno() {
            libc::ENOENT | libc::ENOTDIR => {}
            libc::EACCES => denied = true,
            libc::ENOEXEC => {
                pointers.script_argv[1] = candidate.as_ptr();
                let argv = pointers.script_argv.as_ptr();
                // SAFETY: as above; the slot for the file is filled now.
                unsafe { libc::execve(SHELL.as_ptr(), argv, pointers.environment.as_ptr()) };
                return Err(Stage::Exec);
            }
            _ => return Err(Stage::Exec),
        }
    }
    if denied {
        // SAFETY: this thread's own location.
        unsafe { *libc::__errno_location() = libc::EACCES };
    }
    Err(Stage::Exec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_is_written_in_decimal() {
        let mut buffer = [0; PID_TEXT_BYTES];
        assert_eq!(decimal(4_194_304, &mut buffer), b"4194304");
        assert_eq!(decimal(1, &mut buffer), b"1");
    }

    #[test]
    fn every_stage_comes_back_from_its_number() {
        for stage in Stage::ALL {
            assert_eq!(Stage::of(stage as i32), Some(stage));
        }
    }
}
