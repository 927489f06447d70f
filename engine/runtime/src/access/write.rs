//! What the actor of a command may do with records: asked before it is done, and again of what has come of it.

use std::collections::HashSet;

use formwork_catalog::{
    object::Object,
    role::{Action, Seen},
};
use formwork_definition::kind::role::{May, Right};
use formwork_model::{
    code, field_path::FieldPath, field_type::FieldType, id::RecordId, name::Name, record::Fields, text, text::Text,
};

use super::{Access, Bound, READ, Sent, can_write, can_write_lines, no_field, read::not_allowed, seen};
use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// What can be set of a record, or of a new one.
#[derive(Debug, Clone, Default)]
pub struct Settable {
    /// The fields, and the fields of lines.
    pub fields: HashSet<FieldPath>,
    /// The lines that can be added to and taken from.
    pub lines: HashSet<Name>,
}

impl Decider<'_> {
    /// Refuses what no grant allows on any row of the object.
    pub(crate) fn check_may(&self, object: Name, action: Action) -> Result<(), Refusal> {
        let known = self.object(object)?;
        match self.limits() {
            Some(access) if access.allowing(object, action).next().is_none() => Err(may_not(known, action)),
            _ => Ok(()),
        }
    }

    /// Refuses what no grant allows on the record as it is now. What is not seen is not there.
    pub(crate) fn check_covered(&self, key: Key, action: Action) -> Result<(), Refusal> {
        let Some(access) = self.limits() else { return Ok(()) };
        if action == Action::May(May::Delete) && self.look(key, |record| record.is_some())? {
            self.see(key)?;
            self.check_gives(access, key)?;
        }
        let covering = self.covering(access, action, key)?;
        // What a grant shows that covers the action needs no other question.
        if covering.iter().any(|bound| bound.grant().is_some_and(|grant| grant.allows(READ))) {
            return Ok(());
        }
        self.see(key)?;
        if covering.is_empty() { Err(may_not(self.object(key.0)?, action)) } else { Ok(()) }
    }

    /// The grants that allow the action on the record as it is now; refused when there is none.
    fn allowed<'s>(&self, access: &'s Access, action: Action, key: Key) -> Result<Vec<&'s Bound>, Refusal> {
        let covering = self.covering(access, action, key)?;
        if covering.is_empty() { Err(may_not(self.object(key.0)?, action)) } else { Ok(covering) }
    }

    /// Computes the record's values where rows of the action are told by one of them; else they are computed once, later.
    fn compute_for(&self, access: &Access, action: Action, key: Key) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        if access.allowing(key.0, action).any(|bound| bound.needs_computed(object)) {
            self.recompute(key)?;
        }
        Ok(())
    }

    /// Refuses a record that the actor may not create, as it is with its defaults and computed values.
    pub(crate) fn check_created(&self, key: Key, sent: &[Sent]) -> Result<(), Refusal> {
        let Some(access) = self.limits() else { return Ok(()) };
        let action = Action::May(May::Create);
        self.compute_for(access, action, key)?;
        let covering = self.allowed(access, action, key)?;
        self.check_gives(access, key)?;
        check_fields(&covering, sent)
    }

    /// Refuses a change that the actor may not make to the record as it is; says whether it makes somebody else
    /// responsible, which is then theirs to do.
    pub(crate) fn check_before_update(&self, key: Key, sent: &[Sent]) -> Result<bool, Refusal> {
        let Some(access) = self.limits() else { return Ok(false) };
        let (object, action) = (self.object(key.0)?, Action::May(May::Update));
        self.check_covered(key, action)?;
        self.check_gives(access, key)?;
        check_fields(&self.allowed(access, action, key)?, sent)?;
        let assigns = self.record(key, |record| {
            sent.iter().any(|sent| match sent {
                Sent::Field(field, value) => object.says_whose(*field) && record.fields.get(*field) != value,
                Sent::Lines { .. } | Sent::Line { .. } => false,
            })
        })?;
        if assigns {
            self.allowed(access, Action::May(May::Assign), key)?;
        }
        Ok(assigns)
    }

    /// Refuses a change after which the record is none that the actor may change, unless it was theirs to give away:
    /// as it is with its computed values, before rules do anything with it.
    pub(crate) fn check_after_update(&self, key: Key, sent: &[Sent], assigned: bool) -> Result<(), Refusal> {
        let Some(access) = self.limits() else { return Ok(()) };
        self.check_gives(access, key)?;
        if assigned {
            return Ok(());
        }
        let action = Action::May(May::Update);
        self.compute_for(access, action, key)?;
        check_fields(&self.allowed(access, action, key)?, sent)
    }

    /// Refuses fields of lines that are not seen in full, and a mask that is sent back as if it were the value. What is
    /// filled in with an action or a decision is what its form asks for; of lines that names the lines, and which of their
    /// fields one has before one is for grants to say.
    pub(crate) fn check_filled_seen(&self, key: Key, sent: &[Sent]) -> Result<(), Refusal> {
        let sight = if self.is_limited() { self.sight(key)? } else { None };
        let Some(sight) = sight else { return Ok(()) };
        let mut problems = Vec::new();
        for sent in sent {
            match sent {
                Sent::Line { path, .. } if sight.seen(*path) != Seen::Full => {
                    note(&mut problems, *path, sight.seen(*path));
                }
                Sent::Field(field, value) => {
                    if let Seen::Masked(mask) = sight.seen(FieldPath::from(*field))
                        && value.as_text() == Some(&mask.apply(&self.field(key, *field)?.to_string()))
                    {
                        note(&mut problems, (*field).into(), Seen::Masked(mask));
                    }
                }
                _ => {}
            }
        }
        refuse(problems)
    }

    /// Refuses entries in a ledger that are neither everybody's to post, nor about records that the actor may post by.
    pub(crate) fn check_post(&self, ledger: Name, dimensions: &Fields) -> Result<(), Refusal> {
        let Some(access) = self.limits().filter(|access| !access.has(Right::Postings)) else { return Ok(()) };
        let known = self.known_ledger(ledger)?;
        let mut about = false;
        for dimension in &known.dimensions {
            let FieldType::Ref(object) = dimension.kind else { continue };
            let Some(id) = dimensions.get(dimension.name).as_ref_id() else { continue };
            if self.covering(access, Action::May(May::Post), (object, id))?.is_empty() {
                return Err(not_allowed());
            }
            about = true;
        }
        if about { Ok(()) } else { Err(not_allowed()) }
    }

    /// What the actor can set: of a record, or of a new one.
    pub(crate) fn settable(&self, object: Name, id: Option<RecordId>) -> Result<Settable, Refusal> {
        let known = self.object(object)?;
        let lines: HashSet<Name> =
            known.fields.iter().filter(|field| !field.lines.is_empty()).map(|field| field.name).collect();
        let Some(access) = self.limits() else { return Ok(Settable { fields: known.paths().collect(), lines }) };
        let covering = match id {
            Some(id) => self.covering(access, Action::May(May::Update), (object, id))?,
            None => access.allowing(object, Action::May(May::Create)).collect(),
        };
        Ok(Settable {
            fields: known.paths().filter(|path| can_write(&covering, *path)).collect(),
            lines: lines.into_iter().filter(|lines| can_write_lines(&covering, *lines)).collect(),
        })
    }

    /// Refuses what only the engine itself asks for.
    pub(crate) fn check_engine(&self) -> Result<(), Refusal> {
        if self.limits().is_none() { Ok(()) } else { Err(not_allowed()) }
    }
}

