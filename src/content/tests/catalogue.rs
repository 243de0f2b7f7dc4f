//! The catalogue: counts, languages, releases, quizzes, search.

use entity::{ids::ReleaseId, lesson_release::ReleaseState, lesson_variant::Modality};
use rstest::rstest;

use crate::content::Catalogue;

#[test]
fn the_shipped_curriculum_is_whole() {
    let catalogue = super::catalogue();
    assert_eq!(catalogue.domains().len(), 3);
    assert_eq!(catalogue.modules().len(), 15);
    assert_eq!(catalogue.lessons().len(), 73);
    let releases = catalogue
        .lessons()
        .iter()
        .map(|lesson| lesson.release.as_ref().unwrap());
    let bodies = releases
        .flat_map(|release| &release.variants)
        .map(|(_, texts)| texts.iter().count());
    assert_eq!(bodies.sum::<usize>(), 146);
    let questions = catalogue
        .modules()
        .iter()
        .map(|module| module.questions.len());
    assert_eq!(questions.sum::<usize>(), 45);
}

#[test]
fn the_order_is_that_of_the_file() {
    let catalogue = super::catalogue();
    let domains: Vec<_> = catalogue
        .domains()
        .iter()
        .map(|domain| &*domain.code)
        .collect();
    assert_eq!(domains, ["HC", "IN", "ED"]);
    let home_care: Vec<_> = catalogue
        .modules_of(&catalogue.domains()[0])
        .iter()
        .map(|module| &*module.code)
        .collect();
    assert_eq!(home_care, ["HC1", "HC2", "HC3", "HC4", "HC5"]);
    let module = catalogue.module_by_code("HC1").unwrap();
    let lessons: Vec<_> = catalogue
        .lessons_of(module)
        .iter()
        .map(|lesson| &*lesson.code)
        .collect();
    assert_eq!(lessons, ["HC1.1", "HC1.2", "HC1.3", "HC1.4", "HC1.5"]);
    for module in catalogue.modules() {
        for lesson in catalogue.lessons_of(module) {
            assert_eq!(lesson.module, module.id);
            assert!(std::ptr::eq(catalogue.lesson(lesson.id).unwrap(), lesson));
        }
    }
}

#[rstest]
#[case("en", "en")]
#[case("EN-gb", "en")]
#[case("vi", "vi")]
#[case("km", "vi")]
#[case("", "vi")]
fn a_language_that_is_missing_falls_back_to_vietnamese_and_says_so(
    #[case] asked: &str,
    #[case] served: &str,
) {
    let catalogue = super::catalogue();
    let lesson = catalogue.lesson_by_code("HC1.1").unwrap();
    let release = lesson.release.as_ref().unwrap();
    assert_eq!(
        release.variant(asked, Modality::Text).unwrap().language,
        served
    );
    assert!(release.variant(asked, Modality::Audio).is_none());
}

#[test]
fn without_vietnamese_any_language_is_served() {
    let mut rows = super::shipped().rows;
    rows.variants.retain(|variant| variant.language == "en");
    let catalogue = Catalogue::of(rows);
    let lesson = catalogue.lesson_by_code("HC1.1").unwrap();
    let release = lesson.release.as_ref().unwrap();
    assert_eq!(release.heading("km").unwrap().language, "en");
}

#[test]
fn a_body_tells_its_size_and_hash() {
    let catalogue = super::catalogue();
    let lesson = catalogue.lesson_by_code("HC1.1").unwrap();
    let release = lesson.release.as_ref().unwrap();
    let body = release.variant("vi", Modality::Text).unwrap().said;
    assert_eq!(body.bytes as usize, body.body.len());
    assert!(
        body.body
            .starts_with("# Lịch khám và tiêm chủng của con\n\n## Vì sao quan trọng\n")
    );
    // By sha256sum.
    let sum = std::process::Command::new("sha256sum")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/curriculum/lessons/HC1.1.vi.md"
        ))
        .output()
        .unwrap();
    assert!(
        String::from_utf8(sum.stdout)
            .unwrap()
            .starts_with(&*body.sha256)
    );
}

#[test]
fn every_shipped_lesson_is_unreviewed_and_licensed() {
    for lesson in super::catalogue().lessons() {
        let release = lesson.release.as_ref().unwrap();
        assert_eq!(release.number, 1);
        assert!(release.review.is_none());
        assert_eq!(&*release.licence, "CC BY 4.0");
        assert!(
            release
                .source
                .starts_with("Vun curriculum 0.1-draft, original text.")
        );
    }
}

