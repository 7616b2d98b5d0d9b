//! Offer constraints: which agents a role wants to hear of. Compat: ALC-34, ALC-35, ALC-35a, ALC-36.

use crate::{
    event::AgentSpec,
    pattern::{PROGRAM_SIZE_MAX, Pattern, PatternError},
};
use mesos_model::Role;
use mesos_proto::mesos::{self as pb, scheduler as sched};
use std::collections::BTreeMap;
use thiserror::Error;

use sched::attribute_constraint::{
    predicate::Predicate as WirePredicate,
    selector::{PseudoattributeType, Selector as WireSelector},
};

/// Compiled constraints of a framework: role → groups (OR) of constraints (AND).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfferConstraints {
    roles: BTreeMap<Role, Vec<Group>>,
}

type Group = Vec<Constraint>;

#[derive(Clone, Debug, PartialEq)]
struct Constraint {
    selector: Selector,
    predicate: Predicate,
}

#[derive(Clone, Debug, PartialEq)]
enum Selector {
    Attribute(String),
    Hostname,
    Region,
    Zone,
}

#[derive(Clone, Debug, PartialEq)]
enum Predicate {
    Exists,
    NotExists,
    TextEquals(String),
    TextNotEquals(String),
    TextMatches(Pattern),
    TextNotMatches(Pattern),
}

/// Why constraints are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConstraintError {
    #[error("RoleConstraints for role '{0}' contain no groups")]
    NoGroups(String),
    #[error("a constraint group for role '{0}' is empty")]
    EmptyGroup(String),
    #[error("the selector of an attribute constraint is not set or unknown")]
    Selector,
    #[error("the predicate of an attribute constraint is not set or unknown")]
    Predicate,
    #[error("{0}")]
    Pattern(#[from] PatternError),
}

/// What a selector finds on an agent.
enum Found<'a> {
    Nothing,
    Text(&'a str),
    NotText,
}

impl OfferConstraints {
    /// Checks and compiles the message of SUBSCRIBE or UPDATE_FRAMEWORK, with default limits.
    ///
    /// # Errors
    /// The first defect found (ALC-35).
    pub fn compile(message: &sched::OfferConstraints) -> Result<Self, ConstraintError> {
        Self::compile_within(message, PROGRAM_SIZE_MAX)
    }

    /// As `compile`, with `--offer_constraints_re2_max_program_size`.
    ///
    /// # Errors
    /// The first defect found (ALC-35).
    pub fn compile_within(
        message: &sched::OfferConstraints,
        size_max: usize,
    ) -> Result<Self, ConstraintError> {
        let mut roles = BTreeMap::new();
        for (role, constraints) in &message.role_constraints {
            if constraints.groups.is_empty() {
                return Err(ConstraintError::NoGroups(role.clone()));
            }
            let groups = constraints
                .groups
                .iter()
                .map(|group| compile_group(role, group, size_max));
            roles.insert(Role::new(role), groups.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { roles })
    }

    pub fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// Whether the role wants no offers from the agent (ALC-34).
    pub fn exclude(&self, role: &Role, agent: &AgentSpec) -> bool {
        let Some(groups) = self.roles.get(role) else {
            return false;
        };
        !groups
            .iter()
            .any(|group| group.iter().all(|constraint| constraint.holds(agent)))
    }

    /// The roles that have constraints.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.keys()
    }
}

fn compile_group(
    role: &str,
    group: &sched::offer_constraints::role_constraints::Group,
    size_max: usize,
) -> Result<Group, ConstraintError> {
    if group.attribute_constraints.is_empty() {
        return Err(ConstraintError::EmptyGroup(role.to_owned()));
    }
    let constraints = group.attribute_constraints.iter();
    constraints
        .map(|constraint| Constraint::compile(constraint, size_max))
        .collect()
}

impl Constraint {
    fn compile(
        message: &sched::AttributeConstraint,
        size_max: usize,
    ) -> Result<Self, ConstraintError> {
        let selector = match &message.selector.selector {
            Some(WireSelector::AttributeName(name)) => Selector::Attribute(name.clone()),
            Some(WireSelector::PseudoattributeType(kind)) => {
                match PseudoattributeType::try_from(*kind) {
                    Ok(PseudoattributeType::Hostname) => Selector::Hostname,
                    Ok(PseudoattributeType::Region) => Selector::Region,
                    Ok(PseudoattributeType::Zone) => Selector::Zone,
                    Ok(PseudoattributeType::Unknown) | Err(_) => {
                        return Err(ConstraintError::Selector);
                    }
                }
            }
            None => return Err(ConstraintError::Selector),
        };
        let predicate = match &message.predicate.predicate {
            Some(WirePredicate::Exists(_)) => Predicate::Exists,
            Some(WirePredicate::NotExists(_)) => Predicate::NotExists,
            Some(WirePredicate::TextEquals(text)) => Predicate::TextEquals(text.value.clone()),
            Some(WirePredicate::TextNotEquals(text)) => {
                Predicate::TextNotEquals(text.value.clone())
            }
            Some(WirePredicate::TextMatches(text)) => {
                Predicate::TextMatches(Pattern::compile(&text.regex, size_max)?)
            }
            Some(WirePredicate::TextNotMatches(text)) => {
                Predicate::TextNotMatches(Pattern::compile(&text.regex, size_max)?)
            }
            None => return Err(ConstraintError::Predicate),
        };
        Ok(Self {
            selector,
            predicate,
        })
    }

    /// The table of ALC-36.
    fn holds(&self, agent: &AgentSpec) -> bool {
        match (&self.predicate, self.selector.find(agent)) {
            (Predicate::Exists, Found::Nothing) => false,
            (Predicate::Exists, Found::Text(_) | Found::NotText) => true,
            (Predicate::NotExists, Found::Nothing) => true,
            (Predicate::NotExists, Found::Text(_) | Found::NotText) => false,
            (Predicate::TextEquals(_) | Predicate::TextMatches(_), Found::Nothing) => false,
            (Predicate::TextNotEquals(_) | Predicate::TextNotMatches(_), Found::Nothing) => true,
            (Predicate::TextEquals(wanted), Found::Text(text)) => wanted == text,
            (Predicate::TextNotEquals(unwanted), Found::Text(text)) => unwanted != text,
            (Predicate::TextMatches(wanted), Found::Text(text)) => wanted.matches(text),
            (Predicate::TextNotMatches(unwanted), Found::Text(text)) => !unwanted.matches(text),
            (
                Predicate::TextEquals(_)
                | Predicate::TextNotEquals(_)
                | Predicate::TextMatches(_)
                | Predicate::TextNotMatches(_),
                Found::NotText,
            ) => true,
        }
    }
}

impl Selector {
    fn find<'a>(&self, agent: &'a AgentSpec) -> Found<'a> {
        let text = |text: &'a Option<String>| text.as_deref().map_or(Found::Nothing, Found::Text);
        match self {
            Self::Hostname => Found::Text(&agent.hostname),
            Self::Region => text(&agent.region),
            Self::Zone => text(&agent.zone),
            Self::Attribute(name) => {
                let Some(found) = agent.attributes.iter().find(|a| a.name == *name) else {
                    return Found::Nothing;
                };
                match (found.r#type(), &found.text) {
                    (pb::value::Type::Text, Some(text)) => Found::Text(&text.value),
                    _ => Found::NotText,
                }
            }
        }
    }
}
