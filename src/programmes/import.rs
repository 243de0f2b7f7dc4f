//! Reading programmes: `programme_targets.json`, and how its indicators are measured; every fault named.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AreaId, IndicatorId, ProgrammeId, shipped},
    indicator,
    indicator::Computed,
    phase, programme, target,
    target::TargetKind,
};

use crate::shipped::{Faults, Findings, Node, parse};

use super::{Resolve, level_of_word, rulebook::Rows};

mod elements;
mod words;

use words::{computed, kind, milestone, tier, unit};

/// Well-formed programmes. Core sets are not in it: they come from the curriculum.
#[derive(Clone, Debug)]
pub struct Programmes {
    pub(super) rows: Rows,
}

/// How the shipped indicators are measured.
const MEASURES: &str = include_str!("../../curriculum/programme_measures.json");

/// The last day of the units that `old_code` names: the district level and the old provinces ended with it.
const LAST_OLD_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2025, 6, 30);

/// Reads programmes. `file` names the text in faults; `resolve` finds the area of a code on a day.
///
/// # Errors
/// Every fault found, by file, place and reason.
pub fn read(file: &str, text: &str, resolve: &Resolve<'_>) -> Result<Programmes, Faults> {
    read_measured(file, text, MEASURES, resolve)
}

/// [`read`], with other measures than the shipped ones.
///
/// # Errors
/// As [`read`].
pub fn read_measured(
    file: &str,
    text: &str,
    measures: &str,
    resolve: &Resolve<'_>,
) -> Result<Programmes, Faults> {
    let findings = Findings::default();
    let value = parse(&findings, file, text);
    let measured_in = "programme_measures.json";
    let measures = parse(&findings, measured_in, measures);
    let mut reader = Reader::default();
    if !value.is_null() && !measures.is_null() {
        let root = Node::root(&findings, file, &value);
        let measured = Node::root(&findings, measured_in, &measures);
        let measures = measured.at("indicators");
        for node in root.list("programmes") {
            reader.programme(&node);
        }
        for node in root.list("phases") {
            reader.phase(&node);
        }
        for (position, node) in (0..).zip(root.list("indicators")) {
            reader.indicator(position, &node, &measures);
        }
        reader.relations(&root, &measures);
        reader.targets(&root, &measured, resolve);
    }
    findings.unless_any(Programmes { rows: reader.rows })
}

#[derive(Default)]
struct Reader {
    rows: Rows,
    codes: BTreeSet<String>,
}

impl Reader {
    fn code(&mut self, node: &Node<'_>, key: &str) -> String {
        let code = node.text(key);
        if !self.codes.insert(code.clone()) {
            node.at(key).fault(format!("{code:?} is used twice"));
        }
        code
    }

    fn programme(&mut self, node: &Node<'_>) {
        let code = self.code(node, "code");
        let sources: Vec<String> = node.list("sources").iter().map(Node::words).collect();
        self.rows.programmes.push(programme::Model {
            programme_id: shipped(&format!("programme:{code}")),
            code,
            decision: node.text("decision"),
            issued_on: node.day("issued"),
            issuer_vi: node.text("issuer_vi"),
            issuer_en: node.text("issuer_en"),
            title_vi: node.text("title_vi"),
            title_en: node.text("title_en"),
            population_vi: node.text("population_vi"),
            population_en: node.text("population_en"),
            objective_vi: node.text("general_objective_vi"),
            sources: sources.join("\n"),
            early_years_inclusive: false,
        });
    }

    /// The programme that `programme` names.
    fn programme_of(&self, node: &Node<'_>) -> Option<ProgrammeId> {
        node.at("programme")
            .word("the code of a programme", |code| {
                let found = self.rows.programmes.iter().find(|row| row.code == code)?;
                Some(found.programme_id)
            })
    }

    fn phase(&mut self, node: &Node<'_>) {
        let code = self.code(node, "code");
        let programme_id = self.programme_of(node);
        let from = node.whole("from_year", 1945, 2199);
        let to = node.whole("to_year", 1945, 2199);
        if from > to {
            node.fault("from_year lies after to_year");
        }
        let days = NaiveDate::from_ymd_opt(from, 1, 1).zip(NaiveDate::from_ymd_opt(to, 12, 31));
        if let (Some(programme_id), Some((from_on, to_on))) = (programme_id, days) {
            self.rows.phases.push(phase::Model {
                phase_id: shipped(&format!("phase:{code}")),
                programme_id,
                code,
                from_on,
                to_on,
                label_vi: node.text("label_vi"),
            });
        }
    }

    fn indicator(&mut self, position: i32, node: &Node<'_>, measures: &Node<'_>) {
        let code = self.code(node, "code");
        let programme_id = self.programme_of(node);
        let measure = measures.at(&code);
        let named = !measure.is_null();
        let computed = named.then(|| computed(&measure)).flatten();
        let named_tier = measure.at("default_tier");
        let row = indicator::Model {
            indicator_id: shipped(&format!("indicator:{code}")),
            programme_id: programme_id.unwrap_or_else(|| shipped("programme:")),
            key: self.code(node, "key"),
            position,
            name_vi: node.text("name_vi"),
            name_en: node.text("name_en"),
            unit: node.text("unit"),
            numerator_en: node.text("numerator_en"),
            denominator_en: node.text_or_none("denominator_en"),
            parent_id: None,
            variant_of_id: None,
            family: if named {
                measure.text("family")
            } else {
                code.clone()
            },
            computed: computed.unwrap_or(Computed::Reported),
            default_tier: (!named_tier.is_null()).then(|| tier(&named_tier)).flatten(),
            max_age_months: measure.whole_or_none("max_age_months", 1, 216),
            code,
        };
        if (row.computed == Computed::Reported) != named_tier.is_null() {
            measure.fault("a default_tier is needed unless computed is REPORTED");
        }
        let elements = elements::elements(&measure, &row.code);
        if !elements.is_empty() && row.computed != Computed::Reported {
            let reason = "only what areas report has elements";
            measure.at("elements").fault(reason);
        }
        self.rows.elements.extend(elements);
        self.rows.indicators.push(row);
    }

