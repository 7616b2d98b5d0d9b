//! The cache's books: events in, effects out.

use super::*;

fn cache(capacity_bytes: u64) -> Cache {
    Cache::new(Settings {
        directory: "/cache".into(),
        capacity_bytes,
        frameworks_home: None,
        stall_timeout: Duration::from_secs(60),
    })
}

fn wanted(uris: &[&str]) -> Wanted {
    let uri = |value: &&str| Uri {
        value: (*value).to_owned(),
        cache: Some(true),
        ..Default::default()
    };
    Wanted {
        user: Some("u".into()),
        sandbox: "/sandbox".into(),
        uris: uris.iter().map(uri).collect(),
    }
}

fn on(cache: &mut Cache, event: Event) -> Vec<Effect> {
    let mut out = Vec::new();
    cache.on(event, &mut out);
    out
}

fn request(cache: &mut Cache, id: u64, uris: &[&str]) -> Vec<Effect> {
    on(
        cache,
        Event::Requested {
            fetch: FetchId(id),
            wanted: wanted(uris),
            vanished: HashSet::new(),
        },
    )
}

fn sized(cache: &mut Cache, id: u64, sizes: &[u64]) -> Vec<Effect> {
    on(
        cache,
        Event::SizesFound {
            fetch: FetchId(id),
            sizes: sizes.iter().map(|size| Ok(*size)).collect(),
        },
    )
}

fn done(cache: &mut Cache, id: u64, sizes: &[u64]) -> Vec<Effect> {
    on(
        cache,
        Event::Succeeded {
            fetch: FetchId(id),
            sizes: sizes.iter().map(|size| Some(*size)).collect(),
        },
    )
}

/// The actions and cache names of the only run among effects.
fn run_of(effects: &[Effect]) -> Vec<(&'static str, String)> {
    let runs: Vec<&FetcherInfo> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Run { info, .. } => Some(&**info),
            Effect::FindSizes { .. } | Effect::Delete(_) | Effect::WarnBypass { .. } => None,
        })
        .collect();
    assert_eq!(runs.len(), 1, "{effects:?}");
    let item = |item: &fetcher_info::Item| {
        (
            item.action().as_str_name(),
            item.cache_filename.clone().unwrap_or_default(),
        )
    };
    runs[0].items.iter().map(item).collect()
}

fn fetched(cache: &mut Cache, id: u64, uri: &str, size: u64) {
    request(cache, id, &[uri]);
    sized(cache, id, &[size]);
    done(cache, id, &[size]);
}

#[test]
fn a_first_fetch_downloads_and_the_next_one_retrieves() {
    let mut cache = cache(100);
    let effects = request(&mut cache, 1, &["http://h/a.txt"]);
    assert_eq!(
        effects,
        [Effect::FindSizes {
            fetch: FetchId(1),
            uris: vec!["http://h/a.txt".into()]
        }]
    );
    assert_eq!(
        run_of(&sized(&mut cache, 1, &[10])),
        [("DOWNLOAD_AND_CACHE", "c1-a.txt".into())]
    );
    assert_eq!(done(&mut cache, 1, &[8]), []);
    assert_eq!(
        cache.used_bytes(),
        8,
        "what was announced too much is given back"
    );
    assert_eq!(
        run_of(&request(&mut cache, 2, &["http://h/a.txt"])),
        [("RETRIEVE_FROM_CACHE", "c1-a.txt".into())]
    );
}

#[test]
fn uris_that_are_not_cached_bypass_and_run_at_once() {
    let mut cache = cache(100);
    let mut wanted = wanted(&["/a"]);
    wanted.uris[0].cache = None;
    let event = Event::Requested {
        fetch: FetchId(1),
        wanted,
        vanished: HashSet::new(),
    };
    assert_eq!(
        run_of(&on(&mut cache, event)),
        [("BYPASS_CACHE", String::new())]
    );
}

#[test]
fn concurrent_fetches_of_one_uri_share_the_download() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["http://h/a"]);
    assert_eq!(request(&mut cache, 2, &["http://h/a"]), []);
    sized(&mut cache, 1, &[10]);
    assert_eq!(request(&mut cache, 3, &["http://h/a"]), []);
    let effects = done(&mut cache, 1, &[10]);
    assert_eq!(effects.len(), 2);
    assert_eq!(
        run_of(&effects[..1]),
        [("RETRIEVE_FROM_CACHE", "c1-a".into())]
    );
}