/// Refuses fields that none of the grants lets be set. One that is not seen either is not there.
fn check_fields(covering: &[&Bound], sent: &[Sent]) -> Result<(), Refusal> {
    let mut problems: Vec<Problem> = Vec::new();
    for sent in sent {
        let (path, may) = match sent {
            Sent::Field(field, _) => (FieldPath::from(*field), can_write(covering, *field)),
            Sent::Lines { field, others: true } => ((*field).into(), can_write_lines(covering, *field)),
            Sent::Lines { field, others: false } => ((*field).into(), can_write(covering, *field)),
            Sent::Line { path, same } => {
                (*path, can_write(covering, *path) || *same && seen(covering, *path) == Seen::Full)
            }
        };
        if may {
            continue;
        }
        note(&mut problems, path, seen(covering, path));
    }
    refuse(problems)
}

/// Notes that a field can't be set, which is seen so: one of many lines says it for all of them.
fn note(problems: &mut Vec<Problem>, path: FieldPath, seen: Seen) {
    let problem = if seen == Seen::Absent { no_field(path) } else { fixed(path) };
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn refuse(problems: Vec<Problem>) -> Result<(), Refusal> {
    let kind = match problems.first() {
        None => return Ok(()),
        Some(problem) if problem.code == code!("not-allowed") => Kind::Forbidden,
        Some(_) => Kind::Invalid,
    };
    Err(Rejection { kind, problems }.into())
}

fn fixed(path: FieldPath) -> Problem {
    let message = text!("you may not set `{path}` here", "您无权设置 `{path}`");
    Problem::new(code!("not-allowed"), message).field(path.to_string())
}

pub(super) fn may_not(object: &Object, action: Action) -> Refusal {
    let (en, zh) = match action {
        Action::Act(name) => (name.as_str().replace('_', " "), format!("执行 {name}")),
        Action::May(may) => {
            let (en, zh) = match may {
                May::Read => ("see", "查看"),
                May::Create => ("create", "新建"),
                May::Update => ("change", "修改"),
                May::Delete => ("delete", "删除"),
                May::Export => ("export", "导出"),
                May::Import => ("import", "导入"),
                May::Assign => ("give away", "转移"),
                May::Share => ("share", "共享"),
                May::Erase => ("erase what is sensitive of", "删除敏感数据："),
                May::Post => ("post by", "记账"),
                May::Act => ("act on", "操作"),
            };
            (en.to_owned(), zh.to_owned())
        }
    };
    let label = &object.label;
    let message =
        Text { en: format!("you may not {en} this {}", label.en), zh: format!("您无权{zh}此{}", label.zh) };
    Rejection::new(Kind::Forbidden, code!("not-allowed"), message).into()
}
