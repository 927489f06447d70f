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
//! Leave `type` and `options` of the column out: it then has those of the field. Where the column is to have fewer, give
//! its `value` an expression that says which.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::{Choice, FieldType},
    source::Span,
    text,
};

use super::Linked;
use crate::resolve::{Linker, column::field_of_input, name};

/// Compares every such column with its field.
pub(crate) fn check(linker: &Linker<'_>, linked: &Linked, out: &mut Diagnostics) {
    for body in linker.definitions.tables.iter().map(|defined| &defined.body) {
        let Some(object) = body.object.as_ref().map(name) else { continue };
        let Some((table, _)) = linked.tables.get(&name(&body.table)) else { continue };
        for (column, input) in &body.inputs {
            let Some(known) = table.inputs.iter().find(|known| known.name == column.value) else { continue };
            let own = || format!("this.{}", column.value);
            let path = input.value.as_ref().map_or_else(own, |value| value.text.to_string());
            let field = field_of_input(linker.names, object, column.value, input);
            let theirs = field.and_then(|(owner, field)| linker.names.kind_of(owner, field)).flatten();
            compare(&path, theirs, (&known.kind, column.span), out);
        }
    }
}

/// Warns when the options of a column are not those of the field that `path` leads to, `this.kind`.
fn compare(path: &str, theirs: Option<&FieldType>, (column, at): (&FieldType, Span), out: &mut Diagnostics) {
    let (FieldType::Choice(own), Some(FieldType::Choice(theirs))) = (column, theirs) else {
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
            .help(text!(
                "a record with one of them is refused when the table is asked: leave `type` and `options` out, and the column has those of the field; or add them, and rows for them",
                "取这些值的记录在查表时会被拒绝：省略 `type` 与 `options` 即沿用字段的选项；或在列中补上选项并增加相应的行"
            )),
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
