//! A workshop on a memory store, and a client that speaks to its router.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::load;
use formwork_model::{
    clock::{Clock, SettableClock},
    render,
    text::Language,
};
use formwork_runtime::book::Book;
use formwork_store::{embedded::Embedded, store::Store};
use formwork_web::{App, Served, Settings, router, serve};
use serde_json::Value as Json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower::ServiceExt;

const FILES: &[(&str, &str)] = &[
    (
        "definitions/workshop.book.yaml",
        r#"
book: workshop
access: open
label: {zh: 工坊, en: Workshop}
locales: [zh, en]
currency: CNY
time_zone: Asia/Shanghai
"#,
    ),
    (
        "definitions/work/member.object.yaml",
        r#"
object: member
label: {zh: 会员, en: Member}
title: name
fields:
  name:  {type: text, required: true, unique: true, max: 40, label: {zh: 姓名, en: Name}}
  city:  {type: choice, options: {bj: {zh: 北京, en: Beijing}, sh: {zh: 上海, en: Shanghai}}, label: {zh: 城市, en: City}}
  limit: {type: money, default: 100, label: {zh: 额度, en: Limit}}
  jobs:  {type: integer, roll_up: {from: job, by: member, count: true}, label: {zh: 工单数, en: Jobs}}
"#,
    ),
    (
        "definitions/work/member.flow.yaml",
        r#"
flow: member
label: {zh: 会员, en: Member}
object: member
start: new
nodes:
  new: {label: {zh: 新, en: New}, wait: {event: welcome, set: {city: = event.city}}, to: known}
  known: {label: {zh: 已知, en: Known}, actions: {leave: {label: {zh: 离开, en: Leave}, to: gone}}}
  gone: {label: {zh: 离开, en: Gone}, end: {}}
"#,
    ),
    (
        "definitions/work/job.object.yaml",
        r#"
object: job
label: {zh: 工单, en: Job}
number: "J{seq:5}"
title: name
owner: worker
fields:
  name:   {type: text, required: true, max: 40, indexed: true, label: {zh: 名称, en: Name}}
  member: {type: ref, to: member, on_delete: restrict, label: {zh: 会员, en: Member}}
  worker: {type: user, default: = user.login, label: {zh: 负责人, en: Worker}}
  amount: {type: money, min: 0, indexed: true, label: {zh: 金额, en: Amount}}
  due:    {type: date, label: {zh: 到期日, en: Due}}
  weight: {type: decimal, scale: 3, label: {zh: 重量, en: Weight}}
  count:  {type: integer, label: {zh: 数量, en: Count}}
  level:  {type: choice, options: {low: {zh: 低, en: Low}, high: {zh: 高, en: High}}, label: {zh: 级别, en: Level}}
  extra:  {type: json, label: {zh: 附加, en: Extra}}
  plan:   {type: file, label: {zh: 图纸, en: Plan}}
  parts:
    type: lines
    label: {zh: 零件, en: Parts}
    fields:
      part:  {type: text, required: true, label: {zh: 零件, en: Part}}
      price: {type: money, label: {zh: 单价, en: Price}}
      twice: {type: money, value: this.price * 2, label: {zh: 双倍, en: Twice}}
  total:
    type: money
    value: if this.parts == () { 0 } else { this.parts.sum("twice") }
    label: {zh: 合计, en: Total}
checks:
  due_later: {that: this.due >= today(), when: this.due != (), at: due, say: {zh: 到期日不能早于今天, en: The due date must not be in the past}}
rules:
  graded: {on: save, when: this.amount != (), table: job_level}
"#,
    ),
    (
        "definitions/work/job.flow.yaml",
        r#"
flow: job
label: {zh: 工单, en: Job}
object: job
start: draft
nodes:
  draft:
    label: {zh: 草稿, en: Draft}
    actions:
      begin:
        label: {zh: 开工, en: Begin}
        to: open
        require: member
        reason: optional
        notify: {to: worker, say: {zh: 开工了, en: It has begun}}
      drop: {label: {zh: 放弃, en: Drop}, to: done, by: role(chief), reason: required}
  open:
    label: {zh: 进行中, en: Open}
    actions:
      finish:
        label: {zh: 完工, en: Finish}
        to: done
        when: this.amount > 0
        say: {zh: 没有金额, en: There is no amount}
        post: {ledger: credit, of: {member: = this.member}, amount: = this.amount}
      pack: {label: {zh: 打包, en: Pack}, to: packing}
  packing: {label: {zh: 打包中, en: Packing}, run: {set: {weight: = this.weight + 1}}, to: open}
  done: {label: {zh: 完成, en: Done}, end: {}}
"#,
    ),
    (
        "definitions/work/permit.object.yaml",
        r#"
object: permit
label: {zh: 许可, en: Permit}
title: name
fields:
  name:   {type: text, required: true, label: {zh: 名称, en: Name}}
  boss:   {type: user, label: {zh: 负责人, en: Boss}}
  second: {type: user, label: {zh: 复核人, en: Second}}
  amount: {type: money, label: {zh: 金额, en: Amount}}
"#,
    ),
    (
        "forms/work/countersign.form.yaml",
        r#"
form: countersign
label: {zh: 复核, en: Countersign}
object: permit
for: act
sections: [{fields: [{field: amount, required: "= this.name == \"Tower\""}]}]
"#,
    ),
    (
        "definitions/work/permit.flow.yaml",
        r#"
flow: permit
label: {zh: 许可, en: Permit}
object: permit
start: draft
nodes:
  draft: {label: {zh: 草稿, en: Draft}, actions: {submit: {label: {zh: 提交, en: Submit}, to: review}}}
  review:
    label: {zh: 审批, en: Review}
    approval: [{by: boss}, {by: second, when: this.second != (), approve: {form: countersign}}]
    show: [name, amount]
    approved: {to: granted}
    rejected: {to: refused}
    returned: {to: draft}
    withdrawn: {to: draft}
  granted: {label: {zh: 已批准, en: Granted}, end: {}}
  refused: {label: {zh: 未批准, en: Refused}, end: {}}
"#,
    ),
    (
        "definitions/work/call.object.yaml",
        r#"
object: call
label: {zh: 报修, en: Call}
title: name
owner: agent
fields:
  name:  {type: text, required: true, label: {zh: 内容, en: Name}}
  agent: {type: user, label: {zh: 处理人, en: Agent}}
"#,
    ),
    (
        "definitions/work/call.flow.yaml",
        r#"
flow: call
label: {zh: 报修, en: Call}
object: call
start: open
nodes:
  open:
    label: {zh: 待处理, en: Open}
    queue: desk
    actions: {close: {label: {zh: 关闭, en: Close}, by: assignee, to: closed}}
  closed: {label: {zh: 已关闭, en: Closed}, end: {}}
"#,
    ),
    (
        "definitions/work/desk.queue.yaml",
        r#"
queue: desk
label: {zh: 前台, en: Desk}
next: board
members: [{user: kim, limit: 1}]
"#,
    ),
    (
        "definitions/work/board.queue.yaml",
        r#"
queue: board
label: {zh: 管理组, en: Board}
level: 2
members: [{user: max}]
manager: boss
"#,
    ),
    (
        "definitions/work/job_level.table.yaml",
        r#"
table: job_level
label: {zh: 级别, en: Level}
object: job
inputs:
  amount: {type: money, value: this.amount, min: 0, label: {zh: 金额, en: Amount}}
outputs:
  level: {type: choice, options: {low: {zh: 低, en: Low}, high: {zh: 高, en: High}}, label: {zh: 级别, en: Level}}
rows:
  - {amount: "< 100", level: low}
  - {amount: ">= 100", level: high}
"#,
    ),
    (
        "definitions/work/mill.connector.yaml",
        r#"
connector: mill
label: {zh: 工厂, en: Mill}
url: https://mill.example.com
secret: MILL_SECRET
owner: role(miller)
hooks:
  partner:
    object: member
    when: body.test != true
    key: name
    set: {name: = body.who.name, city: = body.town, limit: = body.most}
  known:
    object: member
    key: name
    create: false
    set: {name: = body.name, limit: = body.most}
    event: welcome
"#,
    ),
    (
        "definitions/work/credit.ledger.yaml",
        r#"
ledger: credit
label: {zh: 信用, en: Credit}
dimensions:
  member: {type: ref, to: member, label: {zh: 会员, en: Member}}
amount: money
limits:
  enough: {over: member, of: member, max: = this.limit, say: {zh: 超过额度, en: Over the limit}}
"#,
    ),
];

