//! The audit log: who did what, when, to whom or what, in plain words; as a file; and whether its chain is whole.

mod told;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
};
use formwork_account::log::note;
use formwork_model::{code, text};
use formwork_runtime::audit::{
    json::render_hash,
    read::{Most, Place, Wanted, Whole},
};
use formwork_store::table::audit::{self, Broken, Chained, What};
use futures_util::stream;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::{Part, said};
use crate::{
    api::{
        self, Answer,
        audit::{beginning, end, lines},
    },
    ask::Ask,
    error::Problem,
    page::{locale, typed::Typed, view::View},
    parameter::bad_parameter,
};

/// Entries of a page, and the most that are looked at for them.
const PAGE: Most = Most { told: 50, looked: 100_000 };

/// Entries of a piece of the file.
const PIECE: Most = Most { told: 1000, looked: 100_000 };

/// What is asked for, as it was typed.
#[derive(Debug, Clone, Default)]
struct Asked {
    what: String,
    actor: String,
    about: String,
    from: String,
    to: String,
    before: Option<u64>,
    /// Whether the whole chain is walked along.
    check: bool,
}

/// `GET /{book}/admin/audit?what=&actor=&about=&from=&to=&before=&check=`: entries, the newest first.
pub(crate) async fn list(ask: Ask) -> Answer {
    Part::Audit.open(&View::of(&ask))?;
    ask.check_oneself()?;
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let text = |name: &str| typed.filled(name).unwrap_or_default().to_owned();
    let asked = Asked {
        what: text("what"),
        actor: text("actor"),
        about: text("about"),
        from: text("from"),
        to: text("to"),
        before: typed.filled("before").and_then(|before| before.parse().ok()),
        check: typed.filled("check").is_some(),
    };
    tell(&ask).await?;
    let whole = if asked.check && ask.book().is_admin(&ask.actor)? {
        let reader = ask.actor.clone();
        Some(ask.patiently(move |book| book.eyes(&reader).audit_chain()).await?)
    } else {
        None
    };
    let wanted = wanted(&View::of(&ask), &asked);
    let status = wanted.as_ref().map_or_else(Problem::status, |_| StatusCode::OK);
    ask.page("admin_audit", status, move |view| {
        let mut body = frame(view, &asked)?;
        body["whole"] = json!(whole.as_ref().map(|whole| chain(view, whole)));
        match &wanted {
            Ok(wanted) => page(view, &asked, wanted, &mut body)?,
            Err(problem) => body["refused"] = json!(said(view, problem)),
        }
        Part::Audit.frame(view, view.word("adm_audit"), body)
    })
    .await
}

