//! What the actor of a command may do with records: asked before it is done, and again of what has come of it.

use formwork_catalog::{
    object::Object,
    role::{Action, Seen},
};
use formwork_definition::kind::role::{May, Right};
use formwork_model::{
    code, field_type::FieldType, id::RecordId, name::Name, record::Fields, text, text::Text, value::Value,
};

use super::{Access, Bound, READ, can_write, no_field, read::not_allowed, seen};
use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// Fields that were sent, and the values.
type Sent = [(Name, Value)];

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

    /// Computes the record's values where rows of the action are told by one of them; else they are computed once, later.
    fn compute_for(&self, access: &Access, action: Action, key: Key) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        if access.allowing(key.0, action).any(|bound| bound.needs_computed(object)) {
            self.recompute(key)?;
        }
        Ok(())
    }

    /// Refuses a record that the actor may not create, as it is with its defaults and computed values.
    pub(crate) fn check_created(&self, key: Key, sent: &Sent) -> Result<(), Refusal> {
        let Some(access) = self.limits() else { return Ok(()) };
        let (object, action) = (self.object(key.0)?, Action::May(May::Create));
        self.compute_for(access, action, key)?;
        let covering = self.covering(access, action, key)?;
        if covering.is_empty() {
            return Err(may_not(object, action));
        }
        self.check_gives(access, key)?;
        check_fields(&covering, sent)
    }

    /// Refuses a change that the actor may not make to the record as it is; says whether it makes somebody else
    /// responsible, which is then theirs to do.
    pub(crate) fn check_before_update(&self, key: Key, sent: &Sent) -> Result<bool, Refusal> {
        let Some(access) = self.limits() else { return Ok(false) };
        let (object, action) = (self.object(key.0)?, Action::May(May::Update));
        self.check_covered(key, action)?;
        self.check_gives(access, key)?;
        let covering = self.covering(access, action, key)?;
        check_fields(&covering, sent)?;
        let assigns = self.record(key, |record| {
            sent.iter().any(|(field, value)| object.says_whose(*field) && *record.fields.get(*field) != *value)
        })?;
        let assign = Action::May(May::Assign);
        if assigns && self.covering(access, assign, key)?.is_empty() {
            return Err(may_not(object, assign));
        }
        Ok(assigns)
    }

    /// Refuses a change after which the record is none that the actor may change, unless it was theirs to give away:
    /// as it is with its computed values, before rules do anything with it.
    pub(crate) fn check_after_update(&self, key: Key, sent: &Sent, assigned: bool) -> Result<(), Refusal> {
        let Some(access) = self.limits() else { return Ok(()) };
        self.check_gives(access, key)?;
        if assigned {
            return Ok(());
        }
        let action = Action::May(May::Update);
        self.compute_for(access, action, key)?;
        let covering = self.covering(access, action, key)?;
        if covering.is_empty() {
            return Err(may_not(self.object(key.0)?, action));
        }
        check_fields(&covering, sent)
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

    /// The fields that the actor can set: of a record, or of a new one.
    pub(crate) fn settable(&self, object: Name, id: Option<RecordId>) -> Result<Vec<Name>, Refusal> {
        let fields = self.object(object)?.fields.iter().map(|field| field.name);
        let Some(access) = self.limits() else { return Ok(fields.collect()) };
        let covering = match id {
            Some(id) => self.covering(access, Action::May(May::Update), (object, id))?,
            None => access.allowing(object, Action::May(May::Create)).collect(),
        };
        Ok(fields.filter(|field| can_write(&covering, *field)).collect())
    }

    /// Refuses what only the engine itself asks for.
    pub(crate) fn check_engine(&self) -> Result<(), Refusal> {
        if self.limits().is_none() { Ok(()) } else { Err(not_allowed()) }
    }
}

/// Refuses fields that none of the grants lets be set. One that is not seen either is not there.
fn check_fields(covering: &[&Bound], sent: &Sent) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for (field, _) in sent.iter().filter(|(field, _)| !can_write(covering, *field)) {
        problems.push(if seen(covering, *field) == Seen::Absent { no_field(*field) } else { fixed(*field) });
    }
    let kind = match problems.first() {
        None => return Ok(()),
        Some(problem) if problem.code == code!("not-allowed") => Kind::Forbidden,
        Some(_) => Kind::Invalid,
    };
    Err(Rejection { kind, problems }.into())
}

fn fixed(field: Name) -> Problem {
    let message = text!("you may not set `{field}` here", "您无权设置 `{field}`");
    Problem::new(code!("not-allowed"), message).field(field.as_str())
}

fn may_not(object: &Object, action: Action) -> Refusal {
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
