//! `tree-to-other-object`: a `tree` field refers to another object.
//!
//! # What it does
//! Reports `tree: true` on a reference that does not lead to the object itself.
//!
//! # Why it matters
//! A tree is made of records of one object; a reference to another object can't form a circle, so nothing would
//! be checked.
//!
//! # Example
//! ```yaml
//! object: region
//! fields:
//!   parent: {type: ref, to: country, tree: true}
//! ```
//!
//! # Instead
//! ```yaml
//! parent: {type: ref, to: region, tree: true}
//! ```

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    text,
};

use super::Linked;

/// Reports trees over another object.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for object in linked.objects.values() {
        for field in object.fields.iter().filter(|field| field.tree) {
            if let FieldType::Ref(to) = field.kind
                && to != object.name
            {
                let (name, object) = (field.name, object.name);
                out.push(Diagnostic::error(
                    code!("tree-to-other-object"),
                    field.span,
                    text!(
                        "`{name}` refers to `{to}`; a tree is made of records of `{object}`",
                        "`{name}` 指向 `{to}`；树只能由 `{object}` 自己的记录组成"
                    ),
                ));
            }
        }
    }
}
