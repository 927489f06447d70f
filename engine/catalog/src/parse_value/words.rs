//! Texts with a shape: one line, several lines, telephone, e-mail and web addresses.

use formwork_model::{field_type::FieldType, text, value::Value};

use super::{BadValue, MAX_TEXT};

/// One line: no control characters.
pub(super) fn line(text: &str) -> Result<Value, BadValue> {
    bounded(text)?;
    match text.chars().find(|c| c.is_control()) {
        None => Ok(Value::text(text)),
        Some('\n' | '\r') => Err(BadValue::malformed(text!("a text has one line", "此处只能填写一行文字"))),
        Some(c) => Err(control(c)),
    }
}

/// Several lines: line breaks become `\n`, tabs stay, other control characters are refused.
pub(super) fn lines(text: &str) -> Result<Value, BadValue> {
    bounded(text)?;
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        None => Ok(Value::text(text)),
        Some(c) => Err(control(c)),
    }
}

fn control(c: char) -> BadValue {
    let number = format!("U+{:04X}", u32::from(c));
    BadValue::malformed(text!("the control character {number} is not allowed", "不允许控制字符 {number}"))
}

fn bounded(text: &str) -> Result<(), BadValue> {
    if text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some() {
        return Err(BadValue::out_of_range(text!(
            "the text has more than {MAX_TEXT} characters",
            "文字超过 {MAX_TEXT} 个字符"
        )));
    }
    Ok(())
}

/// 5 to 20 digits with the usual separators, a leading `+`, and an extension behind `x`, `#` or `转`.
pub(super) fn phone(text: &str) -> Result<Value, BadValue> {
    let (number, extension) = match text.split_once(['x', 'X', '#', '转']) {
        Some((number, extension)) => (number, Some(extension.trim())),
        None => (text, None),
    };
    let number = number.trim_end();
    let body = number.strip_prefix('+').unwrap_or(number);
    let digits = body.chars().filter(char::is_ascii_digit).count();
    let extension_ok = extension.is_none_or(|e| (1..=8).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_digit()));
    let good = (5..=20).contains(&digits)
        && body.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.'))
        && extension_ok;
    if good { Ok(Value::text(text)) } else { Err(BadValue::expected(&FieldType::Phone, text)) }
}

/// A local part, `@`, and a domain with a dot.
pub(super) fn email(text: &str) -> Result<Value, BadValue> {
    let bad = || BadValue::expected(&FieldType::Email, text);
    let (local, domain) = text.rsplit_once('@').ok_or_else(bad)?;
    let local_ok = (1..=64).contains(&local.len())
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let good = local_ok && text.len() <= 254 && domain.contains('.') && host(domain);
    if good { Ok(Value::text(text)) } else { Err(bad()) }
}

/// An `http` or `https` address with a host.
pub(super) fn url(text: &str) -> Result<Value, BadValue> {
    let bad = || BadValue::expected(&FieldType::Url, text);
    let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A user part is how a link is made to look like another site's.
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !authority.ends_with(']') => (name, Some(port)),
        _ => (authority, None),
    };
    let host_ok = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host(name),
    };
    let good = (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && text.len() <= 2048
        && host_ok
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"`\\^{|}".contains(c));
    if good { Ok(Value::text(text)) } else { Err(bad()) }
}

fn host(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
