//! Dashboards.

use formwork_definition::{
    kind::{
        Defined,
        dashboard::{Dashboard as Written, Tile as WrittenTile},
        report::Report as WrittenReport,
    },
    literal::Data,
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use serde_json::Value as Json;

use crate::{
    filter::parse_filter,
    report::{Dashboard, Shows, Tile},
    resolve::{
        Linker,
        filter::plain_filter,
        form,
        kind::missing,
        label,
        literal::{place_of, to_json},
        module, name,
        node::both,
        report, unknown,
    },
};

/// Records of a list when none is said, and at most.
const LISTED: (u32, u32) = (5, 50);

/// The dashboard.
pub(crate) fn resolve_dashboard(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Dashboard {
    let body = &defined.body;
    let dashboard = name(&body.dashboard);
    if body.tiles.is_empty() {
        out.push(missing(body.dashboard.span, "tiles", "there is nothing on it", "看板上没有内容"));
    }
    Dashboard {
        name: dashboard,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), dashboard),
        span: body.dashboard.span,
        roles: report::roles(linker, &body.roles, out),
        tiles: body.tiles.iter().filter_map(|tile| self::tile(linker, tile, body.dashboard.span, out)).collect(),
    }
}

fn tile(linker: &Linker<'_>, written: &WrittenTile, at: Span, out: &mut Diagnostics) -> Option<Tile> {
    if let Some(width) = written.width.as_ref().filter(|width| !(1..=3).contains(&width.value)) {
        let message = text!("`width` is 1, 2 or 3", "`width` 应为 1、2 或 3");
        out.push(Diagnostic::error(code!("bad-value"), width.span, message));
    }
    applicable(written, out);
    let (shows, own) = match (&written.report, &written.list) {
        (Some(wanted), None) => {
            let known = report::called(linker, wanted, out)?;
            (of_report(linker, written, known, out)?, label::label(known.label.as_ref(), name(wanted)))
        }
        (None, Some(list)) => {
            let object = name(list);
            let defined = linker.definitions.objects.iter().find(|defined| name(&defined.body.object) == object);
            let Some(defined) = defined else {
                out.push(unknown::object(list.span, object, linker.names));
                return None;
            };
            (of_list(linker, written, object, out)?, label::label(defined.body.label.as_ref(), object))
        }
        (Some(wanted), Some(_)) => {
            out.push(both(
                wanted.span,
                "a tile shows a `report` or a `list`, not both",
                "`report` 与 `list` 只能有一个",
            ));
            return None;
        }
        (None, None) => {
            out.push(missing(
                at,
                "report",
                "each tile shows a `report` or a `list`",
                "每个磁贴需要 `report` 或 `list`",
            ));
            return None;
        }
    };
    Some(Tile {
        label: written.label.as_ref().map_or(own, |label| label.value.text.clone()),
        width: written.width.as_ref().map_or(1, |width| width.value),
        shows,
    })
}

/// Keys that mean nothing for what the tile shows.
fn applicable(written: &WrittenTile, out: &mut Diagnostics) {
    let of_reports = [
        ("number", written.number.as_ref().map(|key| key.span)),
        ("rows", written.rows.as_ref().map(|key| key.span)),
        ("columns", written.columns.as_ref().map(|key| key.span)),
        ("show", written.show.as_ref().map(|key| key.span)),
        ("chart", written.chart.as_ref().map(|key| key.span)),
    ];
    let of_lists = [
        ("fields", written.fields.first().map(|key| key.span)),
        ("sort", written.sort.iter().next().map(|key| key.span)),
        ("limit", written.limit.as_ref().map(|key| key.span)),
    ];
    let wrong: &[(&str, Option<Span>)] = match (&written.report, &written.list, &written.number) {
        (Some(_), None, Some(_)) => {
            for (key, at) in of_reports.iter().skip(1).filter_map(|(key, at)| Some((key, (*at)?))) {
                let message = text!("`{key}` means nothing for one number", "`{key}` 对单个数字没有意义");
                out.push(Diagnostic::error(code!("key-not-applicable"), at, message));
            }
            &of_lists
        }
        (Some(_), None, None) => &of_lists,
        (None, Some(_), _) => &of_reports,
        _ => &[],
    };
    for (key, at) in wrong.iter().filter_map(|(key, at)| Some((key, (*at)?))) {
        let message = text!("`{key}` means nothing for what this tile shows", "`{key}` 对此磁贴没有意义");
        out.push(Diagnostic::error(code!("key-not-applicable"), at, message));
    }
}

