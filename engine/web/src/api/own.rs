//! What belongs to the caller: who they are, their password, where they are signed in.

use axum::http::StatusCode;
use formwork_account::{
    password::{self, Setting},
    policy, session,
    sign_in::fail,
};
use formwork_model::{code, text};
use formwork_store::table::credential;
use serde_json::json;

use crate::{
    api::{
        self, Answer,
        sign_in::{session_of, switched_off},
    },
    ask::Ask,
    body::Members,
    error::Problem,
    identity::Proof,
};

/// `GET /{book}/api/who-am-i`
pub(crate) async fn who_am_i(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let (eyes, login) = (ask.eyes(), ask.actor.login.clone());
    let person = eyes.person(&login, None)?;
    let mut roles = ask.actor.roles.clone();
    roles.extend(person.roles.iter().filter(|role| !ask.actor.roles.contains(role)));
    let name = eyes.own_name()?;
    let (by, must_change) = match &ask.proof {
        Proof::Dev => ("dev", false),
        Proof::Session { must_change, .. } => ("session", *must_change),
        Proof::Key(_) => ("key", false),
    };
    let body = json!({
        "login": &*login,
        "name": name,
        "roles": roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
        "department": person.department.map(|id| id.to_string()),
        "by": by,
        "must_change": must_change,
        "seen_by": ask.behind.as_ref().map(|actor| &*actor.login),
    });
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/change-password` with `{"old", "new"}`. A wrong old password counts like a failed sign-in.
pub(crate) async fn change_password(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let mut members = Members::read(&ask.call.body)?;
    let (old, new) = (members.take_text("old"), members.take_text("new"));
    members.finish()?;
    change(&ask, old.unwrap_or_default(), new.unwrap_or_default()).await?;
    Ok(api::empty(StatusCode::NO_CONTENT))
}

/// Changes the caller's password and ends their other sessions.
pub(crate) async fn change(ask: &Ask, old: String, new: String) -> Result<(), Problem> {
    let hash = session_of(ask)?;
    if !ask.catalog.book.sign_in.password {
        return Err(switched_off(&ask.served));
    }
    let (login, from) = (ask.actor.login.to_string(), ask.call.from());
    policy::check(&login, &new).map_err(|weak| weak_password(weak.words()))?;
    if old == new {
        return Err(weak_password(text!("the new password is the old one", "新密码与旧密码相同")));
    }
    let known = ask.book().read(|view| Ok(credential::get(view, &login)?))?;
    let now = ask.book().now();
    if let Some(until) = known.as_ref().and_then(|known| known.locked_until).filter(|until| now < *until) {
        let wait = until.duration_since(now).as_secs().max(1);
        let message = text!("too many wrong passwords; try again later", "密码错误次数过多；请稍后再试");
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, code!("too-many-requests"), message)
            .retry_after(wait.unsigned_abs()));
    }
    let phc = known.map(|known| known.phc);
    let (hashing, most) = (ask.call.app.hashing(), ask.call.app.settings().limits.timeout);
    if !hashing.verify(Some(&ask.served), phc.clone(), old, most).await? {
        ask.write_beside(move |txn| fail(txn, &login, &from, now)).await?;
        return Err(wrong_password());
    }
    let setting = Setting {
        phc: hashing.hash(&ask.served, new, most).await?,
        actor: login.clone(),
        login,
        must_change: false,
        instead_of: phc,
        keep: Some(hash),
        address: from,
    };
    if !ask.write_beside(move |txn| password::set(txn, &setting, now)).await? {
        return Err(wrong_password());
    }
    Ok(())
}

fn weak_password(message: formwork_model::text::Text) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("weak-password"), message).field("new")
}

fn wrong_password() -> Problem {
    let message = text!("this is not your password", "密码不正确");
    Problem::new(StatusCode::FORBIDDEN, code!("wrong-credentials"), message).field("old")
}

/// `GET /{book}/api/own-sessions`
pub(crate) async fn sessions(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let (lifetime, now) = (ask.call.app.settings().lifetime, ask.book().now());
    let sessions = ask.book().read(|view| Ok(session::list(view, &ask.actor.login, lifetime, now)?))?;
    let current = match &ask.proof {
        Proof::Session { hash, .. } => Some(*hash),
        Proof::Dev | Proof::Key(_) => None,
    };
    let shown = sessions.iter().map(|(hash, session)| {
        json!({
            "id": session::id_of(hash),
            "current": current == Some(*hash),
            "created": session.created.to_string(),
            "seen": session.seen.to_string(),
            "expires": session.expires.to_string(),
            "agent": session.agent,
            "address": session.address,
        })
    });
    Ok(api::json(StatusCode::OK, &json!({"data": shown.collect::<Vec<_>>()})))
}

/// `DELETE /{book}/api/own-sessions/{session}`
pub(crate) async fn end_session(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    session_of(&ask)?;
    let (login, id, from) = (ask.actor.login.clone(), ask.call.path("session").to_owned(), ask.call.from());
    let clock = ask.book().clock().clone();
    let ended = ask.write_beside(move |txn| session::end(txn, (&login, &id), (&login, &from), clock.now())).await?;
    if !ended {
        let message = text!("you have no such session", "没有这个会话");
        return Err(Problem::new(StatusCode::NOT_FOUND, code!("unknown-session"), message));
    }
    Ok(api::empty(StatusCode::NO_CONTENT))
}
