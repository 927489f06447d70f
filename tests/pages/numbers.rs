//! The reports and the dashboard of the shop.

/// Their files.
pub(super) const REPORTS: &[(&str, &str)] = &[
    (
        "definitions/work/orders.report.yaml",
        r#"
report: orders
label: {zh: 订单分析, en: Orders by kind}
help: {zh: 按类型、买家城市和交付月统计订单, en: "Orders by kind, city and month"}
on: order
period: created_at
dimensions:
  kind:   kind
  seller: seller
  city:   buyer.city
  card:   card
  month:  {by: due, step: month, label: {zh: 交付月, en: Month due}}
measures:
  n:      {count: true, label: {zh: 订单数, en: Orders}}
  total:  {sum: total, label: {zh: 金额, en: Amount}}
  carded: {count: true, where: {card: {empty: false}}, label: {zh: 带贺卡, en: With a card}}
rows: [kind]
columns: [month]
show: [total]
chart: {as: stacked_bar, show: total}
"#,
    ),
    (
        "definitions/work/due.report.yaml",
        r#"
report: due
label: {zh: 交付, en: Deliveries}
on: order
period: due
dimensions: {kind: kind}
measures: {n: {count: true, label: {zh: 订单数, en: Orders}}}
rows: [kind]
"#,
    ),
    (
        "definitions/work/buyers.report.yaml",
        r#"
report: buyers
label: {zh: 买家, en: Buyers}
on: buyer
dimensions: {city: city}
measures: {n: {count: true, label: {zh: 买家数, en: Buyers}}}
rows: [city]
"#,
    ),
    (
        "definitions/work/shop_numbers.dashboard.yaml",
        r#"
dashboard: shop_numbers
label: {zh: 店铺数据, en: Shop numbers}
tiles:
  - {report: orders, number: n, label: {zh: 订单数, en: All orders}}
  - {report: orders, number: total, label: {zh: 总金额, en: All money}}
  - {report: orders, number: carded, label: {zh: 带贺卡, en: With a card}}
  - {report: orders, rows: [kind], show: [total], chart: {as: pie}}
  - {report: orders, width: 2}
  - {report: orders, rows: [], columns: [], show: [n, carded], chart: {as: funnel, show: [n, carded]}, label: {zh: 贺卡, en: How many with a card}}
  - {report: buyers, number: n, label: {zh: 买家数, en: All buyers}}
  - {report: orders, rows: [seller, kind], show: [n, total], chart: {as: grid}, width: 2}
  - {report: orders, rows: [card], columns: [], show: [total], chart: {as: bar}, label: {zh: 按贺卡, en: By card}}
  - {list: order, limit: 4, sort: -total, fields: [name, kind, total]}
"#,
    ),
];
