//! `options-differ`: a column of a table has other options than the field it reads.
//!
//! # What it does
//! Looks at inputs of decision tables that are a choice and whose value is a field, `this.kind` or `this.car.kind`, that
//! is a choice too, and compares their options.
//!
//! # Why it matters
//! A record with an option that the column does not have can't be looked up; a row with an option that the field does
//! not have never hits. Both happen when an option is added in one place only.
//!
//! # Example
//! ```yaml
//! fields: {kind: {type: choice, options: [repair, advice, rescue]}}       # the object
//! inputs: {kind: {type: choice, options: [repair, advice]}}               # the table
//! ```
//!
//! # Instead
//! Give both the same options.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::{Choice, FieldType},
    name::Name,
    source::Span,
    text,
};

use super::Linked;
use crate::resolve::{Linker, name};

/// Compares every such column with its field.
pub(crate) fn check(linker: &Linker<'_>, linked: &Linked, out: &mut Diagnostics) {
    for body in linker.definitions.tables.iter().map(|defined| &defined.body) {
        let Some(object) = body.object.as_ref().map(name) else { continue };
        let Some((table, _)) = linked.tables.get(&name(&body.table)) else { continue };
        for (column, input) in &body.inputs {
            let Some(known) = table.inputs.iter().find(|known| known.name == column.value) else { continue };
            let own = || format!("this.{}", column.value);
            let path = input.value.as_ref().map_or_else(own, |value| value.text.to_string());
            compare(linker, object, &path, (&known.kind, column.span), out);
        }
    }
}

/// Warns when the options of a column are not those of the field that `path` leads to, `this.kind`.
fn compare(linker: &Linker<'_>, object: Name, path: &str, (column, at): (&FieldType, Span), out: &mut Diagnostics) {
    let (FieldType::Choice(own), Some(FieldType::Choice(theirs))) = (column, field_at(linker, object, path)) else {
        return;
    };
    let lacking = |here: &[Choice], there: &[Choice]| {
        let names = here.iter().filter(|option| there.iter().all(|known| known.name != option.name));
        let names: Vec<String> = names.map(|option| format!("`{}`", option.name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(missing) = lacking(theirs, own) {
        out.push(
            Diagnostic::warning(
                code!("options-differ"),
                at,
                text!("`{path}` may be {missing}, the column may not", "`{path}` 可以是 {missing}，该列却没有"),
            )
            .help(text!("no row can be looked up for them", "这些取值查不到任何行")),
        );
    }
    if let Some(more) = lacking(own, theirs) {
        out.push(
            Diagnostic::warning(
                code!("options-differ"),
                at,
                text!("the column may be {more}, `{path}` may not", "该列可以是 {more}，`{path}` 却没有"),
            )
            .help(text!("rows with them never hit", "含这些取值的行永远不会命中")),
        );
    }
}

/// The type of the field at the end of `this.a.b`; `None` for anything else.
fn field_at<'l>(linker: &'l Linker<'_>, object: Name, path: &str) -> Option<&'l FieldType> {
    let mut words = path.trim().split('.');
    if words.next() != Some("this") {
        return None;
    }
    let (mut object, mut kind): (Name, Option<&FieldType>) = (object, None);
    for word in words {
        if let Some(FieldType::Ref(to)) = kind {
            object = *to;
        } else if kind.is_some() {
            return None;
        }
        kind = linker.names.kind_of(object, Name::find(word)?)?;
    }
    kind
}
