//! What every page is made with: the book, who looks at it, in which language; and the frame around a page.

use std::{
    cell::{OnceCell, RefCell},
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::http::{HeaderValue, StatusCode, header};
use formwork_catalog::{
    catalog::{Catalog, MenuItem},
    object::Object,
    role::Action,
};
use formwork_definition::kind::role::May;
use formwork_model::{
    code,
    id::RecordId,
    name::Name,
    record::Record,
    text,
    text::{Language, Text},
};
use formwork_runtime::{
    access::Eyes,
    book::Book,
    command::Actor,
    rejection::{Refusal, Rejection},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value as Json, json};

use super::{asset, looking, template, words};
use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
    header as headers,
};

/// Nothing from elsewhere, nothing inline: a page can run and show only what this server sends as a file.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How many messages are looked at to count the unread ones.
const MESSAGES: usize = 99;

/// What a page is made with.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) book: Arc<Book>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) actor: Actor,
    pub(crate) language: Language,
    /// `/BOOK`
    pub(crate) root: String,
    /// The address of this page.
    pub(crate) here: String,
    pub(crate) now: Timestamp,
    theme: &'static str,
    dev: bool,
    /// Whether the server has other books.
    several: bool,
    /// Whether somebody else looks at this as the reader.
    viewing: bool,
    /// What was just done, as a page says it.
    did: Option<String>,
    /// The modules of the menu that the reader has opened, as a browser keeps them.
    pub(super) opened: Option<String>,
    titles: RefCell<HashMap<(Name, RecordId), String>>,
    people: RefCell<HashMap<String, String>>,
    allowed: RefCell<HashMap<(Name, May), bool>>,
    read: OnceCell<Vec<(MenuItem, String, String)>>,
}

