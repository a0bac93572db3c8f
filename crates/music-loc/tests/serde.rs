//! What is written comes back the same, and what was invalid does not come back.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Debug;

use common::{USERS_M, network, paper, rayleigh};
use music_loc::{
    Echoes, Estimate, Grid, LocaliserParameters, Located, ModelOrder, Simulation, SubspaceVariant,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    to_value(value).unwrap()
}

fn error<T: DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

fn localiser() -> LocaliserParameters<2> {
    let grid = Grid::enclosing(&USERS_M, 1.0, 0.5).unwrap();
    LocaliserParameters::in_region(network().parameters().clone(), grid, 4)
}

#[test]
fn parameters_come_back() {
    let mut parameters = localiser();
    let written = comes_back(&parameters);
    assert_eq!(written["music"]["order"], json!({ "given": 4 }));
    parameters.music.order = ModelOrder::MinimumDescriptionLength;
    parameters.music.variant = SubspaceVariant::StackedKM;
    let written = comes_back(&parameters);
    assert_eq!(written["music"]["order"], "minimum_description_length");
    comes_back(&paper());
}

#[test]
fn data_and_results_come_back() {
    let data: Simulation = rayleigh(1).simulate(1).unwrap();
    let written = comes_back(&data);
    let sample = data.echoes.received(2)[(7, 3)];
    assert_eq!(
        written["echoes"]["received"][2][7][3],
        json!([sample.re, sample.im])
    );
    let located: Located<2> = localiser()
        .check()
        .unwrap()
        .locate(&data.echoes, &data.waveform)
        .unwrap();
    comes_back(&located);
    let estimate: &Estimate<2> = located.estimate.as_ref().unwrap();
    let written = comes_back(estimate);
    assert_eq!(written["outcome"], "converged");
}

#[test]
fn what_is_invalid_does_not_come_back() {
    let text = error::<Echoes>(json!({ "received": [[[[1.0, 0.0]]], [[]]] }));
    assert_eq!(text, "samples (slots) = 0 must be 1");
    let text = error::<Grid<2>>(json!({
        "minimum_m": [0.0, 1.0], "maximum_m": [1.0, 0.0], "points": [2, 2]
    }));
    assert!(text.contains("axis 1"), "{text}");
}
