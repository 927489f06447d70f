//! Work in a queue: what waits for a member, and whose it is.

use std::sync::Arc;

use jiff::Timestamp;

use crate::name::Name;

/// A token on a state with a queue. It lies in the instance, so that a change of owner is one write.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// The token that stands in the state.
    pub token: u32,
    /// The queue.
    pub queue: Name,
    /// Who owns it; `None` while it waits for somebody.
    pub assignee: Option<Arc<str>>,
    /// When it came into this queue.
    pub since: Timestamp,
    /// When a member first owned it in this queue.
    pub accepted_at: Option<Timestamp>,
    /// How often it was escalated.
    pub escalations: u32,
    /// Who owned it before it was escalated: they go on reading it.
    pub readers: Vec<Arc<str>>,
}
