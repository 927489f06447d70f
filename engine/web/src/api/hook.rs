//! Messages that other systems send: signed, taken in once, answered with what became of them.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use formwork_integration::delivery::sign::{self, Unsigned};
use formwork_model::{code, id::CommandId, name::Name, text};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Message, Request},
    rejection::Refusal,
};
use serde_json::json;

use crate::{
    api::{self, Answer, account_set::absent},
    ask::{not_found, submit},
    body,
    call::Call,
    error::Problem,
};

/// `POST /{book}/hooks/{connector}/{hook}`
pub(crate) async fn receive(call: Call) -> Answer {
    call.parameters()?.finish()?;
    let Some(served) = call.app.book(call.path("book")) else {
        return Err(absent(&call).unwrap_or_else(|| not_found("book", call.path("book"))));
    };
    let book = &served.book;
    let catalog = book.catalog();
    let (connector, hook) = (Name::find(call.path("connector")), Name::find(call.path("hook")));
    let known = connector.and_then(|name| catalog.connectors.get(&name));
    let (Some(known), Some(hook)) = (known, hook.filter(|hook| known.is_some_and(|c| c.hooks.contains_key(hook))))
    else {
        return Err(unknown());
    };
    let secret = known.secret.as_ref().and_then(|variable| call.app.settings().secrets.get(variable));
    let id = check(&call, &secret.ok_or_else(unknown)?, book)?;
    let message = Message { connector: known.name, hook, id: id.into(), body: body::json(&call.body)? };
    let once = Some((message.key(), message.fingerprint()));
    match submit(&call, &served, command(known.name, Request::Receive(message.clone()), once)).await? {
        Ok(outcome) => {
            let record = outcome.record.as_ref();
            let record = record.map(|record| json!({"object": record.object.as_str(), "id": record.id.to_string()}));
            Ok(api::json(StatusCode::OK, &json!({"record": record, "replayed": outcome.replayed})))
        }
        Err(Refusal::Rejected(rejection)) if rejection.code() != code!("idempotency-reused") => {
            let cause = rejection.cause(&catalog.sources);
            // The sender is told, and so is whoever looks after the connector here.
            let kept = command(known.name, Request::Unreadable { message, cause }, None);
            if let Err(refusal) = submit(&call, &served, kept).await? {
                return Err(refusal.into());
            }
            Err(Problem::from(Refusal::Rejected(rejection)).within(&catalog))
        }
        Err(refusal) => Err(Problem::from(refusal).within(&catalog)),
    }
}

/// The id of a message whose signature holds.
fn check(call: &Call, secret: &str, book: &Book) -> Result<String, Problem> {
    let header = |name| text_of(call.headers(), name);
    let (id, at, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    sign::verify(secret, (id, at, signature), &call.body, book.now()).map_err(|why| {
        let message = match why {
            Unsigned::Missing => text!("the message is not signed", "消息没有签名"),
            Unsigned::OutOfTime => {
                text!("the signature is more than five minutes away from now", "签名时间与当前相差超过五分钟")
            }
            Unsigned::Wrong => text!("the signature does not hold", "签名不符"),
        };
        Problem::new(StatusCode::UNAUTHORIZED, code!("bad-signature"), message)
    })?;
    if id.len() > 200 {
        let message = text!("an id has at most 200 characters", "编号最多 200 个字符");
        return Err(Problem::new(StatusCode::BAD_REQUEST, code!("bad-header"), message));
    }
    Ok(id.to_owned())
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn unknown() -> Problem {
    let message = text!("there is no such hook", "没有这个入口");
    Problem::new(StatusCode::NOT_FOUND, code!("unknown-hook"), message)
}

/// A command of the other system; with a key, carried out once.
fn command(connector: Name, request: Request, idempotency: Option<(Arc<str>, [u8; 32])>) -> Command {
    Command { id: CommandId::random(), actor: Actor::connector(connector), request, reason: None, idempotency }
}
