//! What the headers of a request say.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use formwork_model::{code, name::Name, text, text::Language};
use formwork_runtime::command::Actor;

use crate::error::Problem;

/// Names the caller; a `--dev` server takes it as it comes.
pub(crate) const ACTOR: HeaderName = HeaderName::from_static("formwork-actor");
/// Makes a repeated request harmless.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that an earlier request earned.
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Ties an answer to the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The revisions that `If-Match` allows.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// `*`: whatever it is now.
    Any,
    /// These; none when no tag was one of ours.
    Revs(Vec<u64>),
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
}

/// The cookie with the language a user chose.
pub(crate) const LANGUAGE_COOKIE: &str = "formwork-language";
/// The cookie with light or dark.
pub(crate) const THEME_COOKIE: &str = "formwork-theme";
/// The cookie that names the caller on a `--dev` server, as [`ACTOR`] does, with `+` between its words.
pub(crate) const ACTOR_COOKIE: &str = "formwork-actor";

/// The cookie of the modules of the menu that the reader has opened, with `.` between them. The page's own script keeps
/// it.
pub(crate) const MENU_COOKIE: &str = "formwork-menu";

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// A cookie that a browser keeps for a year. It is no secret, and says nothing that counts as permission.
pub(crate) fn keep_cookie(name: &str, value: &str, path: &str) -> String {
    format!("{name}={value}; Path={path}; Max-Age=31536000; SameSite=Lax; HttpOnly")
}

/// The language the user chose; else of `Accept-Language` with the greatest weight; Chinese without either.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    match cookie(headers, LANGUAGE_COOKIE).as_deref() {
        Some("zh") => return Language::Zh,
        Some("en") => return Language::En,
        _ => {}
    }
    let Some(text) = text_of(headers, header::ACCEPT_LANGUAGE) else { return Language::default() };
    let mut best = (0, Language::En);
    for range in text.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        let language = match tag.get(..2) {
            Some("zh") => Language::Zh,
            Some("en") => Language::En,
            _ if tag == "*" => Language::default(),
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, language);
        }
    }
    best.1
}

/// `0.8` as 800; anything unreadable counts little.
fn thousandths(weight: &str) -> u32 {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    if whole == "1" { 1000 } else { digits.parse().unwrap_or(1) }
}

/// The caller's own id, when it is harmless in logs and headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = text_of(headers, REQUEST_ID)?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=128).contains(&id.len()) && id.bytes().all(harmless)).then(|| id.to_owned())
}

fn bad_header(name: &str, en: &str, zh: &str) -> Problem {
    let message = text!("`{name}` {en}", "`{name}` {zh}");
    Problem::new(StatusCode::BAD_REQUEST, code!("bad-header"), message).field(name)
}

/// Who asks, on a `--dev` server: `Formwork-Actor: login role role`, or the cookie that pages keep, by default `dev`
/// without roles.
pub(crate) fn dev_actor(headers: &HeaderMap) -> Result<Actor, Problem> {
    let bad =
        || bad_header("Formwork-Actor", "is a login and its roles, between blanks", "应为登录名和角色，以空格分隔");
    let text = match headers.get(ACTOR) {
        Some(value) => std::str::from_utf8(value.as_bytes()).map_err(|_| bad())?.to_owned(),
        None => match cookie(headers, ACTOR_COOKIE).filter(|kept| !kept.is_empty()) {
            Some(kept) => kept.replace('+', " "),
            None => return Ok(Actor::new("dev", [])),
        },
    };
    let mut words = text.split_ascii_whitespace();
    let login = words.next().filter(|login| login.chars().count() <= 64).ok_or_else(bad)?;
    if text.chars().any(char::is_control) {
        return Err(bad());
    }
    // A role that no definition names allows nothing.
    Ok(Actor::new(login, words.filter_map(Name::find)))
}

/// The revisions the caller has seen; `None` without `If-Match`.
pub(crate) fn if_match(headers: &HeaderMap) -> Option<Seen> {
    tags(headers, header::IF_MATCH)
}

