//! Which hosts there are: names, addresses and what they see.

use std::path::PathBuf;

/// The network of the documents' test bed; the bridge itself has the first address.
pub const NETWORK: &str = "192.168.100";
/// The last byte of the first host's address.
const FIRST: usize = 11;
/// A second network on the same bridge, for texts that name its addresses.
pub const SECOND_NETWORK: &str = "192.168.1";
/// The last byte of the first host's address there.
const SECOND_FIRST: usize = 10;

/// One host to be.
#[derive(Clone, Debug)]
pub struct HostPlan {
    pub name: String,
    pub address: String,
    /// Further addresses of its one interface, with a name each.
    pub others: Vec<(String, String)>,
    /// Further names of `address`.
    pub aliases: Vec<String>,
}

/// All hosts of a stand.
#[derive(Clone, Debug)]
pub struct Plan {
    pub hosts: Vec<HostPlan>,
    /// A folder that is laid over the machine's root; nothing is written to it.
    pub layer: Option<PathBuf>,
    /// Folders of the machine and where the hosts see them, writable.
    pub shares: Vec<(PathBuf, String)>,
}

impl Plan {
    /// `mesos1` … `mesosN` at 192.168.100.11 and up, with the names that the documents use.
    pub fn of(count: usize) -> Self {
        let hosts = (0..count).map(host).collect();
        Self {
            hosts,
            layer: None,
            shares: Vec::new(),
        }
    }
}

fn host(index: usize) -> HostPlan {
    let aliases: &[String] = &match index {
        0 => ["mesos-master", "master", "master.foobar.org"]
            .map(str::to_owned)
            .to_vec(),
        _ => vec![format!("mesos-slave{index}"), format!("slave{index}")],
    };
    HostPlan {
        name: format!("mesos{}", index + 1),
        address: format!("{NETWORK}.{}", FIRST + index),
        others: vec![(
            format!("{SECOND_NETWORK}.{}", SECOND_FIRST + index),
            format!("machine-{}", letter(index)),
        )],
        aliases: aliases.to_vec(),
    }
}

fn letter(index: usize) -> char {
    ('a'..='z').nth(index).unwrap_or('z')
}

/// `/etc/hosts` of every host.
pub fn hosts_file(plan: &Plan) -> String {
    let mut text = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n".to_owned();
    for host in &plan.hosts {
        let names = host.aliases.join(" ");
        text.push_str(&format!("{} {} {names}\n", host.address, host.name));
        for (address, name) in &host.others {
            text.push_str(&format!("{address} {name}\n"));
        }
    }
    text
}
