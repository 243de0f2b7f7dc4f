//! The files of a package in the order a family needs them: lessons of its path first, each with what it shows; the rest of the
//! modules behind; the quiz of a module behind its last lesson.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entity::{
    ids::{MediaId, ModuleId},
    lesson::LessonAudience,
    lesson_variant::Modality,
};

use super::{
    Request, documents,
    fitting::Weighed,
    manifest::{FileKind, PackageFile},
};
use crate::{
    content::{
        Catalogue,
        catalogue::{Lesson, Module, Release},
        media::{Media, ServedFile, check, files::FileName, kinds::Kind},
    },
    error::Result,
    installation::keys::Secret,
    learning::path::Step,
};

/// A file that may go into a package.
pub(super) struct Listed {
    /// What the manifest says of it.
    pub file: PackageFile,
    /// Its bytes, where it is a text; media are there already.
    pub text: Option<String>,
    /// The text it is shown in, by its place in the list.
    shown_in: Option<usize>,
}

impl Listed {
    pub(super) fn weighed(&self) -> Weighed {
        Weighed {
            bytes: self.file.bytes,
            shown_in: self.shown_in,
        }
    }
}

/// Every language something is published in.
pub(super) fn languages(catalogue: &Catalogue) -> BTreeSet<&str> {
    let releases = catalogue.lessons().iter();
    let releases = releases.filter_map(|lesson| lesson.release.as_ref());
    releases
        .flat_map(|release| &release.variants)
        .flat_map(|(_, texts)| texts.iter())
        .map(|(language, _)| language)
        .collect()
}

/// The published lessons of the modules asked for, or of all: those of the path in its order, then the others in the order of
/// the modules. What is only for staff is left out for others, unless its module was asked for by name.
pub(super) fn ordered<'c>(
    catalogue: &'c Catalogue,
    steps: &[Step],
    modules: &[ModuleId],
    is_staff: bool,
) -> Vec<&'c Arc<Lesson>> {
    let wanted: Vec<&Arc<Module>> = if modules.is_empty() {
        catalogue.modules().iter().collect()
    } else {
        let found = modules.iter().filter_map(|id| catalogue.module(*id));
        found.collect()
    };
    let within: BTreeSet<ModuleId> = wanted.iter().map(|module| module.id).collect();
    let on_path = steps
        .iter()
        .filter_map(|step| catalogue.lesson(step.lesson));
    let suits = |lesson: &&Arc<Lesson>| {
        !modules.is_empty() || is_staff || lesson.audience != LessonAudience::Staff
    };
    let rest = wanted
        .iter()
        .flat_map(|module| catalogue.published_of(module));
    let mut seen = BTreeSet::new();
    on_path
        .filter(|lesson| within.contains(&lesson.module) && lesson.release.is_some())
        .chain(rest.filter(suits))
        .filter(|lesson| seen.insert(lesson.id))
        .collect()
}

/// The files, each once.
pub(super) async fn files(
    catalogue: &Catalogue,
    media: &Media,
    request: &Request,
    lessons: &[&Arc<Lesson>],
    key: &Secret,
) -> Result<Vec<Listed>> {
    let mut last: BTreeMap<ModuleId, usize> = BTreeMap::new();
    for (at, lesson) in lessons.iter().enumerate() {
        last.insert(lesson.module, at);
    }
    let mut list = List::default();
    for (at, lesson) in lessons.iter().copied().enumerate() {
        let (Some(module), Some(release)) =
            (catalogue.module(lesson.module), lesson.release.as_ref())
        else {
            continue;
        };
        list.lesson((module, lesson, release), media, request)
            .await?;
        if last.get(&module.id) == Some(&at) && !module.questions.is_empty() {
            list.quiz(module, media, request, key).await?;
        }
    }
    Ok(list.listed)
}

#[derive(Default)]
struct List {
    listed: Vec<Listed>,
    seen: BTreeSet<String>,
}

