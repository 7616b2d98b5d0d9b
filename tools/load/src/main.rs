//! Load for a master: emulated agents, a task-launching driver and HTTP pollers.
//!
//! All of them speak the real wire protocols over sockets, so they drive any master, ours or the
//! original's. `mesos-load help` lists the sub-commands.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

mod arguments;
mod driver;
mod feed;
mod fleet;
mod poller;
mod start;
mod statistics;

use arguments::Arguments;
use mesos_process::Upid;
use std::process::ExitCode;

const USAGE: &str = "usage: mesos-load <what> [--name=value ...]

  agents      registers emulated agents and keeps them until interrupted
              --master=HOST:PORT --agents=1000 --frameworks=0 --tasks=0 --completed=0 --labels=10 --stay=yes
              (with --frameworks the agents re-register with that many frameworks, each with
              --tasks running and --completed finished tasks)
  launch      launches tasks on emulated agents as fast as offers come
              --master=HOST:PORT --agents=100 --count=20000 --per-offer=100
              (--agents=0 launches `true` on the agents that are there)
  poll        reads one endpoint with several clients, another one beside them
              --master=HOST:PORT --path=/state --clients=10 --beside=/health --seconds=8
  start       starts a daemon several times: time until /health answers, resident memory when idle
              --program=PATH --arguments='--port={port} --work_dir={dir} …' --rounds=5
  feed        plays the master towards one driver: status updates of 1 kB, then counts launches
              --port=5050 --updates=200000 --launches=50000
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_else(|| "help".to_owned());
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("mesos-load: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = Arguments::parse(words).and_then(|arguments| {
        runtime.block_on(async {
            match what.as_str() {
                "agents" => agents(&arguments).await,
                "launch" => launch(&arguments).await,
                "poll" => poller::poll(&arguments).await,
                "feed" => feed(&arguments).await,
                "start" => start::start(&arguments).await,
                "help" | "--help" => {
                    println!("{USAGE}");
                    Ok(())
                }
                other => Err(format!("there is no `{other}`\n\n{USAGE}")),
            }
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mesos-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn master_of(arguments: &Arguments) -> Result<Upid, String> {
    let address = arguments.text("master", "127.0.0.1:5050");
    let master = Upid::parse(&format!("master@{address}"));
    if master.is_null() {
        return Err(format!("--master={address}: expected HOST:PORT"));
    }
    Ok(master)
}

async fn agents(arguments: &Arguments) -> Result<(), String> {
    let master = master_of(arguments)?;
    let fleet = fleet::Fleet::start(&fleet::FleetConfig {
        master,
        agents: arguments.number("agents", 1000)?,
        frameworks: arguments.number("frameworks", 0)?,
        tasks: arguments.number("tasks", 0)?,
        completed: arguments.number("completed", 0)?,
        labels: arguments.number("labels", 10)?,
    })
    .await?;
    let took = fleet.wait_until_registered().await?;
    println!("all agents acknowledged after {:.3} s", took.as_secs_f64());
    if arguments.text("stay", "yes") == "no" {
        return Ok(());
    }
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| error.to_string())
}

async fn launch(arguments: &Arguments) -> Result<(), String> {
    let master = master_of(arguments)?;
    let agents = arguments.number("agents", 100)?;
    let fleet = fleet::Fleet::start(&fleet::FleetConfig {
        master: master.clone(),
        agents,
        frameworks: 0,
        tasks: 0,
        completed: 0,
        labels: 0,
    })
    .await?;
    fleet.wait_until_registered().await?;
    let config = driver::DriverConfig {
        master,
        count: arguments.number("count", 20_000)?,
        per_offer: arguments.number("per-offer", 100)?,
    };
    let report = driver::run(&config).await?;
    println!("{report}");
    Ok(())
}

async fn feed(arguments: &Arguments) -> Result<(), String> {
    let port = arguments.number("port", 5050)?;
    let config = feed::FeedConfig {
        port: u16::try_from(port).map_err(|_| format!("--port={port}: expected a port"))?,
        updates: arguments.number("updates", 200_000)?,
        launches: arguments.number("launches", 50_000)?,
    };
    println!("{}", feed::run(&config).await?);
    Ok(())
}
