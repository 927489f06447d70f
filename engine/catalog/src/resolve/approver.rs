//! Who decides a step: `owner`, `role(name) in this.FIELD`, `head(this.FIELD)`, `supervisor(n)`, ….

use formwork_definition::{
    kind::Definitions,
    literal::{Data, Val},
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{
    flow::approval::{Approver, Dimension},
    resolve::{Linker, expression::Want, graph::Graph, literal, recipient::user_field, role::known_role, unknown},
};

/// What can be written.
const WORDS: [&str; 9] = [
    "owner",
    "creator",
    "a user field",
    "user(login)",
    "role(name)",
    "head(this.FIELD)",
    "supervisor(n)",
    "supervisors(role)",
    "= expression",
];

/// One of those who decide; `chosen` only where the submitter can choose.
pub(crate) fn approver(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Val,
    choose: bool,
    out: &mut Diagnostics,
) -> Option<Approver> {
    let data = match written {
        Val::Expression(expression) => {
            let program = linker.expression(expression, &graph.variables(), Want::Logins, out);
            return Some(Approver::Program(program));
        }
        Val::Literal(data) => data,
    };
    let Data::Scalar(text) = &data.value else {
        let wrong = literal::to_json(&data.value).to_string();
        out.push(unknown::word(data.span, &wrong, &WORDS));
        return None;
    };
    let (text, at) = (text.trim(), data.span);
    match text {
        "creator" => return Some(Approver::Creator),
        "chosen" if choose => return Some(Approver::Chosen),
        _ => {}
    }
    let Some((word, rest)) = text.split_once('(') else {
        return user_field(linker, graph.object, text, at, out).map(Approver::Field);
    };
    let Some((inner, rest)) = rest.split_once(')') else {
        out.push(unknown::word(at, text, &WORDS));
        return None;
    };
    let (inner, rest) = (inner.trim(), rest.trim());
    match (word.trim(), rest) {
        ("role", rest) => {
            let role = role(linker.definitions, inner, at, out)?;
            within(linker, graph, rest, at, out).map(|within| Approver::Role(role, within))
        }
        ("user", "") if !inner.is_empty() => Some(Approver::User(inner.into())),
        ("head", "") => head(linker, graph, inner, at, out),
        ("supervisor", "") => match inner.parse::<u32>() {
            Ok(n @ 1..=20) => Some(Approver::Supervisor(n)),
            _ => {
                out.push(unknown::word(at, text, &["supervisor(1)", "supervisor(2)"]));
                None
            }
        },
        ("supervisors", "") => role(linker.definitions, inner, at, out).map(Approver::Supervisors),
        _ => {
            let near = nearest(word.trim(), ["user", "role", "head", "supervisor", "supervisors"]);
            out.push(unknown::word(at, text, &WORDS).suggest(near));
            None
        }
    }
}

/// A role.
pub(crate) fn role(definitions: &Definitions, written: &str, at: Span, out: &mut Diagnostics) -> Option<Name> {
    let Ok(role) = Name::new(written) else {
        let message = text!("`{written}` is no name", "`{written}` 不是有效的名称");
        out.push(Diagnostic::error(code!("bad-name"), at, message));
        return None;
    };
    known_role(definitions, role, at, out);
    Some(role)
}

/// `in this.FIELD and this.FIELD`.
fn within(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &str,
    at: Span,
    out: &mut Diagnostics,
) -> Option<Vec<(Dimension, Name)>> {
    if written.is_empty() {
        return Some(Vec::new());
    }
    let Some(fields) = written.strip_prefix("in ") else {
        out.push(unknown::word(at, written, &["in this.FIELD"]));
        return None;
    };
    fields.split(" and ").map(|field| dimension(linker, graph, field.trim(), at, out)).collect()
}

/// A field of a department, territory, product line or partner.
fn dimension(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &str,
    at: Span,
    out: &mut Diagnostics,
) -> Option<(Dimension, Name)> {
    let (field, kind) = field(linker, graph, written, at, out)?;
    let dimension = match kind? {
        FieldType::Department => Some(Dimension::Department),
        FieldType::Ref(object) => Dimension::of(object.as_str()),
        _ => None,
    };
    if dimension.is_none() {
        let message = text!(
            "`{field}` is no field of a department, territory, product_line or partner",
            "`{field}` 不是部门、区域、产品线或伙伴字段"
        );
        out.push(Diagnostic::error(code!("type-mismatch"), at, message));
    }
    Some((dimension?, field))
}

fn head(linker: &Linker<'_>, graph: &Graph<'_>, written: &str, at: Span, out: &mut Diagnostics) -> Option<Approver> {
    let (dimension, field) = dimension(linker, graph, written, at, out)?;
    if dimension != Dimension::Department {
        let message = text!("`{field}` is no field of a department", "`{field}` 不是部门字段");
        out.push(Diagnostic::error(code!("type-mismatch"), at, message));
        return None;
    }
    Some(Approver::Head(field))
}

/// `this.FIELD`, with its type unless that did not resolve.
fn field<'a>(
    linker: &'a Linker<'_>,
    graph: &Graph<'_>,
    written: &str,
    at: Span,
    out: &mut Diagnostics,
) -> Option<(Name, Option<&'a FieldType>)> {
    let Some(field) = written.strip_prefix("this.") else {
        out.push(unknown::word(at, written, &["this.FIELD"]));
        return None;
    };
    let known = Name::find(field).and_then(|name| Some((name, linker.names.field_of(graph.object, name)?)));
    if known.is_none() {
        let fields = linker.names.objects.get(&graph.object).into_iter().flat_map(|object| object.fields.keys());
        out.push(unknown::part(at, graph.object.as_str(), field, fields.map(|name| name.as_str())));
    }
    known.map(|(name, field)| (name, field.kind.as_ref()))
}
