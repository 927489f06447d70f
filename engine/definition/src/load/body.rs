//! One definition of any kind.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
};

use crate::{
    decode::decode,
    kind::{
        book, calendar, connector, dashboard, flow, form, ledger, object, queue, report, role, scenario, schedule,
        table, template,
    },
    schema::kinds,
    spanned::Sp,
    yaml::{Kind, Node},
};

/// A definition, whichever kind it is.
pub(super) enum Body {
    Book(Box<book::Book>),
    Object(Box<object::Object>),
    Flow(Box<flow::Flow>),
    Table(Box<table::Table>),
    Ledger(Box<ledger::Ledger>),
    Calendar(Box<calendar::Calendar>),
    Schedule(Box<schedule::Schedule>),
    Queue(Box<queue::Queue>),
    Template(Box<template::Template>),
    Connector(Box<connector::Connector>),
    Report(Box<report::Report>),
    Dashboard(Box<dashboard::Dashboard>),
    Role(Box<role::Role>),
    Form(Box<form::Form>),
    Scenario(Box<scenario::Scenario>),
}

impl Body {
    /// Reads `tree` as a definition of `kind`.
    pub(super) fn decode(kind: &str, tree: &Node, out: &mut Diagnostics) -> Option<Self> {
        if let Some(problem) = another_kind(kind, tree) {
            out.push(problem);
            return None;
        }
        Some(match kind {
            "book" => Self::Book(Box::new(decode(tree, out)?)),
            "object" => Self::Object(Box::new(decode(tree, out)?)),
            "flow" => Self::Flow(Box::new(decode(tree, out)?)),
            "table" => Self::Table(Box::new(decode(tree, out)?)),
            "ledger" => Self::Ledger(Box::new(decode(tree, out)?)),
            "calendar" => Self::Calendar(Box::new(decode(tree, out)?)),
            "schedule" => Self::Schedule(Box::new(decode(tree, out)?)),
            "queue" => Self::Queue(Box::new(decode(tree, out)?)),
            "template" => Self::Template(Box::new(decode(tree, out)?)),
            "connector" => Self::Connector(Box::new(decode(tree, out)?)),
            "report" => Self::Report(Box::new(decode(tree, out)?)),
            "dashboard" => Self::Dashboard(Box::new(decode(tree, out)?)),
            "role" => Self::Role(Box::new(decode(tree, out)?)),
            "form" => Self::Form(Box::new(decode(tree, out)?)),
            "scenario" => Self::Scenario(Box::new(decode(tree, out)?)),
            _ => return None,
        })
    }

    /// The name it gives itself.
    pub(super) fn name(&self) -> Sp<Name> {
        let written = match self {
            Self::Book(body) => body.book,
            Self::Object(body) => body.object,
            Self::Flow(body) => body.flow,
            Self::Table(body) => body.table,
            Self::Ledger(body) => body.ledger,
            Self::Calendar(body) => body.calendar,
            Self::Schedule(body) => body.schedule,
            Self::Queue(body) => body.queue,
            Self::Template(body) => body.template,
            Self::Connector(body) => body.connector,
            Self::Report(body) => body.report,
            Self::Dashboard(body) => body.dashboard,
            Self::Role(body) => body.role,
            Self::Form(body) => body.form,
            Self::Scenario(body) => body.scenario,
        };
        written.with(written.value.0)
    }
}

/// A flow in a file that is called an object: one problem instead of one for every key.
fn another_kind(kind: &str, tree: &Node) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &tree.kind else { return None };
    if pairs.iter().any(|(key, _)| *key.value == *kind) {
        return None;
    }
    let (key, _) = pairs.first()?;
    let other = kinds().iter().find(|other| **other == &*key.value)?;
    Some(
        Diagnostic::error(
            code!("misnamed-file"),
            key.span,
            text!("this is a {other}, but the file says {kind}", "这里定义的是 {other}，而文件名写的是 {kind}"),
        )
        .help(text!("let the file's name end in `.{other}.yaml`", "请让文件名以 `.{other}.yaml` 结尾")),
    )
}
