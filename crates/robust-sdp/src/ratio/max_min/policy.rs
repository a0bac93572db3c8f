//! The tolerances and limits of the search for the best forms, in one place.

/// Tolerances and limits of the two methods. None of them has a say in what is proven: they decide when a search goes on, turns
/// or gives up, and so its cost. Where nothing else is said a value was chosen by the number of steps on the presets and on the
/// random problems of `tests/large.rs`, which changes by less than a fifth within a factor of three.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Policy {
    /// Unknowns of the forms, `K N²`, beyond which no program is tried: at 4000 a search by programs takes a minute and 150 MB.
    pub largest_program: usize,

    /// Vectors. The smallest gap, relative in the ratio, to which the path is followed: below 1e-6 rounding sets the bracket.
    pub smallest_gap: f64,
    /// Newton decrement (squared length of a step in the metric of the Hessian) below which a point of the path counts as
    /// central: 0.1; Newton's method converges quadratically from about 0.25.
    pub centred: f64,
    /// The same at the end of a path, where multipliers are taken: 1e-6, a relative error of 1e-3 in them.
    pub finished: f64,
    /// Newton steps at one weight of the barrier: 400.
    pub weight_steps: usize,
    /// Steps at the last weight after which a small step that shrinks no more is rounding: 60.
    pub patience: usize,
    /// A path that stalls is of use if it has come to this gap: 1e-4.
    pub useful_gap: f64,
    /// Shorter steps than this leave estimates of multipliers behind, which then start afresh from the slacks: 0.4.
    pub long_step: f64,
    /// Least and largest factor between successive weights of the barrier: 4 and 1000.
    pub growth: (f64, f64),
    /// Share of power and multipliers given up to start inside of all inequalities: a half. (0.3 to 0.9 take as many steps.)
    pub start_room: f64,
    /// The same for an ascent from given vectors, and the gap at which it takes up the path: 0.02 and 0.1. With as much room and as
    /// wide a gap as a path from simple vectors it forgets where it came from.
    pub ascent_start: (f64, f64),
    /// A neighbour farther away than this, by the logarithm of the ratio, is not started from: 0.1. From 0.2 and more it took 40 to 60
    /// steps to a gap of 1e-2, from simple vectors 33.
    pub neighbour_distance: f64,
    /// Times that columns may be added where programs are too large: 6.
    pub escapes: usize,
    /// The gap at which missing columns are looked for first, and at which the path goes on after: 1e-2 and 0.1.
    pub escape_gaps: (f64, f64),
    /// Eigenvalues of the stationarity matrix more negative than this, relative to the prices, ask for a column: 1e-3.
    pub escape_curvature: f64,

    /// Programs. A bracket this narrow will do when another program does not narrow it: 3e-5. Where floors are
    /// negligible the upper bound needs a dual that is exact to the last digits.
    pub numerical_width: f64,
    /// Ratios below this part of what one target could attain alone make floors negligible: 1e-6, the square root of the solver's
    /// accuracy.
    pub negligible_floors: f64,
    /// Programs that may fail in a row, each answered by an easier one, and the bracket that is an answer then: 5 and 1e-3.
    pub failures: (usize, f64),
    /// Programs that narrow nothing after which the search ends: 4.
    pub fruitless: usize,
    /// Programs of the search for the critical ratio: 24.
    pub critical_programs: usize,
}

impl Policy {
    /// The default.
    pub const DEFAULT: Self = Self {
        largest_program: 4000,
        smallest_gap: 1e-6,
        centred: 0.1,
        finished: 1e-6,
        weight_steps: 400,
        patience: 60,
        useful_gap: 1e-4,
        long_step: 0.4,
        growth: (4.0, 1e3),
        start_room: 0.5,
        ascent_start: (0.02, 0.1),
        neighbour_distance: 0.1,
        escapes: 6,
        escape_gaps: (1e-2, 0.1),
        escape_curvature: 1e-3,
        numerical_width: 3e-5,
        negligible_floors: 1e-6,
        failures: (5, 1e-3),
        fruitless: 4,
        critical_programs: 24,
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
