//! Records in memory; what was written survives a crash of the replica.

use std::collections::BTreeMap;

use mesos_log::Position;
use mesos_log::positions::Positions;
use mesos_log::storage::{Restored, Storage, StorageError};
use mesos_proto::internal::log::action::Type;
use mesos_proto::internal::log::metadata::Status;
use mesos_proto::internal::log::{Action, Metadata};

#[derive(Debug, Default)]
pub struct Memory {
    metadata: Option<Metadata>,
    actions: BTreeMap<Position, Action>,
}

impl Storage for Memory {
    fn restore(&mut self) -> Result<Restored, StorageError> {
        let begins = self.actions.values().filter(|action| action.learned());
        let begins = begins.map(|action| match action.r#type() {
            Type::Truncate => action.truncate.expect("a truncation says where").to,
            Type::Nop if action.nop.is_some_and(|nop| nop.tombstone()) => action.position + 1,
            Type::Nop | Type::Append => 0,
        });
        let begin = begins.max().unwrap_or(0);
        let end = self
            .actions
            .last_key_value()
            .map_or(0, |(position, _)| *position);
        let mut holes = Positions::default();
        let mut unlearned = Positions::default();
        for position in begin..=end {
            match self.actions.get(&position) {
                None => holes.insert(position..=position),
                Some(action) if !action.learned() => unlearned.insert(position..=position),
                Some(_) => {}
            }
        }
        let empty = Metadata {
            status: Status::Empty.into(),
            promised: 0,
        };
        Ok(Restored {
            metadata: self.metadata.unwrap_or(empty),
            begin,
            end,
            holes,
            unlearned,
        })
    }

    fn write_metadata(&mut self, metadata: &Metadata) -> Result<(), StorageError> {
        self.metadata = Some(*metadata);
        Ok(())
    }

    fn write_action(&mut self, action: &Action) -> Result<(), StorageError> {
        self.actions.insert(action.position, action.clone());
        if action.learned() && action.r#type() == Type::Truncate {
            self.actions = self
                .actions
                .split_off(&action.truncate.expect("a truncation says where").to);
        }
        Ok(())
    }

    fn read(&mut self, position: Position) -> Result<Action, StorageError> {
        let action = self.actions.get(&position).cloned();
        action.ok_or_else(|| StorageError(format!("position {position} is gone")))
    }
}
