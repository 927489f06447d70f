//! The pages, as people use them: through the router without scripts, and in a real browser with them.

mod accessible;
mod admin;
mod browser;
mod claims;
mod company;
mod conditions;
mod errors;
mod escalation;
mod flow;
mod forms;
mod kept;
mod lists;
mod live;
mod menu;
mod numbers;
mod papers;
mod plain;
mod reports;
mod search;
mod shop;
mod site;
mod tasks;
