//! What a command writes: the answer of the decision function.

use formwork_model::id::RecordId;
use formwork_store::table::history::Entry;

use crate::command::Outcome;

/// Everything one command writes, and what it came to.
#[derive(Debug)]
pub struct Changes {
    /// Keys and values, `None` removes; the history entry is not among them.
    pub writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The history entry; its `seq` is the one the view promised.
    pub entry: Entry,
    /// The records the entry is listed under, with the numbers of their tables.
    pub listed: Vec<(u16, RecordId)>,
    /// Messages that were sent, by login.
    pub notified: Vec<String>,
    /// What the command came to.
    pub outcome: Outcome,
}
