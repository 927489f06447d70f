//! What is served: one folder with definitions and its data, or every such folder below `--books`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::catalog::Catalog;
use formwork_model::text;
use formwork_runtime::{
    book::Book,
    scenario::{self, Proof},
};
use formwork_store::{backend::Kind, embedded::Embedded, store::Store};
use formwork_web::{Served, sites::Absent};

use super::{Args, demo};
use crate::{
    console::Console,
    definitions,
    failure::{Exit, Failure},
    place,
    reload::status_at_start,
    sets,
};

/// A folder that is served.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The folder that holds `definitions/`.
    pub(super) definitions: PathBuf,
    /// The data folder.
    pub(super) data: PathBuf,
}

/// The folders to serve, by name.
///
/// # Errors
/// When the folder of `--books` can't be read or holds none.
pub(super) fn find(args: &Args) -> Result<Vec<Site>, Failure> {
    let Some(books) = &args.books else {
        let data = args.data.clone().unwrap_or_else(|| PathBuf::from(if args.demo { "data/demo" } else { "data" }));
        return Ok(vec![Site { definitions: args.definitions.clone(), data }]);
    };
    let sites: Vec<Site> = place::books_below(books)?
        .into_iter()
        .map(|folder| Site { data: folder.join("data"), definitions: folder })
        .collect();
    if sites.is_empty() {
        let shown = books.display();
        return Err(Failure::usage(text!(
            "{shown} holds no book; `formwork books create NAME --books {shown}` makes one",
            "{shown} 中没有账套；可用 `formwork books create 名称 --books {shown}` 新建"
        )));
    }
    Ok(sites)
}

/// Refuses two folders whose books are called alike: one of them could not be reached.
///
/// # Errors
/// When there are such.
pub(super) fn check_names(catalogs: &[Arc<Catalog>]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match catalogs.iter().map(|catalog| catalog.book.name).find(|name| !seen.insert(*name)) {
        Some(name) => Err(Failure::usage(text!("several books are called `{name}`", "有多个账套名为 `{name}`"))),
        None => Ok(()),
    }
}

/// What of the sites can be used. One that can't is said and left out, when there are others: a broken book must not
/// keep the others from being served.
///
/// # Errors
/// When it is the only one, or none can be used.
pub(super) fn usable<T>(
    sites: &mut Vec<Site>,
    found: Vec<Result<T, Failure>>,
    console: &Console,
) -> Result<Vec<T>, Failure> {
    if found.len() == 1 {
        return found.into_iter().collect();
    }
    let (mut usable, mut kept) = (Vec::new(), Vec::new());
    for (site, found) in sites.drain(..).zip(found) {
        match found {
            Ok(found) => {
                usable.push(found);
                kept.push(site);
            }
            Err(failure) => {
                console.error(&failure.message);
                let shown = site.definitions.display();
                console.say(&text!("{shown} is not served; the others are", "{shown} 未提供服务；其余账套照常"));
            }
        }
    }
    *sites = kept;
    if usable.is_empty() {
        let message = text!("no book can be served", "没有可提供服务的账套");
        return Err(Failure { exit: Exit::Found, message });
    }
    Ok(usable)
}

impl Site {
    /// Its definitions, checked.
    ///
    /// # Errors
    /// When the folder can't be read or has an error.
    pub(super) fn check(&self, console: &Console) -> Result<Arc<Catalog>, Failure> {
        definitions::catalog(&self.definitions, console)
    }

    /// Its book, opened; made, when there is none yet.
    ///
    /// # Errors
    /// When it is in use, its scenarios fail, or the disk fails.
    pub(super) fn open(&self, args: &Args, catalog: &Arc<Catalog>, console: &Console) -> Result<Served, Failure> {
        if args.demo {
            demo::make(&self.definitions, &self.data, args.store, catalog, console)?;
        }
        open(self, args.store, catalog, console)
    }

    /// What its folder is called.
    pub(super) fn folder_name(&self) -> String {
        self.definitions.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Why books of the folder are not there: those that could not be used, and those that were put away.
pub(super) fn absent(all: &[String], used: &[Site], served: &[Served], books: Option<&Path>) -> Vec<(String, Absent)> {
    let Some(books) = books else { return Vec::new() };
    let used: BTreeSet<String> = used.iter().map(Site::folder_name).collect();
    let broken = all.iter().filter(|name| !used.contains(*name)).map(|name| (name.clone(), Absent::Broken));
    let archived = sets::archived(books).into_iter().map(|name| (name, Absent::Archived));
    let is_served = |name: &str| served.iter().any(|served| served.name == name);
    // What is broken now counts, not that a book of the name was put away once.
    archived.chain(broken).filter(|(name, _)| !is_served(name)).collect()
}

/// The book of a site with what it is served with.
pub(super) fn open(
    site: &Site,
    store: Option<Kind>,
    catalog: &Arc<Catalog>,
    console: &Console,
) -> Result<Served, Failure> {
    let proof = Proof::default();
    let book = Arc::new(open_book(store, &site.data, (catalog, &proof), console)?);
    let mut served = Served::new(book).with_folder(&site.definitions);
    // What passed just now need not run once more before the first edit.
    served.proof = Arc::new(proof);
    served.status.store(Arc::new(status_at_start(&served.book, catalog)));
    Ok(served)
}

/// Opens the book; a release it does not run yet goes live only when its scenarios pass.
fn open_book(
    store: Option<Kind>,
    data: &Path,
    (catalog, proof): (&Arc<Catalog>, &Proof),
    console: &Console,
) -> Result<Book, Failure> {
    let folder = place::folder_of(data, catalog);
    let store: Arc<dyn Store> = Arc::new(Embedded::open(&folder, store)?);
    if let Some(instead) = place::instead_of(&*store, catalog, console)? {
        let (live, held) = (&instead.release, &catalog.release);
        console.say(&text!(
            "{live} goes on; the files say {held}, which was left by going back or waits for a second person to approve it",
            "版本 {live} 继续生效；文件为 {held}，该版本已被回退或等待另一人审批"
        ));
        return place::open(store, instead, console);
    }
    if place::active_release(&*store)?.as_deref() != Some(&*catalog.release) {
        let failures = scenario::failures(&proof.prove(catalog));
        if failures.has_errors() {
            console.say_diagnostics(&failures, &catalog.sources);
            return Err(Failure::found(text!(
                "scenarios fail, so this release does not go live",
                "场景测试未通过，此版本不会生效"
            )));
        }
    }
    place::open(store, catalog.clone(), console)
}
