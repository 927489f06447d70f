//! `unsound-flow`: there is a way through a flow on which a token can never be consumed, or tokens pile up.
//!
//! # What it does
//! Explores every situation the flow can come to, conditions taken to be free, and reports the shortest run into
//! one from which the instance can't come to its end. When the flow is too large for that, a warning
//! (`soundness-unknown`) says so.
//!
//! # Why it matters
//! Records would hang for ever, or be completed twice, and only on the rare days that take this way.
//!
//! # Example
//! ```yaml
//! draft: {actions: {submit: {to: [a, b]}}}
//! a: {actions: {ok: {to: both}, no: {to: rejected}}}
//! b: {actions: {ok: {to: both}}}
//! both: {join: {need: all}, to: done}
//! done: {end: {}}
//! rejected: {end: {}}
//! ```
//! When `a` says no, `both` waits for it for ever.
//!
//! # Instead
//! ```yaml
//! rejected: {end: {terminate: true}}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
    text::Text,
};

use crate::{
    flow::Flow,
    soundness::{Kind, Report, Soundness, Unsound},
};

/// How many steps of a run are listed.
const STEPS: usize = 20;

/// Reports the verdict.
pub(crate) fn check(flow: &Flow, report: &Report, out: &mut Diagnostics) {
    match &report.verdict {
        Soundness::Sound => {}
        Soundness::Unsound(unsound) => out.push(explain(flow, unsound)),
        Soundness::Unknown { reason } => {
            let (en, zh) = (&reason.en, &reason.zh);
            out.push(Diagnostic::warning(
                code!("soundness-unknown"),
                flow.span,
                text!(
                    "it could not be proven that every instance comes to its end: {en}",
                    "无法证明每个实例都能结束：{zh}"
                ),
            ));
        }
    }
}

fn explain(flow: &Flow, unsound: &Unsound) -> Diagnostic {
    let marked: Vec<String> = unsound
        .marking
        .iter()
        .map(|(node, count)| if *count > 1 { format!("`{node}` × {count}") } else { format!("`{node}`") })
        .collect();
    let place = unsound.marking.iter().find_map(|(node, _)| flow.node(*node)).map_or(flow.span, |node| node.span);
    let mut problem = Diagnostic::error(code!("unsound-flow"), place, said(unsound.kind, &marked.join(", ")))
        .help(unsound.suggestion.clone());
    for (i, step) in unsound.trace.iter().take(STEPS).enumerate() {
        let (n, node, via) = (i + 1, step.node, &step.via);
        let (en, zh) = (&via.en, &via.zh);
        let remark = if via.is_empty() {
            text!("{n}. `{node}` goes on", "{n}. `{node}` 继续")
        } else {
            text!("{n}. `{node}`: {en}", "{n}. `{node}`：{zh}")
        };
        problem = problem.related(step.span, remark);
    }
    for (node, text) in unsound.cause.into_iter().flat_map(|(split, join)| {
        [(split, text!("the tokens part here", "令牌在这里分开")), (join, text!("and meet here", "在这里汇合"))]
    }) {
        if let Some(node) = flow.node(node) {
            problem = problem.related(node.span, text);
        }
    }
    problem
}

fn said(kind: Kind, at: &str) -> Text {
    match kind {
        Kind::Deadlock => text!("the flow can hang: nothing goes on at {at}", "流程会卡住：{at} 无法继续"),
        Kind::Stranded => text!(
            "a token can be left behind at {at} when the others have come to an end",
            "其他令牌结束后，{at} 处会留下无法结束的令牌"
        ),
        Kind::PileUp => text!("tokens can pile up without end at {at}", "{at} 处的令牌会无限增多"),
        Kind::Livelock => text!("the flow can go round for ever at {at}", "流程会在 {at} 处无限循环"),
        Kind::NeverFires => text!("no run ever comes to {at}", "任何路径都到不了 {at}"),
    }
}
