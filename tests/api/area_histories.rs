//! Random histories of areas with people in between: nobody is lost or counted twice in either basis, counters equal a
//! recount, and what is taken back leaves every answer as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use entity::ids::{AreaId, AtomId};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::coverage::{measure::Measure, store::read_counts};

use crate::{
    app::{TestApp, on_both},
    area_changes::{World, families, no_difference, sent},
    given::Actor,
};

/// Something that happens to the areas or the people in them. Numbers choose among what there is at the time.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Merge(usize, usize),
    Split(usize, Option<u8>),
    PartTransfer(usize, usize, u8),
    Rename(usize),
    Born(usize),
    Place(usize, usize),
    Populate(usize, i64),
}

fn history() -> impl Strategy<Value = Vec<Happens>> {
    let at = || 0..12_usize;
    // Parts stay large enough to be told: whom pools protect, they go on protecting after a change is taken back.
    let share = 30..71_u8;
    let step = proptest::prop_oneof![
        2 => (at(), at()).prop_map(|(one, other)| Happens::Merge(one, other)),
        2 => (at(), proptest::option::of(share.clone())).prop_map(|(one, share)| Happens::Split(one, share)),
        1 => (at(), at(), share).prop_map(|(one, other, share)| Happens::PartTransfer(one, other, share)),
        1 => at().prop_map(Happens::Rename),
        1 => at().prop_map(Happens::Born),
        2 => (at(), at()).prop_map(|(who, to)| Happens::Place(who, to)),
        1 => (at(), 400..900_i64).prop_map(|(one, people)| Happens::Populate(one, people)),
    ];
    // Every history divides and merges at least once, so that none is about nothing.
    (
        proptest::collection::vec(step.clone(), 1),
        proptest::collection::vec(step, 2),
    )
        .prop_map(|(first, then)| {
            let certain = [
                Happens::Populate(0, 410),
                Happens::Split(0, Some(35)),
                Happens::Place(0, 0),
                Happens::Merge(1, 2),
            ];
            let halves = certain.chunks(2).zip([first, then]);
            halves
                .flat_map(|(certain, more)| certain.iter().copied().chain(more))
                .collect()
        })
}

struct Story {
    world: World,
    watching: Actor,
    /// Every ward there ever was.
    wards: BTreeSet<AreaId>,
    /// Who is counted, from which day on.
    people: Vec<(Actor, NaiveDate)>,
    days: Vec<NaiveDate>,
    province_before: i64,
}

impl Story {
    async fn of(app: &TestApp) -> Self {
        let world = World::of(app).await;
        let watching = app.supervisor(world.province).await;
        let mut story = Self {
            wards: BTreeSet::from([world.one, world.two]),
            watching,
            people: Vec::new(),
            days: Vec::new(),
            province_before: 0,
            world,
        };
        for (ward, count) in [(story.world.one, 6), (story.world.two, 5)] {
            for family in families(app, ward, count).await {
                story.people.push((family, app.clock.today()));
            }
        }
        story
    }

    /// The next day, with everybody signed in again who acts.
    async fn next_day(&mut self, app: &TestApp) {
        app.clock.advance(Duration::days(1));
        self.world.administrator = app.sign_in_again(&self.world.administrator).await;
        self.watching = app.sign_in_again(&self.watching).await;
        self.days.push(app.clock.today());
    }

    fn open(&self, app: &TestApp) -> Vec<AreaId> {
        let (atlas, today) = (app.app.areas.atlas(), app.clock.today());
        let wards = self.wards.iter().copied();
        wards.filter(|ward| atlas.is_open(*ward, today)).collect()
    }

