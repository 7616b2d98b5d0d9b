//! What the agent offers: `--resources`, completed by what the machine has.
//!
//! Compat: agent §3 items 1–3; rule A.11.

use std::path::Path;

use mesos_model::Resources;

const GB: u64 = 1 << 30;
const MB: u64 = 1 << 20;
const CPUS_FALLBACK: u64 = 1;
const MEM_FALLBACK: u64 = GB;
const DISK_FALLBACK: u64 = 10 * GB;
const PORTS: &str = "ports:[31000-32000]";

/// What was measured; `None` falls back to the original's guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    pub cpus: Option<u64>,
    pub mem_bytes: Option<u64>,
    pub disk_bytes: Option<u64>,
}

impl Machine {
    pub fn measure(work_dir: &Path) -> Self {
        let pages = nix::unistd::sysconf(nix::unistd::SysconfVar::_PHYS_PAGES)
            .ok()
            .flatten();
        let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
            .ok()
            .flatten();
        let cpus = nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_ONLN)
            .ok()
            .flatten();
        let unsigned = |value: i64| u64::try_from(value).ok();
        Self {
            cpus: cpus.and_then(unsigned),
            mem_bytes: pages
                .zip(page)
                .and_then(|(pages, page)| unsigned(pages)?.checked_mul(unsigned(page)?)),
            disk_bytes: nix::sys::statvfs::statvfs(work_dir)
                .ok()
                .map(|fs| fs.blocks() * fs.fragment_size()),
        }
    }
}

/// The used share of a path's file system. Blocks that only root may take are not used: where many
/// are kept back, sandboxes would go long before the disk is full.
///
/// # Errors
/// The file system does not tell.
pub fn disk_used(path: &Path) -> nix::Result<f64> {
    let fs = nix::sys::statvfs::statvfs(path)?;
    if fs.blocks() == 0 {
        return Ok(0.0);
    }
    Ok(1.0 - fs.blocks_free() as f64 / fs.blocks() as f64)
}

/// The agent's resources. A kind named in the flag, even with nothing, is not detected.
pub fn determine(
    flag: Option<&str>,
    default_role: &str,
    machine: Machine,
) -> Result<Resources, String> {
    let text = flag.unwrap_or_default();
    let mut resources = Resources::parse(text, default_role).map_err(|error| error.to_string())?;
    for (name, detected) in [
        ("cpus", cpus(machine)),
        ("mem", mem(machine)),
        ("disk", disk(machine)),
        ("ports", PORTS.to_owned()),
    ] {
        if !mentions(text, name) {
            resources +=
                Resources::parse(&detected, default_role).map_err(|error| error.to_string())?;
        }
    }
    Ok(resources)
}

/// Whether the flag names a kind at all; looks at names only.
fn mentions(text: &str, name: &str) -> bool {
    if text.trim_start().starts_with('[') {
        let parsed: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let list = parsed.as_array().cloned().unwrap_or_default();
        return list.iter().any(|entry| entry["name"] == name);
    }
    text.split(';').any(|item| {
        let before = item.split(':').next().unwrap_or_default();
        before.split('(').next().unwrap_or_default().trim() == name
    })
}

fn cpus(machine: Machine) -> String {
    format!("cpus:{}", machine.cpus.unwrap_or(CPUS_FALLBACK))
}

fn mem(machine: Machine) -> String {
    let bytes = machine.mem_bytes.map_or(MEM_FALLBACK, |total| {
        if total >= 2 * GB {
            total - GB
        } else {
            total / 2
        }
    });
    format!("mem:{}", bytes / MB)
}

fn disk(machine: Machine) -> String {
    let bytes = machine.disk_bytes.map_or(DISK_FALLBACK, |total| {
        if total >= 10 * GB {
            total - 5 * GB
        } else {
            total / 2
        }
    });
    format!("disk:{}", bytes / MB)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Machine = Machine {
        cpus: Some(8),
        mem_bytes: Some(16 * GB),
        disk_bytes: Some(100 * GB),
    };

    #[test]
    fn blocks_kept_for_root_are_not_used() {
        let answer = std::process::Command::new("stat")
            .args(["--file-system", "--format=%b %f %a", "/"])
            .output()
            .unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        let blocks: Vec<f64> = text
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        let [all, free, available] = blocks[..] else {
            panic!("stat answered {text}");
        };
        let used = disk_used(Path::new("/")).unwrap();
        let off = |share: f64| (used - share).abs();
        // Others write meanwhile, so the values are near, not equal.
        assert!(off(1.0 - free / all) < 0.02, "{used} of {text}");
        assert!(off(1.0 - free / all) <= off(1.0 - available / all));
    }

    #[test]
    fn what_the_flag_leaves_out_is_detected_with_room_left_for_the_system() {
        let found = determine(Some("cpus:2"), "*", MACHINE).unwrap();
        assert_eq!(found.cpus(), Some(2.0));
        assert_eq!(found.mem_mb(), Some(15 * 1024));
        assert_eq!(found.disk_mb(), Some(95 * 1024));
    }

    #[test]
    fn an_explicit_zero_suppresses_detection() {
        let found = determine(Some("cpus:0;mem:10"), "*", MACHINE).unwrap();
        assert_eq!(found.cpus(), None);
    }

    #[test]
    fn a_reserved_kind_counts_as_named() {
        let found = determine(Some("mem(dev):64"), "*", MACHINE).unwrap();
        assert_eq!(found.mem_mb(), Some(64));
    }

    #[test]
    fn a_bad_flag_names_the_mistake() {
        let error = determine(Some("cpus"), "*", MACHINE).unwrap_err();
        assert_eq!(
            error,
            "Bad value for resources, missing or extra ':' in cpus"
        );
    }
}
