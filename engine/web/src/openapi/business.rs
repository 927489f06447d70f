//! The operations over objects, tables, ledgers and reports.

use std::collections::{BTreeMap, BTreeSet};

use formwork_catalog::{catalog::Catalog, flow::Action, ledger::Ledger, object::Object, table::Table};
use formwork_definition::kind::flow::Reason;
use formwork_model::name::Name;
use serde_json::{Map, Value as Json, json};

use super::{Paths, both, operation::Operation, report, schema};

/// What a list can be filtered by.
const FILTER: &str = r#"the filter language as JSON: `{"stage": "won", "amount": {"gte": 5}}`, `or`, `not`, fields of references (`member.name`), and of lines `{"lines": {"any": {"product": "P1", "price": {"gt": 5}}}}`, `all` or `none` in place of `any`: what is inside holds of one and the same line"#;

fn shared(name: impl std::fmt::Display) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn list_of(items: Json) -> Json {
    json!({"type": "object", "properties": {"data": {"type": "array", "items": items}}, "required": ["data"]})
}

pub(super) fn add(catalog: &Catalog, book: &str, paths: &mut Paths) {
    let root = format!("/{book}/api");
    for object in catalog.objects.values() {
        add_object(catalog, object, &format!("{root}/{}", object.name), paths);
    }
    for table in catalog.tables.values() {
        add_table(table, &format!("{root}/tables/{}/evaluate", table.name), paths);
    }
    for ledger in catalog.ledgers.values() {
        add_ledger(ledger, &format!("{root}/ledgers/{}", ledger.name), paths);
    }
    for report in catalog.reports.values() {
        report::add(report, &format!("{root}/reports/{}", report.name), paths);
    }
}

fn add_object(catalog: &Catalog, object: &Object, root: &str, paths: &mut Paths) {
    let (tag, label) = (object.name.as_str(), both(&object.label));
    let one = format!("{root}/{{id}}");
    let on = |what: &str| Operation::new(format!("{label}: {what}"), tag);
    let at = |what: &str, path: &str| on(what).placeholders(path);
    let page = json!({"type": "object", "required": ["data", "next"], "properties": {
        "data": {"type": "array", "items": shared(tag)},
        "next": {"type": ["string", "null"], "description": "`after` of the next page"},
        "count": {"type": "object", "properties": {"value": {"type": "integer"}, "exact": {"type": "boolean"}}},
        "explain": {"type": "object"},
    }});
    let list = on("a page of records")
        .parameter("filter", FILTER, json!({"type": "string"}))
        .parameter("sort", "`-amount,name`", json!({"type": "string"}))
        .parameter("fields", "`name,amount`", json!({"type": "string"}))
        .parameter(
            "limit",
            "records of a page",
            json!({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}),
        )
        .parameter("after", "`next` of the page before", json!({"type": "string"}))
        .parameter("count", "whether to count, up to 1000 or all", json!({"enum": ["none", "capped", "exact"]}))
        .parameter("explain", "1 tells the plan", json!({"enum": ["0", "1"]}));
    paths.add(root, "GET", list.answers("200", page));
    let create = on("create").repeatable().body(shared(format_args!("{tag}.create")));
    paths.add(root, "POST", create.answers("201", shared(tag)));
    let read = at("read", &one).parameter("fields", "`name,amount`", json!({"type": "string"}));
    paths.add(&one, "GET", read.answers("200", shared(tag)));
    if !object.append_only {
        let update = at("change the given fields", &one).repeatable().conditional();
        paths.add(&one, "PATCH", update.body(shared(format_args!("{tag}.update"))).answers("200", shared(tag)));
        paths.add(&one, "DELETE", at("delete", &one).repeatable().conditional().answers_nothing());
    }
    let actions = format!("{one}/actions");
    paths.add(&actions, "GET", at("what can be done now", &one).answers("200", list_of(shared("Offer"))));
    for (name, actions_of_name) in actions_of(catalog, object.name) {
        let operation = at(&both(&actions_of_name[0].label), &one).repeatable().conditional();
        let operation = operation.body(action_body(catalog, object, &actions_of_name)).answers("200", shared(tag));
        paths.add(&format!("{actions}/{name}"), "POST", operation);
    }
    for event in events_of(catalog, object.name) {
        let path = format!("{one}/events/{event}");
        let operation = at(&format!("deliver the event {event}"), &one).repeatable();
        paths.add(&path, "POST", operation.body(json!({"type": "object"})).answers("200", shared(tag)));
    }
    let seq = json!({"type": "object", "properties": {"seq": {"type": "integer"}}});
    let comment = at("say something about it", &one).repeatable().body(remark()).answers("201", seq);
    paths.add(&format!("{one}/comments"), "POST", comment);
    let approves = |flow: &formwork_catalog::flow::Flow| flow.nodes.values().any(|node| node.approval().is_some());
    if catalog.flows.values().any(|flow| flow.object == object.name && approves(flow)) {
        let trail = at("who was asked, who decided what", &one).answers("200", list_of(shared("Approval")));
        paths.add(&format!("{one}/approvals"), "GET", trail);
    }
    let in_queue = catalog.flows.values().filter(|flow| flow.object == object.name);
    if in_queue.flat_map(|flow| flow.nodes.values()).any(|node| node.queue.is_some()) {
        add_work(&on, tag, &one, paths);
    }
    if object.sensitive().next().is_some() {
        add_erasure(&on, tag, &one, paths);
    }
    if object.shares.is_some() {
        add_shares(&on, tag, &one, paths);
    }
    add_files(catalog, &on, object, root, paths);
    let history = at("what happened", &one)
        .parameter("before", "`seq` of the entry after", json!({"type": "integer"}))
        .parameter(
            "limit",
            "entries of a page",
            json!({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}),
        );
    paths.add(&format!("{one}/history"), "GET", history.answers("200", list_of(shared("Entry"))));
    paths.add(
        &format!("{one}/explain"),
        "GET",
        at("why it is as it is", &one).answers("200", json!({"type": "object"})),
    );
}

