//! A request to a book: which book, under which release, by whom; and the ways to ask it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, object::Object};
use formwork_model::{
    code,
    id::{CommandId, RecordId},
    name::Name,
    text,
    text::Text,
};
use formwork_runtime::{
    access::Eyes,
    audit,
    book::Book,
    command::{Actor, Command, Outcome, Request},
    rejection::{Refusal, Rejection},
};
use formwork_store::{error::Error as StoreError, store::Transaction};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::{
    api::{Answer, account_set::absent_to_caller},
    app::Served,
    call::Call,
    error::Problem,
    header,
    header::Seen,
    identity::{self, Proof},
    metrics::Ended,
};

/// A request to a book.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) call: Call,
    pub(crate) served: Arc<Served>,
    /// The release the request began with.
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) actor: Actor,
    /// Who looks at the pages as the actor, if it is somebody else: they change nothing.
    pub(crate) behind: Option<Actor>,
    /// How the actor proved who they are.
    pub(crate) proof: Proof,
}

/// Finds the book and the actor, and answers with `handler`.
pub(crate) async fn asked<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    answered(call, Gate::default(), handler).await
}

/// As [`asked`], also for somebody who has to change their password first.
pub(crate) async fn asked_at_first<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    answered(call, Gate { at_first: true, ..Gate::default() }, handler).await
}

/// As [`asked_at_first`], and by whoever really asks, also when they look at the pages as somebody else.
pub(crate) async fn asked_by_oneself<F, Fut>(call: Call, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    answered(call, Gate { at_first: true, by_oneself: true }, handler).await
}

/// What a request needs not be kept from.
#[derive(Debug, Clone, Copy, Default)]
struct Gate {
    /// Also for somebody who has to change their password first.
    at_first: bool,
    /// Never as somebody else.
    by_oneself: bool,
}

async fn answered<F, Fut>(call: Call, gate: Gate, handler: F) -> Answer
where
    F: FnOnce(Ask) -> Fut,
    Fut: Future<Output = Answer>,
{
    let served = call.app.book(call.path("book"));
    if served.is_none()
        && let Some(problem) = absent_to_caller(&call)
    {
        return Err(problem);
    }
    let (actor, proof) = identity::identify(&call, served.as_deref())?;
    if proof != Proof::Dev {
        call.app.counters().user(&actor.login)?;
    }
    if actor.is_reserved() {
        let message = text!("nobody can sign in by this name", "不能以此名称登录");
        return Err(Problem::new(StatusCode::UNAUTHORIZED, code!("not-signed-in"), message));
    }
    if !gate.at_first && matches!(proof, Proof::Session { must_change: true, .. }) {
        return Err(identity::password_must_change());
    }
    let (actor, behind) = if gate.by_oneself { (actor, None) } else { seen_as(actor, &proof) };
    if behind.is_some() && call.writes {
        return Err(identity::only_looking());
    }
    if let Proof::Key(scopes) = &proof {
        let object = Some(call.path("object")).filter(|object| !object.is_empty());
        identity::check_scopes(scopes, object, call.writes)?;
    }
    let Some(served) = served else { return Err(not_found("book", call.path("book"))) };
    let catalog = served.book.catalog();
    let actor = actor.watched();
    let (book, from, limit) = (served.clone(), call.from(), call.app.settings().limits.timeout);
    // Who really reads it, also when they look as somebody else.
    let (readings, login) = (actor.clone(), behind.as_ref().unwrap_or(&actor).login.clone());
    let ask = Ask { call, served, catalog: catalog.clone(), actor, behind, proof };
    let answer = handler(ask).await.map_err(|problem| problem.within(&catalog));
    note_readings((&readings, &login), &book, from, limit).await?;
    answer
}

/// As whom the actor looks at the pages, and who is behind that when it is somebody else.
fn seen_as(actor: Actor, proof: &Proof) -> (Actor, Option<Actor>) {
    match proof {
        Proof::Session { viewing: Some(login), .. } => (Actor::new(login, []), Some(actor)),
        _ => (actor, None),
    }
}

/// The request to this book again, of whoever has signed in there with a browser, to make another page for them.
pub(crate) fn asked_again(call: Call, served: Arc<Served>) -> Option<Ask> {
    let (actor, proof) = identity::identify(&call, Some(&served)).ok()?;
    if actor.is_reserved() || matches!(proof, Proof::Key(_) | Proof::Session { must_change: true, .. }) {
        return None;
    }
    let (actor, behind) = seen_as(actor, &proof);
    let catalog = served.book.catalog();
    Some(Ask { call, served, catalog, actor, behind, proof })
}

/// Notes what of sensitive fields the answer holds, before it leaves.
async fn note_readings(
    (reader, login): (&Actor, &str),
    served: &Served,
    from: String,
    limit: Duration,
) -> Result<(), Problem> {
    let readings = reader.readings().take();
    if readings.is_empty() {
        return Ok(());
    }
    let (login, now) = (login.to_owned(), served.book.now());
    served.write(limit, move |txn| audit::note_readings(txn, &readings, (&login, &from), now)).await
}

