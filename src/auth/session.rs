//! Signed-in devices: pairs of tokens that follow one another, and the cache that answers who is asking.
//!
//! A device is a family of pairs, of which exactly one is live. A refresh token is traded once: its pair is then
//! used and the next one live. Trading it again means that the answer was lost, as long as nobody has used the
//! next pair: it is answered again. Once somebody has, it is a replay: one of the two who hold the token stole
//! it, and the family is revoked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration as Span,
};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    ids::{AccountId, FamilyId, PersonId, SessionId},
    session,
};
use moka::future::Cache;
use secrecy::SecretString;

use super::{
    capability::{Identity, Standing, Viewer},
    store,
    token::{self, Pair, Token},
};
use crate::{
    areas::{Atlas, Settled},
    clock::Clock,
    db::{Db, Tx},
    error::{Error, Result},
};

/// How long an access token is good.
const ACCESS: Duration = Duration::hours(1);

/// How long a refresh token is good.
const REFRESH: Duration = Duration::days(90);

/// Copies of one refresh that arrive this close together get the same answer. Later, the answer is made anew
/// and the earlier one is dead, so that two holders of one token cannot share a pair for long.
const TOGETHER: Duration = Duration::seconds(10);

/// How long another node may not notice that a device was signed out.
const REMEMBERED: Span = Span::from_secs(30);

/// Devices remembered at a time.
const REMEMBERED_COUNT: u64 = 20_000;

/// Signed-in devices of one account; beyond it, the one that signed in first is signed out.
pub const DEVICES_LIMIT: u64 = 20;

/// What a client needs to go on asking.
#[derive(Clone, Debug)]
pub struct Session {
    /// Sent as `Authorization: Bearer …`.
    pub access_token: SecretString,
    /// Traded for the next session.
    pub refresh_token: SecretString,
    /// Until when the access token is good.
    pub expires_at: DateTime<Utc>,
}

/// Pairs of tokens.
#[derive(Clone)]
pub(super) struct Sessions {
    db: Db,
    clock: Clock,
    remembered: Cache<[u8; 32], Arc<Device>>,
    forgotten: Arc<AtomicU64>,
}

/// What is remembered of a live pair.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub account: AccountId,
    pub person: PersonId,
    pub session: SessionId,
    pub family: FamilyId,
    pub access_hash: entity::secret::Digest,
    pub access_expires_at: DateTime<Utc>,
    pub seen: bool,
    /// Not only today's: the day may turn while this is remembered.
    pub standings: Vec<Standing>,
}

impl Device {
    /// The viewer on a day. A standing on an area that was merged into another stands on that one.
    pub fn viewer(&self, today: NaiveDate, atlas: &Atlas) -> Viewer {
        let valid = |standing: &&Standing| standing.is_valid(today);
        let followed = |standing: &Standing| match atlas.settled(standing.area, today) {
            Settled::In(area) => Standing { area, ..*standing },
            Settled::Waits(_) => *standing,
        };
        Viewer::new(Identity {
            account: self.account,
            person: self.person,
            session: self.session,
            family: self.family,
            standings: self.standings.iter().filter(valid).map(followed).collect(),
        })
    }
}

/// A device that has just signed in.
#[derive(Debug)]
pub(super) struct Opened {
    pub session: Session,
    pub id: SessionId,
    pub family: FamilyId,
}

/// What trading a refresh token came to, decided inside the transaction.
#[derive(Debug)]
pub(super) enum Trade {
    Next(Session, FamilyId),
    Refused,
    Replayed(FamilyId),
}

impl Sessions {
    pub fn new(db: Db, clock: Clock) -> Self {
        let remembered = Cache::builder()
            .max_capacity(REMEMBERED_COUNT)
            .time_to_live(REMEMBERED)
            .support_invalidation_closures()
            .build();
        Self {
            db,
            clock,
            remembered,
            forgotten: Arc::default(),
        }
    }

