//! The parent's side of a launch: one `clone` that shares memory until the child has executed.
//!
//! The cost does not grow with the caller's memory, as a `fork` would: an agent with hundreds of
//! megabytes starts a container as quickly as a small one.

use std::io;

use super::child::{self, Plan, Pointers, Stage};
use crate::procfs::Pid;

/// Stack of the child before `exec`; it calls only system call wrappers.
const STACK_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub enum SpawnError {
    /// No process was made.
    Clone(io::Error),
    /// The process was made, failed at a stage and is gone.
    Child { stage: Stage, error: io::Error },
}

/// Starts the process a plan describes.
///
/// # Errors
/// The process could not be made, or could not become the program; nothing is left behind then.
pub fn spawn(plan: &Plan) -> Result<Pid, SpawnError> {
    let mut pointers = Pointers::new(plan);
    let mut stack = vec![0_u128; STACK_BYTES / size_of::<u128>()];
    let blocked = BlockedSignals::all().map_err(SpawnError::Clone)?;
    // SAFETY: the stack grows down from its aligned end and lives until the call returns; with
    // CLONE_VFORK this thread sleeps until the child has executed or exited, so the child is the
    // only user of `pointers`; signals are blocked, so no handler runs in the shared memory.
    let raw = unsafe {
        let top = stack.as_mut_ptr().add(stack.len());
        let argument = (&raw mut pointers).cast::<libc::c_void>();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        libc::clone(child::main, top.cast(), flags, argument)
    };
    let clone_error = io::Error::last_os_error();
    drop(blocked);
    let Some(pid) = Pid::new(raw) else {
        return Err(SpawnError::Clone(clone_error));
    };

    // SAFETY: the child is past its last write; volatile because the compiler cannot see it.
    let (stage, code) = unsafe { std::ptr::read_volatile(&raw const pointers.failure) };
    let Some(stage) = Stage::of(stage) else {
        return Ok(pid);
    };
    reap(pid);
    Err(SpawnError::Child {
        stage,
        error: io::Error::from_raw_os_error(code),
    })
}

fn reap(pid: Pid) {
    while let Err(nix::Error::EINTR) = nix::sys::wait::waitpid(pid.to_nix(), None) {}
}

/// Blocks every signal for the calling thread until dropped.
struct BlockedSignals {
    previous: nix::sys::signal::SigSet,
}

impl BlockedSignals {
    fn all() -> io::Result<Self> {
        let all = nix::sys::signal::SigSet::all();
        let previous = all.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_SETMASK)?;
        Ok(Self { previous })
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        self.previous
            .thread_set_mask()
            .expect("a mask that the kernel gave is one it takes");
    }
}
