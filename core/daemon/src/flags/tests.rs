//! Tests of loading, texts and tables. Compat: FLG-1..FLG-8, FLG-10.

use super::*;
use std::io;

fn read_nothing(_: &str) -> io::Result<String> {
    Err(io::Error::from_raw_os_error(2))
}

fn run<T: FlagSet>(program: &str, args: &[&str], environment: &[(&str, &str)]) -> Start<T> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let environment: Vec<(String, String)> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let read_file = |path: &str| match path {
        "/zk" => Ok("zk://h:2181/mesos\n".to_owned()),
        "/port" => Ok("6060".to_owned()),
        other => read_nothing(other),
    };
    let sources = Sources {
        args: &args,
        environment: &environment,
        read_file: &read_file,
        defaults: &[],
        unknown: Unknown::Refuse,
    };
    start(program, &sources)
}

fn loaded<T: FlagSet + std::fmt::Debug>(
    args: &[&str],
    environment: &[(&str, &str)],
) -> (T, Vec<String>) {
    match run("mesos-master", args, environment) {
        Start::Run { flags, warnings } => (flags, warnings),
        Start::Exit(exit) => panic!("{}", exit.stderr),
    }
}

fn refused<T: FlagSet + std::fmt::Debug>(args: &[&str], environment: &[(&str, &str)]) -> Exit {
    match run::<T>("mesos-master", args, environment) {
        Start::Run { flags, .. } => panic!("accepted: {flags:?}"),
        Start::Exit(exit) => exit,
    }
}

const WRONG_FLAGS: &[(&[&str], &str)] = &[
    (&["--nosuch=1"], "Failed to load unknown flag 'nosuch'"),
    (
        &["--no-nosuch"],
        "Failed to load unknown flag 'nosuch' via 'no-nosuch'",
    ),
    (
        &["--root_submissions=maybe"],
        "Failed to load flag 'root_submissions': Failed to load value 'maybe': Expecting a \
             boolean (e.g., true or false)",
    ),
    (
        &["--allocation_interval=5xyz"],
        "Failed to load flag 'allocation_interval': Failed to load value '5xyz': Unknown \
             duration unit 'xyz'; supported units are 'ns', 'us', 'ms', 'secs', 'mins', 'hrs', \
             'days', and 'weeks'",
    ),
    (
        &["--port=abc"],
        "Failed to load flag 'port': Failed to load value 'abc': Failed to convert into \
             required type",
    ),
    (
        &["--acls=/nosuch"],
        "Failed to load flag 'acls': Failed to load value '/nosuch': Error reading file \
             '/nosuch': No such file or directory",
    ),
    (
        &["--modules={"],
        "Failed to load flag 'modules': Failed to load value '{': syntax error at line 1 near: ",
    ),
    (
        &["--firewall_rules={\"x\":1"],
        "Failed to load flag 'firewall_rules': Failed to load value '{\"x\":1': syntax error \
             at line 1 near: ",
    ),
    (
        &["--rate_limits={\"limits\":[{}]}"],
        "Failed to load flag 'rate_limits': Failed to load value '{\"limits\":[{}]}': Missing \
             required fields: limits[0].principal",
    ),
    (
        &["--offer_timeout=-1secs"],
        "Failed to load flag 'offer_timeout': Failed to load value '-1secs': Failed to \
             convert '' to number",
    ),
    (
        &["--max_agent_ping_timeouts=0"],
        "Expected `--max_agent_ping_timeouts` to be at least 1",
    ),
    (
        &["--cors_allow_origin=example.org"],
        "Expected `--cors_allow_origin` to be '*' or like 'https://host:port', but it is 'example.org'",
    ),
    (
        &["--webui_base_path=//elsewhere"],
        "Expected `--webui_base_path` to be like '/mesos', but it is '//elsewhere'",
    ),
    (
        &["--agent_ping_timeout=1ms"],
        "Expected `--agent_ping_timeout` to be between 1secs and 15mins",
    ),
    (
        &["--agent_ping_timeout=5secs", "--slave_ping_timeout=6secs"],
        "Flag 'slave_ping_timeout' is already loaded via name 'agent_ping_timeout'",
    ),
    (
        &["--no-quiet=true"],
        "Failed to load boolean flag 'quiet' via 'no-quiet' with value 'true'",
    ),
    (
        &["--cluster"],
        "Failed to load non-boolean flag 'cluster': Missing value",
    ),
    (
        &["--port=1", "--port=2"],
        "Flag 'port' is already loaded via name 'port'",
    ),
];

