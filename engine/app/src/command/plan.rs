//! `formwork plan`: what making a release live would mean, and moving what runs to it.

use std::{path::PathBuf, sync::Arc};

use formwork_catalog::{
    catalog::Catalog,
    soundness::{Fate, Unsound},
};
use formwork_definition::yaml;
use formwork_model::{diagnostic::Diagnostics, source::Sources, text, text::Text};
use formwork_runtime::{
    book::Book,
    migration::{Mapping, migrate_all},
    plan::{Fit, Plan, Standing, json, plan},
};

use crate::{
    console::Console,
    failure::{Exit, Failure, problem_words},
    other::{Doing, Format, Other},
    place::Which,
};

/// The arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    other: Other,
    /// The kept release it is compared with, in place of the live one ‖ 与之比较的已保存版本；默认当前生效版本
    #[arg(long, value_name = "HASH")]
    from: Option<String>,
    /// Moves what runs to the release, by this mapping file; the release must be kept already ‖ 按此映射文件把运行中的实例迁移到该版本（须已保存）
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    migrate: Option<Option<PathBuf>>,
    #[command(flatten)]
    doing: Doing,
    #[command(flatten)]
    which: Which,
}

/// Shows the plan, and carries out the migration when that is asked for.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    if args.doing.dry_run && args.migrate.is_none() {
        let message =
            text!("--dry-run tries a migration: give --migrate too", "--dry-run 用于试迁移，请同时给出 --migrate");
        return Err(Failure::usage(message));
    }
    let book = args.which.open(console)?;
    let failed = |refusal| Failure::refusal(&refusal, Some(&book.catalog()));
    let to = args.other.catalog(&book, console)?;
    let mapping = match &args.migrate {
        Some(Some(file)) => read_mapping(file, console)?,
        _ => Mapping::default(),
    };
    mapping.check(&to.flows).map_err(|rejection| failed(rejection.into()))?;
    let from = match &args.from {
        Some(hash) => book.kept(hash).map_err(failed)?,
        None => book.catalog(),
    };
    let made = plan(&book, &from, &to, &mapping).map_err(failed)?;
    match args.doing.format {
        Format::Json => console.answer(json::plan(&made, &to.sources).to_string()),
        Format::Human => tell(&made, &to.sources, console),
    }
    if args.migrate.is_none() {
        return Ok(Exit::Done);
    }
    migrate(args, &book, &to, mapping, console)
}

fn migrate(args: &Args, book: &Book, to: &Arc<Catalog>, mapping: Mapping, console: &Console) -> Result<Exit, Failure> {
    let actor = args.doing.actor();
    let migrated = migrate_all(book, &to.release, &Arc::new(mapping), &actor, args.doing.dry_run)
        .map_err(|refusal| Failure::refusal(&refusal, Some(to)))?;
    for (object, id, problem) in &migrated.examples {
        let words = problem_words(problem, Some(to), console.language);
        console.say(&text!("{object} {id}: {words}", "{object} {id}：{words}"));
    }
    let (moved, refused) = (migrated.moved, migrated.refused);
    console.answer_text(&match args.doing.dry_run {
        true => text!(
            "dry run, nothing written: {moved} would move, {refused} would not",
            "试运行，未写入：{moved} 条可迁移，{refused} 条不能"
        ),
        false => text!("{moved} moved, {refused} stay where they are", "已迁移 {moved} 条，{refused} 条保持不变"),
    });
    Ok(if refused > 0 { Exit::Found } else { Exit::Done })
}

fn read_mapping(file: &PathBuf, console: &Console) -> Result<Mapping, Failure> {
    let body = std::fs::read_to_string(file).map_err(|error| Failure::path(file, &error))?;
    let mut sources = Sources::default();
    let source = sources.add(file.display().to_string(), body.as_str());
    let mut found = Diagnostics::default();
    let Some(tree) = yaml::parse_tree(source, &body, &mut found).filter(|_| !found.has_errors()) else {
        console.say_diagnostics(&found, &sources);
        return Err(Failure::usage(text!("the mapping file can't be read", "映射文件无法读取")));
    };
    Mapping::read(&yaml::to_json(&tree)).map_err(Failure::usage)
}

