//! `sensitive-copied`: what a sensitive field holds is copied to where nobody knows that it is sensitive.
//!
//! # What it does
//! Looks at what computed fields, defaults, roll-ups, `set`, `create` and the entries of ledgers read. Where that is a
//! sensitive field, and what is written can carry its value, the field that is written has to be sensitive too. Dimensions
//! of ledgers can't be: they stand in keys. In a script it follows what is read through variables, named values, lists,
//! closures and functions to where it is assigned to a field, given to a record that is made, or posted. What conditions
//! let out, what is handed to an action or a table, and what stands in a variable before a loop comes round again is not
//! seen.
//!
//! # Why it matters
//! The copy is found by a part, its readings are noted nowhere, and an erasure does not know of it.
//!
//! # Example
//! ```yaml
//! fields:
//!   phone: {type: phone, sensitive: true}
//!   call:  {type: text, value: 'this.name + " " + this.phone'}
//! ```
//!
//! # Instead
//! ```yaml
//!   call:  {type: text, value: 'this.name + " " + this.phone', sensitive: true}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};
use formwork_script::{
    program::{FieldOf, Given, Program},
    shape::Shape,
};

use crate::{resolve::Linker, source::Source, variables::Variables, world::FieldNames};

/// Warns when `into` is set to what an expression takes from a sensitive field, and is not sensitive itself.
pub(crate) fn check_source(
    linker: &Linker<'_>,
    (into, known): (Name, &FieldNames),
    source: &Source,
    variables: &Variables,
    at: Span,
    out: &mut Diagnostics,
) {
    if let Source::Program(program) = source {
        check_program(linker, (into, known), program, variables, at, out);
    }
}

/// As [`check_source`], of an expression.
pub(crate) fn check_program(
    linker: &Linker<'_>,
    (into, known): (Name, &FieldNames),
    program: &Program,
    variables: &Variables,
    at: Span,
    out: &mut Diagnostics,
) {
    let kind = known.kind.as_ref();
    if let Some(from) = read(linker, program, variables, kind).filter(|_| !known.sensitive) {
        out.push(warning(&from, into, at));
    }
}

/// Warns when a roll-up takes a sensitive field into one that is not.
pub(crate) fn check_roll_up(
    linker: &Linker<'_>,
    (into, known): (Name, &FieldNames),
    (object, field): (Name, Name),
    at: Span,
    out: &mut Diagnostics,
) {
    if !known.sensitive && linker.names.field_of(object, field).is_some_and(|from| from.sensitive) {
        out.push(warning(&format!("{object}.{field}"), into, at));
    }
}

/// Refuses a dimension that is taken from a sensitive field: it would stand in the keys of the ledger as it is.
pub(crate) fn check_dimension(
    linker: &Linker<'_>,
    dimension: Name,
    source: &Source,
    variables: &Variables,
    at: Span,
    out: &mut Diagnostics,
) {
    let Source::Program(program) = source else { return };
    if let Some(from) = read(linker, program, variables, None) {
        out.push(in_key(&from, dimension, at));
    }
}

fn in_key(from: &str, dimension: Name, at: Span) -> Diagnostic {
    let message = text!(
        "`{dimension}` is taken from the sensitive `{from}`: dimensions stand unencrypted in the keys of a ledger",
        "维度 `{dimension}` 取自敏感字段 `{from}`：账本的维度以明文保存在键中"
    );
    let help = text!("keep the balance by a reference to the record", "请改用对该记录的引用作为维度");
    Diagnostic::error(code!("sensitive-copied"), at, message).help(help)
}

/// Looks at what a script gives to fields and to dimensions of ledgers.
pub(crate) fn check_script(linker: &Linker<'_>, program: &Program, out: &mut Diagnostics) {
    for copied in &program.copied {
        let into = match copied.into {
            Given::Field(into) => linker.names.place_of(into),
            Given::Dimension(_) => None,
        };
        let kind = into.and_then(|known| known.kind.as_ref());
        let can_tell = |from: &&FieldOf| {
            let known = linker.names.place_of(**from).and_then(|known| known.kind.as_ref());
            kind.is_none_or(|kind| known.is_some_and(|known| carries(known, kind)))
        };
        let Some(from) = copied.from.iter().find(can_tell).map(|from| format!("{}.{}", from.object, from.field)) else {
            continue;
        };
        match copied.into {
            Given::Dimension(dimension) => out.push(in_key(&from, dimension, copied.at)),
            Given::Field(field) if into.is_some_and(|known| !known.sensitive) => {
                out.push(warning(&from, field.field, copied.at));
            }
            Given::Field(_) => {}
        }
    }
}

fn warning(from: &str, into: Name, at: Span) -> Diagnostic {
    let message = text!(
        "`{into}` is given what the sensitive `{from}` holds, and is not sensitive itself",
        "`{into}` 取得敏感字段 `{from}` 的内容，但自身不是敏感字段"
    );
    let help = text!(
        "write `sensitive: true` at `{into}` too: else its readings are not noted, and an erasure leaves it",
        "请在 `{into}` 上也写 `sensitive: true`；否则读取不会记入审计，删除时也不会清除"
    );
    Diagnostic::warning(code!("sensitive-copied"), at, message).help(help)
}

/// The first sensitive field that a program reads, when its value can be told from one of type `into`; `None` is any type.
fn read(linker: &Linker<'_>, program: &Program, variables: &Variables, into: Option<&FieldType>) -> Option<String> {
    program.reads.iter().find_map(|read| {
        let (_, shape) = variables.iter().find(|(name, _)| read.root.as_str() == *name)?;
        follow(linker, shape, &read.path, into)
    })
}

fn follow(linker: &Linker<'_>, from: &Shape, path: &[Name], into: Option<&FieldType>) -> Option<String> {
    let (name, rest) = path.split_first()?;
    let known = match from {
        Shape::List(items) => return follow(linker, items, path, into),
        Shape::Map(members) => {
            let (_, member) = members.iter().find(|(known, _)| known == name)?;
            return follow(linker, member, rest, into);
        }
        Shape::Record(object) => linker.names.field_of(*object, *name),
        Shape::Row(object, lines) => linker.names.field_of(*object, *lines)?.lines.get(name),
        _ => None,
    }?;
    let (Shape::Record(object) | Shape::Row(object, _)) = from else { return None };
    let kind = known.kind.as_ref()?;
    if known.sensitive {
        return into.is_none_or(|into| carries(kind, into)).then(|| format!("{object}.{name}"));
    }
    follow(linker, &Shape::of(kind, (*object, *name)), rest, into)
}

/// Whether a value of one type can be told from one of the other that is made of it.
fn carries(from: &FieldType, into: &FieldType) -> bool {
    use FieldType::{Date, DateTime, Email, Json, LongText, Phone, Region, Text, Url};
    let dates = |kind: &FieldType| matches!(kind, Date | DateTime);
    matches!(into, Text | LongText | Phone | Email | Url | Region | Json)
        || from.word() == into.word()
        || from.is_number() && into.is_number()
        || dates(from) && dates(into)
}
