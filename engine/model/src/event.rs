//! Events that came to a record before anything waited for them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::name::Name;

/// An event that is kept for a while. The timer that ends this belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Unique within the record as long as it is kept.
    pub id: u32,
    /// What it is called.
    pub name: Name,
    /// When it came.
    pub at: Timestamp,
    /// What was sent with it, as JSON.
    pub data: Arc<str>,
}