#[test]
fn wrong_flags_are_refused_in_the_recorded_words() {
    let hint = "\n\nSee `mesos-master --help` for a list of supported flags.\n";
    for (args, text) in WRONG_FLAGS {
        let exit = refused::<MasterFlags>(args, &[]);
        assert_eq!(exit.code, 1);
        assert!(
            exit.stderr.ends_with(&format!("{text}{hint}")),
            "{}",
            exit.stderr
        );
    }
}

#[test]
fn the_agent_requires_its_work_dir() {
    let exit = refused::<AgentFlags>(&["--ip=127.0.0.1"], &[]);
    assert!(
        exit.stderr
            .starts_with("Flag 'work_dir' is required, but it was not provided\n")
    );
    let exit = refused::<AgentFlags>(
        &[
            "--work_dir=/w",
            "--executor_environment_variables={\"A\":1}",
        ],
        &[],
    );
    assert!(
        exit.stderr
            .starts_with("`executor_environment_variables` must only contain string values")
    );
}

#[test]
fn the_command_line_beats_the_environment() {
    let environment = [
        ("MESOS_PORT", "1"),
        ("MESOS_Cluster", "c"),
        ("MESOS_NOSUCH", "x"),
        ("PORT", "9"),
    ];
    let (flags, _) = loaded::<MasterFlags>(&["--PORT=2", "word", "--", "--port=3"], &environment);
    assert_eq!((flags.port, flags.cluster.as_deref()), (2, Some("c")));
    let (flags, _) = loaded::<MasterFlags>(
        &[],
        &[("MESOS_quiet", ""), ("MESOS_no-hostname_lookup", "")],
    );
    assert!(flags.quiet && !flags.hostname_lookup);
    let twice = refused::<MasterFlags>(
        &["--agent_ping_timeout=5secs"],
        &[("MESOS_SLAVE_PING_TIMEOUT", "6secs")],
    );
    assert!(twice.stderr.contains("already loaded via name"));
}

#[test]
fn a_deprecated_name_is_warned_of_and_shown() {
    let (flags, warnings) = loaded::<MasterFlags>(&["--slave_ping_timeout=60secs"], &[]);
    assert_eq!(warnings, ["Loaded deprecated flag 'slave_ping_timeout'"]);
    let shown = flags.flags_object();
    assert_eq!(shown["slave_ping_timeout"], "1mins");
    assert!(!shown.contains_key("agent_ping_timeout"));
}

#[test]
fn values_come_from_files() {
    let (flags, _) = loaded::<MasterFlags>(
        &[
            "--port=file:///port",
            "--zk=file:///zk",
            "--credentials=file:///c",
        ],
        &[],
    );
    assert_eq!(flags.port, 6060);
    assert_eq!(
        flags.zk.as_ref().map(SecureText::text),
        Some("zk://h:2181/mesos")
    );
    let shown = flags.flags_object();
    assert_eq!(
        (&shown["zk"], &shown["credentials"]),
        (&"/zk".into(), &"/c".into())
    );
}

#[test]
fn help_and_version_come_before_validation() {
    let exit = refused::<AgentFlags>(&["--version"], &[]);
    assert_eq!((exit.code, exit.stdout.as_str()), (0, "mesos 1.11.0\n"));
    let exit = refused::<MasterFlags>(&["--help"], &[]);
    assert_eq!(exit.code, 0);
    assert!(
        exit.stdout
            .starts_with("Usage: mesos-master [options]\n\n  --acls=VALUE ")
    );
    for line in [
        "  --[no-]authenticate_agents, --[no-]authenticate_slaves ",
        "(default: cpus:0.01|mem:32)",
    ] {
        assert!(exit.stdout.contains(line), "{line}");
    }
}

