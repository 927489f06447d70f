//! `no-roles`, `roles-without-effect`: who may do what says nothing, or is not asked for.
//!
//! # What it does
//! Reports a book that is protected and has no role, and one that is open and has some.
//!
//! # Why it matters
//! In the first nobody can do anything, which is noticed at once, but as if the program were broken. In the second
//! roles look as if they protected something, and protect nothing.
//!
//! # Example
//! ```yaml
//! book: shop
//! ```
//!
//! # Instead
//! ```yaml
//! book: shop
//! access: open
//! ```

use formwork_definition::kind::{Definitions, book::Access};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};

pub(crate) fn check(definitions: &Definitions, out: &mut Diagnostics) {
    let Some(book) = definitions.books.first().map(|book| &book.body) else { return };
    let open = book.access.as_ref().filter(|access| access.value == Access::Open);
    match (open, definitions.own_roles().next()) {
        (None, None) => out.push(
            Diagnostic::error(
                code!("no-roles"),
                book.book.span,
                text!(
                    "no role is defined, so nobody could do anything in this book",
                    "没有定义任何角色，此账套中没有人能做任何事"
                ),
            )
            .help(text!(
                "define roles in `definitions/MODULE/NAME.role.yaml`, or say `access: open`",
                "请在 `definitions/模块/名称.role.yaml` 中定义角色，或写 `access: open`"
            )),
        ),
        (Some(access), Some(role)) => out.push(
            Diagnostic::warning(
                code!("roles-without-effect"),
                access.span,
                text!("the book is open, so its roles limit nobody", "账套是开放的，角色不限制任何人"),
            )
            .related(role.body.role.span, text!("a role is defined here", "角色定义在这里")),
        ),
        _ => {}
    }
}
