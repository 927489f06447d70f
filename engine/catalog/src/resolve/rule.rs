//! Rules of an object.

use formwork_definition::{kind::object::Rule as Written, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    text,
};

use crate::{
    object::{Rule, Trigger},
    resolve::{Linker, effect, effect::resolve_effects, expression::Want, kind::missing, unknown},
    variables,
};

/// The rule.
pub(crate) fn resolve_rule(
    linker: &Linker<'_>,
    object: Name,
    written: &Sp<Name>,
    body: &Written,
    out: &mut Diagnostics,
) -> Rule {
    let variables = variables::record(object);
    let mut on = Vec::new();
    for trigger in &body.on {
        for trigger in triggers(linker, object, trigger, out) {
            if !on.contains(&trigger) {
                on.push(trigger);
            }
        }
    }
    let effects = resolve_effects(linker, object, &body.effects(), &variables, out);
    if effect::is_nothing(&body.effects()) {
        out.push(missing(written.span, "set", "the rule does nothing", "这条规则什么也不做"));
    }
    Rule {
        name: written.value,
        span: written.span,
        on,
        when: linker.optional(body.when.as_ref(), &variables, Want::Truth, out),
        effects,
    }
}

fn triggers(linker: &Linker<'_>, object: Name, written: &Sp<String>, out: &mut Diagnostics) -> Vec<Trigger> {
    let word = written.value.trim();
    match word {
        "create" => return vec![Trigger::Create],
        "update" => return vec![Trigger::Update],
        "save" => return vec![Trigger::Create, Trigger::Update],
        "delete" => return vec![Trigger::Delete],
        _ => {}
    }
    let field = word.strip_prefix("change(").and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    match field {
        Some(field) => match Name::find(field).filter(|name| linker.names.field_of(object, *name).is_some()) {
            Some(field) => vec![Trigger::Change(field)],
            None => {
                let known = linker.names.objects.get(&object).into_iter().flat_map(|o| o.fields.keys());
                let known = known.map(|name| name.as_str());
                out.push(unknown::part(written.span, object.as_str(), field, known));
                Vec::new()
            }
        },
        None => {
            let known = ["create", "update", "save", "delete", "change(field)"];
            let near = nearest(word, known);
            out.push(
                Diagnostic::error(
                    code!("unknown-trigger"),
                    written.span,
                    text!("nothing is called `{word}` that could set a rule off", "没有名为 `{word}` 的触发时机"),
                )
                .help(text!(
                    "one of create, update, save, delete, change(field)",
                    "可用的有 create、update、save、delete、change(字段)"
                ))
                .suggest(near),
            );
            Vec::new()
        }
    }
}
