//! How long a login is locked after failures: nothing for slips, then longer and longer, never for ever, because
//! whoever knows a login could otherwise keep its user out.

use jiff::SignedDuration;

/// Failures in a row that lock nothing.
const FREE: u32 = 4;
/// The first lock, in seconds; every further failure doubles it.
const FIRST: i64 = 30;
/// The longest lock, in seconds.
const LONGEST: i64 = 15 * 60;

/// How long nobody can sign in after this many failures in a row.
pub fn after(failed: u32) -> Option<SignedDuration> {
    let beyond = failed.checked_sub(FREE + 1)?;
    let doubled = FIRST.checked_shl(beyond.min(16)).unwrap_or(LONGEST);
    Some(SignedDuration::from_secs(doubled.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_lock_nothing_and_no_lock_is_for_ever() {
        let seconds = |failed| after(failed).map(|length| length.as_secs());
        assert_eq!((0..=4).filter_map(seconds).count(), 0);
        assert_eq!((5..=10).filter_map(seconds).collect::<Vec<_>>(), [30, 60, 120, 240, 480, 900]);
        assert_eq!(seconds(u32::MAX), Some(900));
    }
}
