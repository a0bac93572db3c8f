//! The result for a person to read.

use crate::report::{LeastPowerReport, Page, SchemeReport, SensingReport, UncertaintyReport};
use std::fmt::Write;
use td_isac_algos::rate_bit_s_hz;

/// The rates of schemes.
pub fn rates(page: &Page, rows: &[SchemeReport]) -> String {
    whole(page, &schemes(rows), "These rates")
}

/// The least power for given SINRs.
pub fn least_power(page: &Page, rows: &[LeastPowerReport]) -> String {
    let rows: Vec<String> = rows.iter().map(powers).collect();
    whole(page, &rows.concat(), "These SINRs")
}

/// Sensing, the schemes' `rows`, and on what the numbers `promised` rely.
fn whole(page: &Page, rows: &str, promised: &str) -> String {
    let mut text = format!("{}\n", page.heading);
    // Writing to a string cannot fail.
    if let Some(sensing) = &page.sensing {
        let _ = write_sensing(&mut text, sensing, page.threshold_m2);
    }
    let _ = write_schemes(&mut text, page, rows, promised);
    text
}

fn write_sensing(
    text: &mut String,
    sensing: &SensingReport,
    threshold_m2: Option<f64>,
) -> std::fmt::Result {
    let constant = sensing.crlb_constant_m2;
    let isotropic = sensing.crlb_constant_isotropic_m2;
    writeln!(text)?;
    writeln!(text, "Sensing (all of the frame)")?;
    writeln!(
        text,
        "  CRLB with the optimal covariance   {constant:.3e} m² (relative gap {:.0e})",
        sensing.relative_gap
    )?;
    writeln!(
        text,
        "  CRLB with the isotropic one        {isotropic:.3e} m² ({:.2} times as much)",
        isotropic / constant
    )?;
    if let Some(prior) = &sensing.prior {
        writeln!(
            text,
            "  over a prior of {} m                mean of {} fresh draws; 95 % keep {:.3e} m² (isotropic {:.3e} m²)",
            prior.position_std_m,
            prior.fresh_draws,
            prior.crlb_constant_q95_m2,
            prior.crlb_constant_isotropic_q95_m2
        )?;
        if prior.keeps_threshold_unsensed {
            writeln!(
                text,
                "  the prior alone keeps the threshold: sensing has no constraint to meet"
            )?;
        }
    }
    if let Some(threshold_m2) = threshold_m2 {
        writeln!(
            text,
            "  threshold                          {threshold_m2:.3e} m²"
        )?;
    }
    writeln!(
        text,
        "  largest time allocation            {}",
        time_allocation(sensing.eta_max)
    )
}

fn write_schemes(text: &mut String, page: &Page, rows: &str, promised: &str) -> std::fmt::Result {
    writeln!(
        text,
        "  channel errors                     {}",
        channel_errors(&page.uncertainty)
    )?;
    writeln!(text, "\n{rows}\n{promised} are promises if")?;
    for assumption in &page.assumptions {
        writeln!(text, "  - {assumption}")?;
    }
    Ok(())
}

fn time_allocation(eta_max: f64) -> String {
    if eta_max > 0.0 {
        format!("{eta_max:.6}")
    } else {
        format!("none ({eta_max:.3e})")
    }
}

/// Which errors the rates below are certified for.
fn channel_errors(uncertainty: &UncertaintyReport) -> String {
    if uncertainty.model == "channels" {
        return match uncertainty.relative_radius {
            Some(radius) => format!("up to {radius} of each channel of the file"),
            None => "as the scenario says for each channel of the file".to_owned(),
        };
    }
    let size = match (uncertainty.scale, uncertainty.confidence) {
        (_, Some(confidence)) => format!("{} % of each user's position errors", 100.0 * confidence),
        (scale, None) => format!("{} times the standard deviation", scale.unwrap_or(1.0)),
    };
    format!("{}, {size}", uncertainty.model)
}

