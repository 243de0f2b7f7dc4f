//! The tables of a group, by given name, with the headings officials expect. Files are in Vietnamese whatever the language
//! of the request: they are printed, signed and handed in.

use std::collections::{BTreeMap, BTreeSet};

use entity::ids::PersonId;

use super::Book;
use crate::learning::merge::Status;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Text.
    Text(String),
    /// A number.
    Number(u32),
}

/// A table to print.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What the sheet is called.
    pub sheet: &'static str,
    /// What stands over it.
    pub title: String,
    /// Which group, where.
    pub subtitle: String,
    /// What the signs mean.
    pub legend: &'static str,
    /// Its headings, each with the width of its column in characters.
    pub headings: Vec<(String, f64)>,
    /// Its rows.
    pub rows: Vec<Vec<Field>>,
}

fn text(text: impl Into<String>) -> Field {
    Field::Text(text.into())
}

fn number(number: usize) -> Field {
    Field::Number(u32::try_from(number).unwrap_or(u32::MAX))
}

fn heading(text: &str, width: f64) -> (String, f64) {
    (text.to_owned(), width)
}

fn subtitle(book: &Book) -> String {
    let (group, today) = (&book.roster.group, book.roster.today);
    format!(
        "{}, {}, ngày {}",
        group.name,
        book.area,
        today.format("%d/%m/%Y")
    )
}

/// Who is in the group, how to reach them, and how far each lesson is.
pub(super) fn roster(book: &Book) -> Table {
    let mut headings = vec![
        heading("STT", 5.0),
        heading("Họ và tên", 28.0),
        heading("Năm sinh", 9.0),
        heading("Điện thoại", 15.0),
        heading("Vào nhóm", 11.0),
        heading("Học gần nhất", 12.0),
        heading("Số bài xong", 8.0),
    ];
    let lessons = book.roster.lessons();
    headings.extend(lessons.map(|lesson| heading(&lesson.code, 6.5)));
    let members = book
        .roster
        .members
        .iter()
        .flat_map(|(_, page)| &page.members);
    let rows = members.zip(1..).map(|(member, place)| {
        let contact = book.contacts.get(&member.place.person);
        let year = contact.and_then(|contact| u32::try_from(contact.birth_year?).ok());
        let phone = contact.and_then(|contact| contact.phone.as_deref());
        let last = member.last_activity_at.map(crate::clock::day_in_viet_nam);
        let last = last.map(|day| day.format("%d/%m/%Y").to_string());
        let mut row = vec![
            number(place),
            text(&member.full_name),
            year.map_or_else(|| text(""), Field::Number),
            text(phone.map(dialled).unwrap_or_default()),
            text(member.joined_on.format("%d/%m/%Y").to_string()),
            text(last.unwrap_or_default()),
            number(member.completed_count()),
        ];
        row.extend(member.statuses.iter().map(|status| {
            text(match status {
                Status::Completed => "x",
                Status::InProgress => "/",
                Status::NotStarted => "",
            })
        }));
        row
    });
    Table {
        sheet: "Danh sách",
        title: "DANH SÁCH NHÓM".to_owned(),
        subtitle: subtitle(book),
        legend: "x: đã học xong; /: đang học; để trống: chưa học.",
        rows: rows.collect(),
        headings,
    }
}

/// Who came to which session: the members of today, and whoever came and has left since.
pub(super) fn attendance(book: &Book) -> Table {
    let mut people: BTreeMap<(String, PersonId), String> = BTreeMap::new();
    let members = book
        .roster
        .members
        .iter()
        .flat_map(|(_, page)| &page.members);
    for member in members {
        let key = (member.place.name_sort_key.clone(), member.place.person);
        people.insert(key, member.full_name.clone());
    }
    let held: Vec<_> = book
        .sessions
        .iter()
        .filter(|session| !session.records.is_empty())
        .collect();
    let mut came: Vec<BTreeSet<PersonId>> = Vec::new();
    for session in &held {
        let there = session.attendance();
        came.push(there.keys().map(|(_, person)| *person).collect());
        for (key, said) in there {
            people.entry(key).or_insert(said.full_name);
        }
    }
    let mut headings = vec![heading("STT", 5.0), heading("Họ và tên", 28.0)];
    headings.extend(held.iter().map(|session| {
        let day = session.row.held_on.format("%d/%m/%Y");
        (day.to_string(), 11.0)
    }));
    headings.push(heading("Số buổi", 8.0));
    headings.push(heading("Ký tên", 16.0));
    let rows = people
        .into_iter()
        .zip(1..)
        .map(|(((_, person), name), place)| {
            let mut row = vec![number(place), text(name)];
            let ticks = came.iter().map(|there| there.contains(&person));
            row.extend(
                ticks
                    .clone()
                    .map(|there| text(if there { "x" } else { "" })),
            );
            row.push(number(ticks.filter(|there| *there).count()));
            row.push(text(""));
            row
        });
    Table {
        sheet: "Điểm danh",
        title: "BẢNG ĐIỂM DANH".to_owned(),
        subtitle: subtitle(book),
        legend: "x: có mặt.",
        rows: rows.collect(),
        headings,
    }
}

/// A number as it is dialled in Viet Nam.
fn dialled(phone: &str) -> String {
    match phone.strip_prefix("+84") {
        Some(rest) => format!("0{rest}"),
        None => phone.to_owned(),
    }
}
