//! What linking adds: indexes, referrers, feeds, dependents, the order of computed values, flattened flows.

use formwork_catalog::{
    catalog::Catalog,
    check::check_parsed,
    flow::{By, NodeKind},
    object::{Dependent, Feed},
};
use formwork_definition::load::parse;
use formwork_model::name::Name;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn catalog(files: &[(&str, &str)]) -> Catalog {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let checked = check_parsed(parse(files));
    let found: Vec<_> =
        checked.diagnostics.iter().map(|d| format!("{} {}", checked.sources.locate(d.at), d.message.en)).collect();
    checked.catalog.unwrap_or_else(|| panic!("{found:#?}"))
}

const CUSTOMER: &str = "
object: customer
fields:
  level: {type: text}
  code: {type: text, unique: true}
  deals: {type: integer, roll_up: {from: deal, by: customer, count: true}}
";

const DEAL: &str = "
object: deal
number: \"D{seq:4}\"
owner: sales
fields:
  last: {type: integer, value: this.first + 1}
  first: {type: integer, value: 'this.lines.sum(\"total\")'}
  sales: {type: user}
  customer: {type: ref, to: customer, on_delete: cascade}
  of_customer: {type: text, value: this.customer.level}
  lines:
    type: lines
    fields:
      buyer: {type: ref, to: customer}
      total: {type: integer, value: this.price * 2}
      price: {type: integer}
      grade: {type: text, value: this.buyer.level}
indexes:
  by_customer: [customer, first]
rules:
  both: {on: [save, create], set: {sales: x}}
";

const FLOW: &str = "
flow: deal
object: deal
start: a
nodes:
  a: {actions: {go: {to: work, by: [owner, role(boss)]}}}
  work:
    scope: {start: inner, nodes: {inner: {actions: {ok: {to: inner_end}}}, inner_end: {end: {}}}}
    to: done
  done: {end: {}}
";

fn linked() -> Catalog {
    catalog(&[
        ("definitions/x/customer.object.yaml", CUSTOMER),
        ("definitions/x/deal.object.yaml", DEAL),
        ("definitions/x/deal.flow.yaml", FLOW),
        ("forms/x/deal_new.form.yaml", "form: deal_new\nobject: deal\nfor: create\nsections: [{fields: [sales]}]\n"),
    ])
}

#[test]
fn keys_come_by_themselves_and_keep_clear_of_written_names() {
    let catalog = linked();
    let deal = catalog.object(name("deal")).unwrap();
    let indexes: Vec<_> = deal.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(indexes, ["by_customer", "by_sales", "by_customer_", "lines_buyer", "by_created_by", "by_state"]);
    assert_eq!(deal.index(name("lines_buyer")).unwrap().lines, Some(name("lines")));
    assert_eq!(deal.uniques.iter().map(|unique| unique.name.as_str()).collect::<Vec<_>>(), ["number"]);
    let customer = catalog.object(name("customer")).unwrap();
    assert_eq!(customer.uniques.iter().map(|unique| unique.name.as_str()).collect::<Vec<_>>(), ["code"]);
    assert!(customer.index(name("by_state")).is_none(), "there is no flow over it");
}

#[test]
fn objects_know_who_refers_to_them() {
    let catalog = linked();
    let customer = catalog.object(name("customer")).unwrap();
    let referrers: Vec<_> =
        customer.referrers.iter().map(|r| (r.lines.map(Name::as_str), r.field.as_str(), r.index.as_str())).collect();
    assert_eq!(referrers, [(None, "customer", "by_customer_"), (Some("lines"), "buyer", "lines_buyer")]);
    for index in ["by_customer_", "lines_buyer"] {
        let dependent = Dependent { object: name("deal"), index: name(index), reads: name("level") };
        assert!(customer.dependents.contains(&dependent), "{index}");
    }
    assert_eq!(customer.dependents.len(), 2);
    let deal = catalog.object(name("deal")).unwrap();
    assert_eq!(deal.feeds, [Feed { object: name("customer"), field: name("deals") }]);
    assert_eq!(deal.create_form, Some(name("deal_new")));
}

#[test]
fn what_is_read_is_computed_first() {
    let catalog = linked();
    let deal = catalog.object(name("deal")).unwrap();
    let order: Vec<_> = deal.computed.iter().map(|computed| computed.field.as_str()).collect();
    let at = |field: &str| order.iter().position(|known| *known == field).unwrap();
    assert!(at("total") < at("first") && at("first") < at("last"), "{order:?}");
    assert_eq!(deal.rules[0].on.len(), 2, "save and create are create and update");
}

#[test]
fn flows_are_flattened() {
    let catalog = linked();
    let flow = catalog.main_flow(name("deal")).unwrap();
    assert_eq!(
        flow.nodes.keys().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["a", "work", "inner", "inner_end", "done"]
    );
    assert_eq!(flow.node(name("inner")).unwrap().parent, Some(name("work")));
    assert_eq!(flow.node(name("done")).unwrap().incoming, [name("work")]);
    let NodeKind::State { actions, .. } = &flow.node(name("a")).unwrap().kind else { panic!("a state") };
    assert_eq!(actions[0].by, [By::Field(name("sales")), By::Role(name("boss"))]);
}

#[test]
fn a_release_is_named_by_what_it_says_and_a_folder_needs_no_book() {
    let (one, two) = (linked(), linked());
    assert_eq!(one.release, two.release);
    assert_eq!(one.release.len(), 16);
    assert_eq!(one.book.name, name("book"));
    let other = catalog(&[("definitions/x/customer.object.yaml", "object: customer\nfields: {level: {type: text}}\n")]);
    assert_ne!(one.release, other.release);
}