#[test]
fn a_negative_count_means_without_limit() {
    let (flags, _) = loaded::<MasterFlags>(&["--max_completed_frameworks=-1"], &[]);
    assert_eq!(flags.max_completed_frameworks, u64::MAX);
}

#[test]
fn what_is_not_built_is_named() {
    let (flags, _) = loaded::<MasterFlags>(&["--modules_dir=a", "--allocator=hierarchical"], &[]);
    assert_eq!(
        flags.not_built_yet(),
        ["Flag 'modules_dir': loading modules is not built yet"]
    );
}

#[test]
fn acls_are_shown_in_the_indented_text_form() {
    let acls = r#"{"permissive":true,"register_frameworks":[{"principals":{"values":["fw"]},"roles":{"type":"NONE"}}]}"#;
    let (flags, _) = loaded::<MasterFlags>(&[&format!("--acls={acls}")], &[]);
    assert_eq!(
        flags.flags_object()["acls"],
        "permissive: true\nregister_frameworks {\n  principals {\n    values: \"fw\"\n  }\n  \
         roles {\n    type: NONE\n  }\n}\n"
    );
}

/// The recorded listing of flags: component, name, alias, kind, type, required, default.
fn recorded(component: &str) -> Vec<(&'static str, &'static str, bool, bool, &'static str)> {
    let lines = include_str!("recorded.tsv").lines().skip(1);
    let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    let own = rows.filter(|row| row.first() == Some(&component));
    own.map(|row| {
        (
            row[1],
            row[2],
            row[3] == "bool",
            row[4] == "required",
            row.get(5).copied().unwrap_or(""),
        )
    })
    .collect()
}

fn same_as_recorded<T: FlagSet>(component: &str) {
    same_as_recorded_but::<T>(component, &[]);
}

/// The same for a program that has flags of ours besides.
fn same_as_recorded_but<T: FlagSet>(component: &str, ours: &[&str]) {
    let defaults = T::default();
    let rows: Vec<_> = T::TABLE
        .iter()
        .filter(|flag| !ours.contains(&flag.name))
        .map(|flag| {
            let default = match (flag.required, defaults.print(flag.name)) {
                (true, _) => String::new(),
                (false, Some(text)) => text,
                (false, None) => "(none)".to_owned(),
            };
            (
                flag.name,
                flag.deprecated.unwrap_or("-"),
                flag.boolean,
                flag.required,
                default,
            )
        })
        .collect();
    let recorded = recorded(component);
    let is_own = |name: &str| T::OWN.contains(&name);
    assert!(!recorded.iter().any(|row| is_own(row.0)), "{component}");
    let rows: Vec<_> = rows.into_iter().filter(|row| !is_own(row.0)).collect();
    for (ours, theirs) in rows.iter().zip(&recorded) {
        let ours = (ours.0, ours.1, ours.2, ours.3, ours.4.as_str());
        assert_eq!(ours, *theirs, "{component}");
    }
    assert_eq!(rows.len(), recorded.len(), "{component}");
}

#[test]
fn tables_have_the_recorded_names_and_defaults() {
    same_as_recorded::<MasterFlags>("master");
    same_as_recorded::<AgentFlags>("agent");
    same_as_recorded::<LocalFlags>("local");
    same_as_recorded::<DriverFlags>("sched-driver");
    same_as_recorded::<ExecutorFlags>("mesos-executor");
    same_as_recorded::<DefaultExecutorFlags>("mesos-default-executor");
    same_as_recorded::<DockerExecutorFlags>("mesos-docker-executor");
    same_as_recorded::<FetcherFlags>("mesos-fetcher");
    same_as_recorded::<IoSwitchboardFlags>("mesos-io-switchboard");
    same_as_recorded::<LogrotateFlags>("mesos-logrotate-logger");
    same_as_recorded::<TcpConnectFlags>("mesos-tcp-connect");
    same_as_recorded::<UsageFlags>("mesos-usage");
    same_as_recorded_but::<ExecuteFlags>("mesos-execute", &["exit_with_task_status"]);
}

