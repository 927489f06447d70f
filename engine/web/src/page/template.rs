//! The templates of `pages/`, compiled once for each language, and the helpers they use.

use std::sync::LazyLock;

use formwork_model::text::Language;
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError};
use serde_json::Value as Json;

use super::{asset, words};

/// One template a file, by the name it has without its ending.
macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../pages/", $name, ".hbs")))),*];
    };
}

templates!(
    "admin_access",
    "admin_audit",
    "admin_backups",
    "admin_definition",
    "admin_definitions",
    "admin_design_flow",
    "admin_design_foot",
    "admin_design_form",
    "admin_design_head",
    "admin_design_new",
    "admin_design_object",
    "admin_design_panel",
    "admin_design_row",
    "admin_draft",
    "admin_editor",
    "admin_found",
    "admin_handed_in",
    "admin_head",
    "admin_incident",
    "admin_incidents",
    "admin_instance",
    "admin_instances",
    "admin_new_file",
    "admin_outside",
    "admin_people",
    "admin_person",
    "admin_plan",
    "admin_preview",
    "admin_published",
    "admin_reference",
    "admin_release",
    "admin_releases",
    "admin_start",
    "admin_steps",
    "admin_table",
    "admin_table_csv",
    "admin_tables",
    "approval",
    "ask",
    "board",
    "books",
    "box",
    "calendar",
    "conditions",
    "dashboard",
    "drafts",
    "edit",
    "entry",
    "error",
    "flow",
    "input",
    "input_state",
    "layout",
    "lines",
    "lines_edit",
    "list",
    "menu",
    "menu_page",
    "message",
    "messages",
    "numbers",
    "part",
    "password",
    "period",
    "pivot",
    "print",
    "problems",
    "proxies",
    "record",
    "report",
    "reports",
    "results",
    "row",
    "search",
    "sections",
    "sign_in",
    "start",
    "tabs",
    "tasks",
    "value",
    "verdict",
    "view_panel",
    "work",
);

static ZH: LazyLock<Handlebars<'static>> = LazyLock::new(|| compiled(Language::Zh));
static EN: LazyLock<Handlebars<'static>> = LazyLock::new(|| compiled(Language::En));

/// Fills in a template.
///
/// # Errors
/// When there is no such template, or a value is not of the kind it takes.
pub(crate) fn render(name: &str, language: Language, values: Json) -> Result<String, RenderError> {
    let engine: &Handlebars<'static> = match language {
        Language::Zh => &ZH,
        Language::En => &EN,
    };
    engine.render_with_context(name, &Context::from(values))
}

/// How a page begins and ends that is laid into the frame, and where in the frame it lies.
const FRAME: (&str, &str, &str) = ("{{#> layout}}", "{{/layout}}", "{{> @partial-block}}");

/// A template with what it includes written into it. The library gives an included template a copy of all that it could
/// use, for a page all of its values, and copies again whatever is then looked up: most of what a page would cost. What
/// includes itself, or is given something, is left to the library.
fn woven(text: &str, within: &[&str]) -> String {
    let known = |name: &str| TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let framed = text.trim_end().strip_prefix(FRAME.0).and_then(|text| text.strip_suffix(FRAME.1));
    if let Some((page, frame)) = framed.zip(known("layout")) {
        return woven(&frame.replace(FRAME.2, page), &[within, &["layout"][..]].concat());
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, (name, after))) =
        rest.split_once("{{> ").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        out.push_str(before);
        match known(name).filter(|_| !within.contains(&name)) {
            Some(text) => out.push_str(&woven(text, &[within, &[name][..]].concat())),
            None => out.extend(["{{> ", name, "}}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn compiled(language: Language) -> Handlebars<'static> {
    let mut engine = Handlebars::new();
    for (name, text) in TEMPLATES {
        // INVARIANT: a test compiles every template; one that is broken would be missing, and said so by name.
        if let Err(error) = engine.register_template_string(name, woven(text, &[*name])) {
            tracing::error!(name, %error, "a template can't be compiled");
        }
    }
    engine.register_helper(
        "t",
        Box::new(
            move |helper: &Helper<'_>,
                  _: &Handlebars<'_>,
                  _: &Context,
                  _: &mut RenderContext<'_, '_>,
                  out: &mut dyn Output|
                  -> HelperResult {
                let key = helper.param(0).and_then(|key| key.value().as_str()).unwrap_or_default();
                out.write(words::word(key, language))?;
                Ok(())
            },
        ),
    );
    engine.register_helper("icon", Box::new(icon));
    engine
}

/// `{{icon "name"}}`: a symbol of `assets/icons.svg`, for eyes only.
fn icon(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = helper.param(0).and_then(|name| name.value().as_str()).unwrap_or_default();
    let root = asset::root();
    out.write(&format!("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{root}/icons.svg#{name}\"/></svg>"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_compiled_and_every_file_is_one() {
        for language in [Language::Zh, Language::En] {
            let engine = compiled(language);
            for (name, _) in TEMPLATES {
                assert!(engine.has_template(name), "{name}");
            }
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, TEMPLATES.len(), "a file of pages/ is no template");
    }

    #[test]
    fn every_icon_is_drawn() {
        let drawn = include_str!("../../assets/icons.svg");
        for (name, text) in TEMPLATES {
            for icon in text.split("{{icon \"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(drawn.contains(&format!("id=\"{icon}\"")), "{name}: no icon `{icon}`");
            }
        }
    }

    #[test]
    fn what_people_typed_is_text_and_no_markup() {
        let values = serde_json::json!({"text": "<script>alert(1)</script>"});
        let page = render("value", Language::En, values).unwrap();
        assert!(!page.contains('<'), "{page}");
    }
}
