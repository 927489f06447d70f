//! `approval` nodes.

use formwork_definition::{
    kind::{
        approval::{ApprovalStep, Empty, Escalate, Exit as WrittenExit, Not, Same},
        flow::Node as Written,
    },
    spanned::Sp,
};
use formwork_model::{
    approval::Need,
    code,
    diagnostic::{Diagnostic, Diagnostics},
    length::Length,
    name::Name,
    source::Span,
    text,
};

use crate::{
    flow::{
        NodeKind,
        approval::{Approval, Approver, Exit, Step},
    },
    parse_value::parse_length,
    resolve::{
        Linker,
        approver::approver,
        effect::resolve_effects,
        expression::Want,
        fill,
        graph::Graph,
        kind::missing,
        label, name,
        node::{actions, both},
        object::existing,
        timer::calendar,
        unknown,
    },
};

/// An `approval` node.
pub(crate) fn approval(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    steps: &Sp<Vec<ApprovalStep>>,
    out: &mut Diagnostics,
) -> NodeKind {
    if steps.value.is_empty() {
        out.push(missing(steps.span, "by", "an approval has at least one step", "审批至少有一个步骤"));
    }
    let needed = |exit: &Option<Sp<WrittenExit>>, word: &'static str, out: &mut Diagnostics| {
        if exit.is_none() {
            graph.broken.set(true);
            out.push(missing(written.span, word, "an approval says where it goes", "审批必须写明去向"));
        }
        self::exit(linker, graph, exit.as_ref(), word, out).unwrap_or_else(|| none(word, written.span))
    };
    let approved = needed(&body.approved, "approved", out);
    let rejected = needed(&body.rejected, "rejected", out);
    let withdrawn = exit(linker, graph, body.withdrawn.as_ref(), "withdrawn", out);
    if let Some(watched) = body.watch.iter().next().filter(|_| withdrawn.is_none()) {
        out.push(missing(watched.span, "withdrawn", "a watched change withdraws it to there", "变更撤回后的去向"));
    }
    if let Some(recall) = body.recall.as_ref().filter(|_| withdrawn.is_none()) {
        out.push(missing(recall.span, "withdrawn", "a recall leads there", "撤回后的去向"));
    }
    let returned = exit(linker, graph, body.returned.as_ref(), "returned", out);
    if let Some(resubmit) = body.resubmit.as_ref().filter(|_| returned.is_none()) {
        out.push(both(
            resubmit.span,
            "`resubmit` means nothing without `returned`",
            "没有 `returned` 时 `resubmit` 没有意义",
        ));
    }
    let fields = |fields: &formwork_definition::list::Many<Sp<formwork_definition::map::WrittenName>>,
                  out: &mut Diagnostics| {
        fields.iter().filter_map(|field| existing(linker, graph.object, field, out)).collect::<Vec<_>>()
    };
    let watch = fields(&body.watch, out);
    NodeKind::Approval(Box::new(Approval {
        steps: self::steps(linker, graph, &steps.value, &watch, out),
        approved,
        rejected,
        returned,
        withdrawn,
        watch,
        resubmit: body.resubmit.as_ref().map(|resubmit| resubmit.value).unwrap_or_default(),
        recall: body.recall.as_ref().map(|recall| recall.value).unwrap_or_default(),
        show: fields(&body.show, out),
        amount: body.amount.as_ref().and_then(|field| amount(linker, graph, field, out)),
        calendar: calendar(linker, body.calendar.as_ref(), &graph.variables(), out),
        remind: body.remind.as_ref().and_then(|after| length(after, out)),
        escalate: body.escalate.as_ref().and_then(|escalate| self::escalate(linker, graph, &escalate.value, out)),
        limit: body.limit.as_ref().and_then(|limit| {
            let then = limit.value.then.as_ref().map(|then| then.value).unwrap_or_default();
            Some((length(&limit.value.after, out)?, then))
        }),
        cc: body.cc.iter().filter_map(|by| approver(linker, graph, by, false, out)).collect(),
        actions: actions(linker, &Graph { in_approval: true, ..graph.clone() }, &body.actions, out),
    }))
}

/// The keys of a node that mean something only for an approval, with the first place of each.
pub(crate) fn keys(body: &Written) -> Vec<(&'static str, Span)> {
    let keys = [
        ("approved", body.approved.as_ref().map(|exit| exit.span)),
        ("rejected", body.rejected.as_ref().map(|exit| exit.span)),
        ("returned", body.returned.as_ref().map(|exit| exit.span)),
        ("withdrawn", body.withdrawn.as_ref().map(|exit| exit.span)),
        ("watch", body.watch.iter().next().map(|field| field.span)),
        ("resubmit", body.resubmit.as_ref().map(|resubmit| resubmit.span)),
        ("recall", body.recall.as_ref().map(|recall| recall.span)),
        ("show", body.show.iter().next().map(|field| field.span)),
        ("amount", body.amount.as_ref().map(|field| field.span)),
        ("calendar", body.calendar.as_ref().map(formwork_definition::literal::Val::span)),
        ("remind", body.remind.as_ref().map(|remind| remind.span)),
        ("escalate", body.escalate.as_ref().map(|escalate| escalate.span)),
        ("limit", body.limit.as_ref().map(|limit| limit.span)),
        ("cc", body.cc.iter().next().map(formwork_definition::literal::Val::span)),
    ];
    keys.into_iter().filter_map(|(key, span)| Some((key, span?))).collect()
}

