//! The column types every step uses, so that both databases store a thing the same way.

use sea_orm_migration::prelude::*;

/// A UUID that must be present. 16 bytes on SQLite, `uuid` on PostgreSQL.
pub fn id(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.uuid().not_null();
    column
}

/// A UUID that may be absent.
pub fn id_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.uuid().null();
    column
}

/// Text that must be present.
pub fn text(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    column
}

/// Text that may be absent.
pub fn text_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().null();
    column
}

/// A calendar day in Viet Nam.
pub fn day(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.date().not_null();
    column
}

/// A calendar day in Viet Nam that may be absent.
pub fn day_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.date().null();
    column
}

/// An instant in UTC, microseconds.
pub fn instant(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.timestamp_with_time_zone().not_null();
    column
}

/// An instant in UTC that may be absent.
pub fn instant_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.timestamp_with_time_zone().null();
    column
}

/// A whole number of 32 bits.
pub fn whole(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null();
    column
}

/// A whole number of 32 bits that may be absent.
pub fn whole_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().null();
    column
}

/// A whole number of 64 bits.
pub fn long(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// Yes or no.
pub fn yes_no(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null();
    column
}

/// A named CHECK that a text column holds one of the given words.
pub fn one_of(constraint: &'static str, column: &'static str, words: &[&'static str]) -> Check {
    Check::named(constraint, Expr::col(column).is_in(words.iter().copied()))
}

/// A named foreign key. Deleting what is pointed at is refused.
pub fn reference(
    name: &'static str,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(from.0, from.1)
        .to(to.0, to.1)
        .on_delete(ForeignKeyAction::Restrict)
        .to_owned()
}

/// A foreign key `fk_<from>_<to>` over a column of the same name on both sides.
pub fn belongs(
    from: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    reference("", (from, column), (to, column))
        .name(format!("fk_{from}_{to}"))
        .to_owned()
}
