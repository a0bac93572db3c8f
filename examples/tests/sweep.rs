//! The engine against designs made directly, and its independence of threads.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::scheme::{Main, ZeroForcing};
use td_isac_algos::{Sensing, Strategies, Study};
use td_isac_examples::sweep::{Allocation, Axis, Engine, KeyPath, Plan, Record, SENSING, Status};

fn paper() -> Plan {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/paper.toml");
    Plan::from_file(&file).unwrap()
}

fn run(plan: &Plan, threads: usize) -> Vec<Record> {
    let engine = Engine::new(threads).unwrap();
    let records = engine.run(&plan.tasks().unwrap(), None, &|_| ()).unwrap();
    records.into_values().collect()
}

/// A strategy that looks at the same time allocations whatever the limit.
fn by_rate() -> Allocation {
    Allocation::Optimised {
        start: 0.5,
        strategy: "rate".to_owned(),
    }
}

/// A threshold that binds and one that does not: the shared optimisation and the projection against
/// a driver that knows the threshold from the start.
#[test]
fn records_are_the_drivers_designs() {
    let mut plan = paper()
        .vary("sensing.crlb_threshold_m2", &[2e-12, 1e-9])
        .unwrap();
    plan.schemes = vec!["zf".to_owned()];
    plan.seeds = Some(4..5);
    plan.allocation = by_rate();
    let records = run(&plan, 1);
    let tasks = plan.tasks().unwrap();
    assert_eq!(records.len(), 2);
    let mut projected = 0;
    for task in tasks {
        let AnyScenario::TwoD(scenario) = &task.scenario else {
            unreachable!("the paper's scenario is in the plane");
        };
        let checked = scenario.check().unwrap();
        let sensing = Sensing::design(&checked, None).unwrap();
        let strategies = Strategies::default();
        let design = Study::new(&checked)
            .sensing(&sensing)
            .scheme(&ZeroForcing)
            .allocation(strategies.get("rate").unwrap())
            .run()
            .unwrap();
        let record = records.iter().find(|record| record.id == task.id).unwrap();
        assert_eq!(record.status, Status::Ok);
        assert_eq!(record.crlb_constant_m2, Some(sensing.crlb_constant_m2));
        let (eta, rate) = (record.eta.unwrap(), record.rate_bit_s_hz.unwrap());
        assert!((eta - design.eta).abs() < 1e-12, "{eta} {}", design.eta);
        let exact = design.rate_bit_s_hz();
        assert!((rate / exact - 1.0).abs() < 1e-4, "{rate} {exact}");
        projected += usize::from(record.eta_unconstrained.unwrap() > eta);
    }
    assert_eq!(projected, 1);
}

/// One unknown quantity less to doubt: `C` is inversely proportional to the power.
#[test]
fn sensing_alone_scales_with_power() {
    let mut plan = paper().vary("power.sensing_dbm", &[30.0, 40.0]).unwrap();
    plan.schemes = vec![SENSING.to_owned()];
    let records = run(&plan, 2);
    let constant = |dbm: f64| {
        let at = |record: &&Record| record.set["power.sensing_dbm"] == dbm;
        records.iter().find(at).unwrap().crlb_constant_m2.unwrap()
    };
    assert!((constant(30.0) / constant(40.0) - 10.0).abs() < 1e-6);
    assert!(records.iter().all(|record| record.eta.is_none()));
}

#[test]
fn threads_change_nothing() {
    let mut plan = paper()
        .vary("power.communication_dbm", &[20.0, 30.0])
        .unwrap();
    plan.schemes = vec!["ei".to_owned(), "zf".to_owned()];
    plan.seeds = Some(0..2);
    let text = |threads| serde_json::to_string(&run(&plan, threads)).unwrap();
    assert!(text(1) == text(2));
}

