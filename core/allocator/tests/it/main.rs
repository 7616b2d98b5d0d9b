//! Machine tests: events in, commands out.

mod books;
mod scenarios;
mod world;
