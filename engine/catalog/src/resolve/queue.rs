//! Queues, and the states whose work waits in them.

use formwork_definition::{
    kind::{
        Defined,
        queue::{Assign, InQueue as WrittenIn, Member as WrittenMember, Queue as Written},
    },
    literal::{Data, Val},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
    value::Value,
};

use crate::{
    queue::{InQueue, Member, Prefer, Queue, Who},
    resolve::{
        Linker, Used,
        expression::Want,
        graph::Graph,
        kind::missing,
        label, module, name,
        node::both,
        recipient::user_field,
        role::{known_role, role_called},
        timer::{calendar, lasting, length},
        unknown,
    },
    source::Source,
    timer::{Calendar, Lasting},
    variables::Variables,
};

/// The trees of places, which fields can refer to.
const TREES: [&str; 4] = ["department", "territory", "product_line", "partner"];

/// The queue.
pub(crate) fn resolve_queue(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Queue {
    let body = &defined.body;
    let queue = name(&body.queue);
    if body.members.is_empty() {
        out.push(missing(body.queue.span, "members", "nobody could own work here", "没有人可以处理这里的任务"));
    }
    let assign = body.assign.as_ref().map(|assign| assign.value);
    let limit = body.limit.as_ref().and_then(|limit| at_least_one(limit, "limit", out));
    let next = body.next.as_ref().and_then(|next| {
        let known = queue_called(linker, next.span, name(next), out)?;
        linker.uses(Used::Queue, known);
        Some(known)
    });
    Queue {
        name: queue,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), queue),
        span: body.queue.span,
        level: body.level.as_ref().and_then(|level| at_least_one(level, "level", out)).unwrap_or(1),
        next,
        members: body
            .members
            .iter()
            .filter_map(|member| self::member(linker, member, (assign, limit, body.queue.span), out))
            .collect(),
        managers: body.manager.iter().filter_map(|manager| who(linker, manager, out)).collect(),
        assign,
        accept: body.accept.as_ref().and_then(|accept| length(accept.span, &accept.value, out)).map(Lasting::Fixed),
        calendar: match &body.calendar {
            None => Calendar::Book,
            Some(Val::Expression(expression)) => {
                out.push(both(expression.span, "a queue has one calendar for all work", "队列的日历是固定的"));
                Calendar::Book
            }
            written => calendar(linker, written.as_ref(), &Variables::new(), out),
        },
    }
}

fn at_least_one(written: &Sp<u32>, key: &str, out: &mut Diagnostics) -> Option<u32> {
    if written.value > 0 {
        return Some(written.value);
    }
    out.push(Diagnostic::error(
        code!("bad-value"),
        written.span,
        text!("`{key}` is a whole number from 1", "`{key}` 应为不小于 1 的整数"),
    ));
    None
}

