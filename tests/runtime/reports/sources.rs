//! Reports over several kinds of records.

use formwork_model::value::Value;
use formwork_runtime::report::Asked;
use serde_json::json;

use super::{rows, sheet};
use crate::runtime::world::{refused, world};

const SEVERAL: &str = "
# definitions/shop.book.yaml
book: shop
access: open
# definitions/x/campaign.object.yaml
object: campaign
label: Campaign
title: name
fields: {name: {type: text, label: Name}}
# definitions/x/lead.object.yaml
object: lead
label: Lead
fields: {campaign: {type: ref, to: campaign, label: Campaign}, owner: {type: user, label: Owner}, on: {type: date, label: On}}
# definitions/x/deal.object.yaml
object: deal
label: Deal
fields: {campaign: {type: ref, to: campaign, label: Campaign}, amount: {type: integer, label: Amount}, won: {type: boolean, label: Won}}
# definitions/x/roi.report.yaml
report: roi
label: ROI
from:
  leads: {on: lead, period: on, by: {campaign: campaign, owner: owner}}
  deals: {on: deal, where: {won: true}, by: {campaign: campaign}}
dimensions: {campaign: {}, owner: {}}
measures:
  leads: {count: leads}
  won: {sum: amount, of: deals}
  each: {value: won / leads}
rows: [campaign]
";

#[test]
fn several_sources_stand_side_by_side_on_what_they_share() {
    let world = world(SEVERAL);
    let [fair, mail] = ["Fair", "Mail"].map(|name| world.create("campaign", json!({"name": name})).to_string());
    for (campaign, owner, on) in [(&fair, "li", "2026-01-01"), (&fair, "wu", "2026-02-01"), (&mail, "li", "2026-02-02")]
    {
        world.create("lead", json!({"campaign": campaign, "owner": owner, "on": on}));
    }
    for (campaign, amount, won) in [(&fair, 10, true), (&fair, 20, false), (&fair, 5, true)] {
        world.create("deal", json!({"campaign": campaign, "amount": amount, "won": won}));
    }
    assert_eq!(rows(&sheet(&world, "roi", &Asked::default())), ["Fair 2 15 7.50", "Mail 1 0 0.00", "total 3 15 5.00"]);
    // Deals have no owner: they are in the totals only, and so is what reads them.
    let owners = sheet(&world, "roi", &Asked { rows: Some(vec!["owner".into()]), ..Asked::default() });
    assert_eq!(rows(&owners), ["li 2 - -", "wu 1 - -", "total 3 15 5.00"]);
    assert_eq!(owners.drill(Some(0), None, 1), None);
    let both = Asked { columns: Some(vec!["owner".into()]), rows: Some(vec!["campaign".into()]), ..Asked::default() };
    let both = sheet(&world, "roi", &both);
    assert_eq!((both.cell(Some(0), Some(0), 1), both.cell(Some(0), None, 1)), (None, Some(&Value::Decimal(15.into()))));
    assert_eq!(both.drill(Some(0), None, 1).unwrap().object, "deal");
    // What is computed of several kinds of records is no list of one.
    assert_eq!(both.drill(None, None, 2), None);
    // The period and filters limit those that they are about.
    let some = Asked {
        from: Some("2026-02-01".parse().unwrap()),
        filter: Some(json!({"deals": {"amount": {"gt": 5}}})),
        ..Asked::default()
    };
    assert_eq!(rows(&sheet(&world, "roi", &some)), ["Fair 1 10 10.00", "Mail 1 0 0.00", "total 2 10 5.00"]);
    let wrong = |filter: serde_json::Value| {
        let asked = Asked { filter: Some(filter), ..Asked::default() };
        refused(world.book.eyes(&world.actor).report("roi", &asked).map(|_| panic!("it was computed")))
    };
    assert_eq!(wrong(json!({"deels": {}})), "unknown-source@filter");
    assert_eq!(wrong(json!([])), "bad-filter@filter");
    assert_eq!(wrong(json!({"deals": {"amuont": 1}})), "unknown-field@filter");
}
