//! Lists: filter, order, one page after the other.

use axum::http::StatusCode;
use formwork_catalog::{
    filter::{Filter, parse_filter},
    object::{Object, SYSTEM_FIELDS},
};
use formwork_model::{code, name::Name, nearest::nearest, text};
use formwork_runtime::{
    json,
    query::{Cursor, Query, parse_sort},
};
use serde_json::{Map, Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    body,
    error::Problem,
    parameter::{Parameters, bad_parameter},
};

/// Records of a page when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);
/// How far `count=capped` counts.
const COUNT_CAP: usize = 1000;

/// `GET /{book}/api/{object}`
pub(crate) async fn list(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut parameters = ask.call.parameters()?;
    let query = take_query(&ask, &object, &mut parameters)?;
    let fields = take_fields(&object, &mut parameters)?;
    let cap = take_cap(&mut parameters)?;
    let explain = parameters.take_flag("explain")?;
    parameters.finish()?;
    let actor = ask.actor.clone();
    let (page, count, next) = ask
        .blocking(move |book| {
            let page = book.list(&query, &actor)?;
            let count = cap.map(|cap| book.count(query.object, &query.filter, cap, &actor)).transpose()?;
            let next = page.next.as_ref().map(|cursor| place_text(cursor, &query));
            Ok((page, count, next))
        })
        .await?;
    let mut out = Map::new();
    let absent = |place: usize| page.absent.get(place).map_or(&[][..], Vec::as_slice);
    let shown = |(place, record)| json::pinned_record(&object, None, (record, absent(place)), fields.as_deref());
    let data = page.records.iter().enumerate().map(shown).collect();
    out.insert("data".into(), Json::Array(data));
    out.insert("next".into(), json!(next));
    if let Some((value, exact)) = count {
        out.insert("count".into(), json!({"value": value, "exact": exact}));
    }
    if explain {
        out.insert("explain".into(), json!({"plan": page.plan.describe(), "read": page.read}));
    }
    Ok(api::json(StatusCode::OK, &Json::Object(out)))
}

pub(crate) fn take_query(ask: &Ask, object: &Object, parameters: &mut Parameters) -> Result<Query, Problem> {
    let filter = match parameters.take("filter") {
        Some(text) => {
            let json = body::json(text.as_bytes()).map_err(|problem| problem.field("filter"))?;
            parse_filter(&*ask.catalog, object.name, &json, &ask.catalog.book.zone).map_err(Problem::filter)?
        }
        None => Filter::And(Vec::new()),
    };
    let sort = parse_sort(object, &parameters.take("sort").unwrap_or_default())?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let mut query = Query { object: object.name, filter, sort, limit, after: None };
    if let Some(after) = parameters.take("after") {
        query.after = Some(read_place(&after, &query)?);
    }
    Ok(query)
}

/// A place in a list, for the parameter `after`.
pub(crate) fn place_text(cursor: &Cursor, query: &Query) -> String {
    format!("{}.{}", cursor.to_text(), mark_of(query))
}

/// A place in a list is one of its object and order only.
pub(crate) fn read_place(text: &str, query: &Query) -> Result<Cursor, Problem> {
    let cursor = text
        .rsplit_once('.')
        .filter(|(_, mark)| *mark == mark_of(query))
        .and_then(|(cursor, _)| Cursor::from_text(cursor));
    cursor.ok_or_else(|| {
        let message = text!(
            "`after` is no place in this list; begin at its first page",
            "`after` 不是此列表的位置；请从第一页开始"
        );
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-cursor"), message).field("after")
    })
}

/// Eight digits that stand for the object and the order: FNV-1a, which needs to be stable, not secret.
fn mark_of(query: &Query) -> String {
    let order = query.sort.iter().flat_map(|(field, descending)| [field.as_str(), if *descending { "-" } else { "+" }]);
    let bytes = std::iter::once(query.object.as_str()).chain(order).flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

/// `fields=a,b`: what of each record is shown.
pub(crate) fn take_fields(object: &Object, parameters: &mut Parameters) -> Result<Option<Vec<Name>>, Problem> {
    let Some(text) = parameters.take("fields") else { return Ok(None) };
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let known = |word: &str| Name::find(word).filter(|name| object.kind_of(*name).is_some());
    words.map(|word| known(word).ok_or_else(|| unknown_field(object, word))).collect::<Result<_, _>>().map(Some)
}

fn unknown_field(object: &Object, word: &str) -> Problem {
    let names =
        object.fields.iter().map(|field| field.name.as_str()).chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name));
    let shown: String = word.chars().take(64).collect();
    let message = match nearest(&shown, names) {
        Some(near) => {
            text!("there is no field `{shown}`; did you mean `{near}`?", "没有字段 `{shown}`；是不是 `{near}`？")
        }
        None => text!("there is no field `{shown}`", "没有字段 `{shown}`"),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("unknown-field"), message).field("fields")
}

/// How far to count; `None` is not at all.
fn take_cap(parameters: &mut Parameters) -> Result<Option<usize>, Problem> {
    match parameters.take("count").as_deref() {
        None | Some("none") => Ok(None),
        Some("capped") => Ok(Some(COUNT_CAP)),
        Some("exact") => Ok(Some(usize::MAX)),
        Some(_) => {
            Err(bad_parameter("count", text!("`count` is none, capped or exact", "`count` 应为 none、capped 或 exact")))
        }
    }
}
