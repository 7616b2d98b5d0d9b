//! The descriptors must equal the tables in `tests/proto-facts`, fact by fact.
//!
//! One row is one fact: a file, a message, a field, an enum value, a service method.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
};

/// Rows by key; a row is its column values by name.
type Table = BTreeMap<String, BTreeMap<String, String>>;

/// Columns that matter neither on the wire nor to a client.
const IGNORED: [&str; 3] = ["imports", "go_package", "other_options"];

const FIELDS: &str = include_str!("../proto-facts/fields.tsv");

fn rows(text: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = text.lines().skip(1).filter(|l| !l.starts_with("google/"));
    lines.map(|line| line.split('\t').map(str::to_owned).collect())
}

fn table(head: &[&str], keys: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    for mut values in rows {
        values.resize(head.len(), String::new());
        let mut row: BTreeMap<String, String> =
            head.iter().map(|&h| h.to_owned()).zip(values).collect();
        let key: Vec<String> = keys.iter().map(|&k| row[k].clone()).collect();
        row.retain(|name, _| !keys.contains(&name.as_str()) && !IGNORED.contains(&name.as_str()));
        table.insert(key.join("."), row);
    }
    table
}

#[derive(Default)]
struct Ours {
    files: Vec<Vec<String>>,
    messages: Vec<Vec<String>>,
    fields: Vec<Vec<String>>,
    enums: Vec<Vec<String>>,
    services: Vec<Vec<String>>,
}

fn flag(set: bool, text: &str) -> String {
    if set { text.to_owned() } else { String::new() }
}

fn label(field: &FieldDescriptorProto) -> String {
    field
        .label()
        .as_str_name()
        .trim_start_matches("LABEL_")
        .to_lowercase()
}

fn type_name(field: &FieldDescriptorProto) -> String {
    field
        .r#type()
        .as_str_name()
        .trim_start_matches("TYPE_")
        .to_lowercase()
}

fn undotted(name: &str) -> String {
    name.trim_start_matches('.').to_owned()
}

impl Ours {
    fn collect() -> Self {
        let set = FileDescriptorSet::decode(mesos_proto::DESCRIPTORS).expect("a descriptor set");
        let mut ours = Self::default();
        for file in set.file.iter().filter(|f| !f.name().starts_with("google/")) {
            ours.file(file);
        }
        ours
    }

    fn file(&mut self, file: &FileDescriptorProto) {
        let options = file.options.clone().unwrap_or_default();
        let syntax = if file.syntax().is_empty() {
            "proto2"
        } else {
            file.syntax()
        };
        self.files.push(vec![
            file.name().into(),
            syntax.into(),
            file.package().into(),
            String::new(),
            options.java_package().into(),
            options.java_outer_classname().into(),
            String::new(),
            file.message_type.len().to_string(),
            file.enum_type.len().to_string(),
            file.service.len().to_string(),
        ]);
        for e in &file.enum_type {
            self.enumeration(file, &[], e);
        }
        for message in &file.message_type {
            self.message(file, &[], message);
        }
        for x in &file.extension {
            self.fields.push(vec![
                file.name().into(),
                file.package().into(),
                format!("[extend {}]", undotted(x.extendee())),
                x.number().to_string(),
                label(x),
                type_name(x),
                undotted(x.type_name()),
                x.name().into(),
            ]);
        }
        for service in &file.service {
            for method in &service.method {
                self.services.push(vec![
                    file.name().into(),
                    file.package().into(),
                    service.name().into(),
                    method.name().into(),
                    undotted(method.input_type()),
                    undotted(method.output_type()),
                    flag(method.client_streaming(), "client_streaming"),
                    flag(method.server_streaming(), "server_streaming"),
                ]);
            }
        }
    }

    fn enumeration(&mut self, file: &FileDescriptorProto, path: &[&str], e: &EnumDescriptorProto) {
        let mut seen = Vec::new();
        for value in &e.value {
            let alias = seen.contains(&value.number());
            seen.push(value.number());
            let deprecated = value.options.as_ref().is_some_and(|o| o.deprecated());
            self.enums.push(vec![
                file.name().into(),
                file.package().into(),
                [path, &[e.name()]].concat().join("."),
                value.number().to_string(),
                value.name().into(),
                flag(deprecated, "deprecated"),
                flag(alias, "alias"),
            ]);
        }
    }