#[test]
fn an_answer_is_right_when_exactly_the_right_choices_are_chosen() {
    let catalogue = super::catalogue();
    let module = catalogue.module_by_code("HC1").unwrap();
    let [first, second, _] = &module.questions[..] else {
        panic!("three questions");
    };
    let id = |at: usize| first.choices[at].id;
    assert!(first.is_right(&[id(0)]));
    assert!(first.is_right(&[id(0), id(0)]));
    for wrong in [
        vec![],
        vec![id(1)],
        vec![id(0), id(1)],
        vec![id(0), second.choices[1].id],
    ] {
        assert!(!first.is_right(&wrong), "{wrong:?}");
    }
    let (found, question) = catalogue.question(second.id).unwrap();
    assert_eq!((found.id, &question.code), (module.id, &second.code));
}

#[test]
fn an_earlier_release_counts_until_one_asks_for_a_refresher() {
    let mut rows = super::shipped().rows;
    let first = rows.releases[0].clone();
    let published = "2026-05-01T03:00:00Z".parse().unwrap();
    let later = |number: i32, state, refresher_required| {
        let mut release = first.clone();
        release.release_id = ReleaseId(uuid::Uuid::from_u128(number as u128));
        (release.number, release.state) = (number, state);
        release.refresher_required = refresher_required;
        release.published_at = Some(published);
        release
    };
    rows.releases[0].state = ReleaseState::Retired;
    rows.releases.push(later(2, ReleaseState::Retired, true));
    rows.releases.push(later(3, ReleaseState::Published, false));
    rows.releases.push(later(4, ReleaseState::Draft, true));
    let id = |number: u128| ReleaseId(uuid::Uuid::from_u128(number));
    let catalogue = Catalogue::of(rows);
    assert_eq!(catalogue.release(id(3)).unwrap().number, 3);
    assert!(!catalogue.counts_for(first.release_id, id(3)));
    assert!(catalogue.counts_for(id(2), id(3)));
    assert!(catalogue.counts_for(id(3), id(3)));
    assert!(catalogue.counts_for(id(3), id(2)));
    assert!(
        catalogue.counts_for(id(3), id(4)),
        "a draft asks nothing yet"
    );
    assert!(!catalogue.counts_for(id(9), id(3)));
}

#[test]
fn search_ignores_accents_and_ranks_exact_ones_first() {
    let catalogue = super::catalogue();
    let codes = |text: &str| -> Vec<&str> {
        let found = catalogue.search(text);
        found.into_iter().map(|lesson| &*lesson.code).collect()
    };
    assert_eq!(codes("phong duoi nuoc").first(), Some(&"HC3.2"));
    assert_eq!(codes("Phòng đuối nước").first(), Some(&"HC3.2"));
    assert_eq!(codes("PREVENTING drowning").first(), Some(&"HC3.2"));
    let (plain, exact) = (codes("dau hieu"), codes("dấu hiệu"));
    assert_eq!(exact.first(), Some(&"HC1.2"));
    assert_eq!(
        plain.iter().collect::<std::collections::BTreeSet<_>>(),
        exact.iter().collect::<std::collections::BTreeSet<_>>()
    );
    assert!(codes("").is_empty() && codes(" \t").is_empty());
    assert!(codes("khôngcótừnày").is_empty());
}

#[test]
fn the_catalogue_takes_little_memory() {
    let rows = super::shipped().rows;
    let text: usize = rows
        .variants
        .iter()
        .map(|v| v.title.len() + v.summary.len() + v.body.len())
        .sum();
    let catalogue = Catalogue::of(rows);
    // Once as served, once folded, once with decomposed accents.
    let searched = catalogue.search.bytes();
    assert!(text + searched < 3_000_000 / 2, "{text} + {searched}");
}

/// The shipped lessons over and over, each copy with ids of its own.
#[test]
fn the_memory_of_a_search_grows_by_less_than_ten_kilobytes_a_lesson() {
    use crate::content::search::SearchIndex;
    let catalogue = crate::content::tests::catalogue();
    let lessons: Vec<_> = catalogue
        .lessons()
        .iter()
        .cycle()
        .take(1_000)
        .cloned()
        .collect();
    let index = SearchIndex::of(&lessons);
    assert!(index.bytes() < 10_000_000, "{} bytes", index.bytes());
    let mut took: Vec<_> = [
        "sua me",
        "tiêm chủng",
        "rua tay",
        "t",
        "hoà nhập",
        "an toan",
        "khuyết tật",
    ]
    .iter()
    .map(|text| {
        let started = std::time::Instant::now();
        let found = index.find(text);
        assert!(!found.is_empty(), "{text}");
        started.elapsed()
    })
    .collect();
    took.sort();
    eprintln!(
        "1,000 lessons: {} bytes, p50 of a search {:?} in this build",
        index.bytes(),
        took[3]
    );
}
