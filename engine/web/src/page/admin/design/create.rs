//! A new object, form or flow: a file with the least that means something, filled with names that are free, so that
//! nothing has to be typed before one begins to draw.

use axum::http::StatusCode;
use formwork_definition::yaml::edit::{Document, Value};
use formwork_model::{code, name::Name, text};
use formwork_runtime::book::Draft;
use serde_json::{Value as Json, json};

use super::{
    address,
    hand::{Hand, label},
    property::words,
    sheet::label_of,
    unfit,
};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{files, lay, own, text_of},
    error::Problem,
    page::{
        admin::{Part, editor::is_path, nothing, said},
        typed::Typed,
        view::{View, redirect},
    },
};

/// What a role may do with a new object that is given to it.
const MAY: [&str; 4] = ["read", "create", "update", "act"];

/// A definition of the edit.
pub(super) struct Known {
    pub(super) path: String,
    pub(super) name: String,
    label: String,
    pub(super) doc: Document,
}

/// The definitions of a kind in the edit, by label.
pub(super) fn known(view: &View, draft: &Draft, kind: &str) -> Vec<Known> {
    let ending = format!(".{kind}.yaml");
    let found = files(&view.catalog, draft).into_iter().filter(|(path, _)| path.ends_with(&ending)).filter_map(
        |(path, text)| {
            let doc = Document::read(&text).ok()?;
            let name = doc.scalar(kind)?.to_owned();
            let label = label_of(&doc, view.language, "label").unwrap_or_else(|| name.clone());
            Some(Known { path, name, label, doc })
        },
    );
    let mut found: Vec<Known> = found.collect();
    found.sort_by(|a, b| a.label.cmp(&b.label));
    found
}

/// `GET /{book}/admin/design`: what is new.
pub(crate) async fn choose(ask: Ask) -> Answer {
    page(&ask, StatusCode::OK, Typed::default(), None).await
}

async fn page(ask: &Ask, status: StatusCode, typed: Typed, refused: Option<Problem>) -> Answer {
    ask.page("admin_design_new", status, move |view| {
        Part::Definitions.open(view)?;
        let draft = own(view)?;
        let objects = known(view, &draft, "object");
        let mine = view.eyes().person(&view.actor.login, None).map(|person| person.roles).unwrap_or_default();
        let mine: Vec<Name> = mine.iter().chain(view.actor.roles.iter()).copied().collect();
        let system = |one: &&Known| !one.path.starts_with("system/");
        let choice = |one: &Known| json!({"name": one.name, "label": one.label});
        let taken: Vec<String> = objects.iter().map(|one| one.name.clone()).collect();
        let modules: Vec<String> = modules(view, &draft);
        let flows = known(view, &draft, "flow");
        let without = |one: &&Known| !flows.iter().any(|flow| flow.name == one.name);
        let held = |one: &Known| match &typed {
            // What was typed stays; a new page begins with the roles of whoever looks.
            typed if typed.filled("kind").is_some() => typed.all("role").contains(&&*one.name),
            _ => Name::find(&one.name).is_some_and(|role| mine.contains(&role)),
        };
        let role = |one: &Known| json!({"name": one.name, "label": one.label, "on": held(one)});
        let roles: Vec<Json> = known(view, &draft, "role").iter().filter(system).map(role).collect();
        let body = json!({
            "crumb": {"href": Part::Definitions.href(view), "label": view.word("adm_definitions")},
            "action": format!("{}/admin/design", view.root), "name": Hand::free(&taken, "object").0, "modules": modules,
            "roles": roles, "typed": typed.pairs().map(|(name, text)| (name.to_owned(), Json::from(text))).collect::<serde_json::Map<_, _>>(),
            "objects": objects.iter().filter(system).map(choice).collect::<Vec<_>>(),
            "unled": objects.iter().filter(system).filter(without).map(choice).collect::<Vec<_>>(),
            "refused": refused.as_ref().map(|problem| said(view, problem)),
        });
        Part::Definitions.frame(view, view.word("adm_d_new"), body)
    })
    .await
}

