//! Looking what somebody may do with a record, and what they see of it.

use formwork_catalog::role::Action;
use formwork_definition::kind::{role::May, scenario::Then};
use formwork_model::{id::RecordId, name::Name, source::Span, text, text::Text, value::Value};

use super::{World, expect::same_text, explain, parse_actor};
use crate::command::Actor;

impl World<'_> {
    /// Looks at `may`, `may_not`, `sees` and `hidden`.
    pub(super) fn expect_access(
        &self,
        then: &Then,
        (object, id): (Name, RecordId),
        by: Option<&Actor>,
        fail: &mut dyn FnMut(Span, Text),
    ) {
        let viewer = then.actor.as_ref().map(|actor| parse_actor(actor));
        let viewer = viewer.as_ref().or(by).unwrap_or(&self.actor);
        let eyes = self.book.eyes(viewer);
        let asked = then.may.iter().map(|word| (word, true)).chain(then.may_not.iter().map(|word| (word, false)));
        for (word, want) in asked {
            let (name, who) = (word.value.0, &viewer.login);
            let action = May::of_record(name.as_str()).map_or(Action::Act(name), Action::May);
            match (eyes.may(object, id, action), want) {
                (Err(refusal), _) => fail(word.span, explain(&refusal)),
                (Ok(true), false) => fail(word.span, text!("`{who}` may `{name}` it", "`{who}` 有 `{name}` 权限")),
                (Ok(false), true) => {
                    fail(word.span, text!("`{who}` may not `{name}` it", "`{who}` 没有 `{name}` 权限"));
                }
                _ => {}
            }
        }
        let shown = eyes.get(object, id).ok();
        for (field, data) in &then.sees {
            let (path, want) = (field.value, self.json(None, &data.value));
            let seen = shown.as_ref().filter(|shown| !shown.absent.contains(&path));
            let Some(shown) = seen else {
                fail(field.span, text!("`{path}` is not there for them", "对其不可见：`{path}`"));
                continue;
            };
            let held = shown.record.fields.get(path.field);
            let got = match path.line {
                None => held.clone(),
                Some(line) => Value::List(held.rows().iter().map(|row| row.fields.get(line).clone()).collect()),
            };
            if !same_text(&got, &want) {
                fail(data.span, text!("expected {want}, they see {got}", "期望看到 {want}，实际 {got}"));
            }
        }
        for field in &then.hidden {
            let path = field.value.0;
            if shown.as_ref().is_some_and(|shown| !shown.absent.contains(&path)) {
                fail(field.span, text!("they see `{path}`", "可以看到 `{path}`"));
            }
        }
    }
}
