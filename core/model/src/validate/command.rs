//! Commands, environments, secrets. Compat: TSK-8.

use crate::error::{Invalid, refuse};
use mesos_proto::mesos as pb;
use pb::{environment::variable, secret};

pub fn validate(command: &pb::CommandInfo) -> Result<(), Invalid> {
    command
        .environment
        .iter()
        .try_for_each(validate_environment)
}

pub fn validate_environment(environment: &pb::Environment) -> Result<(), Invalid> {
    environment.variables.iter().try_for_each(validate_variable)
}

fn validate_variable(variable: &pb::environment::Variable) -> Result<(), Invalid> {
    let name = &variable.name;
    let named = |rest: &str| {
        Err(Invalid::new(format!(
            "Environment variable '{name}' {rest}"
        )))
    };
    match variable.r#type() {
        variable::Type::Secret => {
            let Some(secret) = &variable.secret else {
                return named("of type 'SECRET' must have a secret set");
            };
            if variable.value.is_some() {
                return named("of type 'SECRET' must not have a value set");
            }
            if let Err(error) = validate_secret(secret) {
                return named(&format!("specifies an invalid secret: {error}"));
            }
            if secret
                .value
                .as_ref()
                .is_some_and(|value| value.data.contains(&0))
            {
                return named(
                    "specifies a secret containing null bytes, which is not allowed in the \
                     environment",
                );
            }
            Ok(())
        }
        variable::Type::Value if variable.value.is_none() => {
            named("of type 'VALUE' must have a value set")
        }
        variable::Type::Value if variable.secret.is_some() => {
            named("of type 'VALUE' must not have a secret set")
        }
        variable::Type::Value => Ok(()),
        variable::Type::Unknown => refuse("Environment variable of type 'UNKNOWN' is not allowed"),
    }
}

pub fn validate_secret(secret: &pb::Secret) -> Result<(), Invalid> {
    match secret.r#type() {
        secret::Type::Reference => {
            let Some(reference) = &secret.reference else {
                return refuse("Secret of type REFERENCE must have the 'reference' field set");
            };
            if secret.value.is_some() {
                return Err(Invalid::new(format!(
                    "Secret '{}' of type REFERENCE must not have the 'value' field set",
                    reference.name
                )));
            }
            Ok(())
        }
        secret::Type::Value if secret.value.is_none() => {
            refuse("Secret of type VALUE must have the 'value' field set")
        }
        secret::Type::Value if secret.reference.is_some() => {
            refuse("Secret of type VALUE must not have the 'reference' field set")
        }
        secret::Type::Value | secret::Type::Unknown => Ok(()),
    }
}
