//! Scripts under `testdata`: commands, a line `----`, what is offered. Run with
//! `MESOS_REWRITE_TESTDATA=1` to write the answers anew, and read the difference.

use crate::world::{Lease, World, agent_spec, quota, resources, shared_volume, spec_of};
use mesos_allocator::{Config, Event, SorterKind};
use mesos_model::{AgentId, FrameworkId, ResourceQuantities, Role};
use std::{collections::BTreeSet, fmt::Write, path::Path, time::Duration};

fn roles_of(text: Option<&&str>) -> BTreeSet<Role> {
    text.map(|list| list.split(',').map(Role::new).collect())
        .unwrap_or_default()
}

/// `key=value` among the words of a line.
fn option<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    words
        .iter()
        .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

fn seconds(text: &str) -> Option<f64> {
    (text != "none").then(|| text.parse().expect("seconds"))
}

fn config(words: &[&str]) -> Config {
    let mut config = Config::default();
    if option(words, "sorter") == Some("random") {
        config.sorter = SorterKind::Random;
    }
    if let Some(names) = option(words, "excluded") {
        let names = names.split(',').map(str::to_owned);
        config.fair_sharing_excluded_resource_names = names.collect();
    }
    if let Some(minimum) = option(words, "min") {
        let alternatives = minimum.split('|').filter(|text| !text.is_empty());
        let parsed = alternatives.map(|text| ResourceQuantities::parse(text).expect("quantities"));
        config.min_allocatable_resources = parsed.collect();
    }
    config.region = option(words, "region").map(str::to_owned);
    config
}

fn add_framework(world: &mut World, words: &[&str]) {
    let roles: Vec<&str> = words[2].split(',').collect();
    let mut spec = spec_of(&roles);
    spec.suppressed = roles_of(option(words, "suppressed").as_ref());
    for capability in option(words, "caps")
        .into_iter()
        .flat_map(|list| list.split(','))
    {
        match capability {
            "revocable" => spec.capabilities.revocable_resources = true,
            "gpu" => spec.capabilities.gpu_resources = true,
            "shared" => spec.capabilities.shared_resources = true,
            "region" => spec.capabilities.region_aware = true,
            "refinement" => spec.capabilities.reservation_refinement = true,
            "single" => spec.capabilities.multi_role = false,
            other => panic!("unknown capability {other}"),
        }
    }
    if let Some(minimum) = option(words, "min") {
        let alternatives = minimum.split('|').filter(|text| !text.is_empty());
        let parsed = alternatives.map(|text| ResourceQuantities::parse(text).expect("quantities"));
        spec.min_allocatable
            .insert(Role::new(roles[0]), parsed.collect());
    }
    world.add_framework_as(words[1], spec);
}

fn add_agent(world: &mut World, words: &[&str]) {
    let mut spec = agent_spec(words[1]);
    spec.region = option(words, "region").map(str::to_owned);
    for missing in option(words, "lacks")
        .into_iter()
        .flat_map(|list| list.split(','))
    {
        match missing {
            "multi_role" => spec.capabilities.multi_role = false,
            "hierarchical_role" => spec.capabilities.hierarchical_role = false,
            other => panic!("unknown capability {other}"),
        }
    }
    let mut total = resources(words[2]);
    if let Some(volume) = option(words, "shared") {
        let (role, megabytes) = volume.split_once(':').expect("role:megabytes");
        total += shared_volume(role, "v1", megabytes.parse().expect("megabytes"));
    }
    world.add_agent_as(words[1], spec, total, vec![], None);
}

fn update_framework(world: &mut World, words: &[&str]) {
    let roles: Vec<&str> = words[2].split(',').collect();
    let mut spec = spec_of(&roles);
    spec.suppressed = roles_of(option(words, "suppressed").as_ref());
    world.tell(Event::FrameworkUpdated {
        framework: FrameworkId::new(words[1]),
        spec,
    });
}

fn describe(offers: &[Lease]) -> String {
    let mut lines: Vec<String> = offers
        .iter()
        .map(|offer| {
            let Lease {
                framework,
                role,
                agent,
                resources,
            } = offer;
            let mut entries: Vec<String> = resources
                .unallocated()
                .iter()
                .map(ToString::to_string)
                .collect();
            entries.sort();
            format!("{framework} {role} {agent} {}\n", entries.join("; "))
        })
        .collect();
    lines.sort();
    if lines.is_empty() {
        "nothing\n".to_owned()
    } else {
        lines.concat()
    }
}

/// Who got what, whatever agent it is of: agents are visited in a random order.
fn outline(offers: &[Lease]) -> String {
    let mut lines: Vec<String> = offers
        .iter()
        .map(|offer| describe(std::slice::from_ref(offer)).replace(offer.agent.as_str(), "-"))
        .collect();
    lines.sort();
    if lines.is_empty() {
        "nothing\n".to_owned()
    } else {
        lines.concat()
    }
}