/// Gives every recorded value as an argument, boolean ones in either form.
fn from_recorded<T: FlagSet + std::fmt::Debug>(body: &str) -> String {
    let recorded: serde_json::Value = serde_json::from_str(body).unwrap();
    let values = recorded["flags"].as_object().unwrap();
    let args: Vec<String> = values
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "help" | "version"))
        .map(|(name, value)| format!("--{name}={}", value.as_str().unwrap()))
        .collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    loaded::<T>(&args, &[]).0.flags_json()
}

#[test]
fn the_listing_equals_the_recorded_one() {
    let master = include_str!("recorded_master_flags.json").trim_end();
    assert_eq!(from_recorded::<MasterFlags>(master), master);
    let agent = include_str!("recorded_agent_flags.json").trim_end();
    assert_eq!(from_recorded::<AgentFlags>(agent), agent);
}

#[test]
fn flags_of_our_own_are_listed_where_they_are_given() {
    let args = [
        "--work_dir=/m",
        "--no-webui_agent_proxy",
        "--webui_base_path=/mesos",
    ];
    let (flags, _) = loaded::<MasterFlags>(&args, &[]);
    let listed = flags.flags_object();
    assert_eq!(listed["webui_agent_proxy"], "false");
    assert_eq!(listed["webui_base_path"], "/mesos");
    assert!(!listed.contains_key("cors_allow_origin"));
}

#[test]
fn the_allocator_may_be_called_as_in_old_texts() {
    for name in ["hierarchical", "HierarchicalDRF"] {
        let flag = format!("--allocator={name}");
        let (flags, _) = loaded::<MasterFlags>(&["--work_dir=/m", &flag], &[]);
        assert!(flags.settings().is_ok(), "{name}");
    }
}

const REFUSED_STARTS: &[(&[&str], &str)] = &[
    (&[], "--work_dir needed for replicated log based registry"),
    (
        &["--ip=127.0.0.1", "--ip_discovery_command=x"],
        "Only one of `--ip` or `--ip_discovery_command` should be specified",
    ),
    (
        &["--work_dir=/m", "--zk=zk://h/m"],
        "Need to specify --quorum for replicated log based registry when using ZooKeeper\nIt is the \
         majority of all masters (1 master: --quorum=1, 3 masters: --quorum=2, 5 masters: \
         --quorum=3) and the same on each of them; with a smaller one the registry can be lost",
    ),
    (
        &["--work_dir=/m", "--quorum=1", "--zk=foo"],
        "Error parsing ZooKeeper URL: Expecting 'zk://' at the beginning of the URL",
    ),
    (
        &["--registry=foo"],
        "'foo' is not a supported option for registry persistence",
    ),
    (
        &["--allocator=foo"],
        "Failed to create allocator 'foo': Module 'foo' unknown",
    ),
    (
        &["--hooks=foo"],
        "Error installing hooks: No hook module named 'foo' available",
    ),
    (
        &["--work_dir=/m", "--agent_removal_rate_limit=x"],
        "Invalid agent_removal_rate_limit: x. Format is <Number of agents>/<Duration>",
    ),
    (
        &["--work_dir=/m", "--agent_reregister_timeout=1secs"],
        "Invalid value '1secs' for --agent_reregister_timeout: Must be at least 10mins",
    ),
    (
        &["--work_dir=/m", "--recovery_agent_removal_limit=50"],
        "Invalid value '50' for --recovery_agent_removal_percent_limit: missing '%'",
    ),
    (
        &["--work_dir=/m", "--roles=a b"],
        "Failed to parse roles: Role component 'a b' is invalid because it contains backspace \
             or whitespace",
    ),
    (
        &["--work_dir=/m", "--weights=a=b"],
        "Invalid weight: 'a=b'. Weights must be positive",
    ),
    (
        &["--work_dir=/m", "--min_allocatable_resources=cpus:x"],
        "Error parsing min_allocatable_resources 'cpus:x': Failed to parse 'x' to quantity: \
             only scalar values are allowed",
    ),
    (
        &["--work_dir=/m", "--authenticators=foo"],
        "Authenticator 'foo' not found. Check the spelling (compare to 'crammd5') or verify \
             that the authenticator was loaded successfully (see --modules)",
    ),
];

