//! Reports: what somebody sees of records, counted and summed by what they choose.
//!
//! [`Eyes::report`] answers a [`Sheet`]: two axes with headings, and for each pair of them a value for each measure.
//! Totals are computed from the records, not from cells, so that a mean or a rate of a total is that of all its records.

mod beyond;
mod finish;
mod gather;
mod heading;
mod json;
mod leave;
mod mark;
mod plan;
mod sees;
mod sheet;
mod sum;
mod trail;

pub use json::listed;
pub use sheet::{Along, Asked, Axis, Chosen, Drill, Heading, Offered, Sheet};

use std::sync::Arc;

use formwork_catalog::report::{Dashboard, Report, Shows};
use formwork_model::name::Name;

use crate::{
    access::{Eyes, Granted, READ},
    decider::Decider,
    rejection::Refusal,
};

impl Eyes<'_> {
    /// The reports in which the actor sees something, in file order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn reports(&self) -> Result<Vec<Arc<Report>>, Refusal> {
        self.ask(|decider| {
            let reports = decider.catalog().reports.values();
            Ok(reports.filter(|report| decider.sees_report(report)).cloned().collect())
        })
    }

    /// What the actor can choose of a report.
    ///
    /// # Errors
    /// `unknown-report`, or when the store fails.
    pub fn offered_of(&self, report: &str) -> Result<(Arc<Report>, Offered), Refusal> {
        self.ask(|decider| {
            let report = decider.report_called(report)?;
            let offered = decider.offered_of(&report);
            Ok((report, offered))
        })
    }

    /// The dashboards on which the actor sees something, in file order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dashboards(&self) -> Result<Vec<Arc<Dashboard>>, Refusal> {
        self.ask(|decider| {
            let sees = |dashboard: &&Arc<Dashboard>| {
                decider.is_for(&dashboard.roles) && dashboard.tiles.iter().any(|tile| decider.sees_tile(&tile.shows))
            };
            Ok(decider.catalog().dashboards.values().filter(sees).cloned().collect())
        })
    }

    /// Whether the actor sees something in a tile of a dashboard.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sees_tile(&self, shows: &Shows) -> Result<bool, Refusal> {
        self.ask(|decider| Ok(decider.sees_tile(shows)))
    }

    /// A report, computed of what the actor sees. It reads every record that counts, which may take seconds: never on
    /// a thread that serves other requests. Records are read in slices, between which others may write; each counts
    /// once, as it is when it is read.
    ///
    /// # Errors
    /// `unknown-report`, `unknown-dimension`, `unknown-measure`, what is wrong with the filter, `report-too-large`, or
    /// when the store fails.
    pub fn report(&self, report: &str, asked: &Asked) -> Result<Sheet, Refusal> {
        let release = self.book.release();
        let (report, asking) = self.ask(|decider| Ok((decider.report_called(report)?, decider.asking_for())))?;
        let plan = plan::Plan::of(&report, asked, (&release, &asking))?;
        let mut gathered = gather::Gathered::new(&plan, &asking, &release);
        while self.book.read(|view| gathered.go_on(view))? {}
        let mut sheet = self.ask(|decider| finish::finish(&plan, gathered, decider))?;
        sheet.period = (asked.from, asked.to);
        Ok(sheet)
    }
}

impl Decider<'_> {
    /// The report, if it is there for the actor.
    fn report_called(&self, word: &str) -> Result<Arc<Report>, Refusal> {
        let reports = &self.catalog().reports;
        let found = Name::find(word).and_then(|name| reports.get(&name)).filter(|report| self.sees_report(report));
        found.cloned().ok_or_else(|| {
            let seen = reports.values().filter(|report| self.sees_report(report));
            plan::no_report(word, seen.map(|report| report.name.as_str()))
        })
    }

    fn sees_report(&self, report: &Report) -> bool {
        self.is_for(&report.roles) && !self.offered_of(report).measures.is_empty()
    }

    fn offered_of(&self, report: &Report) -> Offered {
        plan::offered(&sees::Sees { report, catalog: self.catalog(), granted: &self.granted })
    }

    /// Whether something that is for some roles, or for everybody, is for the actor.
    fn is_for(&self, roles: &[Name]) -> bool {
        matches!(self.granted, Granted::All) || roles.is_empty() || roles.iter().any(|role| self.roles.contains(role))
    }

    fn sees_tile(&self, shows: &Shows) -> bool {
        let report = |name: &Name| self.catalog().reports.get(name).filter(|report| self.sees_report(report));
        match shows {
            Shows::Report { report: name, show, .. } => report(name).is_some_and(|report| {
                let offered = self.offered_of(report).measures;
                show.as_ref().is_none_or(|show| show.iter().any(|measure| offered.contains(measure)))
            }),
            Shows::Number { report: name, measure, .. } => {
                report(name).is_some_and(|report| self.offered_of(report).measures.contains(measure))
            }
            Shows::List { object, .. } => {
                self.limits().is_none_or(|access| access.allowing(*object, READ).next().is_some())
            }
        }
    }
}
