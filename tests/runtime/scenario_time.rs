//! Scenarios in which time passes: the clock fires what is due, and steps look at the result.

use formwork_runtime::scenario::{coverage, run_all};

use super::world::catalog;

/// A complaint over National Day, as a scenario would tell it.
const SITE: &str = r#"
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
calendar: office
# definitions/desk/office.calendar.yaml
calendar: office
week:
  mon: [08:30-12:00, 13:30-17:30]
  tue: [08:30-12:00, 13:30-17:30]
  wed: [08:30-12:00, 13:30-17:30]
  thu: [08:30-12:00, 13:30-17:30]
  fri: [08:30-12:00, 13:30-17:30]
holidays: [2026-10-01..2026-10-07]
working_days: [2026-10-10]
# definitions/desk/ticket.object.yaml
object: ticket
owner: owner
fields:
  owner: {type: user}
  level: {type: integer, default: 1}
  paid: {type: integer}
  note: {type: text}
sla:
  response: {until: working, target: 2 working hours, marks: [{at: 100%, notify: [{to: owner, say: Nobody has answered}]}]}
  resolve: {until: closed, pause: waiting, target: 16 working hours}
# definitions/desk/ticket.flow.yaml
flow: ticket
object: ticket
start: open
nodes:
  open:
    timers: {up: {after: 2 working hours, every: 2 working hours, when: this.level < 3, set: {level: = this.level + 1}}}
    actions: {accept: {to: working}}
  working: {actions: {ask: {to: waiting}, solve: {to: closed}}}
  waiting: {actions: {answer: {to: working}}}
  closed: {wait: {event: rated, ttl: 1d, when: event.stars > 2, set: {paid: = event.stars}}, to: rest}
  rest: {wait: {for: 1 working day}, to: done}
  done: {end: {}}
# definitions/desk/weekly.schedule.yaml
schedule: weekly
cron: "0 9 * * 1"
over: ticket
where: {state: open}
set: {note: seen}
# tests/scenarios/desk/ticket.scenario.yaml
scenario: ticket
now: 2026-09-30T16:30
cases:
  national_day:
    steps:
      - when: {create: ticket, as: it, set: {owner: zheng}}
        then:
          state: open
          timers: {up: 2026-10-08T09:30, response: 2026-10-08T09:30, resolve: 2026-10-09T17:30}
          values: {response_state: running, resolve_due: 2026-10-09T17:30}
      - when: {clock: 2026-10-02T09:00}
        then: {of: it, values: {level: 1}, notified: []}
      - when: {clock: 2026-10-08T11:30}
        then: {of: it, values: {level: 3, response_state: missed}, notified: [zheng], timers: {up: 2026-10-08T15:00}}
      - when: {clock: 2026-10-08T14:10}
      - when: {act: accept, on: it}
        then: {timers: {up: none, response: none}, values: {response_elapsed: 5h10m}}
      - when: {clock: 2026-10-09T10:00}
      - when: {act: ask, on: it}
        then: {timers: {resolve: paused}, values: {resolve_state: paused}}
      - when: {clock: 2026-10-09T14:30}
      - when: {act: answer, on: it}
        then: {timers: {resolve: 2026-10-10T11:30}}
      - when: {clock: 2026-10-10T10:45}
      - when: {act: solve, on: it}
        then: {state: closed, values: {resolve_state: met, resolve_paused: 3h, resolve_elapsed: 15h15m}}
      - when: {event: rated, on: it, set: {stars: 1}}
        then: {state: closed}
      - when: {event: rated, on: it, set: {stars: 5}}
        then: {state: rest, values: {paid: 5}, timers: {due: 2026-10-12T17:30}}
      - when: {clock: +3d}
        then: {of: it, state: done}
  weekly:
    steps:
      - when: {create: ticket, as: it}
      - when: {clock: 2026-10-05T09:00}
        then: {of: it, values: {note: seen}}
  wrong:
    steps:
      - when: {create: ticket, as: it}
        then: {timers: {up: none, response: paused, resolve: 2026-10-09T17:31}}
"#;

#[test]
fn a_scenario_moves_the_clock_and_sees_what_fired() {
    let catalog = catalog(SITE);
    let reports = run_all(&catalog);
    let failures = |name: &str| {
        let report = reports.iter().find(|report| report.name == format!("ticket.{name}")).unwrap();
        report.failures.iter().map(|failed| failed.message.en.clone()).collect::<Vec<_>>()
    };
    assert_eq!(failures("national_day"), [""; 0]);
    assert_eq!(failures("weekly"), [""; 0]);
    assert_eq!(
        failures("wrong"),
        [
            "expected none, it is 2026-10-08T09:30:00+08:00",
            "expected paused, it is 2026-10-08T09:30:00+08:00",
            "expected 2026-10-09T17:31, it is 2026-10-09T17:30:00+08:00"
        ]
    );
    let untouched = coverage(&catalog, &reports).untouched;
    assert_eq!(untouched, ["sla ticket.resolve missed"]);
}
