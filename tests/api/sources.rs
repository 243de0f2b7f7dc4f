//! The project's own Rust files, cut into words: enough to see which paths a file names, without comments, string
//! contents and test modules getting in the way.

use std::{fs, path::Path};

/// A Rust file.
pub struct Source {
    /// From the project's root, with `/`.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
}

/// One piece of a file outside its test modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, keyword or number.
    Word(String),
    /// What stands inside a string literal, escapes as written.
    Text(String),
    Mark(char),
}

/// `a::b::C` where a file names it, groups of `use` taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
}

/// Every Rust file below these folders of the project.
pub fn read(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut found);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).expect("inside the project");
            let name = name.to_str().expect("a readable name").replace('\\', "/");
            let text = fs::read_to_string(&path).expect("a readable file");
            found.push(Source::new(&name, text));
        }
    }
}

impl Source {
    pub fn new(path: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            path: path.to_owned(),
            tokens: without_tests(cut(&text)),
            text,
        }
    }

    /// Every path of two segments or more that the file names outside its tests; `crate`, `self` and `super` are
    /// resolved, so that a path inside the project begins with `crate`.
    pub fn named(&self) -> Vec<Named> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let field = at > 0 && self.tokens[at - 1].kind == Kind::Mark('.');
            match &self.tokens[at].kind {
                Kind::Word(_) if !field => at = self.path_at(at, &[], &mut found),
                _ => at += 1,
            }
        }
        found.retain(|named| named.segments.len() > 1);
        for named in &mut found {
            named.segments = self.resolved(&named.segments);
        }
        found
    }

    /// Reads the path (or, inside `use`, the tree) that begins at a token; returns where it ends.
    fn path_at(&self, mut at: usize, before: &[String], found: &mut Vec<Named>) -> usize {
        let kind = |at: usize| self.tokens.get(at).map(|token| &token.kind);
        let line = self.tokens[at].line;
        let mut segments = before.to_vec();
        loop {
            match kind(at) {
                Some(Kind::Word(word)) => {
                    segments.push(word.clone());
                    at += 1;
                }
                Some(Kind::Mark('*')) => at += 1,
                Some(Kind::Mark('{')) => {
                    at += 1;
                    while kind(at).is_some_and(|kind| *kind != Kind::Mark('}')) {
                        at = match kind(at) {
                            Some(Kind::Mark(',')) => at + 1,
                            _ => self.path_at(at, &segments, found).max(at + 1),
                        };
                    }
                    return at + 1;
                }
                _ => break,
            }
            let colon = Some(&Kind::Mark(':'));
            if kind(at) != colon || kind(at + 1) != colon {
                break;
            }
            at += 2;
        }
        found.push(Named { line, segments });
        at
    }

    fn resolved(&self, segments: &[String]) -> Vec<String> {
        let mut module = self.module();
        let mut rest = segments;
        match rest.first().map(String::as_str) {
            Some("self" | "super") => {}
            _ => return segments.to_vec(),
        }
        while let Some(first @ ("self" | "super")) = rest.first().map(String::as_str) {
            if first == "super" {
                module.pop();
            }
            rest = &rest[1..];
        }
        let inside = ["crate".to_owned()].into_iter().chain(module);
        inside.chain(rest.iter().cloned()).collect()
    }

    /// The module this file is, for example `["areas", "store"]`.
    fn module(&self) -> Vec<String> {
        let inside = self
            .path
            .split_once("src/")
            .map_or("", |(_, inside)| inside);
        let inside = inside.trim_end_matches(".rs");
        let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
        if matches!(
            module.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            module.pop();
        }
        module
    }

    /// Where the file calls a method of this name, by line.
    pub fn calls(&self, method: &str) -> Vec<usize> {
        let call = |window: &&[Token]| {
            window[0].kind == Kind::Mark('.')
                && window[1].kind == Kind::Word(method.to_owned())
                && matches!(window[2].kind, Kind::Mark('(' | ':'))
        };
        self.tokens
            .windows(3)
            .filter(call)
            .map(|window| window[1].line)
            .collect()
    }
}

/// Leaves out what stands under `#[cfg(test)]`: rules for the product's code do not bind its tests.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mark = Kind::Mark;
    let word = |text: &str| Kind::Word(text.to_owned());
    let gate = [
        mark('#'),
        mark('['),
        word("cfg"),
        mark('('),
        word("test"),
        mark(')'),
        mark(']'),
    ];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let gated = tokens[at..]
            .iter()
            .map(|token| &token.kind)
            .take(gate.len())
            .eq(gate.iter());
        if !gated {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        // To the end of the item: its closing brace, or a semicolon before any brace.
        let mut depth = 0;
        at += gate.len();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.kind {
                Kind::Mark('{') => depth += 1,
                Kind::Mark('}') => depth -= 1,
                Kind::Mark(';') if depth == 0 => break,
                _ => continue,
            }
            if depth == 0 {
                break;
            }
        }
    }
    kept
}

