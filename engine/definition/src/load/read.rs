//! The files of a folder, as they lie on the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    FOLDERS, MAX_OTHER_BYTES,
    path::{FilePath, Role},
};
use crate::yaml::{MAX_BYTES, MAX_DEPTH};

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Relative to the folder, with `/`.
    pub(super) path: String,
    pub(super) content: Content,
}

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// More bytes than are read.
    TooBig(u64),
    Failed(String),
    /// Nobody asked.
    Unread,
}

/// Every file below the folders of definitions, in no particular order.
pub(super) fn folder(root: &Path) -> io::Result<Vec<Found>> {
    let root = root.canonicalize()?;
    fs::read_dir(&root)?;
    let mut found = Vec::new();
    for folder in FOLDERS {
        let path = root.join(folder);
        if path.is_dir() {
            walk(&root, &path, folder, 0, &mut found);
        }
    }
    Ok(found)
}

fn walk(root: &Path, folder: &Path, relative: &str, depth: usize, found: &mut Vec<Found>) {
    let failed = |path: &str, error: &dyn std::fmt::Display| Found {
        path: path.to_owned(),
        content: Content::Failed(error.to_string()),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) if depth <= MAX_DEPTH => entries,
        Ok(_) => return found.push(failed(relative, &"folders nest too deep")),
        Err(error) => return found.push(failed(relative, &error)),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.push(failed(relative, &error));
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{relative}/{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !name.starts_with('.') => walk(root, &entry.path(), &path, depth + 1, found),
            Ok(kind) if kind.is_dir() => {}
            Ok(kind) if kind.is_symlink() => match inside(root, &entry.path()) {
                Ok(target) => found.push(file(path, &target)),
                Err(reason) => found.push(failed(&path, &reason)),
            },
            Ok(_) => found.push(file(path, &entry.path())),
            Err(error) => found.push(failed(&path, &error)),
        }
    }
}

/// The file a link points to, when it lies inside the folder.
fn inside(root: &Path, link: &Path) -> Result<PathBuf, String> {
    let target = link.canonicalize().map_err(|error| error.to_string())?;
    if !target.starts_with(root) {
        return Err("the link points outside the folder".to_owned());
    }
    if !target.is_file() {
        return Err("links to folders are not followed".to_owned());
    }
    Ok(target)
}

fn file(path: String, on_disk: &Path) -> Found {
    let most = match FilePath::new(&path).role {
        Role::Definition(_) => MAX_BYTES,
        Role::Script | Role::Csv => MAX_OTHER_BYTES,
        Role::UnknownKind | Role::Stray | Role::Ignored => return Found { path, content: Content::Unread },
    };
    let content = match fs::metadata(on_disk) {
        Ok(metadata) if !metadata.is_file() => Content::Failed("it is no regular file".to_owned()),
        Ok(metadata) if metadata.len() > most as u64 => Content::TooBig(metadata.len()),
        Ok(_) => fs::read(on_disk).map_or_else(|error| Content::Failed(error.to_string()), Content::Bytes),
        Err(error) => Content::Failed(error.to_string()),
    };
    Found { path, content }
}