/// How many offers each role got.
fn count(offers: &[Lease]) -> String {
    let mut counts = std::collections::BTreeMap::<&Role, usize>::new();
    for offer in offers {
        *counts.entry(&offer.role).or_default() += 1;
    }
    let mut text = String::new();
    for (role, count) in counts {
        writeln!(text, "{role} {count}").expect("strings take everything");
    }
    if text.is_empty() {
        "nothing\n".to_owned()
    } else {
        text
    }
}

#[allow(clippy::too_many_lines, reason = "one arm per command")]
fn execute(world: &mut World, line: &str, out: &mut String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let framework = || FrameworkId::new(words[1]);
    let agent = || AgentId::new(words[1]);
    match words[0] {
        "config" => *world = World::new(config(&words)),
        "agent" => add_agent(world, &words),
        "framework" => add_framework(world, &words),
        "update-framework" => update_framework(world, &words),
        "update-agent" => {
            let total = resources(words[2]);
            let spec = agent_spec(words[1]);
            world.totals.insert(agent(), total.clone());
            world.tell(Event::AgentUpdated {
                agent: agent(),
                spec,
                total,
            });
        }
        "remove-agent" => {
            world.totals.remove(&agent());
            world.offers.retain(|offer| offer.agent != agent());
            world.used.retain(|lease| lease.agent != agent());
            world.tell(Event::AgentRemoved { agent: agent() });
        }
        "remove-framework" => {
            world.offers.retain(|offer| offer.framework != framework());
            world.used.retain(|lease| lease.framework != framework());
            world.tell(Event::FrameworkRemoved {
                framework: framework(),
            });
        }
        "activate" => world.tell(Event::FrameworkActivated {
            framework: framework(),
        }),
        "deactivate" => {
            world.decline_of(words[1], None);
            world.tell(Event::FrameworkDeactivated {
                framework: framework(),
            });
        }
        "deactivate-agent" => world.tell(Event::AgentDeactivated { agent: agent() }),
        "activate-agent" => world.tell(Event::AgentActivated { agent: agent() }),
        "whitelist" => {
            let hostnames = words.get(1).filter(|word| **word != "*");
            let hostnames = hostnames.map(|list| {
                list.split(',')
                    .filter(|h| *h != "-")
                    .map(str::to_owned)
                    .collect()
            });
            world.tell(Event::WhitelistUpdated { hostnames });
        }
        "suppress" => {
            let roles = roles_of(words.get(2));
            world.tell(Event::OffersSuppressed {
                framework: framework(),
                roles,
            });
        }
        "revive" => {
            let roles = roles_of(words.get(2));
            world.tell(Event::OffersRevived {
                framework: framework(),
                roles,
            });
        }
        "quota" => {
            let guarantees = option(&words, "guarantees").unwrap_or("");
            let limits = option(&words, "limits").unwrap_or("");
            let quota = quota(guarantees, limits);
            world.tell(Event::QuotaUpdated {
                role: Role::new(words[1]),
                quota,
            });
        }
        "weight" => {
            let weights = vec![(Role::new(words[1]), words[2].parse().expect("a weight"))];
            world.tell(Event::WeightsUpdated { weights });
        }
        "recovered" => {
            let quotas = vec![(Role::new(words[2]), quota(words[3], ""))];
            let agents = words[1].parse().expect("a number");
            world.tell(Event::Recovered { agents, quotas });
        }
        "decline" => world.decline_of(words[1], seconds(words[2])),
        "decline-all" => world.decline_all(seconds(words[1])),
        "accept" => world.accept_of(words[1]),
        "finish" => world.finish_of(words[1]),
        "settle" => out.push_str(&describe(&world.settle())),
        "batch" => out.push_str(&describe(&world.batch())),
        "outline" => out.push_str(&outline(&world.batch())),
        "count" => out.push_str(&count(&world.batch())),
        "quiet" => assert!(world.batch().is_empty(), "nothing is offered: {line}"),
        "advance" => {
            let by = Duration::from_secs_f64(words[1].parse().expect("seconds"));
            out.push_str(&describe(&world.advance(by)));
        }
        other => panic!("unknown command {other}"),
    }
}

/// Runs a script; returns it with the answers that were really given.
fn play(script: &str) -> String {
    let mut world = World::new(Config::default());
    let mut result = String::new();
    for block in script.split("\n\n") {
        let commands = block.split("----\n").next().unwrap_or_default();
        let mut out = String::new();
        for line in commands.lines() {
            result.push_str(line);
            result.push('\n');
            if !line.starts_with('#') && !line.trim().is_empty() {
                execute(&mut world, line, &mut out);
            }
        }
        if !out.is_empty() {
            result.push_str("----\n");
            result.push_str(&out);
        }
        result.push('\n');
    }
    result.trim_end().to_owned() + "\n"
}

#[test]
fn scripts_give_the_answers_written_in_them() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let files = std::fs::read_dir(&directory).expect("the testdata directory");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let rewrite = std::env::var_os("MESOS_REWRITE_TESTDATA").is_some();
    for path in paths {
        let script = std::fs::read_to_string(&path).expect("a readable script");
        let played = play(&script);
        if rewrite {
            std::fs::write(&path, &played).expect("a writable script");
        } else {
            assert_eq!(played, script, "{}", path.display());
        }
    }
}