/// A plan for people.
pub(crate) fn tell(plan: &Plan, sources: &Sources, console: &Console) {
    let (from, to) = (&plan.from, &plan.to);
    console.answer_text(&text!("from {from} to {to}", "由 {from} 到 {to}"));
    if plan.differences.is_empty() {
        console.answer_text(&text!("nothing differs", "没有差异"));
    }
    for difference in &plan.differences {
        let mark = match difference.change.word() {
            "added" => "+",
            "removed" => "-",
            _ => "~",
        };
        console.answer(format!("  {mark} {}", console.words(&difference.words)));
    }
    for destroyed in &plan.destroys {
        console.answer(format!("  ! {}", console.words(destroyed)));
    }
    let totals = plan.totals();
    let (running, map, stuck, drafts, signed) =
        (totals.running, totals.map, totals.stuck, totals.drafts, totals.half_signed);
    console.answer_text(&text!(
        "{running} running: {map} map by themselves, {stuck} do not, {signed} are half-signed; {drafts} drafts follow the newest release",
        "运行中 {running} 条：{map} 条可自动对应，{stuck} 条不能，{signed} 条已部分签署；草稿 {drafts} 条跟随最新版本"
    ));
    for standing in &plan.standings {
        console.answer(format!("  {}", console.words(&words(standing, sources))));
    }
}

/// One line for all instances that stand in one place.
fn words(standing: &Standing, sources: &Sources) -> Text {
    let place = &standing.place;
    let nodes: Vec<String> = place
        .nodes
        .iter()
        .map(|(node, tokens)| if *tokens > 1 { format!("{node}×{tokens}") } else { node.to_string() })
        .collect();
    let (count, flow, nodes, release) = (standing.count, place.flow, nodes.join("+"), &place.release);
    let draft = if place.draft { (", draft", "，草稿") } else { ("", "") };
    let signed = if place.signed.is_empty() { String::new() } else { place.signed.join(", ") };
    let signed = match signed.as_str() {
        "" => (String::new(), String::new()),
        who => (format!(", signed by {who}"), format!("，已签署：{who}")),
    };
    let fit = match &standing.fit {
        Fit::Not(misfit) => {
            let Text { en, zh } = misfit.words();
            text!("does not map: {en}", "不能对应：{zh}")
        }
        Fit::Itself { nodes, fate } => {
            let to = nodes.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("+");
            let to = if to.is_empty() { to } else { format!(" -> {to}") };
            let Text { en, zh } = fate_words(fate, sources);
            text!("maps{to}, {en}", "可对应{to}，{zh}")
        }
    };
    let (fit_en, fit_zh, (draft_en, draft_zh), (signed_en, signed_zh)) = (fit.en, fit.zh, draft, signed);
    let object = place.object;
    let example = standing.examples.first().map(ToString::to_string).unwrap_or_default();
    text!(
        "{count} × {flow} at {nodes} ({release}{draft_en}{signed_en}): {fit_en} [{object} {example}]",
        "{count} × {flow} 位于 {nodes}（{release}{draft_zh}{signed_zh}）：{fit_zh} [{object} {example}]"
    )
}

fn fate_words(fate: &Fate, sources: &Sources) -> Text {
    match fate {
        Fate::Safe => text!("can finish", "可以办结"),
        Fate::Unknown { reason: Text { en, zh } } => {
            text!("whether it can finish is not known: {en}", "能否办结未知：{zh}")
        }
        Fate::Unsafe(Unsound { trace, marking, suggestion, .. }) => {
            let steps: Vec<String> = trace
                .iter()
                .map(|step| format!("{} ({})", step.node, sources.locate(step.span)))
                .chain(marking.iter().map(|(node, tokens)| format!("{node}×{tokens}")))
                .collect();
            let (steps, Text { en, zh }) = (steps.join(" -> "), suggestion);
            text!("can get stuck: {steps}; {en}", "可能卡住：{steps}；{zh}")
        }
    }
}
