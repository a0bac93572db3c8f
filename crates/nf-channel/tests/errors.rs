//! Every way to be rejected. (Carriers and reflectivities: beside their code.)

use nf_channel::{
    AmplitudeProfile, Array, ArraySpec, Carrier, ChannelError, Invalid, LinearExtent, MAX_ELEMENTS,
    PathGain, Wavefront,
};

const SPACED: LinearExtent = LinearExtent::Spacing { spacing_m: 0.5 };

fn linear(elements: usize, extent: Option<LinearExtent>) -> ArraySpec<2> {
    ArraySpec::UniformLinear {
        reference_m: [1.0, 2.0],
        axis: [1.0, 0.0],
        elements,
        extent,
    }
}

fn number(what: &'static str, value: f64, requirement: &'static str) -> ChannelError {
    ChannelError::Invalid(Invalid::Number {
        what,
        value,
        requirement,
    })
}

fn count(what: &'static str, value: usize, requirement: &'static str) -> ChannelError {
    ChannelError::Invalid(Invalid::Count {
        what,
        value,
        requirement,
    })
}

fn none<T>(what: &'static str) -> Result<T, ChannelError> {
    Err(count(what, 0, "at least 1"))
}

fn too_many(value: usize) -> ChannelError {
    count("elements", value, "at most 1048576")
}

#[test]
fn counts() {
    assert_eq!(linear(0, Some(SPACED)).check(), none("elements"));
    assert_eq!(
        linear(usize::MAX, Some(SPACED)).check(),
        Err(too_many(usize::MAX))
    );
    assert_eq!(Array::<2>::from_offsets([0.0; 2], vec![]), none("elements"));
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let planar = |rows, columns| Array::uniform_planar([0.0; 3], [rows, columns], axes, 1.0);
    assert_eq!(planar(0, 2), none("rows"));
    assert_eq!(planar(2, 0), none("columns"));
    assert_eq!(planar(1 << 11, 1 << 11), Err(too_many(1 << 22)));
    // What the message says is what is checked.
    assert_eq!(MAX_ELEMENTS, 1_048_576);
}

#[test]
fn extents() {
    assert_eq!(
        linear(1, Some(SPACED)).check(),
        Err(ChannelError::ExtentOfOneElement)
    );
    assert_eq!(
        linear(3, None).check(),
        Err(ChannelError::ExtentMissing { elements: 3 })
    );
    assert!(linear(1, None).check().is_ok());
    for bad in [0.0, -0.1] {
        assert_eq!(
            linear(2, Some(LinearExtent::Spacing { spacing_m: bad })).check(),
            Err(number("spacing_m", bad, "positive"))
        );
        assert_eq!(
            linear(2, Some(LinearExtent::Aperture { aperture_m: bad })).check(),
            Err(number("aperture_m", bad, "positive"))
        );
    }
    let endless = linear(
        2,
        Some(LinearExtent::Aperture {
            aperture_m: f64::INFINITY,
        }),
    );
    assert_eq!(
        endless.check(),
        Err(number("aperture_m", f64::INFINITY, "finite"))
    );
    let overflowing = linear(20, Some(LinearExtent::Spacing { spacing_m: 1e308 }));
    assert!(matches!(
        overflowing.check(),
        Err(ChannelError::Invalid(Invalid::Number {
            requirement: "finite",
            ..
        }))
    ));
}

