//! The words of the files, one by one.

use entity::{
    indicator::{Computed, Tier},
    target::{Milestone, TargetKind},
};

use super::Node;

/// What a share may count.
const UNITS: [&str; 10] = [
    "child",
    "caregiver",
    "staff",
    "staff+caregiver",
    "province",
    "district",
    "commune",
    "institution",
    "need",
    "milestone",
];

pub(super) fn computed(measure: &Node<'_>) -> Option<Computed> {
    let allowed = "CAREGIVER, STAFF, CHILD, UNION or REPORTED";
    measure.at("computed").word(allowed, |word| match word {
        "CAREGIVER" => Some(Computed::Caregiver),
        "STAFF" => Some(Computed::Staff),
        "CHILD" => Some(Computed::Child),
        "UNION" => Some(Computed::Union),
        "REPORTED" => Some(Computed::Reported),
        _ => None,
    })
}

pub(super) fn tier(node: &Node<'_>) -> Option<Tier> {
    let allowed = "REACHED, COMPLETED, DEMONSTRATED, RETAINED or PRACTISED";
    node.word(allowed, |word| match word {
        "REACHED" => Some(Tier::Reached),
        "COMPLETED" => Some(Tier::Completed),
        "DEMONSTRATED" => Some(Tier::Demonstrated),
        "RETAINED" => Some(Tier::Retained),
        "PRACTISED" => Some(Tier::Practised),
        _ => None,
    })
}

pub(super) fn kind(node: &Node<'_>) -> (TargetKind, Option<i32>) {
    let kind = node
        .at("kind")
        .word("\"percent\" or \"milestone\"", |word| match word {
            "percent" => Some(TargetKind::Percent),
            "milestone" => Some(TargetKind::Milestone),
            _ => None,
        });
    if kind == Some(TargetKind::Percent) {
        return (TargetKind::Percent, Some(node.whole("percent", 1, 100)));
    }
    if !node.at("percent").is_null() {
        node.at("percent").fault("a milestone has no percentage");
    }
    (TargetKind::Milestone, None)
}

pub(super) fn milestone(node: &Node<'_>) -> Option<Milestone> {
    node.word("PILOTING, EVALUATED or REPLICATED", |word| match word {
        "PILOTING" => Some(Milestone::Piloting),
        "EVALUATED" => Some(Milestone::Evaluated),
        "REPLICATED" => Some(Milestone::Replicated),
        _ => None,
    })
}

pub(super) fn unit(node: &Node<'_>) -> String {
    let allowed = format!("one of {}", UNITS.join(", "));
    let known = |word: &str| UNITS.contains(&word).then(|| word.to_owned());
    node.at("unit_level")
        .word(&allowed, known)
        .unwrap_or_default()
}