#[test]
fn those_who_wait_for_a_failed_download_go_past_the_cache() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["http://h/a"]);
    sized(&mut cache, 1, &[10]);
    request(&mut cache, 2, &["http://h/a"]);
    let effects = on(&mut cache, Event::Failed { fetch: FetchId(1) });
    assert_eq!(effects[0], Effect::Delete("/cache/u/c1-a".into()));
    assert_eq!(run_of(&effects), [("BYPASS_CACHE", String::new())]);
    assert_eq!(cache.used_bytes(), 0);
}

#[test]
fn an_unknown_size_means_bypass() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["http://h/a", "http://h/b"]);
    let sizes = vec![Err("no".into()), Ok(5)];
    let effects = on(
        &mut cache,
        Event::SizesFound {
            fetch: FetchId(1),
            sizes,
        },
    );
    assert_eq!(
        run_of(&effects),
        [
            ("BYPASS_CACHE", String::new()),
            ("DOWNLOAD_AND_CACHE", "c2-b".into())
        ]
    );
}

#[test]
fn the_same_uri_twice_in_a_command_is_downloaded_once() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["/a", "/a"]);
    let expected = [
        ("DOWNLOAD_AND_CACHE", "c1-a".into()),
        ("RETRIEVE_FROM_CACHE", "c1-a".into()),
    ];
    assert_eq!(run_of(&sized(&mut cache, 1, &[10])), expected);
    assert_eq!(cache.used_bytes(), 10);
}

#[test]
fn the_least_recently_used_files_make_room() {
    let mut cache = cache(30);
    for (id, uri) in [(1, "/a"), (2, "/b"), (3, "/c")] {
        fetched(&mut cache, id, uri, 10);
    }
    request(&mut cache, 4, &["/a"]);
    done(&mut cache, 4, &[]);
    request(&mut cache, 5, &["/d"]);
    let effects = sized(&mut cache, 5, &[15]);
    assert_eq!(
        effects[..2],
        [
            Effect::Delete("/cache/u/c2-b".into()),
            Effect::Delete("/cache/u/c3-c".into())
        ]
    );
    assert_eq!(cache.used_bytes(), 25);
}

#[test]
fn files_in_use_are_never_evicted_and_then_nothing_is() {
    let mut cache = cache(20);
    fetched(&mut cache, 1, "/a", 10);
    fetched(&mut cache, 2, "/b", 10);
    request(&mut cache, 3, &["/a"]);
    request(&mut cache, 4, &["/c"]);
    assert_eq!(
        run_of(&sized(&mut cache, 4, &[15])),
        [("BYPASS_CACHE", String::new())]
    );
    assert_eq!(cache.used_bytes(), 20);
}

#[test]
fn a_file_that_vanished_is_downloaded_again() {
    let mut cache = cache(100);
    fetched(&mut cache, 1, "/a", 10);
    assert_eq!(
        cache.files_of(&wanted(&["/a"])),
        [PathBuf::from("/cache/u/c1-a")]
    );
    let vanished = HashSet::from(["/cache/u/c1-a".into()]);
    on(
        &mut cache,
        Event::Requested {
            fetch: FetchId(2),
            wanted: wanted(&["/a"]),
            vanished,
        },
    );
    assert_eq!(
        run_of(&sized(&mut cache, 2, &[10])),
        [("DOWNLOAD_AND_CACHE", "c2-a".into())]
    );
}

#[test]
fn a_download_larger_than_announced_is_not_kept() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["/a"]);
    sized(&mut cache, 1, &[10]);
    assert_eq!(
        done(&mut cache, 1, &[11]),
        [Effect::Delete("/cache/u/c1-a".into())]
    );
    assert_eq!(cache.used_bytes(), 0);
    assert!(matches!(
        request(&mut cache, 2, &["/a"])[..],
        [Effect::FindSizes { .. }]
    ));
}

#[test]
fn a_fetch_given_up_while_waiting_leaves_no_trace() {
    let mut cache = cache(100);
    request(&mut cache, 1, &["/a"]);
    request(&mut cache, 2, &["/a"]);
    assert_eq!(on(&mut cache, Event::Failed { fetch: FetchId(2) }), []);
    sized(&mut cache, 1, &[10]);
    assert_eq!(done(&mut cache, 1, &[10]), []);
    assert_eq!(
        cache
            .entries
            .values()
            .map(|entry| entry.references)
            .sum::<u32>(),
        0
    );
}

#[test]
fn a_long_name_keeps_its_two_ends() {
    assert_eq!(
        cache_file_name(7, "/x/flink-shaded-hadoop-uber.jar"),
        "c7-flink-shad_p-uber.jar"
    );
    assert_eq!(
        cache_file_name(1, "/x/exactly20charactersX"),
        "c1-exactly20charactersX"
    );
}

