//! A panic on demand at the entry of a foreign function, for the tests which show that none leaves it.
//!
//! Only in a build with the feature `inject-panics`; otherwise nothing is compiled.

/// The variable that names the entries at which to panic: every one whose path contains its value.
#[cfg(feature = "inject-panics")]
const VARIABLE: &str = "LIBMESOS_INJECT_PANIC";

/// To be called where panics are caught, with the closure that is the body of the entry: the path of its type
/// contains the name of the function that wrote it.
#[inline]
#[allow(
    clippy::manual_assert,
    reason = "not a claim that can fail, but a panic that was ordered"
)]
pub fn entry<F>(_body: &F) {
    #[cfg(feature = "inject-panics")]
    {
        let name = std::any::type_name::<F>();
        if std::env::var(VARIABLE).is_ok_and(|wanted| name.contains(&wanted)) {
            panic!("injected into {name}");
        }
    }
}
