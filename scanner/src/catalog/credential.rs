//! Whose credential an environment variable holds, as its name says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::compiled::{List, Text, compiled};

compiled! {
    /// A list of providers.
    pub struct ProviderList {
        /// The list; the file's name.
        pub list: Text,
        /// The providers.
        pub providers: List<Provider>,
    }

    /// Somebody who hands out credentials.
    pub struct Provider {
        /// Who it is.
        pub name: Text,
        /// Its credentials open far more than one service.
        #[serde(default)]
        pub broad: bool,
        /// The variables that they are kept in.
        pub variables: List<Text>,
        /// The page that says so.
        pub source: Text,
    }

    /// A variable, and whose credential it holds.
    pub struct Credential {
        /// Name of the variable.
        pub variable: Text,
        /// Whose credential it is.
        pub provider: Text,
        /// The credential opens far more than one service.
        pub broad: bool,
    }
}

impl ProviderList {
    /// Reads a list.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value.
    pub fn read(yaml: &str) -> Result<Self, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }
}

/// The variables of all lists, by name.
///
/// # Errors
/// A variable that two providers have.
pub fn credentials(lists: &[ProviderList]) -> Result<Vec<Credential>, String> {
    let mut found = BTreeMap::new();
    for provider in lists.iter().flat_map(|list| list.providers.iter()) {
        for variable in provider.variables.iter() {
            let credential = Credential {
                variable: variable.clone(),
                provider: Cow::Owned(provider.name.to_string()),
                broad: provider.broad,
            };
            if found.insert(variable.to_string(), credential).is_some() {
                return Err(format!("two providers have `{variable}`"));
            }
        }
    }
    Ok(found.into_values().collect())
}
