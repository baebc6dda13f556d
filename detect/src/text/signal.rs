//! What a phrase is a signal of.

/// What a signal is a sign of. One alone proves little: texts about security speak like that, and
/// honest servers say which tool to call first. Signals of two classes in one text are rare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalClass {
    /// What was said before shall not count.
    Override,
    /// The user shall not learn of it.
    Concealment,
    /// Keys, passwords and files that hold them.
    SecretPath,
    /// Something shall be sent away.
    Egress,
    /// Which tools to call, when, and in place of which.
    Steering,
    /// The text plays a role in the conversation: system, developer, assistant.
    RoleMarker,
    /// A text within the text, encoded.
    Encoded,
}

impl SignalClass {
    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::Override,
        Self::Concealment,
        Self::SecretPath,
        Self::Egress,
        Self::Steering,
        Self::RoleMarker,
        Self::Encoded,
    ];

    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Concealment => "concealment",
            Self::SecretPath => "secret-path",
            Self::Egress => "egress",
            Self::Steering => "steering",
            Self::RoleMarker => "role-marker",
            Self::Encoded => "encoded",
        }
    }
}