impl View {
    /// The view of a request.
    pub(crate) fn of(ask: &Ask) -> Self {
        let head = ask.call.headers();
        let uri = &ask.call.parts.uri;
        let mut view = Self {
            book: ask.book().clone(),
            catalog: ask.catalog.clone(),
            actor: ask.actor.clone(),
            language: headers::language(head),
            root: format!("/{}", ask.served.name),
            here: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            now: ask.book().now(),
            theme: theme(head),
            dev: ask.call.app.settings().dev,
            several: ask.call.app.books().len() > 1,
            viewing: ask.behind.is_some(),
            did: uri.query().and_then(|query| {
                form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name == "did")
                    .map(|(_, did)| did.into_owned())
            }),
            opened: headers::cookie(head, headers::MENU_COOKIE),
            titles: RefCell::default(),
            people: RefCell::default(),
            allowed: RefCell::default(),
            read: OnceCell::new(),
        };
        if headers::cookie(head, headers::LANGUAGE_COOKIE).is_none()
            && let Some(own) = view.own_language()
        {
            view.language = own;
        }
        view
    }

    /// The book as the reader sees it.
    pub(crate) fn eyes(&self) -> Eyes<'_> {
        self.book.eyes(&self.actor)
    }

    /// Whether the reader may do something with some records of an object.
    pub(crate) fn may_some(&self, object: Name, may: May) -> bool {
        if let Some(known) = self.allowed.borrow().get(&(object, may)) {
            return *known;
        }
        let allowed = self.eyes().may_some(object, Action::May(may)).unwrap_or(false);
        self.allowed.borrow_mut().insert((object, may), allowed);
        allowed
    }

    /// The language of the user's own record.
    fn own_language(&self) -> Option<Language> {
        let (user, language) = (Name::find("user")?, Name::find("language")?);
        let id = self.eyes().resolve(user, &Json::from(&*self.actor.login)).ok()??;
        let record = self.eyes().get(user, id).ok()?.record;
        record.fields.get(language).as_text().map(Language::from_tag)
    }

    /// A text of the definitions in the language of the page.
    pub(crate) fn say<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language)
    }

    /// A word of the pages themselves.
    pub(crate) fn word<'t>(&self, key: &'t str) -> &'t str {
        words::word(key, self.language)
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.catalog.book.zone
    }

    pub(crate) fn object(&self, name: &str) -> Result<Arc<Object>, Problem> {
        self.catalog.find_object(name).cloned().ok_or_else(|| crate::ask::not_found("object", name))
    }

    /// The record a path means.
    pub(crate) fn record_id(&self, object: Name, text: &str) -> Result<RecordId, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let found = self.eyes().resolve(object, &Json::from(text))?;
        found.ok_or_else(|| Rejection::no_record(object).into())
    }

    /// What a record is called. One that is gone, or that the user may not know of, has its id for a name.
    pub(crate) fn title(&self, object: Name, id: RecordId) -> String {
        if let Some(known) = self.titles.borrow().get(&(object, id)) {
            return known.clone();
        }
        let title = self.eyes().title(object, id).unwrap_or_default();
        self.titles.borrow_mut().insert((object, id), title.clone());
        title
    }

    /// Looks up at once what records are called that a page is going to name.
    pub(crate) fn foresee(&self, keys: impl IntoIterator<Item = (Name, RecordId)>) {
        let known = |key: &(Name, RecordId)| self.titles.borrow().contains_key(key);
        let wanted: HashSet<(Name, RecordId)> = keys.into_iter().filter(|key| !known(key)).collect();
        let wanted: Vec<(Name, RecordId)> = wanted.into_iter().collect();
        if wanted.len() > 1 {
            // What can't be read now is asked for, and told, when it is named.
            let titles = self.eyes().titles(&wanted).unwrap_or_default();
            self.titles.borrow_mut().extend(wanted.into_iter().zip(titles));
        }
    }

    /// The record of an object that a number or unique value means.
    pub(crate) fn by_text(&self, object: &str, text: &str) -> Option<Record> {
        let object = Name::find(object)?;
        let id = self.eyes().resolve(object, &Json::from(text)).ok()??;
        Some(self.eyes().get(object, id).ok()?.record)
    }

    /// What a user or department is called, by its login or code.
    pub(crate) fn called(&self, object: &str, key: &str) -> String {
        if object == "user" {
            return self.person(key);
        }
        let name = self.eyes().name_of_department(key).ok().flatten().filter(|name| !name.is_empty());
        name.unwrap_or_else(|| key.to_owned())
    }

    /// What a user is called.
    pub(crate) fn person(&self, login: &str) -> String {
        if let Some(known) = self.people.borrow().get(login) {
            return known.clone();
        }
        let name = self.eyes().name_of(login).ok().flatten().filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| self.word_for_login(login));
        self.people.borrow_mut().insert(login.to_owned(), name.clone());
        name
    }

    fn word_for_login(&self, login: &str) -> String {
        if login == "system" { self.say(&text!("System", "系统")).to_owned() } else { login.to_owned() }
    }

    pub(crate) fn list_href(&self, object: Name) -> String {
        format!("{}/{object}", self.root)
    }

    pub(crate) fn record_href(&self, object: Name, id: RecordId) -> String {
        format!("{}/{object}/{id}", self.root)
    }

    /// Whether the reader looks at the page as somebody else.
    pub(crate) fn is_looking(&self) -> bool {
        self.viewing
    }

    /// The values of a page with the frame around it. `page` is the word of the kind of page, or the object's name.
    pub(crate) fn frame(&self, page: &str, title: &str, body: Json) -> Result<Json, Problem> {
        let mut values = self.bare(page, title);
        let me = self.eyes().own_name().unwrap_or_else(|_| self.actor.login.to_string());
        let roles: Vec<&str> = self.actor.roles.iter().map(|role| role.as_str()).collect();
        let actor = [&*self.actor.login].into_iter().chain(roles).collect::<Vec<_>>().join(" ");
        values.insert("menu".into(), self.menu(page));
        values.insert("reports".into(), json!(!self.read().is_empty()));
        values.insert("several".into(), json!(self.several));
        values.insert("counts".into(), counts(&self.book, &self.actor)?);
        values.insert(
            "me".into(),
            json!({"login": &*self.actor.login, "initial": initial(&me), "name": me, "actor": actor}),
        );
        values.insert("own_password".into(), json!(self.catalog.book.sign_in.password && !self.viewing));
        if self.viewing {
            values.insert("viewing".into(), json!(me));
        }
        if let Some(said) = self.did.as_deref().and_then(|did| done(did, self.language)) {
            values.insert("notice".into(), json!({"tone": "good", "icon": "check", "text": said}));
        }
        if let Json::Object(body) = body {
            values.extend(body);
        }
        Ok(Json::Object(values))
    }

    /// The values that every page has, also one without a menu.
    fn bare(&self, page: &str, title: &str) -> Map<String, Json> {
        bare(
            &BareFrame {
                language: self.language,
                theme: self.theme,
                root: &self.root,
                label: self.say(&self.catalog.book.label),
                here: &self.here,
                dev: self.dev,
            },
            page,
            title,
        )
    }

    /// The reports and dashboards in which the reader sees something: what the menu calls them, their words and addresses.
    pub(crate) fn read(&self) -> &[(MenuItem, String, String)] {
        self.read.get_or_init(|| {
            let href = |kind: &str, name: Name| format!("{}/{kind}/{name}", self.root);
            let reports = self.eyes().reports().unwrap_or_default();
            let reports = reports
                .iter()
                .map(|one| (MenuItem::Report(one.name), self.say(&one.label).to_owned(), href("reports", one.name)));
            let dashboards = self.eyes().dashboards().unwrap_or_default();
            let dashboards = dashboards.iter().map(|one| {
                (MenuItem::Dashboard(one.name), self.say(&one.label).to_owned(), href("dashboards", one.name))
            });
            dashboards.chain(reports).collect()
        })
    }
}

