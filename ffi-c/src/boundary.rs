//! What every function of the C interface shares: borrowed bytes, the last error, and the stop for panics.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use mesos_driver::environment::Variables;

/// Bytes that belong to the caller for the duration of a call; NULL data means none.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MesosBytes {
    pub data: *const u8,
    pub length: usize,
}

impl MesosBytes {
    pub(crate) fn lend(bytes: &Bytes) -> Self {
        Self {
            data: bytes.as_ptr(),
            length: bytes.len(),
        }
    }

    /// # Safety
    /// `data` is NULL or points to `length` readable bytes.
    pub(crate) unsafe fn copy(self) -> Bytes {
        if self.data.is_null() || self.length == 0 {
            return Bytes::new();
        }
        // SAFETY: promised by the caller.
        Bytes::copy_from_slice(unsafe { std::slice::from_raw_parts(self.data, self.length) })
    }

    /// # Safety
    /// As `copy`.
    pub(crate) unsafe fn copy_if_any(self) -> Option<Bytes> {
        // SAFETY: promised by the caller.
        (!self.data.is_null()).then(|| unsafe { self.copy() })
    }
}

const NO_LIST: &str = "a list is NULL, but its count is not 0";

/// NULL is a list of nothing, and of nothing else.
///
/// # Safety
/// `items` is NULL or has `count` items that live as long as the answer.
unsafe fn list<'a, T>(items: *const T, count: usize) -> Result<&'a [T], &'static str> {
    match (items.is_null(), count) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(NO_LIST),
        // SAFETY: promised by the caller.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(items, count) }),
    }
}

/// # Safety
/// `items` is NULL or points to `count` items that follow the rules of [`MesosBytes`].
pub(crate) unsafe fn copy_all(
    items: *const MesosBytes,
    count: usize,
) -> Result<Vec<Bytes>, &'static str> {
    // SAFETY: promised by the caller.
    let items = unsafe { list(items, count) }?;
    // SAFETY: promised by the caller.
    Ok(items.iter().map(|item| unsafe { item.copy() }).collect())
}

/// # Safety
/// `text` is NULL or a NUL-terminated string.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned(),
    )
}

/// # Safety
/// `items` is NULL or points to `count` NUL-terminated strings.
pub(crate) unsafe fn texts(
    items: *const *const c_char,
    count: usize,
) -> Result<Vec<String>, &'static str> {
    // SAFETY: promised by the caller.
    let items = unsafe { list(items, count) }?;
    // SAFETY: promised by the caller.
    items
        .iter()
        .map(|item| unsafe { text(*item) }.ok_or("a text in a list is NULL"))
        .collect()
}

/// An environment for a driver: the process's own if `environment` is NULL.
///
/// # Safety
/// `environment` is NULL, or a list of strings that ends with NULL.
pub(crate) unsafe fn variables(environment: *const *const c_char) -> Variables {
    if environment.is_null() {
        return Variables::of_process();
    }
    let mut pairs = Vec::new();
    let mut at = environment;
    // SAFETY: promised by the caller: `at` has not passed the NULL.
    while let Some(entry) = unsafe { text(*at) } {
        if let Some((name, value)) = entry.split_once('=') {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        // SAFETY: as above.
        at = unsafe { at.add(1) };
    }
    pairs.into_iter().collect()
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::new(CString::default());
}

pub(crate) fn last_error() -> *const c_char {
    let text = LAST_ERROR.try_with(|slot| slot.borrow().as_ptr());
    text.unwrap_or(c"".as_ptr())
}

fn set_error(text: &str) {
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    // A thread that is ending, and already has no errors any more, does without.
    let _ = LAST_ERROR.try_with(|slot| *slot.borrow_mut() = text);
}

/// Runs the body of a function; an error or a panic becomes `failed` and the last error.
pub(crate) fn guard<T>(failed: T, body: impl FnOnce() -> Result<T, &'static str>) -> T {
    guard_text(failed, || body().map_err(Cow::Borrowed))
}

/// As [`guard`], for errors whose text is made when they happen.
pub(crate) fn guard_text<T>(failed: T, body: impl FnOnce() -> Result<T, Cow<'static, str>>) -> T {
    let entered = || {
        mesos_driver::inject::entry(&body);
        body()
    };
    match catch_unwind(AssertUnwindSafe(entered)) {
        Ok(Ok(value)) => value,
        Ok(Err(text)) => {
            set_error(&text);
            failed
        }
        Err(_) => {
            set_error("libmesos failed internally");
            failed
        }
    }
}
