//! A computed report as a sheet: a column for each dimension of the rows, then the measures under each heading of the
//! columns, then the totals.

use formwork_model::{locale, text, text::Language, value::Value};
use formwork_runtime::report::Sheet as Computed;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::{Cell, Row, Sheet, Unit};

/// What makes a sheet of a computed report.
struct Making<'m> {
    of: &'m Computed,
    zone: &'m TimeZone,
    language: Language,
    /// The headings of the columns, the total of all last.
    columns: Vec<Option<usize>>,
    /// Columns that name the rows.
    names: usize,
}

impl Sheet {
    /// The report with what it is about: `notes` and, last, when it was computed.
    pub fn of(computed: &Computed, mut notes: Vec<String>, zone: &TimeZone, language: Language) -> Self {
        let making = Making {
            of: computed,
            zone,
            language,
            columns: (0..computed.columns.headings.len()).map(Some).chain([None]).collect(),
            names: computed.rows.dimensions.len().max(1),
        };
        let at = locale::instant(computed.now, zone, language);
        notes.push(text!("computed {at}", "计算于 {at}").get(language).to_owned());
        let rows = (0..computed.rows.headings.len()).map(Some).chain([None]);
        Self {
            title: computed.report.label.get(language).to_owned(),
            notes,
            heads: making.heads(),
            names: making.names,
            rows: rows.map(|row| making.row(row)).collect(),
            language,
        }
    }
}

impl Making<'_> {
    fn total(&self) -> String {
        text!("Total", "合计").get(self.language).to_owned()
    }

    fn row(&self, row: Option<usize>) -> Row {
        let mut cells: Vec<Cell> = match row.and_then(|row| self.of.rows.headings.get(row)) {
            Some(heading) => {
                heading.labels.iter().map(|label| Cell::Text(label.get(self.language).to_owned())).collect()
            }
            None => vec![Cell::Text(self.total())],
        };
        cells.resize(self.names, Cell::Empty);
        for column in &self.columns {
            cells.extend((0..self.of.measures.len()).map(|measure| self.cell(row, *column, measure)));
        }
        Row { total: row.is_none(), cells }
    }

    fn cell(&self, row: Option<usize>, column: Option<usize>, measure: usize) -> Cell {
        let Some(value) = self.of.cell(row, column, measure) else { return Cell::Empty };
        let unit = self.of.measures.get(measure).and_then(|chosen| chosen.measure()).and_then(Unit::of);
        let number = match value {
            Value::Int(n) | Value::Seconds(n) => Some(Decimal::from(*n)),
            Value::Decimal(n) => Some(*n),
            _ => None,
        };
        match (value, number, unit) {
            (_, Some(number), Some(unit)) => Cell::Number(number, unit),
            (Value::Date(day), ..) => Cell::Date(*day),
            (Value::Instant(at), ..) => Cell::Text(locale::instant(*at, self.zone, self.language)),
            (other, ..) => Cell::Text(other.to_string()),
        }
    }

    /// A row of headings for each dimension of the columns, and one for the measures.
    fn heads(&self) -> Vec<Vec<String>> {
        let (rows, columns) = (&self.of.rows, &self.of.columns);
        let deep = if columns.headings.is_empty() { 0 } else { columns.dimensions.len() };
        let mut heads: Vec<Vec<String>> = Vec::new();
        for level in 0..deep {
            let mut row = vec![String::new(); self.names];
            for column in &self.columns {
                let heading = column.and_then(|at| columns.headings.get(at));
                let text = match heading {
                    Some(heading) => heading.labels.get(level).map(|label| label.get(self.language).to_owned()),
                    None => Some(self.total()),
                };
                row.extend(std::iter::repeat_n(text.unwrap_or_default(), self.of.measures.len()));
            }
            heads.push(row);
        }
        let mut row: Vec<String> =
            rows.dimensions.iter().map(|along| along.label.get(self.language).to_owned()).collect();
        row.resize(self.names, String::new());
        for _ in &self.columns {
            row.extend(self.of.measures.iter().map(|chosen| match chosen.measure() {
                Some(measure) => measure.label.get(self.language).to_owned(),
                None => chosen.name.to_string(),
            }));
        }
        heads.push(row);
        heads
    }
}
