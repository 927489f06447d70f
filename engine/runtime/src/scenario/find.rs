//! Records that the engine made, and files, as a scenario gives them.

use formwork_catalog::filter::parse_filter;
use formwork_definition::{kind::scenario::When, map::WrittenName, spanned::Sp};
use formwork_model::text;
use serde_json::{Map, Value as Json, json};

use super::{Failed, Report, World, expect::Seen};
use crate::{
    command::Actor,
    query::Query,
    rejection::{Kind, Problem, Refusal},
};

impl World<'_> {
    /// Names the one record of the object that has these values.
    pub(super) fn find(
        &mut self,
        object: &Sp<WrittenName>,
        when: &When,
        seen: &mut Seen,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let known = object.value.0;
        let wanted: Map<String, Json> = self.input(known, &when.set);
        let filter = parse_filter(&**self.catalog, known, &Json::Object(wanted), &self.catalog.book.zone)
            .map_err(|bad| Problem::new(bad.code, bad.message).reject(Kind::Invalid))?;
        let query = Query { object: known, filter, sort: Vec::new(), limit: 2, after: None };
        let found = self.book.list(&query, &Actor::system())?.records;
        if let [record] = found.as_slice() {
            seen.target = Some((known, record.id));
            if let Some(name) = &when.name {
                self.records.insert(name.value.0, (known, record.id));
            }
            return Ok(());
        }
        let message = match found.len() {
            0 => text!("no `{known}` has these values", "没有 `{known}` 具有这些值"),
            _ => text!("several `{known}` have these values", "有多条 `{known}` 具有这些值"),
        };
        report.failures.push(Failed::new(object.span, message));
        Ok(())
    }

    /// A file of this name, whose content is its name, as an upload would answer it; `null` when the store fails.
    pub(super) fn file(&self, name: &str) -> Json {
        match self.book.keep_file(&Actor::system().login, name, "text/plain", name.as_bytes().to_vec()) {
            Ok(file) => json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size}),
            Err(_) => Json::Null,
        }
    }
}
