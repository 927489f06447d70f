//! A sheet for programs.

use formwork_catalog::{
    parse_value::render_json,
    report::{Format, Report},
};
use formwork_definition::kind::report::Step;
use formwork_model::{name::Name, value::Value};
use serde_json::{Map, Value as Json, json};

use super::{Axis, Offered, Sheet};

impl Sheet {
    /// Everything of it: the headings with values and labels, each cell, and the totals, which are computed from the
    /// records. What is nothing is `null`; decimals are texts that keep their digits, durations numbers of seconds.
    pub fn to_json(&self) -> Json {
        let (rows, columns) = (self.rows.headings.len(), self.columns.headings.len());
        let cell = |row: Option<usize>, column: Option<usize>| -> Vec<Json> {
            (0..self.measures.len())
                .map(|measure| render_json(self.cell(row, column, measure).unwrap_or(&Value::Null)))
                .collect()
        };
        let cells: Vec<Json> =
            (0..rows).map(|row| (0..columns).map(|column| json!(cell(Some(row), Some(column)))).collect()).collect();
        let row_totals: Vec<_> = (0..rows).map(|row| cell(Some(row), None)).collect();
        let column_totals: Vec<_> = (0..columns).map(|column| cell(None, Some(column))).collect();
        let measures: Vec<Json> =
            self.measures.iter().filter_map(|chosen| measure(&self.report, chosen.name)).collect();
        json!({
            "report": self.report.name.as_str(),
            "label": self.report.label,
            "from": self.period.0.map(|day| day.to_string()),
            "to": self.period.1.map(|day| day.to_string()),
            "at": self.now.to_string(),
            "rows": axis(&self.rows),
            "columns": axis(&self.columns),
            "measures": measures,
            "cells": cells,
            "row_totals": row_totals,
            "column_totals": column_totals,
            "total": cell(None, None),
        })
    }

    /// The lists that have the records of each cell: `rows`, `columns`, both `null` in totals.
    pub fn records_to_json(&self) -> Json {
        let along = |axis: &Axis| (0..axis.headings.len()).map(Some).chain([None]).collect::<Vec<_>>();
        let mut lists = Vec::new();
        for (row, column) in
            along(&self.rows).iter().flat_map(|row| along(&self.columns).into_iter().map(move |c| (*row, c)))
        {
            for (measure, chosen) in self.measures.iter().enumerate() {
                if let Some(drill) = self.drill(row, column, measure) {
                    lists.push(json!({
                        "row": row, "column": column, "measure": chosen.name.as_str(),
                        "object": drill.object.as_str(), "filter": drill.filter,
                    }));
                }
            }
        }
        Json::Array(lists)
    }
}

fn axis(axis: &Axis) -> Json {
    let dimensions: Vec<Json> = axis
        .dimensions
        .iter()
        .map(|along| {
            let mut out = Map::new();
            out.insert("name".into(), json!(along.name.as_str()));
            out.insert("label".into(), json!(along.label));
            out.insert("type".into(), json!(along.kind.word()));
            out.extend(along.step.map(|step| ("step".to_owned(), json!(step_word(step)))));
            Json::Object(out)
        })
        .collect();
    let headings: Vec<Json> = axis
        .headings
        .iter()
        .map(|heading| {
            let values: Vec<Json> = heading.values.iter().map(render_json).collect();
            json!({"values": values, "labels": heading.labels})
        })
        .collect();
    json!({"dimensions": dimensions, "headings": headings})
}

/// The word of the definition language.
fn step_word(step: Step) -> &'static str {
    match step {
        Step::Day => "day",
        Step::Week => "week",
        Step::Month => "month",
        Step::Quarter => "quarter",
        Step::Year => "year",
    }
}

fn measure(report: &Report, name: Name) -> Option<Json> {
    let measure = report.measures.get(&name)?;
    let (format, currency) = match measure.format {
        Format::Number => ("number", None),
        Format::Percent => ("percent", None),
        Format::Money(currency) => ("money", Some(currency.code().to_owned())),
        Format::Duration => ("duration", None),
        Format::Date => ("date", None),
        Format::DateTime => ("datetime", None),
    };
    let mut out = Map::new();
    out.insert("name".into(), json!(name.as_str()));
    out.insert("label".into(), json!(measure.label));
    out.insert("format".into(), json!(format));
    out.insert("digits".into(), json!(measure.digits));
    out.extend(currency.map(|currency| ("currency".to_owned(), json!(currency))));
    Some(Json::Object(out))
}

/// A report as it is listed: what its reader can choose.
pub fn listed(report: &Report, offered: &Offered) -> Json {
    let dimensions: Vec<Json> = offered
        .dimensions
        .iter()
        .filter_map(|name| report.dimensions.get(name))
        .map(|dimension| json!({"name": dimension.name.as_str(), "label": dimension.label}))
        .collect();
    let measures: Vec<Json> = offered.measures.iter().filter_map(|name| measure(report, *name)).collect();
    json!({
        "report": report.name.as_str(),
        "label": report.label,
        "help": report.help,
        "dimensions": dimensions,
        "measures": measures,
        "period": offered.period,
    })
}
