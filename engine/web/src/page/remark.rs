//! What people say, with files: at an approval, and in comments on a record.

use formwork_model::text;
use serde_json::{Value as Json, json};

use super::{typed::Typed, view::View};

/// The input for the files of what is said.
pub(crate) fn files_box(view: &View, typed: &Typed) -> Json {
    json!({
        "name": "files", "id": "f-files", "label": view.say(&text!("Files", "附件")), "widget": "file", "several": true,
        "value": typed.filled("files"), "text": file_names(&files(typed)),
        "help": view.say(&text!("Words, a file, or both", "可填写文字、添加附件，或两者皆有")),
    })
}

/// The files of what is said, as uploads answered them.
pub(crate) fn files(typed: &Typed) -> Vec<Json> {
    typed.filled("files").and_then(|sent| serde_json::from_str(sent).ok()).unwrap_or_default()
}

fn file_names(files: &[Json]) -> String {
    files.iter().filter_map(|file| file["name"].as_str()).collect::<Vec<_>>().join(", ")
}
