//! Releases: the live one and those kept, what another would mean, going back, moving what runs.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::{kind::role::Right, load};
use formwork_model::{code, name::Name, text};
use formwork_runtime::{
    book::Book,
    impact::{impact, parse_since, weigh},
    json,
    migration::{Mapping, migrate_all},
    plan::{json as shown, plan},
};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
    release::ReleaseStatus,
};

/// `GET /{book}/api/release`
pub(crate) async fn release(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    ask.call.parameters()?.finish()?;
    let status = ask.served.status.load();
    let mut body = status.to_json(&ask.catalog.release);
    body["held_back"] = json!(ask.book().held_back()?);
    Ok(api::json(StatusCode::OK, &body))
}

/// `GET /{book}/api/releases?count=1`
pub(crate) async fn releases(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut parameters = ask.call.parameters()?;
    let count = parameters.take_flag("count")?;
    parameters.finish()?;
    let kept = ask.blocking(move |book| book.releases(count)).await?;
    Ok(api::json(StatusCode::OK, &json!({"data": kept.iter().map(shown::kept).collect::<Vec<_>>()})))
}

/// `POST /{book}/api/release/plan` with `{"to": HASH}` or `{"files": {PATH: TEXT}}`, and `from`, `mapping`
pub(crate) async fn make_plan(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let to = Other::take(&mut members);
    let from = members.take_text("from");
    let mapping = take_mapping(&mut members);
    members.finish()?;
    let to = to.catalog(&ask)?;
    let from = from.map_or(Ok(ask.catalog.clone()), |from| ask.book().kept(&from))?;
    let body = ask
        .patiently(move |book| {
            mapping.check(&to.flows)?;
            Ok(shown::plan(&plan(book, &from, &to, &mapping)?, &to.sources))
        })
        .await?;
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/release/impact` with `{"to"}` or `{"files"}`, and `since`
pub(crate) async fn find_impact(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let to = Other::take(&mut members);
    let since = take_since(&mut members, ask.book());
    members.finish()?;
    let to = to.catalog(&ask)?;
    let found = ask.patiently(move |book| impact(book, &to, since)).await?;
    Ok(api::json(StatusCode::OK, &shown::impact(&found)))
}

/// `POST /{book}/api/release/difference` with `{"table"}`, `{"to"}` or `{"files"}`, and `since`
pub(crate) async fn difference(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let to = Other::take(&mut members);
    let table = members.take_text("table").unwrap_or_default();
    let since = take_since(&mut members, ask.book());
    members.finish()?;
    let to = to.catalog(&ask)?;
    let name = Name::find(&table).ok_or_else(|| not_found("table", &table))?;
    let (Some(before), Some(now)) = (ask.catalog.tables.get(&name).cloned(), to.tables.get(&name).cloned()) else {
        return Err(not_found("table", &table));
    };
    let body = ask
        .patiently(move |book| {
            let difference = formwork_catalog::table::analysis::differences(&before, &now);
            let used = weigh(book, &before, &difference, since)?;
            Ok(shown::table(&difference, Some(&used)))
        })
        .await?;
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/release/rollback` with `{"to", "reason"}`
pub(crate) async fn roll_back(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let to = members.take_text("to");
    let reason = members.take_text("reason");
    if to.is_none() {
        members.unfit::<()>("to", text!("`to` is the hash of a kept release", "`to` 应为已保存版本的哈希"));
    }
    members.finish()?;
    let (to, actor) = (to.unwrap_or_default(), ask.actor.clone());
    let live = ask.patiently(move |book| book.roll_back(&to, &actor, reason.as_deref())).await?;
    let status = ReleaseStatus::live(ask.book().now());
    ask.served.status.store(Arc::new(status));
    Ok(api::json(StatusCode::OK, &json!({"release": live.catalog.release})))
}

/// `POST /{book}/api/release/migrate` with `{"to", "mapping", "dry_run"}`
pub(crate) async fn migrate(ask: Ask) -> Answer {
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let to = members.take_text("to");
    let mapping = Arc::new(take_mapping(&mut members));
    let dry_run = match members.take("dry_run") {
        None => false,
        Some(Json::Bool(dry_run)) => dry_run,
        Some(_) => {
            members.unfit("dry_run", text!("`dry_run` is true or false", "`dry_run` 应为真或假")).unwrap_or(true)
        }
    };
    members.finish()?;
    let to = to.unwrap_or_else(|| ask.catalog.release.to_string());
    let actor = ask.actor.clone();
    let migrated = ask.patiently(move |book| migrate_all(book, &to, &mapping, &actor, dry_run)).await?;
    let refused: Vec<Json> = migrated
        .examples
        .iter()
        .map(|(object, id, why)| {
            json!({"object": object.as_str(), "id": id.to_string(), "why": json::problem(why, None)})
        })
        .collect();
    let body = json!({"moved": migrated.moved, "refused": migrated.refused, "dry_run": dry_run, "examples": refused});
    Ok(api::json(StatusCode::OK, &body))
}

/// Another release than the live one: a kept one, or files.
pub(super) struct Other {
    to: Option<String>,
    files: serde_json::Map<String, Json>,
}

impl Other {
    pub(super) fn take(members: &mut Members) -> Self {
        Self { to: members.take_text("to"), files: members.take_map("files") }
    }

    pub(super) fn catalog(self, ask: &Ask) -> Result<Arc<Catalog>, Problem> {
        if let Some(to) = self.to {
            return Ok(ask.book().kept(&to)?);
        }
        if self.files.is_empty() {
            let message = text!("say `to`, a kept release, or `files`", "请给出 `to`（已保存的版本）或 `files`");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message).field("to"));
        }
        let text = |text: Json| text.as_str().unwrap_or_default().as_bytes().to_vec();
        let checked = check_parsed(load::parse(self.files.into_iter().map(|(path, body)| (path, text(body)))));
        checked.catalog.map(Arc::new).ok_or_else(|| {
            let errors = checked.diagnostics.iter().map(|one| {
                let at = checked.sources.locate(one.at);
                formwork_runtime::rejection::Problem::new(one.code, one.message.clone()).field(at)
            });
            Problem::of(StatusCode::UNPROCESSABLE_ENTITY, errors.collect())
        })
    }
}

fn take_mapping(members: &mut Members) -> Mapping {
    let mapping = members.take_map("mapping");
    Mapping::read(&Json::Object(mapping)).unwrap_or_else(|why| {
        members.unfit::<()>("mapping", why);
        Mapping::default()
    })
}

/// 90 days, when nothing is said.
fn take_since(members: &mut Members, book: &Arc<Book>) -> jiff::Timestamp {
    let since = members.take_text("since").unwrap_or_else(|| "90d".to_owned());
    parse_since(&since, book.now(), &book.catalog().book.zone).unwrap_or_else(|| {
        members.unfit::<()>(
            "since",
            text!("`since` is a day or a length such as `90d`", "`since` 应为日期或 `90d` 这样的时长"),
        );
        book.now()
    })
}
