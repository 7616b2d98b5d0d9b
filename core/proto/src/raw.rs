//! A message kept as the bytes it came as, together with its decoded value.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use prost::{Message, Name};

use crate::wire::{self, WireError};

/// A message and its bytes; unknown fields survive forwarding. Clones are cheap.
pub struct Raw<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    bytes: OnceLock<Bytes>,
    value: OnceLock<T>,
}

impl<T: Message + Name + Default> Raw<T> {
    /// Checks and decodes `bytes`.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, WireError> {
        let value = wire::decode::<T>(&bytes)?;
        Ok(Self {
            inner: Arc::new(Inner {
                bytes: OnceLock::from(bytes),
                value: OnceLock::from(value),
            }),
        })
    }

    /// Wraps a value of our own; its bytes are made when first asked for.
    pub fn new(value: T) -> Self {
        Self {
            inner: Arc::new(Inner {
                bytes: OnceLock::new(),
                value: OnceLock::from(value),
            }),
        }
    }

    /// The decoded value.
    pub fn get(&self) -> &T {
        self.inner.value.get().expect("set by every constructor")
    }

    /// The bytes as they came, or the encoded value.
    pub fn bytes(&self) -> &Bytes {
        self.inner
            .bytes
            .get_or_init(|| self.get().encode_to_vec().into())
    }

    /// Changes the value; unknown fields of the original bytes are kept.
    pub fn edit(&mut self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let mut value = self.get().clone();
        change(&mut value);
        *self = Self::new(value);
    }
}

impl<T> Clone for Raw<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T: Message + Name + Default> std::ops::Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T: Message + Name + Default + PartialEq> PartialEq for Raw<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.get() == other.get()
    }
}

impl<T: Message + Name + Default + std::fmt::Debug> std::fmt::Debug for Raw<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}
