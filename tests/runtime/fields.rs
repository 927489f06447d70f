//! Defaults, computed fields, and what a field enforces.

use serde_json::json;

use super::world::{refused, world};

const SHOP: &str = "
# definitions/shop/product.object.yaml
object: product
title: name
fields:
  name: {type: text, required: true, max: 12, unique: true}
  price: {type: decimal, default: 10, min: 0}
  tax: {type: decimal, default: = this.price * 0.2}
  gross: {type: decimal, value: 'this.price + coalesce(this.tax, 0)'}
# definitions/shop/sale.object.yaml
object: sale
fields:
  by: {type: text, default: = user.login}
  factor: {type: integer, default: 1}
  code: {type: text, fixed: true}
  lines:
    type: lines
    fields:
      product: {type: ref, to: product, required: true}
      quantity: {type: integer, default: 1, min: 1}
      price: {type: decimal, default: = this.product.price}
      total: {type: decimal, value: this.quantity * this.price * parent.factor}
      listed: {type: decimal, value: this.product.gross}
  total: {type: decimal, value: 'this.lines.sum(\"total\")'}
  double: {type: decimal, value: this.total * 2}
  first: {type: ref, to: product}
  first_gross: {type: decimal, value: this.first.gross}
";

#[test]
fn defaults_are_filled_and_what_is_sent_wins() {
    let world = world(SHOP);
    let plain = world.create("product", json!({"name": "nail"}));
    assert_eq!(
        (world.text("product", plain, "price"), world.text("product", plain, "tax")),
        ("10".into(), "2.0".into())
    );
    let sent = world.create("product", json!({"name": "bolt", "price": "5", "tax": "0.5"}));
    assert_eq!(world.text("product", sent, "gross"), "5.5");
    let emptied = world.create("product", json!({"name": "free", "price": "1", "tax": null}));
    assert_eq!(world.text("product", emptied, "tax"), "", "what is sent empty stays empty");
    let sale = world.create("sale", json!({}));
    assert_eq!(world.text("sale", sale, "by"), "tester");
}

#[test]
fn computed_fields_follow_lines_and_parents() {
    let world = world(SHOP);
    let nail = world.create("product", json!({"name": "nail", "price": "3"}));
    let lines = json!([{"product": "nail", "quantity": 2}, {"product": "nail", "price": "10"}]);
    let sale = world.create("sale", json!({"lines": lines}));
    assert_eq!((world.text("sale", sale, "total"), world.text("sale", sale, "double")), ("16".into(), "32".into()));
    world.update("sale", sale, json!({"factor": 3}));
    assert_eq!((world.text("sale", sale, "total"), world.text("sale", sale, "double")), ("48".into(), "96".into()));
    world.update("sale", sale, json!({"lines": [{"key": 1, "quantity": 5}]}));
    assert_eq!(world.text("sale", sale, "total"), "45");
    world.update("sale", sale, json!({"lines": []}));
    assert_eq!(world.text("sale", sale, "total"), "0");
    assert_eq!(refused(world.try_update("sale", sale, json!({"total": 5}))), "computed-field@total");
    assert!(world.exists("product", nail));
    world.verify();
}

#[test]
fn computed_fields_follow_the_records_they_refer_to() {
    let world = world(SHOP);
    let nail = world.create("product", json!({"name": "nail", "price": "3", "tax": "1"}));
    let bolt = world.create("product", json!({"name": "bolt", "price": "7", "tax": "1"}));
    let sale = world.create("sale", json!({"first": "nail", "lines": [{"product": "nail"}, {"product": "bolt"}]}));
    assert_eq!(world.text("sale", sale, "first_gross"), "4");
    world.update("product", nail, json!({"price": "9"}));
    assert_eq!(world.text("sale", sale, "first_gross"), "10", "a computed value read through a computed value");
    assert_eq!(world.see("sale", sale, "lines")[0]["listed"], json!("10"), "also in a line");
    assert_eq!(world.see("sale", sale, "lines")[0]["price"], json!("3"), "a default is a default");
    world.update("sale", sale, json!({"first": "bolt"}));
    assert_eq!(world.text("sale", sale, "first_gross"), "8");
    let rev = world.get("sale", sale).rev;
    world.update("product", nail, json!({"name": "nails"}));
    assert_eq!(world.get("sale", sale).rev, rev, "nothing it reads has changed");
    world.update("product", bolt, json!({"tax": null}));
    assert_eq!(world.text("sale", sale, "first_gross"), "7");
    world.verify();
}

