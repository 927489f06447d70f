//! The properties of a node of a flow, and of what leads away from one: everything a person sets most often; the rest is
//! named with its line in the text.

use super::{
    effects,
    flow::selected,
    hand::split,
    nested,
    property::{Property, Widget, words},
    sheet::Sheet,
    sketch::{EXITS, Kind, Node, Sketch},
};
use crate::page::view::View;

/// The properties of a node, or of what leads away from one.
pub(super) fn properties(view: &View, sheet: &Sheet, sketch: &Sketch) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let nodes = || sketch.nodes.iter().map(|node| (node.name.clone(), node.label.clone())).collect::<Vec<_>>();
    let to = |key: &str| Property::new(at(key), "adm_to", Widget::Words).offers(nodes());
    let when = || Property::new(at("when"), "adm_d_when", Widget::Expression).help("adm_d_when_help");
    if let Some(node) = selected(sketch, &sheet.at) {
        return of_node(view, sheet, sketch, node, to);
    }
    if let Some((kind, _)) = effects::effect(sheet, &sheet.at) {
        return effects::properties(view, sheet, kind);
    }
    let (above, step) = split(&sheet.at);
    match split(above).1 {
        "actions" => of_action(view, sheet, sketch, to, when()),
        "approval" => of_step(view, sheet, when()),
        "decide" => of_branch(view, sheet, to("to"), when()),
        "timers" => {
            let mut all = vec![
                Property::new(at("after"), "adm_d_after", Widget::Text).help("adm_d_wait_help"),
                Property::new(at("at"), "adm_d_timer_at", Widget::Expression).help("adm_d_timer_at_help"),
                Property::new(at("every"), "adm_d_every", Widget::Text).help("adm_d_wait_help"),
                to("to"),
                when(),
                calendar(view, sheet, at("calendar")).under("adm_d_counting"),
                to("pause").named("adm_d_clock_pause").under("adm_d_counting"),
            ];
            all.extend(does(view, sheet, to("cancel")));
            all
        }
        _ if EXITS.contains(&step) => {
            let mut all = vec![to("to")];
            all.extend(under(effects::plain(view, sheet, &sheet.at), "adm_d_does"));
            all
        }
        _ => vec![
            Property::new("label", "adm_label", Widget::Label),
            Property::new("object", "adm_object", Widget::Choice(sheet.choices(view, "object"))),
            Property::new("start", "adm_d_start", Widget::Choice(nodes())),
        ],
    }
}

/// Which branch is taken is either what its condition says, or what no other says.
fn of_branch(view: &View, sheet: &Sheet, to: Property, when: Property) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let written = |key: &str| sheet.doc.node(&at(key)).is_some();
    let mut all = vec![one_of(view, at("else"), "adm_d_taken", &TAKEN)];
    if written("when") || !written("else") {
        all.push(when.needed("adm_d_when_missing"));
    }
    // The compiler says that the condition is missing where the branch leads to.
    all.push(to.quiet(!written("when") && !written("else")));
    all
}

/// Properties below a heading.
fn under(properties: Vec<Property>, section: &'static str) -> Vec<Property> {
    properties.into_iter().map(|property| property.under(section)).collect()
}

/// What an action or a timer does beside leading somewhere.
fn does(view: &View, sheet: &Sheet, cancel: Property) -> Vec<Property> {
    let mut all = effects::plain(view, sheet, &sheet.at);
    all.push(cancel.named("adm_d_cancel"));
    under(all, "adm_d_does")
}

fn of_action(
    view: &View,
    sheet: &Sheet,
    sketch: &Sketch,
    to: impl Fn(&str) -> Property,
    when: Property,
) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let mut all = vec![
        Property::new(at("label"), "adm_label", Widget::Label),
        to("to"),
        Property::new(at("by"), "adm_d_by", Widget::Words).help("adm_d_by_help").offers(people(view, sheet)),
        when,
        Property::new(at("say"), "adm_d_say", Widget::Label),
        Property::new(at("form"), "adm_d_form", Widget::Choice(forms(view, sheet))),
        Property::new(at("require"), "adm_d_require", Widget::Words)
            .help("adm_d_require_help")
            .offers(own_fields(view, sheet)),
        one_of(view, at("reason"), "adm_reason", &REASON),
    ];
    all.extend(does(view, sheet, to("cancel")));
    all.push(
        Property::new(&*sheet.at, "adm_d_name", Widget::Name { fixed: is_live(view, sheet, sketch) })
            .help("adm_d_name_help"),
    );
    all
}

