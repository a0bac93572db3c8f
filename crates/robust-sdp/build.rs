//! Links the system's OpenBLAS, which Clarabel's semidefinite cones call, if both features ask for it.
#![allow(clippy::print_stdout)] // how a build script talks to cargo

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let wanted = |feature: &str| std::env::var_os(feature).is_some();
    if wanted("CARGO_FEATURE_CLARABEL_SDP") && wanted("CARGO_FEATURE_SYSTEM_OPENBLAS") {
        println!("cargo::rustc-link-lib=dylib=openblas");
    }
}
