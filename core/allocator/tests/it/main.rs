//! Machine tests: events in, commands out.

mod books;
mod explain;
mod maintenance;
mod operations;
mod scenarios;
mod world;
