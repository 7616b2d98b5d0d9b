//! The example frameworks in `examples/java`, as `docs` tell to run them.

use super::LIMIT_SECONDS;
use super::jars::Jar;
use super::jvm::{self, Java, sources};
use crate::cluster::Cluster;
use crate::repository::root;
use crate::shell::{Outcome, step};
use std::path::Path;

/// One run of an example.
struct Example {
    /// Words; `MASTER` stands for the master's address.
    command: &'static str,
    variable: Option<&'static str>,
    exit: i32,
    /// Texts that it prints, in this order.
    says: &'static [&'static str],
}

const EXAMPLES: &[Example] = &[
    Example {
        command: "test-framework MASTER",
        variable: None,
        exit: 0,
        says: &[
            "Registered! ID = ",
            "Received offer ",
            " with cpus: ",
            "Launching task 0 using offer ",
            " is in state TASK_RUNNING",
            " is in state TASK_FINISHED",
            "Finished tasks: 5",
        ],
    },
    Example {
        command: "test-framework MASTER 2",
        variable: Some("MESOS_EXPLICIT_ACKNOWLEDGEMENTS"),
        exit: 0,
        says: &[
            "Enabling explicit acknowledgements for status updates",
            "Finished tasks: 2",
        ],
    },
    Example {
        command: "test-multiple-executors-framework MASTER",
        variable: None,
        exit: 0,
        says: &[
            "Launching task foo",
            "Launching task bar",
            "TASK_FINISHED",
            "TASK_FINISHED",
        ],
    },
    Example {
        command: "test-exception-framework MASTER",
        variable: None,
        exit: 1,
        says: &["java.lang.ArrayIndexOutOfBoundsException"],
    },
    Example {
        command: "v1-test-framework MASTER 1",
        variable: None,
        exit: 0,
        says: &[
            "Connected",
            "Subscribed with ID ",
            "Received an OFFERS event",
            "Launching task 0 using offer ",
            "Received an UPDATE event",
            "Finished tasks: 5",
        ],
    },
    Example {
        command: "v1-test-framework MASTER 0",
        variable: None,
        exit: 0,
        says: &["Connected", "Subscribed with ID ", "Finished tasks: 5"],
    },
    Example {
        command: "long-lived-framework --master=MASTER --tasks=5 --task_ms=100",
        variable: None,
        exit: 0,
        says: &["Starting task 0 on agent ", "Finished tasks: 5"],
    },
    Example {
        command: "no-executor-framework --master=MASTER --num_tasks=3",
        variable: None,
        exit: 0,
        says: &["Starting task 0", "Finished tasks: 3, failed tasks: 0"],
    },
    Example {
        command: "no-executor-framework --master=MASTER --num_tasks=1 --command=false",
        variable: None,
        exit: 1,
        says: &["Finished tasks: 0, failed tasks: 1"],
    },
    Example {
        command: "load-generator-framework --master=MASTER --qps=200 --duration=2secs",
        variable: None,
        exit: 0,
        says: &["Registered! ID = ", " calls in 2.0 s, "],
    },
];

pub fn examples(cluster: &Cluster, jars: &[Jar], folder: &Path, java: &Java) -> Outcome {
    step("example frameworks");
    let home = root().join("examples/java");
    let jar = jars.iter().find(|jar| jar.is("1.11.0", false));
    let jar = jar.ok_or("the table of jars lacks 1.11.0")?;
    let classes = folder.join("examples");
    jvm::compile(
        &sources(&home.join("src/main/java"))?,
        &jar.class_path,
        &classes,
    )?;
    let class_path = super::full_path(jar, &classes);
    for example in EXAMPLES {
        run(example, cluster, &home, &class_path, java)?;
    }
    println!("java: {} runs of the example frameworks", EXAMPLES.len());
    Ok(())
}

fn run(
    example: &Example,
    cluster: &Cluster,
    home: &Path,
    class_path: &str,
    java: &Java,
) -> Outcome {
    let text = example.command.replace("MASTER", &cluster.master);
    let mut words = text.split(' ');
    let script = home.join(words.next().unwrap_or_default());
    let mut command = java.command_of(&script);
    command
        .args(words)
        .env("MESOS_EXAMPLES_CLASS_PATH", class_path);
    if let Some(variable) = example.variable {
        command.env(variable, "1");
    }
    let (said, code) = jvm::said(&command, LIMIT_SECONDS)?;
    if code != Some(example.exit) {
        return Err(format!("`{text}` ended with {code:?}:\n{said}"));
    }
    let mut rest = said.as_str();
    for wanted in example.says {
        let Some((_, after)) = rest.split_once(wanted) else {
            return Err(format!("`{text}` does not say `{wanted}`:\n{said}"));
        };
        rest = after;
    }
    Ok(())
}
