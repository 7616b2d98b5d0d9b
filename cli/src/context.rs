//! What a command has at hand.

use crate::address::Address;
use crate::cluster::{Agent, Master};
use crate::config::{Config, Places};
use crate::failure::Failure;
use crate::options::Arguments;
use crate::output::{Form, Out};

/// The configuration, the output, and what the common flags say.
#[derive(Debug)]
pub struct Context {
    pub config: Config,
    pub out: Out,
    /// `--master`.
    master: Option<String>,
}

impl Context {
    /// For a command with these arguments.
    pub fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let form = arguments.value("output").map(Form::parse).transpose()?;
        Ok(Self {
            config: Config::load(&Places::of_this_process()),
            out: Out::of_this_process(form.unwrap_or_default()),
            master: arguments.value("master").map(str::to_owned),
        })
    }

    /// Where the master is: what `--master` says, else the configuration.
    pub fn master_address(&self) -> Result<Address, Failure> {
        let found = match &self.master {
            Some(text) => Address::parse_or_read(text),
            None => self.config.master(),
        };
        found.map_err(|error| {
            Failure::error(format!("Unable to get leading master address: {error}"))
        })
    }

    /// The master with the client of the configuration.
    pub fn master(&self) -> Result<Master, Failure> {
        let client = self.config.master_client().map_err(Failure::Error)?;
        Ok(Master::new(self.master_address()?, client))
    }

    /// An agent as the master lists it.
    pub fn agent(&self, listed: &serde_json::Value) -> Result<Agent, Failure> {
        let client = self.config.agent_client().map_err(Failure::Error)?;
        Agent::listed(listed, client).map_err(Failure::Error)
    }
}
