//! The nearest known word to one that is not known.

/// Longer words are nobody's mistyped command.
const MAX_LETTERS: usize = 64;

/// The known word with the fewest changes, when there are few enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    if word.is_empty() || word.chars().count() > MAX_LETTERS {
        return None;
    }
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|other| (changes(&word, other), other))
        .filter(|(count, _)| *count <= allowed)
        .min_by_key(|(count, _)| *count)
        .map(|(_, other)| other)
}

/// Letters to insert, remove, replace or swap with their neighbour.
fn changes(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let width = other.len() + 1;
    let mut rows = vec![(0..width).collect::<Vec<usize>>()];
    for row in 1..=one.len() {
        let mut line = vec![row; width];
        for column in 1..width {
            let same = one[row - 1] == other[column - 1];
            let mut best = (rows[row - 1][column] + 1)
                .min(line[column - 1] + 1)
                .min(rows[row - 1][column - 1] + usize::from(!same));
            let swapped = row > 1
                && column > 1
                && one[row - 1] == other[column - 2]
                && one[row - 2] == other[column - 1];
            if swapped {
                best = best.min(rows[row - 2][column - 2] + 1);
            }
            line[column] = best;
        }
        rows.push(line);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_fingers_is_understood() {
        let known = ["agent", "frameworks", "tail", "task", "ps"];
        assert_eq!(nearest("agnet", known), Some("agent"));
        assert_eq!(nearest("framworks", known), Some("frameworks"));
        assert_eq!(nearest("tial", known), Some("tail"));
        assert_eq!(nearest("pss", known), Some("ps"));
        assert_eq!(nearest("deploy", known), None);
        assert_eq!(nearest(&"x".repeat(1000), known), None);
    }
}
