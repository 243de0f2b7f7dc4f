//! The command line.

use std::process::ExitCode;

use clap::Parser;
use vun::commands::{Arguments, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    vun::telemetry::start(arguments.prints_lines());
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            vun::commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}
