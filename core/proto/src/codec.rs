//! The codec that the generated types use: prost, except that map entries are written in full.
//!
//! prost leaves out a map value that equals its default. The value of a task's limits is a
//! message with a required field, so a limit of zero would come out as an entry that every other
//! implementation refuses for lacking it.

pub use prost::*;

/// prost's encoding with our maps.
pub mod encoding {
    pub use prost::encoding::*;

    /// Maps kept in order of their keys.
    pub mod btree_map {
        use std::collections::BTreeMap;

        use prost::bytes::BufMut;
        pub use prost::encoding::btree_map::{merge, merge_with_default};
        use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

        /// Appends all entries, each with its key and its value.
        pub fn encode<K, V, B: BufMut>(
            key_encode: impl Fn(u32, &K, &mut B),
            key_encoded_len: impl Fn(u32, &K) -> usize,
            val_encode: impl Fn(u32, &V, &mut B),
            val_encoded_len: impl Fn(u32, &V) -> usize,
            tag: u32,
            values: &BTreeMap<K, V>,
            buf: &mut B,
        ) {
            for (key, value) in values {
                let length = key_encoded_len(1, key) + val_encoded_len(2, value);
                encode_key(tag, WireType::LengthDelimited, buf);
                encode_varint(length as u64, buf);
                key_encode(1, key, buf);
                val_encode(2, value, buf);
            }
        }

        /// How many bytes [`encode`] appends.
        pub fn encoded_len<K, V>(
            key_encoded_len: impl Fn(u32, &K) -> usize,
            val_encoded_len: impl Fn(u32, &V) -> usize,
            tag: u32,
            values: &BTreeMap<K, V>,
        ) -> usize {
            let entry = |(key, value)| {
                let length = key_encoded_len(1, key) + val_encoded_len(2, value);
                key_len(tag) + encoded_len_varint(length as u64) + length
            };
            values.iter().map(entry).sum()
        }
    }
}