/// Monday, 2 March 2026, nine in the morning in Shanghai.
pub(super) const NOW: &str = "2026-03-02T09:00:00+08:00";

/// The definitions of a book of this name.
pub(super) fn catalog_of(book: &str) -> Arc<Catalog> {
    let called = |text: &str| text.replace("book: workshop", &format!("book: {book}")).into_bytes();
    compiled(FILES.iter().map(|(path, text)| (path.replace("workshop.book", &format!("{book}.book")), called(text))))
}

/// Roles that the workshop names, without a right: what they may do is said where they are named.
const NAMED: &[(&str, &str)] = &[
    (
        "definitions/work/chief.role.yaml",
        "
role: chief
label: {zh: 主管, en: Chief}
grants: {none: {on: permit, may: read, rows: {where: {name: nothing}}}}
",
    ),
    (
        "definitions/work/miller.role.yaml",
        "
role: miller
label: {zh: 磨坊主, en: Miller}
grants: {none: {on: permit, may: read, rows: {where: {name: nothing}}}}
",
    ),
];

/// The workshop with these roles, which then say who may do what.
fn guarded(roles: &[(&str, &str)]) -> Arc<Catalog> {
    catalog_with("workshop", "", roles)
}

/// The workshop under this name, with these lines at the end of its book and these roles, which then say who may do
/// what.
pub(super) fn catalog_with(name: &str, book: &str, roles: &[(&str, &str)]) -> Arc<Catalog> {
    let bytes = |(path, text): &(&str, &str)| {
        let more = if path.ends_with(".book.yaml") { book } else { "" };
        let text = text.replace("access: open\n", "").replace("book: workshop", &format!("book: {name}"));
        (path.replace("workshop.book", &format!("{name}.book")), format!("{text}{more}").into_bytes())
    };
    let named = NAMED.iter().filter(|(path, _)| roles.iter().all(|(known, _)| known != path));
    compiled(FILES.iter().chain(named).chain(roles).map(bytes))
}

