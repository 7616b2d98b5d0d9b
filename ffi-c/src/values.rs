//! Values and attributes in C. See `include/mesos/resources.h` for what each function promises.

use std::ffi::{c_char, c_int};

use mesos_model::{attribute, value};
use mesos_proto::{mesos as pb, wire};
use prost::Message;

use crate::boundary::{MesosBytes, copy_all, guard_text};
use crate::buffer::{MesosBuffer, MesosBuffers};
use crate::resources::{FAILED, Refusal, decode, given, refusal};

/// # Safety
/// See the header: `text` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_value_parse(text: *const c_char) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let text = unsafe { given(text, "text is NULL") }?;
        let parsed = value::parse(&text).map_err(refusal)?;
        MesosBuffer::of(&parsed.to_proto().encode_to_vec())
    })
}

/// # Safety
/// See the header: `value` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_value_text(value: MesosBytes) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let value: pb::Value = unsafe { decode(value) }?;
        MesosBuffer::of(value::format_message(&value).as_bytes())
    })
}

/// # Safety
/// See the header: `text` is NULL or a string, `attributes` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_attributes_parse(
    text: *const c_char,
    attributes: *mut MesosBuffers,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let attributes = unsafe { attributes.as_mut() }.ok_or("attributes is NULL")?;
        *attributes = MesosBuffers::NONE;
        // SAFETY: promised by the caller.
        let text = unsafe { given(text, "text is NULL") }?;
        let parsed = attribute::parse(&text).map_err(refusal)?;
        let encoded: Vec<Vec<u8>> = parsed.iter().map(Message::encode_to_vec).collect();
        *attributes = MesosBuffers::of(&encoded)?;
        Ok(0)
    })
}

/// # Safety
/// As `copy_all`.
unsafe fn list(items: *const MesosBytes, count: usize) -> Result<Vec<pb::Attribute>, Refusal> {
    // SAFETY: promised by the caller.
    let items = unsafe { copy_all(items, count) }?;
    items
        .iter()
        .map(|bytes| wire::decode(bytes).map_err(refusal))
        .collect()
}

/// # Safety
/// See the header: both lists are NULL or have as many items as is said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_attributes_equal(
    left: *const MesosBytes,
    left_count: usize,
    right: *const MesosBytes,
    right_count: usize,
) -> c_int {
    guard_text(FAILED, || {
        // SAFETY: promised by the caller.
        let (left, right) = unsafe { (list(left, left_count)?, list(right, right_count)?) };
        Ok(c_int::from(attribute::equal(&left, &right)))
    })
}

/// # Safety
/// See the header: `attribute` is valid for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_attribute_text(attribute: MesosBytes) -> MesosBuffer {
    guard_text(MesosBuffer::NONE, || {
        // SAFETY: promised by the caller.
        let attribute: pb::Attribute = unsafe { decode(attribute) }?;
        MesosBuffer::of(attribute::format_value(&attribute).as_bytes())
    })
}
