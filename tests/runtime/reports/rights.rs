//! Reports as somebody sees them: by role, in scenarios and on dashboards.

use formwork_runtime::scenario::{parse_actor, run_all};

use crate::runtime::world::{catalog, world};

const ROLES: &str = "
# definitions/shop.book.yaml
book: shop
# definitions/x/deal.object.yaml
object: deal
label: Deal
owner: owner
fields:
  owner:  {type: user, label: Owner}
  amount: {type: integer, label: Amount}
  margin: {type: integer, label: Margin}
  risk:   {type: choice, options: {low: Low, high: High}, label: Risk}
# definitions/x/boss.role.yaml
role: boss
label: Boss
grants: {all: {on: deal, may: [read, create], rows: all}}
# definitions/x/seller.role.yaml
role: seller
label: Seller
grants:
  own:  {on: deal, may: read, rows: own, fields: {masked: {margin: all}}}
  rest: {on: deal, may: read, rows: all, fields: {read: [owner, risk]}}
# definitions/x/guest.role.yaml
role: guest
label: Guest
grants: {none: {on: deal, may: update, rows: all}}
# definitions/x/deals.report.yaml
report: deals
label: Deals
on: deal
dimensions: {risk: risk, owner: owner, band: {by: margin, bands: [10]}}
measures:
  n: {count: true}
  amount: {sum: amount}
  margin: {sum: margin}
  good: {count: true, where: {margin: {gte: 5}}, label: Good}
  rate: {value: margin / amount, label: Rate}
  part: {share: margin}
rows: [risk]
columns: [band]
# definitions/x/margins.report.yaml
report: margins
label: Margins
for: [boss, seller]
on: deal
where: {margin: {gt: 0}}
measures: {n: {count: true}}
# definitions/x/bosses.report.yaml
report: bosses
label: Bosses
for: boss
on: deal
measures: {n: {count: true}}
# definitions/x/all.dashboard.yaml
dashboard: all
label: All
tiles: [{report: deals}, {report: deals, number: margin}, {report: bosses}, {list: deal}, {report: deals, show: [margin]}]
# definitions/x/secret.dashboard.yaml
dashboard: secret
label: Secret
tiles: [{report: margins}, {report: deals, number: part}]
# tests/scenarios/deals.scenario.yaml
scenario: deals
now: 2026-03-02
actor: root boss
given:
  a: {object: deal, set: {owner: li, amount: 10, margin: 3, risk: low}}
  b: {object: deal, set: {owner: li, amount: 20, margin: 12, risk: high}}
  c: {object: deal, set: {owner: wu, amount: 40, margin: 20, risk: high}}
cases:
  boss:
    steps:
      - then:
          report:
            of: deals
            cells:
              - {risk: high, margin: null}
              - {n: 3, amount: 70, margin: 35, good: 2, rate: 0.5, part: 100}
            rows: [risk]
            columns: []
      - then: {actor: xi guest, report: {of: deals, there: false}}
  seller:
    steps:
      - then:
          actor: li seller
          report:
            of: deals
            count: 2
            hidden: [band, margin, good, rate, part]
            cells: [{risk: low, n: 1, amount: 10}, {risk: high, n: 2, amount: 20}, {n: 3, amount: 30}]
      - then: {actor: li seller, report: {of: margins, there: false}}
      - then: {actor: li seller, report: {of: bosses, there: false}}
";

#[test]
fn a_role_finds_no_number_of_what_it_does_not_see() {
    let catalog = catalog(&ROLES.replace("              - {risk: high, margin: null}\n", ""));
    for report in run_all(&catalog) {
        let failures: Vec<&str> = report.failures.iter().map(|failed| failed.message.en.as_str()).collect();
        assert_eq!(failures, [""; 0], "{}", report.name);
    }
}

#[test]
fn a_scenario_says_where_a_report_differs() {
    let files = ROLES
        .replace("cells: [{risk: low, n: 1, amount: 10}", "cells: [{risk: low, n: 2, amount: 11}")
        .replace("count: 2", "count: 3")
        .replace("hidden: [band, margin, good", "hidden: [amount, good")
        .replace("report: {of: bosses, there: false}", "report: {of: deals, there: false}");
    let reports = run_all(&catalog(&files));
    let failures = |name: &str| {
        let report = reports.iter().find(|report| report.name == format!("deals.{name}")).unwrap();
        report.failures.iter().map(|failed| failed.message.en.clone()).collect::<Vec<_>>()
    };
    assert_eq!(failures("boss"), ["expected margin to be null, it is 32"]);
    assert_eq!(
        failures("seller"),
        [
            "expected no `amount`, it is there",
            "expected 3 rows, there are 2",
            "expected n to be 2, it is 1",
            "expected amount to be 11, it is 10",
            "expected no report `deals`, it is there",
        ]
    );
}

#[test]
fn dashboards_show_the_tiles_of_which_somebody_sees_something() {
    let world = world(&ROLES.replace("              - {risk: high, margin: null}\n", ""));
    let seen = |actor: &str| -> Vec<(String, Vec<bool>)> {
        let actor = parse_actor(actor);
        let eyes = world.book.eyes(&actor);
        let tiles = |dashboard: &formwork_catalog::report::Dashboard| {
            dashboard.tiles.iter().map(|tile| eyes.sees_tile(&tile.shows).unwrap()).collect()
        };
        eyes.dashboards().unwrap().iter().map(|one| (one.name.to_string(), tiles(one))).collect()
    };
    assert_eq!(seen("root boss"), [("all".into(), vec![true; 5]), ("secret".into(), vec![true; 2])]);
    assert_eq!(seen("li seller"), [("all".into(), vec![true, false, false, true, false])]);
    assert_eq!(seen("xi guest"), []);
}
