//! Validation with the exact message texts. Compat: TSK-1..TSK-15, OP-1..OP-15.