/// There is no such thing.
pub(crate) fn not_found(what: &str, name: &str) -> Problem {
    let name: String = name.chars().take(64).collect();
    let (code, message): (_, Text) = match what {
        "book" => (code!("unknown-book"), text!("there is no book `{name}`", "没有账套 `{name}`")),
        "object" => (code!("unknown-object"), text!("there is no object `{name}`", "没有对象 `{name}`")),
        "table" => (code!("unknown-table"), text!("there is no table `{name}`", "没有决策表 `{name}`")),
        "ledger" => (code!("unknown-ledger"), text!("there is no ledger `{name}`", "没有账本 `{name}`")),
        "queue" => (code!("unknown-queue"), text!("there is no queue `{name}`", "没有队列 `{name}`")),
        "action" => (code!("unknown-action"), text!("there is no action `{name}`", "没有操作 `{name}`")),
        "field" => (code!("unknown-field"), text!("there is no field `{name}`", "没有字段 `{name}`")),
        "event" => (code!("unknown-event"), text!("nothing waits for an event `{name}`", "没有流程等待事件 `{name}`")),
        _ => (code!("no-such-file"), text!("there is no such file", "没有这个文件")),
    };
    Problem::new(StatusCode::NOT_FOUND, code, message)
}

impl Ask {
    /// The book as the actor sees it.
    pub(crate) fn eyes(&self) -> Eyes<'_> {
        self.book().eyes(&self.actor)
    }

    pub(crate) fn book(&self) -> &Arc<Book> {
        &self.served.book
    }

    /// Refuses to ask somebody who is no user in use: what waits for a login that nobody has waits for ever.
    pub(crate) fn check_asked(&self, logins: &[Arc<str>]) -> Result<(), Problem> {
        for login in logins {
            if !identity::is_user(&self.served, login)? {
                let message = text!(
                    "there is no user in use called {login}; choose somebody from the list",
                    "没有名为 {login} 的在用用户，请从列表中选择"
                );
                return Err(
                    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("no-such-reference"), message).field("to")
                );
            }
        }
        Ok(())
    }

    /// Refuses whoever looks as somebody else what is not only looked at.
    pub(crate) fn check_oneself(&self) -> Result<(), Problem> {
        if self.behind.is_some() { Err(identity::only_looking()) } else { Ok(()) }
    }

    /// The object that the path names.
    pub(crate) fn object(&self) -> Result<Arc<Object>, Problem> {
        let name = self.call.path("object");
        self.catalog.find_object(name).cloned().ok_or_else(|| not_found("object", name))
    }

    /// The record that `{id}` of the path means: its id, or its number or the value of a unique field.
    pub(crate) fn record(&self, object: Name) -> Result<RecordId, Problem> {
        self.find(object, self.call.path("id"))
    }

    /// The record that a text means: its id, or its number or the value of a unique field.
    pub(crate) fn find(&self, object: Name, text: &str) -> Result<RecordId, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let found = self.eyes().resolve(object, &serde_json::Value::String(text.to_owned()))?;
        found.ok_or_else(|| Rejection::no_record(object).into())
    }

    /// The revision a write depends on: from `If-Match`, or from the body.
    pub(crate) fn expected_rev(
        &self,
        object: Name,
        id: RecordId,
        in_body: Option<u64>,
    ) -> Result<Option<u64>, Problem> {
        let Some(Seen::Revs(revs)) = header::if_match(self.call.headers()) else { return Ok(in_body) };
        if let Some(rev) = in_body {
            let message = text!("`rev` and `If-Match` differ", "`rev` 与 `If-Match` 不一致");
            let differ = || Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message).field("rev");
            return if revs.contains(&rev) { Ok(Some(rev)) } else { Err(differ()) };
        }
        if let [rev] = revs.as_slice() {
            return Ok(Some(*rev));
        }
        let current = self.eyes().get(object, id)?.record.rev;
        if revs.contains(&current) {
            return Ok(Some(current));
        }
        let message = text!(
            "the record is at revision {current}, which `If-Match` does not allow",
            "记录当前版本为 {current}，不符合 `If-Match`"
        );
        Err(Problem::new(StatusCode::PRECONDITION_FAILED, code!("stale-rev"), message).field("rev"))
    }

    /// Carries out a command; answers once it is on disk.
    pub(crate) async fn write(&self, request: Request, reason: Option<String>) -> Result<Outcome, Problem> {
        self.write_one(request, reason, "").await
    }

    /// As [`Ask::write`], of one of several commands of a request: `part` tells their idempotency keys apart.
    pub(crate) async fn write_one(
        &self,
        request: Request,
        reason: Option<String>,
        part: &str,
    ) -> Result<Outcome, Problem> {
        self.eyes().check_attached(&request)?;
        let key = header::idempotency_key(self.call.headers())?;
        let key = key.map(|key| if part.is_empty() { key } else { format!("{key} {part}").into() });
        let command = Command {
            id: CommandId::random(),
            actor: self.actor.clone(),
            request,
            reason: reason.map(Into::into),
            idempotency: key.map(|key| (key, self.fingerprint())),
        };
        submit(&self.call, &self.served, command).await?.map_err(|refusal| self.refused(refusal))
    }

    /// Writes what is beside the records: sessions, keys, passwords. Answers once it is on disk.
    pub(crate) async fn write_beside<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Transaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.served.write(self.call.app.settings().limits.timeout, work).await
    }

    fn refused(&self, refusal: Refusal) -> Problem {
        let stated = matches!(header::if_match(self.call.headers()), Some(Seen::Revs(_)));
        let problem = Problem::from(refusal);
        if stated { problem.precondition() } else { problem }
    }

    /// What an `Idempotency-Key` stands for: the method, the path and the body.
    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.call.parts.method.as_str());
        hash.update([0]);
        hash.update(self.call.parts.uri.path());
        hash.update([0]);
        hash.update(&self.call.body);
        hash.finalize().into()
    }

    /// Asks the book something that takes its time, away from the threads that serve connections.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Problem> {
        self.within(self.call.app.settings().limits.timeout, work).await
    }

    /// Asks the book something that goes through all of its history or records and may take minutes. One at a time
    /// of all books; the others wait for their turn. A caller that goes away does not end what has begun.
    pub(crate) async fn patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.call.app.turn(&self.served).await;
        let work = move |book: &Book| {
            let _until_it_ends = turn;
            work(book)
        };
        self.within(self.call.app.settings().limits.patience, work).await
    }

    /// Computes a report. Of each book two at a time, so that however many are asked for, most threads serve others.
    pub(crate) async fn counting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Problem> {
        let limit = self.call.app.settings().limits.timeout;
        // The semaphore is never closed.
        let turn = tokio::time::timeout(limit, self.served.counting.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| timed_out())?;
        let work = move |book: &Book| {
            let _until_it_ends = turn;
            work(book)
        };
        self.within(limit, work).await
    }

    async fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Book) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Problem> {
        let book = self.book().clone();
        let work = tokio::task::spawn_blocking(move || work(&book));
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(error)) => Err(Problem::fault(format!("a read panicked: {error}"))),
            Err(_) => Err(timed_out()),
        }
    }
}

