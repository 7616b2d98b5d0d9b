//! The same for many, a few at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of each item, in their order; `None` where it panicked.
pub fn map<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let places: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        while let Some(number) = take(&next, items.len()) {
            let result = work(&items[number]);
            if let Ok(mut place) = places[number].lock() {
                *place = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, items.len().max(1)) {
            scope.spawn(run);
        }
    });
    let taken = |place: Mutex<_>| place.into_inner().unwrap_or_default();
    places.into_iter().map(taken).collect()
}

fn take(next: &AtomicUsize, end: usize) -> Option<usize> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    (number < end).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_keep_their_order() {
        let items: Vec<usize> = (0..100).collect();
        let doubled: Vec<usize> = map(&items, 7, |n| n * 2).into_iter().flatten().collect();
        assert_eq!(doubled, (0..200).step_by(2).collect::<Vec<_>>());
        assert!(map(&[] as &[u8], 4, |n| *n).is_empty());
    }
}
