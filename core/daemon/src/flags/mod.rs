//! Flags as data: tables, loading, help texts, typed results. Compat: FLG-1..FLG-12.
