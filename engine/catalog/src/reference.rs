//! The manual of the language: the keys of every kind, and what expressions can call.

use std::fmt::Write as _;

use formwork_definition::reference::reference as keys;
use formwork_script::functions::reference as functions;

/// The page, in Markdown.
pub fn page() -> String {
    let mut page = keys();
    page.push_str(
        "\n## Expressions\n\nEvery expression is Rhai. Keys such as `when`, `value` and `check` always hold one; where a plain value \
         could stand too, an expression begins with `=`.\n\n| function | what it does | 说明 |\n|---|---|---|\n",
    );
    for function in functions() {
        let cell = |text: &str| text.replace('|', "\\|");
        // Writing to a `String` can't fail.
        let _written = writeln!(
            page,
            "| `{}` | {} | {} |",
            cell(function.signature),
            cell(function.doc_en),
            cell(function.doc_zh)
        );
    }
    page
}
