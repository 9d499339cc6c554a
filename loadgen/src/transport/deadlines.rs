//! Deadlines that all are the same time ahead: a queue from which any entry can be taken.

use crate::clock::Nanos;

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
    deadline: Nanos,
    queued: bool,
}

const FREE: Link = Link {
    before: NONE,
    after: NONE,
    deadline: 0,
    queued: false,
};

/// A queue of slots, the earliest deadline first. Memory grows with the number of slots alone.
#[derive(Debug)]
pub(super) struct Deadlines {
    links: Vec<Link>,
    head: u32,
    tail: u32,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        Self {
            links: Vec::new(),
            head: NONE,
            tail: NONE,
        }
    }

    /// Adds a slot whose deadline is not before any other's.
    pub(super) fn push(&mut self, slot: u32, deadline: Nanos) {
        self.remove(slot);
        let index = slot as usize;
        if index >= self.links.len() {
            self.links.resize(index + 1, FREE);
        }
        self.links[index] = Link {
            before: self.tail,
            after: NONE,
            deadline,
            queued: true,
        };
        match self.tail {
            NONE => self.head = slot,
            tail => self.links[tail as usize].after = slot,
        }
        self.tail = slot;
    }

    /// Takes a slot out, wherever it is; a slot that is not queued is left alone.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(link) = self
            .links
            .get(slot as usize)
            .copied()
            .filter(|link| link.queued)
        else {
            return;
        };
        match link.before {
            NONE => self.head = link.after,
            before => self.links[before as usize].after = link.after,
        }
        match link.after {
            NONE => self.tail = link.before,
            after => self.links[after as usize].before = link.before,
        }
        self.links[slot as usize] = FREE;
    }

    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<(u32, Nanos)> {
        (self.head != NONE).then(|| (self.head, self.links[self.head as usize].deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_from_anywhere_and_the_order_stays() {
        let mut deadlines = Deadlines::new();
        for slot in 0..5 {
            deadlines.push(slot, u64::from(slot) * 10);
        }
        for slot in [2, 0, 2, 4, 9] {
            deadlines.remove(slot);
        }
        assert_eq!(deadlines.first(), Some((1, 10)));
        deadlines.remove(1);
        deadlines.push(0, 50);
        assert_eq!(deadlines.first(), Some((3, 30)));
        deadlines.remove(3);
        assert_eq!(deadlines.first(), Some((0, 50)));
        deadlines.remove(0);
        assert_eq!(deadlines.first(), None);
    }
}