/// Main agrees with a driver of its own where the threshold is far away.
#[test]
fn main_without_a_threshold_is_the_drivers() {
    let mut plan = paper();
    plan.schemes = vec!["main".to_owned()];
    plan.allocation = by_rate();
    let record = run(&plan, 1).remove(0);
    let AnyScenario::TwoD(scenario) = &plan.tasks().unwrap()[0].scenario else {
        unreachable!("the paper's scenario is in the plane");
    };
    let checked = scenario.check().unwrap();
    let sensing = Sensing::design(&checked, None).unwrap();
    let strategies = Strategies::default();
    let design = Study::new(&checked)
        .sensing(&sensing)
        .scheme(&Main::default())
        .allocation(strategies.get("rate").unwrap())
        .run()
        .unwrap();
    assert_eq!(record.rate_bit_s_hz, Some(design.rate_bit_s_hz()));
    assert_eq!(record.eta, Some(design.eta));
}

/// The keys of `[uncertainty]` can be swept, and what they give is what the same scenario gives when it is
/// designed directly; records of position sets, and only those, have the worst position, which is never below
/// what was certified.
#[test]
fn uncertainty_is_swept() {
    let mut plan = paper();
    let words = |words: &[&str]| words.iter().map(|&word| word.into()).collect();
    for (key, values) in [
        ("uncertainty.model", words(&["ball", "phase", "ellipse"])),
        ("uncertainty.confidence", vec![0.9.into(), 0.99.into()]),
    ] {
        let path = KeyPath::parse(key).unwrap();
        plan.axes.push(Axis { path, values });
    }
    plan.schemes = vec!["zf".to_owned()];
    plan.allocation = Allocation::Fixed { eta: 0.8 };
    let records = run(&plan, 2);
    assert_eq!(records.len(), 6);
    for task in plan.tasks().unwrap() {
        let AnyScenario::TwoD(scenario) = &task.scenario else {
            unreachable!("the paper's scenario is in the plane");
        };
        let record = records.iter().find(|record| record.id == task.id).unwrap();
        assert_eq!(record.status, Status::Ok, "{:?}", record.message);
        let checked = scenario.check().unwrap();
        let sensing = Sensing::design(&checked, None).unwrap();
        let downlink = checked.robust_downlink(&sensing).unwrap();
        let design = Study::new(&downlink)
            .eta(0.8)
            .scheme(&ZeroForcing)
            .run()
            .unwrap();
        let (rate, exact) = (record.rate_bit_s_hz.unwrap(), design.rate_bit_s_hz());
        assert!((rate / exact - 1.0).abs() < 1e-9, "{rate} {exact}");
        assert!(record.rate_at_worst_position_bit_s_hz.unwrap() >= rate);
    }
    let rate = |model: &str, confidence: f64| {
        let at = |record: &&Record| {
            record.set["uncertainty.model"] == model
                && record.set["uncertainty.confidence"] == confidence
        };
        records.iter().find(at).unwrap().rate_bit_s_hz.unwrap()
    };
    for model in ["ball", "phase", "ellipse"] {
        assert!(rate(model, 0.9) > rate(model, 0.99), "{model}");
    }
    let mut papers = paper().vary("uncertainty.scale", &[0.5, 2.0]).unwrap();
    papers.schemes = vec!["zf".to_owned()];
    papers.allocation = Allocation::Fixed { eta: 0.8 };
    for record in run(&papers, 1) {
        assert_eq!(record.rate_at_worst_position_bit_s_hz, None);
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains("worst_position"), "{text}");
    }
}

/// Size given twice, a probability that is none, a set that there is not: named before anything is computed.
#[test]
fn wrong_uncertainties_are_named() {
    for (key, value, words) in [
        ("uncertainty.confidence", "1.5", "confidence"),
        ("uncertainty.model", "\"cube\"", "cube"),
        ("uncertainty.size", "1.0", "size"),
    ] {
        let value: toml::Value =
            toml::from_str::<toml::Table>(&format!("v = {value}")).unwrap()["v"].clone();
        let error = paper().set(key, value).unwrap().tasks().unwrap_err();
        let error = error.to_string();
        assert!(error.contains(words), "{key}: {error}");
    }
    let plan = paper().set("uncertainty.scale", 1.0).unwrap();
    let plan = plan.set("uncertainty.confidence", 0.9).unwrap();
    let error = plan.tasks().unwrap_err().to_string();
    assert!(
        error.contains("scale") && error.contains("confidence"),
        "{error}"
    );
}
