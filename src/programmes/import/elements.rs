//! Reading the elements of compound indicators, and which of them a target asks for.

use entity::{
    ids::{IndicatorId, shipped},
    indicator_element,
    target::ElementsRule,
};

use super::Node;
use crate::programmes::elements::{is_code, joined};

/// The elements of an indicator, in the order of the file.
pub(super) fn elements(measure: &Node<'_>, indicator: &str) -> Vec<indicator_element::Model> {
    let indicator_id: IndicatorId = shipped(&format!("indicator:{indicator}"));
    let mut rows: Vec<indicator_element::Model> = Vec::new();
    for (position, node) in (0..).zip(measure.list_or_none("elements")) {
        let code = node.text("code");
        if !is_code(&code) {
            let reason = "a code is of capital letters and _, 40 at most";
            node.at("code").fault(reason);
        }
        if rows.iter().any(|row| row.code == code) {
            node.at("code").fault(format!("{code:?} is used twice"));
        }
        rows.push(indicator_element::Model {
            indicator_id,
            code,
            position,
            name_vi: node.text("name_vi"),
            name_en: node.text("name_en"),
        });
    }
    if rows.len() == 1 {
        let reason = "a compound indicator has two elements at least";
        measure.at("elements").fault(reason);
    }
    rows
}

/// The elements that a target asks for, of those of its indicator, and how they make it up.
pub(super) fn asked(
    node: &Node<'_>,
    of_indicator: &[&indicator_element::Model],
) -> (Option<String>, ElementsRule) {
    if node.is_null() {
        return (None, ElementsRule::All);
    }
    if of_indicator.is_empty() {
        node.fault("its indicator has no elements");
    }
    let listed = node.list_or_none("elements");
    let known = |code: &str| of_indicator.iter().any(|row| row.code == code);
    let named: Vec<String> = listed
        .iter()
        .filter_map(|node| {
            let allowed = "the code of an element of the indicator";
            node.word(allowed, |code| known(code).then(|| code.to_owned()))
        })
        .collect();
    let rule = node.at("rule").word("ALL or ANY", |word| match word {
        "ALL" => Some(ElementsRule::All),
        "ANY" => Some(ElementsRule::Any),
        _ => None,
    });
    let every = of_indicator.iter().map(|row| row.code.as_str());
    (joined(every, &named), rule.unwrap_or(ElementsRule::All))
}
