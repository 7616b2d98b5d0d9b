//! The fetcher, library and program together, against a small HTTP server.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use mesos_proto::mesos::{CommandInfo, command_info::Uri};
use mesos_sandbox::{
    Launcher,
    fetcher::{Config, FetchError, Fetcher, Request},
};

const STALL: Duration = Duration::from_millis(300);

/// Answers by path; counts the GET requests of each.
struct Server {
    url: String,
    gets: Arc<Mutex<HashMap<String, u32>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let gets = Arc::new(Mutex::new(HashMap::new()));
        let (base, counts) = (url.clone(), gets.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (base, counts) = (base.clone(), counts.clone());
                std::thread::spawn(move || serve(&stream, &base, &counts));
            }
        });
        Self { url, gets }
    }

    fn gets(&self, path: &str) -> u32 {
        self.gets.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    fn uri(&self, path: &str) -> Uri {
        Uri {
            value: format!("{}{path}", self.url),
            extract: Some(false),
            ..Default::default()
        }
    }
}

fn serve(stream: &TcpStream, base: &str, counts: &Mutex<HashMap<String, u32>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(first) = lines.next() {
        while lines.next().is_some_and(|line| !line.is_empty()) {}
        let mut words = first.split(' ');
        let (method, path) = (
            words.next().unwrap().to_owned(),
            words.next().unwrap().to_owned(),
        );
        if method == "GET" {
            *counts.lock().unwrap().entry(path.clone()).or_default() += 1;
        }
        let body = if method == "HEAD" { "" } else { path.as_str() };
        let length = path.len();
        let answer = match path.split('/').nth(1).unwrap() {
            "redirect" => format!(
                "HTTP/1.1 302 Found\r\nLocation: {base}/ok/target\r\nContent-Length: 0\r\n\r\n"
            ),
            "missing" => "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno".to_owned(),
            "created" => "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nno".to_owned(),
            "truncated" => {
                format!("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{body}")
            }
            "unsized" => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}"),
            "stalling" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst".to_owned(),
            _ => format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"),
        };
        let mut stream = stream;
        if stream.write_all(answer.as_bytes()).is_err() || answer.contains("Connection: close") {
            return;
        }
    }
}

struct Stand {
    directory: tempfile::TempDir,
    fetcher: Fetcher,
}

impl Stand {
    fn new() -> Self {
        Self::with_cache(1 << 20)
    }

    fn with_cache(cache_bytes: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_mesos-fetcher"));
        let config = Config {
            cache_directory: directory.path().join("cache"),
            cache_bytes,
            launcher_directory: program.parent().unwrap().to_owned(),
            frameworks_home: Some(directory.path().join("home")),
            hadoop_home: Some("/nonexistent".into()),
            stall_timeout: STALL,
        };
        let fetcher = Fetcher::new(config, Launcher::new().unwrap()).unwrap();
        Self { directory, fetcher }
    }

    fn sandbox(&self, name: &str) -> PathBuf {
        let sandbox = self.directory.path().join(name);
        fs::create_dir_all(&sandbox).unwrap();
        sandbox
    }

