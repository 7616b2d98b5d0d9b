//! What a driver says about its host when the framework does not: user and host name; and what it does to its process.
//!
//! Compat: S8, W4, X8.

use bytes::Bytes;

use crate::splice::{self, Writer};

const USER: u32 = 1;
const HOSTNAME: u32 = 7;

fn user() -> String {
    nix::unistd::User::from_uid(nix::unistd::geteuid())
        .ok()
        .flatten()
        .map(|user| user.name)
        .unwrap_or_default()
}

fn hostname() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .unwrap_or_default()
}

/// Kills this process and the rest of its group: the end of an executor that does not end by itself (X8).
pub(crate) fn kill_process_group() {
    tracing::info!("The shutdown grace period is over: killing the process group");
    let group = nix::unistd::getpgrp();
    let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
}

/// `mesos.FrameworkInfo` with user and hostname filled in when empty.
pub(crate) fn fill_framework(framework: &Bytes) -> Bytes {
    let fill = |framework: Bytes, number: u32, value: fn() -> String| {
        if splice::text(&framework, number).is_some_and(|text| !text.is_empty()) {
            return framework;
        }
        splice::with(
            &framework,
            number,
            &Writer::new().bytes(number, value().as_bytes()).finish(),
        )
    };
    fill(fill(framework.clone(), USER, user), HOSTNAME, hostname)
}
