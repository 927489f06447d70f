//! The folder of a book: who has it open, which store it is, and whether making it was finished.
//!
//! ```text
//! formwork.lock    locked while a process has the book open
//! formwork.json    {"store":"sled","version":1,"ready":true}
//! sled/ or fjall/  the store's own files
//! ```
//! `formwork.json` is written first with `"ready":false`, and again with `true` after the store was made and
//! everything is on disk. No work is taken before that, so what a process that died in between left behind
//! holds nothing, and is removed.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    backend::{Backend, Kind, fjall::Fjall, sled::Sled},
    error::Error,
};

/// The version of this layout, and the newest this program reads.
pub(crate) const VERSION: u32 = 1;

const MARKER: &str = "formwork.json";

/// A folder that this process has locked.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

struct Marker {
    store: String,
    version: u32,
    ready: bool,
}

/// Opens the book in `path`, or makes one and calls `fill` before it counts as made.
pub(crate) fn open(
    path: &Path,
    asked: Option<Kind>,
    fill: impl FnOnce(&dyn Backend) -> Result<(), Error>,
) -> Result<(Folder, Box<dyn Backend>), Error> {
    let folder = Folder::lock(path)?;
    let Some(marker) = folder.marker()?.filter(|marker| marker.ready) else {
        let backend = folder.create(asked.unwrap_or_default(), fill)?;
        return Ok((folder, backend));
    };
    if marker.version > VERSION {
        return Err(Error::Newer { found: marker.version, known: VERSION });
    }
    let kind: Kind = marker.store.parse().map_err(|error| Error::Damaged(format!("{MARKER}: {error}")))?;
    if let Some(asked) = asked.filter(|asked| *asked != kind) {
        return Err(Error::OtherStore { found: marker.store, asked: asked.to_string() });
    }
    let inside = folder.path.join(kind.name());
    if !inside.is_dir() {
        return Err(Error::Damaged(format!("{} is missing", inside.display())));
    }
    let backend = open_backend(&inside, kind)?;
    Ok((folder, backend))
}

/// Makes a book in `path`, which must not hold one, and calls `fill` before it counts as made.
pub(crate) fn create(
    path: &Path,
    kind: Kind,
    fill: impl FnOnce(&dyn Backend) -> Result<(), Error>,
) -> Result<(), Error> {
    let folder = Folder::lock(path)?;
    if folder.marker()?.is_some_and(|marker| marker.ready) {
        return Err(Error::NotEmpty(path.to_owned()));
    }
    folder.create(kind, fill).map(drop)
}

fn open_backend(inside: &Path, kind: Kind) -> Result<Box<dyn Backend>, Error> {
    Ok(match kind {
        Kind::Sled => Box::new(Sled::open(inside)?),
        Kind::Fjall => Box::new(Fjall::open(inside)?),
    })
}

impl Folder {
    fn lock(path: &Path) -> Result<Self, Error> {
        create_durably(path)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path.join("formwork.lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    fn marker(&self) -> Result<Option<Marker>, Error> {
        let text = match fs::read_to_string(self.path.join(MARKER)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let parsed: Option<Marker> = serde_json::from_str(&text).ok().and_then(|json: serde_json::Value| {
            Some(Marker {
                store: json.get("store")?.as_str()?.to_owned(),
                version: u32::try_from(json.get("version")?.as_u64()?).ok()?,
                ready: json.get("ready")?.as_bool()?,
            })
        });
        parsed.map(Some).ok_or_else(|| Error::Damaged(format!("{MARKER} can't be read")))
    }

    fn write_marker(&self, kind: Kind, ready: bool) -> Result<(), Error> {
        let new = self.path.join("formwork.json.new");
        let mut file = File::create(&new)?;
        writeln!(file, r#"{{"store":"{kind}","version":{VERSION},"ready":{ready}}}"#)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(MARKER))?;
        sync_folder(&self.path)?;
        Ok(())
    }

    fn create(
        &self,
        kind: Kind,
        fill: impl FnOnce(&dyn Backend) -> Result<(), Error>,
    ) -> Result<Box<dyn Backend>, Error> {
        let begun = self.marker()?.is_some();
        for kind in Kind::ALL {
            let inside = self.path.join(kind.name());
            if inside.exists() {
                // Without a marker these are not our files, whatever they are called.
                if !begun {
                    return Err(Error::NotEmpty(inside));
                }
                fs::remove_dir_all(&inside)?;
            }
        }
        sync_folder(&self.path)?;
        self.write_marker(kind, false)?;
        let inside = self.path.join(kind.name());
        let made = make(&inside, kind, fill);
        match made {
            Ok(backend) => {
                self.write_marker(kind, true)?;
                Ok(backend)
            }
            Err(error) => {
                // If this fails too, the marker tells the next one to do it.
                let _left = fs::remove_dir_all(&inside).and_then(|()| fs::remove_file(self.path.join(MARKER)));
                Err(error)
            }
        }
    }
}

fn make(
    inside: &Path,
    kind: Kind,
    fill: impl FnOnce(&dyn Backend) -> Result<(), Error>,
) -> Result<Box<dyn Backend>, Error> {
    fs::create_dir(inside)?;
    let backend = open_backend(inside, kind)?;
    fill(&*backend)?;
    backend.sync()?;
    sync_tree(inside)?;
    Ok(backend)
}

/// Makes `path` and the folders above it, each entry on disk.
fn create_durably(path: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(path)?;
    for folder in missing {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(parent.unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Brings the entries of a folder to the disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Brings a folder and all in it to the disk.
fn sync_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            match File::open(entry.path()) {
                Ok(file) => file.sync_all()?,
                // The store removed a file of its own.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    sync_folder(path)
}
