use super::{
    AgentFlags, DriverFlags, ExecutorFlags, FetcherFlags, Files, FlagSet, MasterFlags,
    V1SchedulerFlags,
    fate::Fate,
    load::{Sources, Unknown, load},
};

fn each_flag_once<T: FlagSet>() {
    let flags: Vec<&str> = T::TABLE.iter().map(|flag| flag.name).collect();
    let mut rows: Vec<&str> = T::fates().iter().map(|(name, _)| *name).collect();
    rows.sort_unstable();
    let mut sorted = flags;
    sorted.sort_unstable();
    assert_eq!(
        rows, sorted,
        "the table of fates has each flag exactly once"
    );
}

#[test]
fn every_flag_is_honoured_refused_or_tunes_what_is_refused() {
    each_flag_once::<MasterFlags>();
    each_flag_once::<AgentFlags>();
    each_flag_once::<DriverFlags>();
    each_flag_once::<V1SchedulerFlags>();
    each_flag_once::<ExecutorFlags>();
    each_flag_once::<FetcherFlags>();
}

fn agent(args: &[&str]) -> AgentFlags {
    let args: Vec<String> = ["--work_dir=/w", "--master=m:1"]
        .iter()
        .chain(args)
        .map(|arg| (*arg).to_owned())
        .collect();
    let mut flags = AgentFlags::default();
    let sources = Sources {
        args: &args,
        environment: &[],
        read_file: &|_| Ok(String::new()),
        defaults: &[("launcher", "posix".to_owned())],
        unknown: Unknown::Refuse,
    };
    load(&mut flags, &sources).1.unwrap();
    flags
}

#[test]
fn isolators_launchers_and_containerizers_that_are_absent_are_refused_by_name() {
    assert!(
        agent(&["--isolation=posix/cpu,posix/mem,posix/rlimits"])
            .not_built_yet()
            .is_empty()
    );
    let named = [
        ("--isolation=posix/cpu,network/cni", "network/cni"),
        ("--isolation=environment_secret", "environment_secret"),
        ("--isolation=cgroups", "cgroups/cpu"),
        ("--launcher=linux", "linux"),
        ("--containerizers=docker,mesos", "docker"),
    ];
    for (arg, name) in named {
        let flags = agent(&[arg]);
        assert!(flags.settings().is_ok(), "{arg} is known");
        let complaints = flags.not_built_yet();
        assert!(
            complaints.iter().any(|text| text.contains(name)),
            "{arg}: {complaints:?}"
        );
    }
}

#[test]
fn the_default_of_a_refused_flag_and_an_empty_one_are_accepted() {
    assert!(
        agent(&["--authorizer=local", "--hooks=", "--cgroups_root=x"])
            .not_built_yet()
            .is_empty()
    );
    assert_eq!(agent(&["--authenticatee=x"]).not_built_yet().len(), 1);
}

#[test]
fn authn_7_http_frameworks_authenticate_with_basic_and_need_credentials() {
    let master = |authenticators: &str, credentials: &str| {
        let mut flags = MasterFlags::default();
        let mut none = Files::none();
        for (name, text) in [
            ("registry", "in_memory"),
            ("authenticate_http_frameworks", "true"),
            ("http_framework_authenticators", authenticators),
            ("credentials", credentials),
        ] {
            if !text.is_empty() {
                flags.set(name, text, &mut none).unwrap();
            }
        }
        flags
    };
    let refusal = |flags: &MasterFlags| flags.settings().err().unwrap_or_default();
    assert!(refusal(&master("", "/c")).starts_with("Missing `--http_framework_authenticators`"));
    assert_eq!(
        refusal(&master("basic", "")),
        "Failed to create HTTP authenticator module 'basic': No credentials provided for the \
         default 'basic' HTTP authenticator for realm 'mesos-master-scheduler'"
    );
    let good = master("basic", "/c");
    assert!(good.settings().is_ok() && good.not_built_yet().is_empty());
    let token = master("basic,jwt", "/c").not_built_yet();
    assert!(token.len() == 1 && token[0].contains("'jwt'"), "{token:?}");
}

#[test]
fn every_refused_flag_is_refused_when_it_is_set() {
    fn check<T: FlagSet>(values: &[&str]) {
        for (name, fate) in T::fates() {
            let Fate::Refused(feature) = fate else {
                continue;
            };
            let refused = values.iter().any(|value| {
                let mut flags = T::default();
                let args = [format!("--{name}={value}")];
                let sources = Sources {
                    args: &args,
                    environment: &[],
                    read_file: &|_| Ok("{}".to_owned()),
                    defaults: &[],
                    unknown: Unknown::Refuse,
                };
                // A required flag is missing; what was loaded stays.
                let _ = load(&mut flags, &sources);
                let expected = format!("Flag '{name}': {feature} is not built yet");
                flags.not_built_yet().contains(&expected)
            });
            assert!(refused, "{name}");
        }
    }
    let values = [
        "text",
        "true",
        "false",
        "{}",
        "zk://h:1/p",
        r#"{"capabilities":[]}"#,
    ];
    check::<MasterFlags>(&values);
    check::<AgentFlags>(&values);
    check::<DriverFlags>(&values);
    check::<ExecutorFlags>(&values);
    let mut none = Files::none();
    assert!(
        MasterFlags::default()
            .set("nonsense", "", &mut none)
            .is_err()
    );
}