fn of_report(
    linker: &Linker<'_>,
    written: &WrittenTile,
    known: &WrittenReport,
    out: &mut Diagnostics,
) -> Option<Shows> {
    let filter = match &written.filter {
        None => None,
        Some(data) => Some(self::filter(linker, data, known, out)?),
    };
    let of = name(&known.report);
    if let Some(number) = &written.number {
        let measure = report::known_measure(known, number, out)?;
        return Some(Shows::Number { report: of, measure, filter });
    }
    type Names = Option<Sp<Vec<Sp<WrittenName>>>>;
    let dimensions = |names: &Names, out: &mut Diagnostics| {
        let names = names.as_ref()?;
        Some(names.value.iter().filter_map(|written| report::known_dimension(known, written, out)).collect())
    };
    let measures = |names: &Names, out: &mut Diagnostics| {
        let names = names.as_ref()?;
        Some(names.value.iter().filter_map(|written| report::known_measure(known, written, out)).collect())
    };
    Some(Shows::Report {
        report: of,
        rows: dimensions(&written.rows, out),
        columns: dimensions(&written.columns, out),
        show: measures(&written.show, out),
        chart: written.chart.as_ref().map(|chart| report::chart(known, &chart.value, out)),
        filter,
    })
}

/// A filter in the words of a request: over the object of the report, or over those of its sources.
pub(crate) fn filter(
    linker: &Linker<'_>,
    data: &Sp<Data>,
    known: &WrittenReport,
    out: &mut Diagnostics,
) -> Option<Json> {
    let json = to_json(&data.value);
    if let Some(on) = &known.on {
        plain_filter(linker, data, name(on), out)?;
        return Some(json);
    }
    let Json::Object(sources) = &json else {
        let message = text!("a filter for each source: `{{source: {{…}}}}`", "每个来源一个筛选：`{{来源: {{…}}}}`");
        out.push(Diagnostic::error(code!("bad-filter"), data.span, message));
        return None;
    };
    for (word, filter) in sources {
        let source = Name::find(word).and_then(|name| known.from.get(name));
        let Some(source) = source else {
            let message = text!("the report has no source `{word}`", "报表没有来源 `{word}`");
            let names = known.from.iter().map(|(name, _)| name.value.as_str());
            let near = formwork_model::nearest::nearest(word, names);
            out.push(Diagnostic::error(code!("unknown-source"), place_of(data, word), message).suggest(near));
            return None;
        };
        if let Err(bad) = parse_filter(linker.names, name(&source.on), filter, &linker.context.zone) {
            let key = format!("{word}.{}", bad.key);
            out.push(Diagnostic::error(bad.code, place_of(data, &key), bad.message));
            return None;
        }
    }
    Some(json)
}

fn of_list(linker: &Linker<'_>, written: &WrittenTile, object: Name, out: &mut Diagnostics) -> Option<Shows> {
    let filter = match &written.filter {
        None => None,
        Some(data) => Some(plain_filter(linker, data, object, out)?),
    };
    let limit = written.limit.as_ref().map_or(LISTED.0, |limit| {
        if !(1..=LISTED.1).contains(&limit.value) {
            let most = LISTED.1;
            let message = text!("`limit` is from 1 to {most}", "`limit` 应为 1 到 {most}");
            out.push(Diagnostic::error(code!("bad-value"), limit.span, message));
        }
        limit.value
    });
    let listed =
        |field: &Sp<WrittenName>, out: &mut Diagnostics| form::listed(linker, object, name(field), field.span, out);
    Some(Shows::List {
        object,
        fields: written.fields.iter().filter_map(|field| listed(field, out)).collect(),
        sort: form::sort(linker, object, &written.sort, out),
        limit: limit as usize,
        filter,
    })
}
