//! A long answer in pieces, most of which are fragments that later answers share.
//!
//! Records keep the fragments that were rendered of them, so an answer after a small change costs
//! one reference per fragment and the rendering of what changed. A fragment that stands in a list
//! begins with its comma.

use std::sync::Arc;

use bytes::Bytes;
use mesos_proto::json::Writer;

/// Bodies as they are sent.
pub(super) type Parts = Arc<[Bytes]>;

/// An answer being put together.
#[derive(Default)]
pub(super) struct Document {
    parts: Vec<Bytes>,
    /// What follows the last part.
    text: Vec<u8>,
}

impl Document {
    /// The end of the document, for text that belongs to this answer alone.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// A member of a list; the first of a list goes without its comma.
    pub(super) fn member(&mut self, fragment: &Bytes, is_first: bool) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.parts.push(text.into());
        }
        self.parts.push(if is_first {
            fragment.slice(1..)
        } else {
            fragment.clone()
        });
    }

    pub(super) fn finish(mut self) -> Parts {
        if !self.text.is_empty() {
            self.parts.push(self.text.into());
        }
        self.parts.into()
    }
}

/// Renders a fragment: a comma and one value.
pub(super) fn fragment(room: usize, render: impl FnOnce(&mut Writer<'_>)) -> Bytes {
    let mut out = Vec::with_capacity(room);
    out.push(b',');
    render(&mut Writer::new(&mut out));
    out.shrink_to_fit();
    out.into()
}

/// The value in a fragment.
pub(super) fn value(fragment: &Bytes) -> &[u8] {
    &fragment[1..]
}

/// An answer in one piece.
pub(super) fn whole(text: Vec<u8>) -> Parts {
    Arc::new([Bytes::from(text)])
}
