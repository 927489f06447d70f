//! `unsound-flow`. (Waits for `soundness`.)

use formwork_model::diagnostic::Diagnostics;

use crate::flow::Flow;

/// Nothing yet.
pub(crate) fn check(_flow: &Flow, _out: &mut Diagnostics) {}
