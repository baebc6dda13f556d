//! The same for many things at once, on the threads there are.

use rayon::prelude::*;

/// What `of` makes of each, in their order. Each is dropped as soon as it is done with. Fewer than
/// `least` are not worth waking threads for.
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    least: usize,
    of: impl Fn(T) -> R + Sync + Send,
) -> Vec<R> {
    if items.len() < least {
        items.into_iter().map(of).collect()
    } else {
        items.into_par_iter().map(of).collect()
    }
}
