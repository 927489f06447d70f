//! Backups in files: written whole or not at all, listed with what is known of them, and proved by restoring them beside
//! everything.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::catalog::Catalog;
use formwork_model::{clock::SystemClock, text, text::Text};
use formwork_runtime::{
    book::Book,
    rejection::Refusal,
    release::read,
    verify::{Verdict, verify},
};
use formwork_store::{
    backend::Kind,
    dump::{
        Summary, backup, restore,
        sealed::{Key, Opener, Sealer, is_sealed},
    },
    embedded::Embedded,
    error::Error as StoreError,
    store::{self, Store},
    table::release,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// Where a server keeps backups, and what they are sealed with.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// The key; without one they are not sealed.
    pub key: Option<Key>,
}

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The name of its file.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written.
    pub written: Option<Timestamp>,
    /// When it was proved last, and how many problems were found then.
    pub proved: Option<(Timestamp, u64)>,
}

/// What came of restoring a backup beside everything.
#[derive(Debug)]
pub struct Proof {
    /// What the backup holds.
    pub summary: Summary,
    /// Whether the copy holds that to the byte.
    pub is_equal: bool,
    /// What the book in the copy says of itself; `None` when its release can't be read by this program.
    pub verdict: Option<Verdict>,
}

impl Proof {
    /// How many problems there are.
    pub fn problems(&self) -> u64 {
        let found = self.verdict.as_ref().map_or(1, |verdict| verdict.findings.len() as u64);
        found + u64::from(!self.is_equal)
    }
}

/// Why a backup was not written or proved.
#[derive(Debug)]
pub enum Failed {
    /// A file can't be read or written.
    Disk(PathBuf, io::Error),
    /// The store failed.
    Store(StoreError),
    /// The backup is cut off or altered, or sealed with another key.
    Unreadable(String),
    /// The book in the copy can't be opened.
    Refused(Refusal),
    /// It is sealed, and there is no key.
    Sealed,
}

impl Failed {
    /// In words.
    pub fn message(&self) -> Text {
        match self {
            Self::Disk(path, error) => {
                let path = path.file_name().unwrap_or_default().to_string_lossy();
                text!("{path}: {error}", "{path}：{error}")
            }
            Self::Store(error) => text!("{error}", "{error}"),
            Self::Unreadable(what) => text!(
                "the backup can't be read: {what}; give the key it was made with, or take another backup",
                "备份无法读取：{what}；请提供制作备份时的密钥，或换用其他备份"
            ),
            Self::Refused(_) => text!("the book in the copy can't be opened", "副本中的账套无法打开"),
            Self::Sealed => text!("it is sealed, and the key is not known here", "备份已加密，此处没有密钥"),
        }
    }
}

/// Writes a backup beside its place and moves it there when it is whole and on disk. `seal` is the key and fresh random
/// bytes.
///
/// # Errors
/// When the store or the disk fails; then there is no file.
pub fn write(
    book: &dyn Store,
    place: &Path,
    seal: Option<(&Key, [u8; 32])>,
    created: Timestamp,
) -> Result<Summary, Failed> {
    let mut beside = place.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let disk = |error: io::Error| Failed::Disk(beside.clone(), error);
    let written = File::create(&beside).map_err(disk).and_then(|file| {
        let mut output = BufWriter::new(file);
        let summary = match seal {
            None => backup(book, created, &mut output).map_err(Failed::Store)?,
            Some((key, random)) => {
                let mut sealer = Sealer::new(&mut output, key, random).map_err(disk)?;
                let summary = backup(book, created, &mut sealer).map_err(Failed::Store)?;
                sealer.end().map_err(disk)?;
                summary
            }
        };
        output.flush().map_err(disk)?;
        output.get_ref().sync_all().map_err(disk)?;
        fs::rename(&beside, place).map_err(|error| Failed::Disk(place.to_owned(), error))?;
        Ok(summary)
    });
    if written.is_err() {
        // The failure that is told is the first one.
        let _left = fs::remove_file(&beside);
    }
    written
}

/// Makes a book of a backup in a folder, opened with the key when it is sealed.
///
/// # Errors
/// When it is sealed and there is no key, it is cut off or altered, or a disk fails.
pub fn read_into(place: &Path, key: Option<&Key>, data: &Path, kind: Kind) -> Result<Summary, Failed> {
    let disk = |error: io::Error| Failed::Disk(place.to_owned(), error);
    let mut input = BufReader::new(File::open(place).map_err(disk)?);
    let load = |input: &mut dyn Read| {
        restore(input, data, kind).map_err(|error| match error {
            StoreError::Damaged(what) => Failed::Unreadable(what),
            other => Failed::Store(other),
        })
    };
    if !is_sealed(&mut input).map_err(disk)? {
        return load(&mut input);
    }
    let mut opener = Opener::new(input, key.ok_or(Failed::Sealed)?).map_err(disk)?;
    load(&mut opener)
}

