//! What the tables of flags do not say: one row for each program.

/// A program, or a set of variables, with its page.
pub struct Page {
    /// As in the tables.
    pub name: &'static str,
    /// The file in `docs/flags`, without its ending.
    pub file: &'static str,
    /// The section of the manual, for what is installed and has a page there.
    pub section: Option<u8>,
    pub summary: &'static str,
    pub description: &'static str,
    pub see_also: &'static str,
}

const MASTER: Page = Page {
    name: "mesos-master",
    file: "master",
    section: Some(8),
    summary: "the master of a Mesos cluster",
    description: "The master keeps the list of agents, frameworks and tasks, offers the agents' resources to the \
        frameworks, and passes on what they launch. It runs in the foreground and ends with status 1 when it cannot \
        go on; a supervisor starts it again. Its port, 5050 by default, serves agents, frameworks, the HTTP API and \
        the web UI.",
    see_also: "mesos-agent(8)",
};

const AGENT: Page = Page {
    name: "mesos-agent",
    file: "agent",
    section: Some(8),
    summary: "the agent of a Mesos cluster, which runs tasks",
    description: "The agent offers the resources of its machine by way of the master and runs the tasks that \
        frameworks launch on them. It runs in the foreground. Tasks survive a restart of the agent, which finds them \
        again by what it keeps in its work directory. On SIGUSR1 it ends its tasks, leaves the cluster and ends.",
    see_also: "mesos-master(8)",
};

const LOCAL: Page = Page {
    name: "mesos-local",
    file: "local",
    section: Some(1),
    summary: "a Mesos cluster in one process",
    description: "Starts a master and agents in one process, to try frameworks out. Flags of the master and of the \
        agents may be given as well, also as variables named MESOS_ and the flag. On SIGINT or SIGTERM it ends its \
        tasks and then itself.",
    see_also: "mesos-master(8), mesos-agent(8)",
};

const EXECUTE: Page = Page {
    name: "mesos-execute",
    file: "execute",
    section: Some(1),
    summary: "runs one command, task or task group on a Mesos cluster",
    description: "Subscribes to the master as a framework of its own, launches the task on the first offer that is \
        large enough, prints each of its status updates and ends when it is over, or is interrupted, and the \
        framework is torn down. It reads no variables. The exit status is 0 for every task that is over, also one \
        that failed, unless --exit_with_task_status is given; 1 for a wrong invocation or an error of the master; \
        130 or 143 if a signal ended it.",
    see_also: "mesos(1), mesos-master(8)",
};

const EXECUTOR: Page = Page {
    name: "mesos-executor",
    file: "executor",
    section: Some(8),
    summary: "runs one command as a task",
    description: "The agent starts this program for a task that is a command.",
    see_also: "mesos-agent(8)",
};

const FETCHER: Page = Page {
    name: "mesos-fetcher",
    file: "fetcher",
    section: Some(8),
    summary: "brings what a command needs into its sandbox",
    description: "The agent starts this program before a task or an executor that names URIs. What it is to fetch is \
        in the variable MESOS_FETCHER_INFO.",
    see_also: "mesos-agent(8)",
};

/// A program that only says that its feature is not built yet, or a set of variables.
const fn without_manual(
    name: &'static str,
    file: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Page {
    Page {
        name,
        file,
        section: None,
        summary,
        description,
        see_also: "",
    }
}

const NOT_BUILT: &str =
    "The feature is not built yet: the program of this name says so and ends with status 1.";

/// One page for each set in the tables, in their order.
pub const PAGES: &[Page] = &[
    MASTER,
    AGENT,
    LOCAL,
    EXECUTE,
    EXECUTOR,
    without_manual(
        "mesos-default-executor",
        "default-executor",
        "runs task groups",
        NOT_BUILT,
    ),
    without_manual(
        "mesos-docker-executor",
        "docker-executor",
        "runs a Docker container as a task",
        NOT_BUILT,
    ),
    FETCHER,
    without_manual(
        "mesos-io-switchboard",
        "io-switchboard",
        "connects terminals to containers",
        NOT_BUILT,
    ),
    without_manual(
        "mesos-logrotate-logger",
        "logrotate-logger",
        "rotates the logs of containers",
        NOT_BUILT,
    ),
    without_manual(
        "mesos-tcp-connect",
        "tcp-connect",
        "checks whether a port can be connected to",
        NOT_BUILT,
    ),
    without_manual(
        "mesos-usage",
        "usage",
        "prints what a process tree uses",
        NOT_BUILT,
    ),
    without_manual(
        "driver",
        "driver",
        "variables of the scheduler driver",
        "Frameworks set these as variables: `MESOS_` and the name. They hold for the driver of `libmesos.so` in every \
         language.",
    ),
    without_manual(
        "v1-scheduler",
        "v1-scheduler",
        "variables of the client of the v1 scheduler API",
        "Frameworks set these as variables: `MESOS_` and the name.",
    ),
];

/// The page of a set.
pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}
