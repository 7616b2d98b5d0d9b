//! For a program that adopts orphans: reaps every child, known or not, and tells those who asked.
//!
//! A [`Reaper`](crate::Reaper) waits for chosen processes; a subreaper must wait for all of them, or
//! the orphans of its task stay behind as zombies.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use nix::{
    errno::Errno,
    sys::wait::{Id, WaitPidFlag, WaitStatus as Status, waitid, waitpid},
};

use crate::{
    exit::WaitStatus,
    launcher::{LaunchError, launch},
    procfs::ProcessIdentity,
    spec::LaunchSpec,
};

type Ended = Box<dyn FnOnce(WaitStatus) + Send>;

#[derive(Default)]
struct Shared {
    /// Held while a child is started, so that it is not reaped before it is known.
    waiting: Mutex<HashMap<i32, Ended>>,
    started: Condvar,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, HashMap<i32, Ended>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts children and reaps all there are. There must be one per process, and nobody else who waits.
#[derive(Clone)]
pub struct Children {
    shared: Arc<Shared>,
}

impl Children {
    /// # Errors
    /// There is no thread to be had.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let children = Self {
            shared: shared.clone(),
        };
        std::thread::Builder::new()
            .name("children".to_owned())
            .spawn(move || run(&shared))?;
        Ok(children)
    }

    /// Starts a process and calls back, on the reaping thread, when it has ended.
    ///
    /// # Errors
    /// Anything that kept the program from starting; nothing is called back then.
    pub fn launch(
        &self,
        spec: &LaunchSpec,
        ended: impl FnOnce(WaitStatus) + Send + 'static,
    ) -> Result<ProcessIdentity, LaunchError> {
        let mut waiting = self.shared.waiting();
        let process = launch(spec)?;
        waiting.insert(process.pid.raw(), Box::new(ended));
        drop(waiting);
        self.shared.started.notify_one();
        Ok(process)
    }
}

fn run(shared: &Shared) {
    loop {
        // Looks without reaping: reaping must not overtake the bookkeeping of a launch.
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(_) => {}
            Err(Errno::ECHILD) => await_a_child(shared),
            Err(_) => continue,
        }
        let mut waiting = shared.waiting();
        let (pid, status) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(Status::Exited(pid, code)) => (pid, WaitStatus::from_raw((code & 0xff) << 8)),
            Ok(Status::Signaled(pid, signal, dumped)) => {
                (pid, WaitStatus::signaled(signal as i32, dumped))
            }
            Ok(_) | Err(_) => continue,
        };
        let ended = waiting.remove(&pid.as_raw());
        drop(waiting);
        if let Some(ended) = ended {
            ended(status);
        }
    }
}

/// Without children there are no orphans either, so only a launch can change that.
fn await_a_child(shared: &Shared) {
    let waiting = shared.waiting();
    if waiting.is_empty() {
        drop(
            shared
                .started
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}
