//! Agent attributes. Compat: RES-58, RES-59.

use crate::value::{self, Parsed, Range, Ranges, Scalar, Set, ValueError};
use mesos_proto::mesos as pb;
use pb::value::Type;
use thiserror::Error;

/// Why a text is no attribute list; the agent refuses to start.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AttributeError {
    #[error("Invalid attribute key:value pair '{0}'")]
    Pair(String),
    #[error("Failed to parse attribute {name} text {text} error {error}")]
    Value {
        name: String,
        text: String,
        error: ValueError,
    },
    #[error("Bad type for attribute {name} text {text} type 2")]
    Set { name: String, text: String },
}

/// Reads `name:value` entries separated by `;` or newlines.
pub fn parse(text: &str) -> Result<Vec<pb::Attribute>, AttributeError> {
    let entries = text.split([';', '\n']).filter(|entry| !entry.is_empty());
    entries.map(parse_entry).collect()
}

fn parse_entry(entry: &str) -> Result<pb::Attribute, AttributeError> {
    let pair = entry
        .split_once(':')
        .filter(|(name, text)| !name.is_empty() && !text.is_empty());
    let Some((name, text)) = pair else {
        return Err(AttributeError::Pair(entry.to_owned()));
    };
    let (name, text) = (name.to_owned(), text.to_owned());
    let mut attribute = pb::Attribute {
        name: name.clone(),
        ..pb::Attribute::default()
    };
    match value::parse(&text) {
        Ok(Parsed::Scalar(scalar)) => {
            attribute.r#type = Type::Scalar as i32;
            attribute.scalar = Some(pb::value::Scalar {
                value: scalar.raw(),
            });
        }
        Ok(Parsed::Ranges(ranges)) => {
            attribute.r#type = Type::Ranges as i32;
            attribute.ranges = Some(ranges.to_proto());
        }
        Ok(Parsed::Text(value)) => {
            attribute.r#type = Type::Text as i32;
            attribute.text = Some(pb::value::Text { value });
        }
        Ok(Parsed::Set(_)) => return Err(AttributeError::Set { name, text }),
        Err(error) => return Err(AttributeError::Value { name, text, error }),
    }
    Ok(attribute)
}

/// Same length, and each attribute of either list found in the other.
pub fn equal(left: &[pb::Attribute], right: &[pb::Attribute]) -> bool {
    let found = |attribute, list: &[_]| list.iter().any(|other| same(attribute, other));
    left.len() == right.len()
        && left.iter().all(|attribute| found(attribute, right))
        && right.iter().all(|attribute| found(attribute, left))
}

fn same(left: &pb::Attribute, right: &pb::Attribute) -> bool {
    left.name == right.name
        && left.r#type == right.r#type
        && format_value(left) == format_value(right)
}

/// The value in the form JSON views print it.
pub fn format_value(attribute: &pb::Attribute) -> String {
    match attribute.r#type() {
        Type::Scalar => Scalar::new(attribute.scalar.as_ref().map_or(0.0, |s| s.value)).to_string(),
        Type::Ranges => {
            let list = attribute.ranges.iter().flat_map(|ranges| &ranges.range);
            Ranges::new(list.map(Range::from)).coalesced().to_string()
        }
        Type::Set => {
            let items = attribute.set.iter().flat_map(|set| &set.item);
            Set::new(items.map(String::as_str)).to_string()
        }
        Type::Text => attribute
            .text
            .as_ref()
            .map_or_else(String::new, |text| text.value.clone()),
    }
}

impl From<&pb::value::Range> for Range {
    fn from(range: &pb::value::Range) -> Self {
        Range {
            begin: range.begin,
            end: range.end,
        }
    }
}

impl Ranges {
    pub fn to_proto(&self) -> pb::value::Ranges {
        let list = self.as_slice().iter();
        let range = list
            .map(|r| pb::value::Range {
                begin: r.begin,
                end: r.end,
            })
            .collect();
        pb::value::Ranges { range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_splits_at_its_first_colon_only() {
        let list = parse("rack:r1;url:http://x:80;n:4;p:[1-2]\nzone:z").unwrap();
        let values: Vec<String> = list.iter().map(format_value).collect();
        assert_eq!(values, ["r1", "http://x:80", "4", "[1-2]", "z"]);
    }

    #[test]
    fn malformed_attributes_give_the_recorded_texts() {
        let text = |input| parse(input).unwrap_err().to_string();
        assert_eq!(text("foo"), "Invalid attribute key:value pair 'foo'");
        assert_eq!(
            text("set:{a,b}"),
            "Bad type for attribute set text {a,b} type 2"
        );
    }

    #[test]
    fn the_order_of_attributes_does_not_matter() {
        let (a, b) = (parse("a:1;b:2").unwrap(), parse("b:2.0;a:1").unwrap());
        assert!(equal(&a, &b));
        assert!(!equal(&a, &parse("a:1").unwrap()));
    }
}