    /// A new family for an account, inside a transaction of the caller.
    pub async fn open(&self, tx: &Tx, account: AccountId, device: Option<&str>) -> Result<Opened> {
        let (id, family): (SessionId, FamilyId) = (self.clock.id(), self.clock.id());
        let (row, session) = self.row(&Pair::fresh(), id, account, family);
        let row = session::Model {
            device_label: device.map(str::to_owned),
            ..row
        };
        store::insert_session(tx, row).await?;
        store::revoke_oldest(tx, account, DEVICES_LIMIT, self.clock.now()).await?;
        Ok(Opened {
            session,
            id,
            family,
        })
    }

    /// The row of a pair, and what the client gets.
    fn row(
        &self,
        pair: &Pair,
        id: SessionId,
        account: AccountId,
        family: FamilyId,
    ) -> (session::Model, Session) {
        let now = self.clock.now();
        let row = session::Model {
            session_id: id,
            account_id: account,
            family_id: family,
            parent_id: None,
            device_label: None,
            access_hash: pair.access.kept(),
            access_expires_at: now + ACCESS,
            access_used_at: None,
            refresh_hash: pair.refresh.kept(),
            refresh_expires_at: now + REFRESH,
            created_at: now,
            used_at: None,
            revoked_at: None,
            successor_salt: token::salt(),
        };
        let session = session_of(pair, row.access_expires_at);
        (row, session)
    }

    /// The row of a new family's first pair, good for a while from now and already seen, and its access token.
    pub fn row_for(
        &self,
        account: AccountId,
        good_for: Duration,
    ) -> (session::Model, SecretString) {
        let (row, session) = self.row(&Pair::fresh(), self.clock.id(), account, self.clock.id());
        let now = self.clock.now();
        let row = session::Model {
            access_expires_at: now + good_for,
            access_used_at: Some(now),
            ..row
        };
        (row, session.access_token)
    }

    /// What trading a refresh token came to, once that is committed.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is unknown, expired, revoked or replayed.
    pub fn settle(&self, traded: Trade) -> Result<Session> {
        match traded {
            Trade::Next(session, family) => {
                self.forget(move |device| device.family == family)?;
                Ok(session)
            }
            Trade::Replayed(family) => {
                self.forget(move |device| device.family == family)?;
                tracing::warn!(%family, "a refresh token was replayed; its device is signed out");
                Err(Error::Unauthenticated)
            }
            Trade::Refused => Err(Error::Unauthenticated),
        }
    }

    /// Trades a refresh token, inside a transaction of the caller that must be committed whatever comes of it.
    pub async fn trade(&self, tx: &Tx, token: &Token) -> Result<Trade> {
        let now = self.clock.now();
        let Some(parent) = store::lock_by_refresh(tx, token.kept()).await? else {
            return Ok(Trade::Refused);
        };
        let is_good = token.is(&parent.refresh_hash)
            && parent.revoked_at.is_none()
            && now < parent.refresh_expires_at
            && store::is_active(tx, parent.account_id).await?;
        if !is_good {
            return Ok(Trade::Refused);
        }
        let Some(used_at) = parent.used_at else {
            return self.next(tx, token, &parent).await;
        };
        let Some(child) = store::lock_child(tx, parent.session_id).await? else {
            return Ok(Trade::Refused);
        };
        let is_untouched =
            child.used_at.is_none() && child.access_used_at.is_none() && child.revoked_at.is_none();
        if !is_untouched {
            store::revoke_family(tx, parent.family_id, now).await?;
            return Ok(Trade::Replayed(parent.family_id));
        }
        if now - used_at <= TOGETHER {
            let pair = Pair::after(token, &parent.successor_salt);
            let session = session_of(&pair, child.access_expires_at);
            return Ok(Trade::Next(session, parent.family_id));
        }
        let salt = token::salt();
        let pair = Pair::after(token, &salt);
        let (row, session) = self.row(&pair, child.session_id, child.account_id, child.family_id);
        let row = session::Model {
            parent_id: child.parent_id,
            device_label: child.device_label,
            ..row
        };
        store::replace_session(tx, row).await?;
        store::use_session(tx, parent.session_id, now, Some(salt)).await?;
        Ok(Trade::Next(session, parent.family_id))
    }

