//! The text grammar of a value. Compat: RES-4, RES-11..RES-14.

use super::{Range, Ranges, Scalar, Set, parse_double, parse_unsigned};
use std::num::FpCategory;
use thiserror::Error;

/// A value read from text; plain text is legal for attributes only.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    Scalar(Scalar),
    Ranges(Ranges),
    Set(Set),
    Text(String),
}

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    #[error("Expecting non-empty string")]
    Empty,
    #[error("Mismatched brackets")]
    Brackets,
    #[error("Expecting one or more \"ranges\"")]
    OddRanges,
    #[error("Expecting non-negative integers in '{0}'")]
    NotIntegers(String),
    #[error("Invalid scalar value '{text}':{reason}")]
    Scalar { text: String, reason: &'static str },
    #[error("Unexpected '{0}' found")]
    Unexpected(char),
}

/// Reads a value, all blanks removed first.
pub fn parse(text: &str) -> Result<Parsed, ValueError> {
    let text = text.replace(' ', "");
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    let pairs = [('{', '}'), ('[', ']'), ('(', ')')];
    if !pairs
        .iter()
        .all(|&(open, close)| brackets_match(&text, open, close))
    {
        return Err(ValueError::Brackets);
    }
    match text.find('[') {
        Some(0) => return parse_ranges(&text).map(Parsed::Ranges),
        Some(_) => return Err(ValueError::Unexpected('[')),
        None => {}
    }
    match text.find('{') {
        Some(0) => {
            let items = text
                .split(['{', '}', ',', '\n'])
                .filter(|item| !item.is_empty());
            return Ok(Parsed::Set(Set::new(items)));
        }
        Some(_) => return Err(ValueError::Unexpected('{')),
        None => {}
    }
    let Some(number) = parse_double(&text) else {
        return Ok(Parsed::Text(text));
    };
    match check_input_scalar(number) {
        Ok(()) => Ok(Parsed::Scalar(Scalar::new(number))),
        Err(reason) => Err(ValueError::Scalar { text, reason }),
    }
}

/// Whether a scalar that came from outside is acceptable (RES-4).
pub fn check_input_scalar(value: f64) -> Result<(), &'static str> {
    match value.classify() {
        FpCategory::Infinite => Err("Infinite values not supported"),
        FpCategory::Nan => Err("NaN not supported"),
        FpCategory::Subnormal => Err("Subnormal values not supported"),
        FpCategory::Zero => Ok(()),
        FpCategory::Normal if value < 0.0 => Err("Negative values not supported"),
        FpCategory::Normal => Ok(()),
    }
}

fn parse_ranges(text: &str) -> Result<Ranges, ValueError> {
    let separators = ['[', ']', '-', ',', '\n'];
    let tokens: Vec<&str> = text
        .split(separators)
        .filter(|token| !token.is_empty())
        .collect();
    if !tokens.len().is_multiple_of(2) {
        return Err(ValueError::OddRanges);
    }
    let mut list = Vec::with_capacity(tokens.len() / 2);
    for pair in tokens.chunks_exact(2) {
        let (Some(begin), Some(end)) = (parse_unsigned(pair[0]), parse_unsigned(pair[1])) else {
            return Err(ValueError::NotIntegers(pair[0].to_owned()));
        };
        list.push(Range { begin, end });
    }
    Ok(Ranges::new(list).coalesced())
}

fn brackets_match(text: &str, open: char, close: char) -> bool {
    let mut depth = 0u32;
    for c in text.chars() {
        if c == open {
            depth += 1;
        } else if c == close {
            let Some(less) = depth.checked_sub(1) else {
                return false;
            };
            depth = less;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bracket_decides_the_type() {
        assert_eq!(parse(" 4 . 5 "), Ok(Parsed::Scalar(Scalar::new(4.5))));
        assert_eq!(parse("rack1"), Ok(Parsed::Text("rack1".to_owned())));
        assert_eq!(parse("{a, b}"), Ok(Parsed::Set(Set::new(["a", "b"]))));
        let ranges = Ranges::new([Range { begin: 1, end: 5 }]);
        assert_eq!(parse("[4-5, 1-3]"), Ok(Parsed::Ranges(ranges)));
    }

    #[test]
    fn malformed_values_are_refused_with_the_known_texts() {
        let text = |input| parse(input).unwrap_err().to_string();
        assert_eq!(text("  "), "Expecting non-empty string");
        assert_eq!(text("[1-2"), "Mismatched brackets");
        assert_eq!(text("[1-2,3]"), "Expecting one or more \"ranges\"");
        assert_eq!(text("[a-b]"), "Expecting non-negative integers in 'a'");
        assert_eq!(text("a{b}"), "Unexpected '{' found");
        assert_eq!(
            text("-1"),
            "Invalid scalar value '-1':Negative values not supported"
        );
        assert_eq!(
            text("inf"),
            "Invalid scalar value 'inf':Infinite values not supported"
        );
    }
}
