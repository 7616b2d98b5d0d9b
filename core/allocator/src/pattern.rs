//! Regular expressions of offer constraints, within limits. Compat: ALC-35, ALC-35a.
//!
//! The syntax is RE2's as far as both it and our engine know it: no lookaround, no back-references;
//! `\d`, `\w` and `\s` are ASCII. `\C` and `\Q...\E` are refused. Matching takes linear time, and
//! the size of a pattern is limited, because frameworks choose it and every agent is tried with it.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};
use thiserror::Error;

/// Default of `--offer_constraints_re2_max_program_size`, in instructions.
pub const PROGRAM_SIZE_MAX: usize = 100;

/// Bytes of a pattern that are looked at; a program of the allowed size is never longer.
const PATTERN_LENGTH_MAX: usize = 4096;

/// Why a regular expression is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PatternError {
    #[error("failed to construct regex from pattern '{pattern}': {defect}")]
    Syntax { pattern: String, defect: String },
    #[error("regex '{pattern}' is too complex: program size of {size} exceeds {size_max}")]
    TooComplex {
        pattern: String,
        size: usize,
        size_max: usize,
    },
    #[error("regex of {0} bytes is too long")]
    TooLong(usize),
}

/// A compiled regular expression that has to match whole texts.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    pub(crate) fn compile(text: &str, size_max: usize) -> Result<Self, PatternError> {
        if text.len() > PATTERN_LENGTH_MAX {
            return Err(PatternError::TooLong(text.len()));
        }
        let syntax = |defect: String| PatternError::Syntax {
            pattern: text.to_owned(),
            defect,
        };
        let parsed = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(text);
        let hir = parsed.map_err(|error| syntax(error.to_string()))?;
        let size = program_size(&hir);
        if size > size_max {
            return Err(PatternError::TooComplex {
                pattern: text.to_owned(),
                size,
                size_max,
            });
        }
        let anchored = format!(r"\A(?:{text})\z");
        let regex = RegexBuilder::new(&anchored).unicode(false).build();
        let regex = regex.map_err(|error| syntax(error.to_string()))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

/// Instructions of the program an automaton needs: one per byte or byte range, one per branch.
fn program_size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(4),
        HirKind::Repetition(repetition) => {
            let copies = match repetition.max {
                Some(max) => max.max(1),
                None => repetition.min.max(1),
            };
            let copies = usize::try_from(copies).unwrap_or(usize::MAX);
            program_size(&repetition.sub)
                .saturating_mul(copies)
                .saturating_add(1)
        }
        HirKind::Capture(capture) => program_size(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) => sum(parts),
        HirKind::Alternation(parts) => sum(parts).saturating_add(parts.len() - 1),
    }
}

fn sum(parts: &[Hir]) -> usize {
    parts
        .iter()
        .map(program_size)
        .fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(pattern: &str) -> Result<Pattern, PatternError> {
        Pattern::compile(pattern, PROGRAM_SIZE_MAX)
    }

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern).expect("a valid pattern").matches(text)
    }

    #[test]
    fn a_pattern_matches_whole_texts_only() {
        assert!(matches("rack-[0-9]+", "rack-12"));
        assert!(!matches("rack-[0-9]+", "rack-12a"));
        assert!(
            matches("a|ab", "ab"),
            "alternatives are tried for the whole text"
        );
        assert!(!matches("a|b", "ab"));
        assert!(matches("", ""));
        assert!(matches(r"\d{2}", "42"));
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "(", "[", "*"] {
            let refused = compile(pattern);
            assert!(
                matches!(refused, Err(PatternError::Syntax { .. })),
                "{pattern}"
            );
        }
    }

    #[test]
    fn complex_patterns_are_refused() {
        for pattern in ["a{101}", "((((a{9}){9}){9}){9})", &"a".repeat(101)] {
            let refused = compile(pattern);
            assert!(
                matches!(refused, Err(PatternError::TooComplex { .. })),
                "{pattern}"
            );
        }
        let refused = compile(&"a".repeat(5000));
        assert_eq!(refused, Err(PatternError::TooLong(5000)));
        assert!(compile(&"a".repeat(90)).is_ok());
    }
}
