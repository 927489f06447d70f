//! `formwork restore`: a book made of a backup.

use std::{fs::File, io::BufReader, path::PathBuf};

use formwork_model::text;
use formwork_store::{backend::Kind, dump::restore};

use crate::{
    console::Console,
    failure::{Exit, Failure},
};

/// The arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup ‖ 备份文件
    file: PathBuf,
    /// The folder of the book, which must not hold one yet: DATA/BOOK ‖ 账套文件夹（须为空）：数据文件夹/账套名
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The store of the new book: sled or fjall ‖ 新账套的存储：sled 或 fjall
    #[arg(long, default_value = "sled", value_name = "STORE")]
    store: Kind,
}

/// Reads the backup to its end; the book counts only when it was whole.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let file = File::open(&args.file).map_err(|error| Failure::path(&args.file, &error))?;
    let summary = restore(&mut BufReader::new(file), &args.data, args.store)?;
    let (pairs, created, shown, store) = (summary.pairs, summary.created, args.data.display(), args.store);
    console.say(&text!(
        "{pairs} entries of the backup of {created} restored to {shown} ({store})",
        "已将 {created} 的备份（{pairs} 条）恢复到 {shown}（{store}）"
    ));
    Ok(Exit::Done)
}
