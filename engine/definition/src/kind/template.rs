//! `template`: the wording of a message, or of a page to print.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    label::{Label, Wording},
    map::WrittenName,
    spanned::Sp,
};

/// The wording of a message in Handlebars, used by `notify`; with `print`, a page that people print of a record.
/// `definitions/MODULE/NAME.template.yaml`.
///
/// `{{field}}` stands for a field of the record, `{{customer.name}}` for a field of a record it refers to;
/// `{{#if field}}…{{/if}}`, `{{#unless}}`, `{{#each lines}}…{{/each}}`. Numbers, dates and choices are written
/// as people of the language write them. `{{label field}}` is what people call a field, `{{say "中文" "English"}}` one
/// of two texts by language, `{{#zh}}…{{/zh}}` and `{{#en}}…{{/en}}` a part in one language alone, `{{setting "name"}}`
/// a setting of the book, `{{in_words amount}}` an amount in words (大写金额 in Chinese).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The name of the template.
    pub template: Sp<WrittenName>,
    /// What people read; of a page, its name and the button that opens it.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object whose fields it may use.
    pub object: Sp<WrittenName>,
    /// The subject of an e-mail: one line. Default: the first line of the text.
    #[serde(default)]
    pub subject: Option<Wording>,
    /// Makes it a page to print, in place of a message.
    #[serde(default)]
    pub print: Option<Sp<Print>>,
    /// The text; of a page, HTML without style or script of its own.
    pub text: Wording,
}

/// A page that people print of a record they see. It shows what they may see of it, and of what it refers to: a hidden
/// field is empty, a masked one masked. That it was printed is in the audit log. `{{printed_on}}` is the day,
/// `{{printed_by}}` the reader's name.
///
/// The text is HTML; these classes lay it out: `head` (the company above the title), `title`, `facts` (a table of labels
/// and values, in pairs of columns), `lines` (a table of lines, its `<thead>` on every sheet, `<td class="no">`
/// numbers the rows), `num` (to the right), `sum` (a row of totals), `words` (an amount in words), `terms`, `sign`
/// (places to sign, side by side), `small`, `keep` (never broken over two sheets), `sheet` (begins a new one).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// The paper. Default `a4`.
    #[serde(default)]
    pub paper: Option<Sp<Paper>>,
    /// Whether the long side lies below. Default `false`.
    #[serde(default)]
    pub landscape: Option<Sp<bool>>,
}

/// A size of paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 148 × 210 mm.
    A5,
    /// 8.5 × 11 inches.
    Letter,
}