    fn message(&mut self, file: &FileDescriptorProto, path: &[&str], message: &DescriptorProto) {
        let path = [path, &[message.name()]].concat();
        let options = message.options.clone().unwrap_or_default();
        let required = message
            .field
            .iter()
            .filter(|f| f.label() == Label::Required)
            .count();
        let oneofs: Vec<&str> = message.oneof_decl.iter().map(|o| o.name()).collect();
        let range = |start: i32, end: i32| format!("{start}-{}", end - 1);
        let reserved: Vec<String> = message
            .reserved_range
            .iter()
            .map(|r| range(r.start(), r.end()))
            .collect();
        let extensions: Vec<String> = message
            .extension_range
            .iter()
            .map(|r| range(r.start(), r.end()))
            .collect();
        self.messages.push(vec![
            file.name().into(),
            file.package().into(),
            path.join("."),
            message.field.len().to_string(),
            required.to_string(),
            oneofs.join(","),
            flag(options.map_entry(), "map_entry"),
            reserved.join(","),
            message.reserved_name.join(","),
            extensions.join(","),
            flag(options.deprecated(), "deprecated"),
        ]);
        for field in &message.field {
            self.field(file, &path, &oneofs, field);
        }
        for e in &message.enum_type {
            self.enumeration(file, &path, e);
        }
        for nested in &message.nested_type {
            self.message(file, &path, nested);
        }
    }

    fn field(
        &mut self,
        file: &FileDescriptorProto,
        path: &[&str],
        oneofs: &[&str],
        field: &FieldDescriptorProto,
    ) {
        let options = field.options.clone().unwrap_or_default();
        let default = match field.default_value.as_deref() {
            Some("") => "\"\"",
            Some(text) => text,
            None => "",
        };
        let oneof = field.oneof_index.map_or("", |at| oneofs[at as usize]);
        let scalar = !matches!(
            field.r#type(),
            Type::String | Type::Bytes | Type::Message | Type::Group
        );
        let packed = match (field.label() == Label::Repeated && scalar, options.packed) {
            (false, _) => "",
            (true, Some(true)) => "packed",
            (true, Some(false)) => "unpacked",
            (true, None) if file.syntax() == "proto3" => "packed(proto3 default)",
            (true, None) => "unpacked(proto2 default)",
        };
        self.fields.push(vec![
            file.name().into(),
            file.package().into(),
            path.join("."),
            field.number().to_string(),
            label(field),
            type_name(field),
            undotted(field.type_name()),
            field.name().into(),
            default.into(),
            oneof.into(),
            flag(options.deprecated(), "deprecated"),
            packed.into(),
        ]);
    }
}

/// Compares one table; returns the number of facts and the differences.
fn compare(text: &str, keys: &[&str], ours: Vec<Vec<String>>) -> (usize, Vec<String>) {
    let head: Vec<&str> = text.lines().next().expect("a header").split('\t').collect();
    let want = table(&head, keys, rows(text));
    let have = table(&head, keys, ours.into_iter());
    let mut differences = Vec::new();
    for (key, row) in &want {
        if have.get(key) != Some(row) {
            differences.push(format!("{key}: ours {:?}, wanted {row:?}", have.get(key)));
        }
    }
    for key in have.keys().filter(|k| !want.contains_key(*k)) {
        differences.push(format!("{key}: not wanted"));
    }
    (want.len(), differences)
}

#[test]
fn descriptors_equal_the_recorded_facts() {
    let ours = Ours::collect();
    let files = include_str!("../proto-facts/files.tsv");
    let messages = include_str!("../proto-facts/messages.tsv");
    let enums = include_str!("../proto-facts/enums.tsv");
    let services = include_str!("../proto-facts/services.tsv");
    let tables = [
        compare(files, &["file"], ours.files),
        compare(messages, &["package", "message"], ours.messages),
        compare(FIELDS, &["package", "message", "number"], ours.fields),
        compare(enums, &["package", "enum", "name"], ours.enums),
        compare(services, &["package", "service", "method"], ours.services),
    ];
    let facts: usize = tables.iter().map(|(count, _)| count).sum();
    let differences: Vec<String> = tables.into_iter().flat_map(|(_, d)| d).collect();
    let listed = differences.join("\n");
    assert!(
        differences.is_empty(),
        "{} of {facts} facts differ:\n{listed}",
        differences.len()
    );
    assert_eq!(facts, 5791);
}

#[test]
fn http_11a_fields_are_declared_in_the_recorded_order() {
    let order = |rows: &mut dyn Iterator<Item = Vec<String>>| {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            found
                .entry(format!("{}.{}", row[1], row[2]))
                .or_default()
                .push(row[7].clone());
        }
        found
    };
    let want = order(&mut rows(FIELDS));
    let have = order(&mut Ours::collect().fields.into_iter());
    for (message, fields) in &want {
        assert_eq!(have.get(message), Some(fields), "{message}");
    }
}
