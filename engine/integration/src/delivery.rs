//! Delivery: sends what books have put into their outboxes, and reports by commands what came of it.
//!
//! An entry is sent at least once and always with the same id: it leaves the outbox only by the command that
//! reports it, so a process that dies in between sends it again when it is back.
//!
//! The thread sleeps until the first entry is due, and is woken when an earlier one is committed or when what was
//! under way has made room, so an outbox in which nothing is due costs nothing.

mod http;
mod mail;
pub mod sign;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use formwork_model::{
    code,
    id::RecordId,
    outbox::{Answer, Entry, Report, Sending},
    text,
    text::Text,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
    rejection::Refusal,
};
use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use self::http::Outgoing;
use crate::fetch::Client;

/// The longest sleep: the machine's clock may have been set meanwhile.
const NAP: Duration = Duration::from_secs(30);
/// How long an entry rests when what came of it could not be written.
const REST: Duration = Duration::from_secs(5);
/// How many entries are under way at once, and how many of them to one place.
const MOST: (usize, usize) = (64, 8);
/// How long a message may take to be handed over.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Finds secrets by the names of environment variables: their values, by default those of this process; or the content of
/// the file that the variable with `_FILE` behind the name says, as Docker and systemd give secrets. A file is read each
/// time, so that a secret can be changed while the server runs.
#[derive(Clone)]
pub struct Secrets(Arc<Find>);

