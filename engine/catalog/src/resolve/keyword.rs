//! Fields whose names are words of the script language: no expression could read them.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use formwork_script::sandbox::Sandbox;

use crate::world::{FieldNames, Names};

/// Refuses such names where they are given to fields, fields of lines and inputs of forms.
pub(crate) fn check(names: &Names, sandbox: &Sandbox, out: &mut Diagnostics) {
    let objects = names.objects.values().map(|object| &object.fields);
    for (name, field) in objects.chain(names.forms.values().map(|form| &form.inputs)).flatten() {
        refuse(*name, field.span, sandbox, out);
        for (name, FieldNames { span, .. }) in &field.lines {
            refuse(*name, *span, sandbox, out);
        }
    }
}

fn refuse(name: Name, at: Span, sandbox: &Sandbox, out: &mut Diagnostics) {
    if sandbox.can_read(name.as_str()) {
        return;
    }
    let message = text!(
        "`{name}` is a word of the script language: no expression could read the field",
        "`{name}` 是脚本语言的保留字，表达式无法读取该字段"
    );
    out.push(Diagnostic::error(code!("reserved-name"), at, message));
}