/// What is sent to say something about a record.
fn remark() -> Json {
    json!({"type": "object", "additionalProperties": false, "properties": {
        "text": {"type": "string", "description": "`@login` tells somebody who sees the record; needed without files"},
        "files": {"type": "array", "items": {"type": "object"}, "description": "what uploads answered"},
    }})
}

/// Lists as files, and records as pages to print.
fn add_files(catalog: &Catalog, on: &dyn Fn(&str) -> Operation, object: &Object, root: &str, paths: &mut Paths) {
    let text = || json!({"type": "string"});
    let export = on("records as a file")
        .parameter("format", "what the file is", json!({"enum": ["csv", "xlsx"]}))
        .parameter("filter", "the filter language as JSON", text())
        .parameter("sort", "`-amount,name`", text())
        .parameter("fields", "`name,amount`", text())
        .answers_file();
    paths.add(&format!("{root}/export"), "GET", export);
    if !catalog.templates.values().any(|page| page.print.is_some() && page.object == object.name) {
        return;
    }
    let one = format!("{root}/{{id}}");
    let pages = list_of(json!({"type": "object", "properties": {"name": text(), "label": {"type": "object"}}}));
    paths.add(
        &format!("{one}/prints"),
        "GET",
        on("what it can be printed as").placeholders(&one).answers("200", pages),
    );
    let page = format!("{one}/print/{{page}}");
    let print = on("a page to print").placeholders(&page);
    let print = print.parameter("language", "of the page", json!({"enum": ["zh", "en"]}));
    paths.add(&page, "GET", print.answers("200", json!({"type": "object", "properties": {"content": text()}})));
}

/// Erasing what is sensitive of one record.
fn add_erasure(on: &dyn Fn(&str) -> Operation, tag: &str, one: &str, paths: &mut Paths) {
    let why = json!({"type": "object", "additionalProperties": false, "required": ["reason"], "properties": {
        "reason": {"type": "string", "description": "it stays in the history and the audit log"},
    }});
    let what = "erase what it holds in sensitive fields, also from its history";
    let erase = on(what).placeholders(one).repeatable().body(why);
    paths.add(&format!("{one}/erasure"), "POST", erase.answers("200", shared(tag)));
}

/// Sharing one record.
fn add_shares(on: &dyn Fn(&str) -> Operation, tag: &str, one: &str, paths: &mut Paths) {
    let at = |what: &str, path: &str| on(what).placeholders(path);
    let date = json!({"type": ["string", "null"], "format": "date"});
    let body = json!({"type": "object", "additionalProperties": false, "properties": {
        "user": {"type": "string"}, "department": {"type": "string"}, "edit": {"type": "boolean"},
        "from": date, "until": date,
    }});
    let shares = format!("{one}/shares");
    let share = at("let a user or a department see or edit it", one).repeatable().body(body);
    paths.add(&shares, "POST", share.answers("200", shared(tag)));
    let text = json!({"type": "string"});
    let end = at("end that", one).parameter("user", "with whom", text.clone());
    paths.add(
        &shares,
        "DELETE",
        end.parameter("department", "or with which department", text).answers("200", shared(tag)),
    );
}