/// The folders that definitions lie in.
fn modules(view: &View, draft: &Draft) -> Vec<String> {
    let folder = |path: &str| Some(path.strip_prefix("definitions/")?.rsplit_once('/')?.0.to_owned());
    let mut all: Vec<String> = files(&view.catalog, draft).iter().filter_map(|(path, _)| folder(path)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// `POST /{book}/admin/design`: `kind` is `object` (`name`, `zh`, `en`, `module`, `role`s, `menu`), `form` (`object`,
/// `for`) or `flow` (`object`).
pub(crate) async fn create(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let (view, asked) = (View::of(&ask), typed.clone());
    let done = ask.blocking(move |_| Ok(write(&view, &asked))).await?;
    match done {
        Ok(path) => redirect(&address(&format!("/{}", ask.served.name), &path, "")),
        Err(problem) if problem.is_ours() || problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => page(&ask, problem.status(), typed, Some(problem)).await,
    }
}

/// Puts the new file into the edit, and answers its path.
fn write(view: &View, typed: &Typed) -> Result<String, Problem> {
    Part::Definitions.open(view)?;
    let mut draft = own(view)?;
    let (path, text) = match typed.filled("kind") {
        Some("object") => object(view, &draft, typed)?,
        Some("form") => form(view, &draft, typed)?,
        Some("flow") => flow(view, &draft, typed)?,
        _ => return Err(nothing()),
    };
    if text_of(view, &draft, &path).is_some() {
        let message = text!("there is a file {path} already", "文件 {path} 已存在");
        return Err(Problem::new(StatusCode::CONFLICT, code!("bad-value"), message));
    }
    if !is_path(&path) {
        return Err(nothing());
    }
    lay(view, &mut draft, &path, Some(text));
    if typed.filled("kind") == Some("object") {
        let name = Document::read(draft.files.get(&path).and_then(Option::as_deref).unwrap_or_default());
        let name = name.ok().and_then(|doc| doc.scalar("object").map(str::to_owned)).ok_or_else(nothing)?;
        let module = path.split('/').nth(1).unwrap_or_default().to_owned();
        open_up(view, &mut draft, typed, &name, &module)?;
    }
    view.book.keep_draft(&view.actor.login, &draft)?;
    Ok(path)
}

fn lines(pairs: &[(&str, Value)]) -> String {
    pairs.iter().map(|(key, value)| format!("{key}: {}\n", value.written())).collect()
}

fn object(view: &View, draft: &Draft, typed: &Typed) -> Result<(String, String), Problem> {
    let taken: Vec<String> = known(view, draft, "object").into_iter().map(|one| one.name).collect();
    let name = Hand::name(&typed.filled("name").map_or_else(|| Hand::free(&taken, "object").0, str::to_owned))?;
    if taken.contains(&name) {
        return Err(unfit(text!("there is an object `{name}` already", "已有对象 `{name}`")));
    }
    let module = Hand::name(typed.filled("module").unwrap_or("custom"))?;
    let plain = name.replace('_', " ");
    let shown = label(typed.filled("zh").unwrap_or(&plain), typed.filled("en").unwrap_or(&plain));
    let first = Value::map([
        ("type", Value::text("text")),
        ("max", Value::text("120")),
        ("required", Value::text("true")),
        ("label", label("名称", "Name")),
    ]);
    let head = lines(&[("object", Value::text(&name)), ("label", shown), ("title", Value::text("name"))]);
    let text = format!("{head}fields:\n  name: {}\n", first.written());
    Ok((format!("definitions/{module}/{name}.object.yaml"), text))
}

/// The folder of an object's file below `definitions`.
fn folder(one: &Known) -> &str {
    let path = one.path.strip_prefix("definitions/").unwrap_or(&one.path);
    path.rsplit_once('/').map_or("custom", |(folder, _)| folder)
}

fn chosen(view: &View, draft: &Draft, typed: &Typed) -> Result<Known, Problem> {
    let name = typed.filled("object").ok_or_else(nothing)?;
    known(view, draft, "object").into_iter().find(|one| one.name == name).ok_or_else(nothing)
}

fn form(view: &View, draft: &Draft, typed: &Typed) -> Result<(String, String), Problem> {
    let object = chosen(view, draft, typed)?;
    let all = known(view, draft, "form");
    let own = || all.iter().filter(|form| form.doc.scalar("object") == Some(&*object.name));
    let purposes: Vec<String> =
        own().flat_map(|form| words(&form.doc, "for").split(", ").map(str::to_owned).collect::<Vec<_>>()).collect();
    let free = |purpose: &&str| !purposes.iter().any(|known| known == purpose);
    let purposes: Vec<&str> = match typed.filled("for") {
        Some("act") => vec!["act"],
        Some("list") => vec!["list"],
        _ => ["create", "edit", "view"].into_iter().filter(free).collect(),
    };
    if purposes.is_empty() {
        let (object, name) = (&object.label, own().next().map_or("", |form| &*form.name));
        return Err(unfit(text!("`{object}` has its form already: {name}", "“{object}”已有表单：{name}")));
    }
    let stem = match purposes.as_slice() {
        ["act"] => format!("{}_action", object.name),
        ["list"] => format!("{}_list", object.name),
        _ => format!("{}_edit", object.name),
    };
    let names: Vec<String> = all.iter().map(|form| form.name.clone()).collect();
    let name = if names.contains(&stem) { Hand::free(&names, &stem).0 } else { stem };
    let purposes = purposes.into_iter().map(Value::text).collect();
    let own_label = object.doc.node("label").map_or_else(|| Value::text(&object.name), Value::of);
    let mut text = lines(&[
        ("form", Value::text(&name)),
        ("label", own_label),
        ("object", Value::text(&object.name)),
        ("for", Value::List(purposes)),
    ]);
    if typed.filled("for") == Some("list") {
        let first =
            object.doc.scalar("title").map(str::to_owned).or_else(|| object.doc.keys("fields").into_iter().next());
        text.push_str(&format!(
            "columns: {}\n",
            Value::List(first.iter().map(|name| Value::text(name)).collect()).written()
        ));
    } else {
        let section = Value::map([("label", label("基本信息", "Basics")), ("fields", Value::List(Vec::new()))]);
        text.push_str(&format!("sections:\n  - {}\n", section.written()));
    }
    Ok((format!("forms/{}/{name}.form.yaml", folder(&object)), text))
}

fn flow(view: &View, draft: &Draft, typed: &Typed) -> Result<(String, String), Problem> {
    let object = chosen(view, draft, typed)?;
    let names: Vec<String> = known(view, draft, "flow").into_iter().map(|flow| flow.name).collect();
    let name = if names.contains(&object.name) { Hand::free(&names, &object.name).0 } else { object.name.clone() };
    let own_label = object.doc.node("label").map_or_else(|| Value::text(&object.name), Value::of);
    let head = lines(&[
        ("flow", Value::text(&name)),
        ("label", own_label),
        ("object", Value::text(&object.name)),
        ("start", Value::text("draft")),
    ]);
    let start = Value::map([("label", label("草稿", "Draft"))]);
    Ok((
        format!("definitions/{}/{name}.flow.yaml", folder(&object)),
        format!("{head}nodes:\n  draft: {}\n", start.written()),
    ))
}

/// Lets roles work with a new object, and puts the object into the menu of its module.
fn open_up(view: &View, draft: &mut Draft, typed: &Typed, name: &str, module: &str) -> Result<(), Problem> {
    let edited = |draft: &Draft, kind: &str, wanted: &str| {
        known(view, draft, kind).into_iter().find(|one| wanted.is_empty() || one.name == wanted)
    };
    for role in typed.all("role").into_iter().filter_map(|role| edited(draft, "role", role)).collect::<Vec<_>>() {
        let may = Value::List(MAY.iter().map(|may| Value::text(may)).collect());
        let grant = Value::map([("on", Value::text(name)), ("may", may), ("rows", Value::text("all"))]);
        let keys = role.doc.keys("grants");
        let key = if keys.iter().any(|key| key == name) { Hand::free(&keys, name).0 } else { name.to_owned() };
        let text = role.doc.insert_key("grants", usize::MAX, &key, &grant).map_err(unfit)?;
        lay(view, draft, &role.path, Some(text));
    }
    let book = edited(draft, "book", "").filter(|_| typed.filled("menu").is_some());
    if let Some(book) = book {
        let at =
            book.doc.keys("menu").into_iter().find(|at| book.doc.scalar(&format!("menu/{at}/module")) == Some(module));
        let text = match at {
            Some(at) => book.doc.insert(&format!("menu/{at}/items"), usize::MAX, &Value::text(name)),
            None => {
                let plain = module.replace('_', " ");
                let items = Value::List(vec![Value::text(name)]);
                let entry =
                    Value::map([("module", Value::text(module)), ("label", label(&plain, &plain)), ("items", items)]);
                book.doc.insert("menu", usize::MAX, &entry)
            }
        };
        lay(view, draft, &book.path, Some(text.map_err(unfit)?));
    }
    Ok(())
}
