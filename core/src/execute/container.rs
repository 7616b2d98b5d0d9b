//! The container of a command task. Compat: operations §3.5 (command task).

use mesos_daemon::flags::ExecuteFlags;
use mesos_proto::v1::container_info::{self, DockerInfo, MesosInfo, docker_info};
use mesos_proto::v1::{
    ContainerInfo, Image, Label, Labels, LinuxInfo, NetworkInfo, TtyInfo, Volume, image,
};

use super::Refusal;

/// The names in a list with commas.
pub fn networks(text: &str) -> Vec<String> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

pub fn network_infos(names: &[String]) -> Vec<NetworkInfo> {
    let info = |name: &String| NetworkInfo {
        name: Some(name.clone()),
        ..NetworkInfo::default()
    };
    names.iter().map(info).collect()
}

/// The container that the flags ask for; none if they ask for nothing special.
pub fn of(flags: &ExecuteFlags) -> Result<Option<ContainerInfo>, Refusal> {
    let volumes = match &flags.volumes {
        None => Vec::new(),
        Some(list) => list.volumes().map_err(|error| {
            Refusal::Plain(format!(
                "Failed to convert '--volumes' to protobuf: {error}"
            ))
        })?,
    };
    match flags.containerizer.as_str() {
        "" => Ok(None),
        "mesos" => Ok(mesos(flags, volumes)),
        "docker" => docker(flags, volumes).map(Some),
        other => Err(Refusal::Plain(format!(
            "Unsupported containerizer: {other}"
        ))),
    }
}

fn mesos(flags: &ExecuteFlags, volumes: Vec<Volume>) -> Option<ContainerInfo> {
    let networks = networks(flags.networks.as_deref().unwrap_or_default());
    let plain = !flags.tty
        && flags.appc_image.is_none()
        && flags.docker_image.is_none()
        && flags.effective_capabilities.is_none()
        && flags.bounding_capabilities.is_none()
        && flags.rlimits.is_none()
        && networks.is_empty()
        && volumes.is_empty();
    if plain {
        return None;
    }
    let has_capabilities =
        flags.effective_capabilities.is_some() || flags.bounding_capabilities.is_some();
    let linux = has_capabilities.then(|| LinuxInfo {
        effective_capabilities: flags.effective_capabilities.as_ref().map(|c| c.0.clone()),
        bounding_capabilities: flags.bounding_capabilities.as_ref().map(|c| c.0.clone()),
        ..LinuxInfo::default()
    });
    Some(ContainerInfo {
        r#type: container_info::Type::Mesos.into(),
        volumes,
        mesos: image(flags).map(|image| MesosInfo { image: Some(image) }),
        network_infos: network_infos(&networks),
        linux_info: linux,
        rlimit_info: flags.rlimits.as_ref().map(|limits| limits.0.clone()),
        tty_info: flags.tty.then(TtyInfo::default),
        ..ContainerInfo::default()
    })
}

fn image(flags: &ExecuteFlags) -> Option<Image> {
    if let Some(name) = &flags.docker_image {
        return Some(Image {
            r#type: image::Type::Docker.into(),
            docker: Some(image::Docker {
                name: name.clone(),
                ..image::Docker::default()
            }),
            ..Image::default()
        });
    }
    let label = |key: &str, value: &str| Label {
        key: key.to_owned(),
        value: Some(value.to_owned()),
    };
    let name = flags.appc_image.clone()?;
    Some(Image {
        r#type: image::Type::Appc.into(),
        appc: Some(image::Appc {
            name,
            labels: Some(Labels {
                labels: vec![label("os", "linux"), label("arch", "amd64")],
            }),
            ..image::Appc::default()
        }),
        ..Image::default()
    })
}

fn docker(flags: &ExecuteFlags, volumes: Vec<Volume>) -> Result<ContainerInfo, Refusal> {
    let Some(image) = flags.docker_image.clone() else {
        return Err(Refusal::plain(
            "'Docker' containerizer requires docker image name",
        ));
    };
    let networks = networks(flags.networks.as_deref().unwrap_or_default());
    if networks.len() > 1 {
        return Err(Refusal::plain(
            "'Docker' containerizer can only support a single network",
        ));
    }
    if flags.tty {
        return Err(Refusal::plain(
            "'Docker' containerizer does not allow attaching a TTY",
        ));
    }
    let network = (!networks.is_empty()).then(|| docker_info::Network::User.into());
    Ok(ContainerInfo {
        r#type: container_info::Type::Docker.into(),
        volumes,
        docker: Some(DockerInfo {
            image,
            network,
            ..DockerInfo::default()
        }),
        network_infos: network_infos(&networks),
        ..ContainerInfo::default()
    })
}
