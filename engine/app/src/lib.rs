//! The formwork binary: command line, hot reload, wiring.
