//! Flags as data: tables, loading, help texts, typed results. Compat: FLG-1..FLG-11.
//!
//! A table row gives a flag's name, its deprecated name, type, default and help; the `flags!` macro makes of the
//! rows the table (for loading, help and listings) and a struct with one typed field a flag. Arguments, environment
//! and files come in as values: nothing here reads the process's own.

mod agent;
mod check;
mod driver;
mod execute;
mod executor;
mod fate;
mod fates_agent;
mod fates_master;
mod fates_other;
mod fetcher;
mod help;
mod hints;
mod load;
mod local;
mod master;
mod reference;
mod settings_agent;
mod settings_master;
mod shared;
mod start;
mod value;

pub use agent::AgentFlags;
pub use check::check_logging_level;
pub use driver::{DriverFlags, V1SchedulerFlags};
pub use execute::{ExecuteFlags, TaskGroupJson, TaskJson, TextMap, VolumeList};
pub use executor::{DefaultExecutorFlags, DockerExecutorFlags, ExecutorFlags};
pub use fate::{Fate, Row};
pub use fetcher::{FetcherFlags, IoSwitchboardFlags, LogrotateFlags, TcpConnectFlags, UsageFlags};
pub use help::usage;
pub use hints::hints;
pub use load::{Files, FlagError, Names, Sources, Unknown, load};
pub use local::{LocalFlags, MesosLocalFlags};
pub use master::MasterFlags;
pub use reference::reference;
pub use settings_agent::{AgentSettings, ReconfigurationPolicy, Recover};
pub use settings_master::MasterSettings;
pub use start::{Exit, Start, start};
pub use value::{FlagValue, Json, JsonObject, PathFlag, SecureText, UintList};

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    /// The name of old, accepted with a warning.
    pub deprecated: Option<&'static str>,
    pub boolean: bool,
    pub required: bool,
    /// The default as text; `None` leaves the flag unset.
    pub default: Option<&'static str>,
    /// The type as a reader knows it.
    pub kind: &'static str,
    pub help: &'static str,
}

/// A set of flags of one program.
pub trait FlagSet: Default {
    /// Sorted by name.
    const TABLE: &'static [Flag];
    /// The prefix of environment variables.
    const PREFIX: &'static str = "MESOS_";

    /// Reads one value; the error says what is wrong with it.
    fn set(&mut self, name: &str, text: &str, files: &mut Files<'_>) -> Result<(), String>;
    /// The value as listings show it; `None` if unset.
    fn print(&self, name: &str) -> Option<String>;
    fn names(&self) -> &Names;
    fn names_mut(&mut self) -> &mut Names;

    /// What must hold of a flag's value whether given or default; called for each flag in order.
    fn check(&self, _name: &str) -> Result<(), String> {
        Ok(())
    }

    /// Flags that the original does not have; listings show them only where they are given.
    const OWN: &'static [&'static str] = &[];