    async fn fetch(&self, name: &str, uris: Vec<Uri>) -> Result<PathBuf, FetchError> {
        let sandbox = self.sandbox(name);
        let command = CommandInfo {
            uris,
            ..Default::default()
        };
        let request = Request {
            container: name,
            sandbox: &sandbox,
            user: None,
            command: &command,
        };
        self.fetcher.fetch(request).await.map(|()| sandbox)
    }
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

fn cached(uri: Uri) -> Uri {
    Uri {
        cache: Some(true),
        ..uri
    }
}

fn text(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn downloads_land_under_their_names_with_their_permissions_and_nothing_else_stays() {
    let (server, stand) = (Server::start(), Stand::new());
    let uris = vec![
        server.uri("/ok/plain"),
        Uri {
            output_file: Some("conf/deep/x.sh".into()),
            executable: Some(true),
            ..server.uri("/ok/x")
        },
        Uri {
            value: format!("  {}/ok/blanks", server.url),
            ..server.uri("")
        },
        server.uri("/redirect/r"),
        server.uri("/unsized/u"),
    ];
    let sandbox = block(stand.fetch("s", uris)).unwrap();
    assert_eq!(text(sandbox.join("plain")), "/ok/plain");
    assert_eq!(text(sandbox.join("conf/deep/x.sh")), "/ok/x");
    assert_eq!(text(sandbox.join("blanks")), "/ok/blanks");
    assert_eq!(text(sandbox.join("r")), "/ok/target");
    assert_eq!(text(sandbox.join("u")), "/unsized/u");
    let mode = |name: &str| {
        fs::metadata(sandbox.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o111
    };
    assert_eq!((mode("plain"), mode("conf/deep/x.sh")), (0, 0o111));
    assert_eq!(
        names(&sandbox),
        ["blanks", "conf", "plain", "r", "stderr", "stdout", "u"]
    );
    assert_eq!(stand.fetcher.counters().task_fetches_succeeded, 1);
}

#[test]
fn what_is_not_a_whole_answer_with_status_200_fails_the_fetch() {
    let (server, stand) = (Server::start(), Stand::new());
    for path in ["/missing/x", "/created/x", "/truncated/x", "/stalling/x"] {
        let error = block(stand.fetch(&path[1..4], vec![server.uri("/ok/a"), server.uri(path)]))
            .unwrap_err();
        let expected = format!(
            "Failed to fetch all URIs for container '{}': exited with status 1",
            &path[1..4]
        );
        assert_eq!(error.to_string(), expected);
        let left = names(&stand.sandbox(&path[1..4]));
        assert_eq!(left, ["stderr", "stdout"], "{path}");
        let stderr = text(stand.sandbox(&path[1..4]).join("stderr"));
        assert!(
            stderr.contains(&format!(
                "EXIT with status 1: Failed to fetch '{}{path}': ",
                server.url
            )),
            "{stderr}"
        );
    }
    assert_eq!(stand.fetcher.counters().task_fetches_failed, 4);
}

#[test]
fn a_cached_uri_is_downloaded_once_in_sequence_and_in_parallel() {
    let (server, stand) = (Server::start(), Stand::new());
    let uris = || {
        vec![
            cached(server.uri("/ok/lib")),
            Uri {
                output_file: Some("b/lib2".into()),
                ..cached(server.uri("/ok/lib"))
            },
        ]
    };
    block(async {
        let all = (0..4).map(|index| (index, uris())).map(|(index, uris)| {
            let stand = &stand;
            async move { stand.fetch(&format!("p{index}"), uris).await }
        });
        for sandbox in futures_util::future::join_all(all).await {
            let sandbox = sandbox.unwrap();
            assert_eq!(text(sandbox.join("lib")), "/ok/lib");
            assert_eq!(text(sandbox.join("b/lib2")), "/ok/lib");
        }
        stand.fetch("later", uris()).await.unwrap();
    });
    assert_eq!(server.gets("/ok/lib"), 1);
    assert_eq!(
        stand.fetcher.counters().cache_size_used_bytes,
        "/ok/lib".len() as u64
    );
    assert_eq!(names(&stand.directory.path().join("cache")), ["c1-lib"]);
}

#[test]
fn a_size_nobody_tells_or_no_room_goes_past_the_cache() {
    let (server, stand) = (Server::start(), Stand::with_cache(5));
    let uris = vec![
        cached(server.uri("/unsized/u")),
        cached(server.uri("/ok/too-large")),
    ];
    let sandbox = block(stand.fetch("s", uris)).unwrap();
    assert_eq!(text(sandbox.join("u")), "/unsized/u");
    assert_eq!(text(sandbox.join("too-large")), "/ok/too-large");
    assert_eq!(stand.fetcher.counters().cache_size_used_bytes, 0);
}

#[test]
fn local_files_come_by_every_spelling_and_through_the_cache() {
    let stand = Stand::new();
    let home = stand.sandbox("home");
    fs::write(home.join("f"), "local").unwrap();
    let absolute = home.join("f").display().to_string();
    let uri = |value: String, output: &str| Uri {
        value,
        output_file: Some(output.into()),
        ..Default::default()
    };
    let uris = vec![
        uri(absolute.clone(), "1"),
        uri(format!("file://{absolute}"), "2"),
        uri(format!("file://localhost{absolute}"), "3"),
        uri("f".into(), "4"),
        cached(uri(absolute.clone(), "5")),
    ];
    let sandbox = block(stand.fetch("s", uris.clone())).unwrap();
    assert!((1..=5).all(|index| text(sandbox.join(index.to_string())) == "local"));
    fs::remove_file(stand.directory.path().join("cache/c1-f")).unwrap();
    let again = block(stand.fetch("again", uris)).unwrap();
    assert_eq!(text(again.join("5")), "local");
}

#[test]
fn a_cached_archive_is_extracted_out_of_the_cache_and_an_executable_never() {
    let stand = Stand::new();
    let source = stand.sandbox("source");
    let mut builder = tar::Builder::new(fs::File::create(source.join("a.tar")).unwrap());
    fs::write(source.join("inner"), "inner").unwrap();
    builder
        .append_path_with_name(source.join("inner"), "dir/inner")
        .unwrap();
    builder.finish().unwrap();
    let uri = Uri {
        value: source.join("a.tar").display().to_string(),
        ..Default::default()
    };

    let direct = block(stand.fetch("direct", vec![uri.clone()])).unwrap();
    assert_eq!(names(&direct), ["a.tar", "dir", "stderr", "stdout"]);
    let through = block(stand.fetch("cached", vec![cached(uri.clone())])).unwrap();
    assert_eq!(names(&through), ["dir", "stderr", "stdout"]);
    assert_eq!(text(through.join("dir/inner")), "inner");
    let executable = block(stand.fetch(
        "exec",
        vec![Uri {
            executable: Some(true),
            ..uri
        }],
    ))
    .unwrap();
    assert_eq!(names(&executable), ["a.tar", "stderr", "stdout"]);
}

#[test]
fn bad_uris_fail_before_anything_runs_and_missing_clients_say_so() {
    let stand = Stand::new();
    let uri = |value: &str| Uri {
        value: value.into(),
        ..Default::default()
    };
    let error = block(stand.fetch("a", vec![uri("lala://nopath")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Malformed URI (missing path): lala://nopath"
    );
    assert!(block(stand.fetch("b", vec![uri("/no/such/file")])).is_err());
    assert!(block(stand.fetch("c", vec![uri("hdfs://host/file")])).is_err());
    let none = block(stand.fetch("none", vec![])).unwrap();
    assert_eq!(names(&none), ["stderr", "stdout"]);
}

#[test]
fn a_fetch_that_is_given_up_leaves_no_program_and_no_claim() {
    let (server, stand) = (Server::start(), Stand::new());
    block(async {
        let slow = stand.fetch("slow", vec![cached(server.uri("/stalling/s"))]);
        assert!(
            tokio::time::timeout(Duration::from_millis(100), slow)
                .await
                .is_err()
        );
    });
    assert_eq!(stand.fetcher.counters().cache_size_used_bytes, 0);
}

/// Serves one FTP session after the other; `end` is the reply after the bytes.
fn ftp_server(end: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for control in listener.incoming().flatten() {
            let _ = ftp_session(&control, end);
        }
    });
    format!("ftp://{address}")
}

fn ftp_session(mut control: &TcpStream, end: &str) -> std::io::Result<()> {
    let data = TcpListener::bind("127.0.0.1:0")?;
    let port = data.local_addr()?.port();
    control.write_all(b"220 ready\r\n")?;
    for line in BufReader::new(control).lines() {
        let line = line?;
        let answer = match line.split(' ').next().unwrap_or("") {
            "USER" => "331 password".to_owned(),
            "PASS" => "230 in".to_owned(),
            "SIZE" => "213 9".to_owned(),
            "PASV" => format!(
                "227 Entering Passive Mode (127,0,0,1,{},{})",
                port >> 8,
                port & 255
            ),
            "RETR" => {
                control.write_all(b"150 here\r\n")?;
                data.accept()?.0.write_all(b"ftp bytes")?;
                end.to_owned()
            }
            _ => "200 ok".to_owned(),
        };
        control.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

#[test]
fn an_ftp_transfer_counts_only_when_the_server_says_it_is_complete() {
    let stand = Stand::new();
    let uri = |server: String| Uri {
        value: format!("{server}/pub/file"),
        ..Default::default()
    };
    let sandbox = block(stand.fetch("good", vec![cached(uri(ftp_server("226 done")))])).unwrap();
    assert_eq!(text(sandbox.join("file")), "ftp bytes");
    assert_eq!(stand.fetcher.counters().cache_size_used_bytes, 9);
    assert!(block(stand.fetch("bad", vec![uri(ftp_server("426 aborted"))])).is_err());
    assert!(block(stand.fetch("tls", vec![uri("ftps://127.0.0.1:1".into())])).is_err());
    assert!(
        text(stand.sandbox("tls").join("stderr")).contains("ftps is not built into this fetcher")
    );
}

#[test]
fn the_sandboxes_stderr_tells_what_was_done() {
    let stand = Stand::new();
    let file = stand.sandbox("home").join("f");
    fs::write(&file, "local").unwrap();
    let uri = Uri {
        value: file.display().to_string(),
        ..Default::default()
    };
    let sandbox = block(stand.fetch(
        "s",
        vec![
            cached(uri.clone()),
            Uri {
                output_file: Some("g".into()),
                ..uri
            },
        ],
    ))
    .unwrap();
    let stderr = text(sandbox.join("stderr"));
    let texts: Vec<&str> = stderr
        .lines()
        .map(|line| line.split_once("] ").unwrap().1)
        .collect();
    let (file, sandbox) = (file.display(), sandbox.display());
    assert!(
        texts[0].starts_with("Fetcher Info: {\"cache_directory\":"),
        "{stderr}"
    );
    let expected = [
        format!("Fetching URI '{file}'"),
        format!("Fetching URI '{file}' from cache"),
        format!(
            "Copying instead of extracting resource from URI with 'extract' flag, because it does not seem to be an archive: {file}"
        ),
        format!("Fetched '{file}' to '{sandbox}/f'"),
        format!("Fetching URI '{file}'"),
        format!("Fetching '{file}' directly into the sandbox directory"),
        format!(
            "Copying instead of extracting resource from URI with 'extract' flag, because it does not seem to be an archive: {file}"
        ),
        format!("Fetched '{file}' to '{sandbox}/g'"),
        format!("Successfully fetched all URIs into '{sandbox}'"),
    ];
    assert_eq!(texts[1..], expected);
}

#[test]
fn a_users_fetch_reads_only_what_the_user_may() {
    use std::os::unix::fs::{MetadataExt, chown};
    let (server, stand) = (Server::start(), Stand::new());
    // Only root can become somebody else, and that user must be able to run the program.
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    for directory in ["", "u", "home"] {
        fs::set_permissions(stand.sandbox(directory), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let secret = stand.sandbox("home").join("secret");
    fs::write(&secret, "secret").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let sandbox = stand.sandbox("u");
    chown(&sandbox, Some(65534), Some(65534)).unwrap();
    let fetch = |uris: Vec<Uri>| {
        let command = CommandInfo {
            uris,
            user: Some("nobody".into()),
            ..Default::default()
        };
        let request = Request {
            container: "u",
            sandbox: &sandbox,
            user: Some("root"),
            command: &command,
        };
        block(stand.fetcher.fetch(request))
    };
    fetch(vec![cached(server.uri("/ok/mine"))]).unwrap();
    assert_eq!(fs::metadata(sandbox.join("mine")).unwrap().uid(), 65534);
    assert!(stand.directory.path().join("cache/nobody/c1-mine").exists());
    assert!(
        fetch(vec![Uri {
            value: secret.display().to_string(),
            ..Default::default()
        }])
        .is_err()
    );
    let unknown = CommandInfo {
        user: Some("no-such-user".into()),
        ..Default::default()
    };
    let request = Request {
        container: "u",
        sandbox: &sandbox,
        user: None,
        command: &unknown,
    };
    assert!(matches!(
        block(stand.fetcher.fetch(request)),
        Err(FetchError::User(_))
    ));
}

#[test]
fn sixty_cached_files_arrive_in_one_go() {
    let (server, stand) = (Server::start(), Stand::new());
    let uri = |index| Uri {
        output_file: Some(format!("lib/f{index}")),
        ..cached(server.uri(&format!("/ok/f{index}")))
    };
    let began = std::time::Instant::now();
    let sandbox = block(stand.fetch("s", (0..60).map(uri).collect())).unwrap();
    println!("60 small files: {:?}", began.elapsed());
    assert_eq!(names(&sandbox.join("lib")).len(), 60);
}
