//! Messages, and who gets them.

use formwork_definition::{
    kind::effect as written,
    literal::{Data, Val},
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};

use crate::{
    effect::{Channel, Notify, Recipient, Say},
    resolve::{Linker, Used, expression::Want, kind::missing, label, literal, name, unknown},
    variables::Variables,
};

/// A message and who gets it.
pub(crate) fn notify(
    linker: &Linker<'_>,
    object: Name,
    notify: &written::Notify,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Notify {
    let at = notify.say.as_ref().map(|say| say.span).or(notify.template.as_ref().map(|template| template.span));
    let at = at.or(notify.to.iter().next().map(Val::span)).unwrap_or_default();
    if notify.to.is_empty() {
        out.push(missing(at, "to", "nobody gets the message", "没有接收人"));
    }
    Notify {
        to: notify.to.iter().filter_map(|to| recipient(linker, object, to, variables, out)).collect(),
        when: linker.optional(notify.when.as_ref(), variables, Want::Truth, out),
        say: say(linker, object, notify, at, out),
        channels: notify.channels.as_ref().map(|channels| self::channels(channels, out)),
    }
}

/// A wording, or a template over the object.
fn say(linker: &Linker<'_>, object: Name, notify: &written::Notify, at: Span, out: &mut Diagnostics) -> Say {
    match (&notify.say, &notify.template) {
        (Some(say), None) => Say::Text(label::text(Some(say))),
        (None, None) => {
            out.push(missing(
                at,
                "say",
                "a message says something: `say` or `template`",
                "消息需要 `say` 或 `template`",
            ));
            Say::Text(formwork_model::text::Text::default())
        }
        (say, Some(template)) => {
            if say.is_some() {
                let message =
                    text!("a message has `say` or `template`, not both", "消息只能有 `say` 或 `template` 之一");
                out.push(Diagnostic::error(code!("key-not-applicable"), template.span, message));
            }
            let wanted = name(template);
            match linker.template(wanted.as_str()) {
                Some(known) if known.print.is_some() => {
                    let message = text!(
                        "template `{wanted}` is a page to print, no message",
                        "模板 `{wanted}` 是打印页面，不是消息"
                    );
                    out.push(Diagnostic::error(code!("key-not-applicable"), template.span, message));
                }
                Some(known) if name(&known.object) == object => {}
                // An object that does not exist is reported at the template.
                Some(known) if !linker.names.objects.contains_key(&name(&known.object)) => {}
                Some(known) => {
                    let over = name(&known.object);
                    out.push(Diagnostic::error(
                        code!("wrong-object"),
                        template.span,
                        text!(
                            "template `{wanted}` is for `{over}`, not for `{object}`",
                            "模板 `{wanted}` 用于 `{over}`，不是 `{object}`"
                        ),
                    ));
                }
                None => out.push(unknown::template(template.span, wanted, linker.names)),
            }
            linker.uses(Used::Template, wanted);
            Say::Template(wanted)
        }
    }
}

fn channels(
    written: &formwork_definition::list::Many<formwork_definition::spanned::Sp<String>>,
    out: &mut Diagnostics,
) -> Vec<Channel> {
    let known = Channel::ALL.map(|(_, word)| word);
    let mut channels = Vec::new();
    for word in written {
        match Channel::parse(&word.value) {
            Some(channel) => channels.push(channel),
            None => out.push(unknown::word(word.span, &word.value, &known)),
        }
    }
    channels
}

fn recipient(
    linker: &Linker<'_>,
    object: Name,
    to: &Val,
    variables: &Variables,
    out: &mut Diagnostics,
) -> Option<Recipient> {
    match to {
        Val::Expression(expression) => {
            Some(Recipient::Program(linker.expression(expression, variables, Want::Logins, out)))
        }
        Val::Literal(data) => {
            let Data::Scalar(word) = &data.value else {
                let wrong = literal::to_json(&data.value).to_string();
                out.push(unknown::word(data.span, &wrong, &["owner", "creator", "a user field", "= expression"]));
                return None;
            };
            match &**word {
                "creator" => Some(Recipient::Creator),
                word => user_field(linker, object, word, data.span, out).map(Recipient::Field),
            }
        }
    }
}

/// `owner`, or a field of type `user`.
pub(crate) fn user_field(
    linker: &Linker<'_>,
    object: Name,
    word: &str,
    at: Span,
    out: &mut Diagnostics,
) -> Option<Name> {
    let known = linker.names.objects.get(&object)?;
    if word == "owner" && known.owner.is_some() {
        return known.owner;
    }
    let field = Name::find(word).and_then(|field| Some((field, known.fields.get(&field)?)));
    match field {
        Some((field, body)) if body.kind.as_ref().is_none_or(|kind| *kind == FieldType::User) => Some(field),
        Some((field, _)) => {
            out.push(Diagnostic::error(
                code!("type-mismatch"),
                at,
                text!("`{field}` is no field of type `user`", "`{field}` 不是 `user` 类型的字段"),
            ));
            None
        }
        None if word == "owner" => {
            out.push(
                Diagnostic::error(
                    code!("no-owner"),
                    at,
                    text!("object `{object}` names no owner field", "对象 `{object}` 没有指定负责人字段"),
                )
                .help(text!("add `owner: FIELD` to the object", "在对象上加 `owner: 字段名`")),
            );
            None
        }
        None => {
            let fields = known.fields.iter().filter(|(_, f)| f.kind == Some(FieldType::User)).map(|(n, _)| n.as_str());
            out.push(unknown::part(at, object.as_str(), word, fields.chain(["owner", "creator"])));
            None
        }
    }
}