/// How many messages of a reader are unread, up to 99, and tasks to decide.
pub(crate) fn counts(book: &Book, actor: &Actor) -> Result<Json, Refusal> {
    let unread = book.messages(&actor.login, MESSAGES)?.iter().filter(|(_, message)| !message.read).count();
    // More are not counted: nobody reads such a number.
    let shown = if unread < MESSAGES { unread.to_string() } else { format!("{MESSAGES}+") };
    Ok(json!({"unread": unread, "shown": shown, "todo": book.task_counts(actor)?.todo}))
}

/// What the frame needs when nobody is signed in.
pub(crate) struct BareFrame<'a> {
    pub(crate) language: Language,
    pub(crate) theme: &'static str,
    pub(crate) root: &'a str,
    pub(crate) label: &'a str,
    pub(crate) here: &'a str,
    pub(crate) dev: bool,
}

/// The values of a page without a menu.
pub(crate) fn bare(frame: &BareFrame<'_>, page: &str, title: &str) -> Map<String, Json> {
    let lang = match frame.language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let values = json!({
        "lang": lang, "theme": frame.theme, "assets": asset::root(), "page": page, "title": title, "here": frame.here,
        "dev": frame.dev, "book": {"label": frame.label, "root": frame.root},
        "words": words::spoken(frame.language),
    });
    if let Json::Object(values) = values { values } else { Map::new() }
}

/// `light`, `dark` or `auto`, as the cookie says.
pub(crate) fn theme(head: &axum::http::HeaderMap) -> &'static str {
    let chosen = headers::cookie(head, headers::THEME_COOKIE);
    ["light", "dark"].into_iter().find(|known| chosen.as_deref() == Some(*known)).unwrap_or("auto")
}

/// The first letter or character of a name.
pub(crate) fn initial(name: &str) -> String {
    name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default()
}

