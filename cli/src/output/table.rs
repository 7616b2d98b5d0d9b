//! Tables without borders: cells padded to the longest of their column, and cut where the terminal
//! is too narrow.
//!
//! Compat: operations §3.3: two spaces behind the longest cell.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Behind the longest cell of a column.
const GAP: usize = 2;
/// No column is cut below this.
const MIN_WIDTH: usize = 8;

/// Cells below titles.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(titles: impl IntoIterator<Item = String>) -> Self {
        Self {
            rows: vec![titles.into_iter().collect()],
        }
    }

    /// One cell for each title. What would move the cursor is shown as a question mark.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        let clean = |cell: String| {
            if cell.chars().any(char::is_control) {
                return cell.replace(char::is_control, "?");
            }
            cell
        };
        self.rows.push(cells.into_iter().map(clean).collect());
    }

    /// The lines, no longer than `width` as far as that is possible.
    pub fn fitted(&self, width: Option<usize>) -> String {
        let mut widths = self.widths();
        if let Some(width) = width {
            shrink(&mut widths, width);
        }
        let lines: Vec<String> = self.rows.iter().map(|row| line(row, &widths)).collect();
        let cut = |line: &String| match width {
            // The gap behind the last column needs no room.
            Some(width) if line.width() > width => line.trim_end().to_owned(),
            _ => line.clone(),
        };
        lines.iter().map(cut).collect::<Vec<_>>().join("\n")
    }

    /// The lines with every cell in the middle of its column.
    ///
    /// Compat: operations §3.6: what `mesos.cli` prints.
    pub fn centred(&self, width: Option<usize>) -> String {
        let mut widths = self.widths();
        if let Some(width) = width {
            // One space on either side of the line.
            shrink(&mut widths, width.saturating_sub(2));
        }
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths);
            let cells: Vec<String> = cells.map(|(cell, &width)| middle(cell, width)).collect();
            format!(" {} ", cells.join("  "))
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        (0..columns).map(widest).collect()
    }
}

/// Takes from the widest columns until the line fits.
fn shrink(widths: &mut [usize], room: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
    while over > 0 {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > MIN_WIDTH) else {
            return;
        };
        *widest -= 1;
        over -= 1;
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &width) in row.iter().zip(widths) {
        let cell = shortened(cell, width);
        line.push_str(&cell);
        let padding = width.saturating_sub(cell.width()) + GAP;
        line.extend(std::iter::repeat_n(' ', padding));
    }
    line
}

/// The odd space stands behind a text of odd length and before one of even length.
fn middle(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    let length = text.width();
    let excess = width.saturating_sub(length);
    let left = if length % 2 == 1 {
        excess / 2
    } else {
        excess.div_ceil(2)
    };
    let (left, right) = (" ".repeat(left), " ".repeat(excess - left));
    format!("{left}{text}{right}")
}

/// The text, with its end replaced by dots when it is too wide.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table() -> Table {
        let mut table = Table::new(["ID", "Name"].map(str::to_owned));
        table.push(["0123456789012345", "short"].map(str::to_owned));
        table.push(["é", "a\tb\u{1b}[31m"].map(str::to_owned));
        table
    }

    #[test]
    fn cells_are_padded_and_harmless() {
        let expected = "ID                Name      \n\
                        0123456789012345  short     \n\
                        é                 a?b?[31m  ";
        assert_eq!(table().fitted(None), expected);
        assert_eq!(table().fitted(Some(100)), expected);
    }

    #[test]
    fn cells_can_stand_in_the_middle() {
        let mut table = Table::new(["TIME", "STATE", "CPU"].map(str::to_owned));
        table.push(["0:00:00", "R", "0"].map(str::to_owned));
        assert_eq!(
            table.centred(None),
            "   TIME   STATE  CPU \n 0:00:00    R     0  "
        );
    }

    #[test]
    fn the_widest_column_gives_way_to_a_narrow_terminal() {
        let text = table().fitted(Some(20));
        assert!(
            text.lines().all(|line| line.chars().count() <= 20),
            "{text}"
        );
        assert_eq!(text.lines().nth(1), Some("012345678…  short"));
    }
}
