//! `formwork restore`: a book made of a backup.

mod at;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use formwork_account::{api_key, log::note_more, session};
use formwork_catalog::catalog::Catalog;
use formwork_integration::backup::{prove, read_into};
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{
    backend::Kind,
    dump::{
        Summary,
        sealed::{Key, is_sealed},
    },
    embedded::Embedded,
    encrypted::unlock,
    error::Error,
    store::transact,
    table::audit::What,
};
use serde_json::json;

use crate::{
    command::verify,
    console::Console,
    credentials::COMMAND_LINE,
    data_key,
    failure::{Exit, Failure},
    seal_key::SealKey,
};

/// The arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup ‖ 备份文件
    file: PathBuf,
    /// The folder of the book, which must not hold one yet: DATA/BOOK ‖ 账套文件夹（须为空）：数据文件夹/账套名
    #[arg(long, value_name = "DIR", required_unless_present = "verify")]
    data: Option<PathBuf>,
    /// The store of the new book: sled or fjall ‖ 新账套的存储：sled 或 fjall
    #[arg(long, default_value = "sled", value_name = "STORE")]
    store: Kind,
    /// As it was at this instant, decided again from its history: 2026-03-02T08:00:00Z, or in the book's zone 2026-03-02T16:00 ‖ 恢复到该时刻的状态（按历史重新计算）：2026-03-02T08:00:00Z，或账套时区 2026-03-02T16:00
    #[arg(long, value_name = "INSTANT", conflicts_with = "verify")]
    at: Option<String>,
    /// Keeps API keys; by default they are revoked, because one that was revoked after the backup would be good again ‖ 保留 API 密钥；默认全部吊销，以免备份之后吊销的密钥重新生效
    #[arg(long)]
    keep_keys: bool,
    /// A drill: restores into a folder of its own, proves that the copy is equal and sound, and removes it ‖ 恢复演练：恢复到临时文件夹，证明副本一致且完好，然后删除
    #[arg(long, conflicts_with_all = ["data", "keep_keys"])]
    verify: bool,
    #[command(flatten)]
    key: SealKey,
}

/// Reads the backup to its end; the book counts only when it was whole. Whoever was signed in then is not now, and the
/// audit log says so.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let Some(data) = &args.data else { return drill(args, console) };
    let summary = match &args.at {
        Some(at) => past(args, data, at, console)?,
        None => read(args, data)?,
    };
    let (keep_keys, backed_up) = (args.keep_keys, summary.created);
    let restored = Embedded::open(data, None)?;
    let (sessions, keys) = transact(&restored, move |txn| {
        let sessions = session::end_all(txn)?;
        let keys = if keep_keys { 0 } else { api_key::revoke_all(txn)? };
        let (about, more) = (format!("backup of {backed_up}"), json!({"sessions": sessions, "keys": keys}));
        note_more(txn, (COMMAND_LINE, What::Restored, &about), &more, "", SystemClock.now())?;
        Ok::<_, Error>((sessions, keys))
    })??;
    let (pairs, created, shown, store) = (summary.pairs, summary.created, data.display(), args.store);
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

/// Makes a book of the file as it was at an instant.
fn past(args: &Args, data: &Path, at: &str, console: &Console) -> Result<Summary, Failure> {
    let place = tempfile::tempdir().map_err(|error| Failure::path(&std::env::temp_dir(), &error))?;
    let folder = place.path().join("later");
    let created = read(args, &folder)?.created;
    let (summary, past) = at::make((&folder, data, args.store), at, console)?;
    let (seq, at) = (past.seq, past.decided_at);
    console.say(&text!(
        "as it was after entry {seq} of its history, of {at}, proven by its hash",
        "恢复到历史第 {seq} 条（{at}）之后的状态，已由哈希证实"
    ));
    Ok(Summary { created, ..summary })
}

/// Makes a book of the file, opened with the key when it is sealed.
fn read(args: &Args, data: &Path) -> Result<Summary, Failure> {
    let key = args.key_when_sealed()?;
    Ok(read_into(&args.file, key.as_ref(), data, args.store)?)
}

impl Args {
    /// The key, when the backup is sealed: else none is needed.
    fn key_when_sealed(&self) -> Result<Option<Key>, Failure> {
        let failed = |error: std::io::Error| Failure::path(&self.file, &error);
        let mut input = BufReader::new(File::open(&self.file).map_err(failed)?);
        if is_sealed(&mut input).map_err(failed)? { self.key.read().map(Some) } else { Ok(None) }
    }
}

/// Restores beside everything, proves that the copy is equal and sound, and says so.
fn drill(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let open = |copy, catalog: &Catalog| -> Result<_, Failure> {
        Ok(unlock(copy, data_key::find(catalog.book.name.as_str(), console)?)?)
    };
    let proof = prove(&args.file, args.key_when_sealed()?.as_ref(), &std::env::temp_dir(), open)?;
    if !proof.is_equal {
        console.answer_text(&text!("the copy differs from the backup", "副本与备份不一致"));
        return Ok(Exit::Found);
    }
    let (pairs, created) = (proof.summary.pairs, proof.summary.created);
    console.answer_text(&text!(
        "the copy equals the backup of {created}: {pairs} entries",
        "副本与 {created} 的备份一致：{pairs} 条"
    ));
    match &proof.verdict {
        Some(verdict) => Ok(verify::tell(verdict, console)),
        None => Err(Failure::found(text!(
            "this program finds errors in the release the book ran last",
            "账套最近的发布版本未通过本程序的检查"
        ))),
    }
}
