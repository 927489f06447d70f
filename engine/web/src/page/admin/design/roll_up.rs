//! A field that is rolled up from the records of another object: from where, by which reference, and what of them.

use formwork_definition::yaml::edit::{Document, Value};
use formwork_model::text;

use super::{
    Sheet,
    create::known,
    effects,
    hand::{Hand, label},
    property::{Property, Widget},
    unfit,
};
use crate::{draft::own, error::Problem, page::view::View};

/// What a roll-up is called in the palette.
pub(super) const WORD: (&str, &str) = ("roll_up", "adm_d_roll_up");

/// Fields of an object that refer to another.
fn references(doc: &Document, to: &str) -> Vec<String> {
    let refers = |name: &String| {
        let of = |key: &str| doc.scalar(&format!("fields/{name}/{key}"));
        of("type") == Some("ref") && of("to") == Some(to)
    };
    doc.keys("fields").into_iter().filter(refers).collect()
}

/// The properties of a roll-up; none where a field is something else.
pub(super) fn properties(view: &View, sheet: &Sheet, path: &str) -> Vec<Property> {
    let at = |key: &str| format!("{path}/roll_up/{key}");
    if sheet.doc.node(&format!("{path}/roll_up")).is_none() {
        return Vec::new();
    }
    let from = sheet.scalar(&at("from")).to_owned();
    let by = sheet.others(view, "object", &from);
    let by = by.iter().flat_map(|doc| references(doc, sheet.scalar("object"))).map(|name| (name.clone(), name));
    let fields = || {
        let none = std::iter::once((String::new(), view.word("adm_none").to_owned()));
        Widget::Choice(none.chain(effects::fields(view, sheet, &from)).collect())
    };
    vec![
        Property::new(at("from"), "adm_d_roll_up_from", Widget::Choice(sheet.choices(view, "object"))),
        Property::new(at("by"), "adm_d_roll_up_by", Widget::Choice(by.collect())),
        Property::new(at("count"), "adm_d_roll_up_count", Widget::Tick),
        Property::new(at("sum"), "adm_d_roll_up_sum", fields()),
        Property::new(at("min"), "adm_d_roll_up_min", fields()),
        Property::new(at("max"), "adm_d_roll_up_max", fields()),
    ]
}

/// Adds the number of the records that refer to this one, of the first object that does.
pub(super) fn add(hand: &mut Hand<'_>, map: &str, place: usize) -> Result<(), Problem> {
    let object = hand.scalar("object")?.unwrap_or_default();
    let draft = own(hand.view)?;
    let mut others = known(hand.view, &draft, "object").into_iter().filter(|one| !one.path.starts_with("system/"));
    let found = others.find_map(|one| Some((references(&one.doc, &object).into_iter().next()?, one.name)));
    let (by, from) =
        found.ok_or_else(|| unfit(text!("no other object refers to this one yet", "还没有其他对象引用此对象")))?;
    let (name, number) = Hand::free(&hand.doc()?.keys(map), "count");
    let roll_up = Value::map([("from", Value::text(&from)), ("by", Value::text(&by)), ("count", Value::text("true"))]);
    let field = Value::map([
        ("type", Value::text("integer")),
        ("roll_up", roll_up),
        ("label", label(&format!("数量 {number}"), &format!("Count {number}"))),
    ]);
    hand.add_key(map, place, &name, &field)
}