#[test]
fn axes() {
    let zero = Array::uniform_linear([0.0; 2], [0.0; 2], 2, SPACED);
    assert_eq!(zero, Err(ChannelError::ZeroAxis { field: "axis" }));
    let planar = |axes| Array::uniform_planar([0.0; 3], [2, 2], axes, 1.0);
    let x = [1.0, 0.0, 0.0];
    assert_eq!(
        planar([[0.0; 3], x]),
        Err(ChannelError::ZeroAxis { field: "row_axis" })
    );
    assert_eq!(
        planar([x, [0.0; 3]]),
        Err(ChannelError::ZeroAxis {
            field: "column_axis"
        })
    );
    assert!(matches!(
        planar([x, [-2.0, 0.0, 0.0]]),
        Err(ChannelError::ParallelAxes { .. })
    ));
    assert!(matches!(
        planar([x, [f64::NAN, 0.0, 0.0]]),
        Err(ChannelError::Invalid(Invalid::Number {
            what: "column_axis",
            requirement: "finite",
            ..
        }))
    ));
    // Huge and tiny axes are directions like any other.
    for size in [1e-300, 1e300] {
        let array = Array::uniform_linear([0.0; 2], [size, 0.0], 2, SPACED).unwrap();
        assert_eq!(array.offsets_m(), [[-0.25, 0.0], [0.25, 0.0]]);
    }
}

#[test]
fn positions_of_arrays() {
    assert!(matches!(
        Array::single([0.0, f64::NAN]),
        Err(ChannelError::Invalid(Invalid::Number {
            what: "reference_m",
            requirement: "finite",
            ..
        }))
    ));
    assert!(matches!(
        Array::from_offsets([0.0; 2], vec![[0.0, f64::NEG_INFINITY]]),
        Err(ChannelError::Invalid(Invalid::Number {
            what: "offsets_m",
            requirement: "finite",
            ..
        }))
    ));
}

#[test]
fn positions_of_users() {
    let carrier = Carrier::new(28.0e9).unwrap();
    let extent = LinearExtent::Aperture { aperture_m: 0.2 };
    // An even number of elements leaves the reference point free.
    let array = Array::uniform_linear([30.0, 70.0], [1.0, 0.0], 2, extent).unwrap();
    let response = |wavefront, position_m: [f64; 2]| {
        array.response(&carrier, wavefront, AmplitudeProfile::Uniform, &position_m)
    };
    for wavefront in [Wavefront::Near, Wavefront::Far] {
        assert_eq!(
            response(wavefront, [30.0, 70.0]),
            Err(ChannelError::OnReference {
                position_m: vec![30.0, 70.0]
            })
        );
        assert!(matches!(
            response(wavefront, [f64::NAN, 70.0]),
            Err(ChannelError::Invalid(Invalid::Number {
                what: "position_m",
                requirement: "finite",
                ..
            }))
        ));
        assert!(matches!(
            response(wavefront, [1e200, 70.0]),
            Err(ChannelError::DistanceOutOfRange { .. })
        ));
    }
    // 30.1 − 30 is not 0.1 in floating point: coincidence is up to rounding.
    assert_eq!(
        response(Wavefront::Near, [30.1, 70.0]),
        Err(ChannelError::OnElement {
            element: 1,
            position_m: vec![30.1, 70.0]
        })
    );
    assert!(response(Wavefront::Far, [30.1, 70.0]).is_ok());
    assert!(response(Wavefront::Near, [30.1, 70.000_001]).is_ok());
    let channel = array.channel(
        &carrier,
        PathGain::Friis,
        AmplitudeProfile::Uniform,
        &[30.1, 70.0],
    );
    assert!(matches!(channel, Err(ChannelError::OnElement { .. })));
    let values = array.response_values(
        &carrier,
        Wavefront::Near,
        AmplitudeProfile::PerElement,
        &[30.1, 70.0],
    );
    assert!(matches!(values, Err(ChannelError::OnElement { .. })));
}

#[test]
fn messages_name_field_and_value() {
    let text = |error: ChannelError| error.to_string();
    assert_eq!(
        text(
            linear(
                2,
                Some(LinearExtent::Spacing {
                    spacing_m: f64::NAN
                })
            )
            .check()
            .unwrap_err()
        ),
        "spacing_m = NaN must be finite"
    );
    assert_eq!(
        text(linear(0, None).check().unwrap_err()),
        "elements = 0 must be at least 1"
    );
    assert_eq!(
        text(ChannelError::OnElement {
            element: 2,
            position_m: vec![1.0, 2.5]
        }),
        "position [1.0, 2.5] m is on element 2 of the array"
    );
}
