//! The designer of an object: its fields as a list, what each is, and a palette of what a field can be.

use formwork_definition::yaml::edit::Value;
use formwork_model::{name::Name, text::Language};
use serde_json::{Value as Json, json};

use super::{
    above, effects,
    hand::{Hand, label, split, target},
    property::{Property, Widget, rest, shown},
    roll_up, rules,
    sheet::Sheet,
};
use crate::{
    error::Problem,
    page::{admin::nothing, typed::Typed, view::View},
};

/// The types of fields: the word of the language, what people read.
pub(super) const TYPES: [(&str, &str, &str); 25] = [
    ("text", "Text", "文本"),
    ("long_text", "Long text", "多行文本"),
    ("integer", "Whole number", "整数"),
    ("decimal", "Decimal", "小数"),
    ("money", "Money", "金额"),
    ("percent", "Percent", "百分比"),
    ("boolean", "Yes or no", "是否"),
    ("date", "Date", "日期"),
    ("datetime", "Date and time", "日期时间"),
    ("choice", "Choice", "单选"),
    ("choices", "Choices", "多选"),
    ("ref", "Reference", "引用"),
    ("refs", "References", "多项引用"),
    ("user", "Person", "人员"),
    ("department", "Department", "部门"),
    ("lines", "Lines", "明细"),
    ("file", "File", "附件"),
    ("files", "Files", "多个附件"),
    ("phone", "Phone", "电话"),
    ("email", "E-mail", "邮箱"),
    ("url", "Link", "网址"),
    ("region", "Region", "地区"),
    ("duration", "Duration", "时长"),
    ("geo", "Position", "坐标"),
    ("json", "JSON", "JSON"),
];

/// The fields by which roles tell whose a record is, and the type that holds it; or it is a reference to that.
const WHOSE: [(&str, &str, &str); 5] = [
    ("owner", "adm_d_whose_owner", "user"),
    ("department", "adm_d_whose_department", "department"),
    ("territory", "adm_d_whose_territory", "territory"),
    ("product_line", "adm_d_whose_product_line", "product_line"),
    ("partner", "adm_d_whose_partner", "partner"),
];

/// What becomes of a reference when the record is deleted that it leads to.
const ON_DELETE: [(&str, &str); 3] =
    [("", "adm_d_delete_restrict"), ("clear", "adm_d_delete_clear"), ("cascade", "adm_d_delete_cascade")];

/// The colours of an option; without a word it has none.
const TONES: [(&str, &str); 5] = [
    ("", "adm_d_tone_neutral"),
    ("info", "adm_d_tone_info"),
    ("good", "adm_d_tone_good"),
    ("warn", "adm_d_tone_warn"),
    ("bad", "adm_d_tone_bad"),
];

/// What a type is called.
pub(super) fn type_label(view: &View, kind: &str) -> String {
    let known = TYPES.iter().find(|(word, ..)| *word == kind);
    known.map_or_else(|| kind.to_owned(), |(_, en, zh)| (if is_zh(view) { *zh } else { *en }).to_owned())
}

fn is_zh(view: &View) -> bool {
    view.language == Language::Zh
}

/// What the lists of the page show of an object, a field or a rule.
const LISTED: [&str; 10] =
    ["checks", "create", "fields", "notify", "object", "options", "post", "rules", "sla", "start"];

