//! Core sets: which modules each indicator asks for, drawn from what the curriculum says of its modules.

use entity::{indicator, indicator::Computed, indicator_module, lesson::LessonAudience, programme};

use crate::content::{Catalogue, applicability::is_for, catalogue::Module};

/// The core set of every indicator.
///
/// Caregivers' indicators ask for the programme's list. Staff's ask for those of its modules that count for the indicator
/// and hold a lesson for staff; children's for those that count for the indicator. A union has none of its own, and what
/// areas report asks for no lessons.
pub fn core_sets(
    catalogue: &Catalogue,
    programmes: &[programme::Model],
    indicators: &[indicator::Model],
) -> Vec<indicator_module::Model> {
    let mut sets = Vec::new();
    for indicator in indicators {
        let Some(programme) = programmes
            .iter()
            .find(|programme| programme.programme_id == indicator.programme_id)
        else {
            continue;
        };
        let core = catalogue.modules().iter().filter(|module| {
            let listed = module.core_for.iter().any(|code| **code == *programme.code);
            listed && asks_for(catalogue, indicator, module)
        });
        sets.extend(core.map(|module| indicator_module::Model {
            indicator_id: indicator.indicator_id,
            module_id: module.id,
        }));
    }
    sets
}

fn asks_for(catalogue: &Catalogue, indicator: &indicator::Model, module: &Module) -> bool {
    let counts = || {
        module
            .counts_for
            .iter()
            .any(|code| **code == *indicator.code)
    };
    match indicator.computed {
        Computed::Caregiver => true,
        Computed::Child => counts(),
        Computed::Staff => {
            let mut lessons = catalogue.lessons_of(module).iter();
            counts() && lessons.any(|lesson| is_for(lesson, LessonAudience::Staff))
        }
        Computed::Union | Computed::Reported => false,
    }
}
