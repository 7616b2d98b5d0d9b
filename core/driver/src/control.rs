//! The synchronous side that both drivers share: the status table, the hand-over of commands to the
//! driver's thread, and the waits for it.
//!
//! Compat: S2–S5, X3, J8, J10.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::Status;
use crate::gate::Gate;
use crate::latch::Latch;
use crate::lifecycle::{Answer, Lifecycle};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering, PoisonError};

/// How long stop waits at most; usually it is over in a millisecond.
const GOODBYE_WAIT: Duration = Duration::from_millis(250);

/// The commands that every driver's thread knows.
pub(crate) trait Ends {
    fn abort() -> Self;
    fn terminate() -> Self;
}

/// Shared by the handles and the driver's thread.
pub(crate) struct Control<C> {
    lifecycle: Mutex<Lifecycle>,
    running: AtomicBool,
    commands: OnceLock<UnboundedSender<C>>,
    /// What was forwarded while another thread was starting the driver.
    early: Mutex<Vec<C>>,
    thread: OnceLock<ThreadId>,
    pub(crate) gate: Arc<Gate>,
    finished: Latch,
    ended: Latch,
}

impl<C> Default for Control<C> {
    fn default() -> Self {
        Self {
            lifecycle: Mutex::default(),
            running: AtomicBool::new(false),
            commands: OnceLock::new(),
            early: Mutex::default(),
            thread: OnceLock::new(),
            gate: Arc::default(),
            finished: Latch::default(),
            ended: Latch::default(),
        }
    }
}

impl<C: Ends> Control<C> {
    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        let locked = self.lifecycle.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Status {
        self.lifecycle().status()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// Aborts before there is a thread.
    pub(crate) fn fail(&self) {
        let mut lifecycle = self.lifecycle();
        lifecycle.fail();
        self.running.store(false, Ordering::SeqCst);
        drop(lifecycle);
        self.finished.open();
        self.ended.open();
    }

    /// Moves the status table on; `launch` runs if this call is the one that starts the driver, and `refuse` if that
    /// fails. A driver that did start is running for the caller, even if its first callback has already aborted it.
    pub(crate) fn start<E>(
        &self,
        launch: impl FnOnce() -> Result<(), E>,
        refuse: impl FnOnce(E),
    ) -> Status {
        let answer = self.lifecycle().start();
        if !answer.forward {
            return answer.status;
        }
        match launch() {
            Ok(()) => Status::Running,
            Err(error) => {
                refuse(error);
                self.status()
            }
        }
    }

    /// The thread's end of the commands; what came before reaches it first.
    pub(crate) fn open(&self, commands: UnboundedSender<C>) {
        let mut early = self.early();
        for command in early.drain(..) {
            let _ = commands.send(command);
        }
        let _ = self.commands.set(commands);
        drop(early);
        // Who has stopped the driver meanwhile wants no more callbacks.
        let lifecycle = self.lifecycle();
        if lifecycle.status() == Status::Running {
            self.running.store(true, Ordering::SeqCst);
        }
    }

    fn early(&self) -> MutexGuard<'_, Vec<C>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forward(&self, command: C) {
        if let Some(commands) = self.commands.get() {
            let _ = commands.send(command);
            return;
        }
        let mut early = self.early();
        match self.commands.get() {
            Some(commands) => drop(commands.send(command)),
            None => early.push(command),
        }
    }

    /// Whether there is a thread, and another one than the caller's.
    fn may_wait(&self) -> bool {
        self.commands.get().is_some() && !self.is_own_thread()
    }

    /// Whether this is the thread that callbacks run on.
    fn is_own_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Gives the last message a moment to leave, because the process may end right after stop (S5).
    pub(crate) fn stop(&self, command: C) -> Status {
        let answer = self.end(Lifecycle::stop);
        if answer.forward {
            self.forward(command);
            if self.may_wait() {
                self.finished.wait_at_most(GOODBYE_WAIT);
            }
        }
        answer.status
    }

    pub(crate) fn abort(&self) -> Status {
        let answer = self.end(Lifecycle::abort);
        if answer.forward {
            self.forward(C::abort());
        }
        answer.status
    }

    fn end(&self, step: impl FnOnce(&mut Lifecycle) -> Answer) -> Answer {
        let mut lifecycle = self.lifecycle();
        let answer = step(&mut lifecycle);
        if answer.forward {
            self.running.store(false, Ordering::SeqCst);
        }
        answer
    }

    /// Whether a join is to wait: also while another thread is starting the driver.
    fn has_to_join(&self) -> bool {
        self.may_wait() || (!self.is_own_thread() && self.status() == Status::Running)
    }

    /// Inside a callback it answers at once.
    pub(crate) fn join(&self) -> Status {
        if self.has_to_join() {
            self.finished.wait();
        }
        self.status()
    }

    /// `join` that gives up after `limit`.
    pub(crate) fn join_at_most(&self, limit: Duration) -> Option<Status> {
        let is_over = !self.has_to_join() || self.finished.wait_at_most(limit);
        is_over.then(|| self.status())
    }

    /// Hands a call over; waits where too many wait already, but never on the driver's own thread.
    pub(crate) fn call(&self, command: impl FnOnce() -> C) -> Status {
        let answer = self.lifecycle().call();
        if answer.forward {
            let command = command();
            self.gate.enter(!self.is_own_thread());
            self.forward(command);
        }
        answer.status
    }

    /// Ends the thread without stop or abort; waits for a running callback, however long it takes, unless called from
    /// one.
    pub(crate) fn terminate(&self) {
        self.running.store(false, Ordering::SeqCst);
        self.forward(C::terminate());
        if self.may_wait() {
            self.ended.wait();
        }
    }

    /// Lets `join` return while the thread goes on.
    pub(crate) fn finish(&self) {
        self.finished.open();
    }

    /// Makes this thread the driver's, until the value it answers is dropped.
    pub(crate) fn enter_thread(self: &Arc<Self>) -> OnThread<C> {
        let _ = self.thread.set(thread::current().id());
        OnThread(Arc::clone(self))
    }
}

/// Opens the latches when the thread ends, even if a callback panics.
pub(crate) struct OnThread<C: Ends>(Arc<Control<C>>);

impl<C: Ends> Drop for OnThread<C> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.abort();
        }
        self.0.gate.close();
        self.0.finished.open();
        self.0.ended.open();
    }
}
