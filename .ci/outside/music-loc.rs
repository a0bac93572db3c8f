use music_loc::nf_channel::{Array, Carrier, LinearExtent};
use music_loc::{EchoParameters, Grid, MusicParameters, PeakSearch, TransmitCovariance};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let carrier = Carrier::new(28e9)?;
    let extent = LinearExtent::Aperture { aperture_m: 0.5 };
    let arrays = vec![
        Array::uniform_linear([0.0, 0.0], [1.0, 0.0], 21, extent)?,
        Array::uniform_linear([10.0, 0.0], [0.0, 1.0], 21, extent)?,
    ];
    let signals = vec![TransmitCovariance::Isotropic { power_w: 1.0 }; 2];
    let users = vec![[3.0, 8.0]];
    let scene = EchoParameters::new(carrier, arrays.clone(), users, signals, 1e-16, 32).check()?;
    let echoes = scene.simulate(1)?.echoes;
    let music = MusicParameters::new(carrier, arrays, 1).analyse(&echoes)?;
    let region = Grid::with_step([1.0, 6.0], [5.0, 10.0], 0.2)?;
    for peak in music.peaks(&PeakSearch::new(region, 1))? {
        println!("{:.3?} m", peak.position_m);
    }
    Ok(())
}
