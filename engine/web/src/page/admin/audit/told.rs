//! An entry of the audit log in plain words: what happened, who did it, whom or what it is about.

use std::{cell::RefCell, collections::HashMap};

use formwork_model::{id::RecordId, name::Name, text, text::Text};
use formwork_store::table::audit::{Entry, What};
use serde_json::{Value as Json, json};

use super::super::{Part, people::escaped, place, record};
use crate::page::{
    locale,
    record::{short, task_state},
    view::View,
};

/// Who stands in the entries of a page, each looked up once.
pub(super) struct People<'v> {
    view: &'v View,
    /// The address of the entries with this filter alone.
    pick: &'v dyn Fn(&str, &str) -> String,
    /// The page of each person whom the reader looks after.
    known: RefCell<HashMap<String, Option<String>>>,
}

impl<'v> People<'v> {
    pub(super) fn new(view: &'v View, pick: &'v dyn Fn(&str, &str) -> String) -> Self {
        Self { view, pick, known: RefCell::default() }
    }

    /// Somebody as a link to their page, where the reader looks after them; with the login beside the name.
    fn shown(&self, login: &str) -> Json {
        let name = match login.strip_prefix("operator:") {
            Some(operator) => self.view.say(&text!("operator {operator}", "运维 {operator}")).to_owned(),
            None => self.view.person(login),
        };
        let beside = Some(login).filter(|login| *login != name && *login != "system" && !login.contains(':'));
        json!({"text": name, "beside": beside, "href": self.page_of(login)})
    }

    fn page_of(&self, login: &str) -> Option<String> {
        if let Some(known) = self.known.borrow().get(login) {
            return known.clone();
        }
        let is_user = self.view.book.is_user(login).unwrap_or(false);
        let is_after = is_user && self.view.eyes().check_looks_after(login).is_ok();
        let page = is_after.then(|| format!("{}/{}", Part::People.href(self.view), escaped(login)));
        self.known.borrow_mut().insert(login.to_owned(), page.clone());
        page
    }
}

/// Everything that entries tell of, in groups for a choice.
pub(super) fn groups(view: &View, chosen: &str) -> Vec<Json> {
    let mut groups: Vec<(String, Vec<Json>)> = Vec::new();
    for what in What::ALL {
        let label = view.say(&group(*what)).to_owned();
        let (words, _) = words(*what);
        let item = json!({"value": what.word(), "label": view.say(&words), "selected": what.word() == chosen});
        match groups.iter_mut().find(|(known, _)| *known == label) {
            Some((_, items)) => items.push(item),
            None => groups.push((label, vec![item])),
        }
    }
    groups.into_iter().map(|(label, items)| json!({"label": label, "items": items})).collect()
}

fn group(what: What) -> Text {
    use What as W;
    match what {
        W::SignIn | W::SignInFailed | W::SignInLocked | W::Locked | W::Unlocked => text!("Signing in", "登录"),
        W::SignOut | W::SessionEnded | W::SignOutEverywhere => text!("Signing in", "登录"),
        W::PasswordMade | W::PasswordReset | W::PasswordChanged => text!("Passwords and keys", "密码与密钥"),
        W::KeyMade | W::KeyRevoked | W::KeyChanged => text!("Passwords and keys", "密码与密钥"),
        W::AccountLinked | W::AccountUnlinked => text!("Passwords and keys", "密码与密钥"),
        W::PeopleChanged | W::Share | W::Unshare | W::Transfer => text!("Who may what", "人员与权限"),
        W::ViewAs | W::ViewAsEnded => text!("Who may what", "人员与权限"),
        W::Decision => text!("Approvals", "审批"),
        W::Read | W::Export | W::ExportRefused | W::LogRead | W::Erase => text!("Data", "数据"),
        W::Release | W::ReleaseHandedIn | W::ReleaseWithdrawn => text!("Releases", "版本"),
        W::ReleaseApproved | W::ReleaseRefused => text!("Releases", "版本"),
        W::Backup | W::BackupProved | W::BackupTaken | W::Restored => text!("Operation", "运维"),
        W::BookMade | W::BookArchived => text!("Operation", "运维"),
    }
}

