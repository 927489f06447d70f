//! Where in a text something is that was looked for.

use std::ops::Range;

use serde_json::{Value as Json, json};

/// How many characters are shown before and behind what was found in a long text.
const AROUND: (usize, usize) = (16, 48);

/// A text with what was looked for marked: `{text, hit}` one after the other. Nothing when it is not there.
pub(crate) fn marked(text: &str, sought: &str) -> Option<Json> {
    let (before, hit, behind) = split(text, sought)?;
    Some(parts([before, behind], hit))
}

/// As [`marked`], of a long text only what stands around it.
pub(crate) fn around(text: &str, sought: &str) -> Option<Json> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, hit, behind) = split(&text, sought)?;
    let skipped = before.chars().count().saturating_sub(AROUND.0);
    let mut near: String = before.chars().skip(skipped).collect();
    if skipped > 0 {
        near.insert(0, '…');
    }
    let mut rest: String = behind.chars().take(AROUND.1).collect();
    if behind.chars().count() > AROUND.1 {
        rest.push('…');
    }
    Some(parts([&near, &rest], hit))
}

fn parts([before, behind]: [&str; 2], hit: &str) -> Json {
    let part = |text: &str, hit: bool| json!({"text": text, "hit": hit});
    let all = [part(before, false), part(hit, true), part(behind, false)];
    Json::Array(all.into_iter().filter(|part| part["text"] != "").collect())
}

/// What stands before it, it as it is written, and what stands behind it.
fn split<'t>(text: &'t str, sought: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let Range { start, end } = place(text, sought)?;
    Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
}

/// Where a text has another, whatever the case: letters may be of another length in the other case.
fn place(text: &str, sought: &str) -> Option<Range<usize>> {
    let sought: Vec<char> = sought.chars().flat_map(char::to_lowercase).collect();
    let begins = |start: usize| {
        let mut left = sought.iter().copied().peekable();
        for (at, letter) in text.get(start..)?.char_indices() {
            if letter.to_lowercase().any(|low| left.next_if_eq(&low).is_none()) {
                return None;
            }
            if left.peek().is_none() {
                return Some(start..start + at + letter.len_utf8());
            }
        }
        None
    };
    text.char_indices().filter(|_| !sought.is_empty()).find_map(|(start, _)| begins(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_marked_as_it_is_written() {
        for (text, sought, found) in [
            ("Great Wall", "WALL", Some(("Great ", "Wall", ""))),
            ("上海东方科技", "东方", Some(("上海", "东方", "科技"))),
            ("İstanbul", "stan", Some(("İ", "stan", "bul"))),
            ("aab", "ab", Some(("a", "ab", ""))),
            ("Wal", "wall", None),
            ("Wall", "", None),
        ] {
            assert_eq!(split(text, sought), found, "{sought} in {text}");
        }
    }

    #[test]
    fn of_a_long_text_what_stands_around_it_is_shown() {
        let text = format!("{}needle{}", "a ".repeat(40), " b".repeat(40));
        let shown = around(&text, "NEEDLE").unwrap();
        let said: String = shown.as_array().unwrap().iter().filter_map(|part| part["text"].as_str()).collect();
        assert!(said.starts_with('…') && said.ends_with('…') && said.chars().count() < 80, "{said}");
        assert_eq!(shown[1], json!({"text": "needle", "hit": true}));
        assert_eq!(marked("needle", "needle").unwrap(), json!([{"text": "needle", "hit": true}]));
    }
}
