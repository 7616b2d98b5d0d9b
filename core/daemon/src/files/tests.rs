use std::os::unix::fs::symlink;

use mesos_process::http::{Body, Handler as _, Request, Router};

use super::*;

struct Tree {
    _dir: tempfile::TempDir,
    root: PathBuf,
    files: Files,
    router: Router,
}

fn tree() -> Tree {
    let dir = tempfile::tempdir().expect("temporary directory");
    let root = dir.path().canonicalize().expect("exists");
    let sandbox = root.join("sandbox");
    std::fs::create_dir_all(sandbox.join("sub")).expect("created");
    std::fs::write(sandbox.join("stdout"), "out\n").expect("written");
    std::fs::write(sandbox.join("sub/b.html"), vec![b'x'; 100_000]).expect("written");
    std::fs::write(root.join("secret"), "secret").expect("written");
    let files = Files::new();
    files.attach(&sandbox, "/sandbox/", None).expect("attached");
    let mut router = Router::new();
    files.mount(&mut router, None);
    Tree {
        _dir: dir,
        root,
        files,
        router,
    }
}

async fn get(tree: &Tree, target: &str) -> (u16, String) {
    let response = tree.router.call(Request::get(target)).await;
    (
        response.status,
        String::from_utf8_lossy(response.bytes()).into_owned(),
    )
}

#[tokio::test]
async fn reading_follows_the_recorded_answers() {
    let tree = tree();
    let rows = [
        (
            "/files/read?path=/sandbox/stdout&offset=0",
            200,
            "{\"data\":\"out\\n\",\"offset\":0}",
        ),
        (
            "/files/read?path=/sandbox/stdout&offset=0&length=3",
            200,
            "{\"data\":\"out\",\"offset\":0}",
        ),
        (
            "/files/read?path=/sandbox/stdout",
            200,
            "{\"data\":\"\",\"offset\":4}",
        ),
        (
            "/files/read?path=/sandbox/stdout&offset=-1",
            200,
            "{\"data\":\"\",\"offset\":4}",
        ),
        (
            "/files/read?path=/sandbox/stdout&offset=99999",
            200,
            "{\"data\":\"\",\"offset\":99999}",
        ),
        (
            "/files/read.json?path=/sandbox/stdout&offset=2",
            200,
            "{\"data\":\"t\\n\",\"offset\":2}",
        ),
        ("/files/read?path=/sandbox/nosuch&offset=0", 404, ""),
        (
            "/files/read?path=/sandbox&offset=0",
            400,
            "Cannot read a directory.\n",
        ),
        ("/files/read", 400, "Expecting 'path=value' in query.\n"),
        (
            "/files/read?path=/sandbox/stdout&offset=abc",
            400,
            "Failed to parse offset: Failed to convert 'abc' to number.\n",
        ),
        (
            "/files/read?path=/sandbox/stdout&offset=0&length=-5",
            400,
            "Negative length provided: -5.\n",
        ),
        (
            "/files/download?path=/sandbox",
            400,
            "Cannot download a directory.\n",
        ),
        ("/files/download?path=/nosuch", 404, "404 Not Found."),
        ("/files/browse?path=/nosuch", 404, ""),
        ("/files/browse?path=/sandbox/stdout", 200, "[]"),
    ];
    for (target, status, body) in rows {
        assert_eq!(
            get(&tree, target).await,
            (status, body.to_owned()),
            "{target}"
        );
    }
}

#[tokio::test]
async fn one_read_is_bounded() {
    let tree = tree();
    let part = tree
        .files
        .read("/sandbox/sub/b.html", Some(0), None, None)
        .await
        .expect("readable");
    assert_eq!(
        (part.size, part.data.len() as u64),
        (100_000, MAX_READ_BYTES)
    );
}

#[tokio::test]
async fn listings_have_sorted_keys_and_paths() {
    let tree = tree();
    let (status, body) = get(&tree, "/files/browse?path=/sandbox/&jsonp=cb").await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with("cb([{\"gid\":\"") && body.ends_with("\"}])"),
        "{body}"
    );
    let place = |text: &str| body.find(text).expect("listed");
    assert!(place("\"path\":\"/sandbox/stdout\",\"size\":4,") < place("\"path\":\"/sandbox/sub\""));
    assert!(
        body.contains("\"mode\":\"d") && body.contains("\"mode\":\"-rw"),
        "{body}"
    );
}

#[tokio::test]
async fn downloads_name_the_file_and_its_type() {
    let tree = tree();
    let response = tree
        .router
        .call(Request::get("/files/download?path=/sandbox/sub/b.html"))
        .await;
    assert!(
        response
            .headers
            .contains(&("Content-Disposition", "attachment; filename=b.html".into()))
    );
    assert!(
        response
            .headers
            .contains(&("Content-Type", "text/html".into()))
    );
    assert!(matches!(response.body, Body::Opened(_)));
}

#[tokio::test]
async fn nothing_outside_an_attached_directory_can_be_reached() {
    let tree = tree();
    symlink(tree.root.join("secret"), tree.root.join("sandbox/link")).expect("linked");
    symlink("stdout", tree.root.join("sandbox/inner")).expect("linked");
    for path in [
        "/sandbox/link",
        "/sandbox/../secret",
        "/sandbox/sub/../../secret",
    ] {
        let read = tree.files.read(path, Some(0), None, None).await;
        assert!(
            matches!(read, Err(FilesError::Invalid(_))),
            "{path}: {read:?}"
        );
        assert_eq!(
            get(&tree, &format!("/files/download?path={path}")).await.0,
            400
        );
    }
    let inner = tree
        .files
        .read("/sandbox/inner", Some(0), None, None)
        .await
        .expect("inside");
    assert_eq!(inner.data, "out\n");
    let fifo = tree.root.join("sandbox/fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).expect("made");
    let read = tree.files.read("/sandbox/fifo", Some(0), None, None).await;
    assert!(
        matches!(read, Err(FilesError::Invalid(_))),
        "a FIFO must not block: {read:?}"
    );
}

#[tokio::test]
async fn a_path_may_be_reserved_and_is_gone_after_detach() {
    let tree = tree();
    let deny: Authorize = Arc::new(|principal| {
        Box::pin(async move { principal.is_some_and(|who| who.value.as_deref() == Some("ops")) })
    });
    tree.files
        .attach(&tree.root.join("secret"), "/master/log", Some(deny))
        .expect("attached");
    assert_eq!(
        get(&tree, "/files/read?path=/master/log&offset=0").await,
        (403, "403 Forbidden.".into())
    );
    let ops = Principal {
        value: Some("ops".into()),
        ..Principal::default()
    };
    assert!(
        tree.files
            .read("/master/log", None, None, Some(ops))
            .await
            .is_ok()
    );
    let (_, debug) = get(&tree, "/files/debug").await;
    assert!(
        debug.starts_with("{\"/master/log\":\"/") && debug.contains("\"/sandbox\":"),
        "{debug}"
    );
    tree.files.detach("/master/log");
    assert_eq!(get(&tree, "/files/read?path=/master/log").await.0, 404);
}

#[test]
fn modes_look_like_ls() {
    for (mode, text) in [
        (0o100_644, "-rw-r--r--"),
        (0o040_755, "drwxr-xr-x"),
        (0o041_777, "drwxrwxrwt"),
        (0o104_711, "-rws--x--x"),
        (0o120_777, "lrwxrwxrwx"),
    ] {
        assert_eq!(disk::mode_text(mode), text);
    }
}
