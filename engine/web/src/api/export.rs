//! A list as a file, for programs: names in place of titles, as an import reads them back.

use formwork_integration::export::Export;

use super::list::{take_fields, take_query};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    leave::{self, Built, Format, MOST},
};

/// `GET /{book}/api/{object}/export?format=csv|xlsx&filter=&sort=&fields=`
pub(crate) async fn export(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut parameters = ask.call.parameters()?;
    let format = Format::read(parameters.take("format").as_deref())?;
    let mut query = take_query(&ask, &object, &mut parameters)?;
    let fields = take_fields(&object, &mut parameters)?.unwrap_or_default();
    parameters.finish()?;
    query.limit = MOST;
    let (name, actor) = (object.name, ask.actor.clone());
    let built = ask
        .blocking(move |book| Ok(leave::build(book, &actor, Export { query, fields, language: None }, format)))
        .await
        .and_then(|built: Result<Built, Problem>| built)?;
    leave::answer(&ask, name.as_str(), name.as_str(), format, built).await
}