    /// What becomes of each flag; programs that have none of these read all their flags.
    fn fates() -> &'static [Row] {
        &[]
    }

    /// Complaints about values of honoured flags that ask for what does not stand yet.
    fn values_not_built(&self) -> Vec<String> {
        Vec::new()
    }

    /// Complaints about all that asks for what does not stand yet; a program refuses to start on any.
    fn not_built_yet(&self) -> Vec<String> {
        let defaults = Self::default();
        // An empty text asks for nothing; an empty message prints as one but may ask for something.
        let is_text = |name: &str| {
            let mut rows = Self::TABLE.iter();
            rows.any(|flag| flag.name == name && flag.kind.contains("String"))
        };
        let asked = |name: &str| {
            let value = self.print(name);
            let empty = value.as_deref().is_none_or(str::is_empty) && is_text(name);
            self.names().was_loaded(name) && !empty && value != defaults.print(name)
        };
        let refused = Self::fates().iter().filter_map(|(name, fate)| match fate {
            Fate::Refused(feature) if asked(name) => {
                Some(format!("Flag '{name}': {feature} is not built yet"))
            }
            Fate::Refused(_) | Fate::Honoured | Fate::Tunes(_) => None,
        });
        refused.chain(self.values_not_built()).collect()
    }

    /// Name as loaded and value of every flag that has one, in order.
    fn listing(&self) -> Vec<(&'static str, String)> {
        let names = self.names();
        let rows = Self::TABLE
            .iter()
            .filter(|flag| !Self::OWN.contains(&flag.name) || names.was_loaded(flag.name));
        rows.filter_map(|flag| Some((names.shown(flag.name), self.print(flag.name)?)))
            .collect()
    }

    /// What `/flags` answers: `{"flags":{...}}`, values as texts.
    fn flags_json(&self) -> String {
        serde_json::json!({ "flags": self.flags_object() }).to_string()
    }

    /// The object in [`Self::flags_json`], also part of `/state`.
    fn flags_object(&self) -> serde_json::Map<String, serde_json::Value> {
        self.listing()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect()
    }

    /// The start-up line: `--name="value" --name="value"`.
    fn command_line(&self) -> String {
        let shown = self
            .listing()
            .into_iter()
            .map(|(name, value)| format!("--{name}=\"{value}\""));
        shown.collect::<Vec<_>>().join(" ")
    }
}

/// Makes a table and its struct of rows `name (deprecated): Type = default, "help";`.
/// The default is a text in the flag's own form, `none`, or `required`.
macro_rules! flags {
    (@default none) => { None };
    (@default required) => { None };
    (@default $text:literal) => { Some($text) };
    (@required required) => { true };
    (@required $other:tt) => { false };
    (@deprecated) => { None };
    (@deprecated $old:ident) => { Some(stringify!($old)) };
    ($(#[$doc:meta])* $set:ident {
        $($name:ident $(($old:ident))? : $kind:ty = $default:tt, $help:expr;)+
    } $($rest:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $set {
            $(pub $name: $kind,)+
            names: $crate::flags::Names,
        }

        impl Default for $set {
            fn default() -> Self {
                let mut files = $crate::flags::Files::none();
                let mut set = Self {
                    $($name: <$kind as $crate::flags::FlagValue>::unset(),)+
                    names: $crate::flags::Names::default(),
                };
                for flag in <Self as $crate::flags::FlagSet>::TABLE {
                    if let Some(text) = flag.default {
                        $crate::flags::FlagSet::set(&mut set, flag.name, text, &mut files)
                            .expect("the defaults in the table are valid");
                    }
                }
                set
            }
        }

        impl $crate::flags::FlagSet for $set {
            const TABLE: &'static [$crate::flags::Flag] = &[
                $($crate::flags::Flag {
                    name: stringify!($name),
                    deprecated: flags!(@deprecated $($old)?),
                    boolean: <$kind as $crate::flags::FlagValue>::BOOLEAN,
                    required: flags!(@required $default),
                    default: flags!(@default $default),
                    kind: stringify!($kind),
                    help: $help,
                },)+
            ];

            fn set(
                &mut self,
                name: &str,
                text: &str,
                files: &mut $crate::flags::Files<'_>,
            ) -> Result<(), String> {
                match name {
                    $(stringify!($name) => {
                        self.$name = $crate::flags::FlagValue::fetch(text, files)?;
                    })+
                    _ => return Err("no such flag".to_owned()),
                }
                Ok(())
            }

            fn print(&self, name: &str) -> Option<String> {
                match name {
                    $(stringify!($name) => $crate::flags::FlagValue::print(&self.$name),)+
                    _ => None,
                }
            }

            fn names(&self) -> &$crate::flags::Names {
                &self.names
            }

            fn names_mut(&mut self) -> &mut $crate::flags::Names {
                &mut self.names
            }

            $($rest)*
        }
    };
}
pub(crate) use flags;

#[cfg(test)]
mod fate_tests;
#[cfg(test)]
mod tests;
