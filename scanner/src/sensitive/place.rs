//! The lists of sensitive places in `rules/places/`.

use crate::compiled::{List, Text, compiled};

compiled! {
    /// Places that hold the same kind of thing.
    pub struct Places {
        /// What they hold.
        pub class: PlaceClass,
        /// The same in words, to stand after "holds".
        pub title: Text,
        /// The directories and files, with everything below them. `~` is the home directory of
        /// any user; letter case does not count.
        #[serde(default)]
        pub within: List<Text>,
        /// The directories and files themselves, without what is below them.
        #[serde(default)]
        pub exactly: List<Text>,
    }

    /// What a place holds.
    pub enum PlaceClass {
        /// Settings of agents, which decide what these run.
        Agent = "agent",
        /// Credentials for Amazon Web Services.
        Aws = "aws",
        /// Credentials for Azure.
        Azure = "azure",
        /// Profiles of browsers: cookies, passwords, history.
        BrowserProfile = "browser-profile",
        /// The directories in which programs keep their settings.
        Configuration = "configuration",
        /// Credentials for container registries.
        Docker = "docker",
        /// Credentials for Google Cloud.
        Gcloud = "gcloud",
        /// Keys of `GnuPG`.
        Gnupg = "gnupg",
        /// Keychains of operating systems.
        Keychain = "keychain",
        /// Credentials for Kubernetes clusters.
        Kube = "kube",
        /// Mail and messages.
        Messages = "messages",
        /// Stores of password managers.
        PasswordStore = "password-store",
        /// Keys of SSH.
        Ssh = "ssh",
        /// Settings of the operating system.
        System = "system",
        /// Tokens for registries and source hosting.
        Tokens = "tokens",
        /// Keys of wallets.
        Wallet = "wallet",
    }
}

impl Places {
    /// Reads a list.
    ///
    /// # Errors
    /// A message with line and column: malformed YAML, a missing or unknown key, a wrong value; a
    /// place that is not absolute.
    pub fn read(yaml: &str) -> Result<Self, String> {
        let places: Self = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        for place in places.within.iter().chain(places.exactly.iter()) {
            let rooted = ["~", "/", "C:/"].iter().any(|root| place.starts_with(root));
            if !rooted || place.len() > 1 && place.ends_with('/') {
                return Err(format!("`{place}` is no path from `~`, `/` or `C:/`"));
            }
        }
        Ok(places)
    }
}