/// Restores beside everything, in a folder of its own below `room`, and proves two things: what the copy holds is what the
/// backup holds, to the byte; and it is what its own history says. The copy is removed again. `unlock` opens it where it
/// is encrypted.
///
/// # Errors
/// As [`read_into`], and when the copy can't be opened.
pub fn prove<E: From<Failed>>(
    place: &Path,
    key: Option<&Key>,
    room: &Path,
    unlock: impl FnOnce(Arc<dyn Store>, &Catalog) -> Result<Arc<dyn Store>, E>,
) -> Result<Proof, E> {
    let beside = tempfile::tempdir_in(room).map_err(|error| Failed::Disk(room.to_owned(), error))?;
    let folder = beside.path().join("drill");
    let summary = read_into(place, key, &folder, Kind::Sled)?;
    let copy: Arc<dyn Store> = Arc::new(Embedded::open(&folder, None).map_err(Failed::Store)?);
    let again = backup(&*copy, summary.created, &mut io::sink()).map_err(Failed::Store)?;
    let checked = store::read(&*copy, |view| match release::active(view)? {
        Some(hash) => read(view, &hash),
        None => Ok(None),
    });
    let catalog = checked.map_err(Failed::Store)?.and_then(|checked| checked.catalog);
    let verdict = match catalog {
        Some(catalog) => {
            let copy = unlock(copy, &catalog)?;
            let book = Book::open(copy, Arc::new(catalog), Arc::new(SystemClock)).map_err(Failed::Refused)?;
            Some(verify(&book).map_err(Failed::Refused)?)
        }
        None => None,
    };
    Ok(Proof { is_equal: again.sha256 == summary.sha256, summary, verdict })
}

/// How the files of backups end.
const ENDING: &str = ".backup";

impl Place {
    /// Backups of a book, the newest first.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn list(&self, book: &str) -> Result<Vec<Kept>, Failed> {
        let disk = |error: io::Error| Failed::Disk(self.folder.clone(), error);
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(disk)? {
            let entry = entry.map_err(disk)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_of(&name, book) {
                continue;
            }
            let known = entry.metadata().map_err(disk)?;
            let written = known.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
            let proved = fs::read_to_string(self.beside(&name)).ok().and_then(|text| read_proved(&text));
            kept.push(Kept { name, size: known.len(), written, proved });
        }
        kept.sort_by(|a, b| b.name.cmp(&a.name));
        Ok(kept)
    }

    /// Writes a backup of a book; gives the name of its file.
    ///
    /// # Errors
    /// As [`write`].
    pub fn make(&self, book: &Book, random: [u8; 32]) -> Result<String, Failed> {
        let now = book.now();
        let name = format!("{}-{}{ENDING}", book.catalog().book.name, now.strftime("%Y%m%dT%H%M%S%3fZ"));
        let seal = self.key.as_ref().map(|key| (key, random));
        write(&**book.store(), &self.folder.join(&name), seal, now)?;
        Ok(name)
    }

    /// The file of a backup of a book; `None` when there is none of this name.
    pub fn file(&self, book: &str, name: &str) -> Option<PathBuf> {
        let place = self.folder.join(name);
        (is_of(name, book) && place.is_file()).then_some(place)
    }

    /// Proves a backup of a book, and remembers what came of it beside the file.
    ///
    /// # Errors
    /// As [`prove`].
    pub fn prove(&self, name: &str, book: &Book) -> Result<Proof, Failed> {
        let unlock = |copy, _: &Catalog| book.store().open_copy(copy).map_err(Failed::Store);
        let proof = prove(&self.folder.join(name), self.key.as_ref(), &self.folder, unlock)?;
        let now = book.now();
        let told = json!({"proved": now.to_string(), "problems": proof.problems(), "pairs": proof.summary.pairs});
        let beside = self.beside(name);
        fs::write(&beside, told.to_string()).map_err(|error| Failed::Disk(beside, error))?;
        Ok(proof)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.proof"))
    }
}

/// Whether a file of this name is a backup of the book; a name is never a path.
fn is_of(name: &str, book: &str) -> bool {
    let stamp =
        name.strip_prefix(book).and_then(|rest| rest.strip_prefix('-')).and_then(|rest| rest.strip_suffix(ENDING));
    stamp.is_some_and(|stamp| !stamp.is_empty() && stamp.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn read_proved(text: &str) -> Option<(Timestamp, u64)> {
    let json: Json = serde_json::from_str(text).ok()?;
    Some((json.get("proved")?.as_str()?.parse().ok()?, json.get("problems")?.as_u64()?))
}