/// The operations on records that are work in queues.
fn add_work(on: &dyn Fn(&str) -> Operation, tag: &str, one: &str, paths: &mut Paths) {
    let at = |what: &str, path: &str| on(what).placeholders(path);
    paths.add(&format!("{one}/queue"), "GET", at("the work it is", one).answers("200", list_of(shared("Work"))));
    for (operation, what) in [
        ("claim", "own work that nobody owns"),
        ("release", "give work back to its queue"),
        ("assign", "give work to a member"),
        ("escalate", "move work to the next queue"),
    ] {
        let mut body = json!({"type": "object", "additionalProperties": false, "properties": {
            "reason": {"type": "string"},
            "token": {"type": "integer", "description": "which token, where the record is work more than once"},
            "rev": {"type": "integer", "description": "the revision that was seen"},
        }});
        match operation {
            "assign" => {
                body["properties"]["to"] = json!({"type": "string", "description": "the member's login"});
                body["required"] = json!(["to"]);
            }
            "escalate" => body["required"] = json!(["reason"]),
            _ => {}
        }
        let operation = format!("{one}/queue/{operation}");
        let described = at(what, one).repeatable().conditional().body(body).answers("200", shared(tag));
        paths.add(&operation, "POST", described);
    }
    add_repair(on, tag, one, paths);
    let responsible = at("who was responsible when", one).parameter(
        "at",
        "at this instant",
        json!({"type": "string", "format": "date-time"}),
    );
    paths.add(&format!("{one}/responsible"), "GET", responsible.answers("200", list_of(json!({"type": "object"}))));
}

/// Setting right by hand what runs of a record.
fn add_repair(on: &dyn Fn(&str) -> Operation, tag: &str, one: &str, paths: &mut Paths) {
    let at = |what: &str| on(what).placeholders(one);
    let runs = at("what runs of it, for whoever may set it right").answers("200", list_of(json!({"type": "object"})));
    paths.add(&format!("{one}/repair"), "GET", runs);
    for (operation, what, needs) in [
        ("move", "move a token to another node of its graph", &["flow", "token", "to"][..]),
        ("cancel", "end an instance where it stands", &["flow"]),
        ("task", "give a task of an approval to somebody else", &["task", "to"]),
        ("work", "give work in a queue to a member", &["token", "to"]),
    ] {
        let kind = |name: &str| if matches!(name, "token" | "task") { "integer" } else { "string" };
        let own = needs.iter().map(|name| ((*name).to_owned(), json!({"type": kind(name)})));
        let mut properties: Map<String, Json> = own.collect();
        properties.insert("reason".to_owned(), json!({"type": "string"}));
        properties.insert("rev".to_owned(), json!({"type": "integer", "description": "the revision that was seen"}));
        let required: Vec<&str> = needs.iter().copied().chain(["reason"]).collect();
        let body = json!({
            "type": "object", "additionalProperties": false, "properties": properties, "required": required,
        });
        let described = at(what).repeatable().conditional().body(body).answers("200", shared(tag));
        paths.add(&format!("{one}/repair/{operation}"), "POST", described);
    }
}

/// Every action of the flows over an object; nodes may share a name.
fn actions_of(catalog: &Catalog, object: Name) -> BTreeMap<Name, Vec<&Action>> {
    let mut actions: BTreeMap<Name, Vec<&Action>> = BTreeMap::new();
    for flow in catalog.flows.values().filter(|flow| flow.object == object) {
        for action in flow.nodes.values().flat_map(|node| node.actions()) {
            actions.entry(action.name).or_default().push(action);
        }
    }
    actions
}

/// Every event that the flows over an object wait for.
fn events_of(catalog: &Catalog, object: Name) -> BTreeSet<Name> {
    let flows = catalog.flows.values().filter(|flow| flow.object == object);
    flows.flat_map(|flow| flow.nodes.values()).filter_map(|node| node.awaits()).map(|awaited| awaited.event).collect()
}

