//! The definitions of the live release: every file with its picture, its fields, who may, where it is mentioned; and
//! the reference of the language.

use std::collections::{BTreeMap, HashSet};

use axum::http::StatusCode;
use formwork_catalog::{
    catalog::Catalog,
    flow::Flow,
    object::Object,
    reference,
    role::{Action, Rows},
};
use formwork_definition::kind::role::{May, RowScope};
use formwork_model::{
    field_path::FieldPath,
    field_type::FieldType,
    name::Name,
    source::Source,
    text,
    text::{Language, Text},
};
use pulldown_cmark::{Options, Parser, html};
use serde_json::{Value as Json, json};

use super::{Part, nothing, people::role_label, told};
use crate::{
    api::Answer,
    ask::Ask,
    page::{
        flow::{Traces, picture},
        typed::Typed,
        view::View,
    },
};

/// Mentions that are shown of a name.
const MENTIONS: usize = 200;

/// `GET /{book}/admin/definitions?q=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let q = typed.filled("q").unwrap_or_default().to_owned();
    ask.page("admin_definitions", StatusCode::OK, move |view| {
        Part::Definitions.open(view)?;
        let mut groups: BTreeMap<(usize, &str), Vec<Json>> = BTreeMap::new();
        let sought = q.to_lowercase();
        for source in view.catalog.sources.iter() {
            let (kind, name) = named(&source.path);
            let label = label(view, kind, name);
            let found = [&label, name, &*source.path].iter().any(|text| text.to_lowercase().contains(&sought));
            if found && !kind.is_empty() {
                let entry = json!({"href": href(view, &source.path), "label": label, "name": name, "path": &*source.path});
                groups.entry((order(kind), kind)).or_default().push(entry);
            }
        }
        let groups: Vec<Json> = groups
            .into_iter()
            .map(|((_, kind), entries)| json!({"kind": kind, "word": word_of_kind(view.language, kind), "count": entries.len(), "entries": entries}))
            .collect();
        let body = json!({
            "groups": groups, "q": q, "href": Part::Definitions.href(view), "reference": format!("{}/admin/reference", view.root),
            "new": format!("{}/admin/edit", view.root), "design": format!("{}/admin/design", view.root),
        });
        Part::Definitions.frame(view, view.word("adm_definitions"), body)
    })
    .await
}

/// What a kind of definition is called; one that is none of the language's own, as its files are.
pub(super) fn word_of_kind(language: Language, kind: &str) -> String {
    let label = match kind {
        "csv" => Some(text!("Rows of tables", "决策表数据")),
        "script" => Some(text!("Scripts", "脚本")),
        _ => formwork_definition::schema::label(kind),
    };
    label.map_or_else(|| kind.to_owned(), |label| label.get(language).to_owned())
}

fn order(kind: &str) -> usize {
    let kinds = formwork_definition::schema::kinds();
    kinds.iter().position(|known| *known == kind).unwrap_or(kinds.len())
}

/// `definitions/sales/quote.flow.yaml` is the `flow` called `quote`; a script is a `script`.
pub(crate) fn named(path: &str) -> (&str, &str) {
    let file = path.rsplit('/').next().unwrap_or_default();
    let (name, ending) = file.split_once('.').unwrap_or((file, ""));
    let kind = match ending {
        "rhai" => "script",
        "csv" => "csv",
        _ => ending.strip_suffix(".yaml").unwrap_or_default(),
    };
    (kind, name)
}

/// The address of a file's page.
pub(crate) fn href(view: &View, path: &str) -> String {
    format!("{}/{path}", Part::Definitions.href(view))
}

/// What a definition is called.
fn label(view: &View, kind: &str, name: &str) -> String {
    label_in(&view.catalog, kind, name).map_or_else(|| name.to_owned(), |label| view.say(label).to_owned())
}

