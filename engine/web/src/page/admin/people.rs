//! People whom the reader looks after: who can sign in, where they are signed in, their API keys; ending sessions,
//! giving passwords.

use axum::http::StatusCode;
use formwork_account::{api_key, login, provider, session};
use formwork_catalog::filter::parse_filter;
use formwork_definition::kind::role::May;
use formwork_model::{name::Name, record::Record, text};
use formwork_runtime::query::Query;
use formwork_store::{store::Transaction, table::identity};
use serde_json::{Value as Json, json};

use super::{Part, check_looks_after, nothing, said, when};
use crate::{
    api::{Answer, people::give},
    ask::Ask,
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// People of a page.
const PAGE: usize = 100;
/// What a position says beside its role.
const PLACE: [&str; 7] = ["department", "territory", "product_line", "partner", "main", "from", "to"];
/// Positions of somebody that are shown.
const POSITIONS: usize = 50;

/// `GET /{book}/admin/people?q=&after=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let text = |name: &str| typed.filled(name).unwrap_or_default().to_owned();
    let (q, after, lifetime) = (text("q"), text("after"), ask.call.app.settings().lifetime);
    ask.page("admin_people", StatusCode::OK, move |view| {
        Part::People.open(view)?;
        let now = view.now;
        let known = view.book.read(|read| Ok(login::everybody(read)?))?;
        let named = known.into_iter().map(|(login, credential)| (view.person(&login), login, credential));
        let behind = named.skip_while(|(_, login, _)| !after.is_empty() && *login != after);
        let behind = behind.skip(usize::from(!after.is_empty()));
        let sought = q.to_lowercase();
        let mut found: Vec<_> = behind
            .filter(|(name, login, _)| name.to_lowercase().contains(&sought) || login.to_lowercase().contains(&sought))
            .filter(|(_, login, _)| view.eyes().check_looks_after(login).is_ok())
            .take(PAGE + 1)
            .collect();
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let next = found.last().filter(|_| more).map(|(_, login, _)| address(view, &[("q", &q), ("after", login)]));
        let mut rows = Vec::with_capacity(found.len());
        for (name, login, credential) in &found {
            let (sessions, keys) =
                view.book.read(|read| Ok((session::list(read, login, lifetime, now)?, api_key::list(read, login)?)))?;
            let person = view.eyes().person(login, None)?;
            rows.push(json!({
                "name": name, "login": login, "href": format!("{}/{}", Part::People.href(view), escaped(login)),
                "sessions": sessions.len(), "keys": keys.len(),
                "seen": sessions.iter().map(|(_, session)| session.seen).max().map(|at| when(view, at)),
                "roles": view.joined(person.roles.iter().map(|role| role_label(view, *role))), "active": person.active,
                "absent": person.absent,
                "locked": credential.as_ref().and_then(|known| known.locked_until).is_some_and(|until| until > now),
                "must_change": credential.as_ref().is_some_and(|known| known.must_change),
            }));
        }
        let body = json!({"rows": rows, "q": q, "next": next, "href": Part::People.href(view)});
        Part::People.frame(view, view.word("adm_people"), body)
    })
    .await
}

fn address(view: &View, pairs: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(pairs.iter().filter(|(_, text)| !text.is_empty()));
    format!("{}?{}", Part::People.href(view), out.finish())
}

