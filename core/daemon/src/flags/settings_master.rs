//! The master's flags taken together and taken apart, with the refusals of its start. Compat: FLG-10, FLG-11.

use super::MasterFlags;
use mesos_model::{
    ResourceQuantities, Role, role,
    units::{Nanos, parse_duration},
    value::parse_double,
};
use std::collections::BTreeMap;

const REREGISTER_TIMEOUT_MIN: Nanos = Nanos::mins(10);

/// What flags in text form mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MasterSettings {
    /// How many agents may become unreachable in which time.
    pub removal_rate: Option<(u32, Nanos)>,
    /// The part of the agents that may be lost after a failover, 0.0 to 1.0.
    pub recovery_removal_limit: f64,
    /// The whitelist of roles; `*` is in it.
    pub roles: Option<Vec<Role>>,
    pub weights: BTreeMap<Role, f64>,
    pub min_allocatable: Vec<ResourceQuantities>,
    /// To be logged.
    pub warnings: Vec<String>,
}

impl MasterFlags {
    /// Checks in the order of the original's start; the text is the line of explanation before exit status 1.
    /// What needs files (credentials, work directory) or the network comes elsewhere.
    pub fn settings(&self) -> Result<MasterSettings, String> {
        self.check_exclusions()?;
        self.check_allocator()?;
        self.check_registry()?;
        self.check_authorizers()?;
        let removal_rate = self.removal_rate()?;
        self.check_timeouts()?;
        let recovery_removal_limit = self.recovery_removal_limit()?;
        self.check_authenticators()?;
        self.check_rate_limits()?;
        let mut settings = MasterSettings {
            removal_rate,
            recovery_removal_limit,
            ..MasterSettings::default()
        };
        self.read_roles(&mut settings)?;
        self.read_weights(&mut settings)?;
        if let Some(timeout) = self.offer_timeout.filter(|timeout| *timeout <= Nanos::ZERO) {
            return Err(format!(
                "Invalid value '{timeout}' for --offer_timeout: Must be greater than zero"
            ));
        }
        self.read_min_allocatable(&mut settings)?;
        Ok(settings)
    }

    fn check_exclusions(&self) -> Result<(), String> {
        if self.ip.is_some() && self.ip_discovery_command.is_some() {
            return refuse("Only one of `--ip` or `--ip_discovery_command` should be specified");
        }
        let pair = (
            self.master_contender.is_some(),
            self.master_detector.is_some(),
        );
        if self.zk.is_none() && pair.0 != pair.1 {
            return refuse(
                "Both --master_contender and --master_detector should be specified or omitted.",
            );
        }
        if self.zk.is_some() && (pair.0 || pair.1) {
            return refuse(
                "Only one of --zk or the --master_contender/--master_detector pair should be \
                 specified.",
            );
        }
        if self.modules.is_some() && self.modules_dir.is_some() {
            return refuse("Only one of --modules or --modules_dir should be specified");
        }
        check_hooks(self.hooks.as_deref())
    }

    fn check_allocator(&self) -> Result<(), String> {
        let name = &self.allocator;
        // The second is what the first was called when its sorter had no choice (S3-41).
        if !matches!(name.as_str(), "hierarchical" | "HierarchicalDRF") {
            return Err(format!(
                "Failed to create allocator '{name}': Module '{name}' unknown"
            ));
        }
        if self.role_sorter != self.framework_sorter {
            return Err(format!(
                "Failed to create allocator '{name}': Unsupported combination of 'role_sorter' \
                 and 'framework_sorter': must be equal (for now)"
            ));
        }
        if !matches!(self.role_sorter.as_str(), "drf" | "random") {
            return Err(format!(
                "Failed to create allocator '{name}': Unsupported sorter '{}'",
                self.role_sorter
            ));
        }
        Ok(())
    }

