//! The echoes of all gains eliminated: residuals and their derivatives in the positions.

use faer::{Mat, MatRef, c64};
use nf_channel::{EchoConvention, Response, ValidNetwork};

use crate::linalg;
use crate::{Echoes, LocError};

/// Singular values below this, relative to the largest, belong to echoes that another one explains:
/// two users on the axis of one linear array have the same responses there.
const DEPENDENT: f64 = 1e-9;

/// One receiver's least-squares problem in the gains, `y = Φ α + n`, at given positions.
///
/// The column of `Φ` for user `k` and transmitter `m` is `vec(a_{k,l} b_{k,m}^H S_m)`: it lies in the span of the
/// responses, for every slot. Data and echoes are expressed in an orthonormal basis `Q` of that span first, so that a
/// `Kτ × KM` matrix is decomposed and not an `N_l τ × KM` one.
pub(crate) struct Projected {
    /// `Q`, elements by no more than users.
    span: Mat<c64>,
    /// Orthonormal basis of the range of `(I ⊗ Q^H) Φ`.
    range: Mat<c64>,
    /// `y − Φ α`.
    pub residual: Mat<c64>,
    /// `α`, minimum-norm least squares, indexed `transmitter · K + user`.
    pub gains: Vec<c64>,
}

/// What all receivers share at given positions.
pub(crate) struct Signals<const D: usize> {
    /// Indexed `[access point][user]`.
    responses: Vec<Vec<Response<D>>>,
    /// Rows `b_{k,m}^H S_m`, then their derivatives, user by user: `(D+1)K × τ` for each `m`.
    reaching: Vec<Mat<c64>>,
}

impl<const D: usize> Signals<D> {
    pub fn new(
        network: &ValidNetwork<D>,
        waveform: &[Mat<c64>],
        positions_m: &[[f64; D]],
    ) -> Result<Self, LocError> {
        let responses = network.responses(positions_m)?;
        let mut reaching = Vec::with_capacity(waveform.len());
        for (seen, sent) in responses.iter().zip(waveform) {
            let users = seen.len();
            let rows = Mat::from_fn((D + 1) * users, sent.nrows(), |row, element| {
                let value = if row < users {
                    seen[row].values[element]
                } else {
                    let (user, axis) = ((row - users) / D, (row - users) % D);
                    seen[user].gradient[axis][element]
                };
                match network.parameters().echo_convention {
                    EchoConvention::Conjugate => value.conj(),
                    EchoConvention::Reciprocal => value,
                }
            });
            reaching.push(linalg::times(&rows, sent));
        }
        Ok(Self {
            responses,
            reaching,
        })
    }

    fn users(&self) -> usize {
        self.responses[0].len()
    }

    /// Eliminates the gains of one receiver.
    pub fn project(&self, echoes: &Echoes, receiver: usize) -> Result<Projected, LocError> {
        let (users, seen) = (self.users(), &self.responses[receiver]);
        let received = echoes.received(receiver);
        let elements = received.nrows();
        let values = Mat::from_fn(elements, users, |n, user| seen[user].values[n]);
        let span = linalg::orthonormal_span(&values);
        let within = linalg::adjoint_times(&span, &values);
        let echo = Mat::from_fn(
            span.ncols() * received.ncols(),
            users * self.reaching.len(),
            |row, j| {
                let (m, user) = (j / users, j % users);
                within[(row % span.ncols(), user)] * self.reaching[m][(user, row / span.ncols())]
            },
        );
        Projected::new(span, &echo, received)
    }

    /// A receiver's residual, elements by slots.
    pub fn unstacked(&self, projected: &Projected, receiver: usize) -> Mat<c64> {
        unstacked(
            &projected.residual,
            self.responses[receiver][0].values.len(),
        )
    }

    /// Energy of the echo from one transmitter to one receiver.
    pub fn echo_energy(
        &self,
        projected: &Projected,
        [receiver, transmitter]: [usize; 2],
        user: usize,
    ) -> f64 {
        let gain = projected.gains[transmitter * self.users() + user];
        let seen = &self.responses[receiver][user].values;
        let sent = self.reaching[transmitter].row(user);
        gain.norm_sqr()
            * seen.iter().map(|v| v.norm_sqr()).sum::<f64>()
            * sent.iter().map(|v| v.norm_sqr()).sum::<f64>()
    }

