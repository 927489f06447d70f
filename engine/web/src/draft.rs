//! Edits of the definitions on their way, for the pages and for the API alike: what somebody is editing, whether it can go
//! live, handing it in, approving what others have handed in, and publishing.

pub(crate) mod checked;
pub(crate) mod rows;

use std::{collections::BTreeMap, sync::Arc};

use axum::http::StatusCode;
use formwork_catalog::{catalog::Catalog, compare::changed_files};
use formwork_definition::kind::role::Right;
use formwork_integration::publish::{Folder, NotPublished};
use formwork_model::{code, name::Name, text, text::Text};
use formwork_runtime::{
    access::Eyes,
    book::{Book, Draft, HandedIn},
    command::Actor,
    rejection::Problem as Found,
    scenario::{self, Proof},
};
use serde_json::Value as Json;

use self::{checked::check, rows::path_of};
use crate::{
    ask::{Ask, nothing},
    error::Problem,
    release::ReleaseStatus,
};

/// Who edits: a request, or the view of a page that it is answered with.
pub(crate) trait Editor {
    /// The book that is edited.
    fn book(&self) -> &Arc<Book>;
    /// Its live release.
    fn catalog(&self) -> &Arc<Catalog>;
    /// Whoever asks.
    fn actor(&self) -> &Actor;
}

impl Editor for Ask {
    fn book(&self) -> &Arc<Book> {
        &self.served.book
    }

    fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// The book as whoever edits sees it.
fn eyes(editor: &impl Editor) -> Eyes<'_> {
    editor.book().eyes(editor.actor())
}

/// Whether somebody may publish whatever they edit.
pub(crate) fn may_publish(editor: &impl Editor) -> bool {
    eyes(editor).require(Right::Releases).is_ok()
}

/// Whether somebody may edit everything.
pub(crate) fn may_everything(editor: &impl Editor) -> bool {
    may_publish(editor) || eyes(editor).require(Right::Drafts).is_ok()
}

/// What somebody is editing; nothing yet, on the live release.
pub(crate) fn own(editor: &impl Editor) -> Result<Draft, Problem> {
    let known = editor.book().draft(&editor.actor().login)?;
    Ok(known.unwrap_or_else(|| Draft { base: editor.catalog().release.to_string(), ..Draft::default() }))
}

/// The files of a release with an edit laid over.
pub(crate) fn files(catalog: &Catalog, draft: &Draft) -> Vec<(String, String)> {
    let kept = catalog.sources.iter().filter(|source| !draft.files.contains_key(&*source.path));
    let kept = kept.map(|source| (source.path.to_string(), source.text.to_string()));
    let edited = draft.files.iter().filter_map(|(path, text)| Some((path.clone(), text.clone()?)));
    kept.chain(edited).collect()
}

/// The text of a file in the edit, else in the live release.
pub(crate) fn text_of(editor: &impl Editor, draft: &Draft, path: &str) -> Option<String> {
    match draft.files.get(path) {
        Some(text) => text.clone(),
        None => live_text(editor.catalog(), path),
    }
}

/// The text of a file of a release.
pub(crate) fn live_text(catalog: &Catalog, path: &str) -> Option<String> {
    catalog.sources.iter().find(|source| &*source.path == path).map(|source| source.text.to_string())
}

/// Puts a text into the edit; one that is live already is no edit.
pub(crate) fn put(editor: &impl Editor, draft: &mut Draft, path: &str, text: Option<String>) -> Result<(), Problem> {
    lay(editor, draft, path, text);
    editor.book().keep_draft(&editor.actor().login, draft)?;
    Ok(())
}

/// As [`put`], of an edit that is not kept yet.
pub(crate) fn lay(editor: &impl Editor, draft: &mut Draft, path: &str, text: Option<String>) {
    if draft.files.is_empty() {
        draft.base = editor.catalog().release.to_string();
    }
    if text == live_text(editor.catalog(), path) {
        draft.files.remove(path);
    } else {
        draft.files.insert(path.to_owned(), text);
    }
}

