//! What a command writes: the answer of the decision function.

use formwork_store::table::history::{Entry, Listed};

use crate::{approval::decided::Decided, command::Outcome};

/// Everything one command writes, and what it came to.
#[derive(Debug)]
pub struct Changes {
    /// Keys and values, `None` removes; the history entry is not among them.
    pub writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The history entry; its `seq` is the one the view promised.
    pub entry: Entry,
    /// The records the entry is listed under.
    pub listed: Vec<Listed>,
    /// What was decided at approvals, for the audit log.
    pub(crate) decided: Vec<Decided>,
    /// Messages that were sent, by login.
    pub notified: Vec<String>,
    /// What was put into the outbox, by whom it is for: `connector.request`, an address, a login.
    pub sent: Vec<String>,
    /// What the command came to.
    pub outcome: Outcome,
}