fn member(
    linker: &Linker<'_>,
    written: &WrittenMember,
    (assign, limit, queue): (Option<Assign>, Option<u32>, Span),
    out: &mut Diagnostics,
) -> Option<Member> {
    let places: Vec<(&'static str, &Sp<String>)> = TREES
        .into_iter()
        .zip([&written.department, &written.territory, &written.product_line, &written.partner])
        .filter_map(|(tree, code)| Some((tree, code.as_ref()?)))
        .collect();
    let who = match (&written.user, &written.role) {
        (Some(user), None) => {
            for (tree, code) in &places {
                let message = text!("`{tree}` says where a `role` is held", "`{tree}` 只用于限定 `role` 的范围");
                out.push(Diagnostic::error(code!("key-not-applicable"), code.span, message));
            }
            Who::User(user.value.as_str().into())
        }
        (None, Some(role)) => {
            known_role(linker.definitions, name(role), role.span, out);
            Who::Role(name(role))
        }
        (Some(user), Some(_)) => {
            out.push(both(user.span, "a member is a `user` or a `role`, not both", "成员只能是 `user` 或 `role` 之一"));
            return None;
        }
        (None, None) => {
            out.push(missing(queue, "user", "a member is a `user` or a `role`", "成员需要 `user` 或 `role`"));
            return None;
        }
    };
    if let Some(weight) = written.weight.as_ref().filter(|_| assign != Some(Assign::Weighted)) {
        let message = text!("`weight` counts with `assign: weighted` only", "`weight` 只在 `assign: weighted` 时有效");
        out.push(Diagnostic::error(code!("key-not-applicable"), weight.span, message));
    }
    Some(Member {
        who,
        places: places.into_iter().map(|(tree, code)| (tree, code.value.as_str().into())).collect(),
        limit: written.limit.as_ref().and_then(|limit| at_least_one(limit, "limit", out)).or(limit),
        weight: written.weight.as_ref().and_then(|weight| at_least_one(weight, "weight", out)).unwrap_or(1),
    })
}

/// A login, or `role(name)`.
fn who(linker: &Linker<'_>, written: &Sp<String>, out: &mut Diagnostics) -> Option<Who> {
    match role_called(linker.definitions, written, out) {
        Some(role) => role.map(Who::Role),
        None if written.value.contains('(') => {
            out.push(unknown::word(written.span, &written.value, &["a login", "role(name)"]));
            None
        }
        None => Some(Who::User(written.value.trim().into())),
    }
}

/// A queue that exists.
fn queue_called(linker: &Linker<'_>, at: Span, queue: Name, out: &mut Diagnostics) -> Option<Name> {
    if linker.names.queues.contains(&queue) {
        return Some(queue);
    }
    out.push(unknown::queue(at, queue.as_str(), linker.names));
    None
}

/// In which queue the work of a state waits.
pub(crate) fn in_queue(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<WrittenIn>,
    out: &mut Diagnostics,
) -> Option<InQueue> {
    let body = &written.value;
    let variables = graph.variables();
    let prefer = |prefer: &Val, out: &mut Diagnostics| match prefer {
        Val::Expression(expression) => {
            Some(Prefer::Program(linker.expression(expression, &variables, Want::Logins, out)))
        }
        Val::Literal(data) => {
            let word = if let Data::Scalar(word) = &data.value { &**word } else { "" };
            user_field(linker, graph.object, word, data.span, out).map(Prefer::Field)
        }
    };
    Some(InQueue {
        name: queue_name(linker, graph, &body.name, out)?,
        keep: body.keep.as_ref().is_some_and(|keep| keep.value),
        skill: linker.optional(body.skill.as_ref(), &variables, Want::Anything, out),
        prefer: body.prefer.as_ref().and_then(|written| prefer(written, out)),
        place: body.place.as_ref().and_then(|field| place(linker, graph.object, field, out)),
        accept: body.accept.as_ref().and_then(|accept| lasting(linker, accept, &variables, out)),
        calendar: body.calendar.as_ref().map(|written| calendar(linker, Some(written), &variables, out)),
    })
}

fn queue_name(linker: &Linker<'_>, graph: &Graph<'_>, written: &Val, out: &mut Diagnostics) -> Option<Source> {
    match written {
        Val::Literal(data) => {
            let word = if let Data::Scalar(word) = &data.value { &**word } else { "" };
            match Name::find(word).filter(|name| linker.names.queues.contains(name)) {
                Some(known) => {
                    linker.uses(Used::Queue, known);
                    Some(Source::Literal(Value::text(known.as_str())))
                }
                None => {
                    out.push(unknown::queue(data.span, word, linker.names));
                    None
                }
            }
        }
        Val::Expression(_) => {
            // It may give any of them.
            linker.names.queues.iter().for_each(|queue| linker.uses(Used::Queue, *queue));
            linker.source(written, &FieldType::Text, &graph.variables(), out)
        }
    }
}

/// A field that names a place.
fn place(linker: &Linker<'_>, object: Name, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let field = super::object::existing(linker, object, written, out)?;
    let known = linker.names.field_of(object, field)?;
    let special = linker.definitions.objects.iter().find(|defined| name(&defined.body.object) == object);
    let special = special.is_some_and(|defined| {
        [&defined.body.territory, &defined.body.product_line, &defined.body.partner]
            .into_iter()
            .flatten()
            .any(|special| name(special) == field)
    });
    let fits = match &known.kind {
        None | Some(FieldType::Department) => true,
        Some(FieldType::Ref(to)) => TREES.contains(&to.as_str()),
        Some(_) => special,
    };
    if !fits {
        out.push(Diagnostic::error(
            code!("type-mismatch"),
            written.span,
            text!(
                "`{field}` names no department, territory, product line or partner",
                "`{field}` 不是部门、区域、产品线或伙伴字段"
            ),
        ));
        return None;
    }
    Some(field)
}
