//! The task centre of a book.

use formwork_model::{id::RecordId, name::Name};
use serde_json::Value as Json;

use crate::{
    approval::{
        centre::{Asked, Counts, Page},
        trail,
    },
    book::Book,
    command::Actor,
    rejection::Refusal,
};

impl Book {
    /// One page of a list of the actor's tasks.
    ///
    /// # Errors
    /// When the page does not exist, or the store fails.
    pub fn tasks(&self, actor: &Actor, asked: &Asked) -> Result<Page, Refusal> {
        self.ask(actor, |decider| decider.tasks(asked))
    }

    /// How long the actor's lists are.
    ///
    /// # Errors
    /// When the store fails.
    pub fn task_counts(&self, actor: &Actor) -> Result<Counts, Refusal> {
        self.ask(actor, |decider| decider.task_counts())
    }

    /// The approvals of a record, the oldest first.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn approvals(&self, object: Name, id: RecordId) -> Result<Vec<Json>, Refusal> {
        Ok(trail::trail(&self.get(object, id)?))
    }
}
