//! Memory that the library hands over to its caller: buffers and lists of buffers of `include/mesos/resources.h`.

use std::borrow::Cow;

use crate::boundary::guard;

/// `mesos_buffer`: memory of the C allocator, one zero byte behind it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosBuffer {
    pub data: *mut u8,
    pub length: usize,
}

/// `mesos_buffers`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosBuffers {
    pub items: *mut MesosBuffer,
    pub count: usize,
}

const NO_MEMORY: &str = "there is no memory left";

impl MesosBuffer {
    pub(crate) const NONE: Self = Self {
        data: std::ptr::null_mut(),
        length: 0,
    };

    pub(crate) fn of(bytes: &[u8]) -> Result<Self, Cow<'static, str>> {
        // SAFETY: any size is allowed, and the result is checked.
        let data = unsafe { libc::malloc(bytes.len() + 1) }.cast::<u8>();
        if data.is_null() {
            return Err(NO_MEMORY.into());
        }
        // SAFETY: the fresh memory holds one byte more than is copied.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            data.add(bytes.len()).write(0);
        }
        Ok(Self {
            data,
            length: bytes.len(),
        })
    }
}

impl MesosBuffers {
    pub(crate) const NONE: Self = Self {
        items: std::ptr::null_mut(),
        count: 0,
    };

    pub(crate) fn of(list: &[Vec<u8>]) -> Result<Self, Cow<'static, str>> {
        if list.is_empty() {
            return Ok(Self::NONE);
        }
        // SAFETY: any sizes are allowed, and the result is checked.
        let items = unsafe { libc::calloc(list.len(), size_of::<MesosBuffer>()) };
        if items.is_null() {
            return Err(NO_MEMORY.into());
        }
        let mut made = Self {
            items: items.cast(),
            count: 0,
        };
        for bytes in list {
            match MesosBuffer::of(bytes) {
                // SAFETY: there is room for as many items as `list` has.
                Ok(item) => unsafe { made.items.add(made.count).write(item) },
                Err(error) => {
                    // SAFETY: made above, and not handed out.
                    unsafe { release_all(&mut made) };
                    return Err(error);
                }
            }
            made.count += 1;
        }
        Ok(made)
    }
}

/// # Safety
/// The buffer is empty or was made by [`MesosBuffer::of`].
unsafe fn release(buffer: &mut MesosBuffer) {
    // SAFETY: promised by the caller; NULL is allowed.
    unsafe { libc::free(buffer.data.cast()) };
    *buffer = MesosBuffer::NONE;
}

/// # Safety
/// The list is empty or was made by [`MesosBuffers::of`].
unsafe fn release_all(buffers: &mut MesosBuffers) {
    if !buffers.items.is_null() {
        // SAFETY: promised by the caller.
        let items = unsafe { std::slice::from_raw_parts_mut(buffers.items, buffers.count) };
        for item in items {
            // SAFETY: promised by the caller.
            unsafe { release(item) };
        }
        // SAFETY: promised by the caller.
        unsafe { libc::free(buffers.items.cast()) };
    }
    *buffers = MesosBuffers::NONE;
}

/// # Safety
/// `buffer` is NULL or points to a buffer that is empty or was filled by this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_buffer_free(buffer: *mut MesosBuffer) {
    guard((), || {
        // SAFETY: promised by the caller.
        if let Some(buffer) = unsafe { buffer.as_mut() } {
            // SAFETY: promised by the caller.
            unsafe { release(buffer) };
        }
        Ok(())
    });
}

/// # Safety
/// `buffers` is NULL or points to a list that is empty or was filled by this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mesos_buffers_free(buffers: *mut MesosBuffers) {
    guard((), || {
        // SAFETY: promised by the caller.
        if let Some(buffers) = unsafe { buffers.as_mut() } {
            // SAFETY: promised by the caller.
            unsafe { release_all(buffers) };
        }
        Ok(())
    });
}
