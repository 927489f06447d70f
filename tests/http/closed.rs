//! A workshop that asks for passwords, with people who have one.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use formwork_account::{
    hash,
    password::{self, Setting},
};
use formwork_model::{
    clock::{Clock, SettableClock},
    name::Name,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::{
    embedded::Embedded,
    store::{self, Order, transact},
    table::audit,
};
use formwork_web::{App, Served, Settings, router};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::support::{NOW, Reply, Site};

/// What everybody has.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Comes from a page of this server, as a browser says it.
pub(super) const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A site that asks for passwords.
pub(super) struct Closed {
    pub(super) site: Site,
    clock: Arc<SettableClock>,
}

impl Closed {
    /// With ann, who is a chief, and wim, who is not.
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let closed = Self::empty(settings);
        for login in ["ann", "wim"] {
            closed.add(login);
        }
        closed.run(Request::Create {
            object: Name::intern("position"),
            values: json!({"user": "ann", "role": "chief"}).as_object().unwrap().clone(),
        });
        closed
    }

    /// With nobody.
    pub(super) fn empty(settings: Settings) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        Self { site: Site::over(settings, Arc::new(Embedded::memory().unwrap()), clock.clone()), clock }
    }

    /// With nobody, where these roles say who may do what.
    pub(super) fn guarded(roles: &[(&str, &str)]) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        Self { site: Site::guarded_with(Settings::default(), roles, clock.clone()), clock }
    }

    pub(super) fn book(&self) -> Arc<Book> {
        self.site.app.books()[0].book.clone()
    }

    /// Lets time pass, after what is queued was written: a use is noted without anybody waiting for it.
    pub(super) fn pass(&self, seconds: i64) {
        transact(&**self.book().store(), |_| Ok::<_, ()>(())).unwrap().unwrap();
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    pub(super) fn run(&self, request: Request) {
        self.book().run(Command::new(Actor::system(), request)).unwrap();
    }

    /// A user who can sign in.
    pub(super) fn add(&self, login: &str) {
        self.run(Request::Create {
            object: Name::intern("user"),
            values: json!({"login": login, "name": login}).as_object().unwrap().clone(),
        });
        self.set_password(login, false);
    }

    pub(super) fn set_password(&self, login: &str, must_change: bool) {
        give_password(&self.book(), login, must_change);
    }

    /// Says whether a user is in use.
    pub(super) fn set_active(&self, login: &str, active: bool) {
        let user = Name::intern("user");
        let id = self.book().resolve(user, &json!(login)).unwrap().unwrap();
        let values = json!({"active": active}).as_object().unwrap().clone();
        self.run(Request::Update { object: user, id, rev: None, values });
    }

    /// An attempt to sign in.
    pub(super) async fn attempt(&self, login: &str, password: &str, headers: &[(&str, &str)]) -> Reply {
        let body = json!({"login": login, "password": password});
        self.site.write("POST", "/~/sign-in", headers, body).await
    }

    /// Signs in; the cookie as the browser sends it.
    pub(super) async fn sign_in(&self, login: &str) -> String {
        cookie_of(&self.attempt(login, PASSWORD, &[]).await.expect(200))
    }

    /// Asks with a cookie, from a page of this server.
    pub(super) async fn ask(&self, cookie: &str, method: &str, path: &str) -> Reply {
        self.site.send(method, path, &[("cookie", cookie), OWN_PAGE], Body::empty()).await
    }

    /// As [`Closed::ask`], with a body.
    pub(super) async fn say(&self, cookie: &str, path: &str, body: Json) -> Reply {
        self.site.write("POST", path, &[("cookie", cookie), OWN_PAGE], body).await
    }

    /// Makes a key; its secret as a header.
    pub(super) async fn key(&self, cookie: &str, name: &str, scopes: Json) -> String {
        let made = self.say(cookie, "/~/own-keys", json!({"name": name, "scopes": scopes})).await.expect(201);
        format!("Bearer {}", made.json()["key"].as_str().unwrap())
    }

    /// Asks with a key.
    pub(super) async fn by_key(&self, key: &str, method: &str, path: &str) -> Reply {
        self.site.write(method, path, &[("authorization", key)], json!({})).await
    }

    /// What the audit log says: who did what, the oldest first. It must be whole.
    pub(super) fn audit(&self) -> Vec<(String, String)> {
        self.entries().into_iter().map(|entry| (entry.actor, entry.what)).collect()
    }

    /// The entries of the audit log, the oldest first. It must be whole.
    pub(super) fn entries(&self) -> Vec<audit::Entry> {
        audited(&self.book())
    }

    /// Whether a text stands anywhere in the store.
    pub(super) fn keeps(&self, text: &str) -> bool {
        let mut found = false;
        store::read(&**self.book().store(), |view| {
            view.scan(&[], &[0xFF; 64], Order::Forward, &mut |key, value| {
                found |= [key, value].iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
                std::ops::ControlFlow::Continue(())
            })
        })
        .unwrap();
        found
    }

    /// How many passwords were verified so far.
    pub(super) async fn verified(&self) -> u64 {
        let text = String::from_utf8(self.site.get("/metrics").await.expect(200).bytes).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("formwork_password_checks_total "));
        line.unwrap().parse().unwrap()
    }
}

/// The cookie that an answer sets, as the browser sends it.
pub(super) fn cookie_of(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

impl Closed {
    /// The same book served beside another one of this name, in which ann has the same password.
    pub(super) fn beside(&self, name: &'static str) -> Site {
        let other = Arc::new(
            Book::open(Arc::new(Embedded::memory().unwrap()), super::support::catalog_of(name), self.clock.clone())
                .unwrap(),
        );
        let values = json!({"login": "ann", "name": "Ann"}).as_object().unwrap().clone();
        let create = Request::Create { object: Name::intern("user"), values };
        other.run(Command::new(Actor::system(), create)).unwrap();
        give_password(&other, "ann", false);
        let served = [self.site.app.books()[0].book.clone(), other].map(Served::new);
        let app = App::new(served, self.site.app.settings().clone());
        Site { router: router(app.clone()), app }
    }
}

/// The audit log of a book, the oldest entry first. It must be whole.
pub(super) fn audited(book: &Book) -> Vec<audit::Entry> {
    let (start, end) = audit::range_from(0);
    store::read(&**book.store(), |view| {
        audit::verify(view, &mut |seq, what| panic!("entry {seq}: {what}"))?;
        let mut entries = Vec::new();
        view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
            entries.push(audit::decode(bytes).unwrap().entry);
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(entries)
    })
    .unwrap()
}

pub(crate) fn give_password(book: &Book, login: &str, must_change: bool) {
    static PHC: OnceLock<String> = OnceLock::new();
    let phc = PHC.get_or_init(|| hash::hash(PASSWORD).unwrap()).clone();
    let setting = Setting {
        login: login.to_owned(),
        phc,
        must_change,
        instead_of: None,
        keep: None,
        actor: "system".into(),
        address: String::new(),
    };
    let now = book.now();
    transact(&**book.store(), move |txn| password::set(txn, &setting, now)).unwrap().unwrap();
}
