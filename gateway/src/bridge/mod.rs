//! Between the eras: clients and servers that hold their conversations differently.

pub mod backward;
