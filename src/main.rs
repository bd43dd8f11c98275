//! The binary: hands over to `cli`.

fn main() -> std::process::ExitCode {
    dyepack::cli::main()
}
