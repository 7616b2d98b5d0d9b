//! (see the next change)
