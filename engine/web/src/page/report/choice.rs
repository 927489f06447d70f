//! What somebody chose of a report, in the address: `r0`, `r1`, … the dimensions of the rows, `c0`, … those of the
//! columns, `m` a measure as often as there are some, `chart`, `shade`, the period, and the conditions of lists. `-` is
//! none, while what is absent is as the report says.

use formwork_catalog::report::Chart;
use formwork_definition::kind::report::ChartKind;
use formwork_model::{name::Name, text, text::Text};
use formwork_runtime::report::{Asked, Sheet};
use serde_json::{Value as Json, json};

use super::period::Period;
use crate::{
    error::Problem,
    page::{list, typed::Typed, view::View},
};

/// Dimensions of the rows and of the columns at most.
const DEEP: (usize, usize) = (3, 2);
/// Nothing, where something could be chosen.
const NONE: &str = "-";

/// The charts, as people call them.
const CHARTS: &[(&str, ChartKind, &str, &str)] = &[
    ("bar", ChartKind::Bar, "Bars", "柱状图"),
    ("stacked_bar", ChartKind::StackedBar, "Stacked bars", "堆叠柱状图"),
    ("line", ChartKind::Line, "Lines", "折线图"),
    ("pie", ChartKind::Pie, "Pie", "饼图"),
    ("funnel", ChartKind::Funnel, "Funnel", "漏斗图"),
    ("pareto", ChartKind::Pareto, "Pareto", "帕累托图"),
    ("heat", ChartKind::Heat, "Heat map", "热力图"),
    ("radar", ChartKind::Radar, "Radar", "雷达图"),
];

/// The word of a chart in the address.
pub(crate) fn chart_word(kind: ChartKind) -> &'static str {
    CHARTS.iter().find(|(_, known, ..)| *known == kind).map_or(NONE, |(word, ..)| *word)
}

/// What was chosen.
#[derive(Debug)]
pub(crate) struct Choice {
    /// The parameters, and the further filter.
    pub(crate) list: list::Asked,
    pub(crate) period: Period,
    /// What the engine is asked for.
    pub(crate) asked: Asked,
    /// `Some(None)` is no chart.
    chart: Option<Option<ChartKind>>,
    /// Whether the cells are shaded by their numbers.
    pub(crate) shade: bool,
}

/// Words without those that are not there for the reader: a variant that somebody shares may show more.
fn there<'n>(mut words: Vec<String>, all: impl Iterator<Item = &'n Name>, offered: &[Name]) -> Vec<String> {
    let hidden: Vec<&Name> = all.filter(|name| !offered.contains(name)).collect();
    words.retain(|word| !hidden.iter().any(|name| name.as_str() == word));
    words
}

impl Choice {
    /// Reads the address of a report.
    pub(crate) fn read(view: &View, name: &str, typed: &Typed) -> Result<Self, Problem> {
        let (report, offered) = view.eyes().offered_of(name)?;
        let list = match report.only_source().and_then(|source| view.catalog.object(source.object).cloned()) {
            Some(object) => list::asked(view, &object, typed)?,
            None => list::Asked::over_several(typed)?,
        };
        let dimensions = |letter: char, deep: usize| {
            let names: Vec<String> = (0..deep).map(|at| format!("{letter}{at}")).collect();
            let given = names.iter().any(|name| typed.filled(name).is_some());
            let mut chosen: Vec<String> = Vec::new();
            for word in names.iter().filter_map(|name| typed.filled(name)).filter(|word| *word != NONE) {
                if !chosen.iter().any(|known| known == word) {
                    chosen.push(word.to_owned());
                }
            }
            given.then(|| there(chosen, report.dimensions.keys(), &offered.dimensions))
        };
        let measures: Vec<String> = typed.all("m").into_iter().map(str::to_owned).collect();
        let measures = there(measures, report.measures.keys(), &offered.measures);
        let period = Period::read(view, typed);
        let (rows, mut columns) = (dimensions('r', DEEP.0), dimensions('c', DEEP.1));
        // What makes the rows is no column too.
        let in_rows = |word: &String| rows.as_ref().is_some_and(|rows| rows.contains(word));
        if let Some(columns) = &mut columns {
            columns.retain(|word| !in_rows(word));
        }
        let asked = Asked {
            rows,
            columns,
            show: (!measures.is_empty()).then_some(measures),
            from: period.from,
            to: period.to,
            filter: list.json.clone(),
        };
        let chart = typed.filled("chart").map(|word| {
            let known = CHARTS.iter().find(|(known, ..)| *known == word);
            known.map(|(_, kind, ..)| *kind)
        });
        Ok(Self { period, asked, chart, shade: typed.filled("shade").is_some(), list })
    }

    /// What is drawn of a computed report.
    pub(crate) fn chart(&self, sheet: &Sheet) -> Option<Chart> {
        let own = sheet.chart.clone();
        match self.chart {
            None => own,
            Some(None) => None,
            // The measures that the report draws are those of its own chart.
            Some(Some(kind)) => {
                let show = own.map(|own| own.show).unwrap_or_default();
                Some(Chart { kind, show })
            }
        }
    }

    /// The form in which all of this is chosen.
    pub(crate) fn form(&self, view: &View, sheet: &Sheet) -> Json {
        let report = &sheet.report;
        let axis = |letter: char, deep: usize, along: &[formwork_runtime::report::Along]| {
            let most = deep.min(along.len() + 1).min(sheet.offered.dimensions.len());
            (0..most)
                .map(|at| {
                    let chosen = along.get(at).map(|along| along.name);
                    let options = sheet.offered.dimensions.iter().filter_map(|name| {
                        let label = view.say(&report.dimensions.get(name)?.label);
                        Some(json!({"value": name.as_str(), "label": label, "selected": chosen == Some(*name)}))
                    });
                    json!({
                        "name": format!("{letter}{at}"), "first": at == 0, "at": at + 1, "none": NONE,
                        "options": options.collect::<Vec<_>>(),
                    })
                })
                .collect::<Vec<Json>>()
        };
        let shown: Vec<Name> = sheet.measures.iter().map(|chosen| chosen.name).collect();
        let measures = sheet.offered.measures.iter().filter_map(|name| {
            let label = view.say(&report.measures.get(name)?.label);
            Some(json!({"value": name.as_str(), "label": label, "selected": shown.contains(name)}))
        });
        let drawn = self.chart(sheet).map(|chart| chart_word(chart.kind));
        let none = text!("No chart", "不显示图表");
        let charts = CHARTS.iter().map(|(word, _, en, zh)| {
            let label = Text { en: (*en).to_owned(), zh: (*zh).to_owned() };
            json!({"value": word, "label": view.say(&label), "selected": drawn == Some(*word)})
        });
        let none = json!({"value": NONE, "label": view.say(&none), "selected": drawn.is_none_or(|word| word == NONE)});
        let charts: Vec<Json> = [none].into_iter().chain(charts).collect();
        json!({
            "rows": axis('r', DEEP.0, &sheet.rows.dimensions), "columns": axis('c', DEEP.1, &sheet.columns.dimensions),
            "measures": measures.collect::<Vec<_>>(), "charts": charts,
            "shade": self.shade, "period": sheet.offered.period.then(|| self.period.choice(view)),
            "kept": self.list.kept(&[
                "r0", "r1", "r2", "c0", "c1", "m", "chart", "shade", "period", "from", "to", "panel", "did",
            ]),
        })
    }
}
