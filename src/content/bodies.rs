//! Lesson bodies: Markdown files beside the curriculum, each with its title and five fixed headings.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use sha2::{Digest, Sha256};

use crate::shipped::{Fault, Faults, Findings};

use super::{
    import::{Curriculum, read},
    rows::Rows,
};

/// Languages the curriculum's files are written in, and the headings every body has, in order.
pub(super) const LANGUAGES: [(&str, [&str; 5]); 2] = [
    (
        "vi",
        [
            "Vì sao quan trọng",
            "Làm thế nào",
            "Thử ngay hôm nay",
            "Điều chỉnh cho con",
            "Khi nào cần giúp đỡ",
        ],
    ),
    (
        "en",
        [
            "Why it matters",
            "How to do it",
            "Try it today",
            "Adapt it for your child",
            "When to ask for help",
        ],
    ),
];

/// Reads a curriculum from the disk. Bodies are in the folder `lessons` beside `file`; a body of no lesson is a fault.
///
/// # Errors
/// Every fault found, by file, place and reason.
pub fn read_files(file: &Path) -> Result<Curriculum, Faults> {
    let fault = |file: &Path, reason: String| {
        Faults(vec![Fault {
            file: file.display().to_string(),
            place: String::new(),
            reason,
        }])
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| fault(file, format!("cannot be read: {error}")))?;
    let folder = file.parent().unwrap_or(Path::new("")).join("lessons");
    let body = |name: &str| {
        std::fs::read_to_string(folder.join(name))
            .map_err(|error| format!("cannot be read: {error}"))
    };
    let curriculum = read(&file.display().to_string(), &text, &body)?;
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| fault(&folder, format!("cannot be read: {error}")))?;
    let known: BTreeSet<String> = body_names(&curriculum.rows).collect();
    let findings = Findings::default();
    for name in entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        if name.ends_with(".md") && !known.contains(&name) {
            findings.add(
                &format!("lessons/{name}"),
                "",
                "no lesson has this code, or no lesson is written in this language",
            );
        }
    }
    findings.unless_any(curriculum)
}

fn body_names(rows: &Rows) -> impl Iterator<Item = String> {
    rows.lessons
        .iter()
        .flat_map(|lesson| LANGUAGES.map(|(language, _)| format!("{}.{language}.md", lesson.code)))
}

/// The body of a lesson, with a fault for each thing it lacks: its title, then the five headings in their order.
pub(super) fn checked(
    findings: &Findings,
    name: &str,
    body: Result<String, String>,
    title: &str,
    headings: [&str; 5],
) -> String {
    let file = format!("lessons/{name}");
    let body = match body {
        Ok(body) => body,
        Err(reason) => {
            findings.add(&file, "", reason);
            return String::new();
        }
    };
    if body.contains('\0') {
        findings.add(&file, "", "a NUL character is not text");
    }
    if body.lines().next() != Some(&format!("# {title}")) {
        let reason = format!("the title \"# {title}\" is needed, as in curriculum.json");
        findings.add(&file, "line 1", reason);
    }
    let found = (1..).zip(body.lines()).filter_map(|(line, text)| {
        let heading = text.strip_prefix("## ")?;
        Some((line, heading))
    });
    let found: Vec<(usize, &str)> = found.collect();
    for (at, heading) in headings.iter().enumerate() {
        match found.get(at) {
            Some((_, said)) if said == heading => {}
            Some((line, said)) => {
                let reason = format!("the heading {heading:?} is needed, not {said:?}");
                findings.add(&file, &format!("line {line}"), reason);
                break;
            }
            None => {
                let reason = format!("the heading {heading:?} is missing");
                findings.add(&file, "", reason);
                break;
            }
        }
    }
    if let Some((line, said)) = found.get(headings.len()) {
        let reason = format!("{said:?} is a sixth heading; five are needed");
        findings.add(&file, &format!("line {line}"), reason);
    }
    body
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let Ok(()) = write!(hex, "{byte:02x}") else {
                return hex;
            };
            hex
        })
}
