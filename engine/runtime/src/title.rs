//! What people call a record.

use formwork_model::{field_type::FieldType, name::Name, value::Value};

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

/// How many records at most a title is lent through: references may go round in a circle.
const LENT: usize = 4;

/// What a record is called by itself, and the record whose title it bears instead.
struct Called {
    text: String,
    lender: Option<Key>,
}

impl Decider<'_> {
    /// What people call a record: its title, else its number, else its id. A title that is a reference is what that
    /// record is called, one that is a login or the code of a department is the name that goes with it.
    pub(crate) fn title(&self, key: Key) -> Result<String, Refusal> {
        self.title_lent(key, |_| Ok(true))
    }

    /// As [`Decider::title`], where only records that `lends` allows give their title to those that refer to them.
    pub(crate) fn title_lent(&self, key: Key, lends: impl Fn(Key) -> Result<bool, Refusal>) -> Result<String, Refusal> {
        let (mut at, mut own) = (key, None);
        for _ in 0..LENT {
            let called = self.called(at)?;
            let Some(lender) = called.lender else {
                return Ok(own.filter(|_| called.text.is_empty()).unwrap_or(called.text));
            };
            own.get_or_insert(called.text);
            if !lends(lender)? {
                break;
            }
            at = lender;
        }
        Ok(own.unwrap_or_default())
    }

    fn called(&self, key: Key) -> Result<Called, Refusal> {
        let object = self.object(key.0)?;
        let title = object.title.and_then(|title| Some((title, object.kind_of(title)?)));
        let (own, value) = self.look(key, |record| {
            let Some(record) = record else { return (String::new(), Value::Null) };
            let own = record.number.as_ref().map_or_else(|| record.id.to_string(), ToString::to_string);
            (own, title.map_or(Value::Null, |(title, _)| record.fields.get(title).clone()))
        })?;
        let text = value.to_string();
        Ok(match (title.map(|(_, kind)| kind), &value) {
            (Some(FieldType::Ref(to)), Value::Ref(id)) => Called { text: own, lender: Some((*to, *id)) },
            (Some(FieldType::User), Value::Text(login)) => {
                Called { lender: self.bearer("user", "login", login)?, text }
            }
            (Some(FieldType::Department), Value::Text(code)) => {
                Called { lender: self.bearer("department", "code", code)?, text }
            }
            _ => Called { text: if text.is_empty() { own } else { text }, lender: None },
        })
    }

    /// The record of a user or a department, by the login or code that other records have of it.
    fn bearer(&self, object: &str, field: &str, key: &str) -> Result<Option<Key>, Refusal> {
        let (object, field) = (Name::intern(object), Name::intern(field));
        let found = self.by_value(self.object(object)?, field, &Value::text(key))?;
        Ok(found.map(|id| (object, id)))
    }

    /// What a user is called by the login, or a department by the code: whoever sees that may read the name. See
    /// [`crate::access::Eyes::name_of`].
    pub(crate) fn name_of(&self, (object, field): (&str, &str), key: &str) -> Result<String, Refusal> {
        self.bearer(object, field, key)?.map_or_else(|| Ok(key.to_owned()), |bearer| self.title(bearer))
    }
}
