//! `missing-label`: something people read has no wording in a language of the book.
//!
//! # What it does
//! For every language in the book's `locales`, looks at the labels of objects, fields, options, nodes, actions,
//! forms, reports and dashboards, at messages, and at menu entries. One text for every language is wording in each of them.
//!
//! # Why it matters
//! People would read a machine name, or a language they don't speak.
//!
//! # Example
//! ```yaml
//! label: {en: Customer}
//! ```
//!
//! # Instead
//! ```yaml
//! label: {zh: 客户, en: Customer}
//! ```

use formwork_definition::{
    kind::{
        Definitions,
        effect::Notify,
        field::Field,
        flow::{Action, Node},
        object::Object,
        report::{Report, Taken},
    },
    label::{Label, Wording},
    list::Many,
    map::Map,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
    text::Language,
};

/// Warns of each label that lacks a language.
pub(crate) fn check(definitions: &Definitions, locales: &[Language], out: &mut Diagnostics) {
    if locales.is_empty() {
        return;
    }
    let mut labels = Labels { locales, out };
    for book in &definitions.books {
        book.body.menu.iter().for_each(|entry| labels.text(Some(&entry.label)));
        for (name, provider) in book.body.sign_in.iter().flat_map(|sign_in| &sign_in.value.providers) {
            labels.named(provider.label.as_ref(), name.value, name.span);
        }
    }
    for object in &definitions.objects {
        labels.object(&object.body);
    }
    for flow in &definitions.flows {
        labels.nodes(&flow.body.nodes);
    }
    for ledger in &definitions.ledgers {
        labels.named(ledger.body.label.as_ref(), ledger.body.ledger.value.0, ledger.body.ledger.span);
        ledger.body.limits.iter().for_each(|(_, limit)| labels.text(Some(&limit.say)));
    }
    for calendar in &definitions.calendars {
        labels.named(calendar.body.label.as_ref(), calendar.body.calendar.value.0, calendar.body.calendar.span);
    }
    for schedule in &definitions.schedules {
        labels.named(schedule.body.label.as_ref(), schedule.body.schedule.value.0, schedule.body.schedule.span);
        labels.messages(&schedule.body.notify);
    }
    for template in &definitions.templates {
        template.body.subject.iter().for_each(|subject| labels.wording(subject));
        labels.wording(&template.body.text);
        if template.body.print.is_some() {
            let body = &template.body;
            labels.named(body.label.as_ref(), body.template.value.0, body.template.span);
        }
    }
    for queue in &definitions.queues {
        labels.named(queue.body.label.as_ref(), queue.body.queue.value.0, queue.body.queue.span);
    }
    for report in &definitions.reports {
        labels.report(&report.body);
    }
    for dashboard in &definitions.dashboards {
        labels.named(dashboard.body.label.as_ref(), dashboard.body.dashboard.value.0, dashboard.body.dashboard.span);
        dashboard.body.tiles.iter().for_each(|tile| labels.text(tile.label.as_ref()));
    }
    for role in &definitions.roles {
        labels.named(role.body.label.as_ref(), role.body.role.value.0, role.body.role.span);
    }
    for form in &definitions.forms {
        labels.text(form.body.label.as_ref());
        labels.fields(&form.body.inputs);
        form.body.sections.iter().for_each(|section| {
            labels.text(section.label.as_ref());
            labels.text(section.tab.as_ref());
        });
    }
}

struct Labels<'a> {
    locales: &'a [Language],
    out: &'a mut Diagnostics,
}

