//! A line on the terminal while a scheme is at work.

use indicatif::{ProgressBar, ProgressStyle};
use td_isac_algos::{Observer, Progress};

/// Shows the latest iterate on standard error, if that is a terminal, and removes it in the end.
pub struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// A line that names the scheme.
    pub fn new(scheme: &str) -> Self {
        // indicatif draws nothing unless standard error is a terminal. No ticking thread: the
        // command holds the lock on standard error.
        let bar = ProgressBar::new_spinner()
            .with_style(ProgressStyle::default_spinner())
            .with_message(scheme.to_owned());
        bar.tick();
        Self(bar)
    }
}

impl Observer for ProgressLine {
    fn progress(&mut self, progress: &Progress) -> bool {
        self.0.set_message(format!(
            "step {}: eta {:.4}, {:.4} bit/s/Hz, {} programs solved",
            progress.evaluation, progress.eta, progress.rate_bit_s_hz, progress.conic_solves
        ));
        true
    }

    fn interrupted(&mut self) -> bool {
        self.0.tick();
        false
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