pub(super) fn page(view: &View, sheet: &Sheet) -> Json {
    let types: Vec<Json> =
        TYPES.iter().map(|(kind, ..)| json!({"kind": kind, "label": type_label(view, kind)})).collect();
    let (rolled, word) = roll_up::WORD;
    let types = types.into_iter().chain([json!({"kind": rolled, "label": view.word(word)})]).collect::<Vec<_>>();
    let rows = rows(view, sheet, "fields");
    let lists: Vec<Json> = rows
        .iter()
        .filter(|row| row["into"].is_string())
        .map(|row| json!({"path": row["into"], "label": row["label"]}))
        .collect();
    let at = &*sheet.at;
    let properties = match split(at) {
        ("fields", _) => of_field(view, sheet, at),
        (above, _) if above.ends_with("/fields") => of_field(view, sheet, at),
        _ => rules::properties(view, sheet)
            .or_else(|| effects::effect(sheet, at).map(|(kind, _)| effects::properties(view, sheet, kind)))
            .unwrap_or_else(|| of_object(view, sheet)),
    };
    let effect = effects::effect(sheet, at);
    let groups = matches!(split(at), ("rules", _)).then(|| effects::group(view, sheet, at, "adm_d_effects"));
    let options = options(view, sheet, at);
    json!({
        "types": types, "rows": rows, "lists": lists, "properties": shown(view, sheet, &properties), "rest": rest(view, sheet, &properties, &LISTED),
        "options": options, "chosen": !split(at).0.is_empty(), "said": if at.is_empty() { Vec::new() } else { sheet.said(Some(at)) },
        "lists_beside": rules::lists(view, sheet), "groups": groups.into_iter().collect::<Vec<_>>(),
        "above": effect.map(|(_, holder)| above(view, sheet, holder)),
        "panel": match effect {
            Some((kind, _)) => Some(effects::title(view, sheet, kind)),
            None if at.is_empty() => sheet.label(view, "label"),
            None if matches!(split(at).0, "checks" | "sla") => Some(rules::name_of(view, sheet, at)),
            None => Some(name_of(view, sheet, at)),
        },
    })
}

fn name_of(view: &View, sheet: &Sheet, path: &str) -> String {
    sheet.label(view, &format!("{path}/label")).unwrap_or_else(|| split(path).1.replace('_', " "))
}

fn rows(view: &View, sheet: &Sheet, map: &str) -> Vec<Json> {
    let keys = sheet.doc.keys(map);
    let last = keys.len().saturating_sub(1);
    let row = |(at, name): (usize, &String)| {
        let path = format!("{map}/{name}");
        let of = |key: &str| sheet.scalar(&format!("{path}/{key}"));
        let kind = of("type");
        let nested = format!("{path}/fields");
        let lines = (kind == "lines").then(|| rows(view, sheet, &nested));
        let computed = ["value", "roll_up"].iter().any(|key| sheet.doc.node(&format!("{path}/{key}")).is_some());
        json!({
            "path": path, "name": name, "label": name_of(view, sheet, &path), "kind": type_label(view, kind),
            "required": matches!(of("required"), text if !text.is_empty() && text != "false"), "computed": computed,
            "tone": sheet.tone(&path), "selected": sheet.at == path, "first": at == 0, "last": at == last,
            "lines": lines, "into": (kind == "lines").then_some(nested),
        })
    };
    keys.iter().enumerate().map(row).collect()
}

fn of_object(view: &View, sheet: &Sheet) -> Vec<Property> {
    // Of all fields, or of those that hold something of one kind.
    let fields = |kinds: &[&str], to: &str| {
        let of = |name: &str, key: &str| sheet.scalar(&format!("fields/{name}/{key}")).to_owned();
        let fits = |name: &String| kinds.is_empty() || kinds.contains(&&*of(name, "type")) || of(name, "to") == to;
        let label = |name: String| (name.clone(), name_of(view, sheet, &format!("fields/{name}")));
        let none = (String::new(), view.word("adm_none").to_owned());
        std::iter::once(none).chain(sheet.doc.keys("fields").into_iter().filter(fits).map(label)).collect()
    };
    let whose = |(key, word, kind): (&'static str, &'static str, &'static str)| {
        Property::new(key, word, Widget::Choice(fields(&[kind], key))).under("adm_d_whose")
    };
    let mut all = vec![
        Property::new("label", "adm_label", Widget::Label),
        Property::new("title", "adm_d_title_field", Widget::Choice(fields(&[], ""))).help("adm_d_title_help"),
        Property::new("number", "adm_d_number", Widget::Text).help("adm_d_number_help"),
        Property::new("help", "adm_d_help", Widget::Label),
        Property::new("append_only", "adm_d_append_only", Widget::Tick),
    ];
    all.extend(WHOSE.map(whose));
    all
}

