//! Work on many files, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does every part of some work once, each on whatever processor is free, and gathers what comes of them
/// in no particular order.
///
/// # Errors
///
/// What one of the parts reports.
pub fn on_all_processors<P: Sync, T: Send>(
    parts: &[P],
    work: impl Fn(&P, &mut Vec<T>) -> Result<(), String> + Sync,
) -> Result<Vec<T>, String> {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut done = Vec::new();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(part, &mut done)?;
        }
        Ok::<_, String>(done)
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(parts.len());
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, take_turns).ok())
            .collect();
        let mut all = take_turns()?;
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done?),
                Err(_) => return Err("a thread that decoded results ended early".to_owned()),
            }
        }
        Ok(all)
    })
}
