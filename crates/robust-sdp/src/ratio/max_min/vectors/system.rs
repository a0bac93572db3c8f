//! Gradient and Hessian of the barrier problem in real coordinates.
//!
//! Column `i` takes the coordinates `[Re x_i; Im x_i]`; then come the multipliers, then `log γ`.

use faer::{Mat, MatMut, MatRef, c64};

use super::barrier::{Interior, Model, Point};
use super::shares::{BothShares, Shares, pair, re, stationarity};
use crate::hermitian::linalg;

/// Which second derivatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curvature {
    /// All of them.
    Exact,
    /// Without those that may be negative: the change of the slack's own derivatives counts only
    /// where it is convex.
    Convex,
}

/// First and second derivatives of `f = -t log γ + barrier`.
pub(super) struct System {
    /// The gradient of the barrier; that of `-t log γ` is `-t` in the last coordinate.
    pub(super) gradient: Vec<f64>,
    /// The lower triangle of the Hessian.
    pub(super) hessian: Mat<f64>,
}

/// Where the derivatives are taken.
#[derive(Clone, Copy)]
struct At<'a, 'b> {
    model: &'a Model<'b>,
    point: &'a Point,
    interior: &'a Interior,
}

impl System {
    /// Derivatives at a point; `None` if eigenvalues do not converge.
    pub(super) fn new(
        model: &Model<'_>,
        point: &Point,
        interior: &Interior,
        curvature: Curvature,
    ) -> Option<Self> {
        let (n, q) = (model.dimension(), point.owners.len());
        let multipliers: usize = model.constraints.iter().map(Vec::len).sum();
        let size = 2 * n * q + multipliers + 1;
        let mut system = Self {
            gradient: vec![0.0; size],
            hessian: Mat::zeros(size, size),
        };
        let shares: Vec<BothShares> = (0..model.targets())
            .map(|k| BothShares {
                primal: Shares::new(model, interior, point, k, &interior.slacks[k].inverse),
                dual: Shares::new(model, interior, point, k, &interior.duals.matrices[k]),
            })
            .collect();
        let at = At {
            model,
            point,
            interior,
        };
        let mut first = 2 * n * q;
        for (k, share) in shares.iter().enumerate() {
            system.add_scalars(at, share, (k, first), curvature);
            first += model.constraints[k].len();
        }
        system.add_columns(model, point, interior, &shares, curvature)?;
        system.add_budgets(model, point, interior);
        Some(system)
    }

