//! Every route as data. The router is made from this table and from nothing else.

use axum::{
    Router,
    extract::{Request, State},
    routing::{MethodFilter, MethodRouter, on},
};
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    api::{
        access, account_set, action, audit, code_page, comment, erasure, event, explain, export, file, health, history,
        hook, incident, index, ledger, list, message, own, own_key, people, print, queue, record, release, repair,
        report, second, share, sign_in, table, task,
    },
    app::App,
    ask::{asked, asked_at_first, asked_by_oneself},
    call::Path,
    edge, openapi,
    page::{self, paged},
};

/// What a request of a route brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No body.
    Nothing,
    /// A JSON body.
    Json,
    /// The content of a file.
    File,
    /// A form, as browsers send it.
    Form,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path with its placeholders.
    pub path: &'static str,
    /// What it does.
    pub what: &'static str,
    /// What a request brings.
    pub takes: Takes,
    /// Whether it is for people: a page, or what a page asks for.
    pub page: bool,
    /// Whether it changes something: some that only answer a question are asked with POST, for the length of it.
    pub writes: bool,
    make: fn(usize) -> MethodRouter<App>,
}

/// A route of the server itself: `handler` gets the call.
macro_rules! open {
    ($method:ident $path:literal, $what:literal => $handler:expr) => {
        route!($method $path, $what, Nothing, writes_by(stringify!($method)), false => $handler)
    };
}

/// A page of a book, or what one asks for.
macro_rules! page {
    ($method:ident $path:literal, $what:literal, $takes:ident => $handler:expr) => {
        route!($method concat!("/{book}", $path), $what, $takes, writes_by(stringify!($method)), true => |call| paged(call, $handler))
    };
}

/// A route of a book: `handler` gets the book, the release and the actor with the call. `reads` stands before a POST
/// that changes nothing, `first` before what somebody may do who has to change their password.
macro_rules! book {
    (reads $method:ident $path:literal, $what:literal, $takes:ident => $handler:expr) => {
        route!($method concat!("/{book}/api", $path), $what, $takes, false, false => |call| asked(call, $handler))
    };
    (first $method:ident $path:literal, $what:literal, $takes:ident => $handler:expr) => {
        route!($method concat!("/{book}/api", $path), $what, $takes, writes_by(stringify!($method)), false => |call| asked_at_first(call, $handler))
    };
    ($method:ident $path:literal, $what:literal, $takes:ident => $handler:expr) => {
        route!($method concat!("/{book}/api", $path), $what, $takes, writes_by(stringify!($method)), false => |call| asked(call, $handler))
    };
}

macro_rules! route {
    ($method:ident $path:expr, $what:literal, $takes:ident, $writes:expr, $page:literal => $handler:expr) => {
        Route {
            method: stringify!($method),
            path: $path,
            what: $what,
            takes: Takes::$takes,
            page: $page,
            writes: $writes,
            make: |place| {
                on(MethodFilter::$method, move |State(app): State<App>, path: Path, request: Request| {
                    edge::answer(app, place, path, request, $handler)
                })
            },
        }
    };
}

/// Whether a method changes something.
const fn writes_by(method: &str) -> bool {
    !matches!(method.as_bytes(), b"GET")
}

