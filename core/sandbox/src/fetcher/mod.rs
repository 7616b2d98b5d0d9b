//! Fetching what a command names: rules of URIs, the cache's books.
