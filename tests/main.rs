//! Every behaviour of the engine, tested at its outermost face.
