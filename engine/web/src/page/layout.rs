//! A form laid out for a record: which sections and fields there are, and what holds for each at present.

use std::collections::HashMap;

use formwork_catalog::{
    form::{Form, Place},
    object::{Field, Object},
    source::Source,
};
use formwork_definition::kind::role::May;
use formwork_model::{field_type::FieldType, name::Name, value::Value};
use formwork_runtime::{command::Input, preview::Preview};
use formwork_script::{handle::Handle, program::Vars};
use serde_json::{Map, Value as Json, json};

use super::{
    shown::holder,
    typed::{CHOSEN, Typed},
    view::View,
};

/// A section.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) label: String,
    /// The tab that begins with it.
    pub(crate) tab: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) spots: Vec<Spot<'a>>,
}

/// The tabs of a page, as links; and on which of them each section is.
pub(crate) fn tabs(sections: &[Section<'_>]) -> (Json, Vec<Option<usize>>) {
    let (mut links, mut places): (Vec<Json>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for section in sections {
        if let Some(label) = &section.tab {
            links.push(json!({"at": links.len(), "label": label}));
        }
        places.push(links.len().checked_sub(1));
    }
    (Json::Array(links), places)
}

/// A field in its place.
#[derive(Debug)]
pub(crate) struct Spot<'a> {
    pub(crate) field: &'a Field,
    pub(crate) hidden: bool,
    pub(crate) required: bool,
    pub(crate) read_only: bool,
}

/// The form over the draft; without a form, every field in one section. Of a new record, what can't be filled in is shown
/// once there is something in it.
pub(crate) fn lay_out<'a>(view: &View, draft: &'a Preview, form: Option<&'a Form>) -> Vec<Section<'a>> {
    let mut sections = placed(view, draft, form);
    for section in sections.iter_mut().filter(|_| draft.stored.is_none()) {
        for spot in &mut section.spots {
            spot.hidden |= spot.read_only && draft.fields.get(spot.field.name).is_empty();
        }
        section.hidden |= section.spots.iter().all(|spot| spot.hidden);
    }
    sections
}

fn placed<'a>(view: &View, draft: &'a Preview, form: Option<&'a Form>) -> Vec<Section<'a>> {
    let object: &Object = &draft.object;
    let Some(form) = form else {
        // With whom a record is shared is told beside it.
        let fields = object.fields.iter().filter(|field| draft.has(field.name) && object.shares != Some(field.name));
        let spots = fields.map(|field| Spot {
            field,
            hidden: false,
            required: draft.is(field.required.as_ref()),
            read_only: !field.is_input() || !draft.can_set(field.name),
        });
        return vec![Section { label: String::new(), tab: None, hidden: false, spots: spots.collect() }];
    };
    let sections = form.sections.iter().map(|section| {
        let spots = section.fields.iter().filter_map(|place| spot(draft, form, object, place)).collect();
        let hidden = !draft.holds(section.visible.as_ref(), true);
        let tab = section.tab.as_ref().map(|tab| view.say(tab).to_owned());
        Section { label: view.say(&section.label).to_owned(), tab, hidden, spots }
    });
    sections.collect()
}

/// What was typed into the fields of these sections.
pub(crate) fn typed_in(view: &View, sections: &[Section<'_>], typed: &Typed, is_new: bool) -> Input {
    let fields = sections.iter().flat_map(|section| &section.spots).map(|spot| spot.field);
    typed.values(view, fields.filter(|field| field.is_input()), is_new)
}

/// What may be sent of what was typed: what the form hides or only shows is none of the user's doing.
pub(crate) fn sendable(sections: &[Section<'_>], mut values: Input) -> Input {
    let shown = sections.iter().filter(|section| !section.hidden).flat_map(|section| &section.spots);
    let allowed: Vec<&str> =
        shown.filter(|spot| !spot.hidden && !spot.read_only).map(|spot| spot.field.name.as_str()).collect();
    values.retain(|name, _| allowed.contains(&name.as_str()));
    values
}

fn spot<'a>(draft: &Preview, form: &'a Form, object: &'a Object, place: &'a Place) -> Option<Spot<'a>> {
    let input = form.inputs.iter().find(|input| input.name == place.field);
    let field = input.or_else(|| object.field(place.field).filter(|field| draft.has(field.name)))?;
    let fixed = field.fixed && draft.stored.as_ref().is_some_and(|record| !record.fields.get(field.name).is_empty());
    Some(Spot {
        field,
        hidden: !draft.holds(place.visible.as_ref(), true),
        required: draft.is(place.required.as_ref()) || draft.is(field.required.as_ref()),
        read_only: !field.is_input() || !draft.can_set(field.name) || fixed || draft.is(place.read_only.as_ref()),
    })
}

/// What is shown beside the fields of a form that was refused.
#[derive(Debug, Default)]
pub(crate) struct Errors(pub(crate) HashMap<String, String>);

/// The sections with boxes to fill in. `typed` is what was sent last, and stays as it is.
pub(crate) fn boxes(
    view: &View,
    draft: &Preview,
    sections: &[Section<'_>],
    typed: Option<&Typed>,
    errors: &Errors,
) -> Json {
    let boxes = Boxes { view, draft, typed, errors };
    let (_, places) = tabs(sections);
    let sections = sections.iter().zip(places).enumerate().map(|(at, (section, tab))| {
        let fields: Vec<Json> = section.spots.iter().map(|spot| boxes.of_spot(spot, &section.label)).collect();
        json!({
            "at": at, "label": section.label, "hidden": section.hidden, "fields": fields,
            "tab": tab.map(|tab| tab.to_string()), "begins": section.tab.is_some(),
        })
    });
    Json::Array(sections.collect())
}

struct Boxes<'a> {
    view: &'a View,
    draft: &'a Preview,
    typed: Option<&'a Typed>,
    errors: &'a Errors,
}

impl Boxes<'_> {
    fn of_spot(&self, spot: &Spot<'_>, section: &str) -> Json {
        let (field, name) = (spot.field, spot.field.name.as_str());
        let mut value = self.draft.fields.get(field.name).clone();
        if value.is_empty() && self.draft.stored.is_none() {
            value = self.default_of(field);
        }
        let label = self.view.say(&field.label);
        let mut out = object(json!({
            "name": name, "id": id_of(name), "label": label, "help": self.view.say(&field.help),
            "required": spot.required && !spot.read_only, "hidden": spot.hidden,
            "wide": matches!(field.kind, FieldType::LongText | FieldType::Lines | FieldType::Json),
            "num": field.kind.is_number(), "error": self.errors.0.get(name),
        }));
        if field.kind == FieldType::Lines {
            // A section that is nothing but its lines needs their name once.
            if section == label {
                out.insert("label".into(), json!(""));
            }
            let lines = if spot.read_only {
                ("shown_lines", self.view.lines(self.draft, field, &value))
            } else {
                ("lines", self.lines(field, &value))
            };
            out.insert(lines.0.into(), lines.1);
            return Json::Object(out);
        }
        // Names can't say which records the reader does not see: sent back as names they would be lost.
        if spot.read_only || self.view.has_unseen(&field.kind, &value) {
            out.insert("fixed".into(), json!(true));
            out.insert("shown".into(), self.view.shown_of(holder(&self.draft.stored), &field.kind, &value));
            return Json::Object(out);
        }
        out.extend(self.input(field, name, &value, self.typed));
        Json::Object(out)
    }

    /// The value a new record would get anyway, where it can be said before anything is filled in.
    fn default_of(&self, field: &Field) -> Value {
        match &field.default {
            Some(Source::Literal(value)) => value.clone(),
            Some(Source::Program(program)) if !program.text.contains("this") => {
                let login = Value::text(&self.view.actor.login);
                let user = formwork_model::record::Fields::from_iter([(Name::intern("login"), login)]);
                let vars = Vars::new().with("user", Handle::Fixed(None, std::sync::Arc::new(user)));
                self.draft.catalog.sandbox.eval_value(program, self.draft, &vars, &field.kind).unwrap_or_default()
            }
            _ => Value::Null,
        }
    }

    /// What an input needs: `widget`, `value`, options and bounds. `path` is the field's in its form or line.
    fn input(&self, field: &Field, path: &str, value: &Value, typed: Option<&Typed>) -> Map<String, Json> {
        let text =
            typed.and_then(|typed| typed.last(path)).map_or_else(|| self.view.raw(&field.kind, value), str::to_owned);
        let chosen = |name: &str| match typed.filter(|typed| typed.last(path).is_some()) {
            Some(typed) => typed.all(path).contains(&name),
            None => match value {
                Value::List(items) => items.iter().any(|item| item.as_text() == Some(name)),
                other => other.as_text() == Some(name),
            },
        };
        let options = |options: &[formwork_model::field_type::Choice]| {
            let each = options.iter().map(|option| {
                let name = option.name.as_str();
                json!({"value": name, "label": self.view.say(&option.label), "selected": chosen(name)})
            });
            Json::Array(each.collect())
        };
        // Who or what was chosen by name is told by its login or code.
        let key = || {
            let sent = typed.and_then(|typed| typed.last(&format!("{path}{CHOSEN}")).map(str::to_owned));
            sent.or_else(|| value.as_text().map(str::to_owned)).unwrap_or_default()
        };
        let find = |object: &str| format!("{}/find?object={object}", self.view.root);
        object(match &field.kind {
            FieldType::Choice(all) => json!({"widget": "choice", "options": options(all)}),
            FieldType::Choices(all) => json!({"widget": "choices", "options": options(all)}),
            FieldType::Boolean => json!({"widget": "boolean", "checked": text == "true"}),
            FieldType::LongText | FieldType::Json => json!({"widget": "long", "value": text}),
            FieldType::Ref(to) => {
                let id = typed.and_then(|typed| typed.last(&format!("{path}{}", CHOSEN)).map(str::to_owned));
                let id = id.or_else(|| value.as_ref_id().map(|id| id.to_string())).unwrap_or_default();
                let create = self.view.may_some(*to, May::Create).then(|| format!("{}/new", self.view.list_href(*to)));
                let title = self.view.catalog.object(*to).and_then(|object| object.title);
                json!({
                    "widget": "ref", "value": text, "chosen": id, "search": find(to.as_str()), "create": create,
                    "create_as": title.map(Name::as_str),
                })
            }
            FieldType::Refs(to) => {
                json!({"widget": "ref", "value": text, "search": find(to.as_str()), "several": true})
            }
            FieldType::User => {
                json!({"widget": "ref", "value": text, "chosen": key(), "search": find("user"), "by": "login"})
            }
            FieldType::Department => {
                json!({"widget": "ref", "value": text, "chosen": key(), "search": find("department"), "by": "code"})
            }
            FieldType::File => json!({"widget": "file", "value": text, "text": self.view.plain(&field.kind, value)}),
            FieldType::Files => {
                json!({"widget": "file", "value": text, "text": self.view.plain(&field.kind, value), "several": true})
            }
            FieldType::Date => json!({"widget": "text", "type": "date", "value": text}),
            FieldType::DateTime => json!({"widget": "text", "type": "datetime-local", "value": text}),
            FieldType::Money { currency } => {
                json!({"widget": "text", "type": "text", "value": text, "num": true, "unit": currency.code()})
            }
            FieldType::Percent => json!({"widget": "text", "type": "text", "value": text, "num": true, "unit": "%"}),
            kind if kind.is_number() => json!({"widget": "text", "type": "text", "value": text, "num": true}),
            FieldType::Email => json!({"widget": "text", "type": "email", "value": text}),
            FieldType::Phone => json!({"widget": "text", "type": "tel", "value": text}),
            FieldType::Url => json!({"widget": "text", "type": "url", "value": text}),
            _ => json!({"widget": "text", "type": "text", "value": text}),
        })
    }

    fn lines(&self, field: &Field, value: &Value) -> Json {
        let columns = self.draft.line_fields(field).into_iter().map(|(line, settable)| {
            let must = matches!(line.required, Some(formwork_catalog::source::Condition::Always(true)));
            json!({"label": self.view.say(&line.label), "num": line.kind.is_number(), "required": must && settable})
        });
        let grows = self.draft.can_set_lines(field.name);
        let typed = self.typed.and_then(|typed| typed.sent_lines(field.name.as_str()));
        let stored = value.rows();
        let mut rows: Vec<Json> = match &typed {
            // Blank lines are not sent on, so that what is refused is found by its place.
            Some(typed) => typed
                .iter()
                .filter(|line| !line.is_blank())
                .enumerate()
                .map(|(at, line)| {
                    let key = line.filled("key").and_then(|key| key.parse::<u32>().ok());
                    let row = key.and_then(|key| stored.iter().find(|row| row.key == key));
                    self.row(field, at, key, row, Some(line))
                })
                .collect(),
            None => {
                stored.iter().enumerate().map(|(at, row)| self.row(field, at, Some(row.key), Some(row), None)).collect()
            }
        };
        let more = self.typed.is_some_and(|typed| typed.last("_more") == Some(field.name.as_str()));
        if grows && (rows.is_empty() || more) {
            rows.push(self.row(field, rows.len(), None, None, None));
        }
        json!({
            "name": field.name.as_str(), "label": self.view.say(&field.label), "grows": grows,
            "columns": columns.collect::<Vec<_>>(), "rows": rows,
        })
    }

    fn row(
        &self,
        field: &Field,
        at: usize,
        key: Option<u32>,
        stored: Option<&formwork_model::record::Row>,
        typed: Option<&Typed>,
    ) -> Json {
        let (lines, null) = (field.name.as_str(), Value::Null);
        let cells = self.draft.line_fields(field).into_iter().map(|(line, settable)| {
            let path = format!("{lines}[{at}].{}", line.name);
            let value = stored.map_or(&null, |row| row.fields.get(line.name));
            let mut cell = object(json!({
                "name": path, "id": id_of(&path), "label": self.view.say(&line.label), "label_hidden": true,
                "num": line.kind.is_number(), "error": self.errors.0.get(&path),
            }));
            if settable {
                // A new line shows no defaults: it would not be blank any more, and the engine fills them in.
                cell.extend(self.input(line, line.name.as_str(), value, typed));
                // The unit of a column would be said once a line.
                cell.remove("unit");
            } else {
                cell.insert("fixed".into(), json!(true));
                cell.insert("shown".into(), self.view.shown_of(holder(&self.draft.stored), &line.kind, value));
            }
            Json::Object(cell)
        });
        json!({
            "at": at, "number": at + 1, "key": key, "key_name": format!("{lines}[{at}].key"),
            "drop": self.draft.can_set_lines(field.name).then(|| format!("{lines}[{at}]")), "cells": cells.collect::<Vec<_>>(),
        })
    }
}

