//! A `SlaveInfo` in protobuf's text form, as operators see it in the recovery error.

use std::fmt::Write;

use mesos_proto::mesos::value::Type;
use mesos_proto::mesos::{Attribute, Resource, SlaveInfo, value};

struct Printer {
    text: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        let mut text = String::new();
        let _ = write!(text, "{name}: {value}");
        self.line(&text);
    }

    fn quoted(&mut self, name: &str, value: &str) {
        self.field(name, format_args!("\"{}\"", value.escape_default()));
    }

    fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.line(&format!("{name} {{"));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line("}");
    }

    fn ranges(&mut self, ranges: &value::Ranges) {
        self.group("ranges", |p| {
            for range in &ranges.range {
                p.group("range", |p| {
                    p.field("begin", range.begin);
                    p.field("end", range.end);
                });
            }
        });
    }
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Scalar => "SCALAR",
        Type::Ranges => "RANGES",
        Type::Set => "SET",
        Type::Text => "TEXT",
    }
}

pub fn slave_info(info: &SlaveInfo) -> String {
    let mut printer = Printer {
        text: String::new(),
        depth: 0,
    };
    let p = &mut printer;
    p.quoted("hostname", &info.hostname);
    for item in &info.resources {
        p.group("resources", |p| resource(p, item));
    }
    for item in &info.attributes {
        p.group("attributes", |p| attribute(p, item));
    }
    if let Some(id) = &info.id {
        p.group("id", |p| p.quoted("value", &id.value));
    }
    if let Some(checkpoint) = info.checkpoint {
        p.field("checkpoint", checkpoint);
    }
    if let Some(port) = info.port {
        p.field("port", port);
    }
    if let Some(fault) = info
        .domain
        .as_ref()
        .and_then(|domain| domain.fault_domain.as_ref())
    {
        p.group("domain", |p| {
            p.group("fault_domain", |p| {
                p.group("region", |p| p.quoted("name", &fault.region.name));
                p.group("zone", |p| p.quoted("name", &fault.zone.name));
            });
        });
    }
    printer.text
}

fn resource(p: &mut Printer, resource: &Resource) {
    p.quoted("name", &resource.name);
    p.field("type", type_name(resource.r#type()));
    if let Some(scalar) = &resource.scalar {
        p.group("scalar", |p| p.field("value", scalar.value));
    }
    if let Some(ranges) = &resource.ranges {
        p.ranges(ranges);
    }
    if let Some(set) = &resource.set {
        p.group("set", |p| {
            set.item.iter().for_each(|item| p.quoted("item", item))
        });
    }
    for reservation in &resource.reservations {
        p.group("reservations", |p| {
            p.quoted("role", reservation.role());
            p.field("type", reservation.r#type().as_str_name());
        });
    }
}

fn attribute(p: &mut Printer, attribute: &Attribute) {
    p.quoted("name", &attribute.name);
    p.field("type", type_name(attribute.r#type()));
    if let Some(scalar) = &attribute.scalar {
        p.group("scalar", |p| p.field("value", scalar.value));
    }
    if let Some(ranges) = &attribute.ranges {
        p.ranges(ranges);
    }
    if let Some(text) = &attribute.text {
        p.group("text", |p| p.quoted("value", &text.value));
    }
}
