//! Finding what somebody typed into a search field.

/// A text to be found in others, whatever the case of its ASCII letters.
pub(super) struct Needle {
    text: Vec<u8>,
    lower: u8,
    upper: u8,
}

impl Needle {
    /// None for a text of blanks.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let first = *text.first()?;
        Some(Self {
            text: text.to_vec(),
            lower: first.to_ascii_lowercase(),
            upper: first.to_ascii_uppercase(),
        })
    }

    pub(super) fn is_in(&self, hay: &str) -> bool {
        let hay = hay.as_bytes();
        let Some(last) = hay.len().checked_sub(self.text.len()) else {
            return false;
        };
        memchr::memchr2_iter(self.lower, self.upper, &hay[..=last])
            .any(|at| hay[at..at + self.text.len()].eq_ignore_ascii_case(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_blanks_around_are_ignored() {
        let needle = Needle::of(" Web-1 ").expect("a text");
        assert!(needle.is_in("web-12") && needle.is_in("a WEB-1"));
        assert!(!needle.is_in("web-2") && !needle.is_in("web-") && !needle.is_in(""));
        assert!(Needle::of("  ").is_none());
        let umlaut = Needle::of("ß1").expect("a text");
        assert!(umlaut.is_in("groß1") && !umlaut.is_in("gros1"));
    }
}