    fn change(
        &self,
        app: &TestApp,
        number: usize,
        happens: Happens,
    ) -> Option<(Value, Vec<AreaId>)> {
        let open = self.open(app);
        let pick = |at: usize| open.get(at % open.len()).copied();
        let fresh: Vec<AreaId> = (0..2).map(|_| app.clock.id()).collect();
        let target = |at: usize| self.world.target(fresh[at], &format!("9{number}{at:02}"));
        let edge = |from: AreaId, to: AreaId, share: Option<f64>| json!({ "fromId": from.0, "toId": to.0, "share": share });
        let ask = |kind: &str, from: Vec<AreaId>, to: Vec<Value>, edges: Vec<Value>| {
            let from: Vec<_> = from.iter().map(|area| area.0).collect();
            json!({ "id": app.clock.id::<Uuid>(), "decision": format!("{number}/NQ-MẪU"), "effectiveOn": app.clock.today().to_string(),
                "kind": kind, "fromIds": from, "to": to, "edges": edges })
        };
        let two = |one: usize, other: usize| {
            Some((pick(one)?, pick(other)?)).filter(|(one, other)| one != other)
        };
        Some(match happens {
            Happens::Merge(one, other) => {
                let (one, other) = two(one, other)?;
                (
                    ask("MERGED", vec![one, other], vec![target(0)], Vec::new()),
                    vec![fresh[0]],
                )
            }
            Happens::Split(one, share) => {
                let one = pick(one)?;
                let part = share.map(|share| f64::from(share) / 100.0);
                let rest = part.map(|part| 1.0 - part);
                let edges = vec![edge(one, fresh[0], part), edge(one, fresh[1], rest)];
                (
                    ask("SPLIT", vec![one], vec![target(0), target(1)], edges),
                    fresh,
                )
            }
            Happens::PartTransfer(one, other, share) => {
                let (one, other) = two(one, other)?;
                let part = f64::from(share) / 100.0;
                let edges = vec![
                    edge(one, fresh[0], Some(part)),
                    edge(one, fresh[1], Some(1.0 - part)),
                    edge(other, fresh[1], None),
                ];
                (
                    ask(
                        "PART_TRANSFERRED",
                        vec![one, other],
                        vec![target(0), target(1)],
                        edges,
                    ),
                    fresh,
                )
            }
            Happens::Rename(one) => {
                let one = pick(one)?;
                let to = json!({ "id": one.0, "name": format!("Phường Đổi Tên {number}") });
                (ask("RENAMED", vec![one], vec![to], Vec::new()), Vec::new())
            }
            Happens::Born(_) | Happens::Place(..) | Happens::Populate(..) => return None,
        })
    }

    async fn live(&mut self, app: &TestApp, happens: Happens) {
        let (atlas, today) = (app.app.areas.atlas(), app.clock.today());
        let open = self.open(app);
        match happens {
            Happens::Born(at) => {
                for family in families(app, open[at % open.len()], 1).await {
                    self.people.push((family, today));
                }
            }
            Happens::Place(who, to) => {
                let (person, _) = &self.people[who % self.people.len()];
                let home = self.world.one;
                let parts = atlas.current_successors(home, today).areas;
                let input =
                    json!({ "personId": person.person.0, "areaId": parts[to % parts.len()].0 });
                let document = crate::authorization::operation("placePerson");
                // Who is placed already, or lives elsewhere, is refused; that changes nothing.
                self.world
                    .administrator
                    .graphql(app, &document, json!({ "input": input }))
                    .await;
            }
            Happens::Populate(at, people) => {
                let input = json!({ "areaId": open[at % open.len()].0, "indicator": "D3", "periodFrom": today.to_string(),
                    "periodTo": "2026-12-31", "value": people, "source": "Danh sách mẫu", "status": "OFFICIAL" });
                sent(app, &self.watching, "setDenominator", input).await;
            }
            _ => {}
        }
    }

    /// How many people D3 counts in places on a day, whatever may be shown of it.
    async fn counted(&self, app: &TestApp, places: &[Uuid], on: NaiveDate) -> i64 {
        while app.app.coverage.fold().await.expect("folded") > 0 {}
        let rulebook = app.app.programmes.rulebook();
        let indicator = rulebook.indicator("D3").expect("D3").row.indicator_id;
        let read = read_counts(
            app.db.write(),
            places,
            indicator,
            &[Measure::Population],
            on,
        )
        .await;
        read.expect("counts").counters.folded.values().sum()
    }