/// What the outside world does to the books in one step; numbers choose among what is possible.
#[derive(Clone, Debug)]
enum Step {
    Request {
        uris: Vec<u8>,
    },
    Size {
        pick: usize,
        size: Option<u64>,
    },
    Succeed {
        pick: usize,
        shrink: u64,
        grows: bool,
    },
    Fail {
        pick: usize,
    },
}

fn any_step() -> impl proptest::strategy::Strategy<Value = Step> {
    use proptest::prelude::*;
    prop_oneof![
        prop::collection::vec(0..5_u8, 1..4).prop_map(|uris| Step::Request { uris }),
        (any::<usize>(), prop::option::of(0..60_u64))
            .prop_map(|(pick, size)| Step::Size { pick, size }),
        (any::<usize>(), 0..5_u64, any::<bool>()).prop_map(|(pick, shrink, grows)| Step::Succeed {
            pick,
            shrink,
            grows
        }),
        any::<usize>().prop_map(|pick| Step::Fail { pick }),
    ]
}

/// Plays the shell: what has been asked of it and not answered.
#[derive(Default)]
struct World {
    next: u64,
    sizing: Vec<(FetchId, usize)>,
    running: Vec<(FetchId, usize)>,
    alive: Vec<FetchId>,
}

impl World {
    fn take_in(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::FindSizes { fetch, uris } => self.sizing.push((fetch, uris.len())),
                Effect::Run {
                    fetch, downloads, ..
                } => self.running.push((fetch, downloads.len())),
                Effect::Delete(_) | Effect::WarnBypass { .. } => {}
            }
        }
    }

    fn play(&mut self, cache: &mut Cache, step: Step) {
        let effects = match step {
            Step::Request { uris } => {
                self.next += 1;
                self.alive.push(FetchId(self.next));
                let uris: Vec<String> = uris.iter().map(|uri| format!("/u{uri}")).collect();
                request(
                    cache,
                    self.next,
                    &uris.iter().map(String::as_str).collect::<Vec<_>>(),
                )
            }
            Step::Size { pick, size } if !self.sizing.is_empty() => {
                let (fetch, count) = self.sizing.remove(pick % self.sizing.len());
                let size = size.ok_or_else(|| "unknown".to_owned());
                on(
                    cache,
                    Event::SizesFound {
                        fetch,
                        sizes: vec![size; count],
                    },
                )
            }
            Step::Succeed {
                pick,
                shrink,
                grows,
            } if !self.running.is_empty() => {
                let (fetch, count) = self.running.remove(pick % self.running.len());
                self.alive.retain(|alive| *alive != fetch);
                let size = if grows { 1000 } else { shrink };
                on(
                    cache,
                    Event::Succeeded {
                        fetch,
                        sizes: vec![Some(size); count],
                    },
                )
            }
            Step::Fail { pick } if !self.alive.is_empty() => {
                let fetch = self.alive.remove(pick % self.alive.len());
                self.sizing.retain(|(id, _)| *id != fetch);
                self.running.retain(|(id, _)| *id != fetch);
                on(cache, Event::Failed { fetch })
            }
            Step::Size { .. } | Step::Succeed { .. } | Step::Fail { .. } => Vec::new(),
        };
        self.take_in(effects);
    }
}

fn check_books(cache: &Cache) {
    let accounted: u64 = cache.entries.values().map(|entry| entry.size).sum();
    assert_eq!(
        cache.used_bytes, accounted,
        "used space is the sum of the entries"
    );
    assert!(
        cache.used_bytes <= cache.settings.capacity_bytes,
        "the cache never outgrows its size"
    );
    for (key, entry) in &cache.entries {
        let holders = cache
            .fetches
            .values()
            .filter(|fetch| fetch.held.contains(key))
            .count();
        assert_eq!(
            entry.references as usize, holders,
            "references are those who hold"
        );
    }
}

proptest::proptest! {
    #[test]
    fn the_books_balance_and_every_fetch_comes_to_run(steps in proptest::collection::vec(any_step(), 1..60)) {
        let (mut cache, mut world) = (cache(100), World::default());
        for step in steps {
            world.play(&mut cache, step);
            check_books(&cache);
        }
        // When the world answers everything, nobody is left waiting.
        for _ in 0..200 {
            world.play(&mut cache, Step::Size { pick: 0, size: Some(10) });
            world.play(&mut cache, Step::Succeed { pick: 0, shrink: 0, grows: false });
            check_books(&cache);
        }
        assert!(world.alive.is_empty(), "{:?} never ran", world.alive);
        assert!(cache.fetches.is_empty());
    }
}
