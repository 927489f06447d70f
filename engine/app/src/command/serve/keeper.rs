//! Looks after the account sets of `serve --books` while the server runs.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use formwork_account::{log::note, token::Token};
use formwork_catalog::catalog::is_address;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{backend::Kind, store::Transaction, table::audit::What};
use formwork_web::{
    App, Served,
    sites::{Absent, New, Refused, Sites},
};

use super::{
    running::{Common, Running, threads},
    sites::{self, Site},
};
use crate::{
    command::user::record,
    console::Console,
    credentials,
    failure::{Exit, Failure},
    operators, sets,
};

/// How often, and how long in between, a folder that is to be put away is tried.
const TRIES: (u32, Duration) = (50, Duration::from_millis(200));
/// The role of the first administrator.
const ADMIN: &str = "admin";

/// What looks after the account sets.
#[derive(Debug)]
pub(super) struct Keeper {
    books: PathBuf,
    store: Option<Kind>,
    console: Console,
    /// Known once the server has its threads.
    common: OnceLock<Common>,
    /// What runs, by book. Whoever changes the account sets holds it for so long: one change at a time.
    running: Mutex<BTreeMap<String, Running>>,
}

impl Keeper {
    pub(super) fn new(books: PathBuf, store: Option<Kind>, console: Console) -> Self {
        Self { books, store, console, common: OnceLock::new(), running: Mutex::default() }
    }

    /// Takes over what the server started with.
    pub(super) fn begin(&self, common: Common, running: Vec<(String, Running)>) {
        let _once = self.common.set(common);
        self.running().extend(running);
    }

    /// Ends everything.
    pub(super) fn stop(&self) {
        let all: Vec<Running> = std::mem::take(&mut *self.running()).into_values().collect();
        all.into_iter().for_each(Running::stop);
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves the book in a folder, with threads of its own.
    fn serve(
        &self,
        app: &App,
        running: &mut BTreeMap<String, Running>,
        folder: PathBuf,
        prepare: impl FnOnce(&Served) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(common) = self.common.get() else {
            return Err(Failure {
                exit: Exit::Store, message: text!("the server has not begun", "服务尚未启动")
            });
        };
        let site = Site { data: folder.join("data"), definitions: folder };
        let catalog = site.check(&self.console)?;
        let name = catalog.book.name;
        if app.book(name.as_str()).is_some() {
            return Err(Failure::usage(text!("a book `{name}` is served already", "账套 `{name}` 已在提供服务")));
        }
        let runtime = threads(name.as_str())?;
        let served = sites::open(&site, self.store, &catalog, &self.console)?;
        prepare(&served)?;
        let served = app.add(served.with_runtime(runtime.handle().clone()));
        match Running::start(site, &served, Some(runtime), common) {
            Ok(started) => {
                running.insert(name.to_string(), started);
                Ok(())
            }
            Err(failure) => {
                app.remove(name.as_str(), Absent::Broken);
                Err(failure)
            }
        }
    }
}

impl Sites for Keeper {
    fn operator(&self, key: &Token) -> Option<String> {
        let hash = operators::hash_of(key);
        let known =
            operators::read(&self.books).inspect_err(|failure| tracing::error!("{}", failure.message.en)).ok()?;
        known.into_iter().find(|operator| operator.hash == hash).map(|operator| operator.name)
    }

