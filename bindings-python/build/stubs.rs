//! Type stubs (`.pyi`) of one `.proto` file.
//!
//! Enum values are plain integers, as in the classes themselves.

use std::collections::HashMap;
use std::fmt::Write as _;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
};

const HEAD: &str = "from typing import Any, Iterable, List, Mapping, MutableMapping, Optional\n\n\
    from google.protobuf.descriptor import FileDescriptor\n\
    from google.protobuf.internal.containers import (\n    \
    RepeatedCompositeFieldContainer,\n    \
    RepeatedScalarFieldContainer,\n)\n\
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper\n\
    from google.protobuf.message import Message\n";

/// Messages by full name, with the module that has them.
struct Names<'a> {
    modules: HashMap<String, &'a str>,
    maps: HashMap<String, &'a DescriptorProto>,
}

impl<'a> Names<'a> {
    fn new(set: &'a FileDescriptorSet, modules: &[(&'a str, &'a str)]) -> Self {
        let mut names = Self {
            modules: HashMap::new(),
            maps: HashMap::new(),
        };
        for file in &set.file {
            let module = modules.iter().find(|(_, name)| *name == file.name());
            let module = module.map_or("", |(module, _)| *module);
            for message in &file.message_type {
                names.add(module, &format!(".{}", file.package()), message);
            }
        }
        names
    }

    fn add(&mut self, module: &'a str, scope: &str, message: &'a DescriptorProto) {
        let name = format!("{scope}.{}", message.name());
        for nested in &message.nested_type {
            self.add(module, &name, nested);
        }
        if is_map(message) {
            self.maps.insert(name, message);
        } else {
            // Inside the module, a message goes by its name without the package.
            self.modules.insert(name, module);
        }
    }

    /// How a stub refers to the message; classes of the runtime and of files without a module are `Any`.
    fn python(&self, full_name: &str, packages: &HashMap<&str, &str>) -> String {
        match self.modules.get(full_name) {
            Some(module) if !module.is_empty() => {
                let package = format!(".{}.", packages[module]);
                let inner = full_name.strip_prefix(&package).unwrap_or(full_name);
                format!("{}.{inner}", alias(module))
            }
            _ => "Any".to_owned(),
        }
    }
}

fn is_map(message: &DescriptorProto) -> bool {
    let options = message.options.as_ref();
    options.is_some_and(prost_types::MessageOptions::map_entry)
}

/// The name under which a stub imports a module: one that no field has.
fn alias(module: &str) -> String {
    format!("_{}", module.replace('.', "_"))
}

struct Stub<'a> {
    names: Names<'a>,
    packages: HashMap<&'a str, &'a str>,
    text: String,
}

/// The stub of one file.
pub fn stub(
    set: &FileDescriptorSet,
    modules: &[(&str, &str)],
    file: &FileDescriptorProto,
) -> String {
    let mut packages = HashMap::new();
    for (module, name) in modules {
        if let Some(file) = set.file.iter().find(|file| file.name() == *name) {
            packages.insert(*module, file.package());
        }
    }
    let mut stub = Stub {
        names: Names::new(set, modules),
        packages,
        text: HEAD.to_owned(),
    };
    for (module, _) in modules {
        let (package, name) = module.rsplit_once('.').unwrap_or(("", module));
        let _ = writeln!(
            stub.text,
            "from {package} import {name} as {}",
            alias(module)
        );
    }
    stub.text.push_str("\nDESCRIPTOR: FileDescriptor\n");
    for found in &file.enum_type {
        stub.enumeration(found, 0);
    }
    for message in &file.message_type {
        stub.message(message, 0);
    }
    stub.text
}

impl Stub<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 4);
    }

    fn enumeration(&mut self, found: &EnumDescriptorProto, depth: usize) {
        self.line(depth, &format!("{}: EnumTypeWrapper", found.name()));
        for value in &found.value {
            self.line(depth, &format!("{}: int", value.name()));
        }
    }

    fn message(&mut self, message: &DescriptorProto, depth: usize) {
        self.text.push('\n');
        self.line(depth, &format!("class {}(Message):", message.name()));
        let inner = depth + 1;
        for found in &message.enum_type {
            self.enumeration(found, inner);
        }
        for nested in message.nested_type.iter().filter(|nested| !is_map(nested)) {
            self.message(nested, inner);
        }
        for field in &message.field {
            let number = field.name().to_uppercase() + "_FIELD_NUMBER";
            self.line(inner, &format!("{number}: int"));
        }
        for field in &message.field {
            let (read, _) = self.types(field);
            let is_plain = field.label() != Label::Repeated && field.r#type() != Type::Message;
            if is_plain {
                self.line(inner, &format!("{}: {read}", field.name()));
            } else {
                self.line(inner, "@property");
                self.line(inner, &format!("def {}(self) -> {read}: ...", field.name()));
            }
        }
        let arguments: Vec<String> = message
            .field
            .iter()
            .map(|field| {
                format!(
                    ", {}: Optional[{}] = ...",
                    field.name(),
                    self.types(field).1
                )
            })
            .collect();
        let star = if arguments.is_empty() { "" } else { ", *" };
        let all = arguments.concat();
        self.line(
            inner,
            &format!("def __init__(self{star}{all}) -> None: ..."),
        );
    }

    /// What the field reads as, and what the constructor takes.
    fn types(&self, field: &FieldDescriptorProto) -> (String, String) {
        if let Some(map) = self.names.maps.get(field.type_name()) {
            let both: Vec<String> = map.field.iter().map(|part| self.single(part)).collect();
            let both = both.join(", ");
            return (
                format!("MutableMapping[{both}]"),
                format!("Mapping[{both}]"),
            );
        }
        let single = self.single(field);
        if field.label() != Label::Repeated {
            return (single.clone(), single);
        }
        let container = match field.r#type() {
            Type::Message => "RepeatedCompositeFieldContainer",
            _ => "RepeatedScalarFieldContainer",
        };
        (
            format!("{container}[{single}]"),
            format!("Iterable[{single}]"),
        )
    }

    fn single(&self, field: &FieldDescriptorProto) -> String {
        match field.r#type() {
            Type::Double | Type::Float => "float".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::String => "str".to_owned(),
            Type::Bytes => "bytes".to_owned(),
            Type::Message | Type::Group => self.names.python(field.type_name(), &self.packages),
            _ => "int".to_owned(),
        }
    }
}
