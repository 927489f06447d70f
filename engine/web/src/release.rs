//! What is known about the release a book runs and the last edit that was refused.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// What `GET /{book}/api/release` tells beside the release's name. Whoever reloads keeps it up to date.
#[derive(Debug, Clone)]
pub struct ReleaseStatus {
    /// When the active release went live.
    pub since: Timestamp,
    /// Warnings of its check, as JSON diagnostics.
    pub warnings: Vec<Json>,
    /// The last edit that was refused, until one succeeds.
    pub refused: Option<RefusedEdit>,
    /// Records that sit in nodes the active release no longer has, when that was counted.
    pub in_removed_nodes: Option<u64>,
}

/// An edit that did not go live.
#[derive(Debug, Clone)]
pub struct RefusedEdit {
    /// When.
    pub at: Timestamp,
    /// Where it stopped: `check`, `scenarios` or `activate`.
    pub stage: &'static str,
    /// Why, as JSON diagnostics or problems.
    pub diagnostics: Vec<Json>,
}

impl ReleaseStatus {
    /// A release that went live at `since` without warnings.
    pub fn live(since: Timestamp) -> Self {
        Self { since, warnings: Vec::new(), refused: None, in_removed_nodes: None }
    }

    pub(crate) fn to_json(&self, release: &str) -> Json {
        json!({
            "release": release,
            "since": self.since.to_string(),
            "warnings": self.warnings,
            "in_removed_nodes": self.in_removed_nodes,
            "refused": self.refused.as_ref().map(|refused| json!({
                "at": refused.at.to_string(), "stage": refused.stage, "diagnostics": refused.diagnostics,
            })),
        })
    }
}