/// The files of an edit that somebody else has changed since it was begun.
pub(crate) fn stale(editor: &impl Editor, draft: &Draft) -> Vec<String> {
    if draft.base == *editor.catalog().release {
        return Vec::new();
    }
    let Ok(base) = editor.book().kept(&draft.base) else { return Vec::new() };
    let moved = |path: &&String| live_text(&base, path) != live_text(editor.catalog(), path);
    draft.files.keys().filter(moved).cloned().collect()
}

/// Whether the reader holds a role today.
fn holds(editor: &impl Editor, role: Name) -> bool {
    let held = || eyes(editor).person(&editor.actor().login, None).is_ok_and(|person| person.roles.contains(&role));
    editor.actor().roles.contains(&role) || held()
}

/// Whether the reader holds a role today, or may edit everything.
pub(crate) fn keeps(editor: &impl Editor, role: Name) -> bool {
    may_everything(editor) || holds(editor, role)
}

/// Whether an edit changes nothing but rows of tables whose keeper the reader is.
fn is_of_keeper(editor: &impl Editor, to: &Catalog) -> bool {
    let tables = editor.catalog().tables.values();
    let mine: BTreeMap<Name, Option<String>> = tables
        .filter(|table| table.owner.is_some_and(|role| holds(editor, role)))
        .map(|table| (table.name, path_of(editor, table.name)))
        .collect();
    let row = |path: &str| path == "rows" || path.starts_with("rows.") || path.starts_with("rows[");
    // Where only comments changed nothing differs, and it is no less an edit.
    changed_files(editor.catalog(), to).iter().all(|file| {
        let owned = || Name::find(&file.name).is_some_and(|name| mine.contains_key(&name));
        let beside = || mine.values().flatten().any(|path| *path == file.path);
        let rows = || file.differences.iter().all(|one| row(&one.path));
        (file.kind == "table" && owned() && rows()) || (file.path.ends_with(".csv") && beside())
    })
}

/// Refuses an edit of more than the rows of tables that the reader keeps, unless they may edit everything.
fn check_owner(editor: &impl Editor, to: &Catalog) -> Result<(), Problem> {
    if may_everything(editor) || is_of_keeper(editor, to) {
        return Ok(());
    }
    let message = text!("you keep rows of tables, nothing else", "您只能维护所负责决策表的行");
    Err(Problem::new(StatusCode::FORBIDDEN, code!("not-allowed"), message))
}

/// Whether somebody else has to approve a release before the reader's edit goes live.
pub(crate) fn needs_second(editor: &impl Editor, to: &Catalog) -> Result<bool, Problem> {
    let alone = may_publish(editor) || is_of_keeper(editor, to);
    Ok(!alone || editor.book().needs_second(to)?)
}

/// What is published.
pub(crate) struct Ready {
    pub(crate) to: Arc<Catalog>,
    warnings: Vec<Json>,
}

/// The release that an edit makes of the live one, when it can go live and the reader may publish it.
pub(crate) fn prepare(editor: &impl Editor, draft: &Draft) -> Result<Ready, Problem> {
    let ready = made(editor, draft)?;
    check_owner(editor, &ready.to)?;
    Ok(ready)
}

/// As [`prepare`], when the reader may make it live without anybody else.
pub(crate) fn prepare_alone(editor: &impl Editor, draft: &Draft) -> Result<Ready, Problem> {
    let ready = prepare(editor, draft)?;
    if needs_second(editor, &ready.to)? {
        return Err(another_first());
    }
    Ok(ready)
}

/// The release that an edit makes of the live one, when it can go live.
pub(crate) fn made(editor: &impl Editor, draft: &Draft) -> Result<Ready, Problem> {
    if !stale(editor, draft).is_empty() {
        return Err(conflict(text!(
            "somebody else has changed a file of this edit; look at the differences",
            "其他人已修改此次编辑中的文件，请查看差异"
        )));
    }
    let checked = check(editor.catalog(), draft);
    let warnings = checked.diagnostics.iter().map(|one| one.to_json(&checked.sources)).collect();
    let Some(to) = checked.catalog.clone() else {
        return Err(conflict(text!("the edit has errors", "修改中有错误")));
    };
    if to.book.name != editor.catalog().book.name {
        return Err(conflict(text!("a running book keeps its name", "运行中的账套不能改名")));
    }
    Ok(Ready { to, warnings })
}

