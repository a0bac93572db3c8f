//! Every way to be rejected. (Carriers and reflectivities: beside their code.)

use nf_channel::{
    AmplitudeProfile, Array, ArraySpec, Carrier, ChannelError, LinearExtent, MAX_ELEMENTS,
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

#[test]
fn counts() {
    assert_eq!(
        linear(0, Some(SPACED)).check(),
        Err(ChannelError::EmptyArray { field: "elements" })
    );
    assert_eq!(
        linear(usize::MAX, Some(SPACED)).check(),
        Err(ChannelError::TooManyElements {
            found: usize::MAX,
            limit: MAX_ELEMENTS
        })
    );
    assert_eq!(
        Array::<2>::from_offsets([0.0; 2], vec![]),
        Err(ChannelError::EmptyArray { field: "elements" })
    );
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let planar = |rows, columns| Array::uniform_planar([0.0; 3], [rows, columns], axes, 1.0);
    assert_eq!(
        planar(0, 2),
        Err(ChannelError::EmptyArray { field: "rows" })
    );
    assert_eq!(
        planar(2, 0),
        Err(ChannelError::EmptyArray { field: "columns" })
    );
    assert!(matches!(
        planar(1 << 11, 1 << 11),
        Err(ChannelError::TooManyElements { .. })
    ));
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
            Err(ChannelError::NotPositive {
                field: "spacing_m",
                value: bad
            })
        );
        assert_eq!(
            linear(2, Some(LinearExtent::Aperture { aperture_m: bad })).check(),
            Err(ChannelError::NotPositive {
                field: "aperture_m",
                value: bad
            })
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
        Err(ChannelError::NonFinite {
            field: "aperture_m",
            value: f64::INFINITY
        })
    );
    let overflowing = linear(20, Some(LinearExtent::Spacing { spacing_m: 1e308 }));
    assert!(matches!(
        overflowing.check(),
        Err(ChannelError::NonFinite { .. })
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
        Err(ChannelError::NonFinite {
            field: "column_axis",
            ..
        })
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
        Err(ChannelError::NonFinite {
            field: "reference_m",
            ..
        })
    ));
    assert!(matches!(
        Array::from_offsets([0.0; 2], vec![[0.0, f64::NEG_INFINITY]]),
        Err(ChannelError::NonFinite {
            field: "offsets_m",
            ..
        })
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
            Err(ChannelError::NonFinite {
                field: "position_m",
                ..
            })
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
        "spacing_m = NaN is not a finite number"
    );
    assert_eq!(
        text(linear(0, None).check().unwrap_err()),
        "elements = 0: an array needs at least one element"
    );
    assert_eq!(
        text(ChannelError::OnElement {
            element: 2,
            position_m: vec![1.0, 2.5]
        }),
        "position [1.0, 2.5] m is on element 2 of the array"
    );
}
