//! Actions: what people can do in a state, or while a scope runs.

use formwork_definition::{
    kind::{flow::Action as Written, form::Purpose},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    text,
};
use formwork_script::shape::Shape;

use crate::{
    flow::{Action, By},
    resolve::{
        Linker, Used, effect::resolve_effects, expression::Want, graph::Graph, label, name, recipient::user_field,
        role::role_called, unknown,
    },
    variables::Variables,
};

/// The action; its targets lie in `graph`.
pub(crate) fn resolve_action(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Action {
    let object = graph.object;
    let form = body.form.as_ref().and_then(|form| self::form(linker, object, form, out));
    let variables = variables(linker, graph, body, form);
    Action {
        name: written.value,
        label: label::label(body.label.as_ref(), written.value),
        span: written.span,
        to: body.to.as_ref().map(|to| graph.targets(&to.0, out)).unwrap_or_default(),
        by: body.by.iter().filter_map(|by| self::by(linker, graph, by, out)).collect(),
        when: linker.optional(body.when.as_ref(), &graph.record_variables(), Want::Truth, out),
        say: body.say.as_ref().map(|say| say.value.text.clone()),
        form,
        require: body.require.iter().filter_map(|field| super::object::existing(linker, object, field, out)).collect(),
        reason: body.reason.as_ref().map(|reason| reason.value),
        effects: resolve_effects(linker, object, &body.effects(), &variables, out),
        cancel: body.cancel.iter().filter_map(|node| graph.anywhere(node, out)).collect(),
    }
}

/// In the order of [`crate::variables::ACTION`].
fn variables(linker: &Linker<'_>, graph: &Graph<'_>, body: &Written, form: Option<Name>) -> Variables {
    let mut variables = graph.variables();
    let inner = variables.split_off(3);
    if let Some(form) = form.and_then(|form| linker.names.forms.get(&form)) {
        variables.push(("input", linker.names.input(form)));
    }
    if body.reason.is_some() {
        variables.push(("reason", Shape::Text));
    }
    variables.extend(inner);
    variables
}

pub(crate) fn form(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<WrittenName>,
    out: &mut Diagnostics,
) -> Option<Name> {
    let form = name(written);
    let Some(known) = linker.names.forms.get(&form) else {
        out.push(unknown::form(written.span, form, linker.names));
        return None;
    };
    linker.uses(Used::Form, form);
    let of = known.object;
    if of != object {
        out.push(
            Diagnostic::error(
                code!("wrong-object"),
                written.span,
                text!("form `{form}` is for `{of}`, not for `{object}`", "表单 `{form}` 用于 `{of}`，不是 `{object}`"),
            )
            .related(known.span, text!("the form is here", "表单在这里")),
        );
        return None;
    }
    if !known.purpose.contains(&Purpose::Act) {
        out.push(
            Diagnostic::error(
                code!("wrong-form"),
                written.span,
                text!("form `{form}` is not for taking an action", "表单 `{form}` 不是动作表单"),
            )
            .help(text!("add `act` to its `for`", "在它的 `for` 里加上 `act`"))
            .related(known.span, text!("the form is here", "表单在这里")),
        );
    }
    Some(form)
}

fn by(linker: &Linker<'_>, graph: &Graph<'_>, written: &Sp<String>, out: &mut Diagnostics) -> Option<By> {
    let (word, object) = (written.value.trim(), graph.object);
    match word {
        "creator" => return Some(By::Creator),
        "assignee" if graph.in_queue => return Some(By::Assignee),
        "member" if graph.in_queue => return Some(By::Member),
        "approver" if graph.in_approval => return Some(By::Approver),
        _ => {}
    }
    if let Some(role) = role_called(linker.definitions, written, out) {
        return role.map(By::Role);
    }
    if word.contains('(') {
        let near = nearest(word.split('(').next().unwrap_or_default(), ["role"]).map(|_| "role(name)");
        out.push(
            Diagnostic::error(
                code!("unknown-option"),
                written.span,
                text!(
                    "`{word}` is none of owner, creator, a user field, role(name)",
                    "`{word}` 不是 owner、creator、用户字段或 role(角色)"
                ),
            )
            .suggest(near),
        );
        return None;
    }
    user_field(linker, object, word, written.span, out).map(By::Field)
}