/// What an entry tells of, and how much it should catch the eye.
fn words(what: What) -> (Text, &'static str) {
    match what {
        What::SignIn => (text!("Signed in", "登录"), ""),
        What::SignInFailed => (text!("Sign-in failed", "登录失败"), "tone-bad"),
        What::SignInLocked => (text!("Tried to sign in while locked", "锁定期间尝试登录"), "tone-bad"),
        What::Locked => (text!("Locked after failed sign-ins", "多次登录失败，已锁定"), "tone-bad"),
        What::Unlocked => (text!("Unlocked", "解除锁定"), ""),
        What::SignOut => (text!("Signed out", "退出登录"), ""),
        What::SessionEnded => (text!("Ended a session", "结束一个登录会话"), ""),
        What::SignOutEverywhere => (text!("Signed out everywhere", "全部下线"), ""),
        What::PasswordMade => (text!("Set the first password", "设置初始密码"), ""),
        What::PasswordReset => (text!("Reset a password", "重置密码"), "tone-wait"),
        What::PasswordChanged => (text!("Changed the password", "修改密码"), ""),
        What::KeyMade => (text!("Made an API key", "创建 API 密钥"), "tone-wait"),
        What::KeyRevoked => (text!("Revoked an API key", "吊销 API 密钥"), ""),
        What::AccountLinked => (text!("Linked an outside account", "关联外部账号"), ""),
        What::AccountUnlinked => (text!("Unlinked an outside account", "解除外部账号"), ""),
        What::ViewAs => (text!("Began to view as somebody else", "开始以他人身份查看"), "tone-wait"),
        What::ViewAsEnded => (text!("Stopped viewing as somebody else", "结束以他人身份查看"), ""),
        What::PeopleChanged => (text!("Changed people, positions or places", "修改人员、岗位或组织"), "tone-wait"),
        What::Share => (text!("Shared a record", "共享记录"), ""),
        What::Unshare => (text!("Ended a sharing", "取消共享"), ""),
        What::Transfer => (text!("Handed work over", "移交工作"), ""),
        What::Erase => (text!("Erased personal data", "删除个人数据"), "tone-wait"),
        What::Decision => (text!("Decided an approval", "审批"), ""),
        What::Read => (text!("Saw sensitive fields", "查看敏感字段"), ""),
        What::Export => (text!("Exported", "导出"), ""),
        What::ExportRefused => {
            (text!("Export refused: more than may leave in a day", "导出被拒绝：超过每日上限"), "tone-bad")
        }
        What::LogRead => (text!("Looked at the audit log", "查看审计日志"), ""),
        What::Backup => (text!("Made a backup", "备份"), ""),
        What::BackupProved => (text!("Tested a restore", "恢复演练"), ""),
        What::BackupTaken => (text!("Downloaded a backup", "下载备份"), "tone-wait"),
        What::Restored => (text!("Restored from a backup", "从备份恢复"), "tone-wait"),
        What::KeyChanged => (text!("Changed the encryption key", "更换加密密钥"), ""),
        What::Release => (text!("Published a release", "发布版本"), ""),
        What::ReleaseHandedIn => (text!("Handed in a change", "提交变更待审批"), ""),
        What::ReleaseWithdrawn => (text!("Took a change back", "撤回变更"), ""),
        What::ReleaseApproved => (text!("Approved a change", "批准变更"), ""),
        What::ReleaseRefused => (text!("Refused a change", "拒绝变更"), ""),
        What::BookMade => (text!("Made the account set", "创建账套"), ""),
        What::BookArchived => (text!("Archived the account set", "归档账套"), ""),
    }
}

