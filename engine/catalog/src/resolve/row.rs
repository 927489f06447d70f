//! The rows of a table: inline, or in a CSV beside it.

use std::sync::Arc;

use formwork_definition::{
    expression::Expression,
    kind::{Defined, table::Table as Written},
    literal::Data,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
    value::Value,
};
use formwork_script::shape::Shape;
use jiff::civil::Date;

use crate::{
    parse_value::parse_text,
    resolve::{Linker, column::ROW, csv, expression::Want, literal},
    source::Source,
    table::{Cell, Input, Output, Row, parse_cell, parse_cell_list},
    variables::Variables,
};

/// One row as it was written: where, and each column's text with its place.
struct WrittenRow {
    span: Span,
    /// The column, where its name stands, and what is in the cell.
    cells: Vec<(Arc<str>, Span, Sp<Data>)>,
}

/// The rows whose every cell could be read.
pub(crate) fn resolve_rows(
    linker: &Linker<'_>,
    defined: &Defined<Written>,
    inputs: &[Input],
    outputs: &[Output],
    object: Option<Name>,
    out: &mut Diagnostics,
) -> Vec<Row> {
    let written = match &defined.body.rows.value {
        Data::List(rows) => inline(rows, out),
        Data::Scalar(file) => beside(linker, defined, file, out),
        _ => {
            let at = defined.body.rows.span;
            let message = text!("a list of rows, or the name of a CSV file", "需要行的列表，或 CSV 文件名");
            out.push(Diagnostic::error(code!("bad-value"), at, message));
            Vec::new()
        }
    };
    let columns = Columns { linker, inputs, outputs, object };
    let mut unknown = Vec::new();
    let mut rows = Vec::new();
    let mut named: Vec<Name> = Vec::new();
    for row in &written {
        columns.known(row, &mut unknown, out);
        let row = columns.row(row, out);
        if let Some((name, span)) = row.as_ref().and_then(|row| Some((row.name?, row.span))) {
            if named.contains(&name) {
                let message = text!("another row of this table is called `{name}`", "该决策表已有名为 `{name}` 的行");
                out.push(Diagnostic::error(code!("duplicate-definition"), span, message));
            }
            named.push(name);
        }
        rows.extend(row);
    }
    rows
}

fn inline(rows: &[Sp<Data>], out: &mut Diagnostics) -> Vec<WrittenRow> {
    let mut written = Vec::new();
    for row in rows {
        let Data::Map(pairs) = &row.value else {
            let message = text!("a row is a mapping of columns", "一行应当是列名到值的映射");
            out.push(Diagnostic::error(code!("bad-value"), row.span, message));
            continue;
        };
        let cell = |(column, data): &(Sp<Arc<str>>, Sp<Data>)| (column.value.clone(), column.span, data.clone());
        written.push(WrittenRow { span: row.span, cells: pairs.iter().map(cell).collect() });
    }
    written
}

fn beside(linker: &Linker<'_>, defined: &Defined<Written>, file: &str, out: &mut Diagnostics) -> Vec<WrittenRow> {
    let folder = defined.path.rfind('/').map_or("", |slash| defined.path.get(..=slash).unwrap_or_default());
    let path = format!("{folder}{file}");
    let found = linker.definitions.csv.iter().find(|(known, _)| *known == path);
    let Some(source) = found.and_then(|(_, source)| linker.sources.get(*source).map(|text| (*source, text))) else {
        let known = linker.definitions.csv.iter().filter_map(|(path, _)| path.strip_prefix(folder));
        out.push(
            Diagnostic::error(
                code!("missing-file"),
                defined.body.rows.span,
                text!("there is no file `{path}`", "没有文件 `{path}`"),
            )
            .suggest(nearest(file, known)),
        );
        return Vec::new();
    };
    let mut lines = csv::lines(source.0, &source.1.text).into_iter();
    let header: Vec<(Arc<str>, Span)> =
        lines.next().unwrap_or_default().into_iter().map(|(column, span)| (column.trim().into(), span)).collect();
    lines
        .map(|line| {
            let start = line.first().map_or(Span::default(), |(_, span)| *span);
            let end = line.last().map_or(start, |(_, span)| *span);
            let cells = header.iter().zip(line).map(|((column, place), (text, span))| {
                let data = Sp::new(Data::Scalar(text.into()), span);
                (column.clone(), *place, data)
            });
            WrittenRow { span: Span { end: end.end, ..start }, cells: cells.collect() }
        })
        .collect()
}

/// The name of a row.
fn row_name(data: &Sp<Data>, out: &mut Diagnostics) -> Option<Name> {
    let text: &str = match &data.value {
        Data::Scalar(text) if !text.is_empty() => text,
        Data::Null | Data::Scalar(_) => return None,
        Data::List(_) | Data::Map(_) => "",
    };
    let name = Name::new(text).ok();
    if name.is_none() {
        let message = text!("`{text}` is no name for a row", "`{text}` 不能作为行的名称");
        let help = text!("lower case letters, digits and `_`, with a letter first", "小写字母、数字和 `_`，以字母开头");
        out.push(Diagnostic::error(code!("bad-name"), data.span, message).help(help));
    }
    name
}