/// Whether the caller already has this revision.
pub(crate) fn has_rev(headers: &HeaderMap, rev: u64) -> bool {
    match tags(headers, header::IF_NONE_MATCH) {
        Some(Seen::Any) => true,
        Some(Seen::Revs(revs)) => revs.contains(&rev),
        None => false,
    }
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Seen> {
    let text = headers.get(name)?.to_str().unwrap_or_default();
    if text.trim() == "*" {
        return Some(Seen::Any);
    }
    // Proxies that compress weaken the tag; it still names the revision.
    let number = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Some(Seen::Revs(text.split(',').filter_map(|tag| number(tag.trim())).collect()))
}

/// The caller's `Idempotency-Key`.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<Arc<str>>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(key.into()))
        }
        _ => Err(bad_header(
            "Idempotency-Key",
            "is 1 to 255 visible ASCII characters",
            "应为 1 到 255 个可见 ASCII 字符",
        )),
    }
}

/// Refuses what a page of another site sends with the browser of a user, and a `--dev` server under a name that
/// is not the machine's own (a foreign name that was made to point here).
pub(crate) fn check_site(method: &Method, headers: &HeaderMap, dev: bool) -> Result<(), Problem> {
    let host = text_of(headers, header::HOST);
    let foreign = !method.is_safe() && matches!(page(headers), Page::Foreign);
    if foreign || (dev && host.is_some_and(|host| !is_loopback(host))) { Err(cross_site()) } else { Ok(()) }
}

/// Whether the browser says that the request comes from a page of this server. A program that says nothing is not
/// believed: where a cookie proves who asks, something has to show that a page of another site did not make it.
pub(crate) fn is_of_own_page(headers: &HeaderMap) -> bool {
    matches!(page(headers), Page::Own)
}

/// A page of another site asks.
pub(crate) fn cross_site() -> Problem {
    let message = text!("this comes from another site", "请求来自其他网站");
    Problem::new(StatusCode::FORBIDDEN, code!("cross-site"), message)
}

/// Which page makes the browser ask.
enum Page {
    Own,
    /// Also one of another host of the same site.
    Foreign,
    /// No page: an address that was typed, or a program.
    Unsaid,
}

fn page(headers: &HeaderMap) -> Page {
    match text_of(headers, HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => return Page::Own,
        Some("none") => return Page::Unsaid,
        Some(_) => return Page::Foreign,
        None => {}
    }
    let Some(origin) = text_of(headers, header::ORIGIN) else {
        return if headers.contains_key(header::ORIGIN) { Page::Foreign } else { Page::Unsaid };
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    if authority.is_some() && authority == text_of(headers, header::HOST) { Page::Own } else { Page::Foreign }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the caller is a browser that goes somewhere: it says so, programs and scripts do not.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    text_of(headers, header::ACCEPT).is_some_and(|accept| accept.contains("text/html"))
}

/// Whether a body of this type is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let media = text_of(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a body of this type may be read as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media = text_of(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn one(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn the_language_with_the_greatest_weight_is_spoken() {
        let spoken = |text: &str| language(&one(header::ACCEPT_LANGUAGE, text));
        for text in ["zh-CN", "en;q=0.5, zh;q=0.8", "fr, zh-Hans;q=0.1", "*", "zh,en"] {
            assert_eq!(spoken(text), Language::Zh, "{text}");
        }
        for text in ["en", "en-GB,zh;q=0.9", "fr", "zh;q=0.3,en;q=0.31", ""] {
            assert_eq!(spoken(text), Language::En, "{text}");
        }
        assert_eq!(language(&HeaderMap::new()), Language::Zh);
    }

    #[test]
    fn a_loopback_host_is_recognised_however_it_is_written() {
        for host in ["localhost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]:8080", "book.localhost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", "[2001:db8::1]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn tags_are_revisions() {
        let seen = |text: &str| if_match(&one(header::IF_MATCH, text));
        assert_eq!(seen("\"3\", W/\"4\""), Some(Seen::Revs(vec![3, 4])));
        assert_eq!(seen(" * "), Some(Seen::Any));
        assert_eq!(seen("\"x\""), Some(Seen::Revs(Vec::new())));
    }
}
