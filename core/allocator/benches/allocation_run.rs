//! Allocation runs, see `main`.
fn main() {}
