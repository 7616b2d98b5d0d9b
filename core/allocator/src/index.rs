//! Dense numbers for agents, frameworks, roles and memberships, and the tables they index.

use hashbrown::HashMap;
use std::{borrow::Borrow, hash::Hash, marker::PhantomData};

/// Declares the number of one kind of thing.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub(crate) u32);

        impl Number for $name {
            fn new(at: usize) -> Self {
                Self(u32::try_from(at).expect("tables hold fewer than 2^32 rows"))
            }
            fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

/// A row number of a [`Table`].
pub(crate) trait Number: Copy {
    fn new(at: usize) -> Self;
    fn at(self) -> usize;
}

number!(/// An agent.
    AgentNo);
number!(/// A framework.
    FrameworkNo);
number!(/// A node of the role tree.
    RoleNo);
number!(/// A framework in one of its roles.
    MemberNo);

/// Rows by number; freed numbers are used again, so numbers stay dense.
#[derive(Debug)]
pub(crate) struct Table<N, T> {
    rows: Vec<Option<T>>,
    free: Vec<u32>,
    number: PhantomData<N>,
}

impl<N: Number, T> Table<N, T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            free: Vec::new(),
            number: PhantomData,
        }
    }

    pub(crate) fn insert(&mut self, row: T) -> N {
        if let Some(at) = self.free.pop() {
            self.rows[at as usize] = Some(row);
            return N::new(at as usize);
        }
        self.rows.push(Some(row));
        N::new(self.rows.len() - 1)
    }

    pub(crate) fn remove(&mut self, number: N) -> T {
        let row = self.rows[number.at()]
            .take()
            .expect("the row exists until it is removed");
        self.free
            .push(u32::try_from(number.at()).expect("numbers are 32 bits"));
        row
    }

    pub(crate) fn get(&self, number: N) -> Option<&T> {
        self.rows.get(number.at()).and_then(Option::as_ref)
    }

    /// Rows in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (N, &T)> {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(at, row)| row.as_ref().map(|row| (N::new(at), row)))
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = N> + '_ {
        self.iter().map(|(number, _)| number)
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut().filter_map(Option::as_mut)
    }
}

impl<N: Number, T> std::ops::Index<N> for Table<N, T> {
    type Output = T;

    fn index(&self, number: N) -> &T {
        self.rows[number.at()]
            .as_ref()
            .expect("numbers in use name existing rows")
    }
}

impl<N: Number, T> std::ops::IndexMut<N> for Table<N, T> {
    fn index_mut(&mut self, number: N) -> &mut T {
        self.rows[number.at()]
            .as_mut()
            .expect("numbers in use name existing rows")
    }
}

/// From an id to its number. Only looked up, never iterated, so its order cannot leak out.
#[derive(Debug)]
pub(crate) struct Numbers<I, N>(HashMap<I, N, foldhash::fast::FixedState>);

impl<I: Hash + Eq, N: Copy> Numbers<I, N> {
    pub(crate) fn new() -> Self {
        Self(HashMap::default())
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, id: &Q) -> Option<N>
    where
        I: Borrow<Q>,
    {
        self.0.get(id).copied()
    }

    pub(crate) fn insert(&mut self, id: I, number: N) {
        self.0.insert(id, number);
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&mut self, id: &Q) -> Option<N>
    where
        I: Borrow<Q>,
    {
        self.0.remove(id)
    }
}
