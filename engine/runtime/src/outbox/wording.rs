//! Templates of messages filled in about a record, in both languages.

use formwork_catalog::template::Part;
use formwork_model::{
    code,
    name::Name,
    text,
    text::{Language, Text},
};

use crate::{
    decider::{Decider, Key},
    filling::{Filling, failed},
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// Subject and text of a template about a record, in both languages.
    pub(crate) fn word(&self, name: Name, key: Key) -> Result<(Text, Text), Refusal> {
        self.settle()?;
        let Some(template) = self.catalog_of(key)?.templates.get(&name) else {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("unknown-template"),
                text!("there is no template `{name}`", "没有模板 `{name}`"),
            )
            .into());
        };
        let (mut subject, mut text) = (Text::default(), Text::default());
        for language in [Language::Zh, Language::En] {
            let values = Filling { decider: self, language, as_reader: false }.values_of(key, &template.reads)?;
            for (part, all) in [(Part::Subject, &mut subject), (Part::Text, &mut text)] {
                let said = template.render(part, language, &values).map_err(|error| failed(name, &error))?;
                match language {
                    Language::Zh => all.zh = said,
                    Language::En => all.en = said,
                }
            }
        }
        Ok((subject, text))
    }

    /// As [`Decider::word`]; a message that is about no record can't say anything of one.
    pub(crate) fn word_about(&self, name: Name, key: Option<Key>) -> Result<(Text, Text), Refusal> {
        match key {
            Some(key) => self.word(name, key),
            None => {
                let message = text!("template `{name}` needs a record", "模板 `{name}` 需要一条记录");
                Err(Rejection::new(Kind::Conflict, code!("template-failed"), message).into())
            }
        }
    }
}
