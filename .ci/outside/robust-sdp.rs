use robust_sdp::faer::{Mat, c64};
use robust_sdp::{Field, HermitianIpm, LinearForm, SdpProblem, SdpSolver, SolveRequest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The largest eigenvalue of a Hermitian matrix: max <C, X>, Tr X = 1, X ⪰ 0.
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(2, Field::Complex);
    problem.add_equality(LinearForm::new().matrix(x, Mat::identity(2, 2)), 1.0);
    let mut c = Mat::<c64>::zeros(2, 2);
    c[(0, 1)] = c64::new(0.0, 2.0);
    c[(1, 0)] = c64::new(0.0, -2.0);
    problem.objective = LinearForm::new().matrix(x, c);
    let outcome = HermitianIpm::default().solve(&problem.check()?, SolveRequest::default())?;
    println!("{outcome:?}");
    Ok(())
}
