//! Gate and latch in real time; `tests/model.rs` has them in every order of steps.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use crate::gate::Gate;
use crate::latch::Latch;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);

fn enter_elsewhere(gate: &Arc<Gate>) -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    let gate = gate.clone();
    std::thread::spawn(move || {
        gate.enter(true);
        let _ = sender.send(());
    });
    receiver
}

#[test]
fn a_caller_waits_while_the_queue_is_full() {
    let gate = Arc::new(Gate::new(2, LONG));
    gate.enter(true);
    gate.enter(true);
    let third = enter_elsewhere(&gate);
    assert!(third.recv_timeout(Duration::from_millis(100)).is_err());
    gate.leave();
    third.recv_timeout(LONG).unwrap();
    assert_eq!(gate.depth(), 2);
}

#[test]
fn calls_inside_callbacks_never_wait() {
    let gate = Gate::new(1, LONG);
    gate.enter(false);
    gate.enter(false);
    assert_eq!(gate.depth(), 2);
}

#[test]
fn a_callback_that_waits_for_the_callers_lock_is_no_deadlock() {
    let gate = Arc::new(Gate::new(1, Duration::from_millis(50)));
    gate.enter(true);
    enter_elsewhere(&gate).recv_timeout(LONG).unwrap();
    // The stall is known: the next caller does not wait at all.
    gate.enter(true);
    assert_eq!(gate.depth(), 3);
}

#[test]
fn the_end_of_the_driver_frees_its_callers() {
    let gate = Arc::new(Gate::new(1, LONG));
    gate.enter(true);
    let second = enter_elsewhere(&gate);
    gate.close();
    second.recv_timeout(LONG).unwrap();
}

#[test]
fn a_limited_wait_tells_whether_the_latch_is_open() {
    let latch = Latch::default();
    assert!(!latch.wait_at_most(Duration::from_millis(1)));
    latch.open();
    assert!(latch.wait_at_most(Duration::ZERO));
}
