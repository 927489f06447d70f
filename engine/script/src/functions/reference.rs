//! The manual of the functions, for the generated language reference.

/// One function for the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is called and what it gives.
    pub signature: &'static str,
    /// What it does, in English.
    pub doc_en: &'static str,
    /// What it does, in Chinese.
    pub doc_zh: &'static str,
}

/// Every function, in the order of the manual.
pub fn reference() -> Vec<FunctionDoc> {
    ROWS.iter().map(|&(name, signature, doc_en, doc_zh)| FunctionDoc { name, signature, doc_en, doc_zh }).collect()
}

const ROWS: &[(&str, &str, &str, &str)] = &[
    ("today", "today() -> date", "The day of the command in the book's time zone.", "本次操作的日期（账套时区）。"),
    (
        "now",
        "now() -> datetime",
        "The instant of the command, the same for the whole commit.",
        "本次操作的时刻，同一次提交内不变。",
    ),
    ("date", "date(\"2026-01-31\"), date(year, month, day) -> date", "A day.", "日期。"),
    (
        "datetime",
        "datetime(\"2026-01-31T08:00:00Z\"), datetime(date) -> datetime",
        "An instant; of a date, the instant at which it begins.",
        "时刻；给日期时为该日零点。",
    ),
    (
        "date_of",
        "date_of(datetime) -> date",
        "The day of an instant in the book's time zone.",
        "时刻在账套时区中的日期。",
    ),
    (
        "hour",
        "hour(datetime), minute(datetime) -> integer",
        "Hour (0 to 23) and minute of an instant in the book's time zone; of nothing, nothing.",
        "时刻在账套时区中的小时（0 至 23）和分钟；空值得空值。",
    ),
    (
        "days",
        "days(n), also weeks, hours, minutes, seconds -> duration",
        "An amount of time, to be added or compared. A date moves by whole days only; nothing, moved, is nothing.",
        "时长，用于加减和比较；日期只能按整天移动；空值加减后仍为空。",
    ),
    (
        "months",
        "months(n), years(n)",
        "Calendar months, to be added to a date; the last day when the month is shorter.",
        "日历月，加到日期上；目标月较短时取月末。",
    ),
    ("add_months", "add_months(date, n) -> date", "The same day n months later.", "n 个月后的同一天。"),
    (
        "month_start",
        "month_start(date), month_end(date) -> date",
        "The first and the last day of the month.",
        "所在月的第一天与最后一天。",
    ),
    (
        "year",
        "date.year, .month, .day, .quarter, .weekday -> integer",
        "Parts of a date; Monday is 1.",
        "日期的组成部分；星期一为 1。",
    ),
    (
        "hours",
        "duration.days, .hours, .minutes, .seconds -> decimal",
        "A duration in that unit, exact.",
        "时长按该单位的精确值。",
    ),
    (
        "working_time",
        "working_time(from, to[, calendar]) -> duration",
        "Working time between two instants, in the calendar of that name or the book's.",
        "两个时刻之间的工作时间，按指定名称的日历或账套日历计算。",
    ),
    (
        "add_working_time",
        "add_working_time(from, duration[, calendar]) -> datetime",
        "The instant after so much working time, in the calendar of that name or the book's.",
        "经过指定工作时间后的时刻，按指定名称的日历或账套日历计算。",
    ),
    (
        "calendar_of",
        "calendar_of(login) -> text",
        "The name of the calendar somebody works by: their own, else that of their department or of the nearest above \
         it that has one; empty when it is the book's. For every key `calendar`, and for working time.",
        "某人所用日历的名称：本人的日历，否则为其部门或最近上级部门的日历；为空表示账套日历。可用于各处的 `calendar` 以及工作时间计算。",
    ),
    ("round", "round(x[, digits])", "Rounds half up, away from zero.", "四舍五入（远离零）。"),
    ("floor", "floor(x), ceiling(x)", "The whole number below or above.", "向下或向上取整。"),
    ("abs", "abs(x)", "Without its sign.", "绝对值。"),
    (
        "min",
        "min(a, b), max(a, b)",
        "The smaller or greater; with one side empty, the other.",
        "较小或较大值；一方为空时取另一方。",
    ),
    (
        "decimal",
        "decimal(x), integer(x)",
        "A number of that kind, also from a text; `integer` cuts off the fraction.",
        "转换为小数或整数，可由文本转换；`integer` 舍去小数部分。",
    ),
    ("coalesce", "coalesce(a, b), a ?? b", "The first that is not empty.", "第一个非空值。"),
    (
        "is_empty",
        "is_empty(x) -> boolean",
        "Whether nothing is there: `()`, no text, no items.",
        "是否为空：`()`、空文本或空列表。",
    ),
    (
        "upper",
        "upper(text), lower(text), trim(text) -> text",
        "Another text; the given one stays.",
        "返回新文本，原文本不变。",
    ),
    (
        "replace",
        "replace(text, from, to), sub_string(text, start, len) -> text",
        "A text with parts replaced; a part of a text.",
        "替换文本；截取文本。",
    ),
    (
        "contains",
        "text.contains(part), starts_with, ends_with, len -> boolean, integer",
        "Looks into a text; `x in list` looks into a list.",
        "查找文本；`x in 列表` 判断是否在列表中。",
    ),
    (
        "fold",
        "fold(text) -> text",
        "The form in which names are compared: half width, lower case, no spaces and brackets.",
        "名称比较用的形式：半角、小写、去空格和括号。",
    ),
    ("text", "text(x) -> text", "Any value as text.", "任意值转换为文本。"),
    (
        "sum",
        "list.sum(), .sum(\"field\"), .sum(|r| …), also avg, min, max",
        "Folds a list or lines; empty values are left out. The sum of nothing is 0, the rest give `()`.",
        "对列表或明细汇总，空值跳过；无数据时合计为 0，其余为 `()`。",
    ),
    (
        "count",
        "list.count(), .count(|r| …), .len() -> integer",
        "How many items, or how many of them hold.",
        "项数，或满足条件的项数。",
    ),
    ("any", "list.any(|r| …), .all(|r| …) -> boolean", "Whether one or every item holds.", "是否存在或全部满足。"),
    (
        "filter",
        "list.filter(|r| …), .map(|r| …), .first(), .last()",
        "Part of a list, a list of results, one item or `()`.",
        "筛选、映射、首项、末项。",
    ),
    ("setting", "setting(\"name\")", "A setting of the book.", "账套设置项的值。"),
    (
        "table",
        "table(\"name\"[, #{input: value}])",
        "What a decision table answers; inputs that are not given come from the record.",
        "决策表的输出；未给出的输入由当前记录计算。",
    ),
    (
        "find",
        "find(\"object\", #{…}[, sort[, limit]]) -> list of records",
        "Records that match a filter, at most 1000 unless a limit is given.",
        "符合筛选条件的记录，未指定时最多 1000 条。",
    ),
    (
        "first",
        "first(\"object\", #{…}[, sort]) -> record",
        "The first that matches, or `()`.",
        "第一条符合的记录，没有则为 `()`。",
    ),
    ("count", "count(\"object\", #{…}) -> integer", "How many records match.", "符合条件的记录数。"),
    (
        "sum",
        "sum(\"object\", \"field\", #{…}) -> decimal",
        "The sum of a field over the matching records.",
        "符合条件的记录某字段的合计。",
    ),
    (
        "balance",
        "balance(\"ledger\", #{dimension: value}[, date]) -> decimal",
        "The balance of a ledger; dimensions that are not given are summed up.",
        "台账余额；未给出的维度合并计算。",
    ),
    (
        "create",
        "create(\"object\", #{field: value}) -> record",
        "Scripts only. Creates a record in this commit.",
        "仅脚本。新建记录。",
    ),
    ("delete", "delete(record)", "Scripts only. Deletes a record.", "仅脚本。删除记录。"),
    (
        "act",
        "act(record, \"action\"[, #{input: value}])",
        "Scripts only. Takes a flow action of another record.",
        "仅脚本。执行另一记录的流程动作。",
    ),
    (
        "post",
        "post(\"ledger\", #{dimension: value}, amount[, note])",
        "Scripts only. Posts to a ledger.",
        "仅脚本。台账过账。",
    ),
    (
        "notify",
        "notify(to, #{zh: …, en: …})",
        "Scripts only. Sends an in-app message to a login, a user or a list of those.",
        "仅脚本。向用户发送站内消息。",
    ),
    (
        "refuse",
        "refuse(#{zh: …, en: …}[, \"field\"])",
        "Scripts only. Refuses the whole command.",
        "仅脚本。拒绝整个操作。",
    ),
];
