//! Identifiers: cheap clones that cannot be mixed up. Compat: RES-61, RES-62.

use mesos_proto::mesos as pb;
use std::{fmt, sync::Arc};

/// Declares an id type over shared text.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: &str) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn as_arc(&self) -> &Arc<str> {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                Self(text)
            }
        }
    };
}
pub(crate) use id;

/// Ties an id to the protobuf message that carries it.
macro_rules! carried_by {
    ($name:ident, $message:ident) => {
        impl $name {
            pub fn to_proto(&self) -> pb::$message {
                pb::$message {
                    value: self.0.to_string(),
                }
            }
        }

        impl From<&pb::$message> for $name {
            fn from(message: &pb::$message) -> Self {
                Self::new(&message.value)
            }
        }

        impl From<pb::$message> for $name {
            fn from(message: pb::$message) -> Self {
                Self(message.value.into())
            }
        }

        impl From<&$name> for pb::$message {
            fn from(id: &$name) -> Self {
                id.to_proto()
            }
        }

        impl From<$name> for pb::$message {
            fn from(id: $name) -> Self {
                id.to_proto()
            }
        }
    };
}

id!(/// Names one framework for as long as the master remembers it.
    FrameworkId);
id!(/// Names one agent for as long as it is registered.
    AgentId);
id!(/// Names one task within its framework.
    TaskId);
id!(/// Names one executor within its framework and agent.
    ExecutorId);
id!(/// Names one offer or inverse offer; never reused within a master's term.
    OfferId);
id!(/// Names one operation within its framework; chosen by the framework.
    OperationId);
id!(/// Names one resource provider.
    ResourceProviderId);

carried_by!(FrameworkId, FrameworkId);
carried_by!(AgentId, SlaveId);
carried_by!(TaskId, TaskId);
carried_by!(ExecutorId, ExecutorId);
carried_by!(OfferId, OfferId);
carried_by!(OperationId, OperationId);
carried_by!(ResourceProviderId, ResourceProviderId);

/// Names one container; nested containers know their parents. Printed as `parent.child`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(Arc<ContainerPath>);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct ContainerPath {
    parent: Option<ContainerId>,
    value: String,
}

impl ContainerId {
    pub fn root(value: &str) -> Self {
        Self(Arc::new(ContainerPath {
            parent: None,
            value: value.to_owned(),
        }))
    }

    pub fn child(&self, value: &str) -> Self {
        let path = ContainerPath {
            parent: Some(self.clone()),
            value: value.to_owned(),
        };
        Self(Arc::new(path))
    }

    /// The last component.
    pub fn value(&self) -> &str {
        &self.0.value
    }

    pub fn parent(&self) -> Option<&ContainerId> {
        self.0.parent.as_ref()
    }

    pub fn is_nested(&self) -> bool {
        self.0.parent.is_some()
    }

    /// The outermost container.
    pub fn root_of(&self) -> &ContainerId {
        let mut at = self;
        while let Some(parent) = at.parent() {
            at = parent;
        }
        at
    }

    pub fn to_proto(&self) -> pb::ContainerId {
        pb::ContainerId {
            value: self.value().to_owned(),
            parent: self.parent().map(|parent| Box::new(parent.to_proto())),
        }
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent() {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.value())
    }
}

impl From<&pb::ContainerId> for ContainerId {
    fn from(message: &pb::ContainerId) -> Self {
        let mut chain = vec![message];
        while let Some(parent) = chain.last().and_then(|at| at.parent.as_deref()) {
            chain.push(parent);
        }
        let mut links = chain.into_iter().rev();
        let mut id = ContainerId::root(&links.next().expect("the chain begins non-empty").value);
        for link in links {
            id = id.child(&link.value);
        }
        id
    }
}

impl From<&ContainerId> for pb::ContainerId {
    fn from(id: &ContainerId) -> Self {
        id.to_proto()
    }
}