    /// Parts, wholes and variants, once every indicator is known; and that every measure measures one of them.
    fn relations(&mut self, root: &Node<'_>, measures: &Node<'_>) {
        let ids: BTreeMap<String, IndicatorId> = self
            .rows
            .indicators
            .iter()
            .map(|row| (row.code.clone(), row.indicator_id))
            .collect();
        let find = |node: &Node<'_>| {
            let found = |code: &str| ids.get(code).copied();
            (!node.is_null())
                .then(|| node.word("the code of an indicator", found))
                .flatten()
        };
        let nodes = root.list("indicators");
        for (row, node) in self.rows.indicators.iter_mut().zip(&nodes) {
            row.parent_id = find(&node.at("parent"));
            row.variant_of_id = find(&node.at("variant_of"));
        }
        for (whole, node) in ids_of(&self.rows).into_iter().zip(&nodes) {
            let parts: BTreeSet<_> = node
                .list_or_none("components")
                .iter()
                .filter_map(find)
                .collect();
            let calling: BTreeSet<_> = self
                .rows
                .indicators
                .iter()
                .filter(|row| row.parent_id == Some(whole))
                .map(|row| row.indicator_id)
                .collect();
            if parts != calling {
                node.at("components")
                    .fault("the parts must be the indicators that name this one as parent");
            }
        }
        for code in measures.keys() {
            if !ids.contains_key(code) {
                let reason = "no indicator has this code";
                measures.at(code).fault(reason);
            }
        }
    }

    fn targets(&mut self, root: &Node<'_>, measured: &Node<'_>, resolve: &Resolve<'_>) {
        let (steps, asked) = (measured.at("milestones"), measured.at("targets"));
        let places: BTreeMap<String, Node<'_>> = root
            .list("places")
            .into_iter()
            .map(|place| (place.text("code"), place))
            .collect();
        let mut areas: BTreeMap<String, Option<AreaId>> = BTreeMap::new();
        let mut scopes = BTreeSet::new();
        for node in root.list("targets") {
            let code = self.code(&node, "id");
            let place = node.at("place").word("the code of a place", |code| {
                places.contains_key(code).then(|| code.to_owned())
            });
            let Some(place) = place else { continue };
            let area_id = *areas.entry(place.clone()).or_insert_with(|| {
                let place = places.get(&place)?;
                area(place, resolve)
            });
            let rows = &self.rows;
            let phase = node.at("phase").word("the code of a phase", |code| {
                rows.phases.iter().find(|row| row.code == code)
            });
            let indicator = node
                .at("indicator")
                .word("the code of an indicator", |code| {
                    rows.indicators.iter().find(|row| row.code == code)
                });
            let programme_id = self.programme_of(&node);
            let (Some(phase), Some(indicator), Some(programme_id)) =
                (phase, indicator, programme_id)
            else {
                continue;
            };
            if phase.programme_id != programme_id || indicator.programme_id != programme_id {
                node.fault("phase and indicator must be of the target's programme");
            }
            if code != format!("{place}/{}/{}", phase.code, indicator.code) {
                node.at("id")
                    .fault("the id must be place/phase/indicator of this target");
            }
            if !scopes.insert((place, phase.phase_id, indicator.indicator_id)) {
                node.fault("another target is of the same place, phase and indicator");
            }
            // A place that was not found is named once, at the place.
            let Some(area_id) = area_id else { continue };
            let (kind, percent) = kind(&node);
            let step = steps.at(&code);
            let milestone = (!step.is_null()).then(|| milestone(&step)).flatten();
            if milestone.is_some() && kind != TargetKind::Milestone {
                step.fault("a share has no step");
            }
            let of_indicator = rows.elements.iter();
            let of_indicator =
                of_indicator.filter(|row| row.indicator_id == indicator.indicator_id);
            let of_indicator: Vec<_> = of_indicator.collect();
            let (elements, elements_rule) = elements::asked(&asked.at(&code), &of_indicator);
            let target = target::Model {
                target_id: shipped(&format!("target:{code}")),
                code,
                programme_id,
                phase_id: phase.phase_id,
                indicator_id: indicator.indicator_id,
                area_id,
                kind,
                percent,
                milestone,
                elements,
                elements_rule,
                unit_level: unit(&node),
                wording_vi: node.text("wording_vi"),
                source_file: node.text("source_file"),
                deviates_from_national: node.yes_no_or_none("deviates_from_national"),
                note: node.text_or_none("note"),
                decision: None,
                decided_on: None,
                set_by: None,
            };
            self.rows.targets.push(target);
        }
    }
}

fn ids_of(rows: &Rows) -> Vec<IndicatorId> {
    rows.indicators.iter().map(|row| row.indicator_id).collect()
}

/// The area of a place: the country, or the unit that `old_code` named on the last day of the old units.
fn area(place: &Node<'_>, resolve: &Resolve<'_>) -> Option<AreaId> {
    let level = place.at("level");
    let found = level.word("country, province, district or commune", level_of_word)?;
    let code = match found {
        AreaLevel::Country => place.text("code"),
        _ => place.text("old_code"),
    };
    let day = LAST_OLD_DAY?;
    let area = resolve(&code, found, day);
    if area.is_none() {
        place.fault(format!(
            "no {} had code {code:?} on {day}: import the areas first",
            level.words()
        ));
    }
    area
}
