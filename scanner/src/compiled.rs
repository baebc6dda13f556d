//! Data that the build script reads from `rules/` and compiles in as `static` tables, so that
//! start-up parses nothing.
//!
//! The types declared with [`compiled!`] can be read with serde and written as Rust source. They
//! hold `Cow`s, because rules of users are read at run time into the same types.

use std::borrow::Cow;

/// Text of a compiled table.
pub type Text = Cow<'static, str>;

/// A list of a compiled table.
pub type List<T> = Cow<'static, [T]>;

/// A value that can be written as a Rust expression for a `static`.
pub trait ToRust {
    /// The expression. It names types from the root of this crate.
    fn to_rust(&self) -> String;
}

impl ToRust for Text {
    fn to_rust(&self) -> String {
        format!("::std::borrow::Cow::Borrowed({:?})", self.as_ref())
    }
}

impl<T: ToRust + Clone> ToRust for List<T> {
    fn to_rust(&self) -> String {
        let items: Vec<String> = self.iter().map(ToRust::to_rust).collect();
        format!("::std::borrow::Cow::Borrowed(&[{}])", items.join(", "))
    }
}

impl<T: ToRust> ToRust for Option<T> {
    fn to_rust(&self) -> String {
        self.as_ref().map_or_else(|| "None".to_owned(), |some| format!("Some({})", some.to_rust()))
    }
}

impl ToRust for bool {
    fn to_rust(&self) -> String {
        self.to_string()
    }
}

impl ToRust for u16 {
    fn to_rust(&self) -> String {
        self.to_string()
    }
}

impl ToRust for u64 {
    fn to_rust(&self) -> String {
        format!("{self:#x}")
    }
}

/// `crate::…` for the module that `module_path!()` names in whichever crate it is compiled into.
#[must_use]
pub fn in_crate(module_path: &str) -> String {
    let inner = module_path.split_once("::").map_or("", |(_, inner)| inner);
    format!("crate::{inner}")
}

/// Declares structs and field-less enums that are read with serde, strictly, and can be compiled
/// in. Enum variants are spelled in kebab-case.
macro_rules! compiled {
    () => {};
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
    } $($rest:tt)*) => {
        #[derive(Clone, Debug, serde::Deserialize)]
        $(#[$meta])*
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::compiled::ToRust for $name {
            fn to_rust(&self) -> String {
                let mut out = format!(
                    "{}::{} {{ ",
                    $crate::compiled::in_crate(module_path!()),
                    stringify!($name)
                );
                $(
                    out.push_str(concat!(stringify!($field), ": "));
                    out.push_str(&$crate::compiled::ToRust::to_rust(&self.$field));
                    out.push_str(", ");
                )*
                out.push('}');
                out
            }
        }

        compiled!($($rest)*);
    };
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)*
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it in files, options and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl $crate::compiled::ToRust for $name {
            fn to_rust(&self) -> String {
                format!(
                    "{}::{}::{self:?}",
                    $crate::compiled::in_crate(module_path!()),
                    stringify!($name)
                )
            }
        }

        compiled!($($rest)*);
    };
}

pub(crate) use compiled;
