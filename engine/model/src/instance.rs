//! The position of a record in a flow: tokens on nodes.

use jiff::Timestamp;

use crate::{approval::Approval, name::Name, record::Fields, work::Work};

/// One run of a flow over one record. It is stored inside the record, so that a step is one write.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The flow.
    pub flow: Name,
    /// The release that decides it, as its content hash; for a draft the one that touched it last.
    pub release: String,
    /// Whether it follows the newest release, because nobody has submitted it yet.
    pub draft: bool,
    /// When it started.
    pub started_at: Timestamp,
    /// When the last token was consumed; `None` while it lives.
    pub ended_at: Option<Timestamp>,
    /// The end node that was reached last.
    pub outcome: Option<Name>,
    /// Where it stands. Empty exactly when `ended_at` is set.
    pub tokens: Vec<Token>,
    /// Open scopes and `each` items. Scope 0 is the flow itself and is not listed.
    pub scopes: Vec<Scope>,
    /// Joins that have seen a token and not been reset.
    pub joins: Vec<Join>,
    /// Approvals, in the order they began, also those that ended. They outlive a restart of the flow.
    pub approvals: Vec<Approval>,
    /// Tokens that are work in a queue.
    pub works: Vec<Work>,
    /// The next unused number for tokens, scopes and splits.
    pub next: u32,
}

/// The number of the token that a flow starts with.
pub const FIRST_TOKEN: u32 = 1;

/// A token: something is going on at this node.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Unique within the instance; an activation of a node is a token id.
    pub id: u32,
    /// The node it is on.
    pub node: Name,
    /// The scope it is in; 0 is the flow itself.
    pub scope: u32,
    /// The splits it came through, outermost first. A join with `need: chosen` takes the last one off.
    pub splits: Vec<u32>,
    /// The node it came from, for joins that count edges.
    pub from: Option<Name>,
    /// When it arrived.
    pub since: Timestamp,
    /// Whether it waits for a `mutex` (scope not entered yet) or at a join that is blocked.
    pub held: bool,
}

/// An open sub-graph: a `scope` node, or one item of an `each` node.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Unique within the instance.
    pub id: u32,
    /// The `scope` or `each` node it belongs to.
    pub node: Name,
    /// The scope that holds that node.
    pub parent: u32,
    /// The token that waits on that node while the sub-graph runs.
    pub token: u32,
    /// Position of the item in an `each`; 0 for a `scope`.
    pub index: u32,
    /// The scope's own data; for an `each` item, `item` holds the item.
    pub data: Fields,
    /// Whether its last token was consumed (an `each` item that is done).
    pub done: bool,
    /// The end node it reached, when done.
    pub outcome: Option<Name>,
}

/// The memory of a join.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Join {
    /// The join node.
    pub node: Option<Name>,
    /// The scope it is in.
    pub scope: u32,
    /// The split whose tokens it gathers, for `need: chosen`; otherwise 0.
    pub split: u32,
    /// How many tokens wait here, by the node they came from.
    pub arrived: Vec<(Name, u32)>,
    /// Whether it has let one through and now treats the rest by `rest`.
    pub fired: bool,
    /// How many tokens it has taken in since the last reset.
    pub taken: u32,
}

impl Instance {
    /// Whether any token is left.
    pub fn is_live(&self) -> bool {
        self.ended_at.is_none()
    }

    /// The top-level nodes with a token, joined by `+` in order of arrival; for an ended instance, its outcome.
    pub fn state(&self) -> String {
        let mut nodes: Vec<&str> = Vec::new();
        for token in self.tokens.iter().filter(|token| token.scope == 0) {
            if !nodes.contains(&token.node.as_str()) {
                nodes.push(token.node.as_str());
            }
        }
        if nodes.is_empty() { self.outcome.map(|name| name.to_string()).unwrap_or_default() } else { nodes.join("+") }
    }
}
