//! MUSIC and maximum likelihood in one: from echoes to positions with their covariance.

use faer::{Mat, c64};

use crate::{
    Echoes, Estimate, Grid, LocError, MusicParameters, Peak, PeakSearch, RefineParameters,
};

/// Peaks of MUSIC as starts of the maximum-likelihood estimate, freely editable. The three parts must
/// speak of the same arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Localiser<const D: usize> {
    /// How the echoes are analysed.
    pub music: MusicParameters<D>,
    /// Where peaks are sought, and how many.
    pub search: PeakSearch<D>,
    /// How the peaks are refined.
    pub refine: RefineParameters<D>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<const D: usize> {
    /// Peaks of MUSIC, the highest first.
    pub peaks: Vec<Peak<D>>,
    /// Most likely positions, in the order of the peaks; `None` without peaks.
    pub estimate: Option<Estimate<D>>,
}

impl<const D: usize> Localiser<D> {
    /// The default methods for as many users as peaks are sought.
    pub fn new(refine: RefineParameters<D>, search: PeakSearch<D>) -> Self {
        let arrays = refine.access_points.clone();
        let mut music = MusicParameters::new(refine.carrier, arrays, search.count);
        music.wavefront = refine.wavefront;
        music.amplitude_profile = refine.amplitude_profile;
        Self {
            music,
            search,
            refine,
        }
    }

    /// Half a metre of separation between users, in a region of the given coarse grid.
    pub fn in_region(refine: RefineParameters<D>, region: Grid<D>, users: usize) -> Self {
        Self::new(refine, PeakSearch::new(region, users))
    }

    /// Finds peaks and refines them. Fewer peaks than asked for are refined all the same: the estimate
    /// then answers for the users that were seen, and the echoes of the others disturb it.
    ///
    /// # Errors
    ///
    /// As for [`MusicParameters::analyse`], [`Music::peaks`](crate::Music::peaks) and
    /// [`RefineParameters::refine`].
    pub fn locate(&self, echoes: &Echoes, waveform: &[Mat<c64>]) -> Result<Located<D>, LocError> {
        let peaks = self.music.clone().analyse(echoes)?.peaks(&self.search)?;
        let starts: Vec<_> = peaks.iter().map(|peak| peak.position_m).collect();
        let estimate = if starts.is_empty() {
            None
        } else {
            Some(self.refine.refine(echoes, waveform, &starts)?)
        };
        Ok(Located { peaks, estimate })
    }
}

/// For each user the index of the position found for it, closest pairs first; `None` when the positions
/// found are fewer.
///
/// Echoes do not say who a user is. Telling found users from each other takes something else (a
/// previous position, a signature); to measure errors, distance does.
pub fn match_nearest<const D: usize>(
    users_m: &[[f64; D]],
    found_m: &[[f64; D]],
) -> Vec<Option<usize>> {
    let square = |a: &[f64; D], b: &[f64; D]| -> f64 {
        (0..D).map(|axis| (a[axis] - b[axis]).powi(2)).sum()
    };
    let mut pairs: Vec<(f64, usize, usize)> = (users_m.iter().enumerate())
        .flat_map(|(k, user)| {
            (found_m.iter().enumerate()).map(move |(i, found)| (square(user, found), k, i))
        })
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut matched = vec![None; users_m.len()];
    let mut taken = vec![false; found_m.len()];
    for (_, user, found) in pairs {
        if matched[user].is_none() && !taken[found] {
            matched[user] = Some(found);
            taken[found] = true;
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closest_pairs_come_first() {
        let users = [[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]];
        let found = [[0.9, 0.0], [0.6, 0.0]];
        assert_eq!(match_nearest(&users, &found), [Some(1), Some(0), None]);
        assert_eq!(match_nearest(&users, &[]), [None; 3]);
        assert!(match_nearest(&[], &found).is_empty());
    }
}
