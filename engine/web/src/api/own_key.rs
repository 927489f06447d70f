//! The caller's API keys: what a program uses to act as them.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::api_key;
use formwork_model::{code, text};
use formwork_runtime::rejection::Problem as Found;
use formwork_store::table::api_key::{ApiKey, Scope};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::{
    api::{
        self, Answer,
        sign_in::{new_token, session_of},
    },
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
};

/// How long a key is good when nobody says.
const USUAL: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a key is good at most: one that is forgotten must not stay good for ever.
const LONGEST: SignedDuration = SignedDuration::from_hours(731 * 24);

/// `GET /{book}/api/own-keys`
pub(crate) async fn list(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let keys = ask.book().read(|view| Ok(api_key::list(view, &ask.actor.login)?))?;
    Ok(api::json(StatusCode::OK, &json!({"data": keys.iter().map(shown).collect::<Vec<_>>()})))
}

/// A key without its secret, which nobody has any more.
fn shown(key: &ApiKey) -> Json {
    json!({
        "name": key.name,
        "scopes": key.scopes.iter().map(|scope| json!({"object": scope.object, "write": scope.write})).collect::<Vec<_>>(),
        "created": key.created.to_string(),
        "expires": key.expires.map(|at| at.to_string()),
        "used": key.used.map(|at| at.to_string()),
    })
}

/// `POST /{book}/api/own-keys` with `{"name", "scopes": [{"object", "write"}], "expires"}`; a scope without an object is
/// good for everything. The answer holds the secret, which is nowhere else.
pub(crate) async fn make(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    session_of(&ask)?;
    let now = ask.book().now();
    let mut members = Members::read(&ask.call.body)?;
    let name = members.take_text("name").filter(|name| api_key::is_name(name));
    if name.is_none() {
        members.unfit::<()>(
            "name",
            text!("`name` is 1 to 64 letters, digits and `-_.`", "`name` 应为 1 到 64 个字母、数字或 `-_.`"),
        );
    }
    let scopes = members.take("scopes").unwrap_or_default();
    let scopes = take_scopes(&ask, &scopes)?;
    let expires = members.take_text("expires");
    let expires = match expires.map(|text| text.parse::<Timestamp>()) {
        None => now.saturating_add(USUAL).ok(),
        Some(Ok(at)) if at > now && at.duration_since(now) <= LONGEST => Some(at),
        Some(_) => members.unfit(
            "expires",
            text!(
                "`expires` is an instant within two years, such as 2027-01-31T00:00:00Z",
                "`expires` 应为两年内的时刻，例如 2027-01-31T00:00:00Z"
            ),
        ),
    };
    members.finish()?;
    let token = new_token()?;
    let key = ApiKey {
        login: ask.actor.login.to_string(),
        name: name.unwrap_or_default(),
        scopes,
        created: now,
        expires,
        used: None,
    };
    let (hash, made, from) = (token.hash(), key.clone(), ask.call.from());
    if !ask.write_beside(move |txn| api_key::make(txn, &hash, &made, &made.login, &from)).await? {
        let message = text!("you have a key of this name", "已有同名密钥");
        return Err(Problem::new(StatusCode::CONFLICT, code!("name-taken"), message).field("name"));
    }
    let mut body = shown(&key);
    body["key"] = json!(api_key::reveal(&token));
    let mut answer = api::json(StatusCode::CREATED, &body);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// The scopes that were asked for; a key for nothing is a mistake.
fn take_scopes(ask: &Ask, scopes: &Json) -> Result<Vec<Scope>, Problem> {
    let unfit = || {
        let message = text!(
            "`scopes` is a list of {{\"object\": NAME, \"write\": true}}; without `object` it is everything",
            "`scopes` 应为 {{\"object\": 名称, \"write\": true}} 的列表；不写 `object` 表示全部"
        );
        Problem::of(StatusCode::UNPROCESSABLE_ENTITY, vec![Found::new(code!("bad-value"), message).field("scopes")])
    };
    let list = scopes.as_array().filter(|list| (1..=100).contains(&list.len())).ok_or_else(unfit)?;
    let mut taken = Vec::with_capacity(list.len());
    for scope in list {
        let mut members = Members::of(scope.as_object().ok_or_else(unfit)?.clone());
        let object = members.take_text("object");
        // Anything else than yes or no is a mistake, not a no.
        let write = match members.take("write") {
            None => false,
            Some(Json::Bool(write)) => write,
            Some(_) => return Err(unfit()),
        };
        members.finish().map_err(|problem| problem.below("scopes"))?;
        if let Some(object) = object.as_deref().filter(|object| ask.catalog.find_object(object).is_none()) {
            return Err(not_found("object", object));
        }
        taken.push(Scope { object, write });
    }
    Ok(taken)
}

/// `DELETE /{book}/api/own-keys/{key}`
pub(crate) async fn revoke(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    session_of(&ask)?;
    let (login, name, from) = (ask.actor.login.clone(), ask.call.path("key").to_owned(), ask.call.from());
    let clock = ask.book().clock().clone();
    let revoked =
        ask.write_beside(move |txn| api_key::revoke(txn, (&login, &name), (&login, &from), clock.now())).await?;
    if !revoked {
        let message = text!("you have no key of this name", "没有这个密钥");
        return Err(Problem::new(StatusCode::NOT_FOUND, code!("unknown-key"), message));
    }
    Ok(api::empty(StatusCode::NO_CONTENT))
}
