//! Who works here: what somebody is today, and who holds a role somewhere.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::{
    password::{self, Setting},
    provider, session,
};
use formwork_model::{code, name::Name, text};
use formwork_runtime::book::Where;
use formwork_store::store::Transaction;
use serde_json::{Value as Json, json};

use crate::{
    api::{
        self, Answer,
        sign_in::{random, session_of, switched_off},
    },
    ask::{Ask, not_found},
    error::Problem,
    identity,
    parameter::{Parameters, bad_parameter},
};

/// The trees that a position can lie in.
const TREES: [&str; 4] = ["department", "territory", "product_line", "partner"];

/// `GET /{book}/api/people/{login}?up_to=`: roles, department, supervisors and whether somebody is away.
pub(crate) async fn person(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let up_to = parameters.take("up_to").map(|role| self::role("up_to", &role)).transpose()?;
    parameters.finish()?;
    let login = ask.call.path("login").to_owned();
    let actor = ask.actor.clone();
    let person = ask.blocking(move |book| book.eyes(&actor).person(&login, up_to)).await?;
    let body = json!({
        "login": person.login,
        "active": person.active,
        "roles": person.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
        "positions": person.positions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "department": person.department.map(|id| id.to_string()),
        "supervisor": person.supervisor,
        "supervisors": person.supervisors,
        "absent": person.absent,
        "stand_in": person.stand_in,
    });
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/people/{login}/password`: a new password, which is in this answer only.
pub(crate) async fn give_password(ask: Ask) -> Answer {
    let password = give(&ask).await?;
    let body = json!({"login": ask.call.path("login"), "password": password});
    let mut answer = api::json(StatusCode::OK, &body);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Gives the user in the path a new password, to be changed at the first sign-in. The login is unlocked, its sessions
/// end.
pub(crate) async fn give(ask: &Ask) -> Result<String, Problem> {
    let (login, from) = (administered(ask)?, ask.call.from());
    if !ask.catalog.book.sign_in.password {
        return Err(switched_off(&ask.served));
    }
    let password = password::from_random(random()?);
    let most = ask.call.app.settings().limits.timeout;
    let setting = Setting {
        phc: ask.call.app.hashing().hash(&ask.served, password.clone(), most).await?,
        login,
        must_change: true,
        instead_of: None,
        keep: None,
        actor: ask.actor.login.to_string(),
        address: from,
    };
    let clock = ask.book().clock().clone();
    ask.write_beside(move |txn| password::set(txn, &setting, clock.now())).await?;
    Ok(password)
}

/// `POST /{book}/api/people/{login}/sign-out`
pub(crate) async fn sign_out(ask: Ask) -> Answer {
    let (login, from, actor) = (administered(&ask)?, ask.call.from(), ask.actor.login.clone());
    let clock = ask.book().clock().clone();
    let end = move |txn: &mut dyn Transaction| {
        session::sign_out_everywhere(txn, (&login, None), (&actor, &from), clock.now())
    };
    let ended = ask.write_beside(end).await?;
    Ok(api::json(StatusCode::OK, &json!({"ended": ended})))
}

/// `POST /{book}/api/people/{login}/unlink`: accounts of other systems are good as this login no more.
pub(crate) async fn unlink(ask: Ask) -> Answer {
    let (login, from, actor) = (administered(&ask)?, ask.call.from(), ask.actor.login.clone());
    let clock = ask.book().clock().clone();
    let unlink = move |txn: &mut dyn Transaction| provider::unlink(txn, &login, |_| true, (&actor, &from), clock.now());
    let unlinked = ask.write_beside(unlink).await?;
    Ok(api::json(StatusCode::OK, &json!({"unlinked": unlinked})))
}

/// The user in the path, for whoever looks after them and has signed in.
fn administered(ask: &Ask) -> Result<String, Problem> {
    ask.call.parameters()?.finish()?;
    session_of(ask)?;
    ask.eyes().check_looks_after(ask.call.path("login"))?;
    let login = ask.call.path("login").to_owned();
    if !identity::is_user(&ask.served, &login)? {
        let message = text!("there is no user in use of this login", "没有使用该登录名的在用用户");
        return Err(Problem::new(StatusCode::NOT_FOUND, code!("no-such-record"), message));
    }
    Ok(login)
}

/// `GET /{book}/api/people?role=&department=&territory=&product_line=&partner=`, places by their codes; or
/// `?role=&object=&id=&in=`, where a field of a record says.
pub(crate) async fn holders(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let Some(role) = parameters.take("role") else {
        return Err(bad_parameter("role", text!("say which role", "请指定角色")));
    };
    let role = self::role("role", &role)?;
    let at = match parameters.take("in") {
        Some(field) => record_field(&ask, &field, &mut parameters)?,
        None => {
            let place = |tree| Some((tree, parameters.take(tree)?));
            Where::Places(TREES.into_iter().filter_map(place).collect())
        }
    };
    parameters.finish()?;
    let actor = ask.actor.clone();
    let holders = ask.blocking(move |book| book.eyes(&actor).holders(role, &at)).await?;
    let data: Vec<Json> =
        holders.iter().map(|holder| json!({"login": holder.login, "position": holder.position.to_string()})).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// A role that something names.
fn role(parameter: &'static str, text: &str) -> Result<Name, Problem> {
    Name::find(text).ok_or_else(|| {
        let text: String = text.chars().take(64).collect();
        bad_parameter(parameter, text!("nothing uses a role `{text}`", "没有任何地方使用角色 `{text}`"))
    })
}

fn record_field(ask: &Ask, field: &str, parameters: &mut Parameters) -> Result<Where, Problem> {
    let (object, id) = (parameters.take("object").unwrap_or_default(), parameters.take("id").unwrap_or_default());
    let known = ask.catalog.find_object(&object).cloned().ok_or_else(|| not_found("object", &object))?;
    let name = Name::find(field).filter(|name| known.field(*name).is_some());
    let Some(field) = name else {
        return Err(bad_parameter("in", text!("{object} has no such field", "{object} 没有这个字段")));
    };
    let id = ask.find(known.name, &id)?;
    Ok(Where::Field { object: known.name, id, field })
}
