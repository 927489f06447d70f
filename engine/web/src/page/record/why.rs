//! Why something happened, as people read it: what fired in a command, which the history keeps by its names in the
//! definitions.

use formwork_catalog::{catalog::Catalog, flow::Flow};
use formwork_model::{name::Name, text, text::Text};
use serde_json::{Value as Json, json};

use super::approval::word_of;
use crate::page::{error::capital, view::View};

/// What fired: in words, and by its names, as an implementer looks for it.
pub(super) fn told(view: &View, catalog: &Catalog, what: &str) -> Json {
    let (verb, about) = what.split_once(' ').unwrap_or((what, ""));
    let names = Names { view, catalog };
    json!({"words": capital(view.say(&names.words(verb, about))), "names": what})
}

struct Names<'a> {
    view: &'a View,
    catalog: &'a Catalog,
}

impl Names<'_> {
    fn words(&self, verb: &str, about: &str) -> Text {
        let (first, rest) = about.split_once(' ').unwrap_or((about, ""));
        match verb {
            "flow" => self.moved(first, rest),
            "queue" => self.queue(first, rest),
            "incident" => self.incident(rest),
            "sla" => self.clock(first, rest),
            "table" => self.table(about),
            _ => {
                let place = self.place(first);
                match verb {
                    "action" => text!("action: {place}", "操作：{place}"),
                    "branch" if rest == "else" => text!("otherwise: {place}", "其余情况：{place}"),
                    "branch" => text!("condition {rest} holds: {place}", "满足条件 {rest}：{place}"),
                    "timer" => text!("timer: {place}", "定时器到期：{place}"),
                    "event" => text!("event: {place}", "事件：{place}"),
                    "step" => text!("asked to decide: {place}", "发起审批：{place}"),
                    "skipped" => text!("not asked, as nobody has to: {place}", "无需审批，已跳过：{place}"),
                    "blocked" => text!("nobody was found to decide: {place}", "找不到审批人：{place}"),
                    "exit" => text!("end of the approval: {place}", "审批结束：{place}"),
                    "watch" => {
                        text!("withdrawn, as what was approved has changed: {place}", "审批内容变更，已撤回：{place}")
                    }
                    "rule" => text!("rule: {place}", "规则：{place}"),
                    "schedule" => text!("schedule: {place}", "定时任务：{place}"),
                    "post" => text!("posted to a ledger: {place}", "记入账本：{place}"),
                    "limit" => text!("limit of a ledger: {place}", "账本额度：{place}"),
                    "call" => text!("call to another system: {place}", "调用外部系统：{place}"),
                    "hook" => text!("message of another system: {place}", "外部系统来信：{place}"),
                    "outbox" => text!("sent again later", "稍后重新发送"),
                    "work" => text!("work of a queue", "队列中的工作"),
                    "repair" => text!("repaired by hand", "人工修复"),
                    "migrate" => text!("moved to another release", "迁移到其他版本"),
                    "transfer" => text!("handed over", "移交"),
                    word => {
                        let word = word_of(self.view, word);
                        text!("{word}: {place}", "{word}：{place}")
                    }
                }
            }
        }
    }

    fn moved(&self, flow: &str, rest: &str) -> Text {
        let flow = Name::find(flow).and_then(|name| self.catalog.flows.get(&name));
        let node = |name: &str| self.node(flow.map(|flow| &**flow), name);
        if let Some((from, to)) = rest.split_once(" -> ") {
            let (from, to) = (node(from), self.view.joined(to.split(", ").map(node)));
            return text!("from {from} to {to}", "从“{from}”到“{to}”");
        }
        if let Some(start) = rest.strip_prefix("starts at ").map(node) {
            return text!("begins at {start}", "从“{start}”开始");
        }
        let end = node(rest.strip_prefix("ends at ").unwrap_or(rest));
        text!("ends at {end}", "在“{end}”结束")
    }

    fn queue(&self, name: &str, rest: &str) -> Text {
        let known = Name::find(name).and_then(|name| self.catalog.queues.get(&name));
        let queue = known.map_or(name, |queue| self.view.say(&queue.label));
        match rest {
            "is late" => text!("nobody of {queue} took it in time", "“{queue}”未在时限内领取"),
            "gives" => text!("{queue} gives it to somebody", "由“{queue}”分派"),
            "escalates" => text!("{queue} escalates it", "由“{queue}”升级"),
            _ => text!("it waits in {queue}", "进入“{queue}”等待"),
        }
    }

    fn incident(&self, rest: &str) -> Text {
        match rest {
            "opened" => text!("an incident: it could not go on", "出现异常，无法继续"),
            "again" => text!("the incident came again", "异常再次出现"),
            _ => text!("the incident was dealt with", "异常已处理"),
        }
    }

    fn clock(&self, clock: &str, rest: &str) -> Text {
        let (object, name) = clock.split_once('.').unwrap_or((clock, ""));
        let sla = Name::find(object).and_then(|object| self.catalog.object(object)).map(|object| &object.sla);
        let label = sla.into_iter().flatten().find(|sla| sla.name == *name).map(|sla| self.view.say(&sla.label));
        let clock = label.unwrap_or(name);
        if rest == "missed" {
            return text!("{clock} was missed", "{clock}已超时");
        }
        text!("{rest} of the time for {clock} has passed", "{clock}已用去时限的 {rest}")
    }

    fn table(&self, about: &str) -> Text {
        let (name, row) = about.split_once('#').unwrap_or((about, ""));
        let known = Name::find(name).and_then(|name| self.catalog.tables.get(&name));
        let table = known.map_or(name, |table| self.view.say(&table.label));
        if row == "default" {
            return text!("table {table}: what holds otherwise", "决策表“{table}”：默认结果");
        }
        text!("table {table}, row {row}", "决策表“{table}”第 {row} 行")
    }

    /// What a place in the definitions is called: a flow's node, a ledger, a schedule, a connector; else its last name.
    fn place(&self, path: &str) -> String {
        let mut parts = path.split('.');
        let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let found = Name::find(first);
        if let Some(flow) = found.and_then(|name| self.catalog.flows.get(&name))
            && let Some(node) = second
        {
            let action = third.and_then(|name| self.action(flow, node, name));
            return action.unwrap_or_else(|| self.node(Some(flow), node));
        }
        let label = found.and_then(|name| {
            let ledger = self.catalog.ledgers.get(&name).map(|ledger| &ledger.label);
            let schedule = || self.catalog.schedules.get(&name).map(|schedule| &schedule.label);
            let connector = || self.catalog.connectors.get(&name).map(|connector| &connector.label);
            let object = || self.catalog.object(name).map(|object| &object.label);
            ledger.or_else(schedule).or_else(connector).or_else(object)
        });
        label.map_or_else(|| path.to_owned(), |label| self.view.say(label).to_owned())
    }

    fn node(&self, flow: Option<&Flow>, name: &str) -> String {
        let known = flow.and_then(|flow| flow.node(Name::find(name)?));
        known.map_or(name, |node| self.view.node_label(node)).to_owned()
    }

    fn action(&self, flow: &Flow, node: &str, name: &str) -> Option<String> {
        let known = flow.node(Name::find(node)?)?.actions().iter().find(|action| action.name == *name)?;
        Some(self.view.say(&known.label).to_owned())
    }
}
