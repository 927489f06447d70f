//! Script files: their functions belong to the library, their statements are what `run: NAME` runs.

/// The text with every function blanked out, so that what is left stands where it stood.
pub(crate) fn statements(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(length) = function(rest, out.chars().next_back()) {
            let (function, after) = rest.split_at(length);
            out.extend(function.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
            continue;
        }
        let (token, after) = rest.split_at(token(rest));
        out.push_str(token);
        rest = after;
    }
    out
}

/// Whether the statements do anything: not only blanks and comments.
pub(crate) fn is_blank(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let (token, after) = rest.split_at(token(rest));
        if !token.trim().is_empty() && !token.starts_with("//") && !token.starts_with("/*") {
            return false;
        }
        rest = after;
    }
    true
}

/// The length of the function that begins here: `fn name(…) {…}`, also `private`.
fn function(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
        return None;
    }
    let after = rest.strip_prefix("private").map_or(rest, str::trim_start);
    after.strip_prefix("fn").filter(|name| name.starts_with([' ', '\t', '\n', '\r']))?;
    let mut at = rest.len() - after.len() + 2;
    let mut depth = 0usize;
    while let Some(next) = rest.get(at..).filter(|next| !next.is_empty()) {
        let length = token(next);
        match next.get(..length) {
            Some("{") => depth += 1,
            Some("}") if depth <= 1 => return Some(at + length),
            Some("}") => depth -= 1,
            _ => {}
        }
        at += length;
    }
    None
}

/// The length of a comment, a text, or one character.
fn token(rest: &str) -> usize {
    let until = |end: &str, from: usize| {
        let inner = rest.get(from..).unwrap_or_default();
        inner.find(end).map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until("*/", 2);
    }
    match rest.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => {
            let mut escaped = false;
            for (at, c) in rest.char_indices().skip(1) {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if quote != '`' => escaped = true,
                    c if c == quote => return at + c.len_utf8(),
                    _ => {}
                }
            }
            rest.len()
        }
        Some(c) => c.len_utf8(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_blanked_and_statements_stay_in_their_place() {
        let text = "// fn none() {}\nfn a(x) { if x { \"}\" } else { '}' } }\nlet b = a(1);\nprivate fn c() {\n 1 }\nthis.fn_x = b;";
        let left = statements(text);
        assert_eq!(left.chars().count(), text.chars().count());
        assert_eq!(left.lines().count(), text.lines().count());
        let lines: Vec<&str> = left.lines().map(str::trim).collect();
        assert_eq!(lines, ["// fn none() {}", "", "let b = a(1);", "", "", "this.fn_x = b;"]);
        assert!(is_blank(&statements("/* x */ fn a() { 1 } // y")));
        assert!(!is_blank(&left));
    }
}
