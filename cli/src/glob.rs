//! Which ids a word on the command line means: those that contain it, or match it as a pattern.
//!
//! Compat: operations §3.6.

/// Whether a task's or agent's id is meant by that word.
pub fn means(word: &str, id: &str) -> bool {
    id.contains(word) || matches(word.as_bytes(), id.as_bytes())
}

/// `*`, `?` and `[a-z]` as shells read them; in time of the product of both lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, from));
            at += 1;
        } else if let Some(length) = one(&pattern[at..], text[from]) {
            at += length;
            from += 1;
        } else if let Some((star_at, taken)) = star {
            at = star_at + 1;
            from = taken + 1;
            star = Some((star_at, taken + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

/// How much of the pattern that byte matches.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => match set(pattern) {
            Some((members, length)) => member(members, byte).then_some(length),
            None => (byte == b'[').then_some(1),
        },
        &known => (known == byte).then_some(1),
    }
}

/// What stands between the brackets, and the length with them.
fn set(pattern: &[u8]) -> Option<(&[u8], usize)> {
    // A bracket directly behind the first, or behind its `!`, is a member.
    let first = if pattern.get(1) == Some(&b'!') { 3 } else { 2 };
    let end = pattern.iter().skip(first).position(|&byte| byte == b']')?;
    let end = end + first;
    Some((&pattern[1..end], end + 1))
}

fn member(members: &[u8], byte: u8) -> bool {
    let (inverted, members) = match members.split_first() {
        Some((b'!', rest)) => (true, rest),
        _ => (false, members),
    };
    let mut rest = members;
    let mut found = false;
    while let Some((&low, behind)) = rest.split_first() {
        if let [b'-', high, behind @ ..] = behind {
            found |= (low..=*high).contains(&byte);
            rest = behind;
        } else {
            found |= low == byte;
            rest = behind;
        }
    }
    found != inverted
}

#[cfg(test)]
mod tests {
    use super::means;

    #[test]
    fn parts_and_patterns_are_understood() {
        for word in [
            "",
            "web",
            "b.1",
            "web*",
            "*1",
            "w?b.[0-9]",
            "[!a]eb.1",
            "w*b*1*",
        ] {
            assert!(means(word, "web.1"), "{word}");
        }
        for word in ["db", "web?", "[a]eb.1", "*2", "w[", "[0-9]"] {
            assert!(!means(word, "web.1"), "{word}");
        }
        assert!(means("a[1]", "a[1]"));
        let stars = "*a".repeat(40);
        assert!(!means(&stars, &"a".repeat(30)));
    }
}
