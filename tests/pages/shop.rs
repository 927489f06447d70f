//! What the small shop of the page tests is made of, but for its reports.

/// Its definitions.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "definitions/shop.book.yaml",
        r#"
book: shop
access: open
label: {zh: 店铺, en: Shop}
locales: [zh, en]
currency: CNY
time_zone: Asia/Shanghai
menu: [{module: work, label: {zh: 业务, en: Work}, items: [order, buyer, trip, crate, {report: orders}, {dashboard: shop_numbers}]}]
"#,
    ),
    (
        "definitions/work/buyer.object.yaml",
        r#"
object: buyer
label: {zh: 买家, en: Buyer}
title: name
fields:
  name: {type: text, required: true, unique: true, max: 40, label: {zh: 名称, en: Name}}
  city: {type: choice, options: {bj: {zh: 北京, en: Beijing}, sh: {zh: 上海, en: Shanghai}}, label: {zh: 城市, en: City}}
"#,
    ),
    (
        "definitions/work/crate.object.yaml",
        r#"
object: crate
label: {zh: 箱子, en: Crate}
title: name
sharing: true
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  state_of_it:
    type: choice
    label: {zh: 状况, en: Condition}
    options: {fresh: {zh: 新鲜, en: Fresh, tone: good}, plain: {zh: 普通, en: Plain}}
  marks:
    type: choices
    label: {zh: 标记, en: Marks}
    options: {broken: {label: {zh: 破损, en: Broken}, tone: bad}, plain: {zh: 普通, en: Plain, tone: neutral}}
"#,
    ),
    (
        "forms/work/crate_board.form.yaml",
        "form: crate_board\nlabel: {zh: 箱子看板, en: Crates}\nobject: crate\nfor: board\ngroup: state_of_it\nsections: [{fields: [name, marks]}]\n",
    ),
    (
        "definitions/work/order.object.yaml",
        r#"
object: order
label: {zh: 订单, en: Order}
number: "S{seq:4}"
title: name
owner: seller
fields:
  name:   {type: text, required: true, max: 20, label: {zh: 名称, en: Name}}
  buyer:  {type: ref, to: buyer, on_delete: restrict, label: {zh: 买家, en: Buyer}}
  seller: {type: user, default: = user.login, label: {zh: 负责人, en: Seller}}
  kind:   {type: choice, options: {plain: {zh: 普通, en: Plain}, gift: {zh: 礼品, en: Gift}}, label: {zh: 类型, en: Kind}}
  card:   {type: text, max: 60, label: {zh: 贺卡, en: Card}}
  due:    {type: date, label: {zh: 交付日, en: Due}}
  boss:   {type: user, label: {zh: 审批人, en: Boss}}
  reason: {type: text, max: 60, label: {zh: 取消原因, en: Why cancelled}}
  lines:
    type: lines
    label: {zh: 明细, en: Lines}
    fields:
      item:  {type: text, required: true, label: {zh: 品名, en: Item}}
      count: {type: integer, min: 1, default: 1, label: {zh: 数量, en: Count}}
      price: {type: money, label: {zh: 单价, en: Price}}
      total: {type: money, value: 'coalesce(this.price, 0) * coalesce(this.count, 0)', label: {zh: 金额, en: Total}}
  total: {type: money, value: this.lines.sum("total"), label: {zh: 合计, en: Total}}
checks:
  due_later: {that: this.due >= today(), when: this.due != (), at: due, say: {zh: 交付日不能早于今天, en: The due date must not be in the past}}
"#,
    ),
    (
        "definitions/work/order.flow.yaml",
        r#"
flow: order
label: {zh: 订单流程, en: Order}
object: order
start: draft
nodes:
  draft:
    label: {zh: 草稿, en: Draft}
    actions:
      submit: {label: {zh: 提交, en: Submit}, to: review, when: this.boss != (), say: {zh: 请先指定审批人, en: Name a boss first}}
      cancel: {label: {zh: 取消, en: Cancel it}, to: cancelled, form: order_cancel, reason: optional}
      hold: {label: {zh: 搁置, en: Hold}, to: held}
  held: {label: {zh: 搁置, en: Held}, actions: {resume: {label: {zh: 恢复, en: Resume}, to: draft}}}
  review:
    label: {zh: 审批中, en: In review}
    approval: [{by: boss, label: {zh: 主管, en: Manager}}]
    show: [buyer, total]
    approved: {to: open}
    rejected: {to: draft}
    returned: {to: draft}
    withdrawn: {to: draft}
  open: {label: {zh: 执行中, en: Open}, actions: {finish: {label: {zh: 完成, en: Finish}, to: done}}}
  done: {label: {zh: 已完成, en: Done}, tone: good, end: {}}
  cancelled: {label: {zh: 已取消, en: Cancelled}, tone: bad, end: {}}
"#,
    ),
    (
        "definitions/work/order_sheet.template.yaml",
        r#"
template: order_sheet
label: {zh: 订货单, en: Order sheet}
object: order
print: {paper: a5}
text: |
  <h1 class="title">{{name}}</h1>
  <table class="facts"><tbody><tr><th>{{label buyer}}</th><td>{{buyer.name}}</td><th>{{label seller}}</th><td>{{seller}}</td></tr></tbody></table>
  <table class="lines">
    <thead><tr><th class="no">#</th><th>{{label lines.item}}</th><th class="num">{{label lines.total}}</th></tr></thead>
    <tbody>{{#each lines}}<tr><td class="no"></td><td>{{item}}</td><td class="num">{{total}}</td></tr>{{/each}}</tbody>
  </table>
  <p class="words">{{in_words total}}</p>
"#,
    ),
    (
        "definitions/work/trip.object.yaml",
        r#"
object: trip
label: {zh: 出差, en: Trip}
number: "T{seq:4}"
title: name
owner: traveller
fields:
  name:      {type: text, required: true, max: 60, label: {zh: 事由, en: Purpose}}
  traveller: {type: user, default: = user.login, label: {zh: 出差人, en: Traveller}}
  leaves:    {type: date, label: {zh: 出发日, en: Leaves}}
  cost:      {type: money, label: {zh: 费用, en: Cost}}
  first:     {type: user, label: {zh: 一级审批, en: First}}
  second:    {type: user, label: {zh: 二级审批, en: Second}}
  third:     {type: user, label: {zh: 三级审批, en: Third}}
"#,
    ),
    (
        "definitions/work/trip.flow.yaml",
        r#"
flow: trip
label: {zh: 出差申请, en: Trip}
object: trip
start: draft
nodes:
  draft:
    label: {zh: 草稿, en: Draft}
    actions: {submit: {label: {zh: 提交, en: Submit}, to: review}}
  review:
    label: {zh: 审批中, en: In review}
    approval:
      - {by: first, label: {zh: 主管, en: Manager}}
      - {by: second, label: {zh: 财务, en: Finance}}
      - {by: third, label: {zh: 总经理, en: Director}}
    show: [cost]
    approved: {to: approved}
    rejected: {to: draft}
    returned: {to: draft}
    withdrawn: {to: draft}
  approved: {label: {zh: 已批准, en: Approved}, end: {}}
"#,
    ),
    (
        "definitions/work/fund.object.yaml",
        r#"
object: fund
label: {zh: 经费, en: Fund}
title: name
fields:
  name:    {type: text, required: true, max: 60, label: {zh: 名称, en: Name}}
  keeper:  {type: user, label: {zh: 审批人, en: Keeper}}
  granted: {type: money, label: {zh: 核准金额, en: Granted}}
  note:    {type: text, max: 60, label: {zh: 说明, en: Note}}
"#,
    ),
    (
        "definitions/work/fund.flow.yaml",
        r#"
flow: fund
label: {zh: 经费申请, en: Fund}
object: fund
start: draft
nodes:
  draft:
    label: {zh: 草稿, en: Draft}
    actions: {submit: {label: {zh: 提交, en: Submit}, to: review, require: keeper}}
  review:
    label: {zh: 审批中, en: In review}
    approval: [{by: keeper, label: {zh: 主管, en: Manager}, approve: {form: fund_grant, require: granted}}]
    approved: {to: approved}
    rejected: {to: draft}
    returned: {to: draft}
    withdrawn: {to: draft}
  approved: {label: {zh: 已批准, en: Approved}, end: {}}
"#,
    ),
    (
        "forms/work/fund_grant.form.yaml",
        r#"
form: fund_grant
label: {zh: 核准, en: Grant}
object: fund
for: act
sections:
  - fields: [granted, note]
"#,
    ),
    (
        "forms/work/trip_edit.form.yaml",
        r#"
form: trip_edit
label: {zh: 出差, en: Trip}
object: trip
for: [create, edit, view]
sections:
  - fields: [name]
  - label: {zh: 行程, en: Journey}
    tab: {zh: 行程, en: Journey}
    fields: [traveller, leaves, cost]
  - label: {zh: 审批人, en: Approvers}
    tab: {zh: 审批, en: Approval}
    fields: [first, second, third]
"#,
    ),
    (
        "forms/work/order_edit.form.yaml",
        r#"
form: order_edit
label: {zh: 订单, en: Order}
object: order
for: [create, edit, view]
sections:
  - label: {zh: 基本信息, en: Basics}
    fields:
      - name
      - buyer
      - seller
      - kind
      - {field: card, visible: this.kind == "gift", required: true}
      - due
      - boss
      - {field: reason, visible: this.reason != (), read_only: true}
  - label: {zh: 明细, en: Lines}
    fields: [lines, total]
"#,
    ),
    (
        "forms/work/order_cancel.form.yaml",
        "form: order_cancel\nlabel: {zh: 取消订单, en: Cancel}\nobject: order\nfor: act\nsections:\n  - fields: [{field: reason, required: true}]\n",
    ),
    (
        "forms/work/order_list.form.yaml",
        "form: order_list\nlabel: {zh: 订单列表, en: Orders}\nobject: order\nfor: list\ncolumns: [number, name, buyer, kind, total, state, due]\nsort: -number\n",
    ),
    (
        "forms/work/order_board.form.yaml",
        "form: order_board\nlabel: {zh: 订单看板, en: Order board}\nobject: order\nfor: board\ngroup: state\nsections: [{fields: [name, buyer, total]}]\n",
    ),
];

/// What a guarded shop has beside: sellers know nothing of the card, nor of the orders of others; fixers may repair what
/// runs and see no order.
pub(super) const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/fixer.role.yaml",
        r#"
role: fixer
label: {zh: 运维, en: Fixer}
may: [repairs]
grants:
  buyers: {on: buyer, may: [read], rows: all}
"#,
    ),
    (
        "definitions/work/seller.role.yaml",
        r#"
role: seller
label: {zh: 销售, en: Seller}
grants:
  own_orders: {on: order, may: [read, create, update, act, export], rows: own, fields: {hidden: card}}
  buyers:     {on: buyer, may: [read, create], rows: all}
"#,
    ),
    (
        "definitions/work/manager.role.yaml",
        r#"
role: manager
label: {zh: 经理, en: Manager}
grants:
  everything: {on: [order, buyer, user], may: [read, create, update, delete, act, export, assign], rows: all}
"#,
    ),
];