/// The properties of a field, as far as they mean something for its type.
fn of_field(view: &View, sheet: &Sheet, path: &str) -> Vec<Property> {
    let at = |key: &str| format!("{path}/{key}");
    let kind = sheet.scalar(&at("type"));
    let types = TYPES.iter().map(|(word, ..)| ((*word).to_owned(), type_label(view, word))).collect();
    let mut all = vec![
        Property::new(at("label"), "adm_label", Widget::Label),
        Property::new(path, "adm_d_name", Widget::Name { fixed: is_live(view, sheet, path) }).help("adm_d_name_help"),
        Property::new(at("type"), "adm_type", Widget::Choice(types)),
    ];
    let objects = || sheet.choices(view, "object");
    match kind {
        "ref" | "refs" => all.push(Property::new(at("to"), "adm_d_to_object", Widget::Choice(objects()))),
        "money" => all.push(Property::new(at("currency"), "adm_d_currency", Widget::Text)),
        "decimal" => all.push(Property::new(at("scale"), "adm_d_scale", Widget::Text)),
        _ => {}
    }
    let computed = ["value", "roll_up"].iter().any(|key| sheet.doc.node(&at(key)).is_some());
    if !computed {
        all.push(Property::new(at("required"), "adm_d_required", Widget::Tick));
    }
    all.extend(roll_up::properties(view, sheet, path));
    all.push(Property::new(at("help"), "adm_d_help", Widget::Label));
    let bounded = matches!(kind, "integer" | "decimal" | "money" | "percent" | "date" | "datetime" | "duration");
    if bounded {
        all.push(Property::new(at("min"), "adm_d_min", Widget::Text));
    }
    if bounded || matches!(kind, "text" | "long_text") {
        all.push(Property::new(at("max"), if bounded { "adm_d_max" } else { "adm_d_length" }, Widget::Text));
    }
    if !matches!(kind, "lines" | "file" | "files") {
        all.push(Property::new(at("default"), "adm_d_default", Widget::Text).help("adm_d_default_help"));
        all.push(Property::new(at("value"), "adm_d_value", Widget::Expression).help("adm_d_value_help"));
    }
    if split(path).0 == "fields" && kind != "lines" {
        all.push(Property::new(at("indexed"), "adm_d_indexed", Widget::Tick));
        all.push(Property::new(at("unique"), "adm_d_unique", Widget::Tick));
        all.push(Property::new(at("history"), "adm_d_history", Widget::Tick));
    }
    if split(path).0 == "fields" && kind == "ref" {
        let then = ON_DELETE.map(|(value, word)| (value.to_owned(), view.word(word).to_owned()));
        all.push(Property::new(at("on_delete"), "adm_d_on_delete_of", Widget::Choice(then.into())));
    }
    if split(path).0 == "fields" && !computed {
        all.push(Property::new(at("fixed"), "adm_d_fixed", Widget::Tick));
    }
    all
}

/// Whether a field is one of the live release: records hold it by its name.
fn is_live(view: &View, sheet: &Sheet, path: &str) -> bool {
    let name = |text: &str| Name::find(text);
    let object = name(sheet.scalar("object")).and_then(|object| view.catalog.object(object));
    let Some(object) = object else { return false };
    let steps: Vec<&str> = path.split('/').collect();
    match steps.as_slice() {
        ["fields", field] => name(field).is_some_and(|field| object.field(field).is_some()),
        ["fields", lines, "fields", field] => {
            let lines = name(lines).and_then(|lines| object.field(lines));
            lines.is_some_and(|lines| lines.lines.iter().any(|line| line.name.as_str() == *field))
        }
        _ => false,
    }
}

