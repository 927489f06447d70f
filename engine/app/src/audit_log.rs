//! The audit log as a file: one JSON object a line, which anybody can verify without the book.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write, stdout},
    ops::ControlFlow,
    path::Path,
};

use formwork_account::log::note;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_runtime::audit::json::{parse_entry, parse_hash, render_entry, render_hash};
use formwork_store::{
    store::{Order, Store, read, transact},
    table::audit::{self, Chain, What},
};

use crate::{
    console::Console,
    credentials::COMMAND_LINE,
    failure::{Exit, Failure},
};

/// Writes the whole log, and says the hash of its end: whoever keeps that elsewhere can tell later that nothing was
/// changed or cut off. That it was exported is its last entry.
pub(crate) fn export(store: &dyn Store, file: Option<&Path>, console: &Console) -> Result<Exit, Failure> {
    transact(store, |txn| note(txn, COMMAND_LINE, What::Export, "the audit log", "", SystemClock.now()))??;
    let count = match file {
        Some(file) => {
            let failed = |error: &std::io::Error| Failure::path(file, error);
            let mut output = BufWriter::new(File::create(file).map_err(|error| failed(&error))?);
            let count = write(store, &mut output)?;
            output.flush().map_err(|error| failed(&error))?;
            count
        }
        None => write(store, &mut stdout().lock())?,
    };
    let (_, head) = read(store, audit::head)?;
    let head = render_hash(&head);
    console.say(&text!(
        "{count} audit entries; the last has the hash {head}",
        "共 {count} 条审计记录；最后一条的哈希为 {head}"
    ));
    Ok(Exit::Done)
}

fn write(store: &dyn Store, output: &mut dyn Write) -> Result<u64, Failure> {
    let (start, end) = audit::range_from(0);
    let (mut count, mut failed) = (0, None);
    read(store, |view| {
        view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
            let written = audit::decode(bytes).map_err(Failure::from).and_then(|chained| {
                writeln!(output, "{}", render_entry(&chained)).map_err(|error| Failure::io("audit log", &error))
            });
            count += 1;
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    failed = Some(failure);
                    ControlFlow::Break(())
                }
            }
        })
    })?;
    failed.map_or(Ok(count), Err)
}

/// Verifies an exported log. With a hash that was kept elsewhere it also tells a log that was forged as a whole, or cut
/// off before that entry.
pub(crate) fn verify(file: &Path, known: Option<&str>, console: &Console) -> Result<Exit, Failure> {
    let known = known
        .map(|text| {
            parse_hash(&text.to_ascii_lowercase())
                .ok_or_else(|| Failure::usage(text!("--head is 64 hexadecimal digits", "--head 应为 64 位十六进制数")))
        })
        .transpose()?;
    let failed = |error: &std::io::Error| Failure::path(file, error);
    let lines = BufReader::new(File::open(file).map_err(|error| failed(&error))?).lines();
    let (mut chain, mut found, mut met) = (Chain::default(), 0_u64, known.is_none());
    for (number, line) in (1_u64..).zip(lines) {
        let line = line.map_err(|error| failed(&error))?;
        let Some(chained) = parse_entry(&line) else {
            found += 1;
            console.answer_text(&text!("line {number} is no audit entry", "第 {number} 行不是审计条目"));
            continue;
        };
        let seq = chained.entry.seq;
        met |= known == Some(chained.computed);
        if let Some(broken) = chain.step(&chained) {
            found += 1;
            console.answer_text(&text!("entry {seq}: {broken}", "条目 {seq}：{broken}"));
        }
    }
    let (last, head) = chain.end();
    let head = render_hash(&head);
    if !met {
        found += 1;
        console.answer_text(&text!(
            "no entry has the hash that is known: the log was replaced, or cut off before it",
            "没有条目具有已知的哈希：日志被替换，或在此之前被截断"
        ));
    }
    console.say(&text!("entry {last} is the last; its hash is {head}", "最后一条为 {last}，哈希为 {head}"));
    if found > 0 {
        console.answer_text(&text!("{found} problems", "{found} 处问题"));
        return Ok(Exit::Found);
    }
    console.answer_text(&text!("all is well", "一切正常"));
    Ok(Exit::Done)
}
