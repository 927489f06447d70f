//! What a scenario expects in a report.

use formwork_definition::{
    kind::{report::Report as WrittenReport, scenario::SeenReport},
    literal::Data,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
};

use crate::{
    parse_value::parse_text,
    resolve::{Linker, dashboard, kind::missing, name, report, scenario::Aliases},
};

/// Checks what is expected in a report: every name in it exists.
pub(crate) fn check(linker: &Linker<'_>, written: &SeenReport, aliases: &Aliases, out: &mut Diagnostics) {
    let Some(known) = report::called(linker, &written.of, out) else { return };
    for day in written.from.iter().chain(&written.to) {
        if parse_text(&FieldType::Date, &day.value, &linker.context).is_err() {
            let text = &day.value;
            out.push(Diagnostic::error(code!("bad-value"), day.span, text!("`{text}` is no day", "`{text}` 不是日期")));
        }
    }
    if let Some(data) = &written.filter
        && !names_records(&data.value, aliases)
    {
        let _checked = dashboard::filter(linker, data, known, out);
    }
    for hidden in &written.hidden {
        if known.dimensions.get(name(hidden)).is_none() {
            let _reported = report::known_measure(known, hidden, out);
        }
    }
    let axis = |chosen: &Option<Sp<Vec<Sp<WrittenName>>>>, own: &[Sp<WrittenName>], out: &mut Diagnostics| {
        let names = chosen.as_ref().map_or(own, |chosen| &chosen.value);
        names.iter().filter_map(|written| report::known_dimension(known, written, out)).collect::<Vec<Name>>()
    };
    let rows = axis(&written.rows, &known.rows, out);
    let own: &[Sp<WrittenName>] = if written.rows.is_some() { &[] } else { &known.columns };
    let columns = axis(&written.columns, own, out);
    for cell in &written.cells {
        self::cell(known, cell, (&rows, &columns), out);
    }
}

/// Whether it names a record of the scenario, whose id nobody knows yet.
fn names_records(data: &Data, aliases: &Aliases) -> bool {
    match data {
        Data::Null => false,
        Data::Scalar(text) => Name::find(text).is_some_and(|name| aliases.contains_key(&name)),
        Data::List(items) => items.iter().any(|item| names_records(&item.value, aliases)),
        Data::Map(pairs) => pairs.iter().any(|(_, item)| names_records(&item.value, aliases)),
    }
}

/// One cell: all dimensions of the rows or none, all of the columns or none, and a measure.
fn cell(known: &WrittenReport, cell: &Map<Sp<Data>>, (rows, columns): (&[Name], &[Name]), out: &mut Diagnostics) {
    let mut measured = false;
    for (key, _) in cell {
        if known.measures.get(key.value).is_some() {
            measured = true;
        } else if !rows.contains(&key.value) && !columns.contains(&key.value) {
            let word = key.value;
            let measures = known.measures.iter().map(|(name, _)| name.value.as_str());
            let names = measures.chain(rows.iter().chain(columns).map(|name| name.as_str()));
            let message = text!(
                "`{word}` is no measure of the report, and no dimension of these rows and columns",
                "`{word}` 既不是报表的指标，也不是这里行列的维度"
            );
            out.push(
                Diagnostic::error(code!("unknown-measure"), key.span, message).suggest(nearest(word.as_str(), names)),
            );
        }
    }
    let Some((first, _)) = cell.iter().next() else { return };
    if !measured {
        out.push(missing(first.span, "measure", "a cell says what a measure holds", "单元格需要指明指标的值"));
    }
    for axis in [rows, columns] {
        let given = axis.iter().filter(|name| cell.get(**name).is_some()).count();
        if let Some(lacking) = axis.iter().find(|name| given > 0 && cell.get(**name).is_none()) {
            let why = "with one dimension of the rows or columns, all of them are said";
            out.push(missing(first.span, lacking.as_str(), why, "行或列的维度需要全部写出"));
        }
    }
}
