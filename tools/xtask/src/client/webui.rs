//! `cargo xtask client webui`: the web UI in Debian's Chromium before a master and an agent of ours.
//!
//! The tests are `webui/tests/browser`; they start, stop and restart the daemons themselves. Pictures of
//! every page stay in `target/client/webui/pictures`. Spec: operations §4.

use crate::repository::target;
use crate::shell::{Outcome, fresh_folder, need_programs, run, step};
use crate::{release, webui};

/// Options are those of the test runner: a part of a file's name, `-g TITLE`.
pub fn webui(options: &[String]) -> Outcome {
    need_programs(&[("chromium", "chromium")])?;
    webui::build()?;
    release::build()?;
    let out = target().join("client/webui");
    fresh_folder(&out)?;
    step("every page, the log viewer, keys, a prefix, an outage and a teardown in Chromium");
    let mut command = webui::tool("playwright")?;
    command
        .arg("test")
        .args(options)
        .env("MESOS_BIN_DIR", release::folder())
        .env("MESOS_WEBUI_OUT", &out);
    if std::env::var_os("MESOS_BIN_DIR").is_some() {
        // Programs that were built elsewhere may have another page in them than the one to be tested.
        command.env("MESOS_WEBUI_DIR", webui::folder().join("dist"));
    }
    run(&mut command)?;
    println!("pictures: {}", out.join("pictures").display());
    Ok(())
}