    fn check_registry(&self) -> Result<(), String> {
        match self.registry.as_str() {
            "in_memory" => {}
            "replicated_log" | "log_storage" => {
                if self.work_dir.is_none() {
                    return refuse("--work_dir needed for replicated log based registry");
                }
                if self.zk.is_some() && self.quorum.is_none() {
                    return refuse(
                        "Need to specify --quorum for replicated log based registry when using \
                         ZooKeeper\nIt is the majority of all masters (1 master: --quorum=1, \
                         3 masters: --quorum=2, 5 masters: --quorum=3) and the same on each of them; \
                         with a smaller one the registry can be lost",
                    );
                }
            }
            other => {
                return Err(format!(
                    "'{other}' is not a supported option for registry persistence"
                ));
            }
        }
        let Some(zk) = &self.zk else { return Ok(()) };
        let Some(rest) = zk.text().strip_prefix("zk://") else {
            return refuse(
                "Error parsing ZooKeeper URL: Expecting 'zk://' at the beginning of the URL",
            );
        };
        match rest.split_once('/') {
            Some((_, path)) if !path.trim_matches('/').is_empty() => Ok(()),
            Some(_) | None => refuse(
                "Failed to create a master contender: Expecting a (chroot) path for ZooKeeper \
                 ('/' is not supported)",
            ),
        }
    }

    fn check_authorizers(&self) -> Result<(), String> {
        if self.authorizers.contains(',') {
            return refuse("Multiple authorizers not supported");
        }
        match self.authorizers.as_str() {
            "local" => Ok(()),
            name => Err(format!(
                "Could not create '{name}' authorizer: Module '{name}' unknown"
            )),
        }
    }

    fn removal_rate(&self) -> Result<Option<(u32, Nanos)>, String> {
        let Some(text) = &self.agent_removal_rate_limit else {
            return Ok(None);
        };
        let form = || {
            format!(
                "Invalid agent_removal_rate_limit: {text}. Format is <Number of agents>/<Duration>"
            )
        };
        let tokens: Vec<&str> = text.split('/').filter(|token| !token.is_empty()).collect();
        let [permits, duration] = tokens.as_slice() else {
            return Err(form());
        };
        let permits: u32 = permits
            .parse()
            .map_err(|_| format!("{}: Failed to convert '{permits}' to number", form()))?;
        let duration = parse_duration(duration).map_err(|error| format!("{}: {error}", form()))?;
        // FIX: the original aborts on these.
        if permits == 0 || duration <= Nanos::ZERO {
            return Err(form());
        }
        Ok(Some((permits, duration)))
    }

    fn check_timeouts(&self) -> Result<(), String> {
        if self.agent_reregister_timeout < REREGISTER_TIMEOUT_MIN {
            return Err(format!(
                "Invalid value '{}' for --agent_reregister_timeout: Must be at least \
                 {REREGISTER_TIMEOUT_MIN}",
                self.agent_reregister_timeout
            ));
        }
        Ok(())
    }

    fn recovery_removal_limit(&self) -> Result<f64, String> {
        let text = &self.recovery_agent_removal_limit;
        let invalid = |why: &str| {
            Err(format!(
                "Invalid value '{text}' for --recovery_agent_removal_percent_limit: {why}"
            ))
        };
        let Some(number) = text.strip_suffix('%') else {
            return invalid("missing '%'");
        };
        match parse_double(number) {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
            Some(_) => invalid("Must be within [0%-100%]"),
            None => invalid(&format!("Failed to convert '{number}' to number")),
        }
    }

    fn check_authenticators(&self) -> Result<(), String> {
        if self.authenticators.contains(',') {
            return refuse("Multiple authenticators not supported");
        }
        if self.authenticators != "crammd5" {
            return Err(format!(
                "Authenticator '{}' not found. Check the spelling (compare to 'crammd5') or verify \
                 that the authenticator was loaded successfully (see --modules)",
                self.authenticators
            ));
        }
        if self.http_authenticators == "basic" && self.credentials.is_none() {
            no_http_credentials(
                "mesos-master",
                self.authenticate_http_readonly,
                self.authenticate_http_readwrite,
            )?;
        }
        if self.authenticate_http_frameworks && self.http_framework_authenticators.is_none() {
            return refuse(
                "Missing `--http_framework_authenticators` flag. This must be used in conjunction \
                 with `--authenticate_http_frameworks`",
            );
        }
        let asks_basic = self.http_framework_authenticators.as_deref() == Some("basic");
        if self.authenticate_http_frameworks && asks_basic && self.credentials.is_none() {
            return Err(no_basic_credentials("mesos-master-scheduler"));
        }
        Ok(())
    }

