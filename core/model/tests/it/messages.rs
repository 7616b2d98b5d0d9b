//! Builders of resource messages for the tests.

use mesos_proto::mesos as pb;
use pb::resource::{DiskInfo, ReservationInfo, disk_info, reservation_info::Type};

pub fn scalar(name: &str, value: f64) -> pb::Resource {
    pb::Resource {
        name: name.to_owned(),
        r#type: pb::value::Type::Scalar as i32,
        scalar: Some(pb::value::Scalar { value }),
        ..Default::default()
    }
}

pub fn reserved(mut resource: pb::Resource, role: &str, kind: Type) -> pb::Resource {
    resource.reservations.push(ReservationInfo {
        r#type: Some(kind as i32),
        role: Some(role.to_owned()),
        ..Default::default()
    });
    resource
}

pub fn persistent(mut resource: pb::Resource, id: &str) -> pb::Resource {
    let disk = resource.disk.get_or_insert_default();
    disk.persistence = Some(disk_info::Persistence {
        id: id.to_owned(),
        principal: None,
    });
    disk.volume = Some(pb::Volume {
        mode: pb::volume::Mode::Rw as i32,
        container_path: "path".to_owned(),
        ..Default::default()
    });
    resource
}

pub fn on_source(mut resource: pb::Resource, kind: disk_info::source::Type) -> pb::Resource {
    let source = disk_info::Source {
        r#type: kind as i32,
        ..Default::default()
    };
    resource.disk = Some(Box::new(DiskInfo {
        source: Some(source),
        ..Default::default()
    }));
    resource
}

pub fn shared(mut resource: pb::Resource) -> pb::Resource {
    resource.shared = Some(Default::default());
    resource
}
