//! Every published jar of `org.apache.mesos:mesos` that has natives of ours, with the protobuf runtime it was made for.

use crate::fetch;
use crate::shell::Outcome;
use std::path::PathBuf;

/// version, classifier (`-` for none), protobuf-java version (`-` where it is inside), SHA-256.
const TABLE: &str = include_str!("jars.tsv");

const PROTOBUF: &[(&str, &str)] = &[
    (
        "2.4.1",
        "ad9769a22989e688a46af4d3accc348cc501ced22118033230542bc916e33f0b",
    ),
    (
        "2.5.0",
        "e0c1c64575c005601725e7c6a02cebf9e1285e888f756b2a1d73ffa8d725cc74",
    ),
    (
        "2.6.1",
        "55aa554843983f431df5616112cf688d38aa17c132357afd1c109435bfdac4e6",
    ),
    (
        "3.5.0",
        "49a3c7b3781d4b7b2d15063e125824260c9b46bdb62494b63b367b661fdb2b26",
    ),
];

/// One published jar.
pub struct Jar {
    pub version: &'static str,
    pub is_shaded: bool,
    /// It and, unless that is inside, its protobuf runtime.
    pub class_path: Vec<PathBuf>,
}

impl Jar {
    pub fn name(&self) -> String {
        format!(
            "{}{}",
            self.version,
            if self.is_shaded { " shaded" } else { "" }
        )
    }

    pub fn is(&self, version: &str, is_shaded: bool) -> bool {
        self.version == version && self.is_shaded == is_shaded
    }
}

/// All of them, oldest first.
pub fn all() -> Outcome<Vec<Jar>> {
    let rows: Vec<[&str; 4]> = TABLE.lines().skip(1).filter_map(row).collect();
    let mut wanted: Vec<(String, String, &str)> = rows
        .iter()
        .map(|[version, classifier, _, sha256]| mesos(version, classifier, sha256))
        .collect();
    for (version, sha256) in PROTOBUF {
        let coordinates = format!("com.google.protobuf:protobuf-java:{version}");
        wanted.push((coordinates, format!("protobuf-java-{version}.jar"), sha256));
    }
    let mut files = fetch::maven_jars(&wanted)?;
    let protobuf = files.split_off(rows.len());
    let runtime = |wanted: &str| {
        let found = PROTOBUF.iter().position(|(version, _)| *version == wanted);
        found.map(|index| protobuf[index].clone())
    };
    let jars = rows
        .iter()
        .zip(files)
        .map(|([version, _, needed, _], file)| Jar {
            version,
            is_shaded: *needed == "-",
            class_path: std::iter::once(file).chain(runtime(needed)).collect(),
        });
    Ok(jars.collect())
}

fn row(line: &'static str) -> Option<[&'static str; 4]> {
    line.split('\t').collect::<Vec<_>>().try_into().ok()
}

fn mesos(version: &str, classifier: &str, sha256: &'static str) -> (String, String, &'static str) {
    let base = format!("org.apache.mesos:mesos:{version}");
    match classifier {
        "-" => (base, format!("mesos-{version}.jar"), sha256),
        _ => (
            format!("{base}:jar:{classifier}"),
            format!("mesos-{version}-{classifier}.jar"),
            sha256,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_protobuf_that_is_known() {
        let rows: Vec<_> = TABLE
            .lines()
            .skip(1)
            .map(|line| row(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 56);
        for [version, classifier, protobuf, sha256] in rows {
            assert_eq!(classifier == "-", protobuf != "-", "{version}");
            assert!(protobuf == "-" || PROTOBUF.iter().any(|(known, _)| *known == protobuf));
            assert_eq!(sha256.len(), 64);
        }
    }
}