    fn check_rate_limits(&self) -> Result<(), String> {
        let Some(limits) = self.rate_limits.as_ref().map(|json| &json.0) else {
            return Ok(());
        };
        let mut seen = Vec::new();
        for limit in &limits.limits {
            if seen.contains(&&limit.principal) {
                return Err(format!(
                    "Duplicate principal {} found in RateLimits configuration",
                    limit.principal
                ));
            }
            seen.push(&limit.principal);
            if let Some(qps) = limit.qps.filter(|qps| *qps <= 0.0) {
                return Err(format!("Invalid qps: {qps}. It must be a positive number"));
            }
        }
        match limits.aggregate_default_qps {
            Some(qps) if qps <= 0.0 => Err(format!(
                "Invalid aggregate_default_qps: {qps}. It must be a positive number"
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn read_roles(&self, settings: &mut MasterSettings) -> Result<(), String> {
        let Some(text) = &self.roles else {
            return Ok(());
        };
        settings.warnings.push(
            "The '--roles' flag is deprecated. This flag will be removed in the future. See the \
             Mesos 0.27 upgrade notes for more information"
                .to_owned(),
        );
        let mut roles =
            role::parse_list(text).map_err(|error| format!("Failed to parse roles: {error}"))?;
        let given = text.split(',').filter(|token| !token.is_empty()).count();
        if given != roles.len() {
            settings
                .warnings
                .push(format!("Duplicate values in '--roles': {text}"));
        }
        if !roles.iter().any(Role::is_default) {
            roles.push(Role::new(role::DEFAULT_ROLE));
        }
        settings.roles = Some(roles);
        Ok(())
    }

    fn read_weights(&self, settings: &mut MasterSettings) -> Result<(), String> {
        let tokens = self.weights.iter().flat_map(|text| text.split(','));
        for token in tokens.filter(|token| !token.is_empty()) {
            let pair: Vec<&str> = token.split('=').filter(|part| !part.is_empty()).collect();
            let [name, weight] = pair.as_slice() else {
                return Err(format!(
                    "Invalid weight: '{token}'. --weights should be of the form \
                     'role=weight,role=weight'"
                ));
            };
            let known = |roles: &Vec<Role>| roles.iter().any(|role| role.as_str() == *name);
            if !settings.roles.as_ref().is_none_or(known) {
                return Err(format!(
                    "Invalid weight: '{token}'. {name} is not a valid role"
                ));
            }
            let weight: f64 = weight.parse().unwrap_or(0.0);
            if weight.is_nan() || weight <= 0.0 {
                return Err(format!(
                    "Invalid weight: '{token}'. Weights must be positive"
                ));
            }
            settings.weights.insert(Role::new(name), weight);
        }
        Ok(())
    }

    fn read_min_allocatable(&self, settings: &mut MasterSettings) -> Result<(), String> {
        let text = &self.min_allocatable_resources;
        for token in text.split('|').filter(|token| !token.is_empty()) {
            let quantities = ResourceQuantities::parse(token).map_err(|error| {
                format!("Error parsing min_allocatable_resources '{text}': {error}")
            })?;
            for (name, _) in &quantities {
                if !matches!(name.as_str(), "cpus" | "disk" | "gpus" | "mem") {
                    settings.warnings.push(format!(
                        "Non-first-class resource '{name}' is configured as part of \
                         min_allocatable_resources"
                    ));
                }
            }
            settings.min_allocatable.push(quantities);
        }
        Ok(())
    }
}

fn refuse<T>(text: &str) -> Result<T, String> {
    Err(text.to_owned())
}

/// Basic authentication of a realm needs credentials.
pub(super) fn no_http_credentials(
    program: &str,
    readonly: bool,
    readwrite: bool,
) -> Result<(), String> {
    let realm = match (readonly, readwrite) {
        (true, _) => "readonly",
        (false, true) => "readwrite",
        (false, false) => return Ok(()),
    };
    Err(no_basic_credentials(&format!("{program}-{realm}")))
}

fn no_basic_credentials(realm: &str) -> String {
    format!(
        "Failed to create HTTP authenticator module 'basic': No credentials provided for the \
         default 'basic' HTTP authenticator for realm '{realm}'"
    )
}

/// Hooks come from modules, of which there are none.
pub(super) fn check_hooks(hooks: Option<&str>) -> Result<(), String> {
    let first = hooks.and_then(|list| list.split(',').find(|name| !name.is_empty()));
    match first {
        Some(name) => Err(format!(
            "Error installing hooks: No hook module named '{name}' available"
        )),
        None => Ok(()),
    }
}
