//! One page of a list: what is asked for, and how it is picked out.

use std::cmp::Ordering;

use mesos_process::http::Query;
use serde::Serialize;

use super::{Failure, needle::Needle};

/// Rows of a page unless the request says how many.
const LIMIT: usize = 100;
/// The most rows of one page.
const LIMIT_MAX: usize = 1000;
const PARAMETERS: [&str; 5] = ["search", "sort", "order", "offset", "limit"];

/// The columns by which a list can be sorted; the first is the order of a request without `sort`.
pub(super) type Columns<C> = &'static [(&'static str, C)];

/// What every list is asked.
pub(super) struct Listing<C> {
    pub(super) search: Option<Needle>,
    pub(super) column: C,
    descending: bool,
    offset: usize,
    limit: usize,
}

impl<C: Copy> Listing<C> {
    /// Reads a query. `filters` are the list's own parameters, `descending` the direction of its own order.
    pub(super) fn of(
        query: &Query,
        columns: Columns<C>,
        descending: bool,
        filters: &[&str],
    ) -> Result<Self, Failure> {
        super::only(query, &[&PARAMETERS[..], filters].concat())?;
        let (column, descending) = match query.get("sort") {
            None => (columns[0].1, descending),
            Some(name) => {
                let found = columns.iter().find(|(column, _)| *column == name);
                let names = || columns.iter().map(|(name, _)| *name).collect::<Vec<_>>();
                let (_, column) = found.ok_or_else(|| not_one_of("sort", name, &names()))?;
                (*column, false)
            }
        };
        let descending = match query.get("order") {
            None => descending,
            Some("asc") => false,
            Some("desc") => true,
            Some(other) => return Err(not_one_of("order", other, &["asc", "desc"])),
        };
        let limit = number(query, "limit", LIMIT)?;
        if limit > LIMIT_MAX {
            let text = format!("Invalid 'limit' {limit}: at most {LIMIT_MAX} is allowed");
            return Err(Failure::Bad(text));
        }
        Ok(Self {
            search: query.get("search").and_then(Needle::of),
            column,
            descending,
            offset: number(query, "offset", 0)?,
            limit,
        })
    }

    /// Picks the page: of all `rows` those with the needle, in the asked order.
    pub(super) fn page<'a, R: Row<'a, C>>(&self, rows: impl Iterator<Item = R>) -> Picked<R> {
        let mut total = 0;
        let mut keyed: Vec<(Key<'a>, usize, R)> = rows
            .inspect(|_| total += 1)
            .filter(|row| {
                let needle = self.search.as_ref();
                needle.is_none_or(|needle| row.has(needle))
            })
            .enumerate()
            .map(|(place, row)| (row.key(self.column), place, row))
            .collect();
        let matched = keyed.len();
        // Equal rows stay in the order of the tables, so that pages do not overlap. Asking the rows themselves would
        // cost a look into memory for each comparison.
        let order = |a: &(Key<'a>, usize, R), b: &(Key<'a>, usize, R)| {
            let by_key = a.0.cmp(&b.0, self.descending);
            by_key.then_with(|| a.1.cmp(&b.1))
        };
        let end = self.offset.saturating_add(self.limit).min(matched);
        let start = self.offset.min(end);
        // Only the page needs an order: first what belongs before its end, then what belongs behind its start.
        if end < matched && end > 0 {
            keyed.select_nth_unstable_by(end - 1, order);
        }
        keyed.truncate(end);
        if start > 0 && start < end {
            keyed.select_nth_unstable_by(start, order);
        }
        let mut page = keyed.split_off(start);
        page.sort_unstable_by(order);
        Picked {
            total,
            matched,
            offset: self.offset,
            rows: page.into_iter().map(|(.., row)| row).collect(),
        }
    }
}

/// A row before it is rendered.
pub(super) trait Row<'a, C> {
    fn key(&self, column: C) -> Key<'a>;
    fn has(&self, needle: &Needle) -> bool;
}

/// A value to sort by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    Number(f64),
    Text(&'a str),
    /// Stands last in either direction.
    None,
}

impl<'a> Key<'a> {
    pub(super) fn number(value: Option<f64>) -> Self {
        value.map_or(Self::None, Self::Number)
    }

    pub(super) fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::None, Self::Text)
    }

    fn cmp(&self, other: &Self, descending: bool) -> Ordering {
        let ascending = match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::None, Self::None) => return Ordering::Equal,
            (Self::None, _) => return Ordering::Greater,
            (_, Self::None) => return Ordering::Less,
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

/// The rows of a page.
pub(super) struct Picked<R> {
    total: usize,
    matched: usize,
    offset: usize,
    rows: Vec<R>,
}

/// `Page<Row>`.
#[derive(Serialize)]
struct Page<T> {
    total: usize,
    matched: usize,
    offset: usize,
    rows: Vec<T>,
}

impl<R> Picked<R> {
    /// Renders the page.
    pub(super) fn json<T: Serialize>(self, render: impl FnMut(R) -> T) -> Result<Vec<u8>, Failure> {
        super::json(&Page {
            total: self.total,
            matched: self.matched,
            offset: self.offset,
            rows: self.rows.into_iter().map(render).collect(),
        })
    }
}

pub(super) fn not_one_of(parameter: &str, value: &str, allowed: &[&str]) -> Failure {
    Failure::Bad(format!(
        "Invalid '{parameter}' '{value}': allowed are: {}",
        allowed.join(", ")
    ))
}

fn number(query: &Query, name: &str, default: usize) -> Result<usize, Failure> {
    let Some(text) = query.get(name) else {
        return Ok(default);
    };
    text.parse().map_err(|_| {
        Failure::Bad(format!(
            "Invalid '{name}' '{text}': a whole number is expected"
        ))
    })
}
