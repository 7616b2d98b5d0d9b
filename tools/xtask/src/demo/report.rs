//! Prints what the demo has proved: cluster state, sandboxes, the job's result.

use crate::client::flink::session::{Job, Session};
use crate::cluster::Cluster;
use crate::shell::{Outcome, http_get_json};
use serde_json::Value;
use std::path::{Path, PathBuf};

const RESULT_LINES_SHOWN: usize = 8;
const SANDBOX_DEPTH_SHOWN: usize = 2;

/// Prints the report; missing state is an error, as the job did run.
pub fn print(cluster: &Cluster, session: &Session, job: &Job) -> Outcome {
    let state = http_get_json(&format!("http://{}/state", cluster.master))
        .ok_or("the master's /state did not answer")?;
    println!("\nJob {} is FINISHED ({}).", job.id, session.rest);
    print_agents(&state);
    print_frameworks(&state)?;
    let sandboxes = sandboxes(&cluster.agent_work_dir);
    if sandboxes.is_empty() {
        return Err("the agent has no sandbox of a TaskManager".to_owned());
    }
    for sandbox in sandboxes {
        println!("\nSandbox {}", sandbox.display());
        print_tree(&sandbox, 1);
    }
    println!("\nFirst lines of the result:");
    let words = job.printed.lines().filter(|line| line.starts_with('('));
    for line in words.take(RESULT_LINES_SHOWN) {
        println!("  {line}");
    }
    Ok(())
}

fn print_agents(state: &Value) {
    for agent in items(state, "slaves") {
        println!(
            "\nAgent {} on {}: cpus {} of {}, mem {} of {}",
            text(agent, "id"),
            text(agent, "hostname"),
            agent["used_resources"]["cpus"],
            agent["resources"]["cpus"],
            agent["used_resources"]["mem"],
            agent["resources"]["mem"],
        );
    }
}

fn print_frameworks(state: &Value) -> Outcome {
    let mut tasks = 0;
    for framework in items(state, "frameworks") {
        println!(
            "Framework {} \"{}\" active: {}",
            text(framework, "id"),
            text(framework, "name"),
            framework["active"]
        );
        for task in items(framework, "tasks").chain(items(framework, "completed_tasks")) {
            println!("  task {} {}", text(task, "id"), text(task, "state"));
            tasks += 1;
        }
    }
    if tasks == 0 {
        return Err("the master's /state shows no task of the framework".to_string());
    }
    Ok(())
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("?")
}

/// Every run's sandbox: `slaves/S/frameworks/F/executors/E/runs/R`, without the `latest` links.
fn sandboxes(work_dir: &Path) -> Vec<PathBuf> {
    let mut folders = vec![work_dir.join("slaves")];
    for fixed in ["", "frameworks", "", "executors", "", "runs", ""] {
        folders = folders
            .into_iter()
            .flat_map(|folder| {
                if fixed.is_empty() {
                    children(&folder)
                } else {
                    vec![folder.join(fixed)]
                }
            })
            .collect();
    }
    folders
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !path.is_symlink())
        .collect();
    found.sort();
    found
}

fn print_tree(folder: &Path, depth: usize) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for entry in entries {
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let indent = "  ".repeat(depth);
        if !entry.is_dir() {
            let bytes = entry.metadata().map_or(0, |data| data.len());
            println!("{indent}{name} ({bytes} B)");
            continue;
        }
        println!("{indent}{name}/");
        if depth < SANDBOX_DEPTH_SHOWN {
            print_tree(&entry, depth + 1);
        }
    }
}