    /// Everything that involves multipliers or the ratio, for target `k`, whose multipliers' coordinates
    /// start at `first`.
    fn add_scalars(
        &mut self,
        at: At<'_, '_>,
        share: &BothShares,
        (k, first): (usize, usize),
        curvature: Curvature,
    ) {
        let At {
            model,
            point,
            interior,
        } = at;
        let (n, q) = (model.dimension(), point.owners.len());
        let last = self.gradient.len() - 1;
        let slack = &interior.slacks[k];
        let v = slack.inverse.as_ref();
        let factor = model.factors[k].as_ref();
        let v_images = linalg::mul(v, slack.images.as_ref());
        // V A_l for each multiplier, then V dS/d(log γ).
        let unwanted = model.unwanted(point, k, slack.images.as_ref());
        let products_of = |v: MatRef<'_, c64>| {
            let mut products: Vec<Mat<c64>> = model.constraints[k]
                .iter()
                .map(|c| times_sparse(v, &c.entries))
                .collect();
            products.push(linalg::mul(v, unwanted.as_ref()) * faer::Scale(re(-point.ratio())));
            products
        };
        let z = interior.duals.matrices[k].as_ref();
        let z_images = linalg::mul(z, slack.images.as_ref());
        let (products, dual_products) = (products_of(v), products_of(z));
        let place = |l: usize| {
            if l == model.constraints[k].len() {
                last
            } else {
                first + l
            }
        };
        for (l, product) in products.iter().enumerate() {
            let row = place(l);
            self.gradient[row] -= trace(product);
            for (other, against) in dual_products.iter().enumerate().take(l + 1) {
                self.hessian[(row, place(other))] += trace_of_product(product, against);
            }
            // c_i T (V (dS) Z + Z (dS) V) b_i
            let mut through = linalg::mul(product.as_ref(), z_images.as_ref());
            through += linalg::mul(dual_products[l].as_ref(), v_images.as_ref());
            let mixed = linalg::mul_adjoint_left(factor, through.as_ref());
            for i in 0..q {
                let weight = point.weight(k, i);
                let changes = row == last && point.owners[i] != k && curvature == Curvature::Exact;
                for r in 0..n {
                    let mut value = mixed[(r, i)] * weight;
                    if changes {
                        // The weight itself depends on the ratio.
                        value -= share.dual.quadratic_columns[(r, i)] * (2.0 * weight);
                    }
                    self.hessian[(row, 2 * n * i + r)] += value.re;
                    self.hessian[(row, 2 * n * i + n + r)] += value.im;
                }
            }
        }
        self.hessian[(last, last)] -= dual_products.last().map_or(0.0, trace);
        for (l, &value) in point.multipliers[k].iter().enumerate() {
            if model.constraints[k][l].free {
                continue;
            }
            self.gradient[first + l] -= 1.0 / value;
            self.hessian[(first + l, first + l)] += interior.duals.signs[k][l] / value;
        }
    }

    /// The blocks of pairs of columns that stem from the matrix inequalities.
    fn add_columns(
        &mut self,
        model: &Model<'_>,
        point: &Point,
        interior: &Interior,
        shares: &[BothShares],
        curvature: Curvature,
    ) -> Option<()> {
        let (n, q) = (model.dimension(), point.owners.len());
        let residuals: Vec<Mat<c64>> = (0..model.targets())
            .map(|j| {
                let prices: Vec<f64> = interior.unused.iter().map(|u| 1.0 / u).collect();
                stationarity(model, point, &prices, shares.iter().map(|s| &s.primal), j)
            })
            .collect();
        let lagrangian: Vec<Mat<c64>> = (0..model.targets())
            .map(|j| {
                let duals = shares.iter().map(|s| &s.dual);
                stationarity(model, point, &interior.duals.prices, duals, j)
            })
            .collect();
        let curvatures: Vec<Mat<c64>> = match curvature {
            Curvature::Exact => lagrangian,
            Curvature::Convex => lagrangian
                .iter()
                .map(positive_part)
                .collect::<Option<_>>()?,
        };
        for i in 0..q {
            let column = point.columns.as_ref().subcols(i, 1);
            let d = residuals[point.owners[i]].as_ref();
            let gradient = linalg::mul(d, column);
            for r in 0..n {
                self.gradient[2 * n * i + r] = 2.0 * gradient[(r, 0)].re;
                self.gradient[2 * n * i + n + r] = 2.0 * gradient[(r, 0)].im;
            }
            for j in 0..=i {
                let (mut hermitian, bilinear) = pair(point, shares, i, j, n);
                if i == j {
                    hermitian += &curvatures[point.owners[i]] * faer::Scale(re(2.0));
                }
                let block = self
                    .hessian
                    .as_mut()
                    .submatrix_mut(2 * n * i, 2 * n * j, 2 * n, 2 * n);
                write_block(block, hermitian.as_ref(), bilinear.as_ref());
            }
        }
        Some(())
    }

    /// `Σ_m r_m r_m^T`, `r_m` the gradient of `-log` of what is left of a budget.
    fn add_budgets(&mut self, model: &Model<'_>, point: &Point, interior: &Interior) {
        let (n, q) = (model.dimension(), point.owners.len());
        let mut rows = Mat::<f64>::zeros(2 * n * q, model.budgets.len());
        for (m, form) in model.budgets.iter().enumerate() {
            let image = linalg::mul(form.as_ref(), point.columns.as_ref());
            let weight = 2.0 * (interior.duals.prices[m] / interior.unused[m]).sqrt();
            for i in 0..q {
                for r in 0..n {
                    rows[(2 * n * i + r, m)] = weight * image[(r, i)].re;
                    rows[(2 * n * i + n + r, m)] = weight * image[(r, i)].im;
                }
            }
        }
        for c in 0..2 * n * q {
            for m in 0..model.budgets.len() {
                let factor = rows[(c, m)];
                for r in c..2 * n * q {
                    self.hessian[(r, c)] += rows[(r, m)] * factor;
                }
            }
        }
    }
}

fn positive_part(a: &Mat<c64>) -> Option<Mat<c64>> {
    let (values, vectors) = linalg::eigen(a.as_ref(), true)?;
    let scaled = Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        vectors[(i, j)] * values[j].max(0.0)
    });
    Some(linalg::mul_adjoint_right(scaled.as_ref(), vectors.as_ref()))
}

/// Adds the real form of `Re(δ^H C δ' + δ^T E δ')` to a block.
fn write_block(mut block: MatMut<'_, f64>, c: MatRef<'_, c64>, e: MatRef<'_, c64>) {
    let n = c.nrows();
    for s in 0..n {
        for r in 0..n {
            let (c, e) = (c[(r, s)], e[(r, s)]);
            block[(r, s)] += c.re + e.re;
            block[(n + r, s)] += c.im - e.im;
            block[(r, n + s)] -= c.im + e.im;
            block[(n + r, n + s)] += c.re - e.re;
        }
    }
}

/// `V A` for a sparse `A`.
fn times_sparse(v: MatRef<'_, c64>, entries: &[(usize, usize, c64)]) -> Mat<c64> {
    let mut out = Mat::<c64>::zeros(v.nrows(), v.ncols());
    for &(p, q, value) in entries {
        for r in 0..v.nrows() {
            out[(r, q)] += v[(r, p)] * value;
        }
    }
    out
}

/// `Re Tr A`.
fn trace(a: &Mat<c64>) -> f64 {
    (0..a.nrows()).map(|i| a[(i, i)].re).sum()
}

/// `Re Tr(A B)`.
fn trace_of_product(a: &Mat<c64>, b: &Mat<c64>) -> f64 {
    let mut sum = 0.0;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            let (x, y) = (a[(i, j)], b[(j, i)]);
            sum += x.re * y.re - x.im * y.im;
        }
    }
    sum
}
