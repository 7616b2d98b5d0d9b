//! Addition, subtraction, containment. Compat: RES-3, RES-31..RES-36.

use super::{Resource, Resources};
use std::ops;

impl Resources {
    /// Merges into the first entry that takes it in, else appends; empty entries vanish.
    pub fn add(&mut self, resource: Resource) {
        if resource.is_empty() {
            return;
        }
        match self
            .entries
            .iter_mut()
            .find(|entry| entry.takes_in(&resource))
        {
            Some(entry) if entry.is_shared() => {
                entry.set_copies(entry.copies().saturating_add(resource.copies()));
            }
            Some(entry) => entry.value_mut().add(resource.value()),
            None => self.entries.push(resource),
        }
    }

    /// Takes it out of the first entry that gives it out. Too much erases the entry instead of failing (RES-33).
    pub fn subtract(&mut self, resource: &Resource) {
        if resource.is_empty() {
            return;
        }
        let Some(at) = self
            .entries
            .iter()
            .position(|entry| entry.gives_out(resource))
        else {
            return;
        };
        let entry = &mut self.entries[at];
        if entry.is_shared() {
            entry.set_copies(entry.copies().saturating_sub(resource.copies()));
        } else {
            entry.value_mut().subtract(resource.value());
        }
        if entry.is_empty() || entry.milli() < 0 {
            // The last entry fills the hole: clients may see this order.
            self.entries.swap_remove(at);
        }
    }

    pub fn contains_entry(&self, wanted: &Resource) -> bool {
        self.entries.iter().any(|entry| entry.contains(wanted))
    }

    /// Whether each wanted entry lies in one of ours; only persistent volumes are used up (RES-34).
    pub fn contains(&self, wanted: &Resources) -> bool {
        let mut reduced: Option<Resources> = None;
        for resource in wanted {
            if !reduced.as_ref().unwrap_or(self).contains_entry(resource) {
                return false;
            }
            if resource.is_persistent_volume() {
                reduced
                    .get_or_insert_with(|| self.clone())
                    .subtract(resource);
            }
        }
        true
    }
}

impl PartialEq for Resources {
    fn eq(&self, other: &Self) -> bool {
        self.contains(other) && other.contains(self)
    }
}

impl<'a> IntoIterator for &'a Resources {
    type Item = &'a Resource;
    type IntoIter = std::slice::Iter<'a, Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Resources {
    type Item = Resource;
    type IntoIter = std::vec::IntoIter<Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl FromIterator<Resource> for Resources {
    fn from_iter<I: IntoIterator<Item = Resource>>(list: I) -> Self {
        let mut bag = Resources::new();
        for resource in list {
            bag.add(resource);
        }
        bag
    }
}

impl From<Resource> for Resources {
    fn from(resource: Resource) -> Self {
        [resource].into_iter().collect()
    }
}

impl ops::AddAssign<&Resources> for Resources {
    fn add_assign(&mut self, other: &Resources) {
        if self.entries.is_empty() {
            self.clone_from(other);
            return;
        }
        for resource in other {
            self.add(resource.clone());
        }
    }
}

impl ops::AddAssign<Resources> for Resources {
    fn add_assign(&mut self, other: Resources) {
        if self.entries.is_empty() {
            *self = other;
            return;
        }
        for resource in other {
            self.add(resource);
        }
    }
}

impl ops::AddAssign<Resource> for Resources {
    fn add_assign(&mut self, other: Resource) {
        self.add(other);
    }
}

impl ops::SubAssign<&Resources> for Resources {
    fn sub_assign(&mut self, other: &Resources) {
        for resource in other {
            self.subtract(resource);
        }
    }
}

impl ops::SubAssign<&Resource> for Resources {
    fn sub_assign(&mut self, other: &Resource) {
        self.subtract(other);
    }
}

impl ops::Add<&Resources> for &Resources {
    type Output = Resources;

    fn add(self, other: &Resources) -> Resources {
        let mut sum = self.clone();
        sum += other;
        sum
    }
}

impl ops::Add<&Resources> for Resources {
    type Output = Resources;

    fn add(mut self, other: &Resources) -> Resources {
        self += other;
        self
    }
}

impl ops::Sub<&Resources> for &Resources {
    type Output = Resources;

    fn sub(self, other: &Resources) -> Resources {
        let mut difference = self.clone();
        difference -= other;
        difference
    }
}

impl ops::Sub<&Resources> for Resources {
    type Output = Resources;

    fn sub(mut self, other: &Resources) -> Resources {
        self -= other;
        self
    }
}
