//! Work that several points share, done once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

/// Values by key. Who asks first computes; who asks meanwhile waits for that; whoever asks, the
/// value is the same, because it is a function of the key.
#[derive(Debug)]
pub struct Memo<V> {
    cells: Mutex<HashMap<String, Arc<OnceLock<V>>>>,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self {
            cells: Mutex::default(),
        }
    }
}

impl<V: Clone> Memo<V> {
    /// The value of a key.
    pub fn get(&self, key: String, compute: impl FnOnce() -> V) -> V {
        let cell = {
            // The lock is held for the look-up only, and nothing can fail meanwhile.
            let mut cells = self
                .cells
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            Arc::clone(cells.entry(key).or_default())
        };
        cell.get_or_init(compute).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn each_key_is_computed_once_whoever_asks() {
        let (memo, count) = (Memo::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (memo, count) = (&memo, &count);
                scope.spawn(move || {
                    for key in 0..8 {
                        let value = memo.get(key.to_string(), || {
                            count.fetch_add(1, Ordering::Relaxed);
                            10 * key
                        });
                        assert_eq!(value, 10 * key, "thread {thread}");
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 8);
    }
}
