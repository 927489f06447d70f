//! What people call a record whose title stands in another one.

use formwork_runtime::scenario::parse_actor;
use serde_json::json;

use super::world::{World, name, world};

const SITES: &str = "
# definitions/shop.book.yaml
book: shop
# definitions/x/firm.object.yaml
object: firm
number: \"F{seq:3}\"
title: name
fields:
  name: {type: text}
# definitions/x/site.object.yaml
object: site
number: \"S{seq:3}\"
title: firm
fields:
  firm: {type: ref, to: firm, on_delete: clear}
# definitions/x/visit.object.yaml
object: visit
title: site
fields:
  site: {type: ref, to: site, on_delete: clear}
# definitions/x/loop.object.yaml
object: loop
number: \"L{seq:3}\"
title: next
fields:
  next: {type: ref, to: loop, on_delete: clear}
# definitions/x/log.object.yaml
object: log
title: who
fields:
  who: {type: user}
# definitions/x/sees_all.role.yaml
role: sees_all
label: Sees all
grants:
  all: {on: [firm, site, visit], may: read, rows: all}
# definitions/x/sees_sites.role.yaml
role: sees_sites
label: Sees sites
grants:
  all: {on: [site, visit], may: read, rows: all}
";

fn office() -> World {
    let mut world = world(SITES);
    world.actor = parse_actor("root").unlimited();
    world
}

fn seen(world: &World, object: &str, id: formwork_model::id::RecordId) -> String {
    world.book.eyes(&world.actor).title(name(object), id).unwrap()
}

#[test]
fn a_title_that_is_a_reference_or_a_login_is_what_that_is_called() {
    let mut world = office();
    let firm = world.create("firm", json!({"name": "Acme"}));
    let site = world.create("site", json!({"firm": firm.to_string()}));
    let visit = world.create("visit", json!({"site": site.to_string()}));
    let bare = world.create("site", json!({}));
    world.create("user", json!({"login": "ann", "name": "Ann Lee"}));
    let log = world.create("log", json!({"who": "ann"}));
    let other = world.create("log", json!({"who": "nobody"}));
    world.be("ann sees_all");
    assert_eq!(seen(&world, "site", site), "Acme");
    assert_eq!(seen(&world, "visit", visit), "Acme");
    assert_eq!(seen(&world, "site", bare), "S002", "without a title the number");
    // Whoever does not see the firm does not learn its name.
    world.be("bob sees_sites");
    assert_eq!(seen(&world, "site", site), "S001");
    assert_eq!(world.book.title(name("log"), log).unwrap(), "Ann Lee");
    assert_eq!(world.book.title(name("log"), other).unwrap(), "nobody");
}

#[test]
fn a_title_that_leads_back_to_itself_ends_at_the_number() {
    let world = office();
    let one = world.create("loop", json!({}));
    let two = world.create("loop", json!({"next": one.to_string()}));
    world.update("loop", one, json!({"next": two.to_string()}));
    assert_eq!(world.book.title(name("loop"), one).unwrap(), "L001");
}
