use super::*;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
        path
    }

    fn places(&self) -> Places {
        Places {
            home: Some(self.0.path().to_path_buf()),
            ..Places::default()
        }
    }

    fn config(&self) -> Config {
        Config::load(&self.places())
    }

    fn master(&self) -> String {
        let master = self.config().master();
        master.map_or_else(|error| error, |address| address.to_string())
    }
}

#[test]
fn no_file_means_the_defaults() {
    let home = Home::new();
    assert_eq!(home.master(), DEFAULT_MASTER);
    assert_eq!(home.config().text, None);
    let client = home.config().master_client().expect("a client");
    assert_eq!(client.timeout.as_secs(), 5);
    assert_eq!(client.credential, None);
}

#[test]
fn the_toml_file_says_where_the_master_is_and_who_asks() {
    let home = Home::new();
    let text = "[master]\naddress = \"10.0.0.1:5051\"\nprincipal = \"p\"\nsecret = \"s\"\n\
                [agent]\ntimeout = 7\nprincipal = \"a\"\nsecret = \"b\"\n";
    home.write(TOML_PLACE, text);
    let config = home.config();
    assert_eq!(home.master(), "10.0.0.1:5051");
    assert_eq!(config.text.as_deref(), Some(text));
    let client = config.master_client().expect("a client");
    assert_eq!(client.credential, Some(("p".into(), "s".into())));
    assert_eq!(client.timeout.as_secs(), 7);
    let client = config.agent_client().expect("a client");
    assert_eq!(client.credential, Some(("a".into(), "b".into())));
}

#[test]
fn the_named_file_is_told_apart_by_its_content() {
    let home = Home::new();
    home.write(TOML_PLACE, "[master]\naddress = \"10.0.0.1:1\"\n");
    let mut places = home.places();
    places.named = Some(home.write("a", " {\"default\": {\"master\": \"10.0.0.2:2\"}}"));
    let config = Config::load(&places);
    assert_eq!(
        config.master().map(|a| a.to_string()),
        Ok("10.0.0.2:2".into())
    );
    places.named = Some(home.write("b", "[master]\naddress = \"10.0.0.3:3\"\n"));
    let config = Config::load(&places);
    assert_eq!(
        config.master().map(|a| a.to_string()),
        Ok("10.0.0.3:3".into())
    );
}

#[test]
fn profiles_are_switched_set_and_kept() {
    let home = Home::new();
    let text = r#"{"profile": "b", "a": {"master": "10.0.0.1:1"}, "b": {"master": "10.0.0.2:2"}}"#;
    home.write(JSON_NAME, text);
    assert_eq!(home.master(), "10.0.0.2:2");
    let mut profiles = home.config().profiles().expect("profiles").clone();
    assert_eq!(profiles.get("log_level").as_deref(), Some("warning"));
    assert!(!profiles.set("nosuch", "1"));
    assert!(profiles.set("profile", "a"));
    assert!(profiles.set("response_timeout", "9"));
    profiles.save().expect("saved");
    assert_eq!(home.master(), "10.0.0.1:1");
    let client = home.config().master_client().expect("a client");
    assert_eq!(client.timeout.as_secs(), 9);
}

#[test]
fn wrong_files_name_what_is_wrong() {
    let rows = [
        ("master = 1", "must be a dictionary"),
        ("[master]\n", "must either contain"),
        (
            "[master]\naddress = \"a:1\"\n[master.zookeeper]\n",
            "but not both",
        ),
        (
            "[master]\naddress = \"10.0.0.1\"\n",
            "formatted incorrectly",
        ),
        ("[master.zookeeper]\npath = \"/m\"\n", "'addresses' list"),
        ("[master.zookeeper]\naddresses = []\n", "'path' field"),
        (
            "[master.zookeeper]\naddresses = []\npath = \"m\"\n",
            "start with a '/'",
        ),
        (
            "[master.zookeeper]\naddresses = []\npath = \"/\"\n",
            "should be nested",
        ),
        (
            "[master.zookeeper]\naddresses = [\"a:x\"]\npath = \"/m\"\n",
            "zookeeper' address",
        ),
        (
            "[master.zookeeper]\naddresses = [\"a:1\"]\npath = \"/m\"\n",
            "high availability",
        ),
        ("not toml", "as TOML"),
    ];
    for (text, expected) in rows {
        let home = Home::new();
        home.write(TOML_PLACE, text);
        let error = home.master();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let rows = [
        ("[agent]\nssl = true\n", "TLS"),
        ("[agent]\nssl = 1\n", "True/False"),
        ("[agent]\ntimeout = \"5\"\n", "number in seconds"),
        (
            "[master]\naddress=\"a:1\"\nprincipal = 1\n",
            "must be a string",
        ),
    ];
    for (text, expected) in rows {
        let home = Home::new();
        home.write(TOML_PLACE, text);
        let error = home.config().master_client().expect_err("an error");
        assert!(error.contains(expected), "{text}: {error}");
    }
    let home = Home::new();
    home.write(TOML_PLACE, "plugins = [\"/no/such/plugin\"]\n");
    let config = home.config();
    let plugins = config.tables().expect("tables").plugins();
    assert_eq!(
        plugins,
        Err("Plugin path not found: /no/such/plugin".into())
    );
}