    async fn nobody_is_lost_or_twice(&self, app: &TestApp) {
        let (atlas, today) = (app.app.areas.atlas(), app.clock.today());
        let atoms: BTreeSet<AtomId> = self
            .wards
            .iter()
            .flat_map(|ward| atlas.atoms_of_area(*ward))
            .collect();
        for day in &self.days {
            let expected = self.people.iter().filter(|(_, since)| since <= day).count();
            let expected = i64::try_from(expected).expect("few people");
            for tree in [*day, today] {
                // The wards of a day and whoever is in none of them: the day itself is one basis, today the other.
                let wards = self
                    .wards
                    .iter()
                    .filter(|ward| atlas.is_valid(**ward, tree));
                let unplaced = atoms
                    .iter()
                    .filter(|atom| atlas.location(**atom, tree).commune.is_none());
                let places: Vec<Uuid> = wards
                    .map(|ward| ward.0)
                    .chain(unplaced.map(|atom| atom.0))
                    .collect();
                let counted = self.counted(app, &places, *day).await;
                assert_eq!(counted, expected, "on {day} over the areas of {tree}");
            }
            let province = self.counted(app, &[self.world.province.0], *day).await;
            assert_eq!(
                province,
                self.province_before + expected,
                "the province on {day}"
            );
        }
        no_difference(app).await;
    }

    /// What the API answers of the areas, in both bases, with both denominators.
    async fn answers(&self, app: &TestApp) -> BTreeMap<String, Value> {
        let document = "query($area: ID!, $basis: AreaBasis, $denominator: DenominatorKind) { coverage(areaId: $area, indicator: \"D3\", \
            basis: $basis, denominator: $denominator) { numerator { state value } denominator { state value reason } rate \
            notYetPlaced { state value } countedAreas { id } denominatorSource { source status } explanation { lines } } }";
        let mut answers = BTreeMap::new();
        let today = app.clock.today();
        let atlas = app.app.areas.atlas();
        for area in self.wards.iter().chain([&self.world.province]) {
            if atlas.area(*area).is_none() {
                continue;
            }
            for basis in ["AS_REPORTED", "CURRENT"] {
                if basis == "AS_REPORTED" && !atlas.is_valid(*area, today) {
                    continue;
                }
                for denominator in ["REGISTERED", "POPULATION"] {
                    let variables =
                        json!({ "area": area.0, "basis": basis, "denominator": denominator });
                    let answer = self.watching.graphql(app, document, variables).await;
                    answers.insert(
                        format!("{area} {basis} {denominator}"),
                        answer.data("coverage").clone(),
                    );
                }
            }
        }
        answers
    }

    /// Applies a change, takes it back, which must leave every answer as it was, and applies it again.
    async fn change_and_back(&mut self, app: &TestApp, input: Value, new: Vec<AreaId>) {
        // Areas that there are not yet answer nothing and count nobody.
        self.wards.extend(new);
        let before = self.answers(app).await;
        sent(
            app,
            &self.world.administrator,
            "applyAreaChange",
            input.clone(),
        )
        .await;
        self.nobody_is_lost_or_twice(app).await;
        sent(
            app,
            &self.world.administrator,
            "undoAreaChange",
            json!({ "id": input["id"] }),
        )
        .await;
        assert_eq!(self.answers(app).await, before, "undone: {input}");
        sent(app, &self.world.administrator, "applyAreaChange", input).await;
    }
}

#[tokio::test]
async fn random_histories_lose_nobody_count_nobody_twice_and_are_taken_back_without_a_trace() {
    const SEEDS: [u8; 1] = [42];
    for seed in SEEDS {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let history = history()
            .new_tree(&mut runner)
            .expect("a history")
            .current();
        on_both(async |app| {
            let mut story = Story::of(&app).await;
            story.next_day(&app).await;
            let mut changes = 0;
            for (number, happens) in (10..).zip(history.clone()) {
                match story.change(&app, number, happens) {
                    Some((input, new)) => {
                        changes += 1;
                        story.change_and_back(&app, input, new).await;
                    }
                    None => story.live(&app, happens).await,
                }
                story.nobody_is_lost_or_twice(&app).await;
                story.next_day(&app).await;
            }
            assert!(changes >= 2, "{history:?} changes too little");
        })
        .await;
    }
}
