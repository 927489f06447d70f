//! What becomes of an entry once it was sent, or could not be.

use formwork_catalog::{
    connector::{Call, Failed},
    flow::{Flow, NodeKind},
};
use formwork_model::{
    code,
    id::RecordId,
    incident::{How, Place, What},
    instance::Token,
    name::Name,
    outbox::{Answer, Entry, Sending, wait},
    text,
    text::Text,
};
use formwork_script::val::Val;
use jiff::SignedDuration;

use crate::{
    decider::{Decider, Key},
    flow::Queue,
    incident::New,
    rejection::{Kind, Refusal, Rejection},
};

/// Messages are tried so often, the first time again after so many seconds.
const MESSAGE: (u32, i64) = (8, 5);
/// So much of an answer is quoted when it is a refusal.
const QUOTED: usize = 200;

/// A `call` node with the token that waits on it.
struct Waiting<'a> {
    key: Key,
    flow: &'a Flow,
    token: Token,
    call: &'a Call,
    to: &'a [Name],
    failed: Option<&'a Failed>,
}

impl Decider<'_> {
    /// The other side took it.
    pub(crate) fn delivered(&self, entry: &Entry, answer: &Answer) -> Result<(), Refusal> {
        let Some(waiting) = self.waiting(entry)? else { return self.done_with(entry) };
        if let Some(when) = waiting.failed.and_then(|failed| failed.when.as_ref()) {
            let vars = self.answer_vars(waiting.key, waiting.flow, &waiting.token, answer)?;
            if self.holds(when, &vars)? {
                return self.not_taken(entry, answer);
            }
        }
        let vars = self.answer_vars(waiting.key, waiting.flow, &waiting.token, answer)?;
        self.set_all(&waiting.call.set, waiting.key, &vars)?;
        self.settle()?;
        self.done_with(entry)?;
        self.go_on(&waiting, waiting.to)
    }

    /// The other side refused it: sending it again would change nothing.
    pub(crate) fn not_taken(&self, entry: &Entry, answer: &Answer) -> Result<(), Refusal> {
        let quoted: String = answer.body.trim().chars().take(QUOTED).collect();
        let (who, status) = (target(&entry.what), answer.status);
        let cause = if status == 0 {
            text!("{who} refused: {quoted}", "{who} 拒绝：{quoted}")
        } else {
            text!("{who} refused with status {status}: {quoted}", "{who} 以状态 {status} 拒绝：{quoted}")
        };
        self.fail(entry, answer, cause)
    }

    /// It did not arrive, or nobody knows.
    pub(crate) fn not_sent(&self, entry: &Entry, cause: &Text) -> Result<(), Refusal> {
        let tries = entry.tries + 1;
        let (most, first) = match &entry.what {
            Sending::Call { connector, .. } => {
                self.catalog().connectors.get(connector).map_or(MESSAGE, |known| (known.tries, known.backoff))
            }
            _ => MESSAGE,
        };
        let who = target(&entry.what);
        let (en, zh) = (&cause.en, &cause.zh);
        if tries >= most {
            let cause = text!("{who} did not answer after {tries} tries: {en}", "{who} 尝试 {tries} 次仍未成功：{zh}");
            return self.fail(entry, &Answer::default(), cause);
        }
        let due = self.now.checked_add(SignedDuration::from_secs(wait(first, tries, entry.id))).unwrap_or(self.now);
        self.fire(format!("outbox {who} again at {due}"), "");
        self.change_entry(entry.id, |entry| {
            if let Some(entry) = entry {
                (entry.due, entry.tries) = (Some(due), tries);
            }
        })
    }

    /// The `failed` branch where there is one, otherwise an incident.
    fn fail(&self, entry: &Entry, answer: &Answer, cause: Text) -> Result<(), Refusal> {
        let waiting = self.waiting(entry)?;
        let Some((waiting, failed)) = waiting.and_then(|waiting| waiting.failed.map(|failed| (waiting, failed))) else {
            return self.give_up(entry, cause);
        };
        let mut vars = self.answer_vars(waiting.key, waiting.flow, &waiting.token, answer)?;
        let language = self.catalog().book.locales.first().copied().unwrap_or_default();
        vars.set("cause", Val::text(cause.get(language)));
        self.set_all(&failed.set, waiting.key, &vars)?;
        self.settle()?;
        self.done_with(entry)?;
        self.go_on(&waiting, &failed.to)
    }

    /// Keeps the entry unsent until somebody has dealt with the incident.
    pub(crate) fn give_up(&self, entry: &Entry, cause: Text) -> Result<(), Refusal> {
        self.change_entry(entry.id, |entry| {
            if let Some(entry) = entry {
                entry.due = None;
                entry.tries += 1;
            }
        })?;
        let what = what_of(entry);
        let owner = match &entry.what {
            Sending::Call { connector, .. } => self.catalog().connectors.get(connector).and_then(|c| c.owner.clone()),
            _ => None,
        };
        self.incident(New::of(what, cause).of_entry(entry).owned_by(owner))?;
        Ok(())
    }

    /// The entry is done with, and so is an incident about it.
    fn done_with(&self, entry: &Entry) -> Result<(), Refusal> {
        self.drop_entry(entry.id)?;
        if let Some(id) =
            self.open_about(what_of(entry), &New::of(what_of(entry), Text::default()).of_entry(entry).about)?
        {
            self.end_incident(id, How::Solved, None)?;
        }
        Ok(())
    }

    /// The token that waits for the answer; `None` when nobody does.
    fn waiting(&self, entry: &Entry) -> Result<Option<Waiting<'_>>, Refusal> {
        let (Some(key), Some(place)) = (entry.about, entry.place) else { return Ok(None) };
        if self.look(key, |record| record.is_none())? {
            return Ok(None);
        }
        let Some(flow) = self.catalog_of(key)?.flows.get(&place.flow) else { return Ok(None) };
        let Some(token) = self.token(key, flow, place.token)?.filter(|token| token.node == place.node) else {
            return Ok(None);
        };
        Ok(match flow.node(token.node).map(|node| &node.kind) {
            Some(NodeKind::Call { call, to, failed }) => {
                Some(Waiting { key, flow, token, call, to, failed: failed.as_ref() })
            }
            _ => None,
        })
    }

    fn go_on(&self, waiting: &Waiting<'_>, to: &[Name]) -> Result<(), Refusal> {
        let mut queue = Queue::new();
        self.emit(waiting.key, waiting.flow, &waiting.token, to, false, &mut queue)?;
        self.run_to_rest(waiting.key, waiting.flow, queue)
    }

    /// Sends once more what an incident is about; the incident stays open until that has succeeded.
    pub(crate) fn retry_entry(&self, id: RecordId) -> Result<(), Refusal> {
        if self.load_entry(id)?.is_none() {
            return Err(Rejection::new(
                Kind::NotFound,
                code!("no-such-entry"),
                text!("nothing of this id is to be sent", "没有此编号的待发送内容"),
            )
            .into());
        }
        self.revive_entry(id)
    }

    /// Goes on without the answer.
    pub(crate) fn skip_call(&self, key: Key, place: Place, id: RecordId) -> Result<(), Refusal> {
        let Some(entry) = self.load_entry(id)? else { return Ok(()) };
        let waiting = self.waiting(&entry)?.filter(|_| entry.about == Some(key) && entry.place == Some(place));
        self.drop_entry(id)?;
        match waiting {
            Some(waiting) => self.go_on(&waiting, waiting.to),
            None => Ok(()),
        }
    }
}

fn what_of(entry: &Entry) -> What {
    if matches!(entry.what, Sending::Call { .. }) { What::Call } else { What::Delivery }
}

/// Whom it was meant for, in words.
fn target(what: &Sending) -> String {
    match what {
        Sending::Mail { to, .. } => to.clone(),
        Sending::Notice { to, url, .. } => format!("{to} ({url})"),
        Sending::Call { connector, request, .. } => format!("{connector}.{request}"),
    }
}
