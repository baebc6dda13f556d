//! Whether two entries are the same server.

use secrecy::ExposeSecret as _;

use super::server::{ChildSpec, HttpSpec, Server, Transport};

impl Server {
    /// Whether the other one is the same in everything.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let transport = match (&self.transport, &other.transport) {
            (Transport::Child(one), Transport::Child(two)) => one.is_same(two),
            (Transport::Http(one), Transport::Http(two)) => one.is_same(two),
            _ => false,
        };
        transport
            && self.name == other.name
            && self.timeout == other.timeout
            && self.connect_timeout == other.connect_timeout
            && self.bridge == other.bridge
    }
}

impl ChildSpec {
    fn is_same(&self, other: &Self) -> bool {
        let Self { command, args, env, cwd, max_instances } = self;
        *command == other.command
            && *args == other.args
            && *cwd == other.cwd
            && *max_instances == other.max_instances
            && env_of(env) == env_of(&other.env)
    }
}

impl HttpSpec {
    fn is_same(&self, other: &Self) -> bool {
        let Self { url, headers, transport } = self;
        *url == other.url && *headers == other.headers && *transport == other.transport
    }
}

fn env_of(env: &[(String, secrecy::SecretString)]) -> Vec<(&str, &str)> {
    env.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}