impl List {
    /// A lesson in each modality it has. The first is its text; the others, and what any of them shows, may be left out.
    async fn lesson(
        &mut self,
        (module, lesson, release): (&Arc<Module>, &Arc<Lesson>, &Release),
        media: &Media,
        request: &Request,
    ) -> Result<()> {
        let mut text = None;
        for modality in &request.modalities {
            let Some(served) = release.variant(&request.language, *modality) else {
                continue;
            };
            let shown = check::shown(&served.said.body);
            let ids: Vec<MediaId> = shown
                .iter()
                .filter_map(|one| check::named(&one.url))
                .collect();
            let there = media.of(&ids).await?;
            let language = served.language.to_owned();
            let document = documents::lesson((module, lesson, release), *modality, served, &there)?;
            let about = About {
                kind: FileKind::Lesson,
                module,
                lesson: Some(lesson),
                language: Some(language),
                modality: Some(*modality),
            };
            let place = self.text(about, document, text);
            let text = *text.get_or_insert(place);
            for item in ids.iter().filter_map(|id| there.get(id)) {
                if let Some(file) = item.for_width(width(request)) {
                    self.media(file, module, Some(lesson), text);
                }
            }
        }
        Ok(())
    }

    async fn quiz(
        &mut self,
        module: &Arc<Module>,
        media: &Media,
        request: &Request,
        key: &Secret,
    ) -> Result<()> {
        let asked = module.questions.first();
        let served = asked.and_then(|question| question.texts.served(&request.language));
        let language = served.map_or("vi", |served| served.language).to_owned();
        let document = documents::quiz(module, &language, key)?;
        let about = About {
            kind: FileKind::Quiz,
            module,
            lesson: None,
            language: Some(language),
            modality: None,
        };
        let text = self.text(about, document, None);
        let choices = module
            .questions
            .iter()
            .flat_map(|question| &question.choices);
        let pictures = choices.filter_map(|choice| choice.picture.as_deref());
        let ids: Vec<MediaId> = pictures.filter_map(check::named).collect();
        let there = media.of(&ids).await?;
        for item in ids.iter().filter_map(|id| there.get(id)) {
            if let Some(file) = item.for_width(width(request)) {
                self.media(file, module, None, text);
            }
        }
        Ok(())
    }

    /// Adds a text; answers its place.
    fn text(&mut self, about: About<'_>, text: String, shown_in: Option<usize>) -> usize {
        let name = FileName::of(text.as_bytes(), Kind::Json);
        let place = self.listed.len();
        let file = about.file(name.to_string(), text.len() as u64);
        self.add(file, Some(text), shown_in);
        place
    }

    fn media(
        &mut self,
        file: &ServedFile,
        module: &Arc<Module>,
        lesson: Option<&Arc<Lesson>>,
        text: usize,
    ) {
        let about = About {
            kind: FileKind::Media,
            module,
            lesson,
            language: None,
            modality: None,
        };
        let file = about.file(file.name.clone(), u64::from(file.bytes));
        self.add(file, None, Some(text));
    }

    fn add(&mut self, file: PackageFile, text: Option<String>, shown_in: Option<usize>) {
        if self.seen.insert(file.name.clone()) {
            self.listed.push(Listed {
                file,
                text,
                shown_in,
            });
        }
    }
}

/// What a file is about.
struct About<'a> {
    kind: FileKind,
    module: &'a Module,
    lesson: Option<&'a Arc<Lesson>>,
    language: Option<String>,
    modality: Option<Modality>,
}

impl About<'_> {
    fn file(self, name: String, bytes: u64) -> PackageFile {
        PackageFile {
            sha256: name.split('.').next().unwrap_or_default().to_owned(),
            name,
            bytes,
            kind: self.kind,
            module_id: self.module.id.to_string(),
            lesson_id: self.lesson.map(|lesson| lesson.id.to_string()),
            language: self.language,
            modality: self
                .modality
                .map(|modality| documents::word(modality).to_owned()),
        }
    }
}

fn width(request: &Request) -> u32 {
    u32::try_from(request.width).unwrap_or(0)
}
