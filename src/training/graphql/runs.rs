//! Runs of lists: cursors over members and groups, and the runs of members that a request asks for.

use async_graphql::{Lookahead, SelectionField, Value, connection::CursorType};
use chrono::DateTime;
use uuid::Uuid;

use crate::{
    graphql::pages::PageSize,
    training::{
        MOST_MEMBERS,
        roster::{EVERYBODY, MemberPlace, MembersAsked},
        screens::GroupPlace,
    },
};

/// The pages of members: a whole group fits in one.
pub(super) const MEMBERS: PageSize = PageSize {
    default: 50,
    maximum: MOST_MEMBERS,
};

/// A cursor over members.
#[derive(Clone, Debug)]
pub struct MemberCursor(pub MemberPlace);

impl CursorType for MemberCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let (person, key) = text.split_once('.').ok_or("no dot")?;
        let person = Uuid::try_parse(person).ok().ok_or("no id")?;
        let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !key.bytes().all(hexadecimal) {
            return Err("no key");
        }
        Ok(Self(MemberPlace {
            name_sort_key: key.to_owned(),
            person: person.into(),
        }))
    }

    fn encode_cursor(&self) -> String {
        format!("{}.{}", self.0.person.0.simple(), self.0.name_sort_key)
    }
}

/// A cursor over groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupCursor(pub GroupPlace);

impl CursorType for GroupCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let (group, micros) = text.split_once('.').ok_or("no dot")?;
        let group = Uuid::try_parse(group).ok().ok_or("no id")?;
        let micros = micros.parse().ok().ok_or("no number")?;
        Ok(Self(GroupPlace {
            created_at: DateTime::from_timestamp_micros(micros).ok_or("no instant")?,
            group: group.into(),
        }))
    }

    fn encode_cursor(&self) -> String {
        let micros = self.0.created_at.timestamp_micros();
        format!("{}.{micros}", self.0.group.0.simple())
    }
}

pub(super) fn members_page(
    first: Option<i32>,
    after: Option<&str>,
) -> async_graphql::Result<MembersAsked> {
    let page = MEMBERS.page::<MemberCursor>(first, after)?;
    Ok(MembersAsked {
        first: page.first,
        after: page.after.map(|cursor| cursor.0),
    })
}

/// Everybody, as counts need it.
pub(super) fn everybody() -> [MembersAsked; 1] {
    [EVERYBODY]
}

/// The runs of members that the selections of a group ask for, so that they are fetched with it. One that is asked
/// for wrongly is left to its resolver to refuse.
pub(super) fn members_asked<'a>(
    groups: impl IntoIterator<Item = Lookahead<'a>>,
) -> Vec<MembersAsked> {
    let mut asked = Vec::new();
    for group in groups {
        let counts = group.field("assignments").field("counts").exists();
        if counts && !asked.contains(&EVERYBODY) {
            asked.push(EVERYBODY);
        }
        for field in group.field("members").selection_fields() {
            match run_of(&field) {
                Some(run) if !asked.contains(&run) => asked.push(run),
                _ => {}
            }
        }
    }
    asked
}

fn run_of(field: &SelectionField<'_>) -> Option<MembersAsked> {
    let (mut first, mut after) = (None, None);
    for (name, value) in field.arguments().ok()? {
        match (name.as_str(), value) {
            ("first", Value::Number(number)) => {
                first = Some(i32::try_from(number.as_i64()?).ok()?);
            }
            ("after", Value::String(text)) => after = Some(text),
            _ => {}
        }
    }
    members_page(first, after.as_deref()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_names_its_place(person in any::<u128>(), key in "[0-9a-f]{0,80}", micros in 0..4_000_000_000_000_000_i64) {
            let id = Uuid::from_u128(person);
            let member = MemberPlace { name_sort_key: key, person: id.into() };
            let text = MemberCursor(member.clone()).encode_cursor();
            prop_assert_eq!(MemberCursor::decode_cursor(&text).unwrap().0, member);
            let created_at = DateTime::from_timestamp_micros(micros).unwrap();
            let group = GroupPlace { created_at, group: id.into() };
            let text = GroupCursor(group).encode_cursor();
            prop_assert_eq!(GroupCursor::decode_cursor(&text).unwrap().0, group);
        }

        #[test]
        fn whatever_is_sent_as_a_cursor_is_one_or_refused(text in any::<String>()) {
            if let Ok(cursor) = MemberCursor::decode_cursor(&text) {
                prop_assert!(!cursor.0.name_sort_key.contains('\0'));
            }
            let _ = GroupCursor::decode_cursor(&text);
        }
    }
}
