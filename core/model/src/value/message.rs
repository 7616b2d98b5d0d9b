//! Values as messages. Compat: RES-11..RES-14.

use super::{Parsed, Range, Ranges, Scalar, Set, Value};
use mesos_proto::mesos as pb;
use pb::value::Type;

impl Value {
    pub fn to_proto(&self) -> pb::Value {
        match self {
            Value::Scalar(scalar) => scalar_message(*scalar),
            Value::Ranges(ranges) => ranges_message(ranges),
            Value::Set(set) => set_message(set),
        }
    }
}

impl Parsed {
    pub fn to_proto(&self) -> pb::Value {
        match self {
            Parsed::Scalar(scalar) => scalar_message(*scalar),
            Parsed::Ranges(ranges) => ranges_message(ranges),
            Parsed::Set(set) => set_message(set),
            Parsed::Text(text) => pb::Value {
                r#type: Type::Text as i32,
                text: Some(pb::value::Text {
                    value: text.clone(),
                }),
                ..pb::Value::default()
            },
        }
    }
}

fn scalar_message(scalar: Scalar) -> pb::Value {
    pb::Value {
        r#type: Type::Scalar as i32,
        scalar: Some(pb::value::Scalar {
            value: scalar.raw(),
        }),
        ..pb::Value::default()
    }
}

fn ranges_message(ranges: &Ranges) -> pb::Value {
    pb::Value {
        r#type: Type::Ranges as i32,
        ranges: Some(ranges.to_proto()),
        ..pb::Value::default()
    }
}

fn set_message(set: &Set) -> pb::Value {
    pb::Value {
        r#type: Type::Set as i32,
        set: Some(pb::value::Set {
            item: set.iter().map(str::to_owned).collect(),
        }),
        ..pb::Value::default()
    }
}

/// The text of a value message; an absent part prints as an empty one.
pub fn format_message(value: &pb::Value) -> String {
    match value.r#type() {
        Type::Scalar => Scalar::new(value.scalar.as_ref().map_or(0.0, |s| s.value)).to_string(),
        Type::Ranges => {
            let list = value.ranges.iter().flat_map(|ranges| &ranges.range);
            Ranges::new(list.map(Range::from)).to_string()
        }
        Type::Set => {
            let items = value.set.iter().flat_map(|set| &set.item);
            Set::new(items.map(String::as_str)).to_string()
        }
        Type::Text => value
            .text
            .as_ref()
            .map_or_else(String::new, |text| text.value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse;

    #[test]
    fn a_parsed_value_survives_its_message() {
        for (given, printed) in [
            ("1.5", "1.5"),
            ("[5-7, 1-2]", "[1-2, 5-7]"),
            ("{b, a}", "{b, a}"),
            ("rack-1", "rack-1"),
        ] {
            let message = parse(given).unwrap().to_proto();
            assert_eq!(format_message(&message), printed);
        }
    }
}