/// What a release calls a definition; `None` when it does not have it, or nothing of this kind is called anything.
pub(super) fn label_in<'c>(catalog: &'c Catalog, kind: &str, name: &str) -> Option<&'c Text> {
    Name::find(name).and_then(|name| match kind {
        "book" => Some(&catalog.book.label),
        "object" => catalog.objects.get(&name).map(|one| &one.label),
        "flow" => catalog.flows.get(&name).map(|one| &one.label),
        "table" => catalog.tables.get(&name).map(|one| &one.label),
        "queue" => catalog.queues.get(&name).map(|one| &one.label),
        "report" => catalog.reports.get(&name).map(|one| &one.label),
        "dashboard" => catalog.dashboards.get(&name).map(|one| &one.label),
        "role" => catalog.roles.get(&name).map(|one| &one.label),
        "form" => catalog.forms.get(&name).map(|one| &one.label),
        "connector" => catalog.connectors.get(&name).map(|one| &one.label),
        "schedule" => catalog.schedules.get(&name).map(|one| &one.label),
        "ledger" => catalog.ledgers.get(&name).map(|one| &one.label),
        _ => None,
    })
}

/// `GET /{book}/admin/definitions/{*file}`
pub(crate) async fn one(ask: Ask) -> Answer {
    let path = ask.call.path("file").to_owned();
    ask.page("admin_definition", StatusCode::OK, move |view| {
        Part::Definitions.open(view)?;
        let source = view.catalog.sources.iter().find(|source| *source.path == *path).ok_or_else(nothing)?;
        let (kind, name) = named(&source.path);
        let known = Name::find(name);
        let flow = known.filter(|_| kind == "flow").and_then(|name| view.catalog.flows.get(&name));
        let object = known.filter(|_| kind == "object").and_then(|name| view.catalog.objects.get(&name));
        let role = known.filter(|_| kind == "role").and_then(|name| view.catalog.roles.get(&name));
        let form = known.filter(|_| kind == "form").and_then(|name| view.catalog.forms.get(&name));
        let about = object.map(|object| object.name).or(form.map(|form| form.object));
        let lines: Vec<Json> =
            source.text.lines().enumerate().map(|(at, text)| json!({"at": at + 1, "text": text})).collect();
        let body = json!({
            "crumb": {"href": Part::Definitions.href(view), "label": view.word("adm_definitions")},
            "kind": kind, "name": name, "path": path, "lines": lines, "many": lines.len() > 400,
            "picture": flow.map(|flow| drawn(view, flow)), "fields": object.map(|object| fields(view, object)),
            "preview": form.and_then(|form| super::design::form_drawn(view, &view.catalog, form)),
            "may": about.map(|object| who_may(view, object)), "acts": flow.map(|flow| acts(view, flow)),
            "grants": role.map(|role| grants(view, role)), "mentions": mentions(view, source, name),
            "table": (kind == "table").then(|| format!("{}/{name}", Part::Tables.href(view))),
            "design": super::design::designer(view, &path), "edit": (!path.starts_with("system/")).then(|| format!("{}/admin/edit/{path}", view.root)),
            "manual": format!("{}/admin/reference#{kind}", view.root),
        });
        Part::Definitions.frame(view, &label(view, kind, name), body)
    })
    .await
}

/// The picture of a flow in which everything is possible.
fn drawn(view: &View, flow: &Flow) -> Json {
    let possible: HashSet<Name> = flow.nodes.keys().copied().collect();
    let mut shown = picture::draw(view, flow, &Traces { possible, ..Traces::default() });
    shown["label"] = json!(view.say(&flow.label));
    shown
}

fn fields(view: &View, object: &Object) -> Vec<Json> {
    let mut rows = Vec::new();
    for field in &object.fields {
        rows.push(self::field(view, field, ""));
        rows.extend(field.lines.iter().map(|line| self::field(view, line, field.name.as_str())));
    }
    rows
}

fn field(view: &View, field: &formwork_catalog::object::Field, above: &str) -> Json {
    let kind = match &field.kind {
        FieldType::Ref(to) | FieldType::Refs(to) => format!("{} → {}", field.kind.word(), told::object(view, *to)),
        kind => kind.word().to_owned(),
    };
    let mut notes = Vec::new();
    let mut note = |holds: bool, text: formwork_model::text::Text| {
        if holds {
            notes.push(view.say(&text).to_owned());
        }
    };
    note(field.required.is_some(), text!("required", "必填"));
    note(field.computed, text!("computed", "计算"));
    note(field.roll_up.is_some(), text!("rolled up", "汇总"));
    note(field.kept, text!("kept by a clock", "由时钟维护"));
    note(field.default.is_some(), text!("default", "默认值"));
    note(field.history, text!("old values shown", "保留历史值"));
    let name = if above.is_empty() { field.name.to_string() } else { format!("{above}.{}", field.name) };
    let line = view.catalog.sources.place(field.span).map_or(1, |place| place.line);
    json!({
        "name": name, "label": view.say(&field.label), "kind": kind, "notes": notes.join(" · "), "line": line,
        "help": view.say(&field.help),
    })
}

