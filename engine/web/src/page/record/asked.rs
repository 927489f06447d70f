//! Why somebody is asked to decide, in words: the engine keeps it as the rule that found them.

use formwork_model::{name::Name, text};

use crate::page::{admin::people::role_label, view::View};

/// What a task says of why its person was asked, about a record of an object.
pub(crate) fn why(view: &View, object: Name, kept: &str) -> String {
    let said: Vec<String> =
        kept.split("; ").map(|part| one(view, object, part)).filter(|said| !said.is_empty()).collect();
    said.join(view.say(&text!("; ", "；")))
}

fn one(view: &View, object: Name, kept: &str) -> String {
    if let Some(rest) = kept.strip_prefix("supervisor of ") {
        return instead(view, rest);
    }
    if let Some(name) = kept.strip_prefix("added by ").map(|login| view.person(login)) {
        return view.say(&text!("added by {name}", "由 {name} 加签")).to_owned();
    }
    if let Some(name) = kept.strip_prefix("transferred by ").map(|login| view.person(login)) {
        return view.say(&text!("handed on by {name}", "由 {name} 转办")).to_owned();
    }
    let (word, within) = kept.strip_suffix(')').and_then(|kept| kept.split_once('(')).unwrap_or((kept, ""));
    let said = match word {
        "role" | "supervisors" => return Name::find(within).map_or_else(String::new, |role| role_label(view, role)),
        "user" => text!("named for it", "指定人员"),
        "creator" => text!("created it", "创建人"),
        "supervisor" => text!("supervisor of the submitter", "发起人的上级"),
        "chosen" => text!("chosen by the submitter", "由发起人选定"),
        "admin" => text!("administrator, as nobody else was found", "无人可审，由管理员处理"),
        "head" => {
            let label = label(view, object, within.strip_prefix("this.").unwrap_or(within));
            text!("head of: {label}", "{label}负责人")
        }
        field if within.is_empty() && Name::find(field).is_some_and(|name| has(view, object, name)) => {
            return label(view, object, field);
        }
        _ => text!("by a rule", "按规则"),
    };
    view.say(&said).to_owned()
}

/// Whoever is asked in the place of somebody else.
fn instead(view: &View, rest: &str) -> String {
    let (login, how) = rest.split_once(", ").unwrap_or((rest, ""));
    let name = view.person(login);
    let said = match how {
        "in time" => text!("for {name}, who did not decide in time", "{name} 超时未处理，升级至上级"),
        "who has left" => text!("for {name}, who has left", "{name} 已离职，由上级处理"),
        _ => text!("supervisor of {name}", "{name} 的上级"),
    };
    view.say(&said).to_owned()
}

fn has(view: &View, object: Name, field: Name) -> bool {
    view.catalog.object(object).is_some_and(|object| object.field(field).is_some())
}

fn label(view: &View, object: Name, field: &str) -> String {
    let known = view.catalog.object(object).zip(Name::find(field));
    known.map_or_else(|| field.to_owned(), |(object, field)| view.field_label(object, field))
}
