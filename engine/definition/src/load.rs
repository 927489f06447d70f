//! Reading a folder of definitions, or files that are already in memory.

mod body;
mod collect;
mod path;
mod read;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    source::{Sources, Span},
    text,
};

use self::{
    body::Body,
    collect::Collector,
    path::{FilePath, Role},
    read::{Content, Found},
};
use crate::{kind::Definitions, system, yaml};

/// The folders that hold definitions.
pub const FOLDERS: [&str; 4] = ["definitions", "forms", "scripts", "tests/scenarios"];
/// The greatest length of a CSV file or script in bytes.
pub const MAX_OTHER_BYTES: usize = 16 << 20;

/// Reads the definitions, forms, scripts and scenarios below `root`.
/// A file that can't be read or understood is a diagnostic and does not hide the others.
///
/// # Errors
/// When `root` itself can't be read.
pub fn load(root: &Path) -> io::Result<(Sources, Definitions, Diagnostics)> {
    Ok(parse_found(read::folder(root)?))
}

/// Reads files that are in memory: paths relative to the folder, with `/`, and what they hold.
pub fn parse(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> (Sources, Definitions, Diagnostics) {
    parse_found(files.into_iter().map(|(path, bytes)| Found { path, content: Content::Bytes(bytes) }).collect())
}

/// One YAML file to be read, and what came of it.
struct Job {
    source: u32,
    path: FilePath,
    kind: &'static str,
    result: (Option<Body>, Diagnostics),
}

/// What ships with the engine comes last in the sources and is read first: it was there before every folder.
/// Files that bring a system of their own were written down with it, by an engine that may have been another one.
fn parse_found(mut files: Vec<Found>) -> (Sources, Definitions, Diagnostics) {
    if !files.iter().any(|file| FilePath::new(&file.path).is_system()) {
        files.extend(system::files().map(|(path, text)| Found { path, content: Content::Bytes(text.into()) }));
    }
    files.sort_by_cached_key(|file| (FilePath::new(&file.path).is_system(), file.path.clone()));
    let mut sources = Sources::default();
    let mut collector = Collector::default();
    let mut jobs = Vec::new();
    for file in files {
        let path = FilePath::new(&file.path);
        if matches!(path.role, Role::Ignored) {
            continue;
        }
        let (text, problem) = content(&path, file.content);
        let source = sources.add(file.path, text);
        collector.problems(path.problem(source));
        let readable = problem.is_none();
        collector.problems(problem.map(|problem| problem(source)));
        match path.role {
            Role::Definition(kind) if readable => {
                jobs.push(Job { source, path, kind, result: (None, Diagnostics::default()) });
            }
            Role::Definition(kind) => collector.broken(kind, &path),
            Role::Script if readable => collector.script(&path, source),
            Role::Csv if readable => collector.csv(&path, source),
            _ => {}
        }
    }
    read_all(&sources, &mut jobs);
    jobs.sort_by_key(|job| !job.path.is_system());
    for job in jobs {
        collector.definition(job);
    }
    let (definitions, mut diagnostics) = collector.finish();
    diagnostics.sort();
    (sources, definitions, diagnostics)
}

type Problem = Box<dyn FnOnce(u32) -> Diagnostic>;

/// The text of a file, and why it is none.
fn content(path: &FilePath, content: Content) -> (String, Option<Problem>) {
    let yaml = matches!(path.role, Role::Definition(_));
    let most = if yaml { yaml::MAX_BYTES } else { MAX_OTHER_BYTES };
    match content {
        Content::Unread => (String::new(), None),
        Content::Failed(reason) => (
            String::new(),
            Some(Box::new(move |source| {
                let message = text!("the file can't be read: {reason}", "文件无法读取：{reason}");
                Diagnostic::error(code!("unreadable-file"), Span { source, start: 0, end: 0 }, message)
            })),
        ),
        Content::TooBig(size) => (String::new(), Some(too_big(size, most))),
        Content::Bytes(bytes) if bytes.len() > most => (String::new(), Some(too_big(bytes.len() as u64, most))),
        Content::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, Some(Box::new(move |source| not_utf8(source, at, yaml))))
            }
        },
    }
}

fn too_big(size: u64, most: usize) -> Problem {
    Box::new(move |source| {
        let message =
            text!("the file has {size} bytes; at most {most} are read", "文件有 {size} 字节；最多读取 {most} 字节");
        Diagnostic::error(code!("yaml-limit"), Span { source, start: 0, end: 0 }, message)
    })
}

fn not_utf8(source: u32, at: usize, yaml: bool) -> Diagnostic {
    let span = Span { source, start: at as u32, end: at as u32 + 1 };
    let code = if yaml { code!("yaml-syntax") } else { code!("unreadable-file") };
    Diagnostic::error(code, span, text!("the file is not UTF-8", "文件不是 UTF-8 编码"))
        .help(text!("save it again with the encoding UTF-8", "请另存为 UTF-8 编码"))
}

/// Reads every job, on several threads when there is enough to do.
fn read_all(sources: &Sources, jobs: &mut [Job]) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(4).min(jobs.len() / 8 + 1);
    if threads == 1 {
        for job in jobs {
            read_one(sources, job);
        }
        return;
    }
    let total = jobs.len();
    let next = AtomicUsize::new(0);
    // Each thread takes a few at a time: files differ much in length.
    let slots: Vec<std::sync::Mutex<&mut [Job]>> = jobs.chunks_mut(4).map(std::sync::Mutex::new).collect();
    debug_assert!(slots.len() <= total);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(slot) = slots.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut jobs = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    for job in jobs.iter_mut() {
                        read_one(sources, job);
                    }
                }
            });
        }
    });
}

fn read_one(sources: &Sources, job: &mut Job) {
    let Some(source) = sources.get(job.source) else { return };
    let (body, out) = &mut job.result;
    if let Some(tree) = yaml::parse_tree(job.source, &source.text, out) {
        *body = Body::decode(job.kind, &tree, out);
    }
}
