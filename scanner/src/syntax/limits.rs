//! Bounds on reading.

/// How much of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of the file in bytes.
    pub bytes: usize,
    /// How deep lists and maps nest.
    pub depth: usize,
    /// The number of values in a YAML file, aliases counted with all they stand for.
    pub yaml_nodes: usize,
    /// The bytes of text in a YAML file, aliases counted with all they stand for.
    pub yaml_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 8 << 20, depth: 200, yaml_nodes: 500_000, yaml_bytes: 16 << 20 }
    }
}
