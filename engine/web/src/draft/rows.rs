//! The rows of decision tables in an edit, and whose they are.

use formwork_catalog::{
    catalog::Catalog,
    table::rows::{Written, read},
};
use formwork_definition::load;
use formwork_model::name::Name;
use formwork_runtime::book::Draft;

use super::{Editor, files, keeps, may_everything};
use crate::{ask::nothing, error::Problem};

/// The tables whose rows the reader may edit.
pub(crate) fn mine(editor: &impl Editor) -> Vec<Name> {
    let all = may_everything(editor);
    let tables = editor.catalog().tables.values();
    tables.filter(|table| all || table.owner.is_some_and(|role| keeps(editor, role))).map(|table| table.name).collect()
}

/// The file in which the rows of a live table stand.
pub(crate) fn path_of(editor: &impl Editor, table: Name) -> Option<String> {
    written(editor, &Draft::default(), table).ok().map(|written| written.path)
}

/// The rows of a table in an edit.
pub(crate) fn written(editor: &impl Editor, draft: &Draft, table: Name) -> Result<Written, Problem> {
    let folder = path_of_table(editor.catalog(), table)?;
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = files(editor.catalog(), draft).into_iter().filter(|(path, _)| {
        path.rsplit_once('/').is_some_and(|(known, _)| known == folder)
            && (path.ends_with(".table.yaml") || path.ends_with(".csv"))
    });
    let (sources, definitions, _) = load::parse(beside.map(|(path, text)| (path, text.into_bytes())));
    read(&sources, &definitions, table).ok_or_else(nothing)
}

/// The file in which a table of a release is defined.
pub(crate) fn path_of_table(catalog: &Catalog, table: Name) -> Result<String, Problem> {
    let span = catalog.tables.get(&table).ok_or_else(nothing)?.span;
    catalog.sources.get(span.source).map(|source| source.path.to_string()).ok_or_else(nothing)
}
