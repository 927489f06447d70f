//! The pages, as people use them: through the router without scripts, and in a real browser with them.

mod accessible;
mod admin;
mod browser;
mod forms;
mod lists;
mod plain;
mod site;
mod tasks;