/// Who may do what with records of an object, by role and grant.
fn who_may(view: &View, object: Name) -> Vec<Json> {
    let mut rows = Vec::new();
    for role in view.catalog.roles.values() {
        for grant in role.grants.iter().filter(|grant| grant.on == object) {
            rows.push(json!({
                "role": role_label(view, role.name), "href": role_href(view, role.name), "grant": grant.name.as_str(),
                "may": words(view, grant), "rows": which(view, &grant.rows), "fields": limits(view, &grant.fields),
            }));
        }
    }
    rows
}

fn words(view: &View, grant: &formwork_catalog::role::Grant) -> String {
    const ALL: [(May, &str, &str); 9] = [
        (May::Read, "see", "查看"),
        (May::Create, "create", "新建"),
        (May::Update, "change", "修改"),
        (May::Delete, "delete", "删除"),
        (May::Export, "export", "导出"),
        (May::Import, "import", "导入"),
        (May::Assign, "assign", "转移"),
        (May::Post, "post", "记账"),
        (May::Act, "every action", "全部操作"),
    ];
    let zh = view.language == formwork_model::text::Language::Zh;
    let may = ALL.iter().filter(|(may, ..)| grant.may.contains(may)).map(|(_, en, word)| if zh { *word } else { *en });
    let flows = || view.catalog.flows.values().filter(|flow| flow.object == grant.on);
    let label = |act: &Name| {
        let mut actions = flows().flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions());
        let known = actions.find(|action| action.name == *act);
        known.map_or_else(|| act.to_string(), |action| view.say(&action.label).to_owned())
    };
    let mut acts: Vec<String> = grant.act.iter().map(label).collect();
    acts.sort_unstable();
    view.joined(may.map(str::to_owned).chain(acts))
}

/// Which rows a grant is about, as people say it.
fn which(view: &View, rows: &Rows) -> String {
    let several = |all: &[Rows], word: &str| all.iter().map(|one| which(view, one)).collect::<Vec<_>>().join(word);
    let text = match rows {
        Rows::Any(all) => return several(all, view.say(&text!(" or ", " 或 "))),
        Rows::All(all) => return several(all, view.say(&text!(" and also ", " 且 "))),
        Rows::Where(_) => text!("by a condition", "符合条件的"),
        Rows::Scope(scope) => match scope {
            RowScope::Own => text!("one's own", "本人负责的"),
            RowScope::Department => text!("of the department", "本部门的"),
            RowScope::DepartmentBelow => text!("of the department and those below", "本部门及下级的"),
            RowScope::Territory => text!("of the territory", "本区域的"),
            RowScope::ProductLine => text!("of the product line", "本产品线的"),
            RowScope::Partner => text!("of the partner", "本伙伴的"),
            RowScope::Shared => text!("shared", "共享的"),
            RowScope::SharedForEdit => text!("shared for editing", "共享可编辑的"),
            RowScope::All => text!("all", "全部"),
        },
    };
    view.say(&text).to_owned()
}

fn limits(view: &View, fields: &formwork_catalog::role::Fields) -> String {
    let joined = |paths: &mut dyn Iterator<Item = &FieldPath>| {
        let mut paths: Vec<String> = paths.map(ToString::to_string).collect();
        paths.sort_unstable();
        paths.join(", ")
    };
    let mut parts = Vec::new();
    let mut part = |word: &'static str, names: String| {
        if !names.is_empty() {
            parts.push(format!("{} {names}", view.word(word)));
        }
    };
    part("adm_only", fields.read.as_ref().map(|names| joined(&mut names.iter())).unwrap_or_default());
    part("adm_without", joined(&mut fields.hidden.iter()));
    part("adm_masked", joined(&mut fields.masked.keys()));
    part("adm_writes", fields.write.as_ref().map(|names| joined(&mut names.iter())).unwrap_or_default());
    parts.join("; ")
}

fn role_href(view: &View, role: Name) -> Option<String> {
    let span = view.catalog.roles.get(&role)?.span;
    view.catalog.sources.get(span.source).map(|source| href(view, &source.path))
}

