//! Arguments that are not messages.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// An iterable of text, such as roles. One text is an iterable of its letters, which nobody means.
///
/// # Errors
/// `TypeError`, with the texts of the original.
pub(crate) fn texts(names: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let iterable = if names.is_instance_of::<PyString>() {
        None
    } else {
        names.try_iter().ok()
    };
    let Some(items) = iterable else {
        let text = "Cannot construct std::vector from a non-iterable object";
        return Err(PyTypeError::new_err(text));
    };
    items.map(|item| text(&item?)).collect()
}

/// [`texts`], none of which is none.
pub(crate) fn texts_if_any(names: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    names.map_or_else(|| Ok(Vec::new()), texts)
}

fn text(item: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = item.cast::<PyString>() else {
        let text = "Cannot construct std::string from a non-string object";
        return Err(PyTypeError::new_err(text));
    };
    text.extract()
}
