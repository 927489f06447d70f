//! The pages, as people use them: through the router without scripts, and in a real browser with them.

mod accessible;
mod admin;
mod browser;
mod flow;
mod forms;
mod kept;
mod lists;
mod live;
mod plain;
mod site;
mod tasks;