/// What a redirect says was done: only these words can be said.
fn done(did: &str, language: Language) -> Option<String> {
    let said = match did {
        "saved" => text!("Saved.", "已保存。"),
        "created" => text!("Created.", "已创建。"),
        "deleted" => text!("Deleted.", "已删除。"),
        "acted" => text!("Done.", "操作已完成。"),
        "approve" => text!("Approved.", "已同意。"),
        "reject" => text!("Rejected.", "已拒绝。"),
        "return" => text!("Returned.", "已退回。"),
        "transfer" => text!("Handed on.", "已转办。"),
        "delegate" => text!("Delegated; it comes back to you.", "已委派，完成后会回到您这里。"),
        "add" => text!("Asked.", "已加签。"),
        "recall" => text!("Taken back.", "已撤回。"),
        "urge" => text!("Reminded.", "已催办。"),
        "cc" => text!("Copy sent.", "已抄送。"),
        "comment" => text!("Comment kept.", "已评论。"),
        "shared" => text!("Shared.", "已共享。"),
        "unshared" => text!("Not shared with them any more.", "已取消共享。"),
        "kept_view" => text!("View saved.", "视图已保存。"),
        "dropped_view" => text!("View removed.", "视图已删除。"),
        "proxy" => text!("Proxy saved.", "委托已保存。"),
        _ => return None,
    };
    Some(said.get(language).to_owned())
}

impl Ask {
    /// Builds a page away from the threads that serve connections, and answers it.
    pub(crate) async fn page(
        &self,
        template: &'static str,
        status: StatusCode,
        build: impl FnOnce(&View) -> Result<Json, Problem> + Send + 'static,
    ) -> Answer {
        let view = View::of(self);
        let language = view.language;
        let values = self.blocking(move |_| Ok(build(&view))).await??;
        html(template, status, language, values)
    }

    /// As [`Ask::page`], of a page for which reports are computed.
    pub(crate) async fn counted_page(
        &self,
        template: &'static str,
        build: impl FnOnce(&View) -> Result<Json, Problem> + Send + 'static,
    ) -> Answer {
        let view = View::of(self);
        let language = view.language;
        let values = self.counting(move |_| Ok(build(&view))).await??;
        html(template, StatusCode::OK, language, values)
    }
}

/// A filled-in template as an answer.
pub(crate) fn html(template: &str, status: StatusCode, language: Language, values: Json) -> Answer {
    let looks = values.get("viewing").is_some();
    let mut page = template::render(template, language, values)
        .map_err(|error| Problem::fault(format!("page {template}: {error}")))?;
    if looks {
        page = looking::only(&page, words::word("viewing_reads", language));
    }
    let mut response = api::with_type(status, "text/html; charset=utf-8", page);
    let head = response.headers_mut();
    head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    head.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Sends the browser on, after a form was taken.
pub(crate) fn redirect(to: &str) -> Answer {
    let place = HeaderValue::try_from(to).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), text!("no such address", "地址无效"))
    })?;
    let mut response = api::empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// The address to go back to, when it is one of this book; anything else would lead people elsewhere.
pub(crate) fn back_to(given: Option<&str>, root: &str, otherwise: String) -> String {
    let own = given.filter(|path| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && !path.contains(['\\', '\r', '\n'])
            && path.is_ascii()
    });
    own.map_or(otherwise, str::to_owned)
}

/// The same address with what was done.
pub(crate) fn with_did(path: &str, did: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "did"));
    out.append_pair("did", did);
    format!("{path}?{}", out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_sends_nobody_to_another_site() {
        let back = |given| back_to(Some(given), "/book", "/book".to_owned());
        for bad in ["https:/evil", "//evil", "/bookish", "/other", "/book\r\nx", "/book\\x", ""] {
            assert_eq!(back(bad), "/book", "{bad}");
        }
        for good in ["/book", "/book?x=1", "/book/tasks?list=done"] {
            assert_eq!(back(good), good);
        }
        assert_eq!(with_did("/book/x?a=1&did=saved", "acted"), "/book/x?a=1&did=acted");
    }
}
