//! An app master is killed; the next one finds everything again through ZooKeeper.

use super::session::Session;
use super::setup::{Java, Setup};
use super::{FIRST, Site, both_jobs, lines_of_connection};
use crate::client::zookeeper::ZooKeeper;
use crate::cluster::state::epoch_seconds;
use crate::shell::{Outcome, http_get_json, step, tail, wait_for};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const CONNECTION_LIMIT: Duration = Duration::from_secs(120);
const WINDOW_LIMIT: Duration = Duration::from_secs(60);

/// Flink 1.13.6 removes its folder in ZooKeeper, and then fails to remove a folder in it.
const CLEANUP_DEFECT: &str = "NoNode for /flink/recovery/mesos-workers";

/// What a job reads its words from: it reconnects after each restart.
struct Words {
    listener: TcpListener,
    port: u16,
}

impl Words {
    fn new() -> Outcome<Self> {
        let failed = |e| format!("no socket for the words: {e}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// The next connection, if there is one.
    fn reader(&self) -> Outcome<Option<TcpStream>> {
        match self.listener.accept() {
            Ok((stream, _)) => Ok(Some(stream)),
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(format!("no reader of the words: {e}")),
        }
    }
}

/// All of this runs on Java 11; ZooKeeper's client in Flink fails on newer ones.
pub(super) fn recovery(site: &mut Site<'_>) -> Outcome {
    let java = Java::Eleven(crate::fetch::java_runtime(11)?);
    let zookeeper = ZooKeeper::start(site.folder)?;
    let settings = settings(site, &zookeeper.address);
    let setups =
        ["first-master", "second-master"].map(|name| site.setup(name, java.clone(), &settings));
    let [first, second] = setups;
    let (first, second) = (first?, second?);

    let started_at = epoch_seconds();
    let mut session = Session::start(&first, &site.cluster.master)?;
    let up = session.wait_until_up()?;
    println!("  REST API after {:.1} s", up.as_secs_f64());
    both_jobs(site, &mut session, FIRST)?;
    let words = Words::new()?;
    let (job, first_reader) = start_reading_job(&mut session, &first, &words)?;
    let framework = site.cluster.framework("Flink")?.id;

    step("killing the JVM of the app master");
    session.crash()?;
    wait_for("the master to see it", WINDOW_LIMIT, || {
        Ok((!site.cluster.framework("Flink")?.active).then_some(()))
    })?;
    let crashed = Instant::now();
    let mut session = Session::start(&second, &site.cluster.master)?;
    step("waiting for the job to read on");
    let mut reader =
        session.await_step("the job's new reader", CONNECTION_LIMIT, || words.reader())?;
    println!(
        "  the job {job} reads on {:.1} s after the next app master was started",
        crashed.elapsed().as_secs_f64()
    );
    drop(first_reader);
    expect_recovered(site, &session, &framework)?;
    finish_job(site, &mut session, &mut reader, &job)?;
    drop(reader);
    session.expect_finished(&job)?;
    session.shut_down_failing(CLEANUP_DEFECT)?;
    let framework = site.completed(&framework, &[(FIRST, "TASK_KILLED")])?;
    println!("  {}", framework.times(started_at));
    Ok(())
}

fn settings(site: &Site<'_>, zookeeper: &str) -> Vec<(&'static str, String)> {
    let store = site.folder.join("store");
    vec![
        ("high-availability", "zookeeper".to_owned()),
        ("high-availability.zookeeper.quorum", zookeeper.to_owned()),
        // A lost app master's locks are released this soon.
        (
            "high-availability.zookeeper.client.session-timeout",
            "8000".to_owned(),
        ),
        (
            "high-availability.storageDir",
            format!("file://{}", store.display()),
        ),
        ("high-availability.cluster-id", "/recovery".to_owned()),
        ("restart-strategy", "fixed-delay".to_owned()),
        ("restart-strategy.fixed-delay.attempts", "100".to_owned()),
        ("restart-strategy.fixed-delay.delay", "1 s".to_owned()),
        // The example was made when this was the default.
        ("pipeline.time-characteristic", "ProcessingTime".to_owned()),
    ]
}

/// A job without an end of its own: its id, and the connection that keeps it alive.
fn start_reading_job(
    session: &mut Session,
    setup: &Setup,
    words: &Words,
) -> Outcome<(String, TcpStream)> {
    step("submitting a job that reads a socket");
    let jar = setup
        .home
        .join("examples/streaming/SocketWindowWordCount.jar");
    let port = words.port.to_string();
    let job = session.submit(&["-d"], &jar, &["--port", &port])?;
    let reader = session.await_step("the job's reader", CONNECTION_LIMIT, || words.reader())?;
    Ok((job.id, reader))
}

/// The same framework, the same worker, and nothing launched anew.
fn expect_recovered(site: &Site<'_>, session: &Session, framework: &str) -> Outcome {
    session.expect_worker(FIRST)?;
    let mut lines = vec![
        format!("Recovery scenario: re-registering using framework ID {framework}"),
        "Retrieved 1 TaskManagers from previous attempt".to_owned(),
    ];
    lines.extend(lines_of_connection(framework));
    lines.push("Reconciliation requested for 1 task(s)".to_owned());
    lines.push(format!("Worker {FIRST} is registered."));
    session.expect_log(&lines)?;
    let active: Vec<_> = site
        .cluster
        .frameworks()?
        .into_iter()
        .filter(|f| f.active)
        .collect();
    let [only] = active.as_slice() else {
        return Err(format!("{} active frameworks instead of one", active.len()));
    };
    let tasks: Vec<&str> = only.tasks.iter().map(|task| task.id.as_str()).collect();
    if only.id != framework || tasks != [FIRST] {
        return Err(format!(
            "framework {} with tasks {tasks:?} is not the one that was killed",
            only.id
        ));
    }
    println!("  framework {framework} and {FIRST} were taken back");
    Ok(())
}

/// The recovered job counts the words that it gets now.
fn finish_job(
    site: &Site<'_>,
    session: &mut Session,
    reader: &mut TcpStream,
    job: &str,
) -> Outcome {
    reader
        .write_all(b"bye bye\n")
        .map_err(|e| format!("the job does not read: {e}"))?;
    let stdout = site.sandbox(FIRST)?.join("stdout");
    let url = format!("{}/jobs/{job}", session.rest);
    session.await_step("the count of the new words", WINDOW_LIMIT, || {
        let state = http_get_json(&url).unwrap_or_default()["state"].clone();
        if state != "RUNNING" {
            return Err(format!("the job is {state}"));
        }
        Ok(tail(&stdout, usize::MAX).contains("bye : 2").then_some(()))
    })
}
