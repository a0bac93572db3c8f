//! MUSIC and maximum likelihood in one: from echoes to positions with their covariance.

use faer::{Mat, c64};

use nf_channel::{Network, ValidNetwork};

use crate::{
    Echoes, Estimate, Grid, LocError, Music, MusicParameters, Peak, PeakSearch, RefineParameters,
    Refiner, ValidPeakSearch,
};

/// Peaks of MUSIC as starts of the maximum-likelihood estimate, freely editable;
/// [`check`](Self::check) turns it into a [`Localiser`]. Both methods know the access points from one
/// place.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        deny_unknown_fields,
        bound = "[f64; D]: nf_channel::Plain, [usize; D]: nf_channel::Plain"
    )
)]
pub struct LocaliserParameters<const D: usize> {
    /// The access points: they receive the echoes, and have sent the waveform.
    pub network: Network<D>,
    /// How the echoes are analysed.
    pub music: MusicParameters,
    /// Where peaks are sought, and how many.
    pub search: PeakSearch<D>,
    /// How the peaks are refined.
    pub refine: RefineParameters,
}

impl<const D: usize> LocaliserParameters<D> {
    /// The default methods for as many users as peaks are sought.
    pub fn new(network: Network<D>, search: PeakSearch<D>) -> Self {
        Self {
            network,
            music: MusicParameters::new(search.count),
            search,
            refine: RefineParameters::default(),
        }
    }

    /// Half a metre of separation between users, in a region of the given coarse grid.
    pub fn in_region(network: Network<D>, region: Grid<D>, users: usize) -> Self {
        Self::new(network, PeakSearch::new(region, users))
    }

    /// Checks all parts.
    ///
    /// # Errors
    ///
    /// As for [`Network::check`], [`PeakSearch::check`] and [`RefineParameters::check`].
    pub fn check(self) -> Result<Localiser<D>, LocError> {
        Ok(Localiser {
            network: self.network.check()?,
            music: self.music,
            search: self.search.check()?,
            refiner: self.refine.check()?,
        })
    }
}

/// From echoes to positions, for the access points of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Localiser<const D: usize> {
    network: ValidNetwork<D>,
    music: MusicParameters,
    search: ValidPeakSearch<D>,
    refiner: Refiner,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct Located<const D: usize> {
    /// Peaks of MUSIC, the highest first.
    pub peaks: Vec<Peak<D>>,
    /// Most likely positions, in the order of the peaks; `None` without peaks.
    pub estimate: Option<Estimate<D>>,
}

impl<const D: usize> Localiser<D> {
    /// The access points.
    pub fn network(&self) -> &ValidNetwork<D> {
        &self.network
    }

    /// Where peaks are sought.
    pub fn search(&self) -> &ValidPeakSearch<D> {
        &self.search
    }

    /// The first half of [`locate`](Self::locate): what MUSIC makes of echoes.
    ///
    /// # Errors
    ///
    /// As for [`MusicParameters::analyse`].
    pub fn analyse(&self, echoes: &Echoes) -> Result<Music<D>, LocError> {
        self.music.analyse(&self.network, echoes)
    }

    /// The second half of [`locate`](Self::locate): the most likely positions near the given ones.
    ///
    /// # Errors
    ///
    /// As for [`Refiner::refine`].
    pub fn refine(
        &self,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        starts_m: &[[f64; D]],
    ) -> Result<Estimate<D>, LocError> {
        self.refiner
            .refine(&self.network, echoes, waveform, starts_m)
    }

    /// Finds peaks and refines them. Fewer peaks than asked for are refined all the same: the estimate
    /// then answers for the users that were seen, and the echoes of the others disturb it.
    ///
    /// # Errors
    ///
    /// As for [`analyse`](Self::analyse), [`Music::peaks`] and [`refine`](Self::refine).
    pub fn locate(&self, echoes: &Echoes, waveform: &[Mat<c64>]) -> Result<Located<D>, LocError> {
        let peaks = self.analyse(echoes)?.peaks(&self.search)?;
        let starts: Vec<_> = peaks.iter().map(|peak| peak.position_m).collect();
        let estimate = if starts.is_empty() {
            None
        } else {
            Some(self.refine(echoes, waveform, &starts)?)
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
