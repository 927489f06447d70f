//! The bell of a book: whoever waits for the next timer hears when an earlier one is committed.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// The earliest timer anybody has committed since it was listened to.
#[derive(Debug, Default)]
pub struct Bell {
    earliest: Mutex<Option<Timestamp>>,
    rung: Condvar,
}

impl Bell {
    /// A timer is due at `at`.
    pub fn ring(&self, at: Timestamp) {
        let mut earliest = self.earliest.lock().unwrap_or_else(PoisonError::into_inner);
        *earliest = Some(earliest.map_or(at, |known| known.min(at)));
        self.rung.notify_all();
    }

    /// Waits so long at most, or until a timer is committed that is due before `until`.
    pub fn wait(&self, most: Duration, until: Timestamp) {
        let later = |earliest: &mut Option<Timestamp>| !earliest.is_some_and(|at| at < until);
        let earliest = self.earliest.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.rung.wait_timeout_while(earliest, most, later);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = None;
    }
}
