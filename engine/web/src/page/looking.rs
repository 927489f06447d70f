//! Pages as somebody sees them who looks at them as another person: what would change something is there, says why it
//! can't be used, and can't.

/// A page in which nothing can be sent but what ends the looking, or the session.
pub(crate) fn only(html: &str, why: &str) -> String {
    let (mut out, mut rest, mut sends) = (String::with_capacity(html.len() + 512), html, false);
    while let Some((ahead, tag, behind)) = next_tag(rest) {
        out.push_str(ahead);
        if tag.starts_with("<form") {
            let leaves = ["/view-as/end\"", "/sign-out\""].iter().any(|end| tag.contains(end));
            sends = tag.contains("method=\"post\"") && !leaves;
        } else if tag.starts_with("</form") {
            sends = false;
        }
        // A button beside its form names it.
        let refused = tag.starts_with("<button") && (sends || tag.contains(" form=\""));
        if refused && !tag.contains("type=\"button\"") && !tag.contains(" disabled") {
            out.push_str(&format!(
                "<button disabled title=\"{why}\"{}",
                tag.strip_prefix("<button").unwrap_or_default()
            ));
        } else {
            out.push_str(tag);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What stands before the next tag of a form or button, the tag, and what stands behind it.
fn next_tag(html: &str) -> Option<(&str, &str, &str)> {
    let begins = |from: &str| ["<form", "</form", "<button"].iter().any(|tag| from.starts_with(tag));
    let start = html.match_indices('<').map(|(at, _)| at).find(|at| html.get(*at..).is_some_and(begins))?;
    let (ahead, from) = html.split_at(start);
    let (tag, behind) = from.split_at(from.find('>')? + 1);
    Some((ahead, tag, behind))
}

#[cfg(test)]
mod tests {
    use super::only;

    #[test]
    fn what_sends_is_there_and_says_why_it_can_not_be_used() {
        for (page, shown) in [
            (
                "<form method=\"post\" action=\"/a\"><input><button class=\"x\">是</button></form>",
                "<form method=\"post\" action=\"/a\"><input><button disabled title=\"why\" class=\"x\">是</button></form>",
            ),
            ("<form action=\"/s\"><button>Find</button></form><button>b</button>", ""),
            ("<form method=\"post\" action=\"/b/view-as/end\"><button>End</button></form>", ""),
            ("<form method=\"post\"><button type=\"button\">Line</button></form>", ""),
            ("<button form=\"f\">s</button>", "<button disabled title=\"why\" form=\"f\">s</button>"),
        ] {
            assert_eq!(only(page, "why"), if shown.is_empty() { page } else { shown });
        }
    }
}
