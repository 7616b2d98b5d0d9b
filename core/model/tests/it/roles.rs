//! Compat: RES-63..RES-66.

use mesos_model::role::{ancestors, is_strict_subrole, parse_list, validate};

#[test]
fn invalid_role_names_are_refused_with_the_known_texts() {
    let cases = [
        ("", "Role names cannot be the empty string"),
        ("/a", "Role '/a' cannot start with a slash"),
        ("a/", "Role 'a/' cannot end with a slash"),
        ("a//b", "Role 'a//b' cannot contain two adjacent slashes"),
        ("a/../b", "Role 'a/../b' cannot include '..' as a component"),
        ("a/*", "Role 'a/*' cannot include '*' as a component"),
        (
            "a/-b",
            "Role component '-b' is invalid because it starts with a dash",
        ),
        (
            "a b",
            "Role component 'a b' is invalid because it contains backspace or whitespace",
        ),
    ];
    for (role, text) in cases {
        assert_eq!(validate(role).unwrap_err().to_string(), text);
    }
    assert!(validate("*").is_ok() && validate("a/b-c/d").is_ok());
}

#[test]
fn a_strict_subrole_lies_below_its_parent_only() {
    assert!(is_strict_subrole("a/b", "a"));
    assert!(!is_strict_subrole("a", "a"));
    assert!(!is_strict_subrole("ab", "a"));
    assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
}

#[test]
fn the_role_list_ignores_empty_tokens() {
    let roles = parse_list(",a,,b,a,").unwrap();
    assert_eq!(
        roles.iter().map(|r| r.as_str()).collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert!(parse_list("a b").is_err());
}
