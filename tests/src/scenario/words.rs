//! The words of a puppet's lines.

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte)])
        .collect()
}

/// The bytes of hexadecimal text.
pub fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let bad = || format!("not hexadecimal: {text:?}");
    if !text.len().is_multiple_of(2) {
        return Err(bad());
    }
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(
            |pair| match (pair.first().and_then(digit), pair.get(1).and_then(digit)) {
                (Some(high), Some(low)) => Ok(high << 4 | low),
                _ => Err(bad()),
            },
        )
        .collect()
}

/// `[hex,hex]`.
#[must_use]
pub fn list<T: AsRef<[u8]>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| hex(item.as_ref())).collect();
    format!("[{}]", items.join(","))
}

/// The items of a list.
pub fn unlist(word: &str) -> Result<Vec<Vec<u8>>, String> {
    let inside = word
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or_else(|| format!("not a list: {word:?}"))?;
    if inside.is_empty() {
        return Ok(Vec::new());
    }
    inside.split(',').map(unhex).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_way_there_and_back() {
        let items = [vec![0, 255, 16], Vec::new()];
        assert_eq!(list(&items), "[00ff10,]");
        assert_eq!(unlist("[00ff10,]"), Ok(items.to_vec()));
        assert_eq!(unlist("[]"), Ok(Vec::new()));
        assert!(unlist("00").is_err());
        assert!(unhex("0").is_err());
        assert!(unhex("zz").is_err());
        assert!(unhex("é").is_err());
    }
}
