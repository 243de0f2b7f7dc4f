//! Loading files from the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use entity::area::AreaLevel;

use super::{read_file, say};
use crate::{
    app::App,
    content,
    error::{Error, Result},
    programmes,
    training::import::ImportPersons,
};

/// What to load.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// What the file holds.
    what: What,
    /// The file.
    file: PathBuf,
    /// For people: the official code of the commune of those whose row names none.
    #[arg(long)]
    commune: Option<String>,
    /// Only says what would change.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Areas, as in `curriculum/admin_units.csv`.
    Areas,
    /// Programmes, as in `curriculum/programme_targets.json`.
    Programmes,
    /// Lessons and quizzes, as in `curriculum/curriculum.json` with its folder `lessons`.
    Curriculum,
    /// Populations for the register, as CSV.
    Denominators,
    /// People without accounts, as XLSX or CSV with the headings of a roster.
    Persons,
}

pub(super) async fn run(app: &App, import: Import) -> Result<()> {
    let Import {
        what,
        file,
        commune,
        dry_run,
    } = import;
    let name = file.display().to_string();
    let atlas = app.areas.atlas();
    let found = programmes::by_code(&atlas);
    match what {
        What::Areas => say(&format!("{}", app.areas.import(&file, dry_run).await?))?,
        What::Curriculum => {
            let curriculum = content::import::read_files(&file).map_err(Error::internal)?;
            say(&app.content.import(curriculum, dry_run).await?.to_string())?;
            // What the lessons are decides what the indicators ask for.
            say(&app.programmes.set_core_sets(dry_run).await?.to_string())?;
        }
        What::Programmes => {
            let programmes = programmes::import::read(&name, &read_file(&file)?, &found);
            let programmes = programmes.map_err(Error::internal)?;
            say(&app
                .programmes
                .import(programmes, dry_run)
                .await?
                .to_string())?;
        }
        What::Persons => {
            let day = app.clock.today();
            let area = commune.map(|code| {
                let found = atlas.by_code(&code, Some(AreaLevel::Commune), day);
                let unknown =
                    || Error::internal(format!("no commune of today has the code {code}"));
                found.into_iter().next().ok_or_else(unknown)
            });
            let file = std::fs::read(&file)
                .map_err(|cause| Error::internal(format!("{name}: {cause}")))?;
            let told = ImportPersons {
                group: None,
                area: area.transpose()?,
                file,
                dry_run,
                id: None,
            };
            let imported = app.training.import_as_operator(told).await?;
            for notice in &imported.notices {
                say(&format!("row {}: {}", notice.row, notice.kind))?;
            }
            for heading in &imported.ignored {
                say(&format!("column left alone: {heading}"))?;
            }
            say(&format!(
                "{} people read, {} recorded",
                imported.read, imported.recorded
            ))?;
        }
        What::Denominators => {
            let rulebook = app.programmes.rulebook();
            let text = read_file(&file)?;
            let entries = programmes::denominators::read(&name, text.as_bytes(), &rulebook, &found);
            let entries = entries.map_err(Error::internal)?;
            say(&app
                .programmes
                .import_denominators(entries, dry_run)
                .await?
                .to_string())?;
            if !dry_run {
                let raised = app.coverage.examine(None).await?;
                say(&format!("{raised} findings raised: see dataFindings"))?;
            }
        }
    }
    if dry_run {
        say("dry run: nothing was written")
    } else {
        Ok(())
    }
}
