//! The first pass: every name and every type, so that expressions can be checked against all of them.

use formwork_definition::{
    kind::{Definitions, field::Field, flow::Node},
    map::Map,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::Currency,
    name::Name,
    source::Span,
    text,
};
use indexmap::IndexMap;

use crate::{
    object::system_field,
    resolve::{
        column,
        kind::{Known, Written, currency, resolve_kind},
        name,
        word::{COLUMN, DIMENSION, INNER, SETTING, WORDS},
    },
    table::Hit,
    task::TASKS,
    world::{FieldNames, FlowNames, FormNames, LedgerNames, Names, ObjectNames, TableNames},
};

/// Gathers every name. The first of several definitions with one name counts; the others are reported.
pub(crate) fn gather(definitions: &Definitions, out: &mut Diagnostics) -> Names {
    let objects: Vec<Name> = definitions.objects.iter().map(|object| name(&object.body.object)).collect();
    let set: std::collections::HashSet<Name> = objects.iter().copied().collect();
    let book = definitions.books.first();
    let currency = currency(book.and_then(|book| book.body.currency.as_ref()), Currency::CNY, out);
    let known = Known { objects: &|object| set.contains(&object), object_names: &objects, currency };
    let mut names = Names { currency: Some(currency), ..Names::default() };
    for script in &definitions.scripts {
        let fresh = names.scripts.insert(script.name.value, script.source).is_none();
        first(fresh, "script", script.name.value, script.name.span, out);
    }
    gather_objects(definitions, &known, &mut names, out);
    if let Some(book) = book {
        for (setting, body) in &book.body.settings {
            let written = Written { options: body.options.as_ref(), ..Written::word(&body.kind) };
            names.settings.insert(setting.value, resolve_kind(&written, SETTING, &known, out));
        }
    }
    for defined in &definitions.queues {
        let queue = name(&defined.body.queue);
        first(names.queues.insert(queue), "queue", queue, defined.body.queue.span, out);
    }
    for defined in &definitions.connectors {
        let connector = name(&defined.body.connector);
        first(names.connectors.insert(connector), "connector", connector, defined.body.connector.span, out);
    }
    for defined in &definitions.templates {
        let template = name(&defined.body.template);
        first(names.templates.insert(template), "template", template, defined.body.template.span, out);
    }
    let (mut reports, mut dashboards) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    for defined in &definitions.reports {
        let report = name(&defined.body.report);
        first(reports.insert(report), "report", report, defined.body.report.span, out);
    }
    for defined in &definitions.dashboards {
        let dashboard = name(&defined.body.dashboard);
        first(dashboards.insert(dashboard), "dashboard", dashboard, defined.body.dashboard.span, out);
    }
    let mut schedules = std::collections::HashSet::new();
    for defined in &definitions.schedules {
        let schedule = name(&defined.body.schedule);
        first(schedules.insert(schedule), "schedule", schedule, defined.body.schedule.span, out);
    }
    gather_flows(definitions, &mut names, out);
    gather_ledgers(definitions, &known, &mut names, out);
    gather_tables(definitions, &known, &mut names, out);
    gather_forms(definitions, &known, &mut names, out);
    for defined in &definitions.calendars {
        let calendar = &defined.body.calendar;
        first(!names.calendars.contains_key(&name(calendar)), "calendar", name(calendar), calendar.span, out);
        names.calendars.entry(name(calendar)).or_insert(calendar.span);
    }
    names
}

fn first(fresh: bool, what: &str, name: Name, at: Span, out: &mut Diagnostics) {
    if !fresh {
        out.push(Diagnostic::error(
            code!("duplicate-definition"),
            at,
            text!("there are several definitions of {what} `{name}`", "{what} `{name}` 有多个定义"),
        ));
    }
}

/// Addresses that stand where an object's name would: an object called so could not be reached.
const ROUTES: &[&str] = &[
    "access",
    "admin",
    "api",
    "events",
    "files",
    "find",
    "hooks",
    "incidents",
    "ledgers",
    "menu",
    "messages",
    "password",
    "people",
    "preferences",
    "queues",
    "reports",
    "dashboards",
    "release",
    "releases",
    "search",
    "tables",
    "tasks",
];

fn gather_objects(definitions: &Definitions, known: &Known<'_>, names: &mut Names, out: &mut Diagnostics) {
    for defined in &definitions.objects {
        let object = name(&defined.body.object);
        let span = defined.body.object.span;
        first(!names.objects.contains_key(&object), "object", object, span, out);
        if ROUTES.contains(&object.as_str()) {
            let message = text!("`{object}` is a fixed address of every book", "`{object}` 是每个账套的固定地址");
            out.push(Diagnostic::error(code!("reserved-name"), span, message));
        }
        let fields = fields(&defined.body.fields, WORDS, true, known, out);
        for (field, known) in &fields {
            names.fields.insert(*field);
            names.fields.extend(known.lines.keys());
        }
        let owner = defined.body.owner.as_ref().map(name);
        let numbered = defined.body.number.is_some();
        let clocks = defined.body.sla.iter().map(|(clock, _)| clock.value).collect();
        names.objects.entry(object).or_insert(ObjectNames { fields, owner, numbered, clocks });
    }
}

