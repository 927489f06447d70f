//! One sign-in for several books: linked logins and accounts lead on, nothing else does.

use std::sync::Arc;

use formwork_account::provider::{link, of_book};
use formwork_integration::delivery::Secrets;
use formwork_model::{
    clock::{Clock as _, SettableClock},
    name::Name,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::{embedded::Embedded, store::transact};
use formwork_web::{App, Served, Settings, router};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::{
    closed::{PASSWORD, audited, give_password},
    issuer::{CLIENT, Issuer, SECRET},
    oidc::{Browser, WORKER, path_of},
    support::{NOW, Site, catalog_with},
};

/// Three books; somebody is `ann` in the first, `anna` in the second, `an` in the third.
struct World {
    site: Site,
    issuer: Issuer,
    clock: Arc<SettableClock>,
}

const PEOPLE: [(&str, &str); 3] = [("north", "ann"), ("south", "anna"), ("west", "an")];

fn create(book: &Book, object: &str, values: Json) {
    let (object, values) = (Name::intern(object), values.as_object().unwrap().clone());
    book.run(Command::new(Actor::system(), Request::Create { object, values })).unwrap();
}

impl World {
    /// Where the third book knows the issuer by `client`, and `west` stands in how people sign in to it.
    fn new(client: &str, west: &str) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let issuer = Issuer::start(clock.clone());
        let books = PEOPLE.map(|(name, login)| {
            let (client, more) = if name == "west" { (client, west) } else { (CLIENT, "") };
            let sign_in = format!(
                "sign_in:\n  {more}\n  providers:\n    staff: {{label: {{zh: 企业账号, en: Staff}}, issuer: \"{}\", client: {client}, secret: S, internal: true, claim: login_{name}}}\n",
                issuer.url()
            );
            let catalog = catalog_with(name, &sign_in, WORKER);
            let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock.clone()).unwrap();
            create(&book, "user", json!({"login": login, "name": login}));
            create(&book, "position", json!({"user": login, "role": "admin"}));
            give_password(&book, login, false);
            Served::new(Arc::new(book))
        });
        let secrets = Secrets::new(|_| Some(SECRET.to_owned()));
        let app = App::new(books, Settings { secrets, allow_internal: true, ..Settings::default() });
        issuer.state().person = json!({"sub": "7", "login_north": "ann", "login_south": "anna", "login_west": "an"});
        Self { site: Site { router: router(app.clone()), app }, issuer, clock }
    }

    fn book(&self, name: &str) -> Arc<Book> {
        self.site.app.book(name).unwrap().book.clone()
    }

    async fn sign_in(&self, browser: &mut Browser, book: &str) {
        let (_, login) = PEOPLE.iter().find(|(name, _)| *name == book).unwrap();
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        browser.send(&self.site, &format!("/{book}/sign-in"), &form).await.expect(303);
    }

    async fn by_account(&self, browser: &mut Browser, book: &str) {
        let away = browser.go(&self.site, &format!("/{book}/sign-in/with/staff")).await.expect(303);
        let back = self.issuer.visit(away.header("location"));
        browser.go(&self.site, path_of(&back)).await.expect(303);
    }

    async fn enter(&self, browser: &mut Browser, from: &str, to: &str) -> u16 {
        browser.send(&self.site, &format!("/{to}/sign-in/from"), &format!("book={from}")).await.status.as_u16()
    }

    /// A browser in which the logins of two books were linked, signed in to the first of them only.
    async fn linked(&self, one: &str, other: &str) -> Browser {
        let mut browser = Browser::default();
        self.sign_in(&mut browser, one).await;
        self.sign_in(&mut browser, other).await;
        browser.send(&self.site, "/account-sets/sign-ins", "do=link").await.expect(303);
        browser.0.remove(&format!("fw_{other}"));
        browser
    }

    /// Lets time pass, after what is queued was written: a use is noted without anybody waiting for it.
    fn pass(&self, seconds: i64) {
        for (name, _) in PEOPLE {
            transact(&**self.book(name).store(), |_| Ok::<_, ()>(())).unwrap().unwrap();
        }
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn linked_logins_lead_from_one_book_into_the_other_and_back() {
    let world = World::new(CLIENT, "");
    let mut browser = Browser::default();
    let page = browser.go(&world.site, "/").await.expect(200).text();
    assert!(page.contains("href=\"/north/sign-in\"") && !page.contains("sign-in/from"), "{page}");
    world.sign_in(&mut browser, "north").await;
    assert_eq!(world.enter(&mut browser, "north", "south").await, 403, "nothing is linked");
    world.sign_in(&mut browser, "south").await;
    let page = browser.go(&world.site, "/").await.expect(200).text();
    assert!(page.contains("Link these sign-ins") && !page.contains("Unlink these"), "{page}");
    browser.send(&world.site, "/account-sets/sign-ins", "do=link").await.expect(303);
    let page = browser.go(&world.site, "/").await.expect(200).text();
    assert!(!page.contains("Link these sign-ins") && page.contains("Unlink these"), "{page}");
    browser.send(&world.site, "/account-sets/sign-ins", "do=sign-out").await.expect(303);
    assert!(browser.0.is_empty(), "{:?}", browser.0);
    for (from, to, login) in [("north", "south", "anna"), ("south", "north", "ann")] {
        let mut browser = Browser::default();
        world.sign_in(&mut browser, from).await;
        let page = browser.go(&world.site, "/").await.expect(200).text();
        assert!(page.contains(&format!("action=\"/{to}/sign-in/from\"")) && page.contains(login), "{page}");
        assert!(page.contains("href=\"/west/sign-in\""), "{page}");
        assert_eq!(world.enter(&mut browser, from, to).await, 303);
        assert_eq!(browser.who(&world.site, to).await.as_deref(), Some(login));
        let start = browser.go(&world.site, &format!("/{to}")).await.expect(200).text();
        assert!(start.contains("Other books"), "the way to the other books is in the menu");
    }
    let told = audited(&world.book("south"));
    assert!(told.iter().any(|entry| entry.what == "sign-in" && entry.more.contains("book north")), "{told:?}");
}

#[tokio::test]
async fn a_session_from_another_book_ends_with_it_and_leads_no_further() {
    let world = World::new(CLIENT, "");
    world.linked("south", "west").await;
    let mut browser = world.linked("north", "south").await;
    for _ in 0..27 {
        world.pass(6 * 3600);
        assert_eq!(browser.who(&world.site, "north").await.as_deref(), Some("ann"));
    }
    assert_eq!(world.enter(&mut browser, "north", "south").await, 303);
    assert_eq!(browser.who(&world.site, "south").await.as_deref(), Some("anna"));
    world.pass(6 * 3600);
    assert_eq!(browser.who(&world.site, "south").await, None, "a week after the password was given");
    world.sign_in(&mut browser, "north").await;
    assert_eq!(world.enter(&mut browser, "north", "south").await, 303);
    assert_eq!(world.enter(&mut browser, "south", "west").await, 403, "one step, and no more");
    assert_eq!(world.enter(&mut browser, "north", "west").await, 403);
    assert_eq!(world.enter(&mut browser, "south", "south").await, 403);
    // The link of it gone, the session is too.
    browser.send(&world.site, "/account-sets/sign-ins", "do=unlink").await.expect(303);
    assert_eq!(browser.who(&world.site, "south").await, None);
    assert_eq!(browser.who(&world.site, "north").await.as_deref(), Some("ann"));
}

#[tokio::test]
async fn neither_book_alone_can_open_the_other() {
    let world = World::new(CLIENT, "");
    // An administrator of the first book writes their half of a link with a login of the second.
    for (book, login, other, there) in [("north", "ann", "south", "anna"), ("south", "anna", "north", "ann")] {
        let world = World::new(CLIENT, "");
        let account = of_book(other, there);
        let half = world.book(book);
        let (login, now) = (login.to_owned(), world.clock.now());
        transact(&**half.store(), move |txn| link(txn, (&account, &login), (&login, ""), now)).unwrap().unwrap();
        for (from, to) in [("north", "south"), ("south", "north")] {
            let mut browser = Browser::default();
            world.sign_in(&mut browser, from).await;
            assert_eq!(world.enter(&mut browser, from, to).await, 403, "half in {book}, {from} to {to}");
        }
    }
    // A password that somebody else sets is known to somebody else: it ends what it would open.
    let mut browser = world.linked("north", "south").await;
    assert_eq!(world.enter(&mut browser, "north", "south").await, 303);
    give_password(&world.book("north"), "ann", false);
    let mut thief = Browser::default();
    world.sign_in(&mut thief, "north").await;
    assert_eq!(world.enter(&mut thief, "north", "south").await, 403);
    let mut other = Browser::default();
    world.sign_in(&mut other, "south").await;
    assert_eq!(world.enter(&mut other, "south", "north").await, 403);
}

#[tokio::test]
async fn pages_of_other_sites_copied_cookies_and_people_not_in_use_lead_nowhere() {
    let world = World::new(CLIENT, "");
    let mut browser = world.linked("north", "south").await;
    for foreign in [vec![("sec-fetch-site", "cross-site")], vec![("origin", "https://evil.test")], vec![]] {
        for (path, form) in [("/south/sign-in/from", "book=north"), ("/account-sets/sign-ins", "do=link")] {
            let reply = browser.ask(&world.site, "POST", path, &foreign, form).await;
            assert_eq!(reply.status, 403, "{foreign:?} {path}");
        }
    }
    // The cookie of one book under the name of another.
    let token = browser.0["fw_north"].clone();
    let mut forged = Browser::default();
    forged.0.insert("fw_west".into(), token);
    assert_eq!(world.enter(&mut forged, "west", "south").await, 401);
    assert_eq!(world.enter(&mut Browser::default(), "north", "south").await, 401);
    assert_eq!(world.enter(&mut browser, "nowhere", "south").await, 403);
    let south = world.book("south");
    let id = south.resolve(Name::intern("user"), &json!("anna")).unwrap().unwrap();
    let values = json!({"active": false}).as_object().unwrap().clone();
    let update = Request::Update { object: Name::intern("user"), id, rev: None, values };
    south.run(Command::new(Actor::system(), update)).unwrap();
    assert_eq!(world.enter(&mut browser, "north", "south").await, 403);
}

#[tokio::test]
async fn the_same_account_is_the_same_person_in_every_book_that_knows_it_by_the_same_client() {
    let world = World::new("another", "");
    let mut browser = Browser::default();
    world.by_account(&mut browser, "north").await;
    assert_eq!(world.enter(&mut browser, "north", "south").await, 403, "never was there");
    world.by_account(&mut browser, "south").await;
    let mut again = Browser::default();
    world.by_account(&mut again, "north").await;
    assert_eq!(world.enter(&mut again, "north", "south").await, 303);
    assert_eq!(again.who(&world.site, "south").await.as_deref(), Some("anna"));
    // Also known in the third book, which asks the issuer as somebody else: who may come by that is not ours to say.
    let account = formwork_store::table::identity::Account { issuer: world.issuer.url(), subject: "7".into() };
    let (west, now) = (world.book("west"), world.clock.now());
    transact(&**west.store(), move |txn| link(txn, (&account, "an"), ("an", ""), now)).unwrap().unwrap();
    assert_eq!(world.enter(&mut again, "north", "west").await, 403);
}

#[tokio::test]
async fn a_book_without_passwords_is_not_opened_by_the_password_of_another() {
    let world = World::new(CLIENT, "password: false");
    let (north, west, now) = (world.book("north"), world.book("west"), world.clock.now());
    let (there, back) = (of_book("west", "an"), of_book("north", "ann"));
    transact(&**north.store(), move |txn| link(txn, (&there, "ann"), ("ann", ""), now)).unwrap().unwrap();
    transact(&**west.store(), move |txn| link(txn, (&back, "an"), ("an", ""), now)).unwrap().unwrap();
    let mut browser = Browser::default();
    world.sign_in(&mut browser, "north").await;
    assert_eq!(world.enter(&mut browser, "north", "west").await, 403);
}
