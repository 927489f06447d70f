//! Help and usage errors in the language of the console.

use clap::{
    Arg, ArgAction, Command,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use formwork_model::{
    text,
    text::{Language, Text},
};

use crate::{console::Console, failure::Exit};

/// Between the English and the Chinese wording of a help text.
const BETWEEN: char = '‖';

/// Keeps the wording in `language` of every help text.
pub(crate) fn translate(command: Command, language: Language) -> Command {
    let mut command = command;
    if let Some(about) = command.get_about().map(|about| one(about, language)) {
        command = command.about(about);
    }
    let names: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    for name in names {
        command = command.mut_arg(name, |arg| match arg.get_help().map(|help| one(help, language)) {
            Some(help) => arg.help(help),
            None => arg,
        });
    }
    let below: Vec<_> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in below {
        command = command.mut_subcommand(name, |below| translate(below, language));
    }
    if language == Language::En {
        return command;
    }
    command
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示帮助"))
        .mut_args(|arg| {
            let heading = if arg.is_positional() { "参数" } else { "选项" };
            arg.help_heading(heading)
        })
}

fn one(text: &StyledStr, language: Language) -> String {
    let text = text.to_string();
    match text.split_once(BETWEEN) {
        Some((_, zh)) if language == Language::Zh => zh.trim().to_owned(),
        Some((en, _)) => en.trim().to_owned(),
        None => text,
    }
}

/// Prints help, the version, or what is wrong with the command line.
pub(crate) fn explain(error: &clap::Error, console: &Console) -> Exit {
    if !error.use_stderr() {
        console.answer(error.to_string().trim_end());
        return Exit::Done;
    }
    match (console.language, chinese(error)) {
        (Language::Zh, Some(message)) => {
            console.error(&message);
            if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
                let usage = usage.to_string().replace("Usage:", "用法：");
                console.say(&text!("\n{usage}", "\n{usage}"));
            }
            console.say(&text!("", "\n更多信息请用 --help"));
        }
        _ => console.say(&Text::same(error.to_string().trim_end())),
    }
    Exit::Usage
}

/// What is wrong, in Chinese; `None` where clap's own words have to do.
fn chinese(error: &clap::Error) -> Option<Text> {
    let context = |kind| error.get(kind).map(ToString::to_string);
    let arg = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let mut message = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有参数 `{arg}`"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 `{}`", context(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "缺少命令".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{arg}"),
        ErrorKind::ArgumentConflict => format!("`{arg}` 不能与其他参数同时使用"),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 `{arg}` 需要一个值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("参数 `{arg}` 的值 `{value}` 无效"),
        _ => return None,
    };
    if let Some(valid) = context(ContextKind::ValidValue) {
        message.push_str(&format!("；可用的值：{valid}"));
    }
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(near) = near.into_iter().find_map(context) {
        message.push_str(&format!("；是不是 `{near}`？"));
    }
    Some(Text::same(message))
}
