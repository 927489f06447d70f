//! The runtime, through `Book` on a memory store: records, rules, references, ledgers, lists, flows.

mod actions;
mod approvals;
mod deep;
mod directory;
mod fields;
mod flows;
mod forms;
mod history;
mod incidents;
mod keys;
mod ledgers;
mod lists;
mod numbers;
mod random_approvals;
mod random_flows;
mod random_timers;
mod references;
mod releases;
mod roll_ups;
mod rules;
mod schedules;
mod scopes;
mod sla;
mod soundness;
mod timers;
mod world;
