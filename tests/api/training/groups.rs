//! Making groups, adding and removing people, assigning modules.

use chrono::{Duration, NaiveDate};
use entity::{
    assignment,
    group_member::{self, LeftReason},
    ids::{GroupId, PersonId},
    training_group,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vun::{
    error::Error,
    learning::merge::PersonState,
    training::{MOST_MEMBERS, NewGroup, framing::Frame, screens::Age},
};

use super::world::{World, to_mend, trainer};
use crate::app::on_both;

fn new_group(id: Option<GroupId>, name: &str, area: entity::ids::AreaId) -> NewGroup {
    NewGroup {
        id,
        name: name.to_owned(),
        area,
        frame: Frame::default(),
    }
}

async fn memberships(world: &World, group: GroupId) -> Vec<group_member::Model> {
    group_member::Entity::find()
        .filter(group_member::Column::GroupId.eq(group))
        .order_by_asc(group_member::Column::JoinedOn)
        .all(world.app.db.write())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_group_is_made_once_and_only_where_its_trainer_stands() {
    on_both(async |app| {
        let world = World::new(app).await;
        let (here, elsewhere) = (world.commune(0), world.commune(1));
        let one = trainer(&world.trainer(here).await);
        let other = trainer(&world.trainer(elsewhere).await);
        let id = Some(GroupId(Uuid::now_v7()));
        let make = async |who, id, name: &str, area| {
            world
                .training
                .create_group(who, new_group(id, name, area))
                .await
        };

        let made = make(&one, id, "Nhóm ấp 1", here).await.unwrap();
        assert_eq!(Some(made), id);
        assert_eq!(make(&one, id, "  Nhóm  ấp 1 ", here).await.unwrap(), made);
        let count = training_group::Entity::find().count(world.app.db.write());
        assert_eq!(count.await.unwrap(), 1);

        let conflict = || vec![("Conflict".to_owned(), "id".to_owned(), "id-taken")];
        assert_eq!(to_mend(make(&one, id, "Nhóm ấp 2", here).await), conflict());
        assert_eq!(
            to_mend(make(&other, id, "Nhóm ấp 1", elsewhere).await),
            conflict()
        );

        let unknown = || vec![("NotFound".to_owned(), "areaId".to_owned(), "area-unknown")];
        assert_eq!(
            to_mend(make(&one, None, "Nhóm", elsewhere).await),
            unknown()
        );
        assert_eq!(
            to_mend(make(&one, None, "Nhóm", world.province()).await),
            unknown()
        );
        let nowhere = Uuid::now_v7().into();
        assert_eq!(to_mend(make(&one, None, "Nhóm", nowhere).await), unknown());

        let atlas = world.atlas();
        let gone = atlas.forerunners(here);
        let gone = gone
            .into_iter()
            .find(|old| atlas.covers(here, *old))
            .unwrap();
        let wrong = make(&one, Some(Uuid::nil().into()), " ", gone).await;
        assert_eq!(
            to_mend(wrong),
            [
                ("Required".to_owned(), "name".to_owned(), "text-required"),
                ("Closed".to_owned(), "areaId".to_owned(), "area-closed"),
                ("Invalid".to_owned(), "id".to_owned(), "id-invalid"),
            ]
        );

        let wide = trainer(&world.trainer(world.province()).await);
        make(&wide, None, "Cả tỉnh", world.province())
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_same_group_made_at_once_is_made_once() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = trainer(&world.trainer(here).await);
        let id = Some(GroupId(Uuid::now_v7()));
        let make = || {
            world
                .training
                .create_group(&one, new_group(id, "Nhóm", here))
        };
        let (a, b, c) = tokio::join!(make(), make(), make());
        assert_eq!([a.unwrap(), b.unwrap(), c.unwrap()].map(Some), [id; 3]);
    })
    .await;
}

#[tokio::test]
async fn another_trainers_group_answers_as_if_it_did_not_exist() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = trainer(&world.trainer(here).await);
        // Not even to a trainer of the same commune.
        let other = trainer(&world.trainer(here).await);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let people = world.people(1, here).await;
        training
            .add_members(&one, group, people.clone())
            .await
            .unwrap();

        let today = world.areas.today();
        let module = vec![world.module_id("HC1")];
        for unknown in [group, Uuid::now_v7().into()] {
            let told = || vec![("NotFound".to_owned(), "groupId".to_owned(), "group-unknown")];
            assert_eq!(
                to_mend(training.add_members(&other, unknown, people.clone()).await),
                told()
            );
            assert_eq!(
                to_mend(
                    training
                        .remove_member(&other, unknown, people[0], None)
                        .await
                ),
                told()
            );
            assert_eq!(
                to_mend(
                    training
                        .assign_modules(&other, unknown, module.clone(), today)
                        .await
                ),
                told()
            );
            let seen = training.group(&other, unknown, &[], Age::Recent).await;
            assert!(matches!(seen, Err(Error::NotFound)));
        }
        assert!(
            training
                .groups(&other, 10, None, &[])
                .await
                .unwrap()
                .groups
                .is_empty()
        );
        assert_eq!(memberships(&world, group).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn people_of_the_trainers_area_are_added_once_and_strangers_are_not_told_apart() {
    on_both(async |app| {
        let world = World::new(app).await;
        let (here, elsewhere) = (world.commune(0), world.commune(1));
        let one = trainer(&world.trainer(here).await);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let mine = world.people(3, here).await;
        let stranger = world.people(1, elsewhere).await[0];
        let nobody = PersonId(Uuid::now_v7());

        let mixed = vec![mine[0], stranger, mine[0], nobody, mine[1]];
        let told = |at: usize| {
            let field = format!("personIds.{at}");
            ("NotFound".to_owned(), field, "group-person-unknown")
        };
        let outcome = training.add_members(&one, group, mixed).await;
        assert_eq!(to_mend(outcome), [told(1), told(3)]);
        assert!(
            memberships(&world, group).await.is_empty(),
            "all or nothing"
        );

        for _ in 0..2 {
            let twice = vec![mine[0], mine[1], mine[0]];
            training.add_members(&one, group, twice).await.unwrap();
        }
        training
            .add_members(&one, group, mine.clone())
            .await
            .unwrap();
        assert_eq!(memberships(&world, group).await.len(), 3);

        // Recorded in a commune that became part of this one.
        let atlas = world.atlas();
        let olds = atlas.forerunners(here).into_iter();
        let mut olds = olds.filter(|old| atlas.root_atom(*old).is_some());
        let old = olds.find(|old| atlas.covers(here, *old)).unwrap();
        let before = world.people(1, old).await;
        training.add_members(&one, group, before).await.unwrap();

        // Of a commune that was split, and not placed yet: certain for the province only.
        let of_province = atlas.forerunners(world.province()).into_iter();
        let mut split = of_province.filter_map(|old| atlas.root_atom(old).map(|atom| (old, atom)));
        let (split, _) = split
            .find(|(_, atom)| !atlas.parts_of_atom(*atom).is_empty())
            .unwrap();
        let unplaced = world.people(1, split).await;
        assert_eq!(
            to_mend(training.add_members(&one, group, unplaced.clone()).await),
            [told(0)]
        );
        let wide = trainer(&world.trainer(world.province()).await);
        let wide_group = new_group(None, "Cả tỉnh", world.province());
        let wide_group = training.create_group(&wide, wide_group).await.unwrap();
        training
            .add_members(&wide, wide_group, unplaced)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_group_and_a_request_hold_only_so_many() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = trainer(&world.trainer(here).await);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let people = world.people(MOST_MEMBERS + 1, here).await;
        let add = async |some: &[PersonId]| training.add_members(&one, group, some.to_vec()).await;

        let told = |code: &str, message| vec![(code.to_owned(), "personIds".to_owned(), message)];
        assert_eq!(
            to_mend(add(&[]).await),
            told("Required", "members-required")
        );
        assert_eq!(
            to_mend(add(&people[..101]).await),
            told("TooMany", "named-too-many")
        );
        add(&people[..100]).await.unwrap();
        add(&people[100..199]).await.unwrap();
        assert_eq!(
            to_mend(add(&people[199..]).await),
            told("TooMany", "group-full")
        );
        add(&people[199..200]).await.unwrap();
        // Who is in already may be named again when it is full; nobody new may.
        add(&people[150..200]).await.unwrap();
        assert_eq!(
            to_mend(add(&people[200..]).await),
            told("TooMany", "group-full")
        );
        training
            .remove_member(&one, group, people[0], None)
            .await
            .unwrap();
        add(&people[200..]).await.unwrap();
        let active = memberships(&world, group).await.into_iter();
        assert_eq!(
            active.filter(|row| row.left_on.is_none()).count(),
            MOST_MEMBERS
        );
    })
    .await;
}

#[tokio::test]
async fn leaving_a_group_keeps_when_and_why() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = trainer(&world.trainer(here).await);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let people = world.people(2, here).await;
        let (person, never) = (people[0], people[1]);
        training
            .add_members(&one, group, vec![person])
            .await
            .unwrap();
        let joined = world.areas.today();

        world.app.clock.advance(Duration::days(10));
        let left = world.areas.today();
        let reason = Some(LeftReason::MovedAway);
        training
            .remove_member(&one, group, person, reason)
            .await
            .unwrap();
        world.app.clock.advance(Duration::days(1));
        // Again, with another reason: what was kept stays.
        let other = Some(LeftReason::Other);
        training
            .remove_member(&one, group, person, other)
            .await
            .unwrap();
        training
            .add_members(&one, group, vec![person])
            .await
            .unwrap();
        let told = [(
            "NotFound".to_owned(),
            "personId".to_owned(),
            "group-member-unknown",
        )];
        assert_eq!(
            to_mend(training.remove_member(&one, group, never, None).await),
            told
        );

        let runs: Vec<_> = memberships(&world, group)
            .await
            .into_iter()
            .map(|row| (row.person_id, row.joined_on, row.left_on, row.left_reason))
            .collect();
        let back = left.succ_opt().unwrap();
        assert_eq!(
            runs,
            [
                (person, joined, Some(left), reason),
                (person, back, None, None),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn modules_are_assigned_once_and_a_new_day_replaces_the_old() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = trainer(&world.trainer(here).await);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let (a, b) = (world.module_id("HC1"), world.module_id("ED1"));
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let assign = async |modules: &[_], due_on| {
            training
                .assign_modules(&one, group, modules.to_vec(), due_on)
                .await
        };
        let standing = async || {
            let roster = training.group(&one, group, &[], Age::Now).await.unwrap();
            let pairs = roster.assignments.iter();
            pairs
                .map(|each| (each.module, each.due_on))
                .collect::<Vec<_>>()
        };

        let (early, late) = (day("2026-12-31"), day("2027-03-31"));
        for _ in 0..2 {
            assign(&[b, b], late).await.unwrap();
            assign(&[a, b], early).await.unwrap();
            assign(&[a], early).await.unwrap();
        }
        assert_eq!(
            standing().await,
            [(a, early), (b, early)],
            "in the order of the curriculum"
        );
        let rows = assignment::Entity::find().count(world.app.db.write());
        assert_eq!(rows.await.unwrap(), 2);

        let unknown = Uuid::now_v7().into();
        for (modules, due_on, told) in [
            (
                vec![a],
                day("2026-11-21"),
                ("DateOutOfRange", "dueOn", "due-day-past"),
            ),
            (
                vec![a],
                day("2028-11-23"),
                ("DateOutOfRange", "dueOn", "due-day-too-late"),
            ),
            (
                vec![a, unknown],
                early,
                ("NotFound", "moduleIds.1", "module-unknown"),
            ),
            (vec![], early, ("Required", "moduleIds", "modules-required")),
            (
                vec![a; 101],
                early,
                ("TooMany", "moduleIds", "named-too-many"),
            ),
        ] {
            let (code, field, message) = told;
            let told = [(code.to_owned(), field.to_owned(), message)];
            assert_eq!(to_mend(assign(&modules, due_on).await), told);
        }
        assign(&[a], day("2026-11-22")).await.unwrap();
        assign(&[b], day("2028-11-22")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn who_is_no_longer_a_trainer_there_sees_nothing_of_the_group() {
    on_both(async |app| {
        let world = World::new(app).await;
        let (here, elsewhere) = (world.commune(0), world.commune(1));
        let viewer = world.trainer(here).await;
        let one = trainer(&viewer);
        let training = &world.training;
        let group = training
            .create_group(&one, new_group(None, "Nhóm", here))
            .await
            .unwrap();
        let moved = trainer(&world.moved(&viewer, elsewhere).await);
        let seen = training.group(&moved, group, &[], Age::Recent).await;
        assert!(matches!(seen, Err(Error::NotFound)));
        assert!(
            training
                .groups(&moved, 10, None, &[])
                .await
                .unwrap()
                .groups
                .is_empty()
        );
        let person = world.person("An", elsewhere, &PersonState::default()).await;
        let told = [("NotFound".to_owned(), "groupId".to_owned(), "group-unknown")];
        assert_eq!(
            to_mend(training.add_members(&moved, group, vec![person]).await),
            told
        );
    })
    .await;
}