/// Why nobody knows what became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The writer ended without an answer.
    Forgotten,
    /// It took longer than a request may.
    TooLong,
}

impl From<Unanswered> for Problem {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Forgotten => Self::fault("the writer forgot a command"),
            Unanswered::TooLong => timed_out(),
        }
    }
}

/// Carries out a command and waits until it is on disk; what became of it is counted, and says whether the store works.
pub(crate) async fn submit(
    call: &Call,
    served: &Served,
    command: Command,
) -> Result<Result<Outcome, Refusal>, Unanswered> {
    let result = wait_for(call, &served.book, command).await;
    call.app.metrics().ended(match &result {
        Ok(Ok(outcome)) if outcome.replayed => Ended::Replayed,
        Ok(Ok(_)) => Ended::Done,
        Ok(Err(Refusal::Rejected(_))) => Ended::Refused,
        Ok(Err(_)) | Err(_) => Ended::Failed,
    });
    match &result {
        Ok(Ok(_)) => served.failing.store(false, Ordering::Relaxed),
        Ok(Err(Refusal::Store(_))) | Err(Unanswered::TooLong) => served.failing.store(true, Ordering::Relaxed),
        Ok(Err(_)) | Err(Unanswered::Forgotten) => {}
    }
    result
}

async fn wait_for(call: &Call, book: &Book, command: Command) -> Result<Result<Outcome, Refusal>, Unanswered> {
    let (answer, wait) = oneshot::channel();
    book.submit(command, move |result| {
        // The caller may have gone away; the command is carried out all the same.
        let _gone = answer.send(result);
    });
    match tokio::time::timeout(call.app.settings().limits.timeout, wait).await {
        Ok(answered) => answered.map_err(|_| Unanswered::Forgotten),
        Err(_) => Err(Unanswered::TooLong),
    }
}

/// Nobody knows yet what became of it.
pub(crate) fn timed_out() -> Problem {
    let message = text!(
        "this took too long; a change may still happen: look, or repeat it with the same Idempotency-Key",
        "处理超时；修改可能仍会生效：请先查看，或使用相同的 Idempotency-Key 重试"
    );
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code!("timed-out"), message)
}

/// There is nothing here: also for whoever may not know of it.
pub(crate) fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code!("unknown-route"), text!("there is nothing here", "这里没有内容"))
}
