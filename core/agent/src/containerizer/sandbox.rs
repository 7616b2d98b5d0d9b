//! The directory a container works in: made, owned, linked, and given its persistent volumes.
//!
//! Compat: agent §5.3; part 2 §26 (persistent volumes as links without a filesystem isolator).

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, lchown, symlink};
use std::path::Path;

use mesos_model::Resources;
use mesos_sandbox::Credentials;

use crate::checkpoint::paths::Paths;

/// Makes the sandbox (0750, owned by the user) and points `latest` at it.
pub fn create(sandbox: &Path, user: Option<&str>) -> Result<(), String> {
    let failed = |error: io::Error| {
        format!(
            "Failed to create sandbox directory '{}': {error}",
            sandbox.display()
        )
    };
    let runs = sandbox
        .parent()
        .ok_or_else(|| format!("Failed to create sandbox directory '{}'", sandbox.display()))?;
    let owner = user
        .map(Credentials::of)
        .transpose()
        .map_err(|error| error.to_string())?;
    std::fs::create_dir_all(runs).map_err(failed)?;
    std::fs::DirBuilder::new()
        .mode(0o750)
        .create(sandbox)
        .map_err(failed)?;
    std::fs::set_permissions(sandbox, std::fs::Permissions::from_mode(0o750)).map_err(failed)?;
    if let Some(owner) = owner.filter(|owner| !owner.is_caller()) {
        lchown(sandbox, Some(owner.uid), Some(owner.gid)).map_err(failed)?;
    }
    let latest = runs.join("latest");
    match std::fs::remove_file(&latest) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    symlink(sandbox, &latest).map_err(failed)
}

/// Links every persistent volume into the sandbox under its container path.
pub fn link_volumes(
    paths: &Paths,
    sandbox: &Path,
    resources: &Resources,
    user: Option<&str>,
) -> Result<(), String> {
    for volume in &resources.persistent_volumes() {
        let Some(role) = volume.reservation_role() else {
            continue;
        };
        let resource = volume.to_proto();
        let Some(target) = paths.persistent_volume(&resource, role.as_str()) else {
            continue;
        };
        let inside = resource
            .disk
            .as_ref()
            .and_then(|disk| disk.volume.as_ref())
            .map(|v| v.container_path.clone());
        // A path with components is the business of volume isolators.
        let Some(name) = inside.filter(|path| !path.is_empty() && !path.contains('/')) else {
            continue;
        };
        let link = sandbox.join(name);
        match symlink(&target, &link) {
            // The link of an earlier task of this executor; anything else there is in the way.
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists
                    && std::fs::read_link(&link).is_ok_and(|found| found == target) =>
            {
                continue;
            }
            Err(error) => {
                return Err(format!(
                    "Failed to symlink persistent volume from '{}' to '{}': {error}",
                    target.display(),
                    link.display()
                ));
            }
            Ok(()) => {}
        }
        if let Some(owner) = user
            .and_then(|user| Credentials::of(user).ok())
            .filter(|owner| !owner.is_caller())
        {
            lchown(&target, Some(owner.uid), Some(owner.gid)).map_err(|error| {
                format!(
                    "Failed to change the ownership of '{}': {error}",
                    target.display()
                )
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mesos_proto::mesos as pb;

    use super::*;

    fn volume() -> Resources {
        let mut disk = Resources::parse("disk(dev):8", "*")
            .expect("a disk")
            .to_proto()
            .remove(0);
        let volume = pb::Volume {
            container_path: "data".to_owned(),
            mode: pb::volume::Mode::Rw as i32,
            ..pb::Volume::default()
        };
        disk.disk = Some(Box::new(pb::resource::DiskInfo {
            persistence: Some(pb::resource::disk_info::Persistence {
                id: "v".to_owned(),
                principal: None,
            }),
            volume: Some(volume),
            ..pb::resource::DiskInfo::default()
        }));
        Resources::from_proto(&[disk])
    }

    #[test]
    fn a_volume_is_linked_once_and_nothing_else_may_have_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::new(folder.path());
        let sandbox = folder.path().join("sandbox");
        std::fs::create_dir(&sandbox).expect("made");
        let link = || link_volumes(&paths, &sandbox, &volume(), None);
        link().expect("the first task");
        link().expect("the next task of the same executor");
        let data = sandbox.join("data");
        std::fs::remove_file(&data).expect("it is a link");
        std::fs::write(&data, "mine").expect("written");
        let error = link().expect_err("a file is in the way");
        assert!(
            error.starts_with("Failed to symlink persistent volume from '"),
            "{error}"
        );
        std::fs::remove_file(&data).expect("removed");
        symlink("/elsewhere", &data).expect("linked");
        assert!(link().is_err(), "another link is in the way too");
    }
}
