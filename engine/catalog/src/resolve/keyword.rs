//! Fields whose names are words of the script language: expressions can't read them by name. A field that only people
//! and the definitions' own keys use may be called so; it is a warning.

use formwork_definition::kind::sharing::SHARES;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use formwork_script::sandbox::Sandbox;

use crate::world::{FieldNames, Names};

/// Warns of such names where they are given to fields, fields of lines and inputs of forms.
pub(crate) fn check(names: &Names, sandbox: &Sandbox, out: &mut Diagnostics) {
    let objects = names.objects.values().map(|object| &object.fields);
    for (name, field) in objects.chain(names.forms.values().map(|form| &form.inputs)).flatten() {
        warn(*name, field.span, sandbox, out);
        // What a share says was named by the engine, and no expression has to say it.
        let named_by_us = name.as_str() == SHARES;
        for (name, FieldNames { span, .. }) in field.lines.iter().filter(|_| !named_by_us) {
            warn(*name, *span, sandbox, out);
        }
    }
}

fn warn(name: Name, at: Span, sandbox: &Sandbox, out: &mut Diagnostics) {
    if sandbox.can_read(name.as_str()) {
        return;
    }
    let message = text!(
        "`{name}` is a word of the script language: no expression can say `this.{name}`",
        "`{name}` 是脚本语言的保留字，表达式不能写 `this.{name}`"
    );
    out.push(Diagnostic::warning(code!("reserved-name"), at, message));
}