fn action_body(catalog: &Catalog, object: &Object, actions: &[&Action]) -> Json {
    let mut input = Map::new();
    for form in actions.iter().filter_map(|action| catalog.forms.get(&action.form?)) {
        input.extend(form.inputs.iter().map(|field| (field.name.to_string(), schema::sent(field))));
        let places = form.places().filter_map(|(_, place)| object.field(place.field)).filter(|field| field.is_input());
        input.extend(places.map(|field| (field.name.to_string(), schema::sent(field))));
    }
    let chosen = chosen_of(catalog, object);
    if !chosen.is_empty() {
        let people = json!({"type": "object", "properties": chosen, "additionalProperties": false});
        input.insert("approvers".into(), people);
    }
    let mut body = json!({"type": "object", "additionalProperties": false, "properties": {
        "input": {"type": "object", "properties": input},
        "reason": {"type": "string"},
        "token": {"type": "integer", "description": "which token, where several offer the action"},
        "rev": {"type": "integer", "description": "the revision that was seen"},
    }});
    if actions.iter().all(|action| action.reason == Some(Reason::Required)) {
        body["required"] = json!(["reason"]);
    }
    body
}

/// The steps of approvals for which the submitter chooses people.
fn chosen_of(catalog: &Catalog, object: &Object) -> Map<String, Json> {
    let flows = catalog.flows.values().filter(|flow| flow.object == object.name);
    let approvals = flows.flat_map(|flow| flow.nodes.values().filter_map(|node| node.approval()));
    let logins = json!({"type": "array", "items": {"type": "string"}});
    approvals.flat_map(|approval| approval.chosen().map(|step| (step.name.to_string(), logins.clone()))).collect()
}

fn add_table(table: &Table, path: &str, paths: &mut Paths) {
    let column = |name: Name, label, kind| (name.to_string(), schema::labelled(schema::of(kind, true), label));
    let inputs: Map<_, _> = table.inputs.iter().map(|input| column(input.name, &input.label, &input.kind)).collect();
    let outputs: Map<_, _> =
        table.outputs.iter().map(|output| column(output.name, &output.label, &output.kind)).collect();
    let one = json!({"type": "object", "properties": outputs});
    let outputs = if table.hit.is_list() { json!({"type": "array", "items": one}) } else { one };
    let body = json!({"type": "object", "additionalProperties": false, "properties": {
        "inputs": {"type": "object", "properties": inputs},
        "this": {"type": "object", "properties": {"object": {"type": "string"}, "id": {"type": "string"}}},
    }});
    let answer = json!({"type": "object", "properties": {"outputs": outputs, "fired": {"type": "array", "items": {"type": "string"}}}});
    paths.add(path, "POST", Operation::new(both(&table.label), "tables").body(body).answers("200", answer));
}

fn add_ledger(ledger: &Ledger, root: &str, paths: &mut Paths) {
    let label = both(&ledger.label);
    let asked = |what: &str| {
        ledger.dimensions.iter().fold(Operation::new(format!("{label}: {what}"), "ledgers"), |operation, dimension| {
            operation.parameter(dimension.name.as_str(), &both(&dimension.label), json!({"type": "string"}))
        })
    };
    let day = || json!({"type": "string", "format": "date"});
    let number = json!({"type": "string", "format": "decimal"});
    let balance = json!({"type": "object", "properties": {"balance": number}});
    paths.add(
        &format!("{root}/balance"),
        "GET",
        asked("balance").parameter("at", "the day", day()).answers("200", balance),
    );
    let lines = asked("statement").parameter("until", "the last day", day()).parameter(
        "limit",
        "lines at most",
        json!({"type": "integer"}),
    );
    paths.add(&format!("{root}/statement"), "GET", lines.answers("200", list_of(json!({"type": "object"}))));
    let dimensions: Map<_, _> = ledger
        .dimensions
        .iter()
        .map(|d| (d.name.to_string(), schema::labelled(schema::of(&d.kind, true), &d.label)))
        .collect();
    let entry = json!({"type": "object", "required": ["dimensions", "amount"], "properties": {
        "dimensions": {"type": "object", "properties": dimensions}, "amount": schema::of(&ledger.amount, true),
        "date": day(), "note": {"type": "string"},
    }});
    let body = json!({"oneOf": [entry.clone(), {"type": "object", "required": ["entries"], "properties": {
        "entries": {"type": "array", "items": entry, "maxItems": 1000}, "reason": {"type": "string"},
    }}]});
    let answer = json!({"type": "object", "properties": {"seq": {"type": "integer"}}});
    for (what, last) in [("post entries", "entries"), ("post opening values", "opening")] {
        let operation = Operation::new(format!("{label}: {what}"), "ledgers").repeatable().body(body.clone());
        paths.add(&format!("{root}/{last}"), "POST", operation.answers("201", answer.clone()));
    }
}
