//! The kinds of definition, one file each. Field comments are the manual.

pub mod approval;
pub mod book;
pub mod calendar;
pub mod connector;
pub mod dashboard;
pub mod effect;
pub mod field;
pub mod flow;
pub mod form;
pub mod ledger;
pub mod object;
pub mod queue;
pub mod report;
pub mod role;
pub mod scenario;
pub mod schedule;
pub mod sharing;
pub mod sla;
pub mod table;
pub mod template;
pub mod timer;

use crate::spanned::Sp;

/// Every definition of one load, in file order.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// `*.book.yaml`
    pub books: Vec<Defined<book::Book>>,
    /// `*.object.yaml`
    pub objects: Vec<Defined<object::Object>>,
    /// `*.flow.yaml`
    pub flows: Vec<Defined<flow::Flow>>,
    /// `*.table.yaml`
    pub tables: Vec<Defined<table::Table>>,
    /// `*.ledger.yaml`
    pub ledgers: Vec<Defined<ledger::Ledger>>,
    /// `*.calendar.yaml`
    pub calendars: Vec<Defined<calendar::Calendar>>,
    /// `*.schedule.yaml`
    pub schedules: Vec<Defined<schedule::Schedule>>,
    /// `*.queue.yaml`
    pub queues: Vec<Defined<queue::Queue>>,
    /// `*.template.yaml`
    pub templates: Vec<Defined<template::Template>>,
    /// `*.connector.yaml`
    pub connectors: Vec<Defined<connector::Connector>>,
    /// `*.report.yaml`
    pub reports: Vec<Defined<report::Report>>,
    /// `*.dashboard.yaml`
    pub dashboards: Vec<Defined<dashboard::Dashboard>>,
    /// `*.role.yaml`
    pub roles: Vec<Defined<role::Role>>,
    /// `*.form.yaml`
    pub forms: Vec<Defined<form::Form>>,
    /// `*.scenario.yaml`
    pub scenarios: Vec<Defined<scenario::Scenario>>,
    /// `*.rhai`, by the name of the file without `.rhai`.
    pub scripts: Vec<Script>,
    /// `*.csv` beside a table or a calendar: path relative to the folder, and the number of the source.
    pub csv: Vec<(String, u32)>,
    /// Files of which nothing could be read: their names are taken, so nobody need miss them.
    pub broken: Vec<Broken>,
}

impl Definitions {
    /// The roles that the folder defines: those that ship with the engine are in every book.
    pub fn own_roles(&self) -> impl Iterator<Item = &Defined<role::Role>> {
        self.roles.iter().filter(|role| role.module != crate::system::MODULE)
    }
}

/// A definition that could not be read; why is a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The kind, from the file's name: `object` for `lead.object.yaml`.
    pub kind: &'static str,
    /// The name, from the file's name.
    pub name: formwork_model::name::Name,
}

/// A definition and where it came from.
#[derive(Debug, Clone)]
pub struct Defined<T> {
    /// The module folder it lies in: `sales` for `definitions/sales/lead.object.yaml`.
    pub module: String,
    /// Path of the file relative to the folder that was loaded.
    pub path: String,
    /// The definition.
    pub body: T,
}

/// A script file.
#[derive(Debug, Clone)]
pub struct Script {
    /// The module folder.
    pub module: String,
    /// The file's name without `.rhai`.
    pub name: Sp<formwork_model::name::Name>,
    /// The number of the source.
    pub source: u32,
}
