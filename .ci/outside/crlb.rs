use crlb::nf_channel::{Array, Carrier, EchoScene};
use crlb::{SensingParameters, SensingSignal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Two panels of 8 x 8 elements on opposite walls of a room, half a wavelength apart.
    let panel = |centre| {
        Array::uniform_planar(centre, [8, 8], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 0.00535)
    };
    let arrays = vec![panel([0.0, 3.0, 2.5])?, panel([8.0, 3.0, 2.5])?];
    let users = vec![[3.0, 1.0, 1.0], [5.0, 4.0, 1.5]];
    let scene = EchoScene::new(Carrier::new(28e9)?, arrays, users);
    let model = SensingParameters::new(scene, 1e-13).check()?;
    let bound = model.fisher_information(&SensingSignal::isotropic(vec![0.1; 2]))?.bound()?;
    for (user, variance_m2) in bound.user_crlb_m2(50.0).iter().enumerate() {
        println!("user {user}: {:.2e} m after 50 slots", variance_m2.sqrt());
    }
    Ok(())
}
