//! What commands print: text, lists in one of four forms, JSON and YAML.
//!
//! Compat: operations §3.3 (tables), §3.7 (`-o`, colour off when not a terminal).

pub mod table;
pub mod yaml;

use crate::failure::Failure;
use serde_json::{Map, Value};
use std::io::{self, IsTerminal as _, Write as _};
use table::Table;

/// The form that `-o` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Table,
    /// More columns, never cut.
    Wide,
    Json,
    Yaml,
}

impl Form {
    pub const NAMES: [&'static str; 4] = ["table", "wide", "json", "yaml"];

    /// For programs to read.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }

    pub fn parse(text: &str) -> Result<Self, Failure> {
        match text {
            "table" => Ok(Self::Table),
            "wide" => Ok(Self::Wide),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            _ => Err(Failure::error(format!(
                "'{text}' is not an output form; there are {}",
                Self::NAMES.join(", ")
            ))),
        }
    }
}

/// Colours that mark something on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Red,
    Green,
    Yellow,
    Bold,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Bold => "1",
        }
    }
}

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub form: Form,
    /// Columns of the terminal; `None` when the output is no terminal.
    pub width: Option<usize>,
    pub colour: bool,
}

impl Out {
    /// The standard output of this process.
    pub fn of_this_process(form: Form) -> Self {
        let terminal = io::stdout().is_terminal();
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        let plain = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            form,
            width: (terminal && columns > 0).then_some(columns),
            colour: terminal && !dumb && !plain("NO_COLOR"),
        }
    }

    /// The text in that colour, on terminals that have some.
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        format!("\x1b[{}m{text}\x1b[0m", colour.code())
    }

    /// A line.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Text as it is.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Bytes as they are, written at once.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        Ok(())
    }

    /// One object: JSON unless YAML is asked for.
    pub fn object(&self, value: &Value) -> Result<(), Failure> {
        match self.form {
            Form::Yaml => self.text(&yaml::written(value)),
            _ => self.line(&indented(value)),
        }
    }

    /// A list in the form that is asked for.
    pub fn listing(&self, listing: &Listing) -> Result<(), Failure> {
        match self.form {
            Form::Json => self.line(&indented(&listing.objects())),
            Form::Yaml => self.text(&yaml::written(&listing.objects())),
            _ if listing.rows.is_empty() && !listing.when_empty.is_empty() => {
                self.line(listing.when_empty)
            }
            form => {
                let wide = form == Form::Wide;
                let width = self.width.filter(|_| !wide);
                let table = listing.table(wide);
                if listing.centred {
                    return self.line(&table.centred(width));
                }
                self.line(&table.fitted(width))
            }
        }
    }
}

/// JSON with four spaces, as the new CLI prints it.
pub fn indented(value: &Value) -> String {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut text, format);
    match serde::Serialize::serialize(value, &mut writer) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        // A value in memory always has a text.
        Err(error) => error.to_string(),
    }
}

/// One column of a [`Listing`].
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    /// The key in JSON and YAML.
    pub key: &'static str,
    /// Shown by `-o wide` only.
    pub wide: bool,
}

impl Column {
    pub const fn new(title: &'static str, key: &'static str) -> Self {
        Self {
            title,
            key,
            wide: false,
        }
    }

    /// A column that only `-o wide` shows.
    pub const fn wide(title: &'static str, key: &'static str) -> Self {
        Self {
            title,
            key,
            wide: true,
        }
    }
}

/// Rows of values below columns.
#[derive(Clone, Debug)]
pub struct Listing {
    columns: &'static [Column],
    rows: Vec<Vec<Value>>,
    when_empty: &'static str,
    centred: bool,
}

impl Listing {
    /// `when_empty` is said instead of a table without rows, unless it is empty itself.
    pub fn new(columns: &'static [Column], when_empty: &'static str) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            when_empty,
            centred: false,
        }
    }

    /// As `mesos.cli` prints its tables.
    #[must_use]
    pub fn centred(mut self) -> Self {
        self.centred = true;
        self
    }

    /// One value for each column.
    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        let mut row: Vec<Value> = row.into_iter().collect();
        row.resize(self.columns.len(), Value::Null);
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn objects(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let pairs = self.columns.iter().zip(row);
            let pairs = pairs.map(|(column, value)| (column.key.to_owned(), value.clone()));
            Value::Object(pairs.collect::<Map<String, Value>>())
        };
        self.rows.iter().map(object).collect()
    }

    fn table(&self, wide: bool) -> Table {
        let shown = |column: &Column| wide || !column.wide;
        let titles = self.columns.iter().filter(|column| shown(column));
        let mut table = Table::new(titles.map(|column| column.title.to_owned()));
        for row in &self.rows {
            let cells = self.columns.iter().zip(row);
            let cells = cells.filter(|(column, _)| shown(column));
            table.push(cells.map(|(_, value)| cell(value)));
        }
        table
    }
}

/// A value in a table: truth values as the new CLI shows them.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(cell).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::new("ID", "id"),
        Column::new("Active", "active"),
        Column::wide("Roles", "roles"),
    ];

    fn listing() -> Listing {
        let mut listing = Listing::new(COLUMNS, "");
        listing.push([json!("a-1"), json!(true), json!(["x", "y"])]);
        listing.push([json!("b"), json!(false)]);
        listing
    }

    #[test]
    fn a_list_is_a_table_of_the_new_cli() {
        let text = listing().table(false).fitted(None);
        assert_eq!(text, "ID   Active  \na-1  True    \nb    False   ");
        let text = listing().table(true).fitted(None);
        assert_eq!(
            text,
            "ID   Active  Roles  \na-1  True    x,y    \nb    False   -      "
        );
    }

    #[test]
    fn json_has_every_column_with_its_type() {
        let expected = json!([
            {"id": "a-1", "active": true, "roles": ["x", "y"]},
            {"id": "b", "active": false, "roles": null}
        ]);
        assert_eq!(listing().objects(), expected);
        assert_eq!(
            indented(&json!({"a": [1]})),
            "{\n    \"a\": [\n        1\n    ]\n}"
        );
    }
}