/// What a state has beside its actions: a queue in which its work waits, whether it is a draft, and what is set when
/// it is reached; what else happens then is a list of its own.
fn of_state(view: &View, sheet: &Sheet, node: &Node) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", node.path);
    let fields = || own_fields(view, sheet);
    let none = std::iter::once((String::new(), view.word("adm_none").to_owned()));
    let queue = vec![
        Property::new(at("queue/name"), "adm_d_queue_name", Widget::Text)
            .help("adm_d_queue_help")
            .offers(sheet.choices(view, "queue")),
        Property::new(at("queue/keep"), "adm_d_queue_keep", Widget::Tick),
        Property::new(at("queue/prefer"), "adm_d_queue_prefer", Widget::Text)
            .help("adm_d_queue_prefer_help")
            .offers(fields()),
        Property::new(at("queue/skill"), "adm_d_queue_skill", Widget::Expression).help("adm_d_queue_skill_help"),
        Property::new(at("queue/in"), "adm_d_queue_in", Widget::Choice(none.chain(fields()).collect()))
            .help("adm_d_queue_in_help"),
        Property::new(at("queue/accept"), "adm_d_queue_accept", Widget::Text).help("adm_d_queue_accept_help"),
        calendar(view, sheet, at("queue/calendar")),
    ];
    let mut all = vec![one_of(view, at("draft"), "adm_d_draft", &DRAFT).help("adm_d_draft_help")];
    all.extend(under(queue, "adm_d_queue"));
    all.extend(under(effects::plain(view, sheet, &at("enter")), "adm_d_enter_sets"));
    all
}

fn of_node(view: &View, sheet: &Sheet, sketch: &Sketch, node: &Node, to: impl Fn(&str) -> Property) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", node.path);
    let text = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Text);
    let words = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Words);
    let expression = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Expression);
    let mut all = vec![Property::new(at("label"), "adm_label", Widget::Label)];
    if !matches!(node.kind, Kind::Decide | Kind::Join | Kind::Run) {
        all.push(one_of(view, at("tone"), "adm_d_tone", &TONES));
    }
    match node.kind {
        Kind::Decide => all.push(one_of(view, at("pick"), "adm_d_pick", &PICK)),
        Kind::Join => {
            all.push(one_of(view, at("join/need"), "adm_d_need_tokens", &NEED));
            all.push(one_of(view, at("join/rest"), "adm_d_rest", &JOIN_REST));
        }
        Kind::Wait => all.extend([
            text("wait/for", "adm_d_wait_for").help("adm_d_wait_help"),
            expression("wait/at", "adm_d_wait_at"),
            text("wait/event", "adm_d_wait_event"),
            text("wait/ttl", "adm_d_wait_ttl").help("adm_d_wait_help"),
            expression("wait/when", "adm_d_when"),
            Property::new(at("wait/set"), "adm_d_set", Widget::Pairs)
                .help("adm_d_set_help")
                .offers(own_fields(view, sheet)),
            calendar(view, sheet, at("wait/calendar")),
        ]),
        Kind::Run => all.extend(effects::plain(view, sheet, &at("run"))),
        Kind::End => all.push(Property::new(at("end/terminate"), "adm_d_terminate", Widget::Tick)),
        Kind::Approval => all.extend(of_approval(view, sheet, node)),
        Kind::Call => all.extend(of_call(view, sheet, node, &to)),
        Kind::Each => all.extend([
            expression("each/over", "adm_d_each_over").help("adm_d_each_over_help"),
            expression("each/count", "adm_d_each_count"),
            text("each/open", "adm_d_each_open"),
            expression("each/need", "adm_d_each_need").help("adm_d_each_need_help"),
            one_of(view, at("each/rest"), "adm_d_rest", &EACH_REST),
            nested::start(view, sheet, node),
        ]),
        Kind::Scope => all.extend([
            nested::start(view, sheet, node),
            words("scope/while", "adm_d_while").offers(nested::outside(sketch, node)),
            to("scope/closed").named("adm_d_closed"),
            text("scope/mutex", "adm_d_mutex").help("adm_d_mutex_help"),
            Property::new(at("scope/data"), "adm_d_data", Widget::Pairs).help("adm_d_data_help"),
        ]),
        Kind::State => all.extend(of_state(view, sheet, node)),
    }
    if matches!(node.kind, Kind::Join | Kind::Run | Kind::Call | Kind::Each | Kind::Scope | Kind::Wait) {
        all.push(to("to"));
    }
    let live = view.catalog.flows.values().any(|flow| {
        flow.name.as_str() == sheet.scalar("flow") && flow.nodes.keys().any(|known| known.as_str() == node.name)
    });
    all.push(Property::new(&*node.path, "adm_d_name", Widget::Name { fixed: live }).help("adm_d_name_help"));
    all
}

type Options = [(&'static str, &'static str)];

