//! Who may do what: rows, fields and actions of grants, on every way to a record.

mod involved;
mod lines;
mod reads;
mod scripts;
mod why;
mod writes;

use formwork_catalog::filter::parse_filter;
use formwork_model::id::RecordId;
use formwork_runtime::{
    command::Outcome,
    json,
    query::{Page, Query, parse_sort},
    rejection::Refusal,
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use super::world::{World, catalog, name, world};

const FILES: &str = "
# definitions/office.book.yaml
book: office
# definitions/x/client.object.yaml
object: client
label: Client
title: name
owner: seller
department: unit
territory: area
fields:
  name:   {type: text, required: true, unique: true, label: Name}
  seller: {type: user, default: = user.login, label: Seller}
  unit:   {type: department, label: Unit}
  area:   {type: ref, to: territory, label: Area}
  phone:  {type: phone, label: Phone}
  cost:   {type: integer, indexed: true, label: Cost}
  note:   {type: text, label: Note}
  plan:   {type: file, label: Plan}
  twice:  {type: integer, value: '= coalesce(this.cost, 0) * 2', label: Twice}
# definitions/x/client.flow.yaml
flow: client
label: Client
object: client
start: open
nodes:
  open:
    label: Open
    actions:
      praise: {label: Praise, to: open, set: {note: praised}}
      close:  {label: Close, to: gone}
  gone: {label: Gone, end: {}}
# definitions/x/deal.object.yaml
object: deal
label: Deal
number: 'D{seq:4}'
owner: owner
fields:
  client: {type: ref, to: client, on_delete: restrict, label: Client}
  owner:  {type: user, default: = user.login, label: Owner}
  amount: {type: integer, label: Amount}
# definitions/x/deal.flow.yaml
flow: deal
label: Deal
object: deal
start: draft
nodes:
  draft: {label: Draft, actions: {submit: {label: Submit, to: review}}}
  review:
    label: Review
    approval:
      - {name: boss, label: Boss, by: user(bo)}
    approved: {to: done}
    rejected: {to: done}
  done: {label: Done, end: {}}
# definitions/x/credit.ledger.yaml
ledger: credit
label: Credit
amount: money
dimensions:
  client: {type: ref, to: client, label: Client}
# definitions/x/grade.table.yaml
table: grade
label: Grade
inputs:
  cost: {type: integer, label: Cost}
outputs:
  grade: {type: text, label: Grade}
rows:
  - {cost: '> 5', grade: a}
  - {grade: b}
# definitions/x/seller.role.yaml
role: seller
label: Seller
grants:
  own:     {on: client, may: [read, create, update], act: praise, rows: own}
  unit:    {on: client, may: read, rows: department, fields: {hidden: [cost, twice], masked: {phone: ends 3 4}}}
  deals:   {on: deal, may: [read, create, update, act], rows: own}
# definitions/x/lead.role.yaml
role: lead
label: Lead
grants:
  below: {on: client, may: [read, update, delete, assign], rows: department_below, fields: {write: [name, seller, unit]}}
# definitions/x/agent.role.yaml
role: agent
label: Agent
grants:
  area: {on: client, may: read, rows: {all: [territory, {where: {cost: {lt: 100}}}]}, fields: {read: [name, area, note]}}
# definitions/x/clerk.role.yaml
role: clerk
label: Clerk
may: [tables, ledgers, people]
grants:
  names: {on: client, may: [read, post], rows: all, fields: {read: name}}
# definitions/x/head.role.yaml
role: head
label: Head
may: [tables, ledgers, postings, incidents, releases, people, queues]
grants:
  all: {on: [client, deal], may: [read, create, update, delete, act, assign, import, export, post], rows: all}
";

/// An office: unit A with B below it, unit C; the north with a valley in it, the south.
fn office() -> World {
    let mut world = world(FILES);
    world.actor = parse_actor("root").unlimited();
    let a = world.create("department", json!({"code": "A", "name": "A"}));
    world.create("department", json!({"code": "B", "name": "B", "parent": a.to_string()}));
    world.create("department", json!({"code": "C", "name": "C"}));
    let north = world.create("territory", json!({"code": "north", "name": "North"}));
    world.create("territory", json!({"code": "valley", "name": "Valley", "parent": north.to_string()}));
    world.create("territory", json!({"code": "south", "name": "South"}));
    for (login, role, places) in [
        ("ann", "seller", json!({"department": "A"})),
        ("ben", "seller", json!({"department": "B"})),
        ("lea", "lead", json!({"department": "A"})),
        ("may", "agent", json!({"territory": "north"})),
        ("joe", "agent", json!({})),
        ("cat", "clerk", json!({})),
        ("hal", "head", json!({})),
    ] {
        world.create("user", json!({"login": login, "name": login}));
        let mut position = json!({"user": login, "role": role});
        position.as_object_mut().unwrap().extend(places.as_object().unwrap().clone());
        world.create("position", position);
    }
    world
}

/// A client of somebody.
fn client(world: &World, name: &str, seller: &str, unit: &str, cost: i64) -> RecordId {
    let values = json!({"name": name, "seller": seller, "unit": unit, "cost": cost, "phone": "13812345678"});
    world.create("client", values)
}

/// A record as the actor sees it; `None` when they don't.
fn eye(world: &World, object: &str, id: RecordId) -> Option<Json> {
    let catalog = world.book.catalog();
    let known = catalog.object(name(object)).unwrap();
    match world.book.eyes(&world.actor).get(name(object), id) {
        Ok(shown) => Some(json::pinned_record(known, None, (&shown.record, &shown.absent), None)),
        Err(refusal) => {
            assert_eq!(code(&refusal), "no-such-record");
            None
        }
    }
}

/// The code of a refusal, with its field.
fn code(refusal: &Refusal) -> String {
    let Refusal::Rejected(rejection) = refusal else { panic!("{refusal:?}") };
    let problem = &rejection.problems[0];
    problem.field.as_ref().map_or_else(|| problem.code.to_string(), |field| format!("{}@{field}", problem.code))
}

/// A page of a list, or why there is none.
fn try_list(world: &World, object: &str, filter: &Json, sort: &str) -> Result<Page, Refusal> {
    let catalog = world.book.catalog();
    let filter = parse_filter(&*catalog, name(object), filter, &catalog.book.zone).unwrap();
    let sort = parse_sort(catalog.object(name(object)).unwrap(), sort).unwrap();
    world.book.list(&Query { object: name(object), filter, sort, limit: 100, after: None }, &world.actor)
}

/// The names in a list, sorted by name.
fn names(world: &World, filter: &Json) -> Vec<String> {
    let page = try_list(world, "client", filter, "").unwrap();
    let mut names: Vec<String> =
        page.records.iter().map(|record| record.fields.get(name("name")).to_string()).collect();
    names.sort();
    names
}

/// Whom a filter counts.
fn counted(world: &World, filter: &Json) -> usize {
    let catalog = world.book.catalog();
    let filter = parse_filter(&*catalog, name("client"), filter, &catalog.book.zone).unwrap();
    world.book.count(name("client"), &filter, 1000, &world.actor).unwrap().0
}

fn why_not(result: Result<Outcome, Refusal>) -> String {
    code(&result.unwrap_err())
}