    fn create(&self, app: &App, new: &New) -> Result<String, Refused> {
        let mut running = self.running();
        let Some(like) = running.get(&new.like).map(|known| known.site.definitions.clone()) else {
            let like = &new.like;
            return Err(Refused::Invalid("like", text!("there is no book `{like}`", "没有账套 `{like}`")));
        };
        if formwork_model::name::Name::new(&new.name).map_or(true, is_address) {
            let name: String = new.name.chars().take(64).collect();
            return Err(Refused::Invalid("name", text!("`{name}` is no name", "`{name}` 不是有效名称")));
        }
        if app.book(&new.name).is_some() || self.books.join(&new.name).exists() {
            let name = &new.name;
            return Err(Refused::Conflict(text!("there is a book `{name}` already", "已有账套 `{name}`")));
        }
        let failed = |failure: Failure| Refused::Failed(failure.message);
        let password = credentials::new_password().map_err(failed)?;
        let folder = sets::create(&self.books, &new.name, &like).map_err(failed)?;
        let made = self.serve(app, &mut running, folder.clone(), |served| {
            let (book, login) = (&served.book, &new.administrator);
            record::make(book, login, new.called.as_deref(), &[ADMIN.to_owned()])?;
            credentials::set(book, vec![login.clone()], &password, true)?;
            tell(served, &new.operator, What::BookMade)
        });
        if let Err(failure) = made {
            // Half a book is no book.
            let _left = std::fs::remove_dir_all(&folder);
            return Err(failed(failure));
        }
        tracing::info!(book = new.name, operator = new.operator, "a book was made");
        Ok(password)
    }

    fn archive(&self, app: &App, name: &str, operator: &str) -> Result<String, Refused> {
        let mut running = self.running();
        let Some(folder) = folder_name(&running, name).or_else(|| {
            let broken = app.absent().get(name) == Some(&Absent::Broken);
            broken.then(|| name.to_owned())
        }) else {
            return Err(Refused::Unknown(name.to_owned()));
        };
        if let Some(served) = app.book(name) {
            tell(&served, operator, What::BookArchived).map_err(|failure| Refused::Failed(failure.message))?;
        }
        if let Some(served) = app.remove(name, Absent::Archived) {
            drop(served);
            if let Some(running) = running.remove(name) {
                running.stop();
            }
        }
        let mut left = TRIES.0;
        let moved = loop {
            match sets::archive(&self.books, &folder) {
                Err(failure) if failure.exit == Exit::Store && left > 0 => {
                    left -= 1;
                    std::thread::sleep(TRIES.1);
                }
                moved => break moved,
            }
        };
        match moved {
            Ok(to) => {
                app.explain(name, Some(Absent::Archived));
                tracing::info!(book = name, operator, "a book was put away");
                Ok(to.display().to_string())
            }
            Err(failure) => {
                app.explain(name, Some(Absent::Broken));
                Err(Refused::Conflict(failure.message))
            }
        }
    }

    fn open(&self, app: &App, name: &str) -> Result<(), Refused> {
        let mut running = self.running();
        if app.book(name).is_some() {
            return Err(Refused::Conflict(text!("the book `{name}` is served", "账套 `{name}` 正在提供服务")));
        }
        let folder = sets::folder_of(&self.books, name).map_err(|_| Refused::Unknown(name.to_owned()))?;
        self.serve(app, &mut running, folder, |_| Ok(())).map_err(|failure| {
            app.explain(name, Some(Absent::Broken));
            Refused::Failed(failure.message)
        })?;
        // Its folder may be called otherwise than itself.
        app.explain(name, None);
        tracing::info!(book = name, "a book is served again");
        Ok(())
    }
}

/// What the folder of a book that runs is called.
fn folder_name(running: &BTreeMap<String, Running>, name: &str) -> Option<String> {
    let folder = running.get(name)?.site.definitions.file_name()?;
    folder.to_str().map(str::to_owned)
}

/// Writes what an operator does with a book into its audit log.
fn tell(served: &Served, operator: &str, what: What) -> Result<(), Failure> {
    let actor = format!("operator:{operator}");
    let name = served.name;
    credentials::change(&served.book, move |txn: &mut dyn Transaction| {
        note(txn, &actor, what, name, "", SystemClock.now())
    })
}

/// What looks after the account sets, for the settings of the server.
pub(super) fn shared(keeper: &Arc<Keeper>) -> Arc<dyn Sites> {
    keeper.clone()
}
