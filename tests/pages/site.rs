//! A small shop on a memory store, with people who know it by name, and plain requests to its pages.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::load;
use formwork_model::{clock::SettableClock, name::Name, render, text::Language};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request as Asked},
};
use formwork_store::embedded::Embedded;
use formwork_web::{App, Served, Settings, router, serve};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use tokio::{net::TcpListener, sync::oneshot};
use tower::ServiceExt;

use super::numbers::REPORTS;
use crate::http::closed::give_password;

const FILES: &[(&str, &str)] = &[
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
  done: {label: {zh: 已完成, en: Done}, end: {}}
  cancelled: {label: {zh: 已取消, en: Cancelled}, end: {}}
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

/// What a guarded shop has beside: sellers know nothing of the card, nor of the orders of others.
const ROLES: &[(&str, &str)] = &[
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

/// Monday, 2 March 2026, nine in the morning in Shanghai.
const NOW: &str = "2026-03-02T09:00:00+08:00";

fn catalog(name: &str, guarded: bool) -> Arc<Catalog> {
    let roles = ROLES.iter().filter(|_| guarded);
    let files = FILES.iter().chain(REPORTS).chain(roles).map(|(path, text)| {
        let text = text.replace("book: shop\n", &format!("book: {name}\n"));
        let text = if guarded { text.replace("access: open\n", "") } else { text };
        (path.replace("/shop.", &format!("/{name}.")), text.into_bytes())
    });
    let checked = check_parsed(load::parse(files));
    let report = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
    Arc::new(checked.catalog.unwrap_or_else(|| panic!("{report}")))
}

/// A book without records.
fn empty(name: &str) -> Arc<Book> {
    let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
    Arc::new(Book::open(Arc::new(Embedded::memory().unwrap()), catalog(name, false), clock).unwrap())
}

/// The shop, behind its router and, when asked for, a socket.
pub(super) struct Shop {
    app: App,
    router: Router,
}

/// A page, or what came instead.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) place: String,
    pub(super) policy: String,
    pub(super) text: String,
}

impl Shop {
    /// With a user `lin` and a boss `wu`.
    pub(super) fn new() -> Self {
        Self::made(false)
    }

    /// In which sellers see their own orders without the card, and managers see everything.
    pub(super) fn guarded() -> Self {
        let shop = Self::made(true);
        for (login, role) in [("lin", "seller"), ("li", "seller"), ("wu", "manager")] {
            shop.create("position", &format!(r#"{{"user": "{login}", "role": "{role}"}}"#));
        }
        shop
    }

    /// With another book beside it, as a server of several has.
    pub(super) fn with_yard() -> Self {
        let shop = Self::new();
        shop.app.add(Served::new(empty("yard")));
        shop
    }

    /// Two books that ask `lin` for a password.
    pub(super) fn closed() -> Self {
        let books = ["shop", "yard"].map(empty);
        for book in &books {
            let values = serde_json::json!({"login": "lin", "name": "林静"}).as_object().unwrap().clone();
            let create = Asked::Create { object: Name::intern("user"), values };
            book.run(Command::new(Actor::system(), create)).unwrap();
            give_password(book, "lin", false);
        }
        Self::of(App::new(books.map(Served::new), Settings::default()))
    }

    fn made(guarded: bool) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog("shop", guarded), clock).unwrap();
        let app = App::new([Served::new(Arc::new(book))], Settings { dev: true, ..Settings::default() });
        let shop = Self { router: router(app.clone()), app };
        shop.create("user", r#"{"login": "lin", "name": "林静"}"#);
        shop.create("user", r#"{"login": "wu", "name": "吴勇"}"#);
        shop.create("user", r#"{"login": "li", "name": "李娜"}"#);
        shop.create("user", r#"{"login": "zhao", "name": "赵敏"}"#);
        shop
    }

    /// Another book of the name `shop`.
    pub(super) fn of(app: App) -> Self {
        Self { router: router(app.clone()), app }
    }

    /// The name of the book.
    pub(super) fn name(&self) -> &str {
        self.app.books()[0].name
    }

    /// The book.
    pub(super) fn book(&self) -> Arc<Book> {
        self.app.books()[0].book.clone()
    }

    /// Creates a record behind the pages' back, and gives its path.
    pub(super) fn create(&self, object: &str, values: &str) -> String {
        let book = self.book();
        let object = book.catalog().find_object(object).unwrap().name;
        let Json::Object(values) = serde_json::from_str(values).unwrap() else { panic!("no object") };
        let command = Command::new(Actor::new("lin", []).unlimited(), Asked::Create { object, values });
        let record = book.run(command).unwrap().record.unwrap();
        format!("/shop/{object}/{}", record.id)
    }

    /// One request as a browser without scripts makes it.
    pub(super) async fn ask(&self, method: &str, path: &str, who: &str, language: &str, body: &str) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html,application/xhtml+xml")
            .header("accept-language", language)
            .header("cookie", format!("a=b; formwork-actor={who}"))
            .header("content-type", "application/x-www-form-urlencoded");
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, place, policy) =
            (response.status().as_u16(), header("location"), header("content-security-policy"));
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        // A file need not be a text.
        Page { status, place, policy, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The bytes of an answer to the bytes of a file.
    pub(super) async fn bytes(&self, method: &str, path: &str, who: &str, content: Vec<u8>) -> Vec<u8> {
        let request = Request::builder().method(method).uri(path).header("cookie", format!("formwork-actor={who}"));
        let response = self.router.clone().oneshot(request.body(Body::from(content)).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    /// What a program sends and is answered.
    pub(super) async fn ask_json(&self, path: &str, who: &str, body: &str) -> Page {
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
        let request = request.header("formwork-actor", who).body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Page { status, place: String::new(), policy: String::new(), text }
    }

    /// What comes of an open answer while `meanwhile` runs and a little longer.
    pub(super) async fn hear(&self, path: &str, who: &str, meanwhile: impl AsyncFnOnce()) -> String {
        let request = Request::builder().uri(path).header("accept", "text/event-stream");
        let request = request.header("cookie", format!("formwork-actor={who}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body();
        let (mut heard, wait) = (String::new(), Duration::from_millis(1500));
        let mut listen = async |heard: &mut String| {
            while let Ok(Some(Ok(frame))) = tokio::time::timeout(wait, body.frame()).await {
                heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
            }
        };
        listen(&mut heard).await;
        meanwhile().await;
        listen(&mut heard).await;
        heard
    }

    /// A page in English for `lin`.
    pub(super) async fn get(&self, path: &str) -> Page {
        self.ask("GET", path, "lin", "en", "").await.status(200)
    }

    /// A form of `lin`, in English.
    pub(super) async fn post(&self, path: &str, body: &str) -> Page {
        self.ask("POST", path, "lin", "en", body).await
    }

    /// Behind a socket, until what is given back is dropped.
    pub(super) async fn listen(&self) -> (String, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let app = self.app.clone();
        tokio::spawn(serve(listener, app, async move {
            let _gone = stopped.await;
        }));
        (address, stop)
    }
}

impl Page {
    #[track_caller]
    pub(super) fn status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.place, self.text);
        self
    }

    /// The path a form sent the browser to, without what was said.
    #[track_caller]
    pub(super) fn sent_to(self) -> String {
        assert_eq!(self.status, 303, "{}", self.text);
        self.place.split('?').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(super) fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no `{text}` in {}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "`{text}` in {}", self.text);
        self
    }
}
