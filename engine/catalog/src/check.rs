//! From definitions to a catalog: the only way there is. One check a file below; what is naturally part of
//! resolving a name is checked in `resolve`.

mod automatic_loop;
mod cascade_cycle;
mod clock_without_queue;
mod consequence;
mod dead_end_node;
mod dead_row;
mod duplicate_form;
mod escalates_nowhere;
mod missing_label;
mod never_holds;
mod nobody_decides;
mod options_differ;
mod protection;
mod queue_level;
mod queue_owner;
mod roll_up_loop;
mod table_gap;
mod table_overlap;
mod tree_to_other_object;
mod unreachable_node;
mod unsound_flow;
mod unused_definition;
mod withdraws_itself;

use std::{
    collections::HashSet,
    fmt::Write as _,
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use formwork_definition::{kind::Definitions, load};
use formwork_model::{
    diagnostic::Diagnostics,
    name::Name,
    source::{Source, Sources},
};
use formwork_script::{
    compile::Compiler,
    origin::Origin,
    program::{Mode, Program},
    sandbox::Sandbox,
    shape::Shape,
};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::{
    calendar::Calendar,
    catalog::Catalog,
    connector::Connector,
    flow::Flow,
    form::Form,
    ledger::Ledger,
    object::SYSTEM_FIELDS,
    parse_value::ParseContext,
    queue::Queue,
    report::{Dashboard, Report},
    resolve::{
        Linker, book, connector, dashboard, flow, form, hours, in_parallel, keyword, ledger, names, object, order,
        queue, reference, reference::Objects, report, role, scenario, schedule, script, table, template,
    },
    role::Role,
    scenario::Scenario,
    schedule::Schedule,
    soundness::{Soundness, soundness},
    source::Program as Shared,
    table::{Table, analysis::analyse},
    template::Template,
    variables,
    world::Names,
};

/// A directed graph over names.
type Graph<N> = petgraph::graphmap::GraphMap<N, (), petgraph::Directed, std::hash::RandomState>;

/// What came of a check.
#[derive(Debug)]
pub struct Checked {
    /// The catalog; there when nothing is an error.
    pub catalog: Option<Catalog>,
    /// The tables whose every cell could be read; also when something is an error, such as a gap.
    pub tables: IndexMap<Name, Arc<Table>>,
    /// The verdict on every flow whose shape could be looked at; also when something is an error, such as the verdict.
    pub soundness: IndexMap<Name, Soundness>,
    /// Everything that was found, by place.
    pub diagnostics: Diagnostics,
    /// The files, for the places of the diagnostics.
    pub sources: Arc<Sources>,
}

/// Everything resolved, not shared yet.
pub(crate) struct Linked {
    pub objects: Objects,
    /// With each flow whether its shape can be checked.
    pub flows: IndexMap<Name, (Flow, bool)>,
    /// With each table whether its rows can be checked.
    pub tables: IndexMap<Name, (Table, bool)>,
    pub ledgers: IndexMap<Name, Ledger>,
    pub queues: IndexMap<Name, Queue>,
    pub templates: IndexMap<Name, Template>,
    pub connectors: IndexMap<Name, Connector>,
    pub reports: IndexMap<Name, Report>,
    pub dashboards: IndexMap<Name, Dashboard>,
    pub roles: IndexMap<Name, Role>,
    pub forms: IndexMap<Name, Form>,
    pub calendars: IndexMap<Name, Calendar>,
    pub schedules: IndexMap<Name, Schedule>,
    pub scripts: IndexMap<Name, Shared>,
    pub scenarios: Vec<Scenario>,
}

/// Checks a folder of definitions.
///
/// # Errors
/// When the folder itself can't be read; unreadable files are diagnostics.
pub fn check_folder(root: &Path) -> io::Result<Checked> {
    Ok(check_parsed(load::load(root)?))
}

/// Checks what [`load::load`] or [`load::parse`] gave; what those found is part of the answer.
pub fn check_parsed((sources, definitions, found): (Sources, Definitions, Diagnostics)) -> Checked {
    link(definitions, sources, found)
}

/// Checks definitions. Every problem is reported, not only the first.
pub fn check(definitions: Definitions, sources: Sources) -> Checked {
    link(definitions, sources, Diagnostics::default())
}

fn link(mut definitions: Definitions, sources: Sources, mut out: Diagnostics) -> Checked {
    for object in &mut definitions.objects {
        object.body.add_clock_fields();
        object.body.add_sharing_field();
    }
    let sources = Arc::new(sources);
    let names = names::gather(&definitions, &mut out);
    let context = ParseContext { zone: book::zone(&definitions, &mut out) };
    let sandbox = sandbox(&names);
    keyword::check(&names, &sandbox, &mut out);
    let compiler = compiler(&sandbox, &names, &sources, &mut out);
    let book = book::resolve_book(&definitions, &names, &context, &mut out);
    let Some(placeholder) = placeholder(&compiler, &names) else {
        return Checked {
            catalog: None,
            tables: IndexMap::new(),
            soundness: IndexMap::new(),
            diagnostics: out,
            sources,
        };
    };
    let linker = Linker {
        definitions: &definitions,
        sources: &sources,
        names: &names,
        compiler: &compiler,
        context,
        placeholder,
        used: Mutex::default(),
    };
    let linked = resolve(&linker, &mut out);
    let book = book::with_calendar(&linker, book, &linked.calendars, &mut out);
    let soundness = run_checks(&linker, &linked, &book.locales, &mut out);
    let mut out = consequence::without_consequences(&linker, out);
    out.sort();
    let tables: IndexMap<Name, (Arc<Table>, bool)> =
        linked.tables.into_iter().map(|(name, (table, whole))| (name, (Arc::new(table), whole))).collect();
    let readable =
        tables.iter().filter(|(_, (_, whole))| *whole).map(|(name, (table, _))| (*name, table.clone())).collect();
    let catalog = (!out.has_errors()).then(|| Catalog {
        release: release_name(&sources).into(),
        book,
        objects: shared(linked.objects),
        flows: linked.flows.into_iter().map(|(name, (flow, _))| (name, Arc::new(flow))).collect(),
        tables: tables.into_iter().map(|(name, (table, _))| (name, table)).collect(),
        ledgers: shared(linked.ledgers),
        queues: shared(linked.queues),
        templates: shared(linked.templates),
        connectors: shared(linked.connectors),
        reports: shared(linked.reports),
        dashboards: shared(linked.dashboards),
        roles: shared(linked.roles),
        forms: shared(linked.forms),
        calendars: linked.calendars,
        schedules: linked.schedules,
        scripts: linked.scripts,
        scenarios: linked.scenarios.into_iter().map(Arc::new).collect(),
        sandbox,
        sources: sources.clone(),
    });
    Checked { catalog, tables: readable, soundness, diagnostics: out, sources }
}

fn shared<T>(map: IndexMap<Name, T>) -> IndexMap<Name, Arc<T>> {
    map.into_iter().map(|(name, body)| (name, Arc::new(body))).collect()
}

/// The names that scripts read quickly: every field, every variable.
fn sandbox(names: &Names) -> Sandbox {
    let system = SYSTEM_FIELDS.iter().map(|(name, _)| *name).chain(["login", "roles"]);
    let known: HashSet<Name> = names.fields.iter().copied().chain(system.map(Name::intern)).collect();
    Sandbox::new(known)
}

fn compiler(sandbox: &Sandbox, names: &Names, sources: &Sources, out: &mut Diagnostics) -> Compiler {
    let file = |source: &u32| {
        let text = sources.get(*source)?.text.clone();
        Some((text.clone(), Origin::file(*source).with_text(text)))
    };
    let library: Vec<_> = names.scripts.values().filter_map(file).collect();
    Compiler::new(sandbox.clone(), &library, names, out)
}

fn placeholder(compiler: &Compiler, names: &Names) -> Option<Arc<Program>> {
    let origin = Origin::inline(formwork_model::source::Span::default());
    let mut none = Diagnostics::default();
    compiler.compile("()", Mode::Expression, origin, &[], names, &mut none).map(Arc::new)
}

fn resolve(linker: &Linker<'_>, out: &mut Diagnostics) -> Linked {
    let definitions = linker.definitions;
    let mut objects: Objects = Objects::new();
    for object in in_parallel(&definitions.objects, out, |defined, out| object::resolve_object(linker, defined, out)) {
        objects.entry(object.name).or_insert(object);
    }
    let mut flows = IndexMap::new();
    let resolved = in_parallel(&definitions.flows, out, |defined, out| flow::resolve_flow(linker, defined, out));
    for (flow, whole) in resolved.into_iter().flatten() {
        flows.entry(flow.name).or_insert((flow, whole));
    }
    let mut tables = IndexMap::new();
    for (table, whole) in
        in_parallel(&definitions.tables, out, |defined, out| table::resolve_table(linker, defined, out))
    {
        tables.entry(table.name).or_insert((table, whole));
    }
    for object in objects.values_mut() {
        order::order(object, &tables, out);
    }
    reference::connect(linker, &mut objects, &tables, out);
    let mut ledgers = IndexMap::new();
    for ledger in definitions.ledgers.iter().filter_map(|defined| ledger::resolve_ledger(linker, defined, out)) {
        ledgers.entry(ledger.name).or_insert(ledger);
    }
    let mut queues = IndexMap::new();
    for queue in definitions.queues.iter().map(|defined| queue::resolve_queue(linker, defined, out)) {
        queues.entry(queue.name).or_insert(queue);
    }
    let mut templates = IndexMap::new();
    for template in definitions.templates.iter().filter_map(|defined| template::resolve_template(linker, defined, out))
    {
        templates.entry(template.name).or_insert(template);
    }
    let mut connectors = IndexMap::new();
    for defined in &definitions.connectors {
        let connector = connector::resolve_connector(linker, defined, out);
        connectors.entry(connector.name).or_insert(connector);
    }
    let (reports, dashboards) = reports(linker, out);
    let mut roles = IndexMap::new();
    for role in definitions.roles.iter().map(|defined| role::resolve_role(linker, defined, out)) {
        roles.entry(role.name).or_insert(role);
    }
    let mut forms: IndexMap<Name, Form> = IndexMap::new();
    for form in in_parallel(&definitions.forms, out, |defined, out| form::resolve_form(linker, defined, out)) {
        forms.extend(form.map(|form| (form.name, form)));
    }
    duplicate_form::assign(&mut objects, &forms, out);
    let mut calendars = IndexMap::new();
    for defined in &definitions.calendars {
        let calendar = hours::resolve_calendar(linker, defined, out);
        calendars.entry(calendar.name).or_insert(calendar);
    }
    let mut schedules = IndexMap::new();
    for schedule in definitions.schedules.iter().filter_map(|defined| schedule::resolve_schedule(linker, defined, out))
    {
        schedules.entry(schedule.name).or_insert(schedule);
    }
    let scripts = scripts(linker, out);
    let scenarios =
        in_parallel(&definitions.scenarios, out, |defined, out| scenario::resolve_scenario(linker, defined, out));
    Linked {
        objects,
        flows,
        tables,
        ledgers,
        queues,
        templates,
        connectors,
        reports,
        dashboards,
        roles,
        forms,
        calendars,
        schedules,
        scripts,
        scenarios,
    }
}

fn reports(linker: &Linker<'_>, out: &mut Diagnostics) -> (IndexMap<Name, Report>, IndexMap<Name, Dashboard>) {
    let (mut reports, mut dashboards) = (IndexMap::new(), IndexMap::new());
    let written = linker.definitions.reports.iter();
    for report in written.filter_map(|defined| report::resolve_report(linker, defined, out)) {
        reports.entry(report.name).or_insert(report);
    }
    let written = linker.definitions.dashboards.iter();
    for dashboard in written.map(|defined| dashboard::resolve_dashboard(linker, defined, out)) {
        dashboards.entry(dashboard.name).or_insert(dashboard);
    }
    (reports, dashboards)
}

/// Every script file on its own, with nothing known about the record it runs for.
fn scripts(linker: &Linker<'_>, out: &mut Diagnostics) -> IndexMap<Name, Shared> {
    let any = variables::ACTION.iter().map(|name| (*name, Shape::Any)).collect();
    let mut scripts = IndexMap::new();
    for (script, source) in &linker.names.scripts {
        let Some(file) = linker.sources.get(*source) else { continue };
        let statements = script::statements(&file.text);
        if script::is_blank(&statements) {
            continue;
        }
        let origin = Origin::file(*source).with_text(file.text.clone());
        if let Some(program) = linker.program(&statements, Mode::Script, origin, &any, out) {
            scripts.insert(*script, program);
        }
    }
    scripts
}

/// Every check of its own; answers the verdict on every flow whose edges are all there.
fn run_checks(
    linker: &Linker<'_>,
    linked: &Linked,
    locales: &[formwork_model::text::Language],
    out: &mut Diagnostics,
) -> IndexMap<Name, Soundness> {
    cascade_cycle::check(linked, out);
    roll_up_loop::check(linked, out);
    tree_to_other_object::check(linked, out);
    queue_level::check(linked, out);
    clock_without_queue::check(linked, out);
    escalates_nowhere::check(linked, out);
    nobody_decides::check(linked, out);
    withdraws_itself::check(linked, out);
    never_holds::check(linked, out);
    queue_owner::check(linked, out);
    options_differ::check(linker, linked, out);
    let whole: Vec<&Flow> = linked.flows.values().filter(|(_, whole)| *whole).map(|(flow, _)| flow).collect();
    let verdicts = in_parallel(&whole, out, |flow, out| {
        let report = soundness(flow);
        unreachable_node::check(flow, &report, out);
        dead_end_node::check(flow, &report, out);
        let mut loops = Diagnostics::default();
        automatic_loop::check(flow, &mut loops);
        if report.structure.is_empty() && !loops.has_errors() {
            unsound_flow::check(flow, &report, out);
        }
        out.append(loops);
        report.structure.is_empty().then_some((flow.name, report.verdict))
    });
    let whole: Vec<&Table> = linked.tables.values().filter(|(_, whole)| *whole).map(|(table, _)| table).collect();
    in_parallel(&whole, out, |table, out| {
        let findings = analyse(table);
        table_gap::check(table, &findings, out);
        table_overlap::check(table, &findings, out);
        dead_row::check(table, &findings, out);
    });
    missing_label::check(linker.definitions, locales, out);
    protection::check(linker.definitions, out);
    unused_definition::check(linker, linked, out);
    verdicts.into_iter().flatten().collect()
}

/// The name of the release that these files are: a hash of every path and text.
pub fn release_name(sources: &Sources) -> String {
    let mut files: Vec<&Source> = sources.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for file in files {
        for part in [&file.path, &file.text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    let mut name = String::with_capacity(16);
    for byte in hash.finalize().iter().take(8) {
        // Writing to a `String` can't fail.
        let _written = write!(name, "{byte:02x}");
    }
    name
}
