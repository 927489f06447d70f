//! `formwork backup`: a whole book in one file that any store can load.

use std::path::PathBuf;

use formwork_account::log::note;
use formwork_integration::backup::write;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{store::transact, table::audit::What};

use crate::{
    console::Console,
    credentials::{COMMAND_LINE, random},
    failure::{Exit, Failure},
    place::Which,
    seal_key::SealKey,
};

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write; it must not exist ‖ 要写入的文件（必须尚不存在）
    file: PathBuf,
    /// Encrypts it, so that it can be kept anywhere; without the key nobody can restore it ‖ 加密备份；没有密钥无法恢复
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    key: SealKey,
    #[command(flatten)]
    which: Which,
}

/// Writes the backup beside its place and moves it there when it is whole.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let shown = args.file.display();
    if args.file.exists() {
        return Err(Failure::usage(text!("{shown} exists already", "{shown} 已存在")));
    }
    let key = if args.encrypt { Some(args.key.read()?) } else { None };
    let store = args.which.store()?;
    // Before anything leaves, and so that the backup holds it too.
    let about = args.file.display().to_string();
    transact(&*store, move |txn| note(txn, COMMAND_LINE, What::Backup, &about, "", SystemClock.now()))??;
    let seal = key.as_ref().map(|key| Ok::<_, Failure>((key, random()?))).transpose()?;
    let summary = write(&*store, &args.file, seal, SystemClock.now())?;
    let (pairs, bytes) = (summary.pairs, summary.bytes);
    if args.encrypt {
        console.say(&text!("encrypted; keep the key elsewhere", "已加密；请另行保存密钥"));
    }
    console
        .say(&text!("{pairs} entries, {bytes} bytes written to {shown}", "已写入 {shown}：{pairs} 条，{bytes} 字节"));
    Ok(Exit::Done)
}
