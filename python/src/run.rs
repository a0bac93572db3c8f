//! Long computations beside Python: without its lock, with progress, ended by Ctrl-C.
//!
//! The work runs on a thread of its own while the caller's thread, which alone may see signals and is the one that
//! callbacks expect, waits. So Ctrl-C ends the call at once, even where the work is in the middle of a
//! factorisation; the work itself ends when it is next asked whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use td_isac_algos::{Observer, Progress};

/// How long a signal may wait to be seen; what it costs to look is microseconds.
const PATIENCE: Duration = Duration::from_millis(20);

/// Threads other than the main one have 2 MiB on most systems; address space costs nothing until it is used.
const STACK_BYTES: usize = 64 << 20;

/// What the work is watched with.
pub struct Watch {
    stop: Arc<AtomicBool>,
    progress: Option<(Sender<Message>, Receiver<bool>)>,
}

impl Watch {
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> bool {
        let Some((reports, replies)) = &self.progress else {
            return !self.stopped();
        };
        let message = Message::Progress(progress.clone());
        // Without anybody to reply the call has ended already.
        reports.send(message).is_ok() && replies.recv().unwrap_or(false)
    }

    fn interrupted(&mut self) -> bool {
        self.stopped()
    }
}

enum Message {
    Progress(Progress),
    Done,
}

/// Runs the work on a thread of its own and waits for it.
///
/// `progress` is called, on the caller's thread, with a dictionary for each report; whatever it returns, except
/// `False`, lets the work go on.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&mut Watch) -> T + Send + 'static,
) -> PyResult<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let (reports, inbox) = channel();
    let (reply, replies) = channel();
    let mut watch = Watch {
        stop: stop.clone(),
        progress: progress.map(|_| (reports.clone(), replies)),
    };
    let worker = thread::Builder::new()
        .name("near-field-isac".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // Said when the thread ends, also by a panic.
            let _done = Done(reports);
            work(&mut watch)
        })
        .map_err(|error| PyRuntimeError::new_err(format!("no thread to work on: {error}")))?;
    if let Err(error) = wait(py, inbox, &reply, progress) {
        // Nobody waits for the thread any more: it ends when it looks.
        stop.store(true, Ordering::Relaxed);
        return Err(error);
    }
    match py.detach(|| worker.join()) {
        Ok(result) => Ok(result),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

struct Done(Sender<Message>);

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.0.send(Message::Done);
    }
}

fn wait(
    py: Python<'_>,
    mut inbox: Receiver<Message>,
    reply: &Sender<bool>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    loop {
        let message;
        (inbox, message) = py.detach(move || {
            let message = inbox.recv_timeout(PATIENCE);
            (inbox, message)
        });
        match message {
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Ok(Message::Progress(report)) => {
                let go_on = match progress {
                    Some(callback) => call(py, callback, &report)?,
                    None => true,
                };
                py.check_signals()?;
                let _ = reply.send(go_on);
            }
            Ok(Message::Done) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn call(py: Python<'_>, callback: &Bound<'_, PyAny>, report: &Progress) -> PyResult<bool> {
    let said = PyDict::new(py);
    said.set_item("evaluation", report.evaluation)?;
    said.set_item("eta", report.eta)?;
    said.set_item("gamma", report.gamma)?;
    said.set_item("rate", report.rate_bit_s_hz)?;
    said.set_item("accepted", report.accepted)?;
    said.set_item("conic_solves", report.conic_solves)?;
    let answer = callback.call1((said,))?;
    Ok(!answer.extract::<bool>().is_ok_and(|go_on| !go_on))
}