/// That somebody looks at the log is an entry of it too; whoever goes on looking, with nothing in between, has one.
async fn tell(ask: &Ask) -> Result<(), Problem> {
    let (actor, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    ask.write_beside(move |txn| {
        let last = audit::head(txn.view())?.0;
        // One that can't be read is none of these; the page tells of it.
        let newest = audit::get(txn.view(), last).ok().flatten();
        let goes_on = |entry: &audit::Entry| entry.what == What::LogRead.word() && entry.actor == *actor;
        if newest.is_some_and(|newest| goes_on(&newest.entry)) {
            return Ok(());
        }
        note(txn, &actor, What::LogRead, "", &from, clock.now())
    })
    .await
}

/// Which entries are meant. People are found by login or name.
fn wanted(view: &View, asked: &Asked) -> Result<Wanted, Problem> {
    let day = |name: &str, text: &str, read: fn(&str, &jiff::tz::TimeZone) -> Option<jiff::Timestamp>| {
        let bad = || bad_parameter(name, text!("`{text}` is no day", "`{text}` 不是日期"));
        (!text.is_empty()).then(|| read(text, view.zone()).ok_or_else(bad)).transpose()
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let known = |text: &str| view.by_text("user", text).filter(|_| !text.is_empty());
    let login = |text: &str| {
        let login = formwork_model::name::Name::find("login")?;
        known(text)?.fields.get(login).as_text().map(str::to_owned)
    };
    let about = [
        login(&asked.about).or_else(|| filled(&asked.about)),
        known(&asked.about).map(|user| format!("user {}", user.id)),
    ];
    Ok(Wanted {
        what: filled(&asked.what),
        actor: login(&asked.actor).or_else(|| filled(&asked.actor)),
        about: about.into_iter().flatten().collect(),
        since: day("from", &asked.from, beginning)?,
        until: day("to", &asked.to, end)?,
    })
}

/// The values of the page beside the entries.
fn frame(view: &View, asked: &Asked) -> Result<Json, Problem> {
    let here = Part::Audit.href(view);
    let is_admin = view.book.is_admin(&view.actor)?;
    let mut groups = told::groups(view, &asked.what);
    if !asked.what.is_empty() && What::find(&asked.what).is_none() {
        groups.push(json!({"label": "", "items": [{"value": asked.what, "label": asked.what, "selected": true}]}));
    }
    let picked = [&asked.what, &asked.actor, &asked.about, &asked.from, &asked.to].iter().any(|text| !text.is_empty());
    let check = query(&here, asked, &[("check", "1")]);
    let check = json!({"href": check, "icon": "check", "label": view.word("adm_audit_check")});
    let take =
        json!({"href": format!("{here}/export"), "icon": "file", "label": view.word("export"), "download": true});
    let head_links: Vec<Json> = is_admin.then_some(check).into_iter().chain([take]).collect();
    Ok(json!({
        "href": here, "groups": groups, "actor": asked.actor, "about": asked.about, "from": asked.from, "to": asked.to,
        "picked": picked, "head_links": head_links, "part": !is_admin,
        "newest": asked.before.map(|_| query(&here, asked, &[])),
    }))
}

/// The address of the same question, with this beside it.
fn query(here: &str, asked: &Asked, more: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    let pairs = [
        ("what", &*asked.what),
        ("actor", &*asked.actor),
        ("about", &*asked.about),
        ("from", &*asked.from),
        ("to", &*asked.to),
    ];
    out.extend_pairs(pairs.iter().chain(more).filter(|(_, text)| !text.is_empty()));
    let out = out.finish();
    if out.is_empty() { here.to_owned() } else { format!("{here}?{out}") }
}

/// The entries, day by day.
fn page(view: &View, asked: &Asked, wanted: &Wanted, body: &mut Json) -> Result<(), Problem> {
    let here = Part::Audit.href(view);
    let most = Most { told: PAGE.told + 1, ..PAGE };
    let found = view.eyes().audit_log(wanted, Place::Before(asked.before.unwrap_or(u64::MAX)), most)?;
    let shown = found.entries.get(..PAGE.told.min(found.entries.len())).unwrap_or_default();
    // Where it ends before the page is full, what lies further back was not looked at yet.
    let next = if found.entries.len() > PAGE.told { shown.last().map(|last| last.entry.seq) } else { found.next };
    let pick = |name: &str, text: &str| query(&here, &Asked::default(), &[(name, text)]);
    let people = told::People::new(view, &pick);
    let mut days: Vec<(Date, Vec<Json>)> = Vec::new();
    for (at, chained) in shown.iter().enumerate() {
        let local = chained.entry.at.to_zoned(view.zone().clone());
        let mut row = told::row(&people, &chained.entry);
        row["time"] = json!(local.strftime("%H:%M:%S").to_string());
        row["broken"] = json!(is_broken(chained, shown.get(at + 1)));
        match days.last_mut().filter(|(day, _)| *day == local.date()) {
            Some((_, rows)) => rows.push(row),
            None => days.push((local.date(), vec![row])),
        }
    }
    let days = days.into_iter().map(|(day, rows)| json!({"day": locale::long_date(day, view.language), "rows": rows}));
    body["days"] = json!(days.collect::<Vec<_>>());
    body["unreadable"] = json!(found.unreadable);
    body["further"] = json!(next.is_some() && shown.len() < PAGE.told);
    body["next"] = json!(next.map(|next| query(&here, asked, &[("before", &next.to_string())])));
    Ok(())
}

/// Whether an entry does not have the hash of what it says, or does not follow the one that stands right before it.
fn is_broken(chained: &Chained, earlier: Option<&Chained>) -> bool {
    let follows = earlier.filter(|earlier| earlier.entry.seq + 1 == chained.entry.seq);
    chained.hash != chained.computed || follows.is_some_and(|earlier| earlier.hash != chained.previous)
}

/// What the walk along the chain found.
fn chain(view: &View, whole: &Whole) -> Json {
    let (entries, wrong) = (locale::whole(i64::try_from(whole.entries).unwrap_or(i64::MAX)), whole.wrong);
    let said = if wrong == 0 {
        text!(
            "All {entries} entries are whole, and each follows the one before.",
            "全部 {entries} 条记录完整，且逐条相连。"
        )
    } else {
        text!(
            "{wrong} of {entries} entries are not as they were written.",
            "{entries} 条记录中有 {wrong} 处与写入时不符。"
        )
    };
    let broken = whole.broken.iter().map(|(seq, broken)| {
        let text = match broken {
            Broken::Position(expected) => {
                text!("entry {expected} is missing before entry {seq}", "记录 {seq} 之前缺少记录 {expected}")
            }
            Broken::Altered => text!("entry {seq} was altered", "记录 {seq} 被改动"),
            Broken::Unchained => text!("the entry before entry {seq} was altered", "记录 {seq} 之前的记录被改动"),
            Broken::Unreadable => text!("entry {seq} can't be read", "记录 {seq} 无法读取"),
            Broken::End(last) => {
                text!("the log was cut off or added to behind entry {last}", "日志在记录 {last} 之后被截断或追加")
            }
        };
        view.say(&text).to_owned()
    });
    json!({
        "well": wrong == 0, "said": view.say(&said), "head": render_hash(&whole.head),
        "broken": broken.collect::<Vec<_>>(),
    })
}

/// `GET /{book}/admin/audit/export`: every entry that the reader is told of, as `formwork export --audit` writes them. Of an
/// administrator that is the chain, which `formwork verify --audit` verifies.
pub(crate) async fn export(ask: Ask) -> Answer {
    Part::Audit.open(&View::of(&ask))?;
    ask.check_oneself()?;
    let (actor, from, clock) = (ask.actor.login.clone(), ask.call.from(), ask.book().clock().clone());
    ask.write_beside(move |txn| note(txn, &actor, What::Export, "the audit log", &from, clock.now())).await?;
    let day = ask.book().now().to_zoned(ask.catalog.book.zone.clone()).date();
    let name = format!("audit-{}-{day}.jsonl", ask.served.name);
    let (book, reader) = (ask.book().clone(), ask.actor.clone());
    let pieces = stream::unfold(Some(0), move |after| {
        let (book, reader) = (book.clone(), reader.clone());
        async move {
            let after = after?;
            let read = tokio::task::spawn_blocking(move || {
                let page = book.eyes(&reader).audit_log(&Wanted::default(), Place::After(after), PIECE)?;
                let next = page.next;
                lines(&page).map(|text| (text, next))
            });
            match read.await {
                Ok(Ok((text, next))) => Some((Ok(Bytes::from(text)), next)),
                // It ends before its end, so that nobody takes it for whole.
                _ => Some((Err(std::io::Error::other("the audit log can't be read")), None)),
            }
        }
    });
    let mut response = api::with_type(StatusCode::OK, "application/x-ndjson", Body::from_stream(pieces));
    let attached = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), text!("no such address", "地址无效"))
    })?;
    let head = response.headers_mut();
    head.insert(header::CONTENT_DISPOSITION, attached);
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
