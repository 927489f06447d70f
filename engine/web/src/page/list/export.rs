//! A list as a file.

use formwork_integration::export::Export;

use super::{asked, columns, query_of, saved};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    leave::{self, Built, Format, MOST},
    page::{typed::Typed, view::View},
};

/// `GET /{book}/{object}/export?format=csv|xlsx`, with the filter and order of the list.
pub(crate) async fn export(ask: Ask) -> Answer {
    ask.check_oneself()?;
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let (name, format) = (ask.object()?.name, Format::read(typed.filled("format"))?);
    let view = View::of(&ask);
    let built = ask
        .blocking(move |_| {
            Ok((|| {
                let object = view.object(name.as_str())?;
                let asked = asked(&view, &object, &typed)?;
                let query = query_of(&view, &object, &asked, MOST)?;
                let saved = saved::all(&view, object.name.as_str())?;
                let hidden = view.eyes().unseen(object.name)?;
                let fields = columns::chosen(&view, &object, saved::columns(&saved, &typed), &hidden);
                let export = Export { query, fields, language: Some(view.language) };
                leave::build(&view.book, &view.actor, export, format)
            })())
        })
        .await
        .and_then(|built: Result<Built, Problem>| built)?;
    leave::answer(&ask, name.as_str(), name.as_str(), format, built).await
}
