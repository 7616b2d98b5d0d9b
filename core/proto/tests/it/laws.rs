//! Laws over generated messages: JSON and editing lose nothing.

use mesos_proto::describe::{Field, Kind, Label, MessageId, Schema};
use mesos_proto::{Raw, json, mesos, v1, wire};
use proptest::prelude::*;
use prost::Name;

/// Field numbers that no message declares.
const UNDECLARED: [u32; 2] = [5000, 6001];

/// Makes messages of any type out of a stream of random bytes.
struct Generator<'a> {
    entropy: std::slice::Iter<'a, u8>,
    unknown: bool,
}

fn put_key(out: &mut Vec<u8>, number: u32, wire_type: u32) {
    prost::encoding::encode_varint(u64::from(number << 3 | wire_type), out);
}

fn put_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_key(out, number, 2);
    prost::encoding::encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

impl Generator<'_> {
    fn byte(&mut self) -> u8 {
        self.entropy.next().copied().unwrap_or(0)
    }

    fn word(&mut self) -> u64 {
        let bytes: [u8; 8] = std::array::from_fn(|_| self.byte());
        u64::from_le_bytes(bytes) >> (self.byte() % 64)
    }

    fn message(&mut self, id: MessageId, depth: u32) -> Vec<u8> {
        let message = Schema::get().message(id);
        let mut fields: Vec<&Field> = message.fields.iter().collect();
        fields.sort_by_key(|f| f.number);
        let mut out = Vec::new();
        let mut oneofs = Vec::new();
        for field in fields {
            // A field with a default is always set: JSON does not tell set from shown.
            let wanted = field.label == Label::Required || field.default_shown();
            let count = match field.label {
                Label::Repeated if depth > 0 => self.byte() % 3,
                Label::Optional if wanted => 1,
                Label::Optional if depth > 0 => self.byte() % 2,
                Label::Required => 1,
                Label::Optional | Label::Repeated => 0,
            };
            let taken = field.oneof.is_some_and(|o| oneofs.contains(&o));
            let count = match (taken, field.map) {
                (true, _) => 0,
                (false, true) => count.min(1),
                (false, false) => count,
            };
            oneofs.extend(field.oneof.filter(|_| count > 0));
            for _ in 0..count {
                self.value(field, depth, &mut out);
            }
        }
        if self.unknown && self.byte().is_multiple_of(2) {
            put_bytes(&mut out, UNDECLARED[usize::from(self.byte() % 2)], b"kept");
        }
        out
    }

    fn value(&mut self, field: &Field, depth: u32, out: &mut Vec<u8>) {
        let schema = Schema::get();
        match field.kind {
            Kind::Message(id) if field.map => {
                let entry = schema.message(id);
                let mut inner = Vec::new();
                put_bytes(&mut inner, 1, b"key");
                self.value(entry.field(2).unwrap(), depth.saturating_sub(1), &mut inner);
                put_bytes(out, field.number, &inner);
            }
            Kind::Message(id) => {
                let inner = self.message(id, depth.saturating_sub(1));
                put_bytes(out, field.number, &inner);
            }
            Kind::String => {
                let text: String = (0..self.byte() % 5)
                    .map(|_| char::from(self.byte()))
                    .collect();
                put_bytes(out, field.number, text.as_bytes());
            }
            Kind::Bytes => {
                let data: Vec<u8> = (0..self.byte() % 5).map(|_| self.byte()).collect();
                put_bytes(out, field.number, &data);
            }
            Kind::Enum(id) => {
                put_key(out, field.number, 0);
                let first = schema.enumeration(id).first;
                prost::encoding::encode_varint(first as u64, out);
            }
            Kind::Bool => {
                put_key(out, field.number, 0);
                out.push(self.byte() & 1);
            }
            Kind::Double => {
                put_key(out, field.number, 1);
                let value = f64::from_bits(self.word());
                let value = if value.is_finite() { value } else { 0.5 };
                out.extend_from_slice(&value.to_le_bytes());
            }
            Kind::Float => {
                put_key(out, field.number, 5);
                out.extend_from_slice(&(f32::from(self.byte()) / 8.0).to_le_bytes());
            }
            Kind::Int32 | Kind::Uint32 => {
                put_key(out, field.number, 0);
                prost::encoding::encode_varint(self.word() & 0x7fff_ffff, out);
            }
            Kind::Int64 | Kind::Uint64 | Kind::Sint32 | Kind::Sint64 => {
                put_key(out, field.number, 0);
                prost::encoding::encode_varint(self.word() >> 32, out);
            }
            Kind::Fixed64 | Kind::Sfixed64 => {
                put_key(out, field.number, 1);
                out.extend_from_slice(&self.word().to_le_bytes());
            }
            Kind::Fixed32 | Kind::Sfixed32 => {
                put_key(out, field.number, 5);
                out.extend_from_slice(&(self.word() as u32).to_le_bytes());
            }
        }
    }
}

fn generated<T: Name>(entropy: &[u8], unknown: bool) -> Vec<u8> {
    let id = Schema::get().message_named(&T::full_name()).unwrap();
    Generator {
        entropy: entropy.iter(),
        unknown,
    }
    .message(id, 5)
}

fn json_round_trip<T: Name + Default + PartialEq + std::fmt::Debug>(
    entropy: &[u8],
) -> Result<(), TestCaseError> {
    let value: T = wire::decode(&generated::<T>(entropy, false)).unwrap();
    let text = json::to_vec(&value);
    let again: T = json::from_slice(&text).unwrap();
    prop_assert_eq!(&again, &value, "{}", String::from_utf8_lossy(&text));
    prop_assert_eq!(json::to_vec(&again), text);
    Ok(())
}

fn count(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).filter(|w| *w == needle).count()
}

fn editing_keeps_unknown<T: Name + Default + Clone>(entropy: &[u8]) -> Result<(), TestCaseError> {
    let bytes = generated::<T>(entropy, true);
    let unknown = count(&bytes, b"\x04kept");
    let mut raw = Raw::<T>::from_bytes(bytes.clone().into()).unwrap();
    raw.edit(|_| {});
    prop_assert_eq!(count(raw.bytes(), b"\x04kept"), unknown);
    prop_assert_eq!(raw.bytes().len(), bytes.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn json_reads_what_it_writes(entropy in proptest::collection::vec(any::<u8>(), 0..1500)) {
        json_round_trip::<mesos::Offer>(&entropy)?;
        json_round_trip::<mesos::TaskInfo>(&entropy)?;
        json_round_trip::<mesos::FrameworkInfo>(&entropy)?;
        json_round_trip::<mesos::scheduler::Call>(&entropy)?;
        json_round_trip::<v1::master::Response>(&entropy)?;
        json_round_trip::<v1::agent::Call>(&entropy)?;
    }

    #[test]
    fn editing_keeps_every_unknown_field(entropy in proptest::collection::vec(any::<u8>(), 0..1500)) {
        editing_keeps_unknown::<mesos::Offer>(&entropy)?;
        editing_keeps_unknown::<mesos::TaskInfo>(&entropy)?;
        editing_keeps_unknown::<mesos::scheduler::Call>(&entropy)?;
    }

    #[test]
    fn any_bytes_are_refused_or_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = wire::decode::<mesos::TaskInfo>(&bytes);
        let _ = wire::decode_partial::<mesos::scheduler::Call>(&bytes);
        let mut out = Vec::new();
        json::write("mesos.TaskInfo", &bytes, &mut out);
        wire::overlay("mesos.TaskInfo", &bytes, &bytes);
        let _ = json::from_slice::<mesos::TaskInfo>(&bytes);
    }
}
