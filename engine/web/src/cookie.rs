//! The cookie that carries a session.
//!
//! Over TLS it is called `__Host-fw_BOOK` and `Secure`: no other host, also none of the same domain, can set it, and
//! it never travels in the clear. A server on loopback without TLS calls it `fw_BOOK`: Chromium and Firefox take a
//! `Secure` cookie from `http://127.0.0.1`, Safari does not. The book is in the name, not in the path: a path is no
//! border between pages of one host.

use axum::http::{HeaderMap, HeaderValue, header};
use formwork_account::{session::Lifetime, token::Token};
use formwork_integration::oidc;

fn name(book: &str, secure: bool) -> String {
    format!("{}fw_{book}", prefix(secure))
}

/// The cookie of a sign-in that is under way elsewhere. No book is called so that its own is the same.
fn pending_name(book: &str, secure: bool) -> String {
    format!("{}fw-pending_{book}", prefix(secure))
}

fn prefix(secure: bool) -> &'static str {
    if secure { "__Host-" } else { "" }
}

/// The token in the cookie of a book; `None` without one, and when there are several: then somebody else set one.
pub(crate) fn read(headers: &HeaderMap, book: &str, secure: bool) -> Option<Token> {
    one(headers, &name(book, secure)).and_then(Token::read)
}

/// What a browser keeps of a sign-in that is under way elsewhere.
pub(crate) fn read_pending(headers: &HeaderMap, book: &str, secure: bool) -> Option<String> {
    one(headers, &pending_name(book, secure)).map(str::to_owned)
}

/// The value of a cookie that is there once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// What makes a browser keep the token, for at most as long as the session can live.
pub(crate) fn keep(token: &Token, book: &str, secure: bool, lifetime: Lifetime) -> Option<HeaderValue> {
    secret(line(&name(book, secure), secure, &token.reveal(), lifetime.absolute.as_secs()))
}

/// What makes a browser keep what it has to bring back from a provider.
pub(crate) fn keep_pending(text: &str, book: &str, secure: bool) -> Option<HeaderValue> {
    secret(line(&pending_name(book, secure), secure, text, oidc::LIFETIME.as_secs()))
}

/// What makes it forget that.
pub(crate) fn forget_pending(book: &str, secure: bool) -> Option<HeaderValue> {
    line(&pending_name(book, secure), secure, "", 0)
}

fn secret(line: Option<HeaderValue>) -> Option<HeaderValue> {
    line.map(|mut line| {
        line.set_sensitive(true);
        line
    })
}

/// What makes a browser forget it.
pub(crate) fn forget(book: &str, secure: bool) -> Option<HeaderValue> {
    line(&name(book, secure), secure, "", 0)
}

fn line(name: &str, secure: bool, value: &str, seconds: i64) -> Option<HeaderValue> {
    let flag = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{flag}");
    HeaderValue::try_from(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_read_back_from_among_others_and_not_when_it_stands_twice() {
        let token = Token::new([7; 32]);
        let secret = token.reveal();
        let one = format!("a=b; fw_shop={secret}; c");
        assert_eq!(read(&headers(&[&one]), "shop", false), Some(token.clone()));
        assert_eq!(read(&headers(&["a=b", &format!("fw_shop={secret}")]), "shop", false), Some(token.clone()));
        for (lines, book, secure) in [
            (vec![one.as_str(), one.as_str()], "shop", false),
            (vec![one.as_str()], "other", false),
            (vec![one.as_str()], "shop", true),
            (vec!["fw_shop=short"], "shop", false),
            (vec![], "shop", false),
        ] {
            assert_eq!(read(&headers(&lines), book, secure), None, "{lines:?} {book}");
        }
        let kept = keep(&token, "shop", true, Lifetime::default()).unwrap();
        let kept = kept.to_str().unwrap();
        assert!(kept.starts_with("__Host-fw_shop="), "{kept}");
        assert!(kept.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"), "{kept}");
        assert!(forget("shop", false).unwrap().to_str().unwrap().starts_with("fw_shop=; "));
    }
}