/// An entry for the template.
pub(super) fn row(people: &People<'_>, entry: &Entry) -> Json {
    let view = people.view;
    let what = What::find(&entry.what);
    let (label, tone) = what.map_or((Text::same(entry.what.clone()), ""), words);
    let more: Json = serde_json::from_str(&entry.more).unwrap_or_default();
    let about = about(people, what, entry);
    let who = (!entry.actor.is_empty()).then(|| people.shown(&entry.actor));
    json!({
        "seq": entry.seq, "at": entry.at.to_string(), "what": view.say(&label), "tone": tone,
        "details": details(view, what, entry, &more), "who": who, "about": about, "address": entry.address,
        "by_what": (people.pick)("what", &entry.what),
        "by_who": (!entry.actor.is_empty()).then(|| (people.pick)("actor", &entry.actor)),
        "by_about": picked_about(entry).map(|about| (people.pick)("about", about)),
    })
}

/// The one thing that an entry is about, when others can be found by it.
fn picked_about(entry: &Entry) -> Option<&str> {
    let is_one = !entry.about.is_empty() && entry.about != entry.actor && !entry.about.contains(", ");
    let what = What::find(&entry.what)?;
    let is_record =
        matches!(what, What::Decision | What::Share | What::Unshare | What::Erase | What::Read | What::PeopleChanged);
    let is_person = matches!(
        what,
        What::ViewAs
            | What::ViewAsEnded
            | What::Transfer
            | What::PasswordMade
            | What::PasswordReset
            | What::SessionEnded
            | What::SignOutEverywhere
            | What::Unlocked
            | What::AccountLinked
            | What::AccountUnlinked
    );
    (is_one && (is_record || is_person)).then_some(&*entry.about)
}

/// Whom or what an entry is about.
fn about(people: &People<'_>, what: Option<What>, entry: &Entry) -> Vec<Json> {
    let (view, about) = (people.view, &*entry.about);
    let words = |text: &str| vec![json!({"text": text})];
    match what {
        _ if about.is_empty() || about == entry.actor => Vec::new(),
        Some(What::SignInFailed) if entry.actor.is_empty() => words(view.say(&text!("unknown login", "未知登录名"))),
        Some(What::KeyMade | What::KeyRevoked) => {
            let (login, name) = about.split_once(' ').unwrap_or((about, ""));
            let key = json!({"text": name, "mono": true});
            (login != entry.actor).then(|| people.shown(login)).into_iter().chain([key]).collect()
        }
        Some(
            What::Release
            | What::ReleaseHandedIn
            | What::ReleaseWithdrawn
            | What::ReleaseApproved
            | What::ReleaseRefused,
        ) => {
            let is_open = Part::Releases.open(view).is_ok();
            let href = is_open.then(|| format!("{}/{about}", Part::Releases.href(view)));
            vec![json!({"text": short(about), "mono": true, "href": href})]
        }
        Some(What::Export | What::ExportRefused) => exported(view, about),
        Some(What::KeyChanged | What::BookMade | What::BookArchived) => Vec::new(),
        Some(What::Backup | What::BackupProved | What::BackupTaken) => vec![json!({"text": about, "mono": true})],
        Some(What::Restored) => {
            let of = about.strip_prefix("backup of ").and_then(|of| of.split(':').next()).unwrap_or(about);
            words(view.say(&text!("backup of {of}", "备份 {of}")))
        }
        _ => about.split(", ").map(|one| subject(people, one)).collect(),
    }
}

/// A record as `object id`, or a person by login.
fn subject(people: &People<'_>, text: &str) -> Json {
    let Some(key) = key_of(text) else { return people.shown(text) };
    let shown = record(people.view, key);
    json!({"kind": shown["object"], "text": shown["title"], "href": shown["href"], "mono": shown["href"].is_null()})
}

fn key_of(text: &str) -> Option<(Name, RecordId)> {
    let mut parts = text.split(' ');
    Some((Name::find(parts.next()?)?, parts.next()?.parse().ok()?))
}

