//! Speed of checking, decoding, encoding and printing a message of 100 offers.

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mesos_proto::internal::ResourceOffersMessage;
use mesos_proto::mesos::{FrameworkId, Offer, OfferId, Resource, SlaveId, value};
use mesos_proto::{json, wire};
use prost::Message as _;

fn scalar(name: &str, amount: f64) -> Resource {
    Resource {
        name: name.into(),
        r#type: value::Type::Scalar as i32,
        scalar: Some(value::Scalar { value: amount }),
        ..Default::default()
    }
}

fn offers() -> ResourceOffersMessage {
    let offer = |n: usize| Offer {
        id: OfferId {
            value: format!("dcc6ac44-a1bb-4235-b60a-f2e12325398c-O{n}"),
        },
        framework_id: FrameworkId {
            value: "dcc6ac44-a1bb-4235-b60a-f2e12325398c-0000".into(),
        },
        slave_id: SlaveId {
            value: format!("dcc6ac44-a1bb-4235-b60a-f2e12325398c-S{n}"),
        },
        hostname: format!("host-{n}.example.com"),
        resources: vec![
            scalar("cpus", 15.5),
            scalar("mem", 65_536.0),
            scalar("disk", 1_000_000.0),
            Resource {
                name: "ports".into(),
                r#type: value::Type::Ranges as i32,
                ranges: Some(value::Ranges {
                    range: vec![value::Range {
                        begin: 31000,
                        end: 32000,
                    }],
                }),
                ..Default::default()
            },
        ],
        ..Default::default()
    };
    ResourceOffersMessage {
        offers: (0..100).map(offer).collect(),
        pids: (0..100)
            .map(|n| format!("slave(1)@10.0.0.{n}:5051"))
            .collect(),
    }
}

fn codec(c: &mut Criterion) {
    let message = offers();
    let bytes = Bytes::from(message.encode_to_vec());
    let name = "mesos.internal.ResourceOffersMessage";
    let mut group = c.benchmark_group("offers_100");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("check", |b| b.iter(|| wire::check(name, &bytes)));
    group.bench_function("decode", |b| {
        b.iter(|| wire::decode::<ResourceOffersMessage>(&bytes))
    });
    group.bench_function("encode", |b| b.iter(|| message.encode_to_vec()));
    let mut text = Vec::new();
    group.bench_function("json", |b| {
        b.iter(|| {
            text.clear();
            json::write(name, &bytes, &mut text);
        });
    });
    group.finish();
    let fragments: Vec<Vec<u8>> = message.offers.iter().map(json::to_vec).collect();
    let size: usize = fragments.iter().map(Vec::len).sum();
    let mut group = c.benchmark_group("fragments_100");
    group.throughput(Throughput::Bytes(size as u64));
    group.bench_function("writer", |b| {
        b.iter(|| {
            text.clear();
            let mut w = json::Writer::new(&mut text);
            w.begin_array();
            for fragment in &fragments {
                w.raw(fragment);
            }
            w.end_array();
        });
    });
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
