//! How far an import came, in a small file, so that it can be taken up again.
//!
//! The file says up to which row everything is on disk. Rows after it may be there too: each carries an
//! idempotency key made of the run's id and its number, so the book does none of them twice.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_model::{code, id::CommandId, text};
use formwork_runtime::command::ImportMode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::plan_row::Pass;
use crate::{error::Error, mapping::Mapping};

/// What the file holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Saved {
    /// The mapping it belongs to.
    import: String,
    /// The data file and its length.
    from: String,
    bytes: u64,
    /// Identity of the run.
    run: String,
    /// Whether the second pass has begun.
    later: bool,
    /// Every row up to this one is done.
    row: u64,
    /// Rows that created a record, when the second pass has to know.
    created: BTreeSet<u64>,
}

/// How far the import came.
pub(super) struct State {
    path: Option<PathBuf>,
    saved: Saved,
    /// The last row that was done or is on its way.
    last: u64,
    /// Whether rows that created a record matter.
    remember_created: bool,
}

type Identity = ([u8; 16], (Arc<str>, [u8; 32]));

impl State {
    /// Reads the file, if there is one.
    pub(super) fn open(path: Option<&Path>, mapping: &Mapping) -> Result<Self, Error> {
        let from = mapping.from.display().to_string();
        let bytes = fs::metadata(&mapping.from).map_err(Error::file(&mapping.from))?.len();
        let fresh = || Saved {
            import: mapping.name.clone(),
            from: from.clone(),
            bytes,
            run: CommandId::random().to_string(),
            ..Saved::default()
        };
        let saved = match path {
            Some(path) if path.exists() => {
                let text = fs::read_to_string(path).map_err(Error::file(path))?;
                let saved: Option<Saved> = serde_json::from_str(&text).ok();
                saved
                    .filter(|saved| saved.import == mapping.name && saved.from == from && saved.bytes == bytes)
                    .ok_or_else(|| other_import(path))?
            }
            _ => fresh(),
        };
        let remember_created = mapping.mode == ImportMode::Skip && mapping.columns.iter().any(|column| column.later);
        let mut state = Self { path: path.map(Path::to_owned), last: saved.row, saved, remember_created };
        // The run's id has to be on disk before the first row is.
        state.write()?;
        Ok(state)
    }

    pub(super) fn is_done(&self, pass: Pass, row: u64) -> bool {
        match pass {
            Pass::First => self.saved.later || row <= self.saved.row,
            Pass::Later => row <= self.saved.row,
        }
    }

    /// The identity of a row's command, the same in every attempt.
    pub(super) fn identity(&self, pass: Pass, row: u64, cells: &[String]) -> Option<Identity> {
        self.path.as_ref()?;
        let key: Arc<str> =
            format!("import {} {}{row}", self.saved.run, if pass == Pass::Later { "+" } else { "" }).into();
        let mut of_row = Sha256::new();
        for cell in cells {
            of_row.update((cell.len() as u64).to_le_bytes());
            of_row.update(cell.as_bytes());
        }
        let mut id = [0; 16];
        id.copy_from_slice(Sha256::digest(key.as_bytes()).get(..16).unwrap_or(&[0; 16]));
        let hash = of_row.finalize().into();
        Some((id, (key, hash)))
    }

    /// A row is answered, or on its way to be.
    pub(super) fn done(&mut self, _: Pass, row: u64) {
        self.last = self.last.max(row);
    }

    pub(super) fn created(&mut self, row: u64) {
        if self.remember_created {
            self.saved.created.insert(row);
        }
    }

    /// Whether the second pass may set fields of this row's record: in mode `skip`, of new ones only.
    pub(super) fn may_be_set(&self, row: u64) -> bool {
        !self.remember_created || self.saved.created.contains(&row)
    }

    /// Writes down how far it came; `oldest` is the earliest row that is not answered yet.
    pub(super) fn save(&mut self, oldest: Option<u64>) -> Result<(), Error> {
        self.saved.row = oldest.map_or(self.last, |oldest| oldest.saturating_sub(1)).max(self.saved.row);
        self.write()
    }

    /// Every row of a pass is answered.
    pub(super) fn pass_over(&mut self, pass: Pass) -> Result<(), Error> {
        if pass == Pass::First && !self.saved.later {
            self.saved.later = true;
            self.saved.row = 0;
            self.last = 0;
        }
        self.write()
    }

    /// The import is complete: the next one begins anew.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        match &self.path {
            Some(path) if path.exists() => fs::remove_file(path).map_err(Error::file(path)),
            _ => Ok(()),
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        let Some(path) = &self.path else { return Ok(()) };
        let text = serde_json::to_string(&self.saved).map_err(|error| Error::file(path)(error.into()))?;
        let fresh = path.with_extension("new");
        let mut file = fs::File::create(&fresh).map_err(Error::file(&fresh))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::file(&fresh))?;
        fs::rename(&fresh, path).map_err(Error::file(path))
    }
}

fn other_import(path: &Path) -> Error {
    let path = path.display();
    Error::Data {
        code: code!("other-import"),
        message: text!(
            "{path} belongs to another import, or the data file has changed; delete it to begin anew",
            "{path} 属于另一次导入，或数据文件已变化；删除它即可重新开始"
        ),
    }
}