    /// The pair after one that nobody has traded yet.
    async fn next(&self, tx: &Tx, token: &Token, parent: &session::Model) -> Result<Trade> {
        let pair = Pair::after(token, &parent.successor_salt);
        let id = self.clock.id();
        let (row, session) = self.row(&pair, id, parent.account_id, parent.family_id);
        let row = session::Model {
            parent_id: Some(parent.session_id),
            device_label: parent.device_label.clone(),
            ..row
        };
        store::use_session(tx, parent.session_id, self.clock.now(), None).await?;
        store::insert_session(tx, row).await?;
        Ok(Trade::Next(session, parent.family_id))
    }

    /// The device that an access token belongs to.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is unknown, expired, traded or revoked, or the account disabled.
    pub async fn device(&self, text: &str) -> Result<Arc<Device>> {
        let token = Token::read(text).ok_or(Error::Unauthenticated)?;
        let hash = token.hash();
        let device = match self.remembered.get(&hash).await {
            Some(device) => device,
            None => self.look_up(&token, hash).await?,
        };
        if token.is(&device.access_hash) && self.clock.now() < device.access_expires_at {
            Ok(device)
        } else {
            Err(Error::Unauthenticated)
        }
    }

    async fn look_up(&self, token: &Token, hash: [u8; 32]) -> Result<Arc<Device>> {
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let mut found = self.live(token).await?;
        if !found.seen {
            let now = self.clock.now();
            let marked =
                store::mark_seen(self.db.write(), found.session, token.kept(), now).await?;
            if !marked {
                // Seen by another request a moment ago, or traded, revoked or replaced: look again.
                found = self.live(token).await?;
                if !found.seen {
                    return Err(Error::Unauthenticated);
                }
            }
        }
        let device = Arc::new(found);
        self.remembered.insert(hash, Arc::clone(&device)).await;
        // Something was forgotten while we were reading: what we read may be older than that.
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            self.remembered.invalidate(&hash).await;
        }
        Ok(device)
    }

    async fn live(&self, token: &Token) -> Result<Device> {
        let today = self.clock.today();
        let found = store::device_by_access(self.db.latest(), token.kept(), today).await?;
        found.ok_or(Error::Unauthenticated)
    }

    /// Revokes the family of a session, or every family of the account.
    pub async fn revoke(&self, account: AccountId, family: Option<FamilyId>) -> Result<()> {
        let now = self.clock.now();
        match family {
            Some(family) => store::revoke_family(self.db.write(), family, now).await?,
            None => store::revoke_account(self.db.write(), account, now).await?,
        }
        self.forget_account(account)
    }

    /// The account and family of a refresh token, also when it is no longer good.
    pub async fn owner(&self, text: &str) -> Result<Option<(AccountId, FamilyId)>> {
        let Some(token) = Token::read(text) else {
            return Ok(None);
        };
        store::owner_by_refresh(self.db.latest(), token.kept()).await
    }

    /// From now on this node asks the database again about an account's devices.
    pub fn forget_account(&self, account: AccountId) -> Result<()> {
        self.forget(move |device| device.account == account)
    }

    fn forget(&self, which: impl Fn(&Device) -> bool + Send + Sync + 'static) -> Result<()> {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.remembered
            .invalidate_entries_if(move |_, device| which(device))
            .map_err(Error::internal)?;
        Ok(())
    }
}

fn session_of(pair: &Pair, expires_at: DateTime<Utc>) -> Session {
    Session {
        access_token: pair.access.text(),
        refresh_token: pair.refresh.text(),
        expires_at,
    }
}
