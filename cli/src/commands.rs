//! The commands, one file each; [`crate::table::COMMANDS`] has the row of each.

pub mod agent_list;
pub mod config_plugins;
pub mod config_show;