/// What left: a report, a list, a record on paper, the log itself.
fn exported(view: &View, about: &str) -> Vec<Json> {
    if about.starts_with("the audit log") {
        return vec![json!({"text": view.word("adm_audit")})];
    }
    if let Some(key) = key_of(about) {
        let shown = record(view, key);
        let title = json!({"kind": shown["object"], "text": shown["title"], "href": shown["href"]});
        let page = about.split(' ').nth(2).and_then(Name::find).and_then(|page| view.catalog.templates.get(&page));
        let page = page.map(|page| json!({"text": view.say(&page.label)}));
        return [title].into_iter().chain(page).collect();
    }
    let (kind, name) = match about.strip_prefix("report ") {
        Some(rest) => ("reports/", rest.split(' ').next().unwrap_or_default()),
        None => ("", about.split(' ').next().unwrap_or_default()),
    };
    let known = Name::find(name);
    let label = match kind {
        "" => known.and_then(|name| view.catalog.object(name)).map(|object| &object.label),
        _ => known.and_then(|name| view.catalog.reports.get(&name)).map(|report| &report.label),
    };
    match label {
        Some(label) => vec![json!({"text": view.say(label), "href": format!("{}/{kind}{name}", view.root)})],
        None => vec![json!({"text": about})],
    }
}

/// What else an entry says, in few words each.
fn details(view: &View, what: Option<What>, entry: &Entry, more: &Json) -> Vec<String> {
    let text = |name: &str| more[name].as_str().filter(|text| !text.is_empty());
    let mut told = match what {
        Some(What::Decision) => decision(view, more),
        Some(What::Read) => fields(view, more),
        Some(What::Export | What::ExportRefused) => rows(view, more),
        Some(What::PeopleChanged) => changed(view, entry, more),
        Some(What::Transfer | What::Share | What::Unshare) => said(view, &more["said"]),
        Some(What::Restored) => ended(view, more),
        Some(What::Erase) => Vec::new(),
        Some(What::SignInFailed) => text("why").map(|why| self::why(view, why)).into_iter().collect(),
        Some(What::SignIn) => {
            text("by").map(|by| view.say(&text!("by {by}", "通过 {by}")).to_owned()).into_iter().collect()
        }
        Some(What::AccountLinked | What::AccountUnlinked) => text("issuer").map(str::to_owned).into_iter().collect(),
        Some(What::ReleaseApproved | What::ReleaseRefused) => {
            let author = text("author").map(|author| view.person(author));
            author.map(|author| view.say(&text!("by {author}", "提交人：{author}")).to_owned()).into_iter().collect()
        }
        _ => Vec::new(),
    };
    told.extend(text("reason").map(|reason| view.say(&text!("“{reason}”", "“{reason}”")).to_owned()));
    told
}

/// Why an account of another system was not let in.
fn why(view: &View, why: &str) -> String {
    let words = match why {
        "no user in use" => text!("no user in use", "没有启用的用户"),
        "another account of the login" => text!("another account has this login", "该登录名已关联其他账号"),
        _ => return why.to_owned(),
    };
    view.say(&words).to_owned()
}

/// Where it was decided, and what became of each task.
fn decision(view: &View, more: &Json) -> Vec<String> {
    let name = |member: &str| more[member].as_str().and_then(Name::find);
    let mut told: Vec<String> = Vec::new();
    if let Some(flow) = name("flow") {
        let (flow, node) = place(view, flow, name("node"));
        told.push(if node.is_empty() { flow } else { format!("{flow} · {node}") });
    }
    for task in more["tasks"].as_array().into_iter().flatten() {
        let word = task["is"].as_str().unwrap_or_default();
        let state = match word {
            "acted" => text!("took another way", "执行其他操作"),
            "delegated" => text!("asked first", "已委派"),
            "added" => text!("added", "已加签"),
            word => task_state(word).0,
        };
        let of = view.person(task["of"].as_str().unwrap_or_default());
        let to = task["to"].as_str().map(|to| format!(" → {}", view.person(to))).unwrap_or_default();
        let principal = task["for"].as_str().map(|login| view.person(login));
        let by = task["by"]
            .as_str()
            .filter(|by| *by != "system" && Some(*by) != task["of"].as_str())
            .map(|by| view.person(by));
        let by = by.map(|by| view.say(&text!(" (by {by})", "（由 {by} 处理）")).to_owned()).unwrap_or_default();
        let principal = principal.filter(|name| *name != of);
        let principal =
            principal.map(|name| view.say(&text!(" for {name}", "（代 {name}）")).to_owned()).unwrap_or_default();
        let state = view.say(&state);
        told.push(view.say(&text!("{of}{principal}: {state}{to}{by}", "{of}{principal}：{state}{to}{by}")).to_owned());
    }
    let outcome = match more["outcome"].as_str() {
        Some("approved") => text!("the approval is granted", "审批通过"),
        Some("rejected") => text!("the approval is rejected", "审批被拒绝"),
        Some("returned" | "sent_back") => text!("sent back", "已退回"),
        Some("withdrawn") => text!("withdrawn", "已撤回"),
        Some("reopened") => text!("the approval was taken back", "已弃审"),
        _ => return told,
    };
    told.push(view.say(&outcome).to_owned());
    told
}

