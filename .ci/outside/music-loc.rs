use music_loc::crlb::TransmitCovariance;
use music_loc::nf_channel::{Array, Carrier, EchoScene, LinearExtent};
use music_loc::{EchoParameters, Grid, MusicParameters, PeakSearch};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let carrier = Carrier::new(28e9)?;
    let extent = LinearExtent::Aperture { aperture_m: 0.5 };
    let arrays = vec![
        Array::uniform_linear([0.0, 0.0], [1.0, 0.0], 21, extent)?,
        Array::uniform_linear([10.0, 0.0], [0.0, 1.0], 21, extent)?,
    ];
    let parameters = EchoParameters {
        scene: EchoScene::new(carrier, arrays, vec![[3.0, 8.0]]),
        covariances: vec![TransmitCovariance::Isotropic { power_w: 1.0 }; 2],
        noise_w: 1e-16,
        slots: 32,
    };
    let model = parameters.check()?;
    let echoes = model.simulate(1)?.echoes;
    let music = MusicParameters::new(1).analyse(model.scene().network(), &echoes)?;
    let region = Grid::with_step([1.0, 6.0], [5.0, 10.0], 0.2)?;
    for peak in music.peaks(&PeakSearch::new(region, 1).check()?)? {
        println!("{:.3?} m", peak.position_m);
    }
    Ok(())
}