/// The options of a choice, each with its label in both languages; a mere list of names is edited as words.
fn options(view: &View, sheet: &Sheet, path: &str) -> Option<Json> {
    let kind = sheet.scalar(&format!("{path}/type"));
    let at = format!("{path}/options");
    if !matches!(kind, "choice" | "choices") {
        return None;
    }
    let keys = sheet.doc.keys(&at);
    if keys.first().is_some_and(|key| key == "0") {
        let words = Property::new(&*at, "adm_d_options", Widget::Words);
        return Some(json!({"words": [words.shown(view, sheet)]}));
    }
    let last = keys.len().saturating_sub(1);
    let rows = keys.iter().enumerate().map(|(place, key)| {
        let path = format!("{at}/{key}");
        let inner = format!("{path}/label");
        let label = if sheet.doc.node(&inner).is_some() { &inner } else { &path };
        let part = |language: &str| {
            let single = sheet.doc.scalar(label);
            single.unwrap_or_else(|| sheet.scalar(&format!("{label}/{language}"))).to_owned()
        };
        let now = sheet.scalar(&format!("{path}/tone"));
        let tones = TONES.map(|(tone, word)| json!({"value": tone, "label": view.word(word), "selected": tone == now}));
        json!({
            "path": path, "label": label, "tones": tones, "name": key, "zh": part("zh"), "en": part("en"), "first": place == 0, "last": place == last,
            "number": place + 1,
        })
    });
    Some(json!({"path": at, "rows": rows.collect::<Vec<_>>()}))
}

/// `add TYPE` puts a new field behind the others, of the fields of `target` when it is sent; `check`, `rule` and `clock`
/// add one of these; `drop` of `new:TYPE` puts
/// one where it was dropped.
pub(super) fn act(hand: &mut Hand<'_>, (word, what): (&str, &str), typed: &Typed) -> Result<(), Problem> {
    match word {
        "check" | "rule" | "clock" => rules::add(hand, word),
        "add" => {
            let map = typed.filled("target").unwrap_or("fields").to_owned();
            add(hand, what, &map, usize::MAX)
        }
        "drop" => {
            let (what, into, place) = target(typed).ok_or_else(nothing)?;
            let kind = what.strip_prefix("new:").ok_or_else(nothing)?;
            add(hand, kind, into, place)
        }
        _ => Err(nothing()),
    }
}

fn add(hand: &mut Hand<'_>, kind: &str, map: &str, place: usize) -> Result<(), Problem> {
    if kind == roll_up::WORD.0 {
        return roll_up::add(hand, map, place);
    }
    let (_, en, zh) = TYPES.iter().find(|(word, ..)| *word == kind).ok_or_else(nothing)?;
    let (name, number) = Hand::free(&hand.doc()?.keys(map), kind);
    let mut field = vec![("type".to_owned(), Value::text(kind))];
    match kind {
        "choice" | "choices" => {
            let option = |number: usize| {
                (format!("option_{number}"), label(&format!("选项 {number}"), &format!("Option {number}")))
            };
            field.push(("options".to_owned(), Value::Map(vec![option(1), option(2)])));
        }
        "ref" | "refs" => {
            let own = hand.scalar("object")?.unwrap_or_default();
            let mut shown = hand.view.catalog.book.menu.iter().flat_map(|module| module.objects());
            let other = shown.find(|name| name.as_str() != own);
            field.push(("to".to_owned(), Value::text(other.map_or("user", |name| name.as_str()))));
        }
        "lines" => {
            let column = Value::Map(vec![
                ("type".to_owned(), Value::text("text")),
                ("label".to_owned(), label("文本 1", "Text 1")),
            ]);
            field.push(("fields".to_owned(), Value::map([("text_1", column)])));
        }
        _ => {}
    }
    field.push(("label".to_owned(), label(&format!("{zh} {number}"), &format!("{en} {number}"))));
    hand.add_key(map, place, &name, &Value::Map(field))
}
