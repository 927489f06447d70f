//! Texts: nothing is changed in place, every function gives a new text.

use rhai::{Engine, ImmutableString};

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("trim", |text: &str| text.trim().to_owned())
        .register_fn("upper", |text: &str| text.to_uppercase())
        .register_fn("lower", |text: &str| text.to_lowercase())
        .register_fn("fold", fold)
        .register_fn("replace", |text: ImmutableString, from: &str, to: &str| text.replace(from, to))
        .register_fn("text", |value: rhai::Dynamic| {
            let json = crate::convert::dynamic_to_json(&value);
            json.as_str().map_or_else(|| if json.is_null() { String::new() } else { json.to_string() }, str::to_owned)
        });
}

/// The form in which names of companies are compared: half width, lower case, without spaces and brackets.
fn fold(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            c => c,
        })
        .filter(|c| !c.is_whitespace() && !"()[]{}<>【】〔〕「」『』《》〈〉".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_fold_to_the_same_text_however_they_were_typed() {
        assert_eq!(super::fold("ＡＢＣ（上海） 有限公司"), "abc上海有限公司");
        assert_eq!(super::fold("abc(上海)有限公司"), "abc上海有限公司");
    }
}