pub(super) fn compiled(files: impl Iterator<Item = (String, Vec<u8>)>) -> Arc<Catalog> {
    let checked = check_parsed(load::parse(files));
    let report = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
    Arc::new(checked.catalog.unwrap_or_else(|| panic!("{report}")))
}

/// The workshop behind its router.
pub(super) struct Site {
    pub(super) app: App,
    pub(super) router: Router,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Site {
    /// On a `--dev` server.
    pub(super) fn new() -> Self {
        Self::with(Settings { dev: true, ..Settings::default() })
    }

    pub(super) fn with(settings: Settings) -> Self {
        Self::over(settings, Arc::new(Embedded::memory().unwrap()), Arc::new(SettableClock::at(NOW.parse().unwrap())))
    }

    pub(super) fn over(settings: Settings, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self::of(settings, Book::open(store, catalog_of("workshop"), clock).unwrap())
    }

    /// On a `--dev` server, where these roles say who may do what.
    pub(super) fn guarded(roles: &[(&str, &str)]) -> Self {
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        Self::guarded_with(Settings { dev: true, ..Settings::default() }, roles, clock)
    }

    pub(super) fn guarded_with(settings: Settings, roles: &[(&str, &str)], clock: Arc<dyn Clock>) -> Self {
        Self::of(settings, Book::open(Arc::new(Embedded::memory().unwrap()), guarded(roles), clock).unwrap())
    }

    pub(super) fn of(settings: Settings, book: Book) -> Self {
        let app = App::new([Served::new(Arc::new(book))], settings);
        Self { router: router(app.clone()), app }
    }

    pub(super) async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Reply { status, headers, bytes: to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec() }
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let uri = if path.starts_with("/~") { path.replacen("/~", "/workshop/api", 1) } else { path.to_owned() };
        let request = headers
            .iter()
            .fold(Request::builder().method(method).uri(uri), |request, (name, value)| request.header(*name, *value));
        self.raw(request.body(body.into()).unwrap()).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[("accept-language", "en")], Body::empty()).await
    }

    /// With a JSON body; `/~` stands for the book's API.
    pub(super) async fn post(&self, path: &str, body: Json) -> Reply {
        self.write("POST", path, &[], body).await
    }

    pub(super) async fn write(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Json) -> Reply {
        let headers = [&[("content-type", "application/json"), ("accept-language", "en")], headers].concat();
        self.send(method, path, &headers, body.to_string()).await
    }

    /// Creates a record and says where it is.
    pub(super) async fn create(&self, object: &str, values: Json) -> String {
        let reply = self.post(&format!("/~/{object}"), values).await.expect(201);
        format!("/~/{object}/{}", reply.json()["id"].as_str().unwrap())
    }
}

/// A site behind a socket.
pub(super) struct Listening {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) ended: JoinHandle<std::io::Result<()>>,
}

impl Site {
    pub(super) async fn listen(&self) -> Listening {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = self.app.clone();
        let ended = tokio::spawn(serve(listener, app, async move {
            let _gone = stopped.await;
        }));
        Listening { address, stop, ended }
    }
}

impl Listening {
    /// Sends the parts with a pause between them, and gives what is answered at first.
    pub(super) async fn speak(&self, parts: Vec<String>) -> String {
        let address = self.address;
        let speak = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            for part in parts {
                stream.write_all(part.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
            let mut answer = vec![0; 8192];
            let n = stream.read(&mut answer).unwrap();
            String::from_utf8_lossy(&answer[..n]).into_owned()
        };
        tokio::task::spawn_blocking(speak).await.unwrap()
    }
}

impl Reply {
    #[track_caller]
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self}");
        self
    }

    /// Refused with this status and code, as problem details in both languages.
    #[track_caller]
    pub(super) fn refused(self, status: u16, code: &str) -> Json {
        assert_eq!(self.status.as_u16(), status, "{self}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
        let json = self.json();
        assert_eq!(json["code"], code, "{self}");
        assert_eq!(json["type"], format!("/codes/{code}"));
        assert_eq!(json["status"], status);
        assert_eq!(json["request_id"], self.header("x-request-id"));
        for text in [&json["title"], &json["detail"], &json["message"]["en"], &json["message"]["zh"]] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{self}");
        }
        assert_eq!(json["errors"][0]["code"], code, "{self}");
        json
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.bytes))
    }
}

/// As a parameter of an address.
pub(super) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
