//! Messages beyond the application: only to those they were meant for, each once a channel, in their language.

use formwork_catalog::effect::Channel;
use formwork_model::{name::Name, outbox::Sending, record::Fields, text::Language};
use serde_json::json;

use crate::{
    decider::{Decider, Outgoing},
    rejection::Refusal,
};

/// The fields of a user that say how to reach them.
const REACHED: [&str; 4] = ["email", "webhook", "language", "channels"];
/// A subject made of a text ends here.
const SUBJECT: usize = 80;

impl Decider<'_> {
    /// Puts what was said by this command into the outbox, for every channel its receiver has.
    pub(crate) fn address_messages(&self) -> Result<(), Refusal> {
        let channels = &self.catalog().book.channels;
        if channels.email.is_none() && channels.webhook.is_none() {
            return Ok(());
        }
        let outgoing = self.outgoing.borrow().clone();
        for message in &outgoing {
            let Some(user) = self.user_fields(&message.to)? else { continue };
            self.address(message, &user);
        }
        Ok(())
    }

    fn address(&self, message: &Outgoing, user: &Fields) {
        let [email, webhook, language, wanted] = REACHED;
        let text = |field: &str| Name::find(field).and_then(|field| user.get(field).as_text()).unwrap_or_default();
        let book = &self.catalog().book;
        let language = match text(language) {
            "" => book.locales.first().copied().unwrap_or_default(),
            tag => Language::from_tag(tag),
        };
        let said = message.say.get(language);
        let subject = match &message.subject {
            Some(subject) => subject.get(language).to_owned(),
            None => said.lines().next().unwrap_or_default().chars().take(SUBJECT).collect(),
        };
        let takes = |channel: Channel, word: &str| {
            message.channels.as_ref().is_none_or(|only| only.contains(&channel)) && is_chosen(user, wanted, word)
        };
        let address = text(email);
        if book.channels.email.is_some() && !address.is_empty() && takes(Channel::Email, "email") {
            let mail = Sending::Mail { to: address.to_owned(), subject: subject.clone(), text: said.to_owned() };
            self.send_out(mail, message.about, None);
        }
        let url = text(webhook);
        if book.channels.webhook.is_some() && !url.is_empty() && takes(Channel::Webhook, "webhook") {
            let record = message.about.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()}));
            let body = json!({"to": message.to, "subject": subject, "text": said, "record": record});
            let notice = Sending::Notice { to: message.to.clone(), url: url.to_owned(), body: body.to_string() };
            self.send_out(notice, message.about, None);
        }
    }
}

/// Whether the user takes messages by a channel: by all, unless the user has chosen some.
fn is_chosen(user: &Fields, field: &str, word: &str) -> bool {
    let Some(field) = Name::find(field) else { return true };
    match user.get(field) {
        formwork_model::value::Value::List(chosen) => chosen.iter().any(|known| known.as_text() == Some(word)),
        _ => true,
    }
}
