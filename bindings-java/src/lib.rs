//! The native half of the Java classes `org.apache.mesos.*`, of every jar from 0.14.2 to 1.11.0.
//!
//! This crate converts arguments, makes one driver call and converts the result; it decides nothing. It is linked
//! into `libmesos.so`, whose export list is kept in `ffi-c/exports.txt`.
#![allow(
    unsafe_code,
    reason = "JNI is a table of C functions; every use is one documented block"
)]
#![allow(
    non_snake_case,
    reason = "the JVM derives the names of natives from class and method names"
)]
#![allow(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the JVM, the only caller of natives, passes valid environments"
)]

mod classes;
mod env;
mod executor;
mod library;
mod native;
mod scheduler;
mod unbuilt;
mod upcall;
mod v1_mesos;
mod v1_scheduler;
mod vm;

/// Refers to this crate, so that a linker keeps its natives.
pub fn keep() {}
