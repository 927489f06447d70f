//! `formwork rollback`: makes a kept release live again.

use formwork_model::text;
use formwork_runtime::{migration::Mapping, plan::plan, scenario::parse_actor};

use crate::{
    command::plan::tell,
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The release, or the beginning of its hash; `formwork releases` lists them ‖ 版本哈希或其开头；`formwork releases` 可列出
    hash: String,
    /// Why; it is kept in the history ‖ 原因，会写入历史
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Shows the plan and writes nothing ‖ 只显示计划，不写入
    #[arg(long)]
    dry_run: bool,
    /// Who goes back: a login and its roles ‖ 操作人：登录名及角色
    #[arg(long = "as", default_value = "admin", value_name = "ACTOR")]
    actor: String,
    #[command(flatten)]
    which: Which,
}

/// Shows the plan and goes back.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let live = book.catalog();
    let failed = |refusal| Failure::refusal(&refusal, Some(&live));
    let to = book.kept(&args.hash).map_err(failed)?;
    let made = plan(&book, &live, &to, &Mapping::default()).map_err(failed)?;
    tell(&made, &to.sources, console);
    if args.dry_run {
        console.answer_text(&text!("nothing was written", "未写入"));
        return Ok(Exit::Done);
    }
    let release =
        book.roll_back(&to.release, &parse_actor(&args.actor).unlimited(), args.reason.as_deref()).map_err(failed)?;
    let hash = &release.catalog.release;
    console.answer_text(&text!("{hash} is live again", "{hash} 已重新生效"));
    Ok(Exit::Done)
}
