//! Signing in with an account of another system, with an issuer behind a real socket; and every lie that an issuer, a
//! link or a browser can tell.

use std::{collections::BTreeMap, sync::Arc};

use formwork_integration::delivery::Secrets;
use formwork_model::{
    clock::{Clock as _, SettableClock},
    name::Name,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::embedded::Embedded;
use formwork_web::Settings;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::{
    closed::{audited, give_password},
    issuer::{CLIENT, Issuer, Lie, SECRET},
    support::{NOW, Reply, Site, catalog_with},
};

pub(super) const WORKER: &[(&str, &str)] = &[(
    "definitions/work/worker.role.yaml",
    "
role: worker
label: {zh: 工人, en: Worker}
grants:
  own: {on: job, may: [read, create, update, act], rows: own}
",
)];

/// A workshop that people sign in to with accounts of an issuer.
pub(super) struct World {
    pub(super) site: Site,
    pub(super) issuer: Issuer,
    clock: Arc<SettableClock>,
}

/// What a browser keeps: its cookies.
#[derive(Default, Clone)]
pub(super) struct Browser(pub(super) BTreeMap<String, String>);

impl Browser {
    pub(super) fn cookie(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(super) async fn go(&mut self, site: &Site, path: &str) -> Reply {
        self.ask(site, "GET", path, &[], "").await
    }

    /// Who it is signed in to a book as.
    pub(super) async fn who(&mut self, site: &Site, book: &str) -> Option<String> {
        let me = self.go(site, &format!("/{book}/api/who-am-i")).await;
        (me.status == 200).then(|| me.json()["login"].as_str().unwrap().to_owned())
    }

    /// Sends a form from a page of the site.
    pub(super) async fn send(&mut self, site: &Site, path: &str, form: &str) -> Reply {
        self.ask(site, "POST", path, &[("sec-fetch-site", "same-origin")], form).await
    }

    pub(super) async fn ask(
        &mut self,
        site: &Site,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        form: &str,
    ) -> Reply {
        let cookie = self.cookie();
        let own =
            [("cookie", cookie.as_str()), ("host", "forms.test"), ("accept", "text/html"), ("accept-language", "en")];
        let headers = [&own[..], more, &[("content-type", "application/x-www-form-urlencoded")]].concat();
        let reply = site.send(method, path, &headers, form.to_owned()).await;
        for line in reply.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }
}

/// The path of an address of the site.
pub(super) fn path_of(address: &str) -> &str {
    address.strip_prefix("http://forms.test").unwrap_or_else(|| panic!("{address} is elsewhere"))
}

impl World {
    /// Where `more` stands in the provider and `sign_in` beside it.
    pub(super) fn new(more: &str, sign_in: &str) -> Self {
        Self::with(more, sign_in, |settings| settings)
    }

    pub(super) fn with(more: &str, sign_in: &str, change: impl FnOnce(Settings) -> Settings) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let issuer = Issuer::start(clock.clone());
        let book = format!(
            "sign_in:\n  {sign_in}\n  providers:\n    staff:\n      label: {{zh: 企业账号, en: Company account}}\n      issuer: {}\n      client: {CLIENT}\n      secret: STAFF_SECRET\n      internal: true\n      {more}\n",
            issuer.url()
        );
        let catalog = catalog_with("workshop", &book, WORKER);
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock.clone()).unwrap();
        let secrets = Secrets::new(|name| (name == "STAFF_SECRET").then(|| SECRET.to_owned()));
        let settings = change(Settings { secrets, allow_internal: true, ..Settings::default() });
        let world = Self { site: Site::of(settings, book), issuer, clock };
        world.add("ann", true);
        world
    }

    pub(super) fn book(&self) -> Arc<Book> {
        self.site.app.book("workshop").unwrap().book.clone()
    }

    fn run(&self, request: Request) {
        self.book().run(Command::new(Actor::system(), request)).unwrap();
    }

    fn add(&self, login: &str, active: bool) {
        let values = json!({"login": login, "name": login, "active": active}).as_object().unwrap().clone();
        self.run(Request::Create { object: Name::intern("user"), values });
    }

    fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    /// Goes to the issuer and is sent back; where to.
    async fn there(&self, browser: &mut Browser) -> String {
        let away = browser.go(&self.site, "/workshop/sign-in/with/staff?back=/workshop/tasks").await.expect(303);
        self.issuer.visit(away.header("location"))
    }

    /// Signs in; what the site answers at the end.
    pub(super) async fn sign_in(&self, browser: &mut Browser) -> Reply {
        let back = self.there(browser).await;
        browser.go(&self.site, path_of(&back)).await
    }

    /// Who the browser is signed in as.
    pub(super) async fn who(&self, browser: &mut Browser) -> Option<String> {
        browser.who(&self.site, "workshop").await
    }

    fn audit(&self) -> Vec<(String, String, String)> {
        audited(&self.book()).into_iter().map(|entry| (entry.actor, entry.what, entry.more)).collect()
    }

    /// The last thing that the audit log tells, with why.
    fn last(&self) -> (String, String) {
        let (_, what, more) = self.audit().pop().unwrap();
        let more: Json = if more.is_empty() { Json::Null } else { serde_json::from_str(&more).unwrap() };
        (what, more["why"].as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn somebody_signs_in_with_keys_of_both_kinds_and_out_again() {
    for algorithm in ["RS256", "ES256"] {
        let world = World::new("", "");
        world.issuer.state().algorithm = algorithm;
        let mut browser = Browser::default();
        let page = browser.go(&world.site, "/workshop/sign-in").await.expect(200).text();
        assert!(page.contains("Sign in with Company account") && page.contains("name=\"password\""), "{page}");
        let reply = world.sign_in(&mut browser).await.expect(303);
        assert_eq!((reply.header("location"), reply.header("cache-control")), ("/workshop/tasks", "no-store"));
        assert_eq!(browser.0.keys().collect::<Vec<_>>(), ["fw_workshop"], "what it brought back is used up");
        assert_eq!(world.who(&mut browser).await.as_deref(), Some("ann"));
        let told: Vec<String> = world.audit().into_iter().map(|(_, what, _)| what).collect();
        assert!(told.ends_with(&["account-linked".into(), "sign-in".into()]), "{told:?}");
        let cookie = browser.cookie();
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
        world.site.send("POST", "/~/sign-out", &headers, "").await.expect(204);
        assert_eq!(world.who(&mut browser).await, None);
    }
}

#[tokio::test]
async fn no_lie_of_an_answer_is_believed() {
    let world = World::new("", "");
    for lie in [
        Lie::WrongKey,
        Lie::Unsigned,
        Lie::SharedSecret,
        Lie::PublicKeyAsSecret,
        Lie::OtherAudience,
        Lie::OtherParty,
        Lie::OtherIssuer,
        Lie::Expired,
        Lie::OfTheFuture,
        Lie::OtherNonce,
        Lie::NoNonce,
        Lie::Changed,
        Lie::NoToken,
    ] {
        for algorithm in ["RS256", "ES256"] {
            (world.issuer.state().lie, world.issuer.state().algorithm) = (lie, algorithm);
            let mut browser = Browser::default();
            let reply = world.sign_in(&mut browser).await;
            assert_eq!(reply.status.as_u16(), 401, "{lie:?}: {reply}");
            assert!(reply.text().contains("does not prove who you are"), "{lie:?}: {reply}");
            assert_eq!(browser.0.len(), 0, "{lie:?}: {:?}", browser.0);
        }
    }
    world.issuer.state().lie = Lie::None;
    world.sign_in(&mut Browser::default()).await.expect(303);
}

#[tokio::test]
async fn what_comes_back_is_good_once_and_for_the_browser_that_asked() {
    let world = World::new("", "");
    let mut browser = Browser::default();
    let back = world.there(&mut browser).await;
    let kept = browser.0.clone();
    // Somebody else's browser, with and without a sign-in of its own: a link that was sent to a victim.
    let mut victim = Browser::default();
    assert_eq!(victim.go(&world.site, path_of(&back)).await.status, 401);
    world.there(&mut victim).await;
    assert_eq!(victim.go(&world.site, path_of(&back)).await.status, 401);
    assert_eq!(victim.0.len(), 0);
    browser.go(&world.site, path_of(&back)).await.expect(303);
    // The same once more, also with a cookie that was copied.
    assert_eq!(browser.go(&world.site, path_of(&back)).await.status, 401);
    let mut copied = Browser(kept);
    assert_eq!(copied.go(&world.site, path_of(&back)).await.status, 401);
    // A state that was used is used, even where the issuer would give another code for it.
    let state = back.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let mut other = Browser::default();
    let fresh = world.there(&mut other).await;
    let code = fresh.split("code=").nth(1).unwrap();
    let mixed = format!("/workshop/sign-in/with/staff/back?state={state}&code={code}");
    assert_eq!(other.go(&world.site, &mixed).await.status, 401);
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_or_was_changed_on_the_way_is_none() {
    let world = World::new("", "");
    let mut slow = Browser::default();
    let back = world.there(&mut slow).await;
    world.pass(601);
    assert_eq!(slow.go(&world.site, path_of(&back)).await.status, 401);
    let changes: [fn(&str) -> String; 5] = [
        |back| back.replace("state=", "state=x"),
        |back| format!("{back}&state=x"),
        |back| back.replace("iss=http", "iss=https"),
        |back| back.split("&iss=").next().unwrap().to_owned() + "&code=" + back.split("code=").nth(1).unwrap(),
        |back| back.replace("code=", "code=x"),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut browser = Browser::default();
        let back = world.there(&mut browser).await;
        let reply = browser.go(&world.site, &change(path_of(&back))).await;
        assert_eq!(reply.status, 401, "{place}: {reply}");
        assert_eq!(world.who(&mut browser).await, None);
    }
    // Another way back than the one it was begun for.
    let mut browser = Browser::default();
    let back = world.there(&mut browser).await;
    let elsewhere = path_of(&back).replace("/staff/", "/nobody/");
    assert_eq!(browser.go(&world.site, &elsewhere).await.status, 404);
}

#[tokio::test]
async fn whoever_refuses_there_is_not_let_in_here() {
    let world = World::new("", "");
    world.issuer.state().refuses = true;
    let mut browser = Browser::default();
    let reply = world.sign_in(&mut browser).await;
    assert_eq!(reply.status, 401);
    assert!(reply.text().contains("Company account did not let you in"), "{reply}");
    let chinese = [("cookie", ""), ("accept-language", "zh"), ("host", "forms.test")];
    let page = world.site.send("GET", "/workshop/sign-in", &chinese, "").await.text();
    assert!(page.contains("使用企业账号登录"), "{page}");
}

#[tokio::test]
async fn keys_that_changed_are_read_again_once() {
    let world = World::new("", "");
    world.sign_in(&mut Browser::default()).await.expect(303);
    assert_eq!(world.issuer.state().key_reads, 1);
    world.sign_in(&mut Browser::default()).await.expect(303);
    assert_eq!(world.issuer.state().key_reads, 1, "they are kept");
    world.issuer.state().generation = 1;
    world.sign_in(&mut Browser::default()).await.expect(303);
    assert_eq!(world.issuer.state().key_reads, 2);
    // A token of the former keys, whose set is gone.
    world.issuer.state().lie = Lie::WrongKey;
    assert_eq!(world.sign_in(&mut Browser::default()).await.status, 401);
    assert_eq!(world.issuer.state().key_reads, 3, "one look is enough");
}

#[tokio::test]
async fn an_account_is_known_by_itself_once_it_was_here() {
    let world = World::new("", "");
    world.sign_in(&mut Browser::default()).await.expect(303);
    // Renamed there: still the same person here.
    world.issuer.state().person = json!({"sub": "4711", "preferred_username": "ann.b"});
    let mut renamed = Browser::default();
    world.sign_in(&mut renamed).await.expect(303);
    assert_eq!(world.who(&mut renamed).await.as_deref(), Some("ann"));
    // Another person who was given her name there.
    world.issuer.state().person = json!({"sub": "9", "preferred_username": "ann"});
    let mut other = Browser::default();
    assert_eq!(world.sign_in(&mut other).await.status, 403);
    assert_eq!(world.last(), ("sign-in-failed".into(), "another account of the login".into()));
    assert_eq!(world.who(&mut renamed).await.as_deref(), Some("ann"));
}

#[tokio::test]
async fn people_who_are_not_known_or_not_in_use_are_refused_alike() {
    let world = World::new("", "");
    world.add("old", false);
    let people = [
        (json!({"sub": "1", "preferred_username": "nobody"}), "no user in use"),
        (json!({"sub": "2", "preferred_username": "old"}), "no user in use"),
        (json!({"sub": "3"}), "unknown account"),
        (json!({"sub": "4", "preferred_username": "system"}), "no user in use"),
    ];
    let mut said = Vec::new();
    for (person, why) in people {
        world.issuer.state().details = json!({"sub": person["sub"]});
        world.issuer.state().person = person;
        let reply = world.sign_in(&mut Browser::default()).await;
        assert_eq!(reply.status, 403);
        said.push(reply.text());
        assert_eq!(world.last(), ("sign-in-failed".into(), why.into()));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "nobody learns which reason it was");
    // Out with the next request, and in again.
    world.issuer.state().person = json!({"sub": "4711", "preferred_username": "ann"});
    let mut browser = Browser::default();
    world.sign_in(&mut browser).await.expect(303);
    let user = Name::intern("user");
    let id = world.book().resolve(user, &json!("ann")).unwrap().unwrap();
    let values = json!({"active": false}).as_object().unwrap().clone();
    world.run(Request::Update { object: user, id, rev: None, values });
    assert_eq!(world.who(&mut browser).await, None);
    assert_eq!(world.sign_in(&mut Browser::default()).await.status, 403);
}

#[tokio::test]
async fn new_people_get_the_role_that_the_book_says_and_nothing_else() {
    let world = World::new("new_people: worker", "");
    world.issuer.state().person = json!({"sub": "1", "preferred_username": "kim", "name": "Kim K.", "role": "admin"});
    let mut browser = Browser::default();
    world.sign_in(&mut browser).await.expect(303);
    let me = browser.go(&world.site, "/workshop/api/who-am-i").await.expect(200).json();
    assert_eq!((&me["login"], &me["name"], &me["roles"]), (&json!("kim"), &json!("Kim K."), &json!(["worker"])));
    world.sign_in(&mut Browser::default()).await.expect(303);
    let held = world.book().person("kim", None).unwrap();
    assert_eq!(held.positions.len(), 1, "once");
    // Nobody is made anew who is there and not in use, and nobody is the engine.
    world.add("old", false);
    for name in ["old", "system", "connector:mill", "", "a b"] {
        world.issuer.state().person = json!({"sub": format!("x{name}"), "preferred_username": name});
        assert_eq!(world.sign_in(&mut Browser::default()).await.status, 403, "{name}");
    }
}

#[tokio::test]
async fn an_address_counts_only_when_the_issuer_has_verified_it_and_details_only_of_the_same_person() {
    let world = World::new("claim: email", "");
    world.add("bo@forms.test", true);
    for verified in [json!(null), json!(false), json!("false")] {
        world.issuer.state().person = json!({"sub": "1", "email": "bo@forms.test", "email_verified": verified});
        assert_eq!(world.sign_in(&mut Browser::default()).await.status, 403, "{verified}");
    }
    world.issuer.state().person = json!({"sub": "1"});
    world.issuer.state().details = json!({"sub": "2", "email": "bo@forms.test", "email_verified": true});
    assert_eq!(world.sign_in(&mut Browser::default()).await.status, 401, "details of somebody else");
    world.issuer.state().details = json!({"sub": "1", "email": "bo@forms.test", "email_verified": true});
    let mut browser = Browser::default();
    world.sign_in(&mut browser).await.expect(303);
    assert_eq!(world.who(&mut browser).await.as_deref(), Some("bo@forms.test"));
}

#[tokio::test]
async fn a_lock_is_of_the_login_whichever_way_somebody_comes() {
    let world = World::new("", "");
    give_password(&world.book(), "ann", true);
    let mut browser = Browser::default();
    world.sign_in(&mut browser).await.expect(303);
    assert_eq!(world.who(&mut browser).await.as_deref(), Some("ann"), "no password is to be changed");
    browser.go(&world.site, "/workshop/api/job").await.expect(200);
    for _ in 0..5 {
        let body = json!({"login": "ann", "password": "wrong"});
        world.site.write("POST", "/~/sign-in", &[], body).await.refused(401, "wrong-credentials");
    }
    assert_eq!(world.sign_in(&mut Browser::default()).await.status, 403);
    assert_eq!(world.audit().pop().unwrap().1, "sign-in-locked");
    world.pass(3600);
    world.sign_in(&mut Browser::default()).await.expect(303);
}

#[tokio::test]
async fn a_book_can_do_without_passwords() {
    let world = World::new("", "password: false");
    give_password(&world.book(), "ann", false);
    let mut browser = Browser::default();
    let page = browser.go(&world.site, "/workshop/sign-in").await.expect(200).text();
    assert!(!page.contains("name=\"password\"") && page.contains("Company account"), "{page}");
    let body = json!({"login": "ann", "password": super::closed::PASSWORD});
    world.site.write("POST", "/~/sign-in", &[], body).await.refused(403, "password-switched-off");
    world.sign_in(&mut browser).await.expect(303);
    let cookie = browser.cookie();
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let body = json!({"old": super::closed::PASSWORD, "new": "another long sentence"});
    world.site.write("POST", "/~/change-password", &headers, body).await.refused(403, "password-switched-off");
}

#[tokio::test]
async fn a_session_ends_with_the_account_that_proved_it() {
    let world = World::new("", "");
    let position = json!({"user": "ann", "role": "admin"}).as_object().unwrap().clone();
    world.run(Request::Create { object: Name::intern("position"), values: position });
    world.add("bo", true);
    let (mut ann, mut bo) = (Browser::default(), Browser::default());
    world.sign_in(&mut ann).await.expect(303);
    world.issuer.state().person = json!({"sub": "2", "preferred_username": "bo"});
    world.sign_in(&mut bo).await.expect(303);
    let unlink = async |browser: &Browser, login: &str| {
        let cookie = browser.cookie();
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
        world.site.send("POST", &format!("/~/people/{login}/unlink"), &headers, "").await
    };
    unlink(&bo, "ann").await.refused(403, "not-allowed");
    assert_eq!(unlink(&ann, "bo").await.expect(200).json(), json!({"unlinked": 1}));
    assert_eq!(world.who(&mut bo).await, None);
    // The account that was given his name can now be his.
    world.issuer.state().person = json!({"sub": "22", "preferred_username": "bo"});
    world.sign_in(&mut bo).await.expect(303);
    assert_eq!(world.who(&mut bo).await.as_deref(), Some("bo"));
}

#[tokio::test]
async fn a_provider_is_asked_only_where_it_may_be_and_only_as_what_it_is() {
    let unreachable = async |world: &World| {
        let reply = Browser::default().go(&world.site, "/workshop/sign-in/with/staff").await;
        assert!(reply.status == 503 && reply.text().contains("can&#x27;t be reached"), "{reply}");
    };
    let world = World::with("", "", |settings| Settings { allow_internal: false, ..settings });
    unreachable(&world).await;
    assert_eq!(world.issuer.state().key_reads, 0);
    let world = World::with("", "", |settings| Settings { secrets: Secrets::new(|_| None), ..settings });
    unreachable(&world).await;
    let world = World::new("", "");
    world.issuer.state().claims_to_be = Some("http://elsewhere.example".into());
    unreachable(&world).await;
}

#[tokio::test]
async fn people_are_sent_back_to_the_server_s_own_address_and_into_their_book() {
    let world = World::with("", "", |settings| Settings { url: Some("https://own.test".into()), ..settings });
    let mut browser = Browser::default();
    let away = browser.go(&world.site, "/workshop/sign-in/with/staff?back=//evil.test").await.expect(303);
    let away = away.header("location").to_owned();
    assert!(away.contains("redirect_uri=https%3A%2F%2Fown.test%2Fworkshop%2Fsign-in%2Fwith%2Fstaff%2Fback"), "{away}");
    let back = world.issuer.visit(&away);
    let reply = browser.go(&world.site, back.strip_prefix("https://own.test").unwrap()).await.expect(303);
    assert_eq!(reply.header("location"), "/workshop");
}
