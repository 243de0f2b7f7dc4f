//! An invented population is one that could have been recorded: nothing in it is out of order.

use vun::{
    app::App,
    config::Settings,
    generate::{Generate, run},
};

use crate::app::{TestApp, on_both};

async fn product(app: &TestApp) -> App {
    let product = App::open(app.db.clone(), app.clock.clone(), &Settings::default()).await;
    let product = product.expect("the features");
    product.load_shipped().await.expect("what is shipped");
    product
}

fn asked(caregivers: u32) -> Generate {
    Generate {
        caregivers,
        events_each: 10,
        seed: 7,
        groups: 2,
        accounts: 20,
        tokens: None,
    }
}

#[tokio::test]
async fn a_generated_population_is_in_order_and_never_joins_another() {
    on_both(async |app: TestApp| {
        let product = product(&app).await;
        let directory = tempfile::tempdir().expect("a directory");
        let tokens = directory.path().join("tokens");
        let told = run(
            &product,
            Generate {
                tokens: Some(tokens.clone()),
                ..asked(300)
            },
        )
        .await
        .expect("a population");
        assert!(told.starts_with("300 caregivers with 3"), "{told}");

        let (people, differences) = product
            .coverage
            .check(&product.learning)
            .await
            .expect("checked");
        // With one supervisor and a trainer for each group.
        assert_eq!(people, 303);
        assert!(differences.is_empty(), "{differences:?}");

        let tokens = std::fs::read_to_string(tokens).expect("the tokens");
        let lines: Vec<serde_json::Value> = tokens
            .lines()
            .map(|line| serde_json::from_str(line).expect("an object"))
            .collect();
        let standing = |word: &str| {
            let of = lines.iter().filter(|line| line["standing"] == word);
            of.count()
        };
        assert_eq!(
            ["caregiver", "trainer", "supervisor"].map(standing),
            [20, 2, 1]
        );
        for line in &lines {
            let token = line["token"].as_str().expect("a token");
            let viewer = product.auth.viewer(Some(token)).await.expect("signed in");
            let person = viewer.expect("somebody").learner().person();
            assert_eq!(line["person"], person.to_string());
        }

        let again = run(&product, asked(60)).await;
        assert!(again.is_err(), "a database that holds people is refused");
    })
    .await;
}