#[test]
fn fields_are_enforced() {
    let world = world(SHOP);
    assert_eq!(refused(world.try_create("product", json!({}))), "required@name");
    assert_eq!(refused(world.try_create("product", json!({"name": "  "}))), "required@name");
    assert_eq!(refused(world.try_create("product", json!({"name": "a name too long"}))), "out-of-range@name");
    assert_eq!(
        refused(world.try_create("product", json!({"name": "x", "price": "-1", "tax": "0"}))),
        "out-of-range@price"
    );
    assert_eq!(refused(world.try_create("product", json!({"nam": "x"}))), "unknown-field@nam");
    assert_eq!(refused(world.try_create("sale", json!({"lines": [{"quantity": 1}]}))), "required@lines[0].product");
    world.create("product", json!({"name": "nail"}));
    let bad = json!({"lines": [{"product": "nail"}, {"product": "nail", "quantity": 0}]});
    assert_eq!(refused(world.try_create("sale", bad)), "out-of-range@lines[1].quantity");
    assert_eq!(refused(world.try_create("sale", json!({"first": "nobody"}))), "no-such-reference@first");
    assert_eq!(world.count("sale"), 0);
    world.verify();
}

#[test]
fn a_fixed_field_is_set_once() {
    let world = world(SHOP);
    let sale = world.create("sale", json!({}));
    world.update("sale", sale, json!({"code": "a"}));
    world.update("sale", sale, json!({"code": "a", "factor": 2}));
    assert_eq!(refused(world.try_update("sale", sale, json!({"code": "b"}))), "fixed-field@code");
    assert_eq!(refused(world.try_update("sale", sale, json!({"code": null}))), "fixed-field@code");
    assert_eq!(world.text("sale", sale, "code"), "a");
}

#[test]
fn an_update_that_changes_nothing_is_no_revision() {
    let world = world(SHOP);
    let nail = world.create("product", json!({"name": "nail", "price": "3"}));
    assert_eq!(world.update("product", nail, json!({"name": "nail", "price": "3"})).rev, 1);
    assert_eq!(world.update("product", nail, json!({"tax": null})).rev, 2);
    assert_eq!(world.update("product", nail, json!({"price": "4"})).rev, 3);
}

#[test]
fn an_append_only_record_stays() {
    let world = world(
        "
# definitions/x/entry.object.yaml
object: entry
append_only: true
fields: {name: {type: text}}
",
    );
    let entry = world.create("entry", json!({"name": "a"}));
    assert_eq!(refused(world.try_update("entry", entry, json!({"name": "b"}))), "append-only");
    assert_eq!(refused(world.try_delete("entry", entry)), "append-only");
    world.update("entry", entry, json!({"name": "a"}));
    assert_eq!(world.text("entry", entry, "name"), "a");
}

#[test]
fn an_append_only_record_follows_what_it_reads() {
    let world = world(
        "
# definitions/x/customer.object.yaml
object: customer
title: name
fields:
  name: {type: text, unique: true}
  seller: {type: text}
# definitions/x/entry.object.yaml
object: entry
append_only: true
fields:
  name: {type: text}
  customer: {type: ref, to: customer}
  seller: {type: text, value: this.customer.seller}
",
    );
    let customer = world.create("customer", json!({"name": "acme", "seller": "ann"}));
    let entry = world.create("entry", json!({"name": "a", "customer": "acme"}));
    world.update("customer", customer, json!({"seller": "bob"}));
    assert_eq!(world.text("entry", entry, "seller"), "bob");
    assert_eq!(refused(world.try_update("entry", entry, json!({"name": "b"}))), "append-only");
}
