//! `template`: the wording of a message.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{label::Label, map::WrittenName, spanned::Sp};

/// The wording of a message in Handlebars, used by `notify`. `definitions/MODULE/NAME.template.yaml`.
/// `{{field}}` stands for a field of the record, `{{customer.name}}` for a field of a record it refers to;
/// `{{#if field}}…{{/if}}`, `{{#unless}}`, `{{#each lines}}…{{/each}}`. Numbers, dates and choices are written
/// as people of the language write them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The name of the template.
    pub template: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object whose fields it may use.
    pub object: Sp<WrittenName>,
    /// The subject of an e-mail: one line. Default: the first line of the text.
    #[serde(default)]
    pub subject: Option<Sp<Label>>,
    /// The text.
    pub text: Sp<Label>,
}
