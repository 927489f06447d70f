//! What was asked of people about a record, as lines that every record has: steps of approvals, and work in queues.
//!
//! Nobody writes them. Reports count them with `lines: tasks`, filters look into them: `{"tasks": {"any": {…}}}`.

use formwork_model::{
    field_type::{Choice, FieldType, Tone},
    name::Name,
    text,
    text::Text,
};

/// The field of every record that has them.
pub const TASKS: &str = "tasks";

/// The fields of a task.
pub const TASK_FIELDS: &[&str] = &[
    "kind", "flow", "node", "step", "queue", "holder", "by", "decision", "waits", "began_at", "ended_at", "took",
    "worked",
];

/// The type of a field of a task.
pub fn task_field(name: &str) -> Option<FieldType> {
    Some(match name {
        "kind" => choice(&[("approval", text!("Approval", "审批")), ("work", text!("Work", "工作"))]),
        "flow" | "node" | "step" | "queue" => FieldType::Text,
        "holder" | "by" => FieldType::User,
        "decision" => choice(&decisions()),
        "waits" => FieldType::Boolean,
        "began_at" | "ended_at" => FieldType::DateTime,
        "took" | "worked" => FieldType::Duration,
        _ => return None,
    })
}

/// What a field of a task is called.
pub fn task_label(name: &str) -> Text {
    match name {
        "kind" => text!("Kind of task", "任务类型"),
        "flow" => text!("Flow", "流程"),
        "node" => text!("Node", "节点"),
        "step" => text!("Step", "步骤"),
        "queue" => text!("Queue", "队列"),
        "holder" => text!("Handled by", "处理人"),
        "by" => text!("Decided by", "决定人"),
        "decision" => text!("Decision", "处理结果"),
        "waits" => text!("Waits", "待处理"),
        "began_at" => text!("Begun at", "到达时间"),
        "ended_at" => text!("Ended at", "完成时间"),
        "took" => text!("Time taken", "用时"),
        "worked" => text!("Working time taken", "工作时间用时"),
        other => Text::same(other),
    }
}

/// The ways in which a task ends, by the words of the API.
fn decisions() -> [(&'static str, Text); 11] {
    [
        ("approved", text!("Approved", "同意")),
        ("rejected", text!("Rejected", "拒绝")),
        ("returned", text!("Returned", "退回")),
        ("acted", text!("Acted otherwise", "执行了其他操作")),
        ("transferred", text!("Handed on", "转办")),
        ("escalated", text!("Escalated", "超时升级")),
        ("expired", text!("Decided by time", "超时自动处理")),
        ("passed", text!("Passed by itself", "自动通过")),
        ("superseded", text!("Decided by somebody else", "已由他人处理")),
        ("cancelled", text!("Withdrawn", "已撤销")),
        ("removed", text!("Taken away", "减签")),
    ]
}

fn choice(options: &[(&str, Text)]) -> FieldType {
    let option =
        |(name, label): &(&str, Text)| Choice { name: Name::intern(name), label: label.clone(), tone: Tone::default() };
    FieldType::Choice(options.iter().map(option).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_type_and_a_name_of_its_own() {
        for field in TASK_FIELDS {
            assert!(task_field(field).is_some(), "{field}");
            assert_ne!(task_label(field), Text::same(*field), "{field}");
        }
        assert_eq!(task_field("tasks"), None);
    }
}
