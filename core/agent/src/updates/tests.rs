//! Compat: agent §11.2; rules A.2, A.3.

use super::*;
use mesos_proto::mesos;
use mesos_proto::mesos::TaskState;

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}

fn update(task: &str, state: TaskState, uuid: u8) -> StatusUpdate {
    StatusUpdate {
        framework_id: mesos::FrameworkId {
            value: "F".to_owned(),
        },
        status: mesos::TaskStatus {
            task_id: mesos::TaskId {
                value: task.to_owned(),
            },
            state: state.into(),
            ..Default::default()
        },
        uuid: Some(Bytes::from(vec![uuid; 16])),
        ..Default::default()
    }
}

fn forwarded(steps: &[Step]) -> Vec<u8> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Forward(update) => update.uuid.as_ref().map(|uuid| uuid[0]),
            Step::Append { .. } => None,
        })
        .collect()
}

fn ids() -> (FrameworkId, TaskId) {
    (FrameworkId::new("F"), TaskId::new("t"))
}

#[test]
fn only_the_head_of_a_stream_is_in_flight() {
    let mut streams = Streams::default();
    assert_eq!(
        forwarded(
            &streams
                .update(at(0), update("t", TaskState::TaskRunning, 1), None)
                .unwrap()
        ),
        [1]
    );
    assert_eq!(
        forwarded(
            &streams
                .update(at(0), update("t", TaskState::TaskFinished, 2), None)
                .unwrap()
        ),
        [0u8; 0]
    );
    let (framework, task) = ids();
    let acked = streams
        .acknowledge(at(1), &framework, &task, &Bytes::from(vec![1; 16]))
        .unwrap();
    assert_eq!(forwarded(&acked.steps), [2]);
    assert!(!acked.terminal);
}

#[test]
fn an_unacknowledged_update_is_repeated_after_ten_seconds_doubling_to_ten_minutes() {
    let mut streams = Streams::default();
    streams
        .update(at(0), update("t", TaskState::TaskRunning, 1), None)
        .unwrap();
    let mut waits = Vec::new();
    let mut last = 0;
    for _ in 0..9 {
        let next = streams.next_deadline().unwrap();
        assert_eq!(forwarded(&streams.due(next)), [1]);
        let seconds = next.as_nanos() / 1_000_000_000;
        waits.push(seconds - last);
        last = seconds;
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
}

#[test]
fn a_terminal_acknowledgement_ends_the_stream_even_with_more_queued() {
    let mut streams = Streams::default();
    streams
        .update(at(0), update("t", TaskState::TaskFailed, 1), None)
        .unwrap();
    streams
        .update(at(0), update("t", TaskState::TaskRunning, 2), None)
        .unwrap();
    let (framework, task) = ids();
    let acked = streams
        .acknowledge(at(0), &framework, &task, &Bytes::from(vec![1; 16]))
        .unwrap();
    assert!(acked.terminal);
    assert!(acked.steps.is_empty());
    assert!(!streams.has_stream(&framework, &task));
    assert_eq!(streams.next_deadline(), None);
}

#[test]
fn a_duplicate_update_is_accepted_and_ignored_also_after_its_acknowledgement() {
    let mut streams = Streams::default();
    let (framework, task) = ids();
    streams
        .update(at(0), update("t", TaskState::TaskRunning, 1), None)
        .unwrap();
    assert!(
        streams
            .update(at(0), update("t", TaskState::TaskRunning, 1), None)
            .unwrap()
            .is_empty()
    );
    streams
        .acknowledge(at(0), &framework, &task, &Bytes::from(vec![1; 16]))
        .unwrap();
    assert!(
        streams
            .update(at(0), update("t", TaskState::TaskRunning, 1), None)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_acknowledgement_of_anything_but_the_head_is_refused() {
    let mut streams = Streams::default();
    let (framework, task) = ids();
    streams
        .update(at(0), update("t", TaskState::TaskRunning, 1), None)
        .unwrap();
    let error = streams
        .acknowledge(at(0), &framework, &task, &Bytes::from(vec![9; 16]))
        .unwrap_err();
    assert!(matches!(error, StreamError::Unexpected { .. }));
}

#[test]
fn a_paused_manager_stores_but_does_not_send_until_resumed() {
    let mut streams = Streams::default();
    streams.pause();
    let path = PathBuf::from("/x/task.updates");
    let steps = streams
        .update(at(0), update("t", TaskState::TaskRunning, 1), Some(path))
        .unwrap();
    assert_eq!(steps.len(), 1);
    assert!(matches!(steps[0], Step::Append { .. }));
    assert_eq!(forwarded(&streams.resume(at(1))), [1]);
}

#[test]
fn a_replayed_stream_continues_with_the_first_unacknowledged_update() {
    let records = [
        update_record(&update("t", TaskState::TaskStarting, 1)),
        ack_record(&Bytes::from(vec![1; 16])),
        update_record(&update("t", TaskState::TaskRunning, 2)),
    ];
    let mut streams = Streams::default();
    let (framework, task) = ids();
    streams.pause();
    streams.adopt(
        &framework,
        &task,
        Stream::replay("/x".into(), &records).unwrap(),
    );
    assert_eq!(forwarded(&streams.resume(at(0))), [2]);
}

#[test]
fn a_stream_whose_terminal_update_is_acknowledged_does_not_come_back() {
    let records = [
        update_record(&update("t", TaskState::TaskFinished, 1)),
        ack_record(&Bytes::from(vec![1; 16])),
    ];
    assert!(Stream::replay("/x".into(), &records).is_none());
}

#[test]
fn the_file_of_a_stream_cannot_change_to_memory_only() {
    let mut streams = Streams::default();
    streams
        .update(
            at(0),
            update("t", TaskState::TaskRunning, 1),
            Some("/x".into()),
        )
        .unwrap();
    let error = streams
        .update(at(0), update("t", TaskState::TaskRunning, 2), None)
        .unwrap_err();
    assert_eq!(error, StreamError::CheckpointMismatch);
}

#[test]
fn a_stream_that_began_in_memory_moves_to_its_file_with_what_waits() {
    let mut streams = Streams::default();
    streams
        .update(at(0), update("t", TaskState::TaskStarting, 1), None)
        .unwrap();
    let steps = streams
        .update(
            at(0),
            update("t", TaskState::TaskRunning, 2),
            Some("/x".into()),
        )
        .unwrap();
    let stored: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Append { record, .. } => record.update.as_ref()?.uuid.as_ref().map(|u| u[0]),
            Step::Forward(_) => None,
        })
        .collect();
    assert_eq!(stored, [1, 2]);
}

#[test]
fn a_full_stream_takes_only_the_final_update() {
    let mut streams = Streams::default();
    let numbered = |number: usize, state| StatusUpdate {
        uuid: Some(Bytes::from((number as u128).to_be_bytes().to_vec())),
        ..update("t", state, 0)
    };
    for number in 0..STREAM_PENDING_MAX {
        streams
            .update(at(0), numbered(number, TaskState::TaskRunning), None)
            .unwrap();
    }
    let mut next = |number, state| streams.update(at(0), numbered(number, state), None);
    let more = STREAM_PENDING_MAX;
    assert_eq!(
        next(more, TaskState::TaskRunning),
        Err(StreamError::Full("t".to_owned()))
    );
    assert_eq!(next(more, TaskState::TaskFinished), Ok(Vec::new()));
    assert!(next(more + 1, TaskState::TaskFailed).is_err());
    // What waits is still recognised.
    assert_eq!(next(0, TaskState::TaskRunning), Ok(Vec::new()));
}
