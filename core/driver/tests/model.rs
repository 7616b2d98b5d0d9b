//! The parts of a driver that wait for each other, in thousands of orders of their steps.
//!
//! These are the sources of the driver, compiled with shuttle's locks, whose waits never time out: what ends only by a
//! time limit hangs here, and a hang is a failure.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "this file holds tests only, and of each part what they need"
)]

#[path = "../src/control.rs"]
mod control;
#[path = "../src/gate.rs"]
mod gate;
#[path = "../src/latch.rs"]
mod latch;
#[path = "../src/lifecycle.rs"]
mod lifecycle;

/// What `../src/sync.rs` is to the driver.
mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicBool, Ordering};
    pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

    pub(crate) mod thread {
        pub(crate) use shuttle::thread::{ThreadId, current, panicking};
    }
}

use control::{Control, Ends};
use gate::Gate;
use lifecycle::Status;
use shuttle::thread;
use std::time::Duration;
use sync::{Arc, AtomicBool, Ordering};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const ORDERS: usize = 2_000;
/// With so few switches between threads most hangs show.
const SWITCHES: usize = 3;
const NEVER: Duration = Duration::from_secs(3600);

/// Runs a model in many orders, at random and by few switches.
fn in_every_order(model: impl Fn() + Copy + Send + Sync + 'static) {
    shuttle::check_random(model, ORDERS);
    shuttle::check_pct(model, ORDERS, SWITCHES);
}

#[derive(Debug, PartialEq, Eq)]
enum Command {
    Call,
    Stop,
    Abort,
    Terminate,
}

impl Ends for Command {
    fn abort() -> Self {
        Self::Abort
    }

    fn terminate() -> Self {
        Self::Terminate
    }
}

/// What the thread of a driver does, without anything else; answers how many calls it took.
fn work(control: &Arc<Control<Command>>, mut commands: UnboundedReceiver<Command>) -> usize {
    let _on_thread = control.enter_thread();
    let mut calls = 0;
    loop {
        match commands.try_recv() {
            Ok(Command::Call) => {
                control.gate.leave();
                calls += 1;
            }
            Ok(Command::Abort) => control.finish(),
            Ok(Command::Stop | Command::Terminate) | Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => thread::yield_now(),
        }
    }
    calls
}

/// Starts a driver whose thread works as above.
fn start(control: &Arc<Control<Command>>) -> Status {
    let launch = || {
        let (sender, receiver) = unbounded_channel();
        control.open(sender);
        let control = Arc::clone(control);
        thread::spawn(move || work(&control, receiver));
        Ok::<(), ()>(())
    };
    control.start(launch, |()| {})
}

fn driver() -> Arc<Control<Command>> {
    Arc::new(Control::default())
}

#[test]
fn a_join_returns_after_stop() {
    in_every_order(|| {
        let control = driver();
        assert_eq!(start(&control), Status::Running);
        let joining = Arc::clone(&control);
        let join = thread::spawn(move || joining.join());
        assert_eq!(control.stop(Command::Stop), Status::Stopped);
        assert_eq!(join.join().unwrap(), Status::Stopped);
        control.terminate();
    });
}

#[test]
fn a_join_returns_after_abort_and_the_driver_can_still_be_stopped() {
    in_every_order(|| {
        let control = driver();
        start(&control);
        let aborting = Arc::clone(&control);
        let abort = thread::spawn(move || aborting.abort());
        let joined = control.join();
        assert_eq!(joined, Status::Aborted);
        assert_eq!(abort.join().unwrap(), Status::Aborted);
        assert_eq!(control.stop(Command::Stop), Status::Aborted);
        control.terminate();
        assert!(!control.is_running());
    });
}

#[test]
fn stop_and_abort_at_the_same_time_end_the_driver_once() {
    in_every_order(|| {
        let control = driver();
        start(&control);
        let aborting = Arc::clone(&control);
        let abort = thread::spawn(move || aborting.abort());
        let stopped = control.stop(Command::Stop);
        let aborted = abort.join().unwrap();
        let orders = [
            (Status::Stopped, Status::Stopped),
            (Status::Aborted, Status::Aborted),
        ];
        assert!(
            orders.contains(&(stopped, aborted)),
            "{stopped:?} {aborted:?}"
        );
        assert_eq!(control.join(), Status::Stopped);
        control.terminate();
    });
}

