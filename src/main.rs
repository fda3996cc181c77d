//! fixforme: repairs a Microsoft 365 / Entra tenant, led by declarative wizards.

fn main() -> std::process::ExitCode {
    fixforme::wiring::main()
}
