//! Assigning modules to a group.

use std::{collections::HashSet, sync::Arc};

use chrono::{Months, NaiveDate};
use entity::{
    assignment,
    ids::{GroupId, ModuleId},
};

use super::{Training, check_count, store};
use crate::{
    auth::capability::Trainer,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// How far ahead a due day may lie, in months.
const DUE_WITHIN: Months = Months::new(24);

impl Training {
    /// Assigns modules to a group. One that is assigned already gets the new due day.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn assign_modules(
        &self,
        trainer: &Trainer,
        group: GroupId,
        modules: Vec<ModuleId>,
        due_on: NaiveDate,
    ) -> Result<()> {
        self.check_assignment(&modules, due_on)?;
        let (asker, modules) = (trainer.clone(), Arc::new(modules));
        self.together(move |this, tx| {
            let (asker, modules) = (asker.clone(), Arc::clone(&modules));
            Box::pin(async move { this.assign(tx, &asker, group, &modules, due_on).await })
        })
        .await?;
        let (account, subjects) = (trainer.account(), [group.0]);
        self.audit()
            .record(account, "assignModules", subjects)
            .await
    }

    /// Whether the modules can be learned by the day.
    pub(super) fn check_assignment(&self, modules: &[ModuleId], due_on: NaiveDate) -> Result<()> {
        check_count(modules.len(), "moduleIds", "modules-required")?;
        let (catalogue, today) = (self.0.content.catalogue(), self.0.clock.today());
        let mut errors = Vec::new();
        for (at, id) in modules.iter().enumerate() {
            let field = format!("moduleIds.{at}");
            match catalogue.module(*id) {
                None => errors.push(UserError::new(Code::NotFound, &field, "module-unknown")),
                Some(module) if catalogue.published_of(module).next().is_none() => {
                    errors.push(UserError::new(Code::Closed, &field, "module-unpublished"));
                }
                Some(_) => {}
            }
        }
        let latest = today.checked_add_months(DUE_WITHIN).unwrap_or(today);
        if due_on < today {
            errors.push(UserError::new(
                Code::DateOutOfRange,
                "dueOn",
                "due-day-past",
            ));
        } else if due_on > latest {
            let error = UserError::new(Code::DateOutOfRange, "dueOn", "due-day-too-late");
            errors.push(error.with("latest", latest));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::User(errors))
        }
    }

    /// Assigns modules that are not assigned yet, and sets the due day of those that are.
    pub(super) async fn assign(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        group: GroupId,
        modules: &[ModuleId],
        due_on: NaiveDate,
    ) -> Result<()> {
        self.own_group(tx, trainer, group).await?;
        let standing = store::assignments(tx, group).await?;
        let (mut seen, mut new) = (HashSet::new(), Vec::new());
        let mut moved = false;
        for module in modules.iter().filter(|module| seen.insert(**module)) {
            match standing.get(module) {
                Some(before) if before.due_on == due_on => {}
                Some(before) => {
                    moved = true;
                    store::change_due(tx, before.assignment_id, due_on, trainer.account()).await?;
                }
                None => new.push(assignment::Model {
                    assignment_id: self.0.clock.id(),
                    group_id: group,
                    module_id: *module,
                    due_on,
                    assigned_by: trainer.account(),
                    assigned_at: self.0.clock.now(),
                    withdrawn_at: None,
                }),
            }
        }
        if moved || !new.is_empty() {
            store::note_shape(tx, group).await?;
        }
        store::insert_assignments(tx, new).await
    }
}
