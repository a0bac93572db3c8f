use td_isac_algos::allocation::WorstCaseRate;
use td_isac_algos::nf_channel::{ArraySpec, LinearExtent};
use td_isac_algos::robust_sdp::HermitianIpm;
use td_isac_algos::scenario::Scenario;
use td_isac_algos::scheme::Main;
use td_isac_algos::{Driver, Sensing, Silent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let array = |reference_m, axis| ArraySpec::UniformLinear {
        reference_m,
        axis,
        elements: 16,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.5 }),
    };
    let arrays = vec![array([0.0, 0.0], [1.0, 0.0]), array([30.0, 0.0], [0.0, 1.0])];
    let scenario = Scenario::new(28e9, arrays, vec![[10.0, 15.0], [18.0, 12.0]]).check()?;
    let sensing = Sensing::design(&scenario, None)?;
    let design = Driver::default().run(
        &scenario.downlink(sensing.crlb_constant_m2)?,
        sensing.eta_max()?,
        &Main::default(),
        &WorstCaseRate::default(),
        &HermitianIpm::default(),
        &mut Silent,
    )?;
    println!("{:.3} bit/s/Hz", design.rate_bit_s_hz());
    Ok(())
}
