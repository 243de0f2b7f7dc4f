//! Bad curricula: each fault is named by file, place and reason.

use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};

use crate::content::import::{read, read_files};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum");

fn body(name: &str) -> Result<String, String> {
    std::fs::read_to_string(Path::new(FOLDER).join("lessons").join(name)).map_err(|e| e.to_string())
}

fn faults(text: &str, body: &dyn Fn(&str) -> Result<String, String>) -> Vec<String> {
    match read("curriculum.json", text, body) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.iter().map(ToString::to_string).collect(),
    }
}

fn text() -> String {
    std::fs::read_to_string(Path::new(FOLDER).join("curriculum.json")).unwrap()
}

#[rstest]
#[case::audience("/domains/0/modules/0/lessons/1/audience", json!("all"),
    "$.domains[0].modules[0].lessons[1].audience: \"parent_caregiver\", \"staff_collaborator\" or \"both\" is needed, not \"all\"")]
#[case::minutes("/domains/0/modules/0/lessons/0/minutes", json!(0),
    "$.domains[0].modules[0].lessons[0].minutes: a whole number from 1 to 240 is needed, not 0")]
#[case::band("/domains/1/modules/0/lessons/0/child_age_bands/0", json!("A9"),
    "$.domains[1].modules[0].lessons[0].child_age_bands[0]: the code of one of the age_bands is needed, not \"A9\"")]
#[case::no_band("/domains/1/modules/0/lessons/0/child_age_bands", json!([]),
    "$.domains[1].modules[0].lessons[0].child_age_bands: at least one age band is needed")]
#[case::any_and_more("/domains/0/modules/0/lessons/0/disability_types", json!(["ANY", "VISION"]),
    "$.domains[0].modules[0].lessons[0].disability_types: either [\"ANY\"] or at least one kind of disability is needed")]
#[case::kind("/domains/0/modules/0/lessons/0/disability_types", json!(["DEAF"]),
    "$.domains[0].modules[0].lessons[0].disability_types[0]: ANY or one of the disability_types is needed, not \"DEAF\"")]
#[case::twice("/domains/0/modules/1/code", json!("HC1"), "$.domains[0].modules[1].code: \"HC1\" is used twice")]
#[case::elsewhere("/domains/0/modules/0/lessons/0/code", json!("HC2.9"),
    "$.domains[0].modules[0].lessons[0].code: a code beginning with \"HC1.\" is needed, not \"HC2.9\"")]
#[case::a_path("/domains/0/modules/0/lessons/0/code", json!("HC1./../x"),
    "$.domains[0].modules[0].lessons[0].code: a code has only letters without accents, digits, dots and hyphens")]
#[case::pass_mark("/domains/0/modules/0/pass_mark", json!(4),
    "$.domains[0].modules[0].pass_mark: a whole number from 1 to 3 is needed, not 4")]
#[case::answer("/domains/0/modules/0/quiz/2/answer", json!(3),
    "$.domains[0].modules[0].quiz[2].answer: a whole number from 0 to 2 is needed, not 3")]
#[case::core("/coverage_rule/core_modules_VN1438/0", json!("HC9"),
    "$.coverage_rule.core_modules_VN1438[0]: the code of a module is needed, not \"HC9\"")]
#[case::title("/domains/2/modules/4/title_en", json!(null), "$.domains[2].modules[4].title_en: text is needed")]
#[case::nul("/domains/2/summary_vi", json!("a\u{0}b"), "$.domains[2].summary_vi: a NUL character is not text")]
#[case::lessons("/domains/2/modules/0/lessons", json!({}), "$.domains[2].modules[0].lessons: a list is needed")]
#[case::band_order("/age_bands/3/from_month", json!(24), "$.age_bands[3]: from_month must be less than to_month_exclusive")]
fn a_bad_value_is_named_by_its_path(
    #[case] pointer: &str,
    #[case] bad: Value,
    #[case] expected: &str,
) {
    let mut value: Value = serde_json::from_str(&text()).unwrap();
    *value.pointer_mut(pointer).unwrap() = bad;
    let said = faults(&value.to_string(), &body);
    assert!(
        said.contains(&format!("curriculum.json: {expected}")),
        "{said:#?}"
    );
}

#[test]
fn broken_json_is_named_by_line() {
    let said = faults(&text().replacen("\"version\":", "\"version\"", 1), &body);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("curriculum.json: line 2 column "),
        "{said:?}"
    );
}

#[rstest]
#[case::missing(
    "HC1.1.en.md",
    Err("no such file"),
    "lessons/HC1.1.en.md: no such file"
)]
#[case::title("HC1.1.vi.md", Ok(("# Lịch khám", "# Lịch")), "lessons/HC1.1.vi.md: line 1: the title")]
#[case::heading("IN3.1.vi.md", Ok(("## Làm thế nào", "## Cách làm")),
    "the heading \"Làm thế nào\" is needed, not \"Cách làm\"")]
#[case::gone("IN3.1.en.md", Ok(("## When to ask for help", "")),
    "lessons/IN3.1.en.md: the heading \"When to ask for help\" is missing")]
#[case::nul("IN3.1.en.md", Ok(("## Try", "\0## Try")), "lessons/IN3.1.en.md: a NUL character is not text")]
fn a_bad_body_is_named_by_its_file(
    #[case] bad: &str,
    #[case] change: Result<(&str, &str), &str>,
    #[case] expected: &str,
) {
    let changed = |name: &str| match change {
        Err(reason) if name == bad => Err(reason.to_owned()),
        Ok((from, to)) if name == bad => body(name).map(|text| text.replacen(from, to, 1)),
        _ => body(name),
    };
    let said = faults(&text(), &changed);
    assert!(!said.is_empty());
    assert!(
        said.iter().any(|fault| fault.contains(expected)),
        "{said:#?}"
    );
    assert!(
        said.iter()
            .all(|fault| fault.starts_with(&format!("lessons/{bad}:"))),
        "{said:#?}"
    );
}

#[test]
fn a_body_of_no_lesson_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let lessons = folder.path().join("lessons");
    std::fs::create_dir(&lessons).unwrap();
    std::fs::copy(
        Path::new(FOLDER).join("curriculum.json"),
        folder.path().join("curriculum.json"),
    )
    .unwrap();
    for entry in std::fs::read_dir(Path::new(FOLDER).join("lessons")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), lessons.join(entry.file_name())).unwrap();
    }
    let file = folder.path().join("curriculum.json");
    assert!(read_files(&file).is_ok());
    std::fs::write(lessons.join("HC9.9.vi.md"), "# ?").unwrap();
    let faults = read_files(&file).unwrap_err();
    assert_eq!(
        faults.0[0].to_string(),
        "lessons/HC9.9.vi.md: no lesson has this code, or no lesson is written in this language"
    );
    assert!(read_files(&folder.path().join("none.json")).is_err());
}
