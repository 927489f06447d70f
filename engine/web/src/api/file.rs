//! Uploaded files: kept once under the hash of their content.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_catalog::parse_value::{ParseContext, parse_json, render_json};
use formwork_model::{field_type::FieldType, text, value::Value};

use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    media,
    parameter::bad_parameter,
};

/// `POST /{book}/api/files?name=`: the answer is what a `file` field takes.
pub(crate) async fn keep(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let name = parameters.take("name").unwrap_or_else(|| "file".to_owned());
    parameters.finish()?;
    let media = ask.call.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.unwrap_or("application/octet-stream").to_owned();
    let content = ask.call.body.clone();
    media::check(&media, &content)?;
    // What no `file` field would take is refused before it is kept.
    let probe = serde_json::json!({"sha256": "0".repeat(64), "name": name, "media": media, "size": content.len()});
    let context = ParseContext { zone: ask.catalog.book.zone.clone() };
    parse_json(&FieldType::File, &probe, &context).map_err(|_| {
        bad_parameter(
            "name",
            text!("the name or the media type of the file is not acceptable", "文件名或媒体类型不可用"),
        )
    })?;
    let login = ask.actor.login.clone();
    let file = ask.blocking(move |book| book.keep_file(&login, name.trim(), &media, content.into())).await?;
    Ok(api::json(StatusCode::CREATED, &render_json(&Value::File(file.into()))))
}

/// `GET /{book}/api/files/{sha256}?name=&object=&id=`: always a download, never shown by the browser. Where roles say who
/// may do what, a file is reached by a record that refers to it.
pub(crate) async fn content(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let name = parameters.take("name").unwrap_or_default();
    let held_by = match parameters.take("object") {
        None => None,
        Some(object) => {
            let known = ask.catalog.find_object(&object).ok_or_else(|| not_found("object", &object))?.name;
            Some((known, ask.find(known, &parameters.take("id").unwrap_or_default())?))
        }
    };
    parameters.finish()?;
    let sha256 = ask.call.path("sha256").to_owned();
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let found = if is_hash {
        let sha256 = sha256.clone();
        let actor = ask.actor.clone();
        ask.blocking(move |book| book.eyes(&actor).file(&sha256, held_by)).await?
    } else {
        None
    };
    let (content, is_sensitive) = found.ok_or_else(|| not_found("file", &sha256))?;
    let mut response = api::with_type(StatusCode::OK, "application/octet-stream", content);
    let headers = response.headers_mut();
    let disposition = if name.is_empty() {
        "attachment".to_owned()
    } else {
        format!("attachment; filename*=UTF-8''{}", encoded(&name))
    };
    // The content under a hash never changes; but each reading of what is sensitive is noted, and it may be erased.
    let kept = if is_sensitive { "no-store" } else { "private, max-age=31536000, immutable" };
    for (header, value) in [
        (header::CONTENT_DISPOSITION, disposition),
        (header::ETAG, format!("\"{sha256}\"")),
        (header::CACHE_CONTROL, kept.to_owned()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    }
    Ok(response)
}

/// A file name as RFC 8187 writes it.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