/// A login as a part of an address.
pub(super) fn escaped(login: &str) -> String {
    form_urlencoded::byte_serialize(login.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `GET /{book}/admin/people/{login}`
pub(crate) async fn one(ask: Ask) -> Answer {
    show(&ask, StatusCode::OK, Shown::default()).await
}

/// What was just done to somebody's account.
#[derive(Default)]
struct Shown {
    /// The password that was given: it is on this page only.
    password: Option<String>,
    refused: Option<Problem>,
}

/// `POST /{book}/admin/people/{login}`: `do` is `password`, `sign-out`, `unlink`, `session` or `key`, with its `id`.
pub(crate) async fn deal(ask: Ask) -> Answer {
    check_looks_after(&View::of(&ask), ask.call.path("login"))?;
    let typed = Typed::read(&ask.call.body);
    let id = typed.filled("id").unwrap_or_default().to_owned();
    let (who, from, actor) = (ask.call.path("login").to_owned(), ask.call.from(), ask.actor.login.clone());
    let clock = ask.book().clock().clone();
    let done = match typed.filled("do") {
        Some("password") => match give(&ask).await {
            Ok(password) => return show(&ask, StatusCode::OK, Shown { password: Some(password), refused: None }).await,
            Err(problem) => Err(problem),
        },
        Some("sign-out") => {
            let end = move |txn: &mut dyn Transaction| {
                session::sign_out_everywhere(txn, (&who, None), (&actor, &from), clock.now())
            };
            ask.write_beside(end).await.map(|_| ())
        }
        Some("session") => {
            let end = move |txn: &mut dyn Transaction| session::end(txn, (&who, &id), (&actor, &from), clock.now());
            ask.write_beside(end).await.map(|_| ())
        }
        Some("unlink") => {
            let unlink =
                move |txn: &mut dyn Transaction| provider::unlink(txn, &who, |_| true, (&actor, &from), clock.now());
            ask.write_beside(unlink).await.map(|_| ())
        }
        Some("key") => {
            let end = move |txn: &mut dyn Transaction| api_key::revoke(txn, (&who, &id), (&actor, &from), clock.now());
            ask.write_beside(end).await.map(|_| ())
        }
        _ => Err(nothing()),
    };
    match done {
        Ok(()) => {
            let login = escaped(ask.call.path("login"));
            redirect(&format!("/{}/admin/people/{login}?did=acted", ask.served.name))
        }
        Err(problem) => refused(&ask, problem).await,
    }
}

/// The page of somebody, with why something was not done.
pub(super) async fn refused(ask: &Ask, problem: Problem) -> Answer {
    show(ask, problem.status(), Shown { password: None, refused: Some(problem) }).await
}

async fn show(ask: &Ask, status: StatusCode, shown: Shown) -> Answer {
    let (login, lifetime) = (ask.call.path("login").to_owned(), ask.call.app.settings().lifetime);
    ask.page("admin_person", status, move |view| {
        check_looks_after(view, &login)?;
        if !view.book.is_user(&login)? {
            return Err(nothing());
        }
        let person = view.eyes().person(&login, None)?;
        let (sessions, keys, accounts) = view.book.read(|read| {
            let sessions = session::list(read, &login, lifetime, view.now)?;
            Ok((sessions, api_key::list(read, &login)?, identity::of_login(read, &login)?))
        })?;
        let accounts: Vec<Json> =
            accounts.iter().map(|account| json!({"issuer": account.issuer, "subject": account.subject})).collect();
        let sessions: Vec<Json> = sessions
            .iter()
            .map(|(hash, session)| {
                json!({
                    "id": session::id_of(hash), "agent": session.agent, "address": session.address,
                    "created": when(view, session.created), "seen": when(view, session.seen),
                })
            })
            .collect();
        let keys: Vec<Json> = keys.iter().map(|key| self::key(view, key)).collect();
        let roles: Vec<String> = person.roles.iter().map(|role| role_label(view, *role)).collect();
        let record = view.by_text("user", &login).map(|record| view.record_href(record.object, record.id));
        let body = json!({
            "login": login, "roles": roles, "positions": positions(view, &login)?, "active": person.active, "absent": person.absent, "record": record,
            "accounts": accounts, "with_password": view.catalog.book.sign_in.password,
            "supervisor": person.supervisor.as_deref().map(|login| view.person(login)), "sessions": sessions, "keys": keys,
            "password": shown.password, "refused": shown.refused.as_ref().map(|problem| said(view, problem)),
            "href": format!("{}/{}", Part::People.href(view), escaped(&login)), "other": *login != *view.actor.login,
            "crumb": {"href": Part::People.href(view), "label": view.word("adm_people")},
            "audit": format!("{}?actor={}", Part::Audit.href(view), escaped(&login)),
        });
        Part::People.frame(view, &view.person(&login), body)
    })
    .await
}

/// What somebody is and where, as far as the reader sees positions; nothing where the reader may ask for none.
fn positions(view: &View, login: &str) -> Result<Json, Problem> {
    let object = view.catalog.find_object("position").filter(|object| view.may_some(object.name, May::Read));
    let Some(object) = object else { return Ok(Json::Null) };
    let whose = json!({"user": login});
    let Ok(filter) = parse_filter(&*view.catalog, object.name, &whose, view.zone()) else { return Ok(Json::Null) };
    let query = Query { object: object.name, filter, sort: Vec::new(), limit: POSITIONS, after: None };
    let found = view.book.list(&query, &view.actor)?;
    let text = |record: &Record, name: &str| {
        Name::find(name).and_then(|name| record.fields.get(name).as_text()).unwrap_or_default().to_owned()
    };
    let rows = found.records.iter().map(|record| {
        let shown = |name: &&str| {
            let name = Name::find(name).filter(|name| !record.fields.get(*name).is_empty())?;
            Some(json!({"label": view.field_label(object, name), "shown": view.field_shown(object, record, name)}))
        };
        let facts: Vec<Json> = PLACE.iter().filter_map(shown).collect();
        let role = text(record, "role");
        let role = Name::find(&role).map_or(role, |role| role_label(view, role));
        json!({"href": view.record_href(object.name, record.id), "role": role, "facts": facts})
    });
    let new = view
        .may_some(object.name, May::Create)
        .then(|| format!("{}/new?user={}", view.list_href(object.name), escaped(login)));
    Ok(json!({"rows": rows.collect::<Vec<_>>(), "new": new}))
}

fn key(view: &View, key: &formwork_store::table::api_key::ApiKey) -> Json {
    let scopes = key.scopes.iter().map(|scope| {
        let object = scope.object.as_deref().unwrap_or("*");
        let way = if scope.write { text!("read and write", "读写") } else { text!("read", "只读") };
        format!("{object} ({})", view.say(&way))
    });
    json!({
        "name": key.name, "scopes": scopes.collect::<Vec<_>>().join(", "), "created": when(view, key.created),
        "expires": key.expires.map(|at| when(view, at)), "used": key.used.map(|at| when(view, at)),
    })
}

/// What a role is called.
pub(crate) fn role_label(view: &View, role: Name) -> String {
    view.catalog.roles.get(&role).map_or_else(|| role.to_string(), |known| view.say(&known.label).to_owned())
}
