//! The menu: beside every page what of it the reader may see, and as a page of its own for small screens.

use axum::http::StatusCode;
use formwork_catalog::{catalog::MenuItem, role::Action};
use formwork_definition::kind::role::May;
use formwork_model::{name::Name, text};
use serde_json::{Value as Json, json};

use super::view::{View, initial};
use crate::{api::Answer, ask::Ask};

/// Entries of a menu that needs no folding.
const SHORT_MENU: usize = 12;

/// `GET /{book}/menu`
pub(crate) async fn menu(ask: Ask) -> Answer {
    ask.page("menu_page", StatusCode::OK, |view| view.frame("menu", view.word("menu"), json!({}))).await
}

impl View {
    /// The modules of the menu with what the reader may see.
    pub(super) fn menu(&self, page: &str) -> Json {
        // One question for all entries, not one for each.
        let all: Vec<Name> = self.catalog.objects.keys().copied().collect();
        let allowed = self.eyes().allowed_by_role(&all, Action::May(May::Read)).unwrap_or_default();
        let entry = |name: Name| {
            let object = self.catalog.object(name).filter(|_| allowed.contains(&name))?;
            let (label, current) = (self.say(&object.label), page == name.as_str());
            Some(json!({"label": label, "initial": initial(label), "href": self.list_href(name), "current": current}))
        };
        let led = |item: &MenuItem| match item {
            MenuItem::Object(object) => entry(*object),
            MenuItem::Report(_) | MenuItem::Dashboard(_) => {
                let (_, label, href) = self.read().iter().find(|(known, ..)| known == item)?;
                let current = page == href.strip_prefix(&self.root).unwrap_or(href).trim_start_matches('/');
                Some(json!({"label": label, "initial": initial(label), "href": href, "current": current}))
            }
        };
        let modules = self.catalog.book.menu.iter().map(|module| {
            let items: Vec<Json> = module.items.iter().filter_map(led).collect();
            json!({"name": module.module.as_str(), "label": self.say(&module.label), "items": items})
        });
        let mut menu: Vec<Json> = modules.collect();
        // What the book's own menu has is not said twice, nor is a heading.
        let known =
            |name: &Name| self.catalog.book.menu.iter().any(|module| module.objects().any(|object| object == *name));
        let system = ["user", "department", "position", "absence", "proxy"].into_iter().filter_map(Name::find);
        let system: Vec<Json> = system.filter(|name| !known(name)).filter_map(entry).collect();
        let organisation = text!("Organisation", "组织");
        let label = self.say(&organisation);
        match menu.iter_mut().find(|module| module["label"] == label) {
            Some(module) => module["items"].as_array_mut().into_iter().for_each(|items| items.extend(system.clone())),
            None => menu.push(json!({"name": "organisation", "label": label, "items": system})),
        }
        menu.extend(super::admin::menu(self, page));
        menu.retain(|module| module["items"].as_array().is_some_and(|items| !items.is_empty()));
        self.fold(&mut menu);
        Json::Array(menu)
    }

    /// Which modules of the menu show their entries: that of this page, and those the reader has opened; of a short menu
    /// all, until the reader closes one.
    fn fold(&self, menu: &mut [Json]) {
        let items = |module: &Json| module["items"].as_array().map_or(0, Vec::len);
        let is_short = menu.iter().map(items).sum::<usize>() <= SHORT_MENU;
        let opened = |name: &str| match &self.opened {
            Some(opened) => opened.split('.').any(|known| known == name),
            None => is_short,
        };
        for module in menu {
            let here = module["items"].as_array().into_iter().flatten().any(|item| item["current"] == true);
            let is_open = here || module["name"].as_str().is_some_and(opened);
            module["open"] = json!(is_open);
        }
    }
}
