//! Build facts for `/version`: time, user and commit.
//!
//! `SOURCE_DATE_EPOCH` and `MESOS_BUILD_USER` make builds reproducible; the commit is only known
//! when `MESOS_GIT_SHA`, `MESOS_GIT_TAG` or `MESOS_GIT_BRANCH` say it.

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    for name in [
        "SOURCE_DATE_EPOCH",
        "MESOS_BUILD_USER",
        "MESOS_GIT_SHA",
        "MESOS_GIT_TAG",
        "MESOS_GIT_BRANCH",
    ] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let seconds = variable("SOURCE_DATE_EPOCH")
        .and_then(|text| text.parse().ok())
        .unwrap_or(now);
    let user = variable("MESOS_BUILD_USER").or_else(|| variable("USER"));
    println!("cargo::rustc-env=MESOS_BUILD_TIME={seconds}");
    println!("cargo::rustc-env=MESOS_BUILD_DATE={}", date(seconds));
    println!(
        "cargo::rustc-env=MESOS_BUILD_USER={}",
        user.as_deref().unwrap_or("unknown")
    );
}

/// Seconds since 1970 as `YYYY-MM-DD hh:mm:ss`, UTC.
fn date(seconds: u64) -> String {
    let mut days = seconds / 86_400;
    let mut year = 1970;
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    format!(
        "{year}-{:02}-{:02} {:02}:{:02}:{:02}",
        month + 1,
        days + 1,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}
