//! Dashboards: reports, numbers and lists on one page. A tile of which the reader sees nothing is not there.

use formwork_catalog::{
    object::Object,
    report::{Chart, Dashboard, Shows, Tile},
};
use formwork_model::{name::Name, text};
use formwork_report::chart;
use formwork_runtime::{
    query::Query,
    report::{Asked, Offered, Sheet},
};
use serde_json::{Value as Json, json};

use super::{
    list,
    report::{choice::chart_word, grid, period::Period, picture},
    typed::Typed,
    view::View,
};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
    error::Problem,
};

/// Bars and the like that a tile draws of a report; the others are in the report.
const MOST: usize = 12;

/// `GET /{book}/dashboards/{dashboard}`
pub(crate) async fn dashboard(ask: Ask) -> Answer {
    let name = ask.call.path("dashboard").to_owned();
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.counted_page("dashboard", move |view| {
        let board = find(view, &name)?;
        let period = Period::read(view, &typed);
        let mut places: Vec<Json> = Vec::new();
        let mut nothing = true;
        for (at, tile) in board.tiles.iter().enumerate() {
            let Some(shown) = tile_of(view, tile, &period, at)? else { continue };
            nothing = false;
            // Numbers that follow each other stand in one row.
            if shown["number"].is_null() {
                places.push(shown);
            } else if let Some(row) = places.last_mut().and_then(|last| last.get_mut("numbers")?.as_array_mut()) {
                row.push(shown);
            } else {
                places.push(json!({"numbers": [shown]}));
            }
        }
        let body = json!({
            "charts": true, "places": places, "nothing": nothing, "href": format!("{}/dashboards/{name}", view.root),
            "period": board.tiles.iter().any(|tile| !matches!(tile.shows, Shows::List { .. })).then(|| period.choice(view)),
        });
        view.frame(&format!("dashboards/{name}"), view.say(&board.label), body)
    })
    .await
}

/// `GET /{book}/dashboards/{dashboard}/numbers`: the numbers of a dashboard for the start page, which does not wait for
/// them.
pub(crate) async fn numbers(ask: Ask) -> Answer {
    let name = ask.call.path("dashboard").to_owned();
    ask.counted_page("numbers", move |view| {
        let board = find(view, &name)?;
        let numbers = board.tiles.iter().enumerate().filter(|(_, tile)| matches!(tile.shows, Shows::Number { .. }));
        let mut shown = Vec::new();
        for (at, tile) in numbers {
            shown.extend(tile_of(view, tile, &Period::default(), at)?);
        }
        Ok(json!({"numbers": shown}))
    })
    .await
}

/// A dashboard that the reader may open.
fn find(view: &View, name: &str) -> Result<std::sync::Arc<Dashboard>, Problem> {
    let found = view.eyes().dashboards()?.into_iter().find(|board| board.name.as_str() == name);
    found.ok_or_else(|| not_found("dashboard", name))
}

/// A tile for the template; nothing when the reader sees nothing of it.
fn tile_of(view: &View, tile: &Tile, period: &Period, at: usize) -> Result<Option<Json>, Problem> {
    if !view.eyes().sees_tile(&tile.shows)? {
        return Ok(None);
    }
    // A period is laid over those reports that have one.
    let within = |offered: &Offered| if offered.period { (period.from, period.to) } else { (None, None) };
    match &tile.shows {
        Shows::Report { report, rows, columns, show, chart, filter } => {
            let (_, offered) = view.eyes().offered_of(report.as_str())?;
            let there = |names: &Option<Vec<Name>>, offered: &[Name]| {
                let names = names.as_ref()?.iter().filter(|name| offered.contains(name));
                Some(names.map(Name::to_string).collect::<Vec<_>>())
            };
            let (from, to) = within(&offered);
            let asked = Asked {
                rows: there(rows, &offered.dimensions),
                columns: there(columns, &offered.dimensions),
                show: there(show, &offered.measures),
                from,
                to,
                filter: filter.clone(),
            };
            let sheet = view.eyes().report(report.as_str(), &asked)?;
            report_tile(view, tile, &sheet, &asked, chart.as_ref(), at).map(Some)
        }
        Shows::Number { report, measure, filter } => {
            let (from, to) = within(&view.eyes().offered_of(report.as_str())?.1);
            let asked = Asked {
                rows: Some(Vec::new()),
                columns: Some(Vec::new()),
                show: Some(vec![measure.to_string()]),
                from,
                to,
                filter: filter.clone(),
            };
            Ok(Some(number_tile(view, tile, &view.eyes().report(report.as_str(), &asked)?)))
        }
        Shows::List { object, fields, sort, limit, filter } => {
            let Some(object) = view.catalog.object(*object) else { return Ok(None) };
            let filter = filter.clone().unwrap_or_else(|| formwork_catalog::filter::Filter::And(Vec::new()));
            let query = Query { object: object.name, filter, sort: sort.clone(), limit: *limit, after: None };
            list_tile(view, tile, object, fields, &query).map(Some)
        }
    }
}

