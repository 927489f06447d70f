//! The record of a user and the positions: a credential belongs to the login in it.

use formwork_model::{id::RecordId, name::Name, text, value::Value};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Request},
    rejection::Refusal,
};
use serde_json::{Value as Json, json};

use crate::failure::Failure;

fn failed(refusal: &Refusal, book: &Book) -> Failure {
    Failure::refusal(refusal, Some(&book.catalog()))
}

fn look(book: &Book, login: &str) -> Result<Option<RecordId>, Failure> {
    let found = book.resolve(Name::intern("user"), &Json::String(login.to_owned()));
    let Some(id) = found.map_err(|refusal| failed(&refusal, book))? else { return Ok(None) };
    // A reference is also found by a title: only the login counts here.
    let user = book.get(Name::intern("user"), id).map_err(|refusal| failed(&refusal, book))?;
    Ok((*user.fields.get(Name::intern("login")) == Value::Text(login.into())).then_some(id))
}

/// The record of a user.
///
/// # Errors
/// When there is none.
pub(super) fn find(book: &Book, login: &str) -> Result<RecordId, Failure> {
    look(book, login)?.ok_or_else(|| {
        Failure::usage(text!(
            "there is no user `{login}`; `formwork user add {login}` makes one",
            "没有用户 `{login}`；可用 `formwork user add {login}` 新建"
        ))
    })
}

fn run(book: &Book, request: Request) -> Result<(), Failure> {
    book.run(Command::new(Actor::system(), request)).map(|_| ()).map_err(|refusal| failed(&refusal, book))
}

fn input(values: Json) -> Input {
    if let Json::Object(values) = values { values } else { Input::new() }
}

/// Makes the record, when there is none, and a position for each role that is not held yet.
pub(crate) fn make(book: &Book, login: &str, name: Option<&str>, roles: &[String]) -> Result<(), Failure> {
    for role in roles {
        // Before anything is made: a role is a name.
        Name::new(role).map_err(|invalid| {
            Failure::usage(text!("`{role}` is no role: {invalid}", "`{role}` 不是有效的角色名称"))
        })?;
    }
    if look(book, login)?.is_none() {
        let values = input(json!({"login": login, "name": name.unwrap_or(login)}));
        run(book, Request::Create { object: Name::intern("user"), values })?;
    }
    let held = book.person(login, None).map_err(|refusal| failed(&refusal, book))?.roles;
    for (place, role) in roles.iter().enumerate().filter(|(_, role)| !held.iter().any(|held| held.as_str() == *role)) {
        let values = input(json!({"user": login, "role": role, "main": place == 0 && held.is_empty()}));
        run(book, Request::Create { object: Name::intern("position"), values })?;
    }
    Ok(())
}

/// Says whether a user is in use.
pub(super) fn set_active(book: &Book, login: &str, active: bool) -> Result<(), Failure> {
    let id = find(book, login)?;
    let values = input(json!({"active": active}));
    run(book, Request::Update { object: Name::intern("user"), id, rev: None, values })
}