/// Words such as `tables` come before `{object}`: no object can have such a name here.
static ROUTES: &[Route] = &[
    open!(GET "/", "says where to look" => index::index),
    open!(GET "/health", "says whether the server and its stores work" => health::health),
    open!(GET "/metrics", "counters and durations for Prometheus" => health::metrics),
    open!(GET "/account-sets", "the account sets, for operators of the server" => account_set::list),
    route!(POST "/account-sets", "makes an account set and serves it, for operators", Json, true, false => account_set::create),
    route!(POST "/account-sets/sign-ins", "links the logins of a browser in several books, or signs out of all", Form, true, true => page::books::sign_ins),
    open!(POST "/account-sets/{set}/archive", "puts an account set away, for operators" => account_set::archive),
    open!(POST "/account-sets/{set}/open", "serves an account set that could not be served before, for operators" => account_set::open),
    open!(GET "/codes/{code}", "explains a code" => code_page::code_page),
    route!(POST "/{book}/hooks/{connector}/{hook}", "takes in what another system has sent", Json, true, false => hook::receive),
    route!(POST "/{book}/api/sign-in", "signs in with a password", Json, true, false => sign_in::sign_in),
    route!(POST "/{book}/api/sign-out", "ends the caller's session", Nothing, true, false => |call| asked_by_oneself(call, sign_in::sign_out)),
    route!(POST "/{book}/api/sign-out-everywhere", "ends every session of the caller", Nothing, true, false => |call| asked_by_oneself(call, sign_in::sign_out_everywhere)),
    book!(first GET "/who-am-i", "who the caller is, and how that is known", Nothing => own::who_am_i),
    book!(first POST "/change-password", "sets another password and ends the caller's other sessions", Json => own::change_password),
    book!(GET "/own-sessions", "where the caller is signed in", Nothing => own::sessions),
    book!(DELETE "/own-sessions/{session}", "ends one of the caller's sessions", Nothing => own::end_session),
    book!(GET "/own-keys", "the caller's API keys, without their secrets", Nothing => own_key::list),
    book!(POST "/own-keys", "makes an API key; its secret is in this answer only", Json => own_key::make),
    book!(DELETE "/own-keys/{key}", "revokes an API key", Nothing => own_key::revoke),
    book!(GET "/release", "the active release and the last refused edit", Nothing => release::release),
    book!(GET "/releases", "the releases that are kept", Nothing => release::releases),
    book!(reads POST "/release/plan", "what another release would mean for what runs", Json => release::make_plan),
    book!(reads POST "/release/impact", "recorded commands decided again under another release", Json => release::find_impact),
    book!(reads POST "/release/difference", "where two versions of a table differ, by use", Json => release::difference),
    book!(POST "/release/rollback", "makes a kept release live again", Json => release::roll_back),
    book!(GET "/release/hand-in", "what the caller has handed in for a second person", Nothing => second::own_one),
    book!(POST "/release/hand-in", "hands an edit of the definitions in", Json => second::hand_over),
    book!(DELETE "/release/hand-in", "takes back what the caller has handed in", Nothing => second::take_back),
    book!(GET "/release/handed-in", "what others have handed in and the caller may approve", Nothing => second::list),
    book!(GET "/release/handed-in/{author}", "what somebody has handed in, and what it would mean", Nothing => second::one),
    book!(POST "/release/handed-in/{author}", "approves what somebody has handed in, or refuses it", Json => second::decide),
    book!(POST "/release/migrate", "moves what runs to another release", Json => release::migrate),
    book!(GET "/openapi.json", "this interface, described", Nothing => openapi::openapi),
    book!(GET "/messages", "the caller's messages", Nothing => message::messages),
    book!(POST "/messages/{message}/read", "marks a message as read", Nothing => message::read),
    book!(GET "/access/why", "every grant that somebody holds on a record's object, and what it says", Nothing => access::why),
    book!(GET "/access/who", "everybody with a position who may do something with a record", Nothing => access::who),
    book!(reads POST "/access/difference", "who gains and who loses what under another release", Json => access::difference),
    book!(GET "/people", "who holds a role, everywhere or somewhere", Nothing => people::holders),
    book!(GET "/people/{login}", "what somebody is today, and who is above them", Nothing => people::person),
    book!(POST "/people/{login}/password", "gives somebody a password to be changed at the first sign-in; for whoever looks after them", Nothing => people::give_password),
    book!(POST "/people/{login}/sign-out", "ends every session of somebody; for whoever looks after them", Nothing => people::sign_out),
    book!(POST "/people/{login}/unlink", "lets accounts of other systems be somebody's no more; for whoever looks after them", Nothing => people::unlink),
    book!(POST "/people/{login}/transfer", "hands everything that somebody has over to somebody else", Json => share::transfer),
    book!(GET "/audit-log", "who signed in, changed rights, decided, exported, released; for administrators, and of those whom one looks after", Nothing => audit::audit),
    book!(GET "/incidents", "what failed with nobody waiting for an answer", Nothing => incident::list),
    book!(GET "/incidents/{incident}", "an incident", Nothing => incident::read),
    book!(POST "/incidents/{incident}/retry", "tries again what failed", Json => incident::retry),
    book!(POST "/incidents/{incident}/skip", "goes on without what failed, for a reason", Json => incident::skip),
    book!(GET "/tasks", "a list of the caller's tasks: todo, done, started or cc", Nothing => task::list),
    book!(GET "/tasks/counts", "how long the caller's lists are", Nothing => task::counts),
    book!(POST "/tasks/bulk", "one operation on several tasks, with an answer for each", Json => task::bulk),
    book!(POST "/tasks/{task}/{operation}", "approves, rejects, returns, hands on, … a task", Json => task::operate),
    book!(GET "/queues", "every queue and how much waits in it", Nothing => queue::queues),
    book!(GET "/queues/{queue}", "what waits in a queue, and what its members own", Nothing => queue::queue),
    book!(GET "/reports", "the reports that the caller sees something in, and what can be chosen", Nothing => report::reports),
    book!(GET "/reports/{report}", "a report of what the caller sees", Nothing => report::report),
    book!(POST "/files", "keeps a file", File => file::keep),
    book!(GET "/files/{sha256}", "the content of a file", Nothing => file::content),
    book!(reads POST "/tables/{table}/evaluate", "evaluates a decision table", Json => table::evaluate),
    book!(GET "/ledgers/{ledger}/balance", "a balance over dimensions at a day", Nothing => ledger::balance),
    book!(GET "/ledgers/{ledger}/statement", "the entries over dimensions", Nothing => ledger::statement),
    book!(POST "/ledgers/{ledger}/entries", "posts entries", Json => ledger::entries),
    book!(POST "/ledgers/{ledger}/opening", "posts opening values", Json => ledger::opening),
    book!(GET "/{object}", "a page of records", Nothing => list::list),
    book!(POST "/{object}", "creates a record", Json => record::create),
    book!(GET "/{object}/export", "records as a file", Nothing => export::export),
    book!(GET "/{object}/{id}", "a record", Nothing => record::read),
    book!(PATCH "/{object}/{id}", "changes the given fields", Json => record::update),
    book!(DELETE "/{object}/{id}", "deletes a record", Nothing => record::delete),
    book!(GET "/{object}/{id}/actions", "what can be done now, and why not the rest", Nothing => action::offered),
    book!(POST "/{object}/{id}/actions/{action}", "takes an action", Json => action::take),
    book!(POST "/{object}/{id}/events/{event}", "delivers an event that the record may wait for", Json => event::deliver),
    book!(POST "/{object}/{id}/comments", "says something about a record; `@login` tells somebody", Json => comment::say),
    book!(GET "/{object}/{id}/approvals", "who was asked, who decided what", Nothing => task::trail),
    book!(GET "/{object}/{id}/queue", "the work in queues that a record is", Nothing => queue::of_record),
    book!(POST "/{object}/{id}/queue/{operation}", "claims, releases, assigns or escalates", Json => queue::operate),
    book!(GET "/{object}/{id}/repair", "what runs of a record, for whoever may set it right", Nothing => repair::read),
    book!(POST "/{object}/{id}/repair/{operation}", "moves, cancels or hands on what runs, for a reason", Json => repair::repair),
    book!(GET "/{object}/{id}/responsible", "who was responsible when", Nothing => queue::responsible),
    book!(POST "/{object}/{id}/erasure", "erases what it holds in sensitive fields, also from its history", Json => erasure::erase),
    book!(POST "/{object}/{id}/shares", "lets a user or a department see or edit a record", Json => share::share),
    book!(DELETE "/{object}/{id}/shares", "ends that", Nothing => share::unshare),
    book!(GET "/{object}/{id}/history", "what happened to a record", Nothing => history::history),
    book!(GET "/{object}/{id}/explain", "why a record is as it is", Nothing => explain::explain),
    book!(GET "/{object}/{id}/prints", "what a record can be printed as", Nothing => print::prints),
    book!(GET "/{object}/{id}/print/{page}", "a record as a page to print", Nothing => print::print),
    route!(GET "/assets/{version}/{file}", "style, scripts and pictures of the pages", Nothing, false, true => page::asset::asset),
    route!(GET "/{book}/sign-in", "where people sign in", Nothing, false, true => page::sign_in::sign_in),
    route!(POST "/{book}/sign-in", "signs in", Form, true, true => page::sign_in::open),
    route!(POST "/{book}/sign-in/from", "signs in from another book of the server, without another password", Form, true, true => page::books::enter),
    route!(GET "/{book}/sign-in/with/{provider}", "sends a browser to a provider to sign in there", Nothing, false, true => page::provider::go),
    route!(GET "/{book}/sign-in/with/{provider}/back", "takes a browser back from a provider", Nothing, true, true => page::provider::back),
    route!(GET "/{book}/sign-out/with/{provider}", "sends a browser to a provider to sign out there", Nothing, false, true => page::provider::leave),
    route!(POST "/{book}/sign-out", "signs out", Form, true, true => page::sign_in::close),
    route!(GET "/{book}/password", "where people change their password", Nothing, false, true => page::sign_in::password),
    route!(POST "/{book}/password", "sets another password", Form, true, true => page::sign_in::change),
    page!(GET "", "the start page", Nothing => page::start::start),
    page!(GET "/menu", "the menu, for small screens", Nothing => page::menu::menu),
    page!(GET "/search", "finds records by a part of their words", Nothing => page::find::search),
    page!(GET "/find", "the same for the palette and for references", Nothing => page::find::find),
    page!(GET "/events", "what is new for the reader, as it happens", Nothing => page::events::events),
    page!(POST "/preferences", "language, light or dark", Form => page::preferences::keep),
    page!(GET "/messages", "the reader's messages", Nothing => page::messages::messages),
    page!(POST "/messages/read", "marks every message as read", Form => page::messages::read_all),
    page!(POST "/messages/{message}/read", "marks a message as read", Form => page::messages::read),
    page!(GET "/tasks", "the task centre", Nothing => page::tasks::tasks),
    page!(POST "/tasks/bulk", "one operation on several tasks", Form => page::tasks::bulk),
    page!(POST "/tasks/proxies", "lets somebody decide for the reader, or ends that", Form => page::proxy::keep),
    page!(POST "/tasks/{task}", "decides a task", Form => page::tasks::decide),
    page!(GET "/tasks/{task}/{operation}", "asks what an operation needs", Nothing => page::tasks::operation),
    page!(POST "/tasks/{task}/{operation}", "carries out an operation", Form => page::tasks::perform),
    page!(GET "/reports", "the reports and dashboards that the reader may open", Nothing => page::report::reports),
    page!(GET "/reports/{report}", "a report as its reader wants it", Nothing => page::report::report),
    page!(GET "/reports/{report}/export", "a report as a file", Nothing => page::report::export),
    page!(POST "/reports/{report}/views", "keeps a variant of a report", Form => page::report::keep_view),
    page!(GET "/dashboards/{dashboard}", "reports, numbers and lists on one page", Nothing => page::dashboard::dashboard),
    page!(GET "/dashboards/{dashboard}/numbers", "the numbers of a dashboard, for the start page", Nothing => page::dashboard::numbers),
    page!(GET "/admin", "where administration begins", Nothing => page::admin::start::start),
    page!(GET "/admin/incidents", "what failed with nobody waiting", Nothing => page::admin::incidents::list),
    page!(GET "/admin/incidents/{incident}", "an incident and its cause", Nothing => page::admin::incidents::one),
    page!(POST "/admin/incidents/{incident}/retry", "tries again what failed", Form => page::admin::incidents::retry),
    page!(POST "/admin/incidents/{incident}/skip", "goes on without what failed", Form => page::admin::incidents::skip),
    page!(GET "/admin/instances", "what runs, by object, flow and node", Nothing => page::admin::instances::list),
    page!(POST "/admin/instances/migrate", "moves what runs to the live release", Form => page::admin::instances::migrate),
    page!(GET "/admin/instances/{object}/{id}", "what runs of a record", Nothing => page::admin::instance::one),
    page!(POST "/admin/instances/{object}/{id}", "sets right what runs of a record", Form => page::admin::instance::repair),
    page!(GET "/admin/outside", "connectors, what waits to be sent, schedules", Nothing => page::admin::outside::outside),
    page!(GET "/admin/backups", "backups, and whether they were proved", Nothing => page::admin::backups::list),
    page!(POST "/admin/backups", "makes a backup, or proves one", Form => page::admin::backups::deal),
    page!(GET "/admin/backups/{name}", "a backup as a file", Nothing => page::admin::backups::download),
    page!(GET "/admin/people", "who can sign in", Nothing => page::admin::people::list),
    page!(GET "/admin/people/{login}", "sessions and keys of somebody", Nothing => page::admin::people::one),
    page!(POST "/admin/people/{login}", "gives a password, ends sessions and keys", Form => page::admin::people::deal),
    page!(POST "/admin/people/{login}/view", "begins to look at the pages as somebody", Form => page::admin::view_as::begin),
    route!(POST "/{book}/view-as/end", "ends looking at the pages as somebody", Form, true, true => |call| page::paged_by_oneself(call, page::admin::view_as::end)),
    page!(GET "/admin/access", "why somebody may, and who may", Nothing => page::admin::access::access),
    page!(GET "/admin/audit", "the audit log, the newest entries first", Nothing => page::admin::audit::list),
    page!(GET "/admin/audit/export", "the audit log as a file", Nothing => page::admin::audit::export),
    page!(GET "/admin/releases", "the releases that are kept", Nothing => page::admin::releases::list),
    page!(GET "/admin/releases/{release}", "what a release changed and what going back would mean", Nothing => page::admin::releases::one),
    page!(POST "/admin/releases/{release}/rollback", "makes a kept release live again", Form => page::admin::releases::roll_back),
    page!(GET "/admin/definitions", "every file of the live release", Nothing => page::admin::definitions::list),
    page!(GET "/admin/definitions/{*file}", "a definition, its source and where it is used", Nothing => page::admin::definitions::one),
    page!(GET "/admin/reference", "the manual of the language", Nothing => page::admin::definitions::manual),
    page!(GET "/admin/edit", "the name of a new file", Nothing => page::admin::editor::choose),
    page!(GET "/admin/edit/{*file}", "a file in the editor", Nothing => page::admin::editor::edit),
    page!(POST "/admin/edit/{*file}", "keeps a file in the reader's edit", Form => page::admin::editor::save),
    route!(POST "/{book}/admin/check/{*file}", "checks a file as it is typed", Form, false, true => |call| paged(call, page::admin::editor::check_text)),
    page!(GET "/admin/keys/{kind}", "the keys of a kind, for completion", Nothing => page::admin::editor::keys),
    page!(GET "/admin/design", "what can be designed anew", Nothing => page::admin::design::choose),
    page!(POST "/admin/design", "begins a new object, form or flow in the reader's edit", Form => page::admin::design::create),
    page!(GET "/admin/design/{*file}", "an object, form or flow as a drawing", Nothing => page::admin::design::show),
    page!(POST "/admin/design/{*file}", "changes what is drawn, in the reader's edit", Form => page::admin::design::change),
    page!(GET "/admin/tables", "the decision tables that the reader keeps", Nothing => page::admin::tables::list),
    page!(GET "/admin/tables/{table}", "a table as a grid", Nothing => page::admin::tables::one),
    page!(POST "/admin/tables/{table}", "changes rows of a table", Form => page::admin::tables::change),
    page!(GET "/admin/tables/{table}/csv", "a table as a file", Nothing => page::admin::tables::export),
    page!(POST "/admin/tables/{table}/csv", "shows what a file would change, and takes it", Form => page::admin::tables::import),
    page!(GET "/admin/tables/{table}/xlsx", "a table for Excel", Nothing => page::admin::tables::export_sheet),
    route!(POST "/{book}/admin/tables/{table}/xlsx", "reads a sheet, and keeps nothing", File, false, true => |call| paged(call, page::admin::tables::read_sheet)),
    page!(GET "/admin/draft", "what the reader is editing, and what it would mean", Nothing => page::admin::draft::review),
    page!(POST "/admin/draft", "publishes or drops what is edited", Form => page::admin::draft::deal),
    page!(GET "/admin/handed-in", "edits of others that wait for a second person", Nothing => page::admin::handed_in::list),
    page!(GET "/admin/handed-in/{author}", "what somebody has handed in, and what it would mean", Nothing => page::admin::handed_in::one),
    page!(POST "/admin/handed-in/{author}", "approves or refuses what somebody has handed in", Form => page::admin::handed_in::decide),
    page!(GET "/admin/published/{release}", "that a release is live", Nothing => page::admin::draft::published),
    page!(GET "/{object}", "a list", Nothing => page::list::list),
    page!(GET "/{object}/export", "a list as a file", Nothing => page::list::export),
    page!(POST "/{object}/columns", "which columns a list has for the reader", Form => page::list::keep),
    page!(POST "/{object}/views", "keeps, changes or removes a view of a list", Form => page::list::keep_view),
    page!(POST "/{object}/bulk", "one thing done to several records", Form => page::list::bulk),
    page!(GET "/{object}/calendar", "records on the days of a month", Nothing => page::calendar::calendar),
    page!(GET "/{object}/board", "records as cards in lanes", Nothing => page::board::board),
    page!(GET "/{object}/new", "the form of a new record", Nothing => page::edit::new),
    page!(POST "/{object}/new", "creates a record", Form => page::edit::create),
    page!(POST "/{object}/new/preview", "what the form would show as it is filled in", Form => page::edit::preview),
    page!(GET "/{object}/{id}", "a record", Nothing => page::record::record),
    page!(GET "/{object}/{id}/flow", "the picture of its flow", Nothing => page::flow::flow),
    page!(GET "/{object}/{id}/print/{page}", "a record as a page to print", Nothing => page::print::print),
    page!(GET "/{object}/{id}/edit", "the form of a record", Nothing => page::edit::edit),
    page!(POST "/{object}/{id}/edit", "changes a record", Form => page::edit::update),
    page!(POST "/{object}/{id}/preview", "what the form would show as it is filled in", Form => page::edit::preview),
    page!(GET "/{object}/{id}/field/{field}", "the form of one field", Nothing => page::cell::form),
    page!(POST "/{object}/{id}/field/{field}", "changes one field", Form => page::cell::change),
    page!(POST "/{object}/{id}/comment", "says something about a record", Form => page::record::comment),
    page!(POST "/{object}/{id}/share", "shares a record with somebody, or takes that back", Form => page::record::sharing::share),
    page!(GET "/{object}/{id}/delete", "asks before a record is deleted", Nothing => page::act::ask_delete),
    page!(POST "/{object}/{id}/delete", "deletes a record", Form => page::act::delete),
    page!(POST "/{object}/{id}/work", "claims, gives back or escalates work", Form => page::act::work),
    page!(GET "/{object}/{id}/act/{action}", "the form of an action", Nothing => page::act::form),
    page!(POST "/{object}/{id}/act/{action}", "takes an action", Form => page::act::take),
    page!(POST "/{object}/{id}/act/{action}/preview", "what the form of an action would show", Form => page::act::preview),
];

/// Every route there is.
pub fn routes() -> &'static [Route] {
    ROUTES
}

/// Answers shorter than this are sent as they are: compressing them costs more than it saves.
const COMPRESS_ABOVE: u64 = 4096;

/// The router over [`routes`].
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for (place, route) in routes().iter().enumerate() {
        router = router.route(route.path, (route.make)(place));
    }
    let large = SizeAbove::new(COMPRESS_ABOVE).and(NotForContentType::const_new("application/octet-stream"));
    let large = large.and(NotForContentType::SSE);
    router
        .fallback(|State(app): State<App>, path: Path, request: Request| {
            edge::answer(app, usize::MAX, path, request, edge::no_route)
        })
        .method_not_allowed_fallback(|State(app): State<App>, path: Path, request: Request| {
            edge::answer(app, usize::MAX, path, request, edge::wrong_method)
        })
        .layer(CompressionLayer::new().gzip(true).compress_when(large))
        .with_state(app)
}
