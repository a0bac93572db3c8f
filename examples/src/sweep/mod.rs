//! Many designs at once: a scenario file, keys to vary, seeds, schemes.
//!
//! Schemes and strategies go by their names in [`Schemes`](td_isac_algos::Schemes) and
//! [`Strategies`](td_isac_algos::Strategies); [`SENSING`] stands for the sensing design alone.
//!
//! A [`Plan`] lists what to vary and becomes [`Task`]s, one for each combination of values, seed and
//! scheme. An [`Engine`] works through tasks on all cores and gives a flat [`Record`] for each; a
//! [`Store`] keeps records in a file of JSON lines as they are finished, so that a run can be interrupted and
//! [sharded](shard) over machines. A record is a function of its task alone: it does not depend on threads,
//! shards, interruptions or the clock. What does (seconds, hosts) is reported separately.
//!
//! # What points share
//!
//! With the paper's balls, reflectivities, sensing powers and sensing noise enter the downlink only through `C`, the Cramér–Rao
//! constant (other sets through each user's covariance), and the threshold enters only through `η̄ = 1 - C/CRLB_th` (17), after the optimisation. So the engine
//! keeps the sensing design for each sensing scene, and for each downlink with its `C` the
//! optimisation over all of `0 < η < 1`; a threshold costs one more beamforming problem where it binds.

mod digest;
mod edit;
mod engine;
mod evaluate;
mod memo;
mod plan;
mod record;
mod store;

pub use digest::digest;
pub use edit::{Axis, EditError, KeyPath};
pub use engine::{Engine, Finished, RunError, progress_bar, shard};
pub use evaluate::Evaluator;
pub use memo::Memo;
pub use plan::{Allocation, Plan, PlanError, SENSING, Task};
pub use record::{Record, Status};
pub use store::{Store, StoreError};