fn report_tile(
    view: &View,
    tile: &Tile,
    sheet: &Sheet,
    asked: &Asked,
    own: Option<&Chart>,
    at: usize,
) -> Result<Json, Problem> {
    let chart = own.cloned().or_else(|| sheet.chart.clone());
    let drawn = chart.as_ref().and_then(|wanted| picture::chart(view, sheet, wanted));
    let (drawn, left) = drawn.map_or((None, 0), |chart| {
        let (chart, left) = chart.largest(MOST);
        (chart::draw(&chart, &format!("tile{at}")), left)
    });
    let more = text!("{left} more in the report", "另有 {left} 项，见报表");
    let grid = match drawn {
        Some(_) => Json::Null,
        None => grid::table(view, sheet, &grid::Above::of(view, sheet, asked)?, false),
    };
    let measures: Vec<String> = (sheet.measures.iter().filter_map(|chosen| chosen.measure()))
        .map(|measure| view.say(&measure.label).to_owned())
        .collect();
    Ok(json!({
        "label": view.say(&tile.label), "href": address(view, sheet, asked, chart.as_ref()), "width": tile.width,
        "more": (drawn.is_some() && left > 0).then(|| view.say(&more)), "chart": drawn, "grid": grid, "said": picture::title(view, sheet, &measures), "wide": tile.width > 1,
        "nothing": grid::is_empty(sheet),
    }))
}

/// The page of the report as the tile shows it.
fn address(view: &View, sheet: &Sheet, asked: &Asked, chart: Option<&Chart>) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    let mut axis = |letter: char, along: &[formwork_runtime::report::Along]| {
        if along.is_empty() {
            out.append_pair(&format!("{letter}0"), "-");
        }
        for (at, along) in along.iter().enumerate() {
            out.append_pair(&format!("{letter}{at}"), along.name.as_str());
        }
    };
    axis('r', &sheet.rows.dimensions);
    axis('c', &sheet.columns.dimensions);
    out.extend_pairs(sheet.measures.iter().map(|chosen| ("m", chosen.name.as_str())));
    if let Some(chart) = chart {
        out.append_pair("chart", chart_word(chart.kind));
    }
    if let (Some(from), Some(to)) = (asked.from, asked.to) {
        out.append_pair("period", "between").append_pair("from", &from.to_string()).append_pair("to", &to.to_string());
    }
    if let Some(filter) = &asked.filter {
        out.append_pair("filter", &filter.to_string());
    }
    format!("{}/reports/{}?{}", view.root, sheet.report.name, out.finish())
}

fn number_tile(view: &View, tile: &Tile, sheet: &Sheet) -> Json {
    let measure = sheet.measures.first().and_then(|chosen| chosen.measure());
    let value = sheet.cell(None, None, 0).zip(measure);
    let text = value.map_or_else(|| "–".to_owned(), |(value, measure)| grid::short(view, measure, value));
    let whole = value.map(|(value, measure)| grid::written(view, measure, value));
    let drill = value.and_then(|_| sheet.drill(None, None, 0)).map(|drill| grid::list_of(view, &drill));
    let report = format!("{}/reports/{}", view.root, sheet.report.name);
    json!({
        "number": text, "whole": whole.filter(|whole| *whole != text), "label": view.say(&tile.label),
        "href": drill.unwrap_or(report),
    })
}

fn list_tile(view: &View, tile: &Tile, object: &Object, fields: &[Name], query: &Query) -> Result<Json, Problem> {
    let hidden = view.eyes().unseen(object.name)?;
    let mut names = if fields.is_empty() { list::columns_of(view, object) } else { fields.to_vec() };
    names.retain(|name| !hidden.contains(&(*name).into()));
    names.truncate(if tile.width > 1 { 8 } else { 3 });
    let found = view.book.list(query, &view.actor)?;
    let rows = found.records.iter().map(|record| {
        json!({"id": record.id.to_string(), "title": view.title(object.name, record.id), "cells": list::cells(view, object, record, &names, &[])})
    });
    let columns = names.iter().map(|name| {
        let number = object.kind_of(*name).is_some_and(formwork_model::field_type::FieldType::is_number);
        json!({"label": view.field_label(object, *name), "num": number})
    });
    Ok(json!({
        "label": view.say(&tile.label), "href": view.list_href(object.name), "width": tile.width, "list": true,
        "columns": columns.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>(), "wide": tile.width > 1,
    }))
}
