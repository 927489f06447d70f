//! Random organisations: what the directory says is what a plain reading of the lists says.

use formwork_model::id::RecordId;
use formwork_runtime::book::Where;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{DEAL, World, name, world};

const LOGINS: [&str; 4] = ["ann", "bob", "cat", "dan"];
const ROLES: [&str; 3] = ["seller", "chief", "boss"];
const TREES: [&str; 4] = ["department", "territory", "product_line", "partner"];
/// The first day; the others follow.
const DAY: i64 = 24 * 3600;

/// A position as it was made: numbers of what it names.
#[derive(Debug, Clone)]
struct Position {
    user: usize,
    role: usize,
    at: [Option<usize>; 4],
    with_below: bool,
    days: (Option<i8>, Option<i8>),
}

#[derive(Debug, Clone)]
struct Company {
    /// The parent of each place, which has a smaller number.
    parents: Vec<Option<usize>>,
    inactive: Vec<usize>,
    positions: Vec<Position>,
    /// Who is away, who stands in, from when to when.
    absences: Vec<(usize, Option<usize>, i8, i8)>,
}

fn company() -> impl Strategy<Value = Company> {
    let place = || prop::option::weighted(0.4, 0..5_usize);
    let day = || prop::option::weighted(0.5, -2..3_i8);
    let position = (0..4_usize, 0..3_usize, [place(), place(), place(), place()], any::<bool>(), (day(), day()));
    let position = position.prop_filter_map("in order", |(user, role, at, with_below, days)| match days {
        (Some(from), Some(to)) if from > to => None,
        _ => Some(Position { user, role, at, with_below, days }),
    });
    let absence = (0..4_usize, prop::option::of(0..4_usize), -2..2_i8, 0..2_i8);
    let absence = absence.prop_filter_map("somebody else", |(user, other, from, length)| {
        (other != Some(user)).then_some((user, other, from, from + length))
    });
    (
        prop::collection::vec(any::<u8>(), 5),
        prop::collection::vec(0..4_usize, 0..2),
        prop::collection::vec(position, 0..10),
        prop::collection::vec(absence, 0..5),
    )
        .prop_map(|(parents, inactive, positions, absences)| Company {
            parents: parents
                .iter()
                .enumerate()
                .map(|(i, n)| if i == 0 || *n < 60 { None } else { Some(usize::from(*n) % i) })
                .collect(),
            inactive,
            positions,
            absences,
        })
}

impl Company {
    fn build(&self) -> World {
        let world = world(DEAL);
        for (i, login) in LOGINS.iter().enumerate() {
            world.create("user", json!({"login": login, "name": login, "active": !self.inactive.contains(&i)}));
        }
        for tree in TREES {
            for (i, parent) in self.parents.iter().enumerate() {
                let parent = parent.map(|parent| format!("p{parent}"));
                world.create(tree, json!({"code": format!("p{i}"), "name": format!("p{i}"), "parent": parent}));
            }
        }
        for position in &self.positions {
            let at = |i: usize| position.at[i].map(|place| format!("p{place}"));
            world.create(
                "position",
                json!({
                    "user": LOGINS[position.user], "role": ROLES[position.role], "with_below": position.with_below,
                    "department": at(0), "territory": at(1), "product_line": at(2), "partner": at(3),
                    "from": position.days.0.map(day), "to": position.days.1.map(day),
                }),
            );
        }
        for (user, substitute, from, to) in &self.absences {
            // Of several absences the one that was entered last counts.
            world.later(1);
            let substitute = substitute.map(|other| LOGINS[other]);
            world.create(
                "absence",
                json!({"user": LOGINS[*user], "substitute": substitute, "from": day(*from), "to": day(*to)}),
            );
        }
        world
    }

    fn is_below(&self, place: usize, top: usize) -> bool {
        place == top || self.parents[place].is_some_and(|parent| self.is_below(parent, top))
    }

    fn holds(&self, position: &Position, today: i8) -> bool {
        let (from, to) = position.days;
        from.is_none_or(|from| from <= today)
            && to.is_none_or(|to| today <= to)
            && !self.inactive.contains(&position.user)
    }

    fn holders(&self, role: usize, asked: &[Option<usize>; 4], today: i8) -> Vec<String> {
        let covers = |position: &Position| {
            (0..4).all(|i| match (asked[i], position.at[i]) {
                (Some(place), Some(held)) if i > 0 || position.with_below => self.is_below(place, held),
                (Some(place), Some(held)) => place == held,
                _ => true,
            })
        };
        let mut holders: Vec<String> = self
            .positions
            .iter()
            .filter(|position| position.role == role && self.holds(position, today) && covers(position))
            .map(|position| LOGINS[position.user].to_owned())
            .collect();
        holders.sort();
        holders.dedup();
        holders
    }

    fn stand_in(&self, login: usize, today: i8) -> Option<usize> {
        let mut at = login;
        for _ in 0..=LOGINS.len() {
            match self.absences.iter().rev().find(|(user, _, from, to)| *user == at && (*from..=*to).contains(&today)) {
                None => return (!self.inactive.contains(&at)).then_some(at),
                Some((_, substitute, ..)) => at = (*substitute)?,
            }
        }
        None
    }
}

/// Days count from the day the world begins on.
fn day(n: i8) -> Json {
    json!((jiff::civil::date(2026, 3, 2) + jiff::Span::new().days(i64::from(n))).to_string())
}

fn ask(world: &World, role: usize, asked: &[Option<usize>; 4]) -> Vec<String> {
    let places = (0..4).filter_map(|i| Some((TREES[i], format!("p{}", asked[i]?)))).collect();
    let found = world.book.holders(name(ROLES[role]), &Where::Places(places)).unwrap();
    let mut ids: Vec<RecordId> = found.iter().map(|holder| holder.position).collect();
    ids.dedup();
    assert_eq!(ids.len(), found.len());
    found.into_iter().map(|holder| holder.login).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_directory_says_what_the_lists_say(
        company in company(),
        questions in prop::collection::vec((0..3_usize, [
            prop::option::of(0..5_usize), prop::option::of(0..5_usize),
            prop::option::of(0..5_usize), prop::option::of(0..5_usize),
        ]), 12),
    ) {
        let world = company.build();
        for today in 0..3 {
            for (role, asked) in &questions {
                prop_assert_eq!(ask(&world, *role, asked), company.holders(*role, asked, today));
            }
            for (i, login) in LOGINS.iter().enumerate() {
                let person = world.book.person(login, None).unwrap();
                let held = |role: usize| company.positions.iter().any(|position| {
                    position.user == i && position.role == role && company.holds(position, today)
                });
                let mut roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
                roles.sort_unstable();
                let mut expected: Vec<&str> = (0..3).filter(|role| held(*role)).map(|role| ROLES[role]).collect();
                expected.sort_unstable();
                prop_assert_eq!(roles, expected);
                prop_assert_eq!(person.stand_in.as_deref(), company.stand_in(i, today).map(|other| LOGINS[other]));
            }
            world.later(DAY);
        }
        world.verify();
    }
}