    /// Derivative of the echoes in every coordinate, less what a change of gains explains:
    /// `(I − Φ Φ^+) Σ_m α_{k,l,m} ∂(a_{k,l} b_{k,m}^H) S_m`, `N_l τ × DK`.
    pub fn slopes(&self, projected: &Projected, receiver: usize) -> Mat<c64> {
        let (users, seen) = (self.users(), &self.responses[receiver]);
        let elements = seen[0].values.len();
        let weigh = |user: usize, row: usize, slot: usize| {
            (self.reaching.iter().enumerate())
                .map(|(m, rows)| projected.gains[m * users + user] * rows[(row, slot)])
                .sum::<c64>()
        };
        let rows = projected.residual.nrows();
        let slots = rows / elements;
        // The two factors' reflected waveforms, summed over the transmitters once.
        let still = Mat::from_fn(users, slots, |user, slot| weigh(user, user, slot));
        let turning = Mat::from_fn(D * users, slots, |p, slot| weigh(p / D, users + p, slot));
        let slopes = Mat::from_fn(rows, D * users, |row, p| {
            let (element, slot, user) = (row % elements, row / elements, p / D);
            seen[user].gradient[p % D][element] * still[(user, slot)]
                + seen[user].values[element] * turning[(p, slot)]
        });
        projected.unexplained(slopes)
    }
}

impl Projected {
    /// Least squares in the gains of echoes `(I ⊗ Q^H) Φ`.
    fn new(span: Mat<c64>, echo: &Mat<c64>, received: MatRef<'_, c64>) -> Result<Self, LocError> {
        let svd = echo.thin_svd().map_err(|_| LocError::Factorisation {
            what: "echoes of unit gain",
        })?;
        let singular = svd.S();
        let count = echo.nrows().min(echo.ncols());
        let rank = (0..count)
            .filter(|&i| singular[i].re > DEPENDENT * singular[0].re)
            .count();
        let range = svd.U().subcols(0, rank).to_owned();
        let within = column((span.adjoint() * received).as_ref());
        let coordinates = range.adjoint() * &within;
        let explained = unstacked(&(&range * &coordinates), span.ncols());
        let residual = column((received - &span * explained).as_ref());
        let divided = Mat::from_fn(rank, 1, |i, _| coordinates[(i, 0)] / singular[i].re);
        let gains = svd.V().subcols(0, rank) * divided;
        Ok(Self {
            span,
            range,
            residual,
            gains: (0..gains.nrows()).map(|i| gains[(i, 0)]).collect(),
        })
    }

    /// What no change of the gains explains of these columns.
    fn unexplained(&self, mut columns: Mat<c64>) -> Mat<c64> {
        let (elements, width) = self.span.shape();
        for j in 0..columns.ncols() {
            let block = Mat::from_fn(elements, columns.nrows() / elements, |n, slot| {
                columns[(n + slot * elements, j)]
            });
            let within = column((self.span.adjoint() * block).as_ref());
            let explained = &self.range * (self.range.adjoint() * within);
            let explained = &self.span * unstacked(&explained, width);
            for slot in 0..explained.ncols() {
                for n in 0..elements {
                    columns[(n + slot * elements, j)] -= explained[(n, slot)];
                }
            }
        }
        columns
    }

    /// Number of gains (or combinations of them) that the data determine.
    pub fn rank(&self) -> usize {
        self.range.ncols()
    }
}

/// The columns of a matrix below each other.
fn column(matrix: MatRef<'_, c64>) -> Mat<c64> {
    let rows = matrix.nrows();
    Mat::from_fn(rows * matrix.ncols(), 1, |i, _| {
        matrix[(i % rows, i / rows)]
    })
}

/// The inverse of [`column`].
fn unstacked(column: &Mat<c64>, rows: usize) -> Mat<c64> {
    Mat::from_fn(rows, column.nrows() / rows, |i, j| {
        column[(i + j * rows, 0)]
    })
}
