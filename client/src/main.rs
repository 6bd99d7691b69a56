//! `hufu`: see `client::run`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(client::run(std::env::args_os()))
}