/// Hands an edit in, for another person to approve.
pub(crate) async fn hand_in(ask: &Ask, ready: Result<(Ready, String), Problem>) -> Result<(), Problem> {
    let (Ready { to, .. }, reason) = ready?;
    let release = to.release.clone();
    let proof = ask.served.proof.clone();
    let failed = ask.patiently(move |_| Ok(failures(&to, &proof))).await?;
    failed?;
    Ok(ask.book().hand_in(&ask.actor.login, &release, &reason)?)
}

/// What somebody has handed in, for whoever may approve it; to others there is nothing.
pub(crate) fn waiting(ask: &Ask) -> Result<HandedIn, Problem> {
    let author = ask.call.path("author");
    ask.eyes().to_approve()?.into_iter().find(|one| one.author == author).ok_or_else(nothing)
}

/// Approves what the reader has looked at, and makes it live.
pub(crate) async fn approve(ask: &Ask, handed: &HandedIn, seen: Option<&str>, why: &str) -> Result<Arc<str>, Problem> {
    let draft = ask.book().draft(&handed.author)?.unwrap_or_default();
    let ready = made(ask, &draft)?;
    if *ready.to.release != *handed.release || seen != Some(&handed.release) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            code!("four-eyes"),
            text!(
                "something else went live since this was handed in; it has to be handed in again",
                "提交后已有其他版本生效，须重新提交"
            ),
        ));
    }
    ask.eyes().decide_handed_in(handed, true, why)?;
    let reason = format!("{} ({}: {why})", handed.reason, ask.actor.login);
    publish(ask, Ok((ready, reason)), &Actor::new(&handed.author, [])).await
}

/// Refuses a release of which scenarios fail: says which, and where.
fn failures(to: &Arc<Catalog>, proof: &Proof) -> Result<(), Problem> {
    let failed = scenario::failures(&proof.prove(to));
    let count = failed.len();
    if count == 0 {
        return Ok(());
    }
    let whole = Found::new(
        code!("not-published"),
        text!("{count} expectations of scenarios do not hold", "有 {count} 处场景测试未达预期"),
    );
    let each = failed.iter().map(|one| {
        let (message, place) = (&one.message, one.help.clone().unwrap_or_else(|| one.message.clone()));
        let said = Text { en: format!("{}: {}", place.en, message.en), zh: format!("{}：{}", place.zh, message.zh) };
        Found { at: Some(one.at), ..Found::new(one.code, said) }
    });
    Err(Problem::of(StatusCode::CONFLICT, std::iter::once(whole).chain(each).collect()).within(to))
}

/// Makes it live, as the edit of `author`.
pub(crate) async fn publish(
    ask: &Ask,
    ready: Result<(Ready, String), Problem>,
    author: &Actor,
) -> Result<Arc<str>, Problem> {
    let (Ready { to, warnings }, reason) = ready?;
    let folder: Arc<Folder> = ask.served.folder.clone().ok_or_else(|| {
        conflict(text!("the definitions of this book are not edited here", "此账套的定义不能在此编辑"))
    })?;
    if ask.book().needs_second(&to)? {
        return Err(another_first());
    }
    let (actor, base, live) = (author.clone(), ask.catalog.release.clone(), to.clone());
    let proof = ask.served.proof.clone();
    let done = ask
        .patiently(move |book| {
            if let Err(problem) = failures(&live, &proof) {
                return Ok(Err(problem));
            }
            Ok(folder.publish(book, &base, &live, &actor, &reason).map_err(|why| match why {
                NotPublished::Meanwhile(text) => conflict(text),
                NotPublished::Refused(refusal) => Problem::from(refusal),
                NotPublished::Disk(error) => Problem::fault(format!("publishing: {error}")),
            }))
        })
        .await?;
    done?;
    ask.served.status.store(Arc::new(ReleaseStatus { warnings, ..ReleaseStatus::live(ask.book().now()) }));
    ask.book().forget_draft(&author.login)?;
    Ok(to.release.clone())
}

fn another_first() -> Problem {
    conflict(text!("another person has to approve this first", "须先由另一人审批"))
}

fn conflict(message: Text) -> Problem {
    Problem::new(StatusCode::CONFLICT, code!("not-published"), message)
}
