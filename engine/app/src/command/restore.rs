//! `formwork restore`: a book made of a backup.

use std::{fs::File, io::BufReader, path::PathBuf};

use formwork_account::{api_key, log::note, session};
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{backend::Kind, dump::restore, embedded::Embedded, error::Error, store::transact};

use crate::{
    console::Console,
    credentials::COMMAND_LINE,
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
    /// Keeps API keys; by default they are revoked, because one that was revoked after the backup would be good again ‖ 保留 API 密钥；默认全部吊销，以免备份之后吊销的密钥重新生效
    #[arg(long)]
    keep_keys: bool,
}

/// Reads the backup to its end; the book counts only when it was whole. Whoever was signed in then is not now, and the
/// audit log says so.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let file = File::open(&args.file).map_err(|error| Failure::path(&args.file, &error))?;
    let summary = restore(&mut BufReader::new(file), &args.data, args.store)?;
    let (keep_keys, backed_up) = (args.keep_keys, summary.created);
    let restored = Embedded::open(&args.data, None)?;
    let (sessions, keys) = transact(&restored, move |txn| {
        let sessions = session::end_all(txn)?;
        let keys = if keep_keys { 0 } else { api_key::revoke_all(txn)? };
        let about = format!("backup of {backed_up}: {sessions} sessions ended, {keys} API keys revoked");
        note(txn, COMMAND_LINE, "restored", &about, "", SystemClock.now())?;
        Ok::<_, Error>((sessions, keys))
    })??;
    let (pairs, created, shown, store) = (summary.pairs, summary.created, args.data.display(), args.store);
    console.say(&text!(
        "{pairs} entries of the backup of {created} restored to {shown} ({store})",
        "已将 {created} 的备份（{pairs} 条）恢复到 {shown}（{store}）"
    ));
    if sessions + keys > 0 {
        console.say(&text!(
            "{sessions} sessions ended, {keys} API keys revoked; passwords are those of the backup",
            "已结束 {sessions} 个会话，吊销 {keys} 个 API 密钥；密码为备份时的密码"
        ));
    }
    Ok(Exit::Done)
}
