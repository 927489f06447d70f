//! A disk whose cache is lost: what was fsynced is on it, of the rest a random part.

use std::{collections::HashMap, fs, path::Path};

use super::journal::{Entry, Record};

/// The kernel writes pages back in any order.
const PAGE: usize = 4096;

/// A generator of random numbers, the same in every run (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Page { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Default)]
struct Folder {
    durable: Vec<Entry>,
    /// The listings since, oldest first: a file system writes changes of names in order, some day.
    pending: Vec<Vec<Entry>>,
}

/// The first folder listed is the root.
#[derive(Default)]
pub(super) struct Disk {
    root: Option<u64>,
    files: HashMap<u64, File>,
    folders: HashMap<u64, Folder>,
}

fn change(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => content.resize(*length, 0),
        Change::Page { offset, bytes } => {
            let end = offset + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*offset..end].copy_from_slice(bytes);
        }
    }
}

impl Disk {
    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Write { id, offset, bytes } => {
                let file = self.files.entry(*id).or_default();
                let mut offset = *offset;
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let (page, after) = rest.split_at(rest.len().min(PAGE - offset % PAGE));
                    file.pending.push(Change::Page { offset, bytes: page.to_vec() });
                    offset += page.len();
                    rest = after;
                }
            }
            Record::Truncate { id, length } => {
                self.files.entry(*id).or_default().pending.push(Change::Length(*length));
            }
            Record::Fsync { id } => {
                let file = self.files.entry(*id).or_default();
                for pending in std::mem::take(&mut file.pending) {
                    change(&mut file.durable, &pending);
                }
            }
            Record::List { id, durable, entries } => {
                self.root.get_or_insert(*id);
                let folder = self.folders.entry(*id).or_default();
                if *durable {
                    folder.durable = entries.clone();
                    folder.pending.clear();
                } else {
                    folder.pending.push(entries.clone());
                }
            }
            Record::Ack(_) => {}
        }
    }

    /// Writes the disk as it could be after the power was lost now.
    pub(super) fn write_image(&self, to: &Path, random: &mut Random) {
        fs::create_dir(to).unwrap();
        if let Some(root) = self.root {
            self.write_folder(root, to, random);
        }
    }

    fn write_folder(&self, id: u64, to: &Path, random: &mut Random) {
        let Some(folder) = self.folders.get(&id) else { return };
        let entries = match random.below(folder.pending.len() + 1) {
            0 => &folder.durable,
            n => &folder.pending[n - 1],
        };
        for entry in entries {
            let path = to.join(&entry.name);
            if entry.is_folder {
                fs::create_dir(&path).unwrap();
                self.write_folder(entry.id, &path, random);
            } else {
                fs::write(&path, self.content(entry.id, random)).unwrap();
            }
        }
    }

    fn content(&self, id: u64, random: &mut Random) -> Vec<u8> {
        let Some(file) = self.files.get(&id) else { return Vec::new() };
        let mut content = file.durable.clone();
        // Nothing, a little, half, nearly all of what was not fsynced.
        let share = [0, 10, 50, 95][random.below(4)];
        for pending in &file.pending {
            if random.below(100) < share {
                change(&mut content, pending);
            }
        }
        content
    }
}