fn none(word: &'static str, span: Span) -> Exit {
    Exit { word, span, to: Vec::new(), effects: Default::default() }
}

fn exit(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    exit: Option<&Sp<WrittenExit>>,
    word: &'static str,
    out: &mut Diagnostics,
) -> Option<Exit> {
    let exit = exit?;
    Some(Exit {
        word,
        span: exit.span,
        to: graph.targets(&exit.value.to.0, out),
        effects: resolve_effects(linker, graph.object, &exit.value.effects(), &graph.variables(), out),
    })
}

fn length(written: &Sp<String>, out: &mut Diagnostics) -> Option<Length> {
    match parse_length(&written.value) {
        Ok(length) => Some(length),
        Err(bad) => {
            out.push(Diagnostic::error(bad.code, written.span, bad.message).suggest(bad.near.as_deref()));
            None
        }
    }
}

fn escalate(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    body: &Escalate,
    out: &mut Diagnostics,
) -> Option<(Length, Vec<Approver>)> {
    let mut to: Vec<Approver> = body.to.iter().filter_map(|by| approver(linker, graph, by, false, out)).collect();
    if body.to.is_empty() {
        to.push(Approver::Supervisor(1));
    }
    Some((length(&body.after, out)?, to))
}

fn amount(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    field: &Sp<formwork_definition::map::WrittenName>,
    out: &mut Diagnostics,
) -> Option<Name> {
    let known = existing(linker, graph.object, field, out)?;
    let kind = linker.names.field_of(graph.object, known).and_then(|field| field.kind.as_ref());
    if kind.is_some_and(|kind| !kind.is_number()) {
        let message = text!("`{known}` is no number", "`{known}` 不是数字字段");
        out.push(Diagnostic::error(code!("type-mismatch"), field.span, message));
        return None;
    }
    Some(known)
}

fn steps(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &[ApprovalStep],
    watch: &[Name],
    out: &mut Diagnostics,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (i, body) in written.iter().enumerate() {
        let known = body.name.as_ref().map_or_else(|| Name::intern(&format!("step_{}", i + 1)), name);
        if let Some(twin) = body.name.as_ref().filter(|_| steps.iter().any(|step| step.name == known)) {
            out.push(Diagnostic::error(
                code!("duplicate-step"),
                twin.span,
                text!("another step of this approval is called `{known}`", "该审批已有步骤 `{known}`"),
            ));
        }
        steps.push(step(linker, graph, (known, body), watch, out));
    }
    steps
}

fn step(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    (known, body): (Name, &ApprovalStep),
    watch: &[Name],
    out: &mut Diagnostics,
) -> Step {
    let by: Vec<Approver> = body.by.iter().filter_map(|by| approver(linker, graph, by, true, out)).collect();
    let levels = by.iter().any(|by| matches!(by, Approver::Supervisors(_)));
    let need = body.need.as_ref().map(|need| self::need(need, out));
    if let Some(written) = body.need.as_ref().filter(|_| levels && !matches!(need, Some(Need::InOrder))) {
        out.push(both(
            written.span,
            "`supervisors` are asked level by level: `need` is `in_order`",
            "`supervisors` 逐级审批，`need` 只能是 `in_order`",
        ));
    }
    let is = |not: Not| body.not.iter().any(|written| written.value == not);
    let same = body.same.as_ref().map(|same| same.value);
    if let Some(written) = body.same.as_ref().filter(|same| same.value == Same::Pass && is(Not::Earlier)) {
        out.push(both(
            written.span,
            "with `not: earlier` nobody who approved before is asked at all",
            "`not: earlier` 时先前的审批人不会再被询问",
        ));
    }
    Step {
        name: known,
        label: label::label(body.label.as_ref(), known),
        span: body.by.iter().next().map(formwork_definition::literal::Val::span).unwrap_or_default(),
        when: linker.optional(body.when.as_ref(), &graph.variables(), Want::Truth, out),
        by,
        need: if levels { Need::InOrder } else { need.unwrap_or(Need::Any) },
        not_submitter: is(Not::Submitter),
        not_earlier: is(Not::Earlier),
        empty: body.empty.as_ref().map_or(Empty::Admin, |empty| empty.value),
        same_passes: same.unwrap_or_default() == Same::Pass,
        familiar: body.familiar.as_ref().is_some_and(|familiar| familiar.value),
        approve: fill::decision(linker, graph, body.approve.as_ref(), watch, out),
        reject: fill::decision(linker, graph, body.reject.as_ref(), watch, out),
    }
}

fn need(written: &Sp<String>, out: &mut Diagnostics) -> Need {
    let word = written.value.trim();
    let percent = word.strip_suffix('%').map(|number| number.trim().parse::<u32>());
    match (word, percent) {
        ("one" | "any", _) => return Need::Any,
        ("all", _) => return Need::All,
        ("in_order", _) => return Need::InOrder,
        (_, Some(Ok(percent @ 1..=100))) => return Need::Percent(percent),
        _ => {}
    }
    match word.parse::<u32>() {
        Ok(n @ 1..=100) => Need::Count(n),
        _ => {
            let known = ["one", "any", "all", "in_order", "a number from 1", "a percentage such as 60%"];
            out.push(unknown::word(written.span, word, &known));
            Need::Any
        }
    }
}