#[test]
fn a_master_refuses_to_start_in_the_recorded_words() {
    for (args, text) in REFUSED_STARTS {
        let (flags, _) = loaded::<MasterFlags>(args, &[]);
        assert_eq!(flags.settings().unwrap_err(), *text);
    }
    let args = [
        "--work_dir=/m",
        "--agent_removal_rate_limit=3/2hrs",
        "--roles=a",
        "--weights=a=2.5",
    ];
    let settings = loaded::<MasterFlags>(&args, &[]).0.settings().unwrap();
    assert_eq!(
        settings.removal_rate,
        Some((3, mesos_model::units::Nanos::hrs(2)))
    );
    assert_eq!(
        settings.weights.values().copied().collect::<Vec<_>>(),
        [2.5]
    );
    assert_eq!(settings.roles.map(|roles| roles.len()), Some(2));
    assert_eq!(settings.min_allocatable.len(), 2);
}

#[test]
fn an_agent_refuses_to_start_in_the_recorded_words() {
    let lead = "Failed to create a containerizer:";
    let mesos = format!("{lead} Could not create MesosContainerizer:");
    let cases = [
        (
            "--isolation=foo/bar",
            format!("{mesos} Unknown or unsupported isolator 'foo/bar'"),
        ),
        (
            "--isolation=posix/cpu,posix/cpu",
            format!(
                "{mesos} Duplicate entries found in --isolation flag '[ posix/cpu, posix/cpu ]'"
            ),
        ),
        (
            "--launcher=foo",
            format!("{mesos} Failed to create launcher: Unknown or unsupported launcher: foo"),
        ),
        (
            "--containerizers=foo",
            format!("{lead} Unknown or unsupported containerizer: foo"),
        ),
        (
            "--containerizers=",
            format!("{lead} Unknown or unsupported containerizer: "),
        ),
        (
            "--recover=foo",
            "Unknown option for 'recover' flag foo. Please run the agent with '--help' to see the \
             valid options"
                .to_owned(),
        ),
        (
            "--gc_disk_headroom=5",
            "Invalid value '5' for --gc_disk_headroom. Must be between 0.0 and 1.0".to_owned(),
        ),
        (
            "--attributes=foo",
            "Invalid attribute key:value pair 'foo'".to_owned(),
        ),
    ];
    for (arg, text) in cases {
        let mut args = vec!["--work_dir=/w", "--master=127.0.0.1:5050", arg];
        if !arg.starts_with("--launcher") {
            args.push("--launcher=posix");
        }
        let (flags, _) = loaded::<AgentFlags>(&args, &[]);
        assert_eq!(flags.settings().unwrap_err(), text);
    }
    let (flags, _) = loaded::<AgentFlags>(&["--work_dir=/w"], &[]);
    assert_eq!(
        flags.settings().unwrap_err(),
        "Missing required option `--master` or `--master_detector`"
    );
}

#[test]
fn a_task_in_json_needs_no_agent() {
    let task = r#"{"name":"n","task_id":{"value":"i"},"command":{"value":"true"}}"#;
    let group = format!(r#"{{"tasks":[{task}]}}"#);
    let args = [
        "--master=m",
        &format!("--task={task}"),
        &format!("--task_group={group}"),
    ];
    let (flags, _) = loaded::<ExecuteFlags>(&args, &[]);
    let task = flags.task.unwrap().0;
    assert_eq!(
        (task.task_id.value.as_str(), task.agent_id.value.as_str()),
        ("i", "")
    );
    assert_eq!(flags.task_group.unwrap().0.tasks, [task]);
}

#[test]
fn variables_of_a_command_are_texts() {
    let (flags, _) = loaded::<ExecuteFlags>(&["--master=m", r#"--env={"A":"1"}"#], &[]);
    assert_eq!(flags.env.unwrap().0["A"], "1");
    let wrong = ExecuteFlags::default().set("env", r#"{"A":1}"#, &mut Files::none());
    assert_eq!(
        wrong.unwrap_err(),
        "The value of key 'A' in '1' is not a string"
    );
    let wrong = ExecuteFlags::default().set("volumes", "{}", &mut Files::none());
    assert_eq!(wrong.unwrap_err(), "Unexpected JSON type parsed");
}