/// The colours of a node; without a word it has that of its kind.
const TONES: [(&str, &str); 6] = [
    ("", "adm_d_tone_kind"),
    ("neutral", "adm_d_tone_neutral"),
    ("info", "adm_d_tone_info"),
    ("good", "adm_d_tone_good"),
    ("warn", "adm_d_tone_warn"),
    ("bad", "adm_d_tone_bad"),
];
const REASON: [(&str, &str); 3] =
    [("", "adm_d_reason_none"), ("optional", "adm_d_reason_optional"), ("required", "adm_d_reason_required")];
const TAKEN: [(&str, &str); 2] = [("", "adm_d_taken_when"), ("true", "adm_d_taken_else")];
const DRAFT: [(&str, &str); 3] =
    [("", "adm_d_draft_first"), ("true", "adm_d_draft_always"), ("false", "adm_d_draft_never")];
const PICK: [(&str, &str); 2] = [("", "adm_d_pick_first"), ("every", "adm_d_pick_every")];
const NEED: [(&str, &str); 4] = [
    ("all", "adm_d_need_all"),
    ("chosen", "adm_d_need_chosen"),
    ("reachable", "adm_d_need_reachable"),
    ("1", "adm_d_need_one"),
];
const JOIN_REST: [(&str, &str); 4] = [
    ("", "adm_d_rest_keep"),
    ("absorb", "adm_d_rest_absorb"),
    ("cancel", "adm_d_rest_cancel"),
    ("block", "adm_d_rest_block"),
];
const EACH_REST: [(&str, &str); 2] = [("", "adm_d_rest_cancel"), ("keep", "adm_d_rest_run_on")];
const AGREE: [(&str, &str); 4] = [
    ("one", "adm_d_agree_one"),
    ("any", "adm_d_agree_any"),
    ("all", "adm_d_agree_all"),
    ("in_order", "adm_d_agree_order"),
];
const NOT: [(&str, &str); 2] = [("submitter", "adm_d_not_submitter"), ("earlier", "adm_d_not_earlier")];
const EMPTY: [(&str, &str); 3] =
    [("", "adm_d_empty_admin"), ("next", "adm_d_empty_next"), ("block", "adm_d_empty_block")];
const SAME: [(&str, &str); 2] = [("", "adm_d_same_pass"), ("ask", "adm_d_same_ask")];
const RESUBMIT: [(&str, &str); 2] = [("", "adm_d_resubmit_restart"), ("resume", "adm_d_resubmit_resume")];
const RECALL: [(&str, &str); 3] =
    [("", "adm_d_recall_decided"), ("always", "adm_d_recall_always"), ("never", "adm_d_recall_never")];
const THEN: [(&str, &str); 3] =
    [("", "adm_d_then_escalate"), ("approve", "adm_d_then_approve"), ("reject", "adm_d_then_reject")];

/// Words of the language with what people read.
fn told(view: &View, options: &Options) -> Vec<(String, String)> {
    options.iter().map(|(value, word)| ((*value).to_owned(), view.word(word).to_owned())).collect()
}

fn one_of(view: &View, path: String, label: &'static str, options: &Options) -> Property {
    Property::new(path, label, Widget::Choice(told(view, options)))
}

fn own_fields(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    effects::fields(view, sheet, sheet.scalar("object"))
}

/// The calendar that counts working time.
fn calendar(view: &View, sheet: &Sheet, path: String) -> Property {
    Property::new(path, "adm_d_calendar", Widget::Text)
        .help("adm_d_calendar_help")
        .offers(sheet.choices(view, "calendar"))
}

/// A step of an approval.
fn of_step(view: &View, sheet: &Sheet, when: Property) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let form = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Choice(forms(view, sheet)));
    let require =
        |key: &str, word: &'static str| Property::new(at(key), word, Widget::Words).offers(own_fields(view, sheet));
    let cases = vec![
        Property::new(at("not"), "adm_d_not", Widget::Words).help("adm_d_not_help").offers(told(view, &NOT)),
        one_of(view, at("empty"), "adm_d_empty", &EMPTY),
        one_of(view, at("same"), "adm_d_same", &SAME),
        Property::new(at("familiar"), "adm_d_familiar", Widget::Tick),
    ];
    let filled = vec![
        form("approve/form", "adm_d_approve_form"),
        require("approve/require", "adm_d_approve_require"),
        form("reject/form", "adm_d_reject_form"),
        require("reject/require", "adm_d_reject_require"),
    ];
    let mut all = vec![
        Property::new(at("label"), "adm_label", Widget::Label),
        Property::new(at("by"), "adm_d_by", Widget::Words).help("adm_d_by_help").offers(people(view, sheet)),
        Property::new(at("need"), "adm_d_need", Widget::Text).help("adm_d_need_help").offers(told(view, &AGREE)),
        when,
    ];
    all.extend(under(cases, "adm_d_cases"));
    all.extend(under(filled, "adm_d_fills"));
    all.push(Property::new(at("name"), "adm_d_name", Widget::Text).help("adm_d_step_name_help"));
    all
}

