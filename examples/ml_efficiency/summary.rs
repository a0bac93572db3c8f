//! What many trials say.

use crate::trial::Errors;

/// Statistics of the trials of one setting. Ratios are NaN when no trial located every user.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// All trials, and those that located every user. The rest of the fields are about the latter.
    pub trials: usize,
    pub located: usize,
    /// Square roots of the mean squared error and of the mean bound, all users together.
    pub rmse_m: f64,
    pub bound_m: f64,
    /// The same of the bound of the covariances planned, with signals uncorrelated between access points.
    pub plan_m: f64,
    /// Their ratio, together and user by user.
    pub efficiency: f64,
    pub user_efficiency: Vec<f64>,
    /// Root of the mean of `e^T C^{-1} e / DK`, `C` the bound.
    pub normalised: f64,
    /// The same with the covariance that the estimator reports.
    pub normalised_by_report: f64,
    /// Reported over empirical variance, smallest and largest of all coordinates.
    pub reported_variance: [f64; 2],
}

impl Summary {
    pub fn new(outcomes: &[Option<Errors>], users: usize) -> Self {
        let located: Vec<&Errors> = outcomes.iter().flatten().collect();
        let coordinates = located.first().map_or(0, |e| e.squared_m2.len());
        // Means over the trials, coordinate by coordinate.
        let means = |of: fn(&Errors) -> &Vec<f64>| -> Vec<f64> {
            (0..coordinates)
                .map(|i| located.iter().map(|e| of(e)[i]).sum::<f64>() / located.len() as f64)
                .collect()
        };
        let squared = means(|e| &e.squared_m2);
        let bound = means(|e| &e.bound_m2);
        let reported = means(|e| &e.reported_m2);
        let root = |values: &[f64]| values.iter().sum::<f64>().sqrt();
        let root_mean = |of: fn(&Errors) -> f64| {
            (located.iter().map(|e| of(e)).sum::<f64>() / located.len() as f64).sqrt()
        };
        let axes = (coordinates / users.max(1)).max(1);
        let ratios = reported.iter().zip(&squared).map(|(r, s)| r / s);
        Self {
            trials: outcomes.len(),
            located: located.len(),
            rmse_m: root(&squared),
            bound_m: root(&bound),
            plan_m: (located.iter().map(|e| e.plan_m2).sum::<f64>() / located.len() as f64).sqrt(),
            efficiency: root(&squared) / root(&bound),
            user_efficiency: (squared.chunks(axes).zip(bound.chunks(axes)))
                .map(|(s, b)| root(s) / root(b))
                .collect(),
            normalised: root_mean(|e| e.normalised_by_bound),
            normalised_by_report: root_mean(|e| e.normalised_by_report),
            reported_variance: ratios.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], r| {
                [low.min(r), high.max(r)]
            }),
        }
    }
}
