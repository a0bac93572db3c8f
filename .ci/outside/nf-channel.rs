use nf_channel::{AmplitudeProfile, Array, Carrier, PathGain};

fn main() -> Result<(), nf_channel::ChannelError> {
    let ring = (0..8).map(|n| f64::from(n) * std::f64::consts::FRAC_PI_4);
    let offsets = ring.map(|angle| [0.1 * angle.cos(), 0.1 * angle.sin(), 0.0]).collect();
    let array = Array::from_offsets([0.0, 0.0, 3.0], offsets)?;
    let carrier = Carrier::new(28e9)?;
    let profile = AmplitudeProfile::PerElement;
    let channel = array.channel(&carrier, PathGain::Friis, profile, &[1.0, 2.0, 1.5])?;
    println!("{:?}", channel.values);
    Ok(())
}
