//! What people read: as written, or the name with blanks.

use formwork_definition::{label::Label, spanned::Sp};
use formwork_model::{name::Name, text::Text};

/// The label, or the name with blanks.
pub(crate) fn label(written: Option<&Sp<Label>>, name: Name) -> Text {
    written.map_or_else(|| Text::same(name.as_str().replace('_', " ")), |label| label.value.text.clone())
}

/// The text, or none.
pub(crate) fn text(written: Option<&Sp<Label>>) -> Text {
    written.map(|label| label.value.text.clone()).unwrap_or_default()
}
