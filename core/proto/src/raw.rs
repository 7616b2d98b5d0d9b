//! A message kept as the bytes it came as, together with its decoded value.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use prost::Name;

use crate::wire::{self, WireError};

/// A message and its bytes; unknown fields survive forwarding. Clones are cheap.
///
/// A Mesos process re-emits fields that a newer peer sent and that it does not know. The
/// generated types cannot hold those, so whatever is forwarded or stored travels as `Raw`.
pub struct Raw<T> {
    inner: Arc<Inner<T>>,
}

#[derive(Clone)]
struct Inner<T> {
    /// Set from the start when the bytes came from outside; made on demand otherwise.
    bytes: OnceLock<Bytes>,
    has_unknown: bool,
    value: T,
}

impl<T: Name + Default> Raw<T> {
    /// Checks and decodes `bytes`.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, WireError> {
        let (value, scan) = wire::decode_scanned::<T>(&bytes)?;
        let has_unknown = scan.has_unknown;
        Ok(Self {
            inner: Arc::new(Inner {
                bytes: OnceLock::from(bytes),
                has_unknown,
                value,
            }),
        })
    }

    /// The bytes as they came, or the encoded value.
    pub fn bytes(&self) -> &Bytes {
        self.inner
            .bytes
            .get_or_init(|| self.inner.value.encode_to_vec().into())
    }

    /// Changes the value; unknown fields of the original bytes are kept.
    pub fn edit(&mut self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let inner = Arc::make_mut(&mut self.inner);
        change(&mut inner.value);
        let original = inner.bytes.take();
        if let (true, Some(original)) = (inner.has_unknown, original) {
            let modified = inner.value.encode_to_vec();
            let bytes = wire::overlay(&T::full_name(), &original, &modified);
            inner.bytes = OnceLock::from(Bytes::from(bytes));
        }
    }
}

impl<T> Raw<T> {
    /// Wraps a value of our own; its bytes are made when first asked for.
    pub fn new(value: T) -> Self {
        Self {
            inner: Arc::new(Inner {
                bytes: OnceLock::new(),
                has_unknown: false,
                value,
            }),
        }
    }

    /// The decoded value.
    pub fn get(&self) -> &T {
        &self.inner.value
    }

    /// Whether the bytes hold something that the value cannot.
    pub fn has_unknown(&self) -> bool {
        self.inner.has_unknown
    }

    /// The value itself, copied only if it is shared.
    pub fn into_value(self) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(self.inner).value
    }
}

impl<T> From<T> for Raw<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> Clone for Raw<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T: Default> Default for Raw<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> std::ops::Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T: PartialEq> PartialEq for Raw<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.get() == other.get()
    }
}

impl<T: fmt::Debug> fmt::Debug for Raw<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