/// Each action of a flow, where it stands, and the roles that may take it.
fn acts(view: &View, flow: &Flow) -> Vec<Json> {
    let mut rows = Vec::new();
    for node in flow.nodes.values() {
        for action in node.actions() {
            let allows = |role: &&std::sync::Arc<formwork_catalog::role::Role>| {
                role.grants.iter().any(|grant| grant.on == flow.object && grant.allows(Action::Act(action.name)))
            };
            let roles = view.catalog.roles.values().filter(allows).map(|role| role_label(view, role.name));
            let to: Vec<&str> =
                action.to.iter().filter_map(|to| flow.node(*to)).map(|node| view.node_label(node)).collect();
            rows.push(json!({
                "node": view.node_label(node), "action": view.say(&action.label), "name": action.name.as_str(),
                "to": to.join(", "), "roles": view.joined(roles),
            }));
        }
    }
    rows
}

fn grants(view: &View, role: &formwork_catalog::role::Role) -> Vec<Json> {
    let row = |grant: &formwork_catalog::role::Grant| {
        json!({
            "grant": grant.name.as_str(), "on": told::object(view, grant.on), "may": words(view, grant),
            "rows": which(view, &grant.rows), "fields": limits(view, &grant.fields),
        })
    };
    role.grants.iter().map(row).collect()
}

/// The lines of other files that mention a name as a word.
fn mentions(view: &View, own: &Source, name: &str) -> Json {
    let mut files = Vec::new();
    let mut left = MENTIONS;
    for source in view.catalog.sources.iter().filter(|source| source.path != own.path) {
        let lines = source.text.lines().enumerate().filter(|(_, line)| speaks_of(line, name)).take(left);
        let lines: Vec<Json> = lines
            .map(|(at, line)| json!({"at": at + 1, "text": line.trim(), "href": format!("{}#L{}", href(view, &source.path), at + 1)}))
            .collect();
        if !lines.is_empty() {
            left -= lines.len();
            files.push(json!({"path": &*source.path, "href": href(view, &source.path), "lines": lines}));
        }
    }
    Json::Array(files)
}

/// Whether a line that is no comment has a name in it as a whole word.
fn speaks_of(line: &str, name: &str) -> bool {
    if line.trim_start().starts_with('#') || line.trim_start().starts_with("//") {
        return false;
    }
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        let after = line.get(at + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// `GET /{book}/admin/reference`: the manual of the language, made from what this program accepts.
pub(crate) async fn manual(ask: Ask) -> Answer {
    ask.page("admin_reference", StatusCode::OK, |view| {
        Part::Definitions.open(view)?;
        let kinds = formwork_definition::schema::kinds().iter();
        let kinds = kinds.map(|kind| json!({"kind": kind, "word": word_of_kind(view.language, kind)}));
        let body = json!({
            "manual": manual_html(view.language), "kinds": kinds.collect::<Vec<_>>(),
            "crumb": {"href": Part::Definitions.href(view), "label": view.word("adm_definitions")},
        });
        Part::Definitions.frame(view, view.word("adm_reference"), body)
    })
    .await
}

/// The page of the language as HTML. Each heading can be linked to by its first word.
fn manual_html(language: Language) -> String {
    let mut text = String::new();
    for line in reference::page(language).lines() {
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with("##"));
        match heading.and_then(|heading| heading.split(' ').next()) {
            Some(word) => text.push_str(&format!("{line} {{#{}}}\n", word.to_lowercase())),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    // The page has a heading of its own.
    let text = text.split_once('\n').map_or("", |(_, rest)| rest);
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_mentioned_as_a_word_only() {
        assert!(speaks_of("  run: score", "score") && speaks_of("table(\"score\")", "score"));
        assert!(!speaks_of("  score_2: x", "score") && !speaks_of("# score", "score"));
    }

    #[test]
    fn every_link_of_the_manual_leads_somewhere() {
        for page in [Language::En, Language::Zh].map(manual_html) {
            for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
            }
            assert!(page.contains("<table>"));
        }
    }

    #[test]
    fn every_kind_of_definition_has_a_word_in_both_languages() {
        for kind in formwork_definition::schema::kinds().iter().chain(&["csv", "script"]) {
            assert_ne!(word_of_kind(Language::Zh, kind), *kind);
            assert_ne!(word_of_kind(Language::En, kind), *kind);
        }
    }
}
