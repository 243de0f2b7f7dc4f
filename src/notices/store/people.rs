//! Statements about people: who they are, what they wish, and where they can be reached.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    email_contact,
    ids::{AccountId, EmailContactId, FamilyId, PersonId},
    notice_preference, push_token,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    Value,
    sea_query::{Expr, OnConflict},
};

use super::{all, run};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Somebody something is told.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Recipient {
    /// Who was named: perhaps a duplicate.
    pub named_id: PersonId,
    /// Who it is: a duplicate's notices are those of whom she was merged into.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// The account in use, if there is one.
    pub account_id: Option<AccountId>,
    /// Since when reminders are off.
    pub reminders_muted_at: Option<DateTime<Utc>>,
    /// Since when trainers' messages are off.
    pub messages_muted_at: Option<DateTime<Utc>>,
    /// Her own quiet hours.
    pub quiet_from: Option<i32>,
    /// Her own quiet hours.
    pub quiet_until: Option<i32>,
    /// The language she chose, or else that of her latest consent.
    pub language: Option<String>,
    /// Telephone, E.164.
    pub phone: Option<String>,
    /// Verified e-mail address.
    pub email: Option<String>,
}

/// People by the ids under which they are named; those who are no more are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn recipients(
    db: &impl ConnectionTrait,
    persons: impl IntoIterator<Item = PersonId>,
) -> Result<BTreeMap<PersonId, Recipient>> {
    let backend = db.get_database_backend();
    // Raw: everything about many people in one round trip, the same text on both engines.
    let sql = format!(
        "SELECT n.person_id AS named_id, p.person_id, p.bucket, a.account_id, w.reminders_muted_at, \
           w.messages_muted_at, w.quiet_from, w.quiet_until, COALESCE(w.language, \
             (SELECT c.language FROM consent c WHERE c.person_id = p.person_id \
              ORDER BY c.given_at DESC, c.consent_id DESC LIMIT 1)) AS language, d.phone, e.email \
         FROM person n \
         LEFT JOIN same_as s ON s.person_id = n.person_id AND s.undone_at IS NULL \
         JOIN person p ON p.person_id = COALESCE(s.canonical_id, n.person_id) \
         LEFT JOIN account a ON a.person_id = p.person_id AND a.state = 'ACTIVE' \
         LEFT JOIN notice_preference w ON w.person_id = p.person_id \
         LEFT JOIN person_particulars d ON d.person_id = p.person_id \
         LEFT JOIN email_contact e ON e.person_id = p.person_id AND e.verified_at IS NOT NULL \
         WHERE {}",
        in_uuid_list(backend, "n.person_id", 1)
    );
    let list = uuid_list(backend, persons.into_iter().map(|id| id.0));
    let rows: Vec<Recipient> = all(db, sql, [list]).await?;
    Ok(rows.into_iter().map(|row| (row.named_id, row)).collect())
}

/// The names of people, as they write them.
///
/// # Errors
/// When the database does not answer.
pub async fn full_names(
    db: &impl ConnectionTrait,
    persons: impl IntoIterator<Item = PersonId>,
) -> Result<BTreeMap<PersonId, String>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
        full_name: String,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT person_id, full_name FROM person WHERE {}",
        in_uuid_list(backend, "person_id", 1)
    );
    let list = uuid_list(backend, persons.into_iter().map(|id| id.0));
    let rows: Vec<Row> = all(db, sql, [list]).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, row.full_name))
        .collect())
}

/// The devices that take push notices of people who are signed in on them.
///
/// # Errors
/// When the database does not answer.
pub async fn devices(
    db: &impl ConnectionTrait,
    persons: impl IntoIterator<Item = PersonId>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<PersonId, Vec<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
        token: String,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT a.person_id, t.token FROM account a JOIN push_token t ON t.account_id = a.account_id \
         WHERE a.state = 'ACTIVE' AND EXISTS (SELECT 1 FROM session s WHERE s.family_id = t.family_id \
           AND s.revoked_at IS NULL AND s.used_at IS NULL AND s.refresh_expires_at > $2) \
           AND {} ORDER BY a.person_id, t.registered_at DESC, t.device",
        in_uuid_list(backend, "a.person_id", 1)
    );
    let list = uuid_list(backend, persons.into_iter().map(|id| id.0));
    let mut found: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for row in all::<Row>(db, sql, [list, now.into()]).await? {
        found.entry(row.person_id).or_default().push(row.token);
    }
    Ok(found)
}

