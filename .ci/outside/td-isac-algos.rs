use td_isac_algos::nf_channel::{ArraySpec, LinearExtent};
use td_isac_algos::{DesignError, Study, scenario::Scenario};

fn main() -> Result<(), DesignError> {
    let array = |reference_m, axis| ArraySpec::UniformLinear {
        reference_m,
        axis,
        elements: 16,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.5 }),
    };
    let arrays = vec![array([0.0, 0.0], [1.0, 0.0]), array([30.0, 0.0], [0.0, 1.0])];
    let scenario = Scenario::new(28e9, arrays, vec![[10.0, 15.0], [18.0, 12.0]]);
    println!("{:.3} bit/s/Hz", Study::new(&scenario).run()?.rate_bit_s_hz());
    Ok(())
}
