//! The texts of new files.

use formwork_model::name::Name;

/// A book that has to be there once.
pub(super) fn book() -> String {
    "\
# What holds for the whole book. Its name is the first part of every address: /book/api/…
book: book
label: {zh: 账套, en: Book}
locales: [zh, en]
currency: CNY
time_zone: Asia/Shanghai

# Everybody may do everything. Leave this out once there are roles: definitions/MODULE/NAME.role.yaml
access: open
"
    .to_owned()
}

pub(super) fn object(name: Name) -> String {
    let label = label(name);
    format!(
        "\
# The fields of a record. Types and keys: `formwork reference`.
object: {name}
label: {{zh: {label}, en: {label}}}
number: \"{{yyyy}}{{mm}}-{{seq:5}}\"
title: name

fields:
  name:   {{type: text, max: 80, required: true, label: {{zh: 名称, en: Name}}}}
  amount: {{type: money, min: 0, label: {{zh: 金额, en: Amount}}}}
  due:    {{type: date, default: = today() + days(30), label: {{zh: 到期日, en: Due}}}}
  note:   {{type: long_text, label: {{zh: 备注, en: Note}}}}
"
    )
}

pub(super) fn flow(name: Name) -> String {
    let label = label(name);
    format!(
        "\
# From a draft to done. A node without a key of its own kind waits for one of its actions.
flow: {name}
label: {{zh: {label}, en: {label}}}
object: {name}
start: draft

nodes:
  draft:
    label: {{zh: 草稿, en: Draft}}
    actions:
      submit:
        label: {{zh: 提交, en: Submit}}
        to: working

  working:
    label: {{zh: 处理中, en: Working}}
    actions:
      finish:
        label: {{zh: 完成, en: Finish}}
        to: done
      return:
        label: {{zh: 退回, en: Return}}
        to: draft
        reason: required

  done:
    label: {{zh: 已完成, en: Done}}
    end: {{}}
"
    )
}

pub(super) fn form(name: Name) -> String {
    let label = label(name);
    format!(
        "\
# How a record is filled in. Conditions (visible, required, read_only) hold for every caller.
form: {name}_edit
label: {{zh: {label}, en: {label}}}
object: {name}
for: [create, edit, view]
sections:
  - label: {{zh: 基本信息, en: Basics}}
    fields: [name, amount, due, note]
"
    )
}

pub(super) fn role(name: Name) -> String {
    let label = label(name);
    format!(
        "\
# Who may do what. Positions name the role; rows narrow it: own, department, territory, {{where: …}}, …
role: {name}_staff
label: {{zh: {label} 人员, en: {label} staff}}
grants:
  all: {{on: {name}, may: [read, create, update, act], rows: all}}
"
    )
}

pub(super) fn scenario(name: Name, guarded: bool) -> String {
    let actor = if guarded { format!("actor: tester {name}_staff\n") } else { String::new() };
    format!(
        "\
# Given, when, then. `formwork test` runs it, and no edit goes live that breaks it.
scenario: {name}
now: 2026-03-02
{actor}cases:
  from_draft_to_done:
    steps:
      - when: {{create: {name}, as: one, set: {{name: First, amount: 100}}}}
        then: {{state: draft}}
      - when: {{act: submit, on: one}}
        then: {{state: working}}
      - when: {{act: finish, on: one}}
        then: {{state: done}}
  returned_with_a_reason:
    given: {{one: {{object: {name}, set: {{name: First}}, act: submit}}}}
    steps:
      - when: {{act: return, on: one, reason: incomplete}}
        then: {{state: draft}}
"
    )
}

/// `spare_part` as `Spare part`.
fn label(name: Name) -> String {
    let words = name.as_str().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
