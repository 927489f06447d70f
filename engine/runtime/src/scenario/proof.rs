//! That the scenarios of a release pass, and what each case asked of the definitions: after an edit only those cases run
//! again that can come to something else.
//!
//! A case is decided by pure functions of the definitions, so it comes to the same until the first time it asks for
//! something that has changed. What it asked for is noted while it runs. Changed flows, forms, and rules and checks of
//! objects ask for nothing unless there is a record of their object; a table unless it is evaluated; a script unless it
//! runs. After any other edit every case runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use formwork_catalog::{catalog::Catalog, compare};
use formwork_model::name::Name;

use super::{Report, run_some};
use crate::touched::Touched;

/// What is known of the scenarios of the release that was tried last.
#[derive(Debug, Default)]
pub struct Proof(Mutex<Option<Proven>>);

#[derive(Debug, Clone)]
struct Proven {
    catalog: Arc<Catalog>,
    /// What each case touched, by its name.
    cases: Arc<BTreeMap<String, Asked>>,
}

/// What a case asked for, in words that mean the same in another release.
#[derive(Debug, Clone)]
struct Asked {
    objects: BTreeSet<Name>,
    tables: BTreeSet<Name>,
    /// Paths.
    files: BTreeSet<Arc<str>>,
}

impl Asked {
    fn of(touched: &Touched, catalog: &Catalog) -> Self {
        let files = touched.files.iter().filter_map(|file| Some(catalog.sources.get(*file)?.path.clone()));
        Self { objects: touched.objects.clone(), tables: touched.tables.clone(), files: files.collect() }
    }
}

/// What an edit can have an effect on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    objects: BTreeSet<Name>,
    tables: BTreeSet<Name>,
    files: BTreeSet<String>,
    /// Files of scenarios.
    scenarios: BTreeSet<String>,
}

impl Reach {
    /// What the edit reaches; `None` when that may be anything.
    pub(super) fn of(before: &Catalog, now: &Catalog) -> Option<Self> {
        let mut reach = Self::default();
        for file in compare::changed_files(before, now) {
            let name = Name::find(&file.name);
            let both = [before, now];
            match file.kind.as_str() {
                "table" => _ = reach.tables.insert(name?),
                "object" if file.differences.iter().all(|difference| of_rules(&difference.path)) => {
                    reach.objects.insert(name?);
                }
                "flow" => {
                    let flows = both.map(|catalog| Some(catalog.flows.get(&name?)?.object));
                    reach.objects.extend(flows.into_iter().flatten());
                }
                "form" => {
                    let forms = both.map(|catalog| Some(catalog.forms.get(&name?)?.object));
                    reach.objects.extend(forms.into_iter().flatten());
                }
                // What calls a function does not say in which file it stands.
                "script" if both.iter().all(|catalog| !has_functions(catalog, &file.path)) => {
                    reach.files.insert(file.path);
                }
                "scenario" => _ = reach.scenarios.insert(file.path),
                _ => return None,
            }
        }
        Some(reach)
    }

    fn reaches(&self, file: &str, asked: &Asked) -> bool {
        self.scenarios.contains(file)
            || !self.objects.is_disjoint(&asked.objects)
            || !self.tables.is_disjoint(&asked.tables)
            || asked.files.iter().any(|file| self.files.contains(&**file))
    }
}

/// Whether what lies there concerns the records of its object alone.
fn of_rules(path: &str) -> bool {
    let first = path.split('.').next();
    matches!(first, Some("rules" | "checks"))
}

/// Whether a script file has functions, which expressions anywhere can call.
fn has_functions(catalog: &Catalog, path: &str) -> bool {
    let found = catalog.sources.iter().find(|source| *source.path == *path);
    found.is_some_and(|source| source.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "fn"))
}

impl Proof {
    /// Runs the scenarios that can come to something else than the last time that all of them passed: all of them the
    /// first time. What is reported are the cases that ran.
    pub fn prove(&self, catalog: &Arc<Catalog>) -> Vec<Report> {
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reach = before.as_ref().and_then(|before| Some((Reach::of(&before.catalog, catalog)?, &before.cases)));
        let files: BTreeMap<String, &str> = (catalog.scenarios.iter())
            .flat_map(|scenario| super::names(scenario).map(|name| (name, scenario.path.as_str())))
            .collect();
        let runs = |name: &str| {
            let Some((reach, cases)) = &reach else { return true };
            let known = files.get(name).zip(cases.get(name));
            known.is_none_or(|(file, asked)| reach.reaches(file, asked))
        };
        let reports = run_some(catalog, runs);
        if reports.iter().all(|report| report.failures.is_empty()) {
            let kept = reach.iter().flat_map(|(_, cases)| cases.iter());
            let kept =
                kept.filter(|(name, _)| files.contains_key(*name)).map(|(name, asked)| (name.clone(), asked.clone()));
            let ran = reports.iter().map(|report| (report.name.clone(), Asked::of(&report.touched, catalog)));
            let cases = Arc::new(kept.chain(ran).collect());
            let proven = Proven { catalog: catalog.clone(), cases };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(proven);
        }
        reports
    }
}
