//! Reading shipped data: every fault named by file, place and reason, and a report of what an import changes.

use std::{cell::RefCell, collections::BTreeMap, fmt};

use chrono::NaiveDate;
use serde_json::Value;

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as the reader was told its name.
    pub file: String,
    /// Where in it: a JSON path such as `$.domains[0].code`, or `line 12`. Empty for the file as a whole.
    pub place: String,
    /// What is wrong, and what is needed.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => write!(f, "{}: {}", self.file, self.reason),
            place => write!(f, "{}: {place}: {}", self.file, self.reason),
        }
    }
}

/// Everything wrong in what was read. Nothing of it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            writeln!(f, "{fault}")?;
        }
        write!(f, "nothing was loaded")
    }
}

impl std::error::Error for Faults {}

/// Collects faults while reading goes on, so that all are named at once.
#[derive(Debug, Default)]
pub struct Findings(RefCell<Vec<Fault>>);

impl Findings {
    /// Notes a fault.
    pub fn add(&self, file: &str, place: &str, reason: impl Into<String>) {
        self.0.borrow_mut().push(Fault {
            file: file.to_owned(),
            place: place.to_owned(),
            reason: reason.into(),
        });
    }

    /// What was read, if nothing was wrong.
    ///
    /// # Errors
    /// Every fault found.
    pub fn unless_any<T>(self, value: T) -> Result<T, Faults> {
        let faults = self.0.into_inner();
        if faults.is_empty() {
            Ok(value)
        } else {
            Err(Faults(faults))
        }
    }
}

/// A place in a JSON file. Asking it for what is not there notes a fault and gives an empty value.
pub struct Node<'a> {
    findings: &'a Findings,
    file: &'a str,
    path: String,
    value: &'a Value,
}

/// Parses a JSON file; a syntax error is a fault with its line and column.
pub fn parse(findings: &Findings, file: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        findings.add(file, &place, format!("not JSON: {error}"));
        Value::Null
    })
}

impl<'a> Node<'a> {
    /// The whole file.
    pub fn root(findings: &'a Findings, file: &'a str, value: &'a Value) -> Self {
        let path = "$".to_owned();
        Self {
            findings,
            file,
            path,
            value,
        }
    }

    /// Notes a fault here.
    pub fn fault(&self, reason: impl Into<String>) {
        self.findings.add(self.file, &self.path, reason);
    }

    /// What `key` holds; null when it is missing.
    pub fn at(&self, key: &str) -> Node<'a> {
        self.below(
            format!(".{key}"),
            self.value.get(key).unwrap_or(&Value::Null),
        )
    }

    fn below(&self, step: String, value: &'a Value) -> Node<'a> {
        Node {
            path: format!("{}{step}", self.path),
            value,
            ..*self
        }
    }

    /// Whether nothing is here.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The keys here, if this is an object.
    pub fn keys(&self) -> Vec<&'a str> {
        let object = self.value.as_object();
        object.map_or_else(Vec::new, |object| {
            object.keys().map(String::as_str).collect()
        })
    }

    /// The items of the list that `key` holds.
    pub fn list(&self, key: &str) -> Vec<Node<'a>> {
        let here = self.at(key);
        let Some(items) = here.value.as_array() else {
            here.fault("a list is needed");
            return Vec::new();
        };
        let item = |(at, value)| here.below(format!("[{at}]"), value);
        items.iter().enumerate().map(item).collect()
    }

    /// As [`Node::list`], but no list is an empty one.
    pub fn list_or_none(&self, key: &str) -> Vec<Node<'a>> {
        if self.at(key).is_null() {
            Vec::new()
        } else {
            self.list(key)
        }
    }

    /// The text here, which must not be blank.
    pub fn words(&self) -> String {
        let text = self.value.as_str().unwrap_or_default();
        if text.trim().is_empty() {
            self.fault("text is needed");
        } else if text.contains('\0') {
            self.fault("a NUL character is not text");
        }
        text.to_owned()
    }

    /// The text that `key` holds, which must not be blank.
    pub fn text(&self, key: &str) -> String {
        self.at(key).words()
    }

    /// The text that `key` holds, if any.
    pub fn text_or_none(&self, key: &str) -> Option<String> {
        let here = self.at(key);
        (!here.is_null()).then(|| here.words())
    }

    /// The whole number that `key` holds, within bounds.
    pub fn whole(&self, key: &str, least: i32, most: i32) -> i32 {
        let here = self.at(key);
        let number = here.value.as_i64().and_then(|n| i32::try_from(n).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => number,
            None => {
                here.fault(format!(
                    "a whole number from {least} to {most} is needed, not {}",
                    here.value
                ));
                least
            }
        }
    }

    /// Whether this is a certain whole number.
    pub fn is_number(&self, number: i32) -> bool {
        self.value.as_i64() == Some(i64::from(number))
    }

    /// As [`Node::whole`], but null is nothing.
    pub fn whole_or_none(&self, key: &str, least: i32, most: i32) -> Option<i32> {
        (!self.at(key).is_null()).then(|| self.whole(key, least, most))
    }

    /// The truth value that `key` holds, if any.
    pub fn yes_no_or_none(&self, key: &str) -> Option<bool> {
        let here = self.at(key);
        if !here.is_null() && !here.value.is_boolean() {
            here.fault(format!("true or false is needed, not {}", here.value));
        }
        here.value.as_bool()
    }

    /// The day, `YYYY-MM-DD`, that `key` holds.
    pub fn day(&self, key: &str) -> NaiveDate {
        let here = self.at(key);
        let day = here.value.as_str().and_then(|text| text.parse().ok());
        day.unwrap_or_else(|| {
            here.fault(format!(
                "a day such as 2018-10-29 is needed, not {}",
                here.value
            ));
            NaiveDate::default()
        })
    }

    /// What `read` makes of the word here; a fault naming the words that are allowed when it makes nothing.
    pub fn word<T>(&self, allowed: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = self.value.as_str().and_then(read);
        if word.is_none() {
            self.fault(format!("{allowed} is needed, not {}", self.value));
        }
        word
    }
}