fn cut(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let letter = |at: usize| letters.get(at).copied().unwrap_or('\0');
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < letters.len() {
        let start = at;
        let begins_on = line;
        let kind = match letter(at) {
            '/' if letter(at + 1) == '/' => {
                while at < letters.len() && letter(at) != '\n' {
                    at += 1;
                }
                None
            }
            '/' if letter(at + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (letter(at), letter(at + 1)) {
                        ('/', '*') => (depth, at) = (depth + 1, at + 2),
                        ('*', '/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                    if depth == 0 || at >= letters.len() {
                        break None;
                    }
                }
            }
            // A raw string; `b` and `c` before it are read as words.
            'r' if matches!(letter(at + 1), '"' | '#') && raw_begins(&letters[at + 1..]) => {
                let hashes = letters[at + 1..]
                    .iter()
                    .take_while(|letter| **letter == '#')
                    .count();
                let end: Vec<char> = std::iter::once('"')
                    .chain(std::iter::repeat_n('#', hashes))
                    .collect();
                let inside = at + 2 + hashes;
                at = inside;
                while at < letters.len() && !letters[at..].starts_with(&end) {
                    at += 1;
                }
                let held = letters[inside..at].iter().collect();
                at += end.len();
                Some(Kind::Text(held))
            }
            '"' => {
                at += 1;
                while at < letters.len() && letter(at) != '"' {
                    at += if letter(at) == '\\' { 2 } else { 1 };
                }
                let held = letters[start + 1..at.min(letters.len())].iter().collect();
                at += 1;
                Some(Kind::Text(held))
            }
            // A character, and not a lifetime.
            '\'' if letter(at + 1) == '\\' || letter(at + 2) == '\'' => {
                at += if letter(at + 1) == '\\' { 3 } else { 2 };
                while at < letters.len() && letter(at) != '\'' {
                    at += 1;
                }
                at += 1;
                None
            }
            first if is_word(first) => {
                while is_word(letter(at)) {
                    at += 1;
                }
                Some(Kind::Word(letters[start..at].iter().collect()))
            }
            first => {
                at += 1;
                (!first.is_whitespace()).then_some(Kind::Mark(first))
            }
        };
        let end = at.min(letters.len());
        line += letters[start..end]
            .iter()
            .filter(|letter| **letter == '\n')
            .count();
        tokens.extend(kind.map(|kind| Token {
            line: begins_on,
            kind,
        }));
    }
    tokens
}

fn raw_begins(rest: &[char]) -> bool {
    rest.iter().find(|letter| **letter != '#') == Some(&'"')
}

mod tests {
    use super::*;

    fn paths(path: &str, text: &str) -> Vec<String> {
        let named = Source::new(path, text).named();
        named
            .iter()
            .map(|named| named.segments.join("::"))
            .collect()
    }

    #[test]
    fn groups_of_use_are_taken_apart_and_relative_paths_resolved() {
        let text = "use crate::{areas::{Areas, store::{self, *}}, db::Db};\nuse super::people::Person as P;";
        assert_eq!(
            paths("src/auth/graphql.rs", text),
            [
                "crate::areas::Areas",
                "crate::areas::store::self",
                "crate::areas::store",
                "crate::db::Db",
                "crate::auth::people::Person",
            ]
        );
        assert_eq!(
            paths(
                "src/auth/mod.rs",
                "fn f() -> super::areas::Area { self::g::<u8>() }"
            ),
            ["crate::areas::Area", "crate::auth::g"]
        );
    }

    #[test]
    fn comments_strings_and_tests_name_nothing() {
        let text = r##"
            //! axum::Router
            /* axum::a /* axum::b */ axum::c */
            const A: &str = "axum::d \" axum::e";
            const B: &str = r#"axum::f " axum::g"#;
            const C: char = '"'; const D: char = '\''; fn e<'a>(x: &'a str) {}
            #[cfg(test)]
            mod tests { use axum::h; fn i() { axum::j() } }
            #[cfg(test)]
            mod more;
            fn k() { sea_orm::l() }
        "##;
        assert_eq!(paths("src/x.rs", text), ["sea_orm::l"]);
    }

    #[test]
    fn a_method_call_is_found_with_its_line() {
        let source = Source::new(
            "src/x.rs",
            "fn tx() {}\nfn g() {\n  db.tx(f); tx(g); db.tx::<T>(h)\n}",
        );
        assert_eq!(source.calls("tx"), [3, 3]);
    }
}