/// What a person wishes; nothing when she has not said.
///
/// # Errors
/// When the database does not answer.
pub async fn preference(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<notice_preference::Model>> {
    Ok(notice_preference::Entity::find_by_id(person)
        .one(db)
        .await?)
}

/// Writes what a person wishes, whatever was there.
///
/// # Errors
/// When the database does not answer.
pub async fn put_preference(
    db: &impl ConnectionTrait,
    row: notice_preference::Model,
) -> Result<()> {
    use notice_preference::Column as C;
    let replace = OnConflict::column(C::PersonId)
        .update_columns([
            C::RemindersMutedAt,
            C::MessagesMutedAt,
            C::QuietFrom,
            C::QuietUntil,
            C::Language,
            C::ChangedAt,
        ])
        .to_owned();
    notice_preference::Entity::insert(row.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Holds a person until the transaction ends, so that two changes of what she wishes follow each other. Answers her
/// bucket; nothing when she is no more.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_person(tx: &impl ConnectionTrait, person: PersonId) -> Result<Option<i32>> {
    #[derive(FromQueryResult)]
    struct Row {
        bucket: i32,
    }
    // Raw: SQLite, with its one writer, knows no row locks.
    let lock = match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let sql = format!("SELECT bucket FROM person WHERE person_id = $1{lock}");
    let found: Vec<Row> = all(tx, sql, [person.into()]).await?;
    Ok(found.into_iter().next().map(|row| row.bucket))
}

/// The e-mail address of a person, verified or not.
///
/// # Errors
/// When the database does not answer.
pub async fn email(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<email_contact::Model>> {
    Ok(email_contact::Entity::find_by_id(person).one(db).await?)
}

/// Writes the e-mail address of a person, whatever was there.
///
/// # Errors
/// When the database does not answer.
pub async fn put_email(db: &impl ConnectionTrait, row: email_contact::Model) -> Result<()> {
    use email_contact::Column as C;
    let replace = OnConflict::column(C::PersonId)
        .update_columns([
            C::EmailContactId,
            C::Email,
            C::CodeHash,
            C::Tries,
            C::ToldAt,
            C::VerifiedAt,
        ])
        .to_owned();
    email_contact::Entity::insert(row.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Removes the e-mail address of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_email(db: &impl ConnectionTrait, person: PersonId) -> Result<()> {
    email_contact::Entity::delete_by_id(person).exec(db).await?;
    Ok(())
}

/// Counts a try of a code for an address that is not verified yet, and answers it; nothing when it was tried too often
/// or is too old.
///
/// # Errors
/// When the database does not answer.
pub async fn try_email(
    db: &impl ConnectionTrait,
    person: PersonId,
    told_after: DateTime<Utc>,
    most: i32,
) -> Result<Option<email_contact::Model>> {
    // Raw, because counting and reading must be one statement.
    let sql = "UPDATE email_contact SET tries = tries + 1 WHERE person_id = $1 AND told_at > $2 AND tries < $3 \
        AND verified_at IS NULL RETURNING *";
    let values: [Value; 3] = [person.into(), told_after.into(), most.into()];
    let found: Vec<email_contact::Model> = all(db, sql.to_owned(), values).await?;
    Ok(found.into_iter().next())
}

/// Notes that an address was shown to be its person's, unless she has told another since.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_email(
    db: &impl ConnectionTrait,
    person: PersonId,
    id: EmailContactId,
    now: DateTime<Utc>,
) -> Result<bool> {
    use email_contact::Column as C;
    let done = email_contact::Entity::update_many()
        .col_expr(C::VerifiedAt, Expr::value(Some(now)))
        .filter(C::PersonId.eq(person))
        .filter(C::EmailContactId.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Registers a device for push notices, inside a transaction of the caller: from now on it is this account's alone.
///
/// # Errors
/// When the database does not answer.
pub async fn put_device(tx: &impl ConnectionTrait, row: push_token::Model) -> Result<()> {
    use push_token::Column as C;
    push_token::Entity::delete_many()
        .filter(C::Token.eq(row.token.clone()))
        .exec(tx)
        .await?;
    let replace = OnConflict::columns([C::AccountId, C::Device])
        .update_columns([C::Token, C::FamilyId, C::RegisteredAt])
        .to_owned();
    push_token::Entity::insert(row.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Keeps the devices of an account registered last, and drops the others and a sign-in's, if one is named.
///
/// # Errors
/// When the database does not answer.
pub async fn trim_devices(tx: &impl ConnectionTrait, account: AccountId, keep: u64) -> Result<()> {
    let sql = format!(
        "DELETE FROM push_token WHERE account_id = $1 AND device NOT IN (SELECT t.device FROM push_token t \
           WHERE t.account_id = $1 ORDER BY t.registered_at DESC, t.device LIMIT {keep})"
    );
    run(tx, sql, [account.into()]).await?;
    Ok(())
}

/// Drops a device of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_device(
    db: &impl ConnectionTrait,
    account: AccountId,
    device: &str,
) -> Result<()> {
    push_token::Entity::delete_many()
        .filter(push_token::Column::AccountId.eq(account))
        .filter(push_token::Column::Device.eq(device))
        .exec(db)
        .await?;
    Ok(())
}

/// Drops devices that the push service says are no more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_tokens(db: &impl ConnectionTrait, tokens: Vec<String>) -> Result<()> {
    push_token::Entity::delete_many()
        .filter(push_token::Column::Token.is_in(tokens))
        .exec(db)
        .await?;
    Ok(())
}

/// The device of a sign-in.
pub fn device_row(
    account: AccountId,
    family: FamilyId,
    (device, token): (String, String),
    now: DateTime<Utc>,
) -> push_token::Model {
    push_token::Model {
        account_id: account,
        device,
        token,
        family_id: family,
        registered_at: now,
    }
}
