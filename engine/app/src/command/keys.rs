//! `formwork keys`: the key of an encrypted book is changed.

use std::path::PathBuf;

use clap::Subcommand;
use formwork_account::log::note;
use formwork_model::{
    clock::{Clock, SystemClock},
    text,
};
use formwork_store::{
    encrypted::turn,
    store::{Store, transact},
    table::audit,
};
use indicatif::ProgressBar;

use crate::{
    console::Console,
    credentials::COMMAND_LINE,
    data_key,
    failure::{Exit, Failure},
    place::{self, Which},
};

/// The arguments of `keys`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Changes the key and seals everything anew; broken off, the same command goes on ‖ 更换密钥并重新加密全部数据；中断后重新执行即可继续
    Rotate(Rotate),
}

#[derive(Debug, clap::Args)]
struct Rotate {
    /// The file with the new key, 64 hexadecimal digits; the present one is that of --data-key or FORMWORK_DATA_KEY ‖ 新密钥文件（64 位十六进制）；现有密钥取自 --data-key 或 FORMWORK_DATA_KEY
    #[arg(long, value_name = "FILE")]
    new_key: PathBuf,
    #[command(flatten)]
    which: Which,
}

/// Does it.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let What::Rotate(args) = &args.what;
    let new = data_key::read(&args.new_key)?;
    let store = args.which.store()?;
    let catalog = place::stored(&*store, console)?;
    let name = catalog.book.name;
    // When a change was broken off after the old key had been thrown away, the new one alone is enough.
    let old = data_key::find(name.as_str(), console)?.unwrap_or_else(|| new.clone());
    let bar = ProgressBar::new_spinner();
    let turned = turn(&*store, &old, &new, &mut |sealed| bar.set_position(sealed))?;
    bar.finish_and_clear();
    // Indexes of sensitive fields are made anew with the new key when the book opens.
    let unlocked = formwork_store::encrypted::unlock(store, Some(new))?;
    let book = place::open_unlocked(unlocked, catalog)?;
    let store: &dyn Store = &**book.store();
    transact(store, move |txn| note(txn, COMMAND_LINE, audit::What::KeyChanged, "data key", "", SystemClock.now()))??;
    let sealed = turned.sealed;
    if turned.resumed {
        console.say(&text!(
            "the change of the key that had been broken off is complete: {sealed} values sealed anew",
            "已完成此前中断的密钥更换：重新加密 {sealed} 项"
        ));
    } else {
        console.say(&text!("{sealed} values sealed anew", "已重新加密 {sealed} 项"));
    }
    console.answer_text(&text!(
        "{name} opens with the new key alone; the old one can be thrown away, except for old backups",
        "{name} 现在只能用新密钥打开；除旧备份外，旧密钥可以销毁"
    ));
    Ok(Exit::Done)
}