/// What an import changes in one kind of thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not there before.
    pub new: usize,
    /// There, but otherwise.
    pub changed: usize,
    /// There, the same.
    pub unchanged: usize,
    /// No longer wanted.
    pub removed: usize,
}

/// What an import changed, or would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By kind of thing, in the order of loading.
    pub kinds: Vec<(&'static str, Tally)>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether everything was as it should be already.
    pub fn changes_nothing(&self) -> bool {
        self.kinds
            .iter()
            .all(|(_, tally)| tally.new + tally.changed + tally.removed == 0)
    }

    /// What happened to one kind of thing.
    pub fn of(&self, kind: &str) -> Tally {
        let found = self.kinds.iter().find(|(name, _)| *name == kind);
        found.map(|(_, tally)| *tally).unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, tally) in &self.kinds {
            let Tally {
                new,
                changed,
                unchanged,
                removed,
            } = tally;
            writeln!(
                f,
                "{kind}: {new} new, {changed} changed, {unchanged} unchanged, {removed} removed"
            )?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// Rows to write, and rows to remove: those there that are `ours` and no longer wanted.
pub fn settled<M: PartialEq + Clone, K: Ord>(
    current: &[M],
    wanted: Vec<M>,
    key: impl Fn(&M) -> K,
    ours: impl Fn(&M) -> bool,
) -> (Vec<M>, Vec<M>, Tally) {
    let mut there: BTreeMap<K, &M> = current.iter().map(|row| (key(row), row)).collect();
    let mut tally = Tally::default();
    let mut put = Vec::new();
    for row in wanted {
        match there.remove(&key(&row)) {
            Some(same) if *same == row => tally.unchanged += 1,
            Some(_) => {
                tally.changed += 1;
                put.push(row);
            }
            None => {
                tally.new += 1;
                put.push(row);
            }
        }
    }
    let gone: Vec<M> = there
        .into_values()
        .filter(|row| ours(row))
        .cloned()
        .collect();
    tally.removed = gone.len();
    (put, gone, tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_by_file_place_and_reason() {
        let findings = Findings::default();
        let value = parse(
            &findings,
            "a.json",
            r#"{"list": [{"n": 7}, {"n": "x"}], "t": " "}"#,
        );
        let root = Node::root(&findings, "a.json", &value);
        for item in root.list("list") {
            item.whole("n", 1, 9);
        }
        root.text("t");
        root.list("none");
        let faults = findings.unless_any(()).unwrap_err();
        let said: Vec<_> = faults.0.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "a.json: $.list[1].n: a whole number from 1 to 9 is needed, not \"x\"",
                "a.json: $.t: text is needed",
                "a.json: $.none: a list is needed",
            ]
        );
    }

    #[test]
    fn a_syntax_error_is_named_by_line_and_column() {
        let findings = Findings::default();
        parse(&findings, "a.json", "{\n \"a\": ]");
        let faults = findings.unless_any(()).unwrap_err();
        assert_eq!(faults.0[0].place, "line 2 column 7");
    }
}