impl View {
    /// A value as an input has it.
    pub(crate) fn raw(&self, kind: &FieldType, value: &Value) -> String {
        match (kind, value) {
            (FieldType::Money { currency }, value) => {
                let amount = value.as_decimal().map(|mut amount| {
                    amount.rescale(currency.digits());
                    amount.to_string()
                });
                amount.unwrap_or_default()
            }
            (FieldType::Ref(to), Value::Ref(id)) => self.referred(*to, *id),
            (FieldType::Refs(to), Value::List(items)) => {
                items.iter().filter_map(Value::as_ref_id).map(|id| self.title(*to, id)).collect::<Vec<_>>().join(", ")
            }
            (FieldType::User, Value::Text(login)) => self.called("user", login),
            (FieldType::Department, Value::Text(code)) => self.called("department", code),
            (FieldType::File | FieldType::Files, value) if !value.is_empty() => {
                formwork_catalog::parse_value::render_json(value).to_string()
            }
            (_, Value::Instant(at)) => at.to_zoned(self.zone().clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
            (_, other) => other.to_string(),
        }
    }

    /// Lines as they are read.
    pub(crate) fn lines(&self, draft: &Preview, field: &Field, value: &Value) -> Json {
        let lines: Vec<&Field> = draft.line_fields(field).into_iter().map(|(line, _)| line).collect();
        let columns = lines.iter().map(|line| json!({"label": self.say(&line.label), "num": line.kind.is_number()}));
        let rows = value.rows().iter().enumerate().map(|(at, row)| {
            let cells = lines.iter().map(|line| {
                let mut cell = self.shown_of(holder(&draft.stored), &line.kind, row.fields.get(line.name));
                cell["label"] = json!(self.say(&line.label));
                cell
            });
            json!({"number": at + 1, "cells": cells.collect::<Vec<_>>()})
        });
        json!({
            "label": self.say(&field.label), "columns": columns.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>(),
        })
    }
}

/// The id of an input in its page.
pub(crate) fn id_of(path: &str) -> String {
    format!("f-{}", path.replace("].", "-").replace(['[', ']', '.'], "-"))
}

fn object(json: Json) -> Map<String, Json> {
    if let Json::Object(map) = json { map } else { Map::new() }
}
