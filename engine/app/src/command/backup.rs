//! `formwork backup`: a whole book in one file that any store can load.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::PathBuf,
};

use formwork_account::log::note;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{dump::backup, store::transact};

use crate::{
    console::Console,
    credentials::COMMAND_LINE,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write; it must not exist ‖ 要写入的文件（必须尚不存在）
    file: PathBuf,
    #[command(flatten)]
    which: Which,
}

/// Writes the backup beside its place and moves it there when it is whole.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let shown = args.file.display();
    if args.file.exists() {
        return Err(Failure::usage(text!("{shown} exists already", "{shown} 已存在")));
    }
    let store = args.which.store()?;
    // Before anything leaves, and so that the backup holds it too.
    let about = args.file.display().to_string();
    transact(&*store, move |txn| note(txn, COMMAND_LINE, "backup", &about, "", SystemClock.now()))??;
    let mut beside = args.file.clone().into_os_string();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let failed = |error: &std::io::Error| Failure::path(&beside, error);
    let file = File::create(&beside).map_err(|error| failed(&error))?;
    let mut output = BufWriter::new(file);
    let written = backup(&*store, SystemClock.now(), &mut output).map_err(Failure::from).and_then(|summary| {
        output.flush().map_err(|error| failed(&error))?;
        output.get_ref().sync_all().map_err(|error| failed(&error))?;
        fs::rename(&beside, &args.file).map_err(|error| Failure::path(&args.file, &error))?;
        Ok(summary)
    });
    if written.is_err() {
        // The failure that is told is the first one.
        let _left = fs::remove_file(&beside);
    }
    let summary = written?;
    let (pairs, bytes) = (summary.pairs, summary.bytes);
    console
        .say(&text!("{pairs} entries, {bytes} bytes written to {shown}", "已写入 {shown}：{pairs} 条，{bytes} 字节"));
    Ok(Exit::Done)
}