/// The fields of an object, a line or a form.
fn fields(
    fields: &Map<Field>,
    allowed: &[&str],
    reserve: bool,
    known: &Known<'_>,
    out: &mut Diagnostics,
) -> IndexMap<Name, FieldNames> {
    let mut resolved = IndexMap::new();
    for (field, body) in fields {
        if reserve && (system_field(field.value.as_str()).is_some() || field.value == TASKS) {
            let name = field.value;
            out.push(Diagnostic::error(
                code!("reserved-name"),
                field.span,
                text!("every record has `{name}` already", "每条记录已有 `{name}`"),
            ));
        }
        let kind = resolve_kind(&Written::field(body), allowed, known, out);
        let inner = body.fields.as_ref();
        let lines = inner.map(|inner| self::fields(inner, INNER, false, known, out)).unwrap_or_default();
        let input = body.value.is_none() && body.roll_up.is_none() && !body.kept;
        let sensitive = body.sensitive.as_ref().is_some_and(|sensitive| sensitive.value);
        let first = resolved.insert(field.value, FieldNames { span: field.span, kind, input, sensitive, lines });
        if let Some(first) = first.filter(|_| body.kept) {
            let name = field.value;
            out.push(
                Diagnostic::error(
                    code!("reserved-name"),
                    field.span,
                    text!("the engine keeps `{name}`, which is there already", "引擎要使用的字段 `{name}` 已存在"),
                )
                .related(first.span, text!("the other one", "另一个在这里")),
            );
        }
    }
    resolved
}

fn gather_flows(definitions: &Definitions, names: &mut Names, out: &mut Diagnostics) {
    fn walk(nodes: &Map<Node>, flow: &mut FlowNames) {
        for (written, node) in nodes {
            flow.actions.extend(node.actions.iter().map(|(action, _)| action.value));
            flow.timers.extend(node.timers.iter().map(|(timer, _)| timer.value));
            flow.nodes.insert(written.value);
            flow.events.extend(node.wait.iter().filter_map(|wait| wait.value.event.as_ref()).map(name));
            if let Some(scope) = &node.scope {
                flow.actions.extend(scope.actions.iter().map(|(action, _)| action.value));
                walk(&scope.nodes, flow);
            }
            if let Some(each) = &node.each {
                flow.actions.extend(each.open.as_ref().map(name));
                walk(&each.nodes, flow);
            }
        }
    }
    for defined in &definitions.flows {
        let flow = name(&defined.body.flow);
        first(!names.flows.contains_key(&flow), "flow", flow, defined.body.flow.span, out);
        let mut known = FlowNames::of(name(&defined.body.object));
        walk(&defined.body.nodes, &mut known);
        names.flows.entry(flow).or_insert(known);
    }
}

fn gather_ledgers(definitions: &Definitions, known: &Known<'_>, names: &mut Names, out: &mut Diagnostics) {
    for defined in &definitions.ledgers {
        let ledger = name(&defined.body.ledger);
        first(!names.ledgers.contains_key(&ledger), "ledger", ledger, defined.body.ledger.span, out);
        let mut dimensions = IndexMap::new();
        for (dimension, body) in &defined.body.dimensions {
            let written = Written { options: body.options.as_ref(), to: body.to.as_ref(), ..Written::word(&body.kind) };
            dimensions.insert(dimension.value, resolve_kind(&written, DIMENSION, known, out));
        }
        let written = Written { currency: defined.body.currency.as_ref(), ..Written::word(&defined.body.amount) };
        let amount = resolve_kind(&written, &["money", "decimal", "integer"], known, out);
        names.fields.extend(dimensions.keys());
        names.ledgers.entry(ledger).or_insert(LedgerNames { dimensions, amount });
    }
}

fn gather_tables(definitions: &Definitions, known: &Known<'_>, names: &mut Names, out: &mut Diagnostics) {
    for defined in &definitions.tables {
        let body = &defined.body;
        let table = name(&body.table);
        first(!names.tables.contains_key(&table), "table", table, body.table.span, out);
        let object = body.object.as_ref().map(name);
        let mut inputs = IndexMap::new();
        let mut given = Vec::new();
        for (input, column) in &body.inputs {
            inputs.insert(input.value, column::kind_of_input(input, column, object, known, names, out));
            let of_this = object.is_some_and(|object| names.kind_of(object, input.value).is_some());
            if column.value.is_none() && !of_this {
                given.push(input.value);
            }
        }
        let mut outputs = IndexMap::new();
        for (output, column) in &body.outputs {
            let written =
                Written { options: column.options.as_ref(), to: column.to.as_ref(), ..Written::word(&column.kind) };
            outputs.insert(output.value, resolve_kind(&written, COLUMN, known, out));
        }
        names.fields.extend(inputs.keys().chain(outputs.keys()));
        let hit = body.hit.as_ref().and_then(|hit| Hit::parse(&hit.value)).unwrap_or(Hit::First);
        let (list, counts) = (hit.is_list(), hit == Hit::Count);
        let rows = column::row_names(body);
        names.tables.entry(table).or_insert(TableNames { object, inputs, outputs, given, list, counts, rows });
    }
}

fn gather_forms(definitions: &Definitions, known: &Known<'_>, names: &mut Names, out: &mut Diagnostics) {
    for defined in &definitions.forms {
        let body = &defined.body;
        let form = name(&body.form);
        first(!names.forms.contains_key(&form), "form", form, body.form.span, out);
        let inputs = fields(&body.inputs, INNER, true, known, out);
        names.fields.extend(inputs.keys());
        let places = body.sections.iter().flat_map(|section| section.fields.iter().map(|place| name(&place.field)));
        names.forms.entry(form).or_insert(FormNames {
            span: body.form.span,
            object: name(&body.object),
            purpose: body.purpose.iter().map(|purpose| purpose.value).collect(),
            inputs,
            places: places.collect(),
        });
    }
}
