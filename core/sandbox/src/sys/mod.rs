//! The kernel layer: the only place of the crate that may be `unsafe`.
#![allow(
    unsafe_code,
    reason = "process creation has no safe interface that is fast and complete"
)]

mod child;
mod spawn;

pub use child::{Ids, PidFile, Plan, Stage};
pub use spawn::{SpawnError, spawn};

/// Makes the calling process the reaper of orphaned descendants.
///
/// # Errors
/// The kernel does not know the option.
pub fn become_subreaper() -> std::io::Result<()> {
    // SAFETY: prctl with this option reads no memory; the remaining arguments are ignored.
    let rc = unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    if rc == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// Clock ticks per second of the times in `/proc`.
pub fn clock_ticks() -> u64 {
    // SAFETY: sysconf reads no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).unwrap_or(100)
}

/// Bytes per page of the figures in `/proc`.
pub fn page_bytes() -> u64 {
    // SAFETY: sysconf reads no memory of ours.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or(4096)
}