impl Labels<'_> {
    fn object(&mut self, object: &Object) {
        self.named(object.label.as_ref(), object.object.value.0, object.object.span);
        self.text(object.help.as_ref());
        self.fields(&object.fields);
        object.checks.iter().for_each(|(_, check)| self.text(Some(&check.say)));
        for (name, clock) in &object.sla {
            self.named(clock.label.as_ref(), name.value, name.span);
            clock.marks.iter().for_each(|mark| self.messages(&mark.notify));
        }
        for (_, rule) in &object.rules {
            self.messages(&rule.notify);
        }
    }

    /// What is taken of a field is called like the field; what is computed, or of some records only, has to be named.
    fn report(&mut self, report: &Report) {
        self.named(report.label.as_ref(), report.report.value.0, report.report.span);
        self.text(report.help.as_ref());
        report.dimensions.iter().for_each(|(_, dimension)| self.text(dimension.label.as_ref()));
        for (name, measure) in &report.measures {
            let between = [&measure.sum, &measure.mean, &measure.min, &measure.max, &measure.median];
            let between = between.into_iter().flatten().chain(measure.percentile.as_ref().map(|p| &p.value.of));
            let between = between.into_iter().any(|taken| matches!(taken, Taken::Between(_)));
            if measure.value.is_some() || measure.filter.is_some() || between {
                self.named(measure.label.as_ref(), name.value, name.span);
            } else {
                self.text(measure.label.as_ref());
            }
        }
    }

    fn fields(&mut self, fields: &Map<Field>) {
        for (name, field) in fields.iter().filter(|(_, field)| !field.kept) {
            self.named(field.label.as_ref(), name.value, name.span);
            self.text(field.help.as_ref());
            for option in field.options.iter().flat_map(|options| &options.value.0) {
                self.named(option.label.as_ref(), option.name.value.0, option.name.span);
            }
            field.fields.iter().for_each(|inner| self.fields(inner));
        }
    }

    /// States and ends are what people read as the position of a record; the others only when they have a label.
    fn nodes(&mut self, nodes: &Map<Node>) {
        for (name, node) in nodes {
            let silent = node.decide.is_some() || node.join.is_some() || node.run.is_some();
            if silent || node.each.is_some() || node.scope.is_some() {
                self.text(node.label.as_ref());
            } else {
                self.named(node.label.as_ref(), name.value, name.span);
            }
            self.actions(&node.actions);
            for step in node.approval.iter().flat_map(|approval| &approval.value) {
                self.text(step.label.as_ref());
            }
            for exit in [&node.approved, &node.rejected, &node.returned, &node.withdrawn].into_iter().flatten() {
                self.messages(&exit.value.notify);
            }
            for (_, timer) in &node.timers {
                self.messages(&timer.notify);
            }
            for effects in node.enter.iter().chain(&node.run) {
                self.messages(&effects.value.notify);
            }
            if let Some(scope) = &node.scope {
                self.actions(&scope.actions);
                self.nodes(&scope.nodes);
            }
            if let Some(each) = &node.each {
                self.nodes(&each.nodes);
            }
        }
    }

    fn actions(&mut self, actions: &Map<Action>) {
        for (name, action) in actions {
            self.named(action.label.as_ref(), name.value, name.span);
            self.text(action.say.as_ref());
            self.messages(&action.notify);
        }
    }

    /// Something people read: without a label they would read its name.
    fn named(&mut self, label: Option<&Sp<Label>>, name: Name, at: Span) {
        match label {
            Some(label) => self.text(Some(label)),
            None => self.out.push(
                Diagnostic::warning(code!("missing-label"), at, text!("`{name}` has no label", "`{name}` 没有标签"))
                    .help(text!("people read the name instead", "用户看到的将是名称本身")),
            ),
        }
    }

    fn messages(&mut self, messages: &Many<Notify>) {
        messages.iter().for_each(|message| self.text(message.say.as_ref()));
    }

    fn text(&mut self, label: Option<&Sp<Label>>) {
        let Some(label) = label else { return };
        self.every(|locale| label.value.has(locale), label.span);
    }

    fn wording(&mut self, wording: &Wording) {
        self.every(|locale| !wording.get(locale).is_empty(), wording.zh.span);
    }

    fn every(&mut self, has: impl Fn(Language) -> bool, at: Span) {
        for locale in self.locales.iter().filter(|locale| !has(**locale)) {
            let language = if *locale == Language::Zh { "zh" } else { "en" };
            self.out.push(Diagnostic::warning(
                code!("missing-label"),
                at,
                text!("no wording in `{language}`", "没有 `{language}` 的文字"),
            ));
        }
    }
}