/// The least power of one scheme, a line for each access point and each user.
fn powers(row: &LeastPowerReport) -> String {
    let decibels = |gamma: f64| format!("{:.4} dB", 10.0 * gamma.log10());
    let mut lines = vec![format!(
        "Least power for {} dB at time allocation {}",
        row.sinr_db, row.eta
    )];
    let mut line = |name: String, value: String| lines.push(format!("  {name:<33}  {value}"));
    for (m, watts) in row.power_w.iter().enumerate() {
        line(format!("access point {m}"), format!("{watts:.6e} W"));
    }
    line(
        "together".to_owned(),
        format!("{:.6e} W", row.power_total_w),
    );
    let bound = format!("{:.6e} W", row.power_lower_bound_w);
    line("at least, for any beams certified".to_owned(), bound);
    for (k, gamma) in row.user_gamma.iter().enumerate() {
        line(format!("user {k}, certified"), decibels(*gamma));
    }
    line(
        "worst user without errors".to_owned(),
        decibels(row.gamma_nominal),
    );
    if let Some(gamma) = row.gamma_attacked {
        line("worst user attacked".to_owned(), decibels(gamma));
    }
    lines.join("\n") + "\n"
}

/// One row a scheme, one column a quantity.
fn schemes(schemes: &[SchemeReport]) -> String {
    let header = [
        "scheme", "eta", "rate", "at most", "nominal", "attacked", "margin", "power", "steps",
        "solves", "seconds", "ended",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(schemes.iter().map(row));
    let width: Vec<usize> = (0..header.len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text =
        "Communication (rates in bit/s/Hz, certified for the worst channel error)\n".to_owned();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&width).enumerate() {
            // Words to the left, numbers to the right.
            line += &if column == 0 || column + 1 == row.len() {
                format!("  {cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn row(scheme: &SchemeReport) -> [String; 12] {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.4}"));
    let excess = |ratio: Option<f64>| {
        ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{:+.0e}", ratio - 1.0))
    };
    let nominal = scheme.eta.zip(scheme.gamma_nominal);
    let nominal = nominal.map(|(eta, gamma)| rate_bit_s_hz(eta, gamma));
    let count = |count: Option<usize>| count.map_or_else(|| "-".to_owned(), |n| n.to_string());
    [
        scheme.scheme.clone(),
        rate(scheme.eta),
        rate(scheme.rate_bit_s_hz),
        rate(scheme.rate_upper_bound_bit_s_hz),
        rate(nominal),
        rate(scheme.rate_attacked_bit_s_hz),
        excess(scheme.certificate.noise_margin),
        excess(scheme.certificate.max_power_ratio),
        count(scheme.iterations),
        count(scheme.sdp_solves),
        format!("{:.2}", scheme.seconds),
        scheme.termination.unwrap_or(scheme.status).to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Certificate;
    use td_isac_algos::DesignError;

    #[test]
    fn columns_line_up() {
        let scheme = |name: &str, rate, termination| SchemeReport {
            scheme: name.to_owned(),
            status: "ok",
            eta: Some(0.5),
            gamma: Some(3.0),
            rate_bit_s_hz: Some(rate),
            gamma_nominal: Some(3.0),
            certificate: Certificate {
                noise_margin: Some(1.0),
                max_power_ratio: Some(1.0),
                ..Certificate::default()
            },
            iterations: Some(3),
            termination: Some(termination),
            sdp_solves: Some(12),
            seconds: 1.0,
            ..SchemeReport::default()
        };
        let failed = SchemeReport::failed("ei", &DesignError::Cancelled, 1.0);
        let text = schemes(&[
            scheme("main", 1.0, "fixed"),
            scheme("mrt-equal", 10.25, "stalled"),
            failed,
        ]);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let end = |line: &str, word: &str| line.find(word).unwrap() + word.len();
        assert_eq!(end(lines[0], " rate"), end(lines[1], " 1.0000"));
        assert_eq!(end(lines[0], " rate"), end(lines[2], "10.2500"));
        // η log2(1 + 3) = 1 without channel error.
        assert_eq!(lines[1].matches("1.0000").count(), 2);
        assert_eq!(lines[0].find("ended"), lines[1].find("fixed"));
        // A scheme without a design says why.
        assert_eq!(lines[0].find("ended"), lines[3].find("cancelled"));
    }
}
