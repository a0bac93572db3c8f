//! Sines and cosines of many angles at once.

use pulp::Simd;

/// Largest angle for which the reduction below is accurate: the number of the quadrant times
/// 33 bits of π/2 must not round.
pub(crate) const LARGEST_ANGLE_RAD: f64 = 1.6e6;

/// π/2 in three parts, the first two of 33 bits (from FreeBSD's msun, `e_rem_pio2.c`).
#[allow(clippy::excessive_precision)] // digits as in the source
const HALF_PI: [f64; 3] = [
    1.570_796_326_734_125_614_17,
    6.077_100_506_303_965_976_60e-11,
    2.022_266_248_795_950_631_54e-21,
];

/// Adding and subtracting this rounds to an integer, which then shows in the last bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Polynomials in `r²` for `(sin r - r)/r³` and `(cos r - 1 + r²/2)/r⁴` on `|r| ≤ π/4`, highest power
/// first (from FreeBSD's msun, `k_sin.c` and `k_cos.c`).
#[allow(clippy::excessive_precision)] // digits as in the source
const SINE: [f64; 6] = [
    1.589_690_995_211_550_102_21e-10,
    -2.505_076_025_340_686_341_95e-8,
    2.755_731_370_707_006_767_89e-6,
    -1.984_126_982_985_794_931_34e-4,
    8.333_333_333_322_489_461_24e-3,
    -1.666_666_666_666_663_243_48e-1,
];
#[allow(clippy::excessive_precision)] // digits as in the source
const COSINE: [f64; 6] = [
    -1.135_964_755_778_819_482_65e-11,
    2.087_572_321_298_174_827_90e-9,
    -2.755_731_435_139_066_330_35e-7,
    2.480_158_728_947_672_941_78e-5,
    -1.388_888_888_887_410_957_49e-3,
    4.166_666_666_666_660_190_37e-2,
];

/// Sine and cosine of angles up to [`LARGEST_ANGLE_RAD`].
#[inline(always)]
pub(crate) fn sin_cos_lanes<S: Simd>(simd: S, x: S::f64s) -> (S::f64s, S::f64s) {
    let splat = |v: f64| simd.splat_f64s(v);
    let rounder = splat(ROUNDER);
    let quadrant = simd.mul_add_e_f64s(x, splat(std::f64::consts::FRAC_2_PI), rounder);
    let n = simd.sub_f64s(quadrant, rounder);
    // x - n π/2: the first product and difference are exact, the others' error is that of one
    // rounding.
    let r = simd.negate_mul_add_e_f64s(n, splat(HALF_PI[0]), x);
    let low = simd.mul_add_e_f64s(n, splat(HALF_PI[2]), simd.mul_f64s(n, splat(HALF_PI[1])));
    let r = simd.sub_f64s(r, low);
    let z = simd.mul_f64s(r, r);
    let polynomial = |coefficients: &[f64; 6]| {
        let mut sum = splat(coefficients[0]);
        for &c in &coefficients[1..] {
            sum = simd.mul_add_e_f64s(sum, z, splat(c));
        }
        sum
    };
    let sine = simd.mul_add_e_f64s(simd.mul_f64s(r, z), polynomial(&SINE), r);
    let cosine = {
        let half = simd.mul_f64s(splat(0.5), z);
        let head = simd.sub_f64s(splat(1.0), half);
        let rounding = simd.sub_f64s(simd.sub_f64s(splat(1.0), head), half);
        let tail = simd.mul_add_e_f64s(simd.mul_f64s(z, z), polynomial(&COSINE), rounding);
        simd.add_f64s(head, tail)
    };
    // An odd quadrant exchanges the two, and the last two bits say which change their sign.
    let bits = simd.transmute_u64s_f64s(quadrant);
    let clear = |value: S::u64s, bit: u64| {
        let bit = simd.splat_u64s(bit);
        simd.equal_u64s(simd.and_u64s(value, bit), simd.splat_u64s(0))
    };
    let even = clear(bits, 1);
    let s = simd.select_f64s(even, sine, cosine);
    let c = simd.select_f64s(even, cosine, sine);
    let next = simd.add_u64s(bits, simd.splat_u64s(1));
    (
        simd.select_f64s(clear(bits, 2), s, simd.neg_f64s(s)),
        simd.select_f64s(clear(next, 2), c, simd.neg_f64s(c)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    /// The lanes' function for a slice of any length.
    struct Slice<'a> {
        angles_rad: &'a [f64],
        sines: &'a mut [f64],
        cosines: &'a mut [f64],
    }

    impl WithSimd for Slice<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for ((angle, s), c) in (self.angles_rad.iter()).zip(self.sines).zip(self.cosines) {
                let (sine, cosine) = sin_cos_lanes(simd, simd.splat_f64s(*angle));
                simd.partial_store_f64s(std::slice::from_mut(s), sine);
                simd.partial_store_f64s(std::slice::from_mut(c), cosine);
            }
        }
    }

    fn check(angles_rad: &[f64]) {
        let mut sines = vec![0.0; angles_rad.len()];
        let mut cosines = sines.clone();
        Arch::new().dispatch(Slice {
            angles_rad,
            sines: &mut sines,
            cosines: &mut cosines,
        });
        for (i, angle) in angles_rad.iter().enumerate() {
            let (s, c) = angle.sin_cos();
            for (found, expected) in [(sines[i], s), (cosines[i], c)] {
                let error = (found - expected).abs();
                assert!(error <= f64::EPSILON, "{angle}: {found} {expected}");
            }
        }
    }

    #[test]
    fn agrees_with_the_standard_library() {
        // Every magnitude that a phase can have, and both signs.
        let mut angles = vec![0.0, -0.0, 1e-300];
        let mut x = 1e-12;
        while x < LARGEST_ANGLE_RAD {
            angles.extend([x, -x]);
            x *= 1.000_37;
        }
        check(&angles);
    }

    #[test]
    fn agrees_next_to_the_quadrants_edges() {
        let mut angles = Vec::new();
        for n in (0..1_000_000u32).step_by(997).chain(0..50) {
            for (eighths, shift) in [
                (0.0, 0.0),
                (0.0, 1e-9),
                (0.5, 0.0),
                (0.5, 1e-12),
                (0.5, -1e-12),
            ] {
                let angle = (f64::from(n) + eighths) * std::f64::consts::FRAC_PI_2 + shift;
                angles.extend([angle, -angle]);
            }
        }
        check(&angles);
    }
}