/// What holds for a whole approval.
fn of_approval(view: &View, sheet: &Sheet, node: &Node) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", node.path);
    let time = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Text).help("adm_d_wait_help");
    let fields = || own_fields(view, sheet);
    let whom = |key: &str, word: &'static str| Property::new(at(key), word, Widget::Words).offers(people(view, sheet));
    let none = std::iter::once((String::new(), view.word("adm_none").to_owned()));
    let times = vec![
        time("remind", "adm_d_remind"),
        time("escalate/after", "adm_d_escalate_after"),
        whom("escalate/to", "adm_d_escalate_to").help("adm_d_escalate_to_help"),
        time("limit/after", "adm_d_limit_after"),
        one_of(view, at("limit/then"), "adm_d_limit_then", &THEN),
        calendar(view, sheet, at("calendar")),
    ];
    let told = vec![
        whom("cc", "adm_d_cc").help("adm_d_by_help"),
        Property::new(at("show"), "adm_d_show", Widget::Words).help("adm_d_require_help").offers(fields()),
        Property::new(at("amount"), "adm_d_proxy_amount", Widget::Choice(none.chain(fields()).collect())),
    ];
    let back = vec![
        one_of(view, at("recall"), "adm_d_recall", &RECALL),
        one_of(view, at("resubmit"), "adm_d_resubmit", &RESUBMIT),
        Property::new(at("watch"), "adm_d_watch", Widget::Words).help("adm_d_require_help").offers(fields()),
    ];
    let sections = [(told, "adm_d_told"), (times, "adm_d_times"), (back, "adm_d_again")];
    sections.into_iter().flat_map(|(properties, section)| under(properties, section)).collect()
}

/// Which request of which system a node makes, what it gives and what it takes from the answer.
fn of_call(view: &View, sheet: &Sheet, node: &Node, to: &impl Fn(&str) -> Property) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", node.path);
    let connector = sheet.scalar(&at("call/connector"));
    let (mut requests, mut input) = (Vec::new(), Vec::new());
    for doc in sheet.others(view, "connector", connector) {
        requests.extend(doc.keys("requests").into_iter().map(|name| (name.clone(), name)));
        let given = words(&doc, &format!("requests/{}/input", sheet.scalar(&at("call/request"))));
        input.extend(given.split(", ").filter(|name| !name.is_empty()).map(|name| (name.to_owned(), name.to_owned())));
    }
    let set = |key: &str, word: &'static str| {
        Property::new(at(key), word, Widget::Pairs).help("adm_d_answer_help").offers(own_fields(view, sheet))
    };
    vec![
        Property::new(at("call/connector"), "adm_d_connector", Widget::Choice(sheet.choices(view, "connector"))),
        Property::new(at("call/request"), "adm_d_request", Widget::Choice(requests)),
        Property::new(at("call/with"), "adm_d_with", Widget::Pairs).help("adm_d_set_help").offers(input),
        set("call/set", "adm_d_answer_set"),
        to("failed/to").named("adm_d_failed_to"),
        Property::new(at("failed/when"), "adm_d_failed_when", Widget::Expression).help("adm_d_answer_help"),
        set("failed/set", "adm_d_failed_set"),
    ]
}

/// Whether the action that is looked at is one of the live release.
fn is_live(view: &View, sheet: &Sheet, sketch: &Sketch) -> bool {
    let (above, action) = split(&sheet.at);
    let node = sketch.nodes.iter().find(|node| above.starts_with(&format!("{}/", node.path)));
    let flow = view.catalog.flows.values().find(|flow| flow.name.as_str() == sheet.scalar("flow"));
    let live =
        node.zip(flow).and_then(|(node, flow)| flow.nodes.values().find(|known| known.name.as_str() == node.name));
    live.is_some_and(|node| node.actions().iter().any(|known| known.name.as_str() == action))
}

/// Who can act: those that every record has, and roles.
fn people(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let own = [("owner", "adm_d_by_owner"), ("creator", "adm_d_by_creator"), ("supervisor(1)", "adm_d_by_supervisor")];
    let own = own.into_iter().map(|(word, label)| (word.to_owned(), view.word(label).to_owned()));
    own.chain(sheet.choices(view, "role").into_iter().map(|(name, label)| (format!("role({name})"), label))).collect()
}

/// Forms that an action of this flow can ask for.
fn forms(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let object = sheet.scalar("object");
    let mut all = vec![(String::new(), view.word("adm_d_no_form").to_owned())];
    for (name, doc) in sheet.named(view, "form") {
        if doc.scalar("object") == Some(object) && words(&doc, "for").contains("act") {
            let label = super::sheet::label_of(&doc, view.language, "label");
            all.push((name.clone(), label.unwrap_or(name)));
        }
    }
    all
}