#[test]
fn a_stop_while_another_thread_starts_is_not_lost() {
    in_every_order(|| {
        let control = driver();
        let starting = Arc::clone(&control);
        let started = thread::spawn(move || start(&starting));
        let stopped = control.stop(Command::Stop);
        started.join().unwrap();
        if stopped == Status::Stopped {
            assert_eq!(control.join(), Status::Stopped);
            assert!(!control.is_running(), "messages still reach callbacks");
        }
        control.terminate();
    });
}

#[test]
fn a_join_while_another_thread_starts_waits_for_the_end() {
    in_every_order(|| {
        let control = driver();
        let starting = Arc::clone(&control);
        let started = thread::spawn(move || start(&starting));
        let seen = control.status();
        let joining = Arc::clone(&control);
        let join = thread::spawn(move || joining.join());
        started.join().unwrap();
        control.stop(Command::Stop);
        let joined = join.join().unwrap();
        if seen == Status::Running {
            assert_eq!(joined, Status::Stopped);
        }
        control.terminate();
    });
}

#[test]
fn a_start_that_fails_lets_joins_return() {
    in_every_order(|| {
        let control = driver();
        let joining = Arc::clone(&control);
        let join = thread::spawn(move || joining.join());
        let failing = Arc::clone(&control);
        let status = control.start(|| Err(()), |()| failing.fail());
        assert_eq!(status, Status::Aborted);
        join.join().unwrap();
        control.terminate();
    });
}

#[test]
fn two_starts_launch_one_thread() {
    in_every_order(|| {
        let control = driver();
        let starting = Arc::clone(&control);
        let other = thread::spawn(move || start(&starting));
        assert_eq!(start(&control), Status::Running);
        assert_eq!(other.join().unwrap(), Status::Running);
        // A second launch would have panicked: the thread of a driver is entered once.
        control.terminate();
    });
}

#[test]
fn every_call_of_several_threads_is_taken() {
    in_every_order(|| {
        let control = driver();
        let (sender, receiver) = unbounded_channel();
        let working = Arc::clone(&control);
        control.start(
            || {
                control.open(sender);
                Ok::<(), ()>(())
            },
            |()| {},
        );
        let worker = thread::spawn(move || work(&working, receiver));
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let calling = Arc::clone(&control);
                thread::spawn(move || {
                    for _ in 0..2 {
                        assert_eq!(calling.call(|| Command::Call), Status::Running);
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        control.stop(Command::Stop);
        assert_eq!(worker.join().unwrap(), 4);
        assert_eq!(control.gate.depth(), 0);
    });
}

#[test]
fn callers_at_a_full_gate_get_in_one_by_one() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(1, NEVER));
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let gate = Arc::clone(&gate);
                thread::spawn(move || gate.enter(true))
            })
            .collect();
        let mut taken = 0;
        while taken < 3 {
            match gate.depth() {
                0 => thread::yield_now(),
                1 => {
                    gate.leave();
                    taken += 1;
                }
                depth => panic!("{depth} calls are in"),
            }
        }
        for caller in callers {
            caller.join().unwrap();
        }
    });
}

#[test]
fn the_end_of_the_thread_frees_every_caller() {
    in_every_order(|| {
        let gate = Arc::new(Gate::new(1, NEVER));
        let is_over = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (gate, is_over) = (Arc::clone(&gate), Arc::clone(&is_over));
                thread::spawn(move || {
                    gate.enter(true);
                    is_over.load(Ordering::SeqCst)
                })
            })
            .collect();
        is_over.store(true, Ordering::SeqCst);
        gate.close();
        let freed = callers.into_iter().map(|caller| caller.join().unwrap());
        // The first of them had room; the others were let go by the end.
        assert!(freed.filter(|was_over| *was_over).count() >= 2);
    });
}
