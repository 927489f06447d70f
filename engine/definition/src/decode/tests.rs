//! Tests of the decoder: every problem of a file is reported, at its place, in plain words.

use formwork_model::{source::Sources, text::Language};
use serde::Deserialize;

use super::*;
use crate::{
    kind::{field::OnDelete, form::Form, object::Object, scenario::Scenario},
    list::Many,
    literal::{Data, Val},
    map::Map,
    spanned::Sp,
    yaml::parse_tree,
};

fn read<T: DeserializeOwned + JsonSchema>(text: &str) -> (Option<T>, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add("f", text);
    let mut out = Diagnostics::default();
    let value = parse_tree(source, text, &mut out).and_then(|tree| decode(&tree, &mut out));
    out.sort();
    let line = |d: &formwork_model::diagnostic::Diagnostic| {
        let help = d.help.as_ref().map(|help| format!(" ({})", help.get(Language::En))).unwrap_or_default();
        format!("{} {}: {}{help}", sources.locate(d.at), d.code, d.message.get(Language::En))
    };
    (value, out.iter().map(line).collect())
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_their_places() {
    let (object, problems) = read::<Object>(
        "object: lead
lable: {zh: 线索, en: Lead}
fields:
  name: {type: text, required: true, on_delete: restirct}
  Amount: {type: money}
  size: {type: [money]}
  score: {type: integer, scale: many, to: _x}
  lines:
    type: lines
    fields:
      a: {type: text, unique: yes}
checks:
  late: {at: name}
rules:
  r: save
",
    );
    assert_eq!(
        problems,
        [
            "f:2:1 unknown-key: unknown key `lable` (did you mean `label`?)",
            "f:4:49 unknown-option: unknown option `restirct` (did you mean `restrict`?)",
            "f:5:3 bad-name: `Amount` is no name (did you mean `amount`?)",
            "f:6:16 wrong-type: expected a text, found a list",
            "f:7:33 wrong-type: expected a whole number, found `many`",
            "f:7:43 bad-name: `_x` is no name (a name is lower case letters, digits and `_`, and starts with a letter)",
            "f:11:31 wrong-type: expected `true` or `false`, found `yes` (write `true`)",
            "f:13:3 missing-key: the keys `that`, `say` are missing",
            "f:15:6 wrong-type: expected a mapping, found `save`",
        ]
    );
    let object = object.unwrap();
    let names: Vec<_> = object.fields.iter().map(|(name, _)| name.value.as_str()).collect();
    // What is right is kept, so that other files that refer to it are not in error too.
    assert_eq!(names, ["name", "amount", "score", "lines"]);
    assert!(object.checks.is_empty());
}

#[test]
fn a_definition_without_its_main_key_is_none() {
    let (object, problems) = read::<Object>("label: Lead\n");
    assert!(object.is_none());
    assert_eq!(problems, ["f:1:1 missing-key: the keys `object`, `fields` are missing"]);
    let (object, problems) = read::<Object>("object: [x]\nfields: {}\n");
    assert!(object.is_none());
    assert_eq!(problems, ["f:1:9 wrong-type: expected a text, found a list"]);
    let (object, problems) = read::<Object>("- a\n");
    assert!(object.is_none());
    assert_eq!(problems, ["f:1:1 wrong-type: expected a mapping, found a list"]);
}

#[test]
fn what_stands_below_a_misspelt_key_is_checked_too() {
    let (object, problems) =
        read::<Object>("object: o\nfeilds:\n  a: {tpye: text, max: 3}\n  b: {typ: text, labl: x}\n");
    assert_eq!(
        problems,
        [
            "f:2:1 unknown-key: unknown key `feilds` (did you mean `fields`?)",
            "f:3:7 unknown-key: unknown key `tpye` (did you mean `type`?)",
            "f:4:7 unknown-key: unknown key `typ` (did you mean `type`?)",
            "f:4:18 unknown-key: unknown key `labl` (did you mean `label`?)",
        ]
    );
    assert_eq!(object.unwrap().fields.len(), 2);
}

#[test]
fn unknown_keys_without_a_near_one_list_what_there_is() {
    let (_, problems) =
        read::<Form>("form: f\nobject: o\nfor: list\nsections: [{fields: [{field: a, colour: red}]}]\n");
    assert_eq!(
        problems,
        ["f:4:33 unknown-key: unknown key `colour` (expected one of `field`, `visible`, `required`, `read_only`)"]
    );
    let (_, problems) = read::<Object>("object: o\nlabel: {fr: Objet}\nfields: {a: {type: choice, options: 3}}\n");
    assert_eq!(
        problems,
        [
            "f:2:9 unknown-key: unknown key `fr` (expected one of `zh`, `en`)",
            "f:3:37 wrong-type: expected a list of names, or `name: label`, found `3`",
        ]
    );
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Everything {
    #[serde(default)]
    yes: Option<bool>,
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    signed: Option<i64>,
    #[serde(default)]
    many: Many<Sp<String>>,
    #[serde(default)]
    data: Option<Sp<Data>>,
    #[serde(default)]
    val: Option<Val>,
    #[serde(default)]
    option: Option<OnDelete>,
    #[serde(default)]
    maps: Many<Map<u32>>,
}

#[test]
fn scalars_keep_their_text_and_numbers_are_strict() {
    let (value, problems) = read::<Everything>("many: [0.10, 0755, yes, 1_000, 2026-01-01, '~', \"a\\tb\"]\n");
    let texts: Vec<String> = value.unwrap().many.into_iter().map(|text| text.value.clone()).collect();
    assert_eq!((texts.join(" "), problems), ("0.10 0755 yes 1_000 2026-01-01 ~ a\tb".to_owned(), vec![]));
    let (value, _) = read::<Everything>("yes: true\ncount: 7\nsigned: -9\noption: cascade\n");
    let value = value.unwrap();
    assert_eq!((value.yes, value.count, value.signed), (Some(true), Some(7), Some(-9)));
    assert_eq!(value.option, Some(OnDelete::Cascade));
    for bad in
        ["yes: yes", "yes: 'true'", "count: 007", "count: +7", "count: -1", "count: '7'", "count: 0x7", "signed: 1.0"]
    {
        let (_, problems) = read::<Everything>(bad);
        assert!(problems.len() == 1 && problems[0].contains("wrong-type"), "{bad}: {problems:?}");
    }
    assert!(read::<Everything>("count: '7'").1[0].ends_with("(write 7 without quotes)"));
}

#[test]
fn one_thing_is_a_list_of_one_with_its_place() {
    let (value, _) = read::<Everything>("many: abc\nmaps: {a: 1}\n");
    let value = value.unwrap();
    assert_eq!(value.many.0, [Sp::new("abc".to_owned(), Span { source: 0, start: 6, end: 9 })]);
    assert_eq!(value.maps.0.len(), 1);
    let (value, _) = read::<Everything>("many:\nmaps: [{a: 1}, {b: 2}]\n");
    let value = value.unwrap();
    assert_eq!((value.many.0.len(), value.maps.0.len()), (0, 2));
    let (_, problems) = read::<Everything>("many: [a, {b: c}, [d], e]\n");
    assert_eq!(
        problems,
        ["f:1:11 wrong-type: expected a text, found a mapping", "f:1:19 wrong-type: expected a text, found a list",]
    );
}

#[test]
fn an_equals_sign_makes_an_expression() {
    let text = |source: &str| match read::<Everything>(source).0.unwrap().val.unwrap() {
        Val::Expression(expression) => format!("= {}", expression.text),
        Val::Literal(data) => format!("{:?}", data.value),
    };
    assert_eq!(text("val: = this.a\n"), "= this.a");
    assert_eq!(text("val: '= this.a'\n"), "= this.a");
    assert_eq!(text("val: this.a\n"), "Scalar(\"this.a\")");
    assert_eq!(text("val: |\n  = let a = 1;\n  a\n"), "= let a = 1;\na");
    assert_eq!(text("val: '== 3'\n"), "Scalar(\"== 3\")");
}

#[test]
fn data_keeps_every_shape() {
    let (value, _) = read::<Everything>("data: {a: [1, ~, {b: c}], 金: 'x'}\n");
    let Data::Map(pairs) = value.unwrap().data.unwrap().value else { panic!("not a mapping") };
    assert_eq!(&*pairs[1].0.value, "金");
    let Data::List(items) = &pairs[0].1.value else { panic!("not a list") };
    assert_eq!((&items[0].value, &items[1].value), (&Data::Scalar("1".into()), &Data::Null));
}

#[test]
fn nothing_is_an_empty_mapping_or_list() {
    let (scenario, problems) = read::<Scenario>("scenario: s\ncases:\n  one:\n    steps:\n      - {}\n      -\n");
    assert_eq!((scenario.unwrap().cases.iter().next().unwrap().1.steps.len(), problems.len()), (2, 0));
}

#[test]
fn the_number_of_problems_has_a_bound() {
    let mut text = "object: o\nfields:\n".to_owned();
    for n in 0..1000 {
        text.push_str(&format!("  f{n}: {{tpye: text}}\n"));
    }
    let (_, problems) = read::<Object>(&text);
    assert!(problems.len() <= MAX_PROBLEMS, "{}", problems.len());
}

#[test]
fn what_stands_below_a_bad_name_is_checked_too() {
    let (object, problems) = read::<Object>(
        "object: o\nfields:\n  金额: {type: text, unique: yes}\n  Size: {tpye: text}\n  数量: {type: text}\n  ok: {type: text}\n",
    );
    assert_eq!(
        problems,
        [
            "f:3:3 bad-name: `金额` is no name (a name is lower case letters, digits and `_`, and starts with a letter)",
            "f:3:28 wrong-type: expected `true` or `false`, found `yes` (write `true`)",
            "f:4:3 bad-name: `Size` is no name (did you mean `size`?)",
            "f:4:10 unknown-key: unknown key `tpye` (did you mean `type`?)",
            "f:5:3 bad-name: `数量` is no name (a name is lower case letters, digits and `_`, and starts with a letter)",
        ]
    );
    let names: Vec<_> = object.unwrap().fields.iter().map(|(name, _)| name.value.to_string()).collect();
    assert_eq!(names, ["size", "ok"]);
}
