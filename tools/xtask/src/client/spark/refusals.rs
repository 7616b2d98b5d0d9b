//! What Spark makes of executors that cannot run, and of a master that wants credentials.

use super::{Site, expect_backend};
use crate::cluster::Cluster;
use crate::shell::{Outcome, fresh_folder, step};

const PRINCIPAL: &str = "spark";
const SECRET: &str = "a secret of Spark";

/// Executors that do not find the library: each attempt's executor ends at once, and Spark must be
/// told so before it hears of the tasks, or it takes them for failed ones.
pub(super) fn lost_executor(site: &Site<'_>) -> Outcome {
    let settings = [
        ("spark.mesos.coarse", "false"),
        // Else the agent names the library that is beside it.
        (
            "spark.executorEnv.MESOS_NATIVE_JAVA_LIBRARY",
            "/nowhere/libmesos.so",
        ),
    ];
    let mut command = site.application("spark-submit", &settings);
    let run = site.finish_with(1, "lost-executor", command.arg(site.pi()).arg("4"))?;
    let lost = run
        .text
        .lines()
        .filter(|line| line.contains("TaskSetManager: Lost task"));
    if let Some(line) = lost
        .clone()
        .find(|line| !line.contains("ExecutorLostFailure"))
    {
        return Err(format!(
            "Spark took a lost executor for something else: {line}"
        ));
    }
    let framework = site.completed("PythonPi")?;
    for task in &framework.tasks {
        task.expect_states(&["TASK_FAILED"])?;
    }
    if lost.count() != framework.tasks.len() {
        return Err("not every task was lost with its executor".to_owned());
    }
    run.report(&framework);
    Ok(())
}

/// A master that knows one principal, with a role and an attribute to ask for.
pub(super) fn credentials(site: &Site<'_>) -> Outcome {
    let folder = site.folder.join("with-credentials");
    fresh_folder(&folder)?;
    let known = folder.join("credentials.json");
    let text = format!(r#"{{"credentials":[{{"principal":"{PRINCIPAL}","secret":"{SECRET}"}}]}}"#);
    std::fs::write(&known, text).map_err(|e| format!("cannot write {}: {e}", known.display()))?;
    let master = [
        "--authenticate_frameworks".to_owned(),
        format!("--credentials={}", known.display()),
    ];
    let agent = ["--attributes=rack:first".to_owned()];
    let mut cluster = Cluster::start_with(&folder, &master, &agent)?;
    let result = with_credentials(&Site {
        cluster: &cluster,
        folder: &folder,
        ..*site
    });
    let stopped = cluster.stop();
    result?;
    stopped
}

fn with_credentials(site: &Site<'_>) -> Outcome {
    step("with the right secret, in a role, on a constraint");
    let settings = [
        ("spark.mesos.principal", PRINCIPAL),
        ("spark.mesos.secret", SECRET),
        ("spark.mesos.role", "analysts"),
        ("spark.mesos.constraints", "rack:first"),
    ];
    let mut command = site.application("spark-submit", &settings);
    let run = site.finish("right-secret", command.arg(site.pi()).arg("4"))?;
    run.expect(&["Pi is roughly 3.1"])?;
    let framework = site.completed("PythonPi")?;
    let [task] = framework.tasks.as_slice() else {
        return Err(format!("{} tasks instead of one", framework.tasks.len()));
    };
    expect_backend(task, "PythonPi 0", 2.0)?;
    run.report(&framework);

    for (name, settings, message) in [
        (
            "wrong-secret",
            [
                ("spark.mesos.principal", PRINCIPAL),
                ("spark.mesos.secret", "wrong"),
            ]
            .as_slice(),
            "Mesos error: Master refused authentication",
        ),
        ("no-secret", [].as_slice(), "is not authenticated"),
    ] {
        step(name);
        let mut command = site.application("spark-submit", settings);
        let run = site.finish_with(1, name, command.arg(site.pi()).arg("4"))?;
        run.expect(&[message])?;
        run.show(message);
    }
    match site.cluster.frameworks()?.len() {
        1 => Ok(()),
        many => Err(format!(
            "the master knows {many} frameworks, not the one it let in"
        )),
    }
}