struct Columns<'a> {
    linker: &'a Linker<'a>,
    inputs: &'a [Input],
    outputs: &'a [Output],
    object: Option<Name>,
}

impl Columns<'_> {
    /// Reports columns that the table does not have, each place once.
    fn known(&self, row: &WrittenRow, seen: &mut Vec<Span>, out: &mut Diagnostics) {
        let names = || {
            let inputs = self.inputs.iter().map(|input| input.name.as_str());
            let outputs = self.outputs.iter().map(|output| output.name.as_str());
            inputs.chain(outputs).chain(["from", "to", ROW])
        };
        for (column, at, _) in &row.cells {
            if names().any(|name| name == &**column) || seen.contains(at) {
                continue;
            }
            seen.push(*at);
            out.push(
                Diagnostic::error(
                    code!("unknown-column"),
                    *at,
                    text!("the table has no column `{column}`", "决策表没有列 `{column}`"),
                )
                .suggest(nearest(column, names())),
            );
        }
    }

    fn row(&self, row: &WrittenRow, out: &mut Diagnostics) -> Option<Row> {
        let cell = |name: &str| row.cells.iter().find(|(column, ..)| &**column == name);
        let data = |name: &str| cell(name).map(|(_, _, data)| data);
        let mut cells = Vec::with_capacity(self.inputs.len());
        for input in self.inputs {
            cells.push(match data(input.name.as_str()) {
                Some(data) => self.cell(input, data, out),
                None => Some(Cell::Any),
            });
        }
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for output in self.outputs {
            outputs.push(self.output(output, data(output.name.as_str()), row.span, out));
        }
        let name = data(ROW).filter(|_| !self.declares(ROW)).and_then(|data| row_name(data, out));
        let day = |name: &str, out: &mut Diagnostics| match data(name) {
            Some(data) if self.inputs.iter().all(|input| input.name != name) => self.day(data, out),
            _ => Some(None),
        };
        let (from, to) = (day("from", out), day("to", out));
        Some(Row {
            span: row.span,
            name,
            cells: cells.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
            from: from?,
            to: to?,
        })
    }

    /// Whether the table has a column of this name of its own.
    fn declares(&self, column: &str) -> bool {
        self.inputs.iter().any(|input| input.name == *column)
            || self.outputs.iter().any(|output| output.name == *column)
    }

    fn day(&self, data: &Sp<Data>, out: &mut Diagnostics) -> Option<Option<Date>> {
        match literal::literal(data, &FieldType::Date, &self.linker.context, out)? {
            Value::Date(day) => Some(Some(day)),
            _ => Some(None),
        }
    }

    fn variables(&self, input: Option<&Input>) -> Variables {
        let value = input.map(|input| ("value", Shape::of(&input.kind, (input.name, input.name))));
        value.into_iter().chain(self.object.map(|object| ("this", Shape::Record(object)))).collect()
    }

    fn cell(&self, input: &Input, data: &Sp<Data>, out: &mut Diagnostics) -> Option<Cell> {
        let parsed = match &data.value {
            Data::Null => return Some(Cell::Any),
            Data::Scalar(text) => {
                if let Some(expression) = expression(text, data.span) {
                    let variables = self.variables(Some(input));
                    return Some(Cell::Program(self.linker.expression(&expression, &variables, Want::Truth, out)));
                }
                parse_cell(text, &input.kind, &self.linker.context)
            }
            Data::List(items) => {
                let words = items.iter().filter_map(|item| match &item.value {
                    Data::Scalar(text) => Some(&**text),
                    _ => None,
                });
                parse_cell_list(words, &input.kind, &self.linker.context)
            }
            Data::Map(_) => {
                let message = text!("a cell is a text", "单元格应当是文本");
                out.push(Diagnostic::error(code!("bad-value"), data.span, message));
                return None;
            }
        };
        parsed.map_err(|bad| out.push(literal::bad_value(bad, data.span))).ok()
    }

    fn output(&self, output: &Output, data: Option<&Sp<Data>>, row: Span, out: &mut Diagnostics) -> Option<Source> {
        let given = data.filter(|data| match &data.value {
            Data::Null => false,
            Data::Scalar(text) => !text.trim().is_empty(),
            _ => true,
        });
        let Some(data) = given else {
            let name = output.name;
            out.push(Diagnostic::error(
                code!("missing-cell"),
                data.map_or(row, |data| data.span),
                text!("the row answers nothing for `{name}`", "这一行没有给出 `{name}`"),
            ));
            return None;
        };
        if let Data::Scalar(text) = &data.value
            && let Some(expression) = expression(text, data.span)
        {
            let want = Want::Field(&output.kind);
            return Some(Source::Program(self.linker.expression(&expression, &self.variables(None), want, out)));
        }
        let value = match &data.value {
            Data::Scalar(text) => parse_text(&output.kind, text, &self.linker.context)
                .map_err(|bad| out.push(literal::bad_value(bad, data.span)))
                .ok(),
            _ => literal::literal(data, &output.kind, &self.linker.context, out),
        };
        value.map(Source::Literal)
    }
}

/// The expression behind a leading `=`.
fn expression(text: &str, span: Span) -> Option<Expression> {
    let rest = text.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with('='))?;
    Some(Expression { text: rest.trim().into(), span })
}
