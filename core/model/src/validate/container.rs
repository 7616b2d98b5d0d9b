//! Containers and their volumes. Compat: TSK-9.

use crate::error::{Invalid, refuse};
use mesos_proto::mesos as pb;
use pb::volume::source;

pub fn validate(container: &pb::ContainerInfo) -> Result<(), Invalid> {
    for volume in &container.volumes {
        validate_volume(volume).map_err(|error| error.within("Invalid volume: "))?;
    }
    if container.r#type() != pb::container_info::Type::Docker {
        return Ok(());
    }
    let Some(docker) = &container.docker else {
        return refuse("DockerInfo 'docker' is not set for DOCKER typed ContainerInfo");
    };
    if docker
        .parameters
        .iter()
        .any(|parameter| parameter.key == "name")
    {
        return refuse("Parameter in DockerInfo must not be 'name'");
    }
    Ok(())
}

fn validate_volume(volume: &pb::Volume) -> Result<(), Invalid> {
    let given = [
        volume.host_path.is_some(),
        volume.image.is_some(),
        volume.source.is_some(),
    ];
    if given.iter().filter(|given| **given).count() != 1 {
        return refuse("Only one of them should be set: 'host_path', 'image' and 'source'");
    }
    volume.source.as_ref().map_or(Ok(()), validate_source)
}

fn validate_source(source: &pb::volume::Source) -> Result<(), Invalid> {
    match source.r#type() {
        source::Type::DockerVolume if source.docker_volume.is_none() => {
            refuse("'source.docker_volume' is not set for DOCKER_VOLUME volume")
        }
        source::Type::HostPath if source.host_path.is_none() => {
            refuse("'source.host_path' is not set for HOST_PATH volume")
        }
        source::Type::SandboxPath if source.sandbox_path.is_none() => {
            refuse("'source.sandbox_path' is not set for SANDBOX_PATH volume")
        }
        source::Type::Secret if source.secret.is_none() => {
            refuse("'source.secret' is not set for SECRET volume")
        }
        source::Type::CsiVolume => match &source.csi_volume {
            None => refuse("'source.csi_volume' is not set for CSI volume"),
            Some(csi) if csi.static_provisioning.is_none() => {
                refuse("'source.csi_volume.static_provisioning' is not set for CSI volume")
            }
            Some(_) => Ok(()),
        },
        source::Type::Unknown => refuse("'source.type' is unknown"),
        source::Type::DockerVolume
        | source::Type::HostPath
        | source::Type::SandboxPath
        | source::Type::Secret => Ok(()),
    }
}

/// Whether the container shares its parent's cgroups; `true` where nothing is said.
pub fn shares_cgroups(container: Option<&pb::ContainerInfo>) -> bool {
    let linux = container.and_then(|container| container.linux_info.as_ref());
    linux.and_then(|linux| linux.share_cgroups).unwrap_or(true)
}

/// Whether sharing cgroups is asked for in so many words.
pub fn asks_to_share_cgroups(container: Option<&pb::ContainerInfo>) -> bool {
    let linux = container.and_then(|container| container.linux_info.as_ref());
    linux.and_then(|linux| linux.share_cgroups) == Some(true)
}
