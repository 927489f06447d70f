//! The manual of the language: the keys of every kind, and what expressions can call.

use std::fmt::Write as _;

use formwork_definition::reference::reference as keys;
use formwork_model::text::Language;
use formwork_script::functions::reference as functions;

/// What the functions are introduced with.
const EXPRESSIONS: &str = "
## Expressions

Every expression is Rhai. Keys such as `when`, `value` and `check` always hold one; where a plain value could stand too, an expression begins with `=`.

| function | what it does |
|---|---|
";
const EXPRESSIONS_ZH: &str = "
## Expressions 表达式

表达式都用 Rhai 书写。`when`、`value`、`check` 等键始终是表达式；可以直接写值的地方，表达式以 `=` 开头。

| 函数 | 说明 |
|---|---|
";

/// The page, in Markdown.
pub fn page(language: Language) -> String {
    let chinese = language == Language::Zh;
    let mut page = keys(language);
    page.push_str(if chinese { EXPRESSIONS_ZH } else { EXPRESSIONS });
    for function in functions() {
        let cell = |text: &str| text.replace('|', "\\|");
        let told = if chinese { function.doc_zh } else { function.doc_en };
        // Writing to a `String` can't fail.
        let _written = writeln!(page, "| `{}` | {} |", cell(function.signature), cell(told));
    }
    page
}