/// The fields that were shown, and of how many records.
fn fields(view: &View, more: &Json) -> Vec<String> {
    let objects = more["fields"].as_object().into_iter().flatten();
    let labels = objects.flat_map(|(object, fields)| {
        let known = Name::find(object).and_then(|name| view.catalog.object(name));
        fields.as_array().into_iter().flatten().filter_map(|field| field.as_str()).map(move |field| {
            let name = Name::find(field);
            known.zip(name).map_or_else(|| field.to_owned(), |(object, name)| view.field_label(object, name))
        })
    });
    let fields = view.joined(labels);
    let mut told = vec![fields];
    if let Some(records) = more["records"].as_u64().filter(|records| *records > 1) {
        told.push(view.say(&text!("{records} records", "{records} 条记录")).to_owned());
    }
    told
}

/// How many rows left, or wanted to.
fn rows(view: &View, more: &Json) -> Vec<String> {
    let rows = more["rows"].as_i64().filter(|rows| *rows > 0).map(locale::whole);
    let most = more["most"].as_i64().map(locale::whole);
    let rows = rows.map(|rows| view.say(&text!("{rows} rows", "{rows} 行")).to_owned());
    let most = most.map(|most| view.say(&text!("up to {most} a day", "每日上限 {most} 行")).to_owned());
    rows.into_iter().chain(most).collect()
}

/// By what people were changed, and how many more records than are named.
fn changed(view: &View, entry: &Entry, more: &Json) -> Vec<String> {
    let kind = more["kind"].as_str().unwrap_or_default().split(' ').next().unwrap_or_default();
    let words = match kind {
        "create" => text!("created", "新建"),
        "update" => text!("changed", "修改"),
        "delete" => text!("deleted", "删除"),
        "import" => text!("imported", "导入"),
        "act" => text!("by an action", "通过操作"),
        "transfer" => text!("handed over", "移交"),
        _ => text!("{kind}", "{kind}"),
    };
    let named = u64::try_from(entry.about.split(", ").count()).unwrap_or(u64::MAX);
    let left = more["records"].as_u64().unwrap_or(named).saturating_sub(named);
    let left = (left > 0).then(|| view.say(&text!("and {left} more", "另有 {left} 条")).to_owned());
    [view.say(&words).to_owned()].into_iter().filter(|words| !words.is_empty()).chain(left).collect()
}

/// With whom something was shared, or who has what somebody had.
fn said(view: &View, said: &Json) -> Vec<String> {
    let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty());
    let to = text("to").or(text("user")).map(|login| view.person(login));
    let department = text("department").map(|code| view.called("department", code));
    let to = to.or(department);
    let to = to.map(|name| view.say(&text!("to {name}", "给 {name}")).to_owned());
    let edit = said["edit"].as_bool().filter(|edit| *edit);
    let edit = edit.map(|_| view.say(&text!("may edit", "可编辑")).to_owned());
    to.into_iter().chain(edit).collect()
}

/// What a restore has ended.
fn ended(view: &View, more: &Json) -> Vec<String> {
    let (Some(sessions), Some(keys)) = (more["sessions"].as_u64(), more["keys"].as_u64()) else { return Vec::new() };
    let text =
        text!("{sessions} sessions ended, {keys} API keys revoked", "结束 {sessions} 个会话，吊销 {keys} 个 API 密钥");
    vec![view.say(&text).to_owned()]
}
