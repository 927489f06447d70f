//! A complaint over National Day, in the words of a scenario: nobody takes it, it goes up twice, and the last queue
//! takes it after lunch.

use formwork_runtime::scenario;

use super::super::world::catalog;

const COMPLAINT: &str = r#"
# definitions/service.book.yaml
book: service
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/service/office.calendar.yaml
calendar: office
week:
  mon: [08:30-12:00, 13:30-17:30]
  tue: [08:30-12:00, 13:30-17:30]
  wed: [08:30-12:00, 13:30-17:30]
  thu: [08:30-12:00, 13:30-17:30]
  fri: [08:30-12:00, 13:30-17:30]
holidays: [2026-10-01..2026-10-07]
working_days: [2026-10-10]
# definitions/service/complaint.object.yaml
object: complaint
title: what
owner: agent
fields: {what: {type: text}, priority: {type: choice, options: [p1, p2]}, agent: {type: user}}
# definitions/service/times.table.yaml
table: times
object: complaint
inputs: {priority: {type: choice, options: [p1, p2]}}
outputs: {accept: {type: text}}
rows:
  - {priority: p1, accept: 30 working minutes}
  - {priority: p2, accept: 2 working hours}
# definitions/service/complaint.flow.yaml
flow: complaint
object: complaint
start: queued
nodes:
  queued:
    queue: {name: first_line, accept: = table("times").accept}
    actions: {accept: {by: member, to: processing}}
  processing:
    queue: {name: first_line, keep: true}
    actions: {solve: {by: assignee, to: solved}}
  solved: {end: {}}
# definitions/service/first_line.queue.yaml
queue: first_line
next: regional_support
members: [{user: sa1}, {user: sa2}]
# definitions/service/regional_support.queue.yaml
queue: regional_support
level: 2
next: head_office
members: [{user: tech}]
# definitions/service/head_office.queue.yaml
queue: head_office
level: 3
members: [{role: service_manager}]
manager: [zheng, role(sales_director)]
# tests/scenarios/service/complaint.scenario.yaml
scenario: complaint
now: 2026-09-30T16:30+08:00
given:
  zheng: {object: user, set: {login: zheng, name: 郑}}
  manager: {object: position, set: {user: zheng, role: service_manager}}
cases:
  over_national_day:
    steps:
      - when: {create: complaint, as: c, set: {what: no brakes, priority: p2}}
        then: {state: queued, queue: first_line, assignee: nobody}
      - when: {clock: 2026-10-08T09:29+08:00}
        then: {of: c, queue: first_line}
      - when: {clock: 2026-10-08T09:30+08:00}
        then: {of: c, queue: regional_support, assignee: nobody}
      - when: {act: accept, on: c, actor: sa1}
        then: {refused: not-allowed}
      - when: {clock: 2026-10-08T11:30+08:00}
        then: {of: c, queue: head_office}
      - when: {clock: 2026-10-08T14:10+08:00}
        then: {of: c, queue: head_office}
      - when: {act: accept, on: c, actor: zheng}
        then: {state: processing, queue: head_office, assignee: zheng, values: {agent: zheng}}
      - when: {clock: +2h}
        then: {of: c, queue: head_office, assignee: zheng}
  by_hand:
    steps:
      - when: {create: complaint, as: c, set: {what: a scratch, priority: p2}}
      - when: {claim: c, actor: sa1}
        then: {assignee: sa1}
      - when: {release: c, actor: sa1}
        then: {assignee: nobody}
      - when: {claim: c, actor: sa2}
      - when: {escalate: c, actor: sa2}
        then: {refused: required, at: reason}
      - when: {escalate: c, reason: severe, actor: sa2}
        then: {queue: regional_support, assignee: nobody, notified: [tech]}
      - when: {assign: c, to: tech, actor: sa2}
        then: {refused: not-allowed}
      - when: {escalate: c, reason: severe, actor: tech}
      - when: {assign: c, to: zheng, actor: chief sales_director}
        then: {queue: head_office, assignee: zheng, notified: [zheng]}
"#;

#[test]
fn a_complaint_goes_up_over_the_holidays() {
    let reports = scenario::run_all(&catalog(COMPLAINT));
    assert_eq!(reports.len(), 2);
    for report in reports {
        assert!(report.failures.is_empty(), "{}: {:?}", report.name, report.failures);
    }
}

#[test]
fn what_is_expected_of_queues_and_owners_is_looked_at() {
    let wrong = COMPLAINT
        .replace("queue: first_line, assignee: nobody}", "queue: head_office, assignee: sa1}")
        .replace("then: {assignee: sa1}", "then: {assignee: sa2}");
    let failures: Vec<usize> = scenario::run_all(&catalog(&wrong)).iter().map(|report| report.failures.len()).collect();
    assert_eq!(failures, [2, 1]);
}
