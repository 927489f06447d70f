//! What a page to print may not hold: browsers are told to run and to style nothing that a page brings itself, and to
//! load nothing from elsewhere, so it would do nothing.

/// The first thing in a piece of HTML that would do nothing, as it is written.
pub(super) fn idle(html: &str) -> Option<&str> {
    const TAGS: [&str; 8] = ["<script", "<style", "<iframe", "<object", "<embed", "<link", "<form", "<base"];
    let lower = html.to_ascii_lowercase();
    let tag = TAGS.iter().filter_map(|tag| Some((lower.find(tag)?, tag.len()))).min();
    let attribute = attributes(&lower).find(|(at, length)| {
        let name = lower.get(*at..at + length).unwrap_or_default();
        let rest = lower.get(at + length..).unwrap_or_default().trim_start_matches(['=', '"', '\'', ' ']);
        name == "style" || name.starts_with("on") || (name == "src" && !rest.starts_with('/'))
    });
    let (at, length) = tag.into_iter().chain(attribute).min()?;
    html.get(at..at + length)
}

/// Place and length of every name of an attribute: what stands between a blank and a `=` inside a tag.
fn attributes(html: &str) -> impl Iterator<Item = (usize, usize)> {
    html.match_indices('=').filter_map(move |(equals, _)| {
        let ahead = html.get(..equals)?;
        let inside = ahead.rfind('<') > ahead.rfind('>');
        let name = ahead.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(0, |at| at + 1);
        (inside && name < equals).then_some((name, equals - name))
    })
}

#[cfg(test)]
mod tests {
    use super::idle;

    #[test]
    fn what_a_browser_would_not_do_is_found() {
        for (html, found) in [
            ("<p STYLE='color: red'>", "STYLE"),
            ("<p>a</p><script>alert(1)</script>", "<script"),
            ("<img src=\"https://elsewhere/a.png\">", "src"),
            ("<p onclick=x>", "onclick"),
        ] {
            assert_eq!(idle(html), Some(found), "{html}");
        }
        for html in ["<p class=\"style\">a = b, style = c</p>", "<td colspan=2>", "<img src=\"/assets/x/mark.svg\">"] {
            assert_eq!(idle(html), None, "{html}");
        }
    }
}
