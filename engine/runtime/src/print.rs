//! Records as pages to print, as somebody sees them.

use formwork_catalog::template::{PRINTED, Part, Sheet, Template};
use formwork_model::{
    code,
    id::RecordId,
    locale,
    name::Name,
    text,
    text::{Language, Text},
};
use serde_json::Value as Json;

use crate::{
    access::Eyes,
    decider::{Decider, Key},
    filling::{Filling, failed},
    rejection::{Kind, Refusal, Rejection},
};

/// A page to print.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// What the page is called.
    pub label: Text,
    /// What the record is called.
    pub title: String,
    /// The sheet it is printed on.
    pub sheet: Sheet,
    /// Its HTML. What people typed is escaped in it.
    pub content: String,
}

impl Eyes<'_> {
    /// What a record can be printed as, by name: the pages of the release that decides it, and those that were added
    /// since.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn prints(&self, object: Name, id: RecordId) -> Result<Vec<(Name, Text)>, Refusal> {
        self.ask(|decider| {
            decider.see((object, id))?;
            let pages = decider.pages_of((object, id))?;
            Ok(pages.into_iter().map(|page| (page.name, page.label.clone())).collect())
        })
    }

    /// A record as the page `name`: what the reader does not see of it, and of what it refers to, is empty.
    ///
    /// # Errors
    /// When there is no such record or page, or the store fails.
    pub fn print(&self, (object, id): Key, name: &str, language: Language) -> Result<Printed, Refusal> {
        self.ask(|decider| {
            decider.see((object, id))?;
            let pages = decider.pages_of((object, id))?;
            let Some(template) = pages.into_iter().find(|page| page.name == *name) else {
                let message = text!("there is no page `{name}` to print", "没有打印页面 `{name}`");
                return Err(Rejection::new(Kind::NotFound, code!("unknown-template"), message).into());
            };
            let filling = Filling { decider, language, as_reader: true };
            let mut values = filling.values_of((object, id), &template.reads)?;
            let [on, by] = PRINTED;
            if let Json::Object(values) = &mut values {
                values.insert(on.to_owned(), Json::String(locale::date(decider.today, language)));
                values.insert(
                    by.to_owned(),
                    Json::String(decider.name_of(("user", "login"), &decider.command.actor.login)?),
                );
            }
            let content =
                template.render(Part::Text, language, &values).map_err(|error| failed(template.name, &error))?;
            // INVARIANT: a page of `pages_of` has a sheet.
            let sheet = template.print.unwrap_or(Sheet { paper: Default::default(), landscape: false });
            Ok(Printed { label: template.label.clone(), title: decider.title_seen((object, id))?, sheet, content })
        })
    }
}

impl Decider<'_> {
    fn pages_of(&self, key: Key) -> Result<Vec<std::sync::Arc<Template>>, Refusal> {
        let own = self.catalog_of(key)?;
        let pages = own.templates.values().chain(
            self.catalog()
                .templates
                .iter()
                .filter(|(name, _)| !own.templates.contains_key(*name))
                .map(|(_, page)| page),
        );
        Ok(pages.filter(|page| page.print.is_some() && page.object == key.0).cloned().collect())
    }
}