type Find = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Secrets {
    /// Found by `find`.
    pub fn new(find: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// The secret of this name; one that is empty is not set. The line break at the end of a file is none of it.
    pub fn get(&self, variable: &str) -> Option<String> {
        let set = |name: &str| (self.0)(name).filter(|value| !value.is_empty());
        set(variable).or_else(|| {
            let file = set(&format!("{variable}_FILE"))?;
            match std::fs::read_to_string(&file) {
                Ok(text) => Some(text.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty()),
                Err(error) => {
                    tracing::error!(variable, file, %error, "the file of a secret can't be read");
                    None
                }
            }
        })
    }

    /// What is said where a secret is not there.
    pub fn missing(variable: &str) -> Text {
        text!(
            "the environment variable {variable} is not set, and {variable}_FILE names no file that can be read",
            "环境变量 {variable} 未设置，{variable}_FILE 也未指定可读取的文件"
        )
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self::new(|variable| std::env::var(variable).ok())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// How things are sent.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether connectors that say `internal: true` may reach private networks.
    pub allow_internal: bool,
    /// Where secrets are.
    pub secrets: Secrets,
}

/// The thread that sends.
#[derive(Debug)]
pub struct Worker {
    stop: Arc<Stop>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Stop {
    asked: AtomicBool,
    wake: Notify,
}

struct Sender {
    book: Arc<Book>,
    settings: Settings,
    client: Client,
    /// What is under way, with the place it goes to.
    under_way: Mutex<HashMap<RecordId, String>>,
    /// Something is under way no more.
    room: Notify,
}

impl Worker {
    /// Begins to send what is due in the book's outbox.
    ///
    /// # Errors
    /// When the thread can't be made.
    pub fn start(book: Arc<Book>, settings: Settings) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::new(settings.allow_internal);
        let sender = Arc::new(Sender { book, settings, client, under_way: Mutex::default(), room: Notify::new() });
        let stopped = stop.clone();
        let thread =
            thread::Builder::new().name("delivery".into()).spawn(move || runtime.block_on(sender.run(&stopped)))?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Stops. What is under way is broken off and sent again when the book is served next.
    pub fn stop(mut self) {
        self.stop.asked.store(true, Ordering::Relaxed);
        self.stop.wake.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the delivery thread panicked");
        }
    }
}

impl Sender {
    async fn run(self: Arc<Self>, stop: &Stop) {
        while !stop.asked.load(Ordering::Relaxed) {
            let now = self.book.now();
            let begun = self.begin(now);
            if begun == 0 {
                let until = self.next(now);
                let left = until.duration_since(self.book.now());
                let most = Duration::try_from(left).unwrap_or_default().min(NAP);
                tokio::select! {
                    // What is due within the millisecond is due: the outbox counts no less.
                    () = tokio::time::sleep(most.max(Duration::from_millis(1))) => {}
                    () = self.book.outbox_bell().rung(until) => {}
                    () = self.room.notified() => {}
                    () = stop.wake.notified() => {}
                }
            } else {
                tokio::task::yield_now().await;
            }
        }
    }

    /// When the first is due of what is not due yet. What is due and was not begun waits for room.
    fn next(&self, now: Timestamp) -> Timestamp {
        match self.book.next_entry(now) {
            Ok(next) => next.unwrap_or(Timestamp::MAX),
            Err(refusal) => {
                tracing::error!(?refusal, "the outbox can't be read");
                Timestamp::MAX
            }
        }
    }

    /// Begins to send what is due, as far as there is room; says how much was begun.
    fn begin(self: &Arc<Self>, now: Timestamp) -> usize {
        let known: Vec<RecordId> = self.under_way().keys().copied().collect();
        let room = MOST.0.saturating_sub(known.len());
        if room == 0 {
            return 0;
        }
        let due = match self.book.due_entries(now, room * 4, &|id| known.contains(&id)) {
            Ok(due) => due,
            Err(refusal) => {
                tracing::error!(?refusal, "the outbox can't be read");
                return 0;
            }
        };
        let mut begun = 0;
        for entry in due {
            let place = place_of(&entry.what);
            {
                let mut under_way = self.under_way();
                if under_way.len() >= MOST.0 || under_way.values().filter(|known| **known == place).count() >= MOST.1 {
                    continue;
                }
                under_way.insert(entry.id, place);
            }
            begun += 1;
            let sender = self.clone();
            tokio::spawn(async move {
                let id = entry.id;
                let report = sender.send(&entry).await;
                if !sender.report(id, report).await {
                    tokio::time::sleep(REST).await;
                }
                sender.under_way().remove(&id);
                sender.room.notify_one();
            });
        }
        begun
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, HashMap<RecordId, String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, entry: &Entry) -> Report {
        let prepared = match &entry.what {
            Sending::Mail { .. } => return self.mail(entry).await,
            Sending::Notice { url, body, .. } => self.notice(url, body),
            Sending::Call { .. } => self.call(entry),
        };
        match prepared {
            Ok(outgoing) => http::send(&self.client, outgoing, entry.id, self.book.now()).await,
            Err(cause) => Report::Failed(cause),
        }
    }

    async fn mail(&self, entry: &Entry) -> Report {
        let Sending::Mail { to, subject, text } = &entry.what else { return Report::Done(Answer::default()) };
        let catalog = self.book.catalog();
        let Some((from, server)) = &catalog.book.channels.email else {
            return Report::Failed(text!("the book has no e-mail channel any more", "账套已没有邮件通道"));
        };
        match self.secret(server) {
            Ok(server) => mail::send(&server, from, to, subject, text, entry.id, MESSAGE_TIMEOUT).await,
            Err(cause) => Report::Failed(cause),
        }
    }

    fn notice(&self, url: &str, body: &str) -> Result<Outgoing, Text> {
        let catalog = self.book.catalog();
        let Some(channel) = &catalog.book.channels.webhook else {
            return Err(text!("the book has no webhook channel any more", "账套已没有 webhook 通道"));
        };
        Ok(Outgoing {
            method: "POST".into(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Some(body.to_owned()),
            secret: Some(self.secret(&channel.secret)?),
            token: None,
            internal: channel.internal,
            timeout: MESSAGE_TIMEOUT,
        })
    }

    fn call(&self, entry: &Entry) -> Result<Outgoing, Text> {
        let Sending::Call { connector, method, url, headers, body, .. } = &entry.what else {
            return Err(text!("this is no call", "这不是调用"));
        };
        let catalog = self.book.catalog();
        let Some(known) = catalog.connectors.get(connector) else {
            return Err(text!("connector `{connector}` is not in this release", "此版本没有连接器 `{connector}`"));
        };
        let secret = |variable: &Option<String>| variable.as_ref().map(|variable| self.secret(variable)).transpose();
        Ok(Outgoing {
            method: method.clone(),
            url: url.clone(),
            headers: headers.clone(),
            body: body.clone(),
            secret: secret(&known.secret)?,
            token: secret(&known.token)?,
            internal: known.internal,
            timeout: Duration::from_secs(known.timeout),
        })
    }

    fn secret(&self, variable: &str) -> Result<String, Text> {
        self.settings.secrets.get(variable).ok_or_else(|| Secrets::missing(variable))
    }

    /// Tells the book; says whether that is written. Until it is on disk the entry counts as under way, so that it is
    /// not sent twice.
    async fn report(&self, entry: RecordId, report: Report) -> bool {
        let (answer, wait) = oneshot::channel();
        self.book.submit(Command::new(Actor::system(), Request::Report { entry, report }), move |result| {
            let _gone = answer.send(result);
        });
        match wait.await {
            Ok(Ok(_)) => return true,
            Ok(Err(Refusal::Rejected(rejection))) if rejection.code() == code!("no-such-entry") => return true,
            Ok(Err(refusal)) => tracing::error!(?refusal, "what came of a delivery could not be written"),
            Err(_) => tracing::error!("the writer forgot a report"),
        }
        false
    }
}

/// Where something goes: a dead place must not hold up the others.
fn place_of(what: &Sending) -> String {
    match what {
        Sending::Mail { .. } => "e-mail".into(),
        Sending::Notice { url, .. } => url.split('/').take(3).collect::<Vec<_>>().join("/"),
        Sending::Call { connector, .. } => connector.to_string(),
    }
}
