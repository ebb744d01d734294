//! WebGPU or CPU, and why.
//!
//! The choice is a pure function of what was asked and what a probe found, so that it can be
//! tested without a browser; starting the chosen device is all that differs between the modules.

use crate::fault::Fault;
use crate::lessons::Definition;
use crate::lessons::options::Choice as Named;
#[cfg(feature = "cpu")]
use burn::backend::DispatchDevice;
use burn::tensor::Device;
use serde::Serialize;

/// Where the tensors live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Backend {
    /// Burn's Flex.
    Cpu,
    /// Burn's CubeCL on wgpu.
    Webgpu,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum BackendChoice {
    /// Whichever suits the lesson and the machine.
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, on any adapter that Burn can use.
    Webgpu,
}

impl Named for Backend {
    const ALL: &'static [(&'static str, Self)] =
        &[("cpu", Backend::Cpu), ("webgpu", Backend::Webgpu)];
}

impl Named for BackendChoice {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", BackendChoice::Auto),
        ("cpu", BackendChoice::Cpu),
        ("webgpu", BackendChoice::Webgpu),
    ];
}

/// A graphics adapter, as a worker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Adapter {
    /// As the browser gives it.
    pub name: String,
    /// The browser calls it a fallback, that is, software.
    pub fallback: bool,
    /// Features that Burn needs and the adapter lacks.
    pub missing: Vec<String>,
}

/// What a probe found, asked inside a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Found {
    /// Whether the worker has WebGPU at all.
    pub webgpu: bool,
    /// The adapter that it gave.
    pub adapter: Option<Adapter>,
}

/// Milliseconds that a step of the run takes on either backend, as measured on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Measured {
    /// On the CPU.
    pub cpu: f64,
    /// On WebGPU.
    pub webgpu: f64,
}

/// A backend and the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Choice {
    /// The backend.
    pub backend: Backend,
    /// Stable; what a page looks its translation up by.
    pub reason: &'static str,
    /// The adapter that was found.
    pub adapter: Option<Adapter>,
    /// What it rests on, where both were tried.
    pub measured: Option<Measured>,
    /// A complete English sentence.
    pub message: String,
}

/// The backend that `lesson` should run on; `None` where that depends on what a probe finds, and
/// there was none.
///
/// Where nobody asked for one, a lesson is on the CPU at once, and goes on where a step proves to be
/// faster: reasons `unprobed` and `unmeasured` say that this is not known yet.
///
/// A fallback adapter is used only where somebody asks for it: it is slower than the CPU. An
/// adapter without what Burn needs is never used, because Burn would panic on it.
pub fn choose(
    lesson: &Definition,
    asked: BackendChoice,
    found: Option<Found>,
    measured: Option<Measured>,
) -> Option<Choice> {
    let chosen = |backend, reason, message: &str, adapter| {
        Some(Choice {
            backend,
            reason,
            adapter,
            measured: None,
            message: message.to_owned(),
        })
    };
    let known = found.as_ref().and_then(|found| found.adapter.clone());
    if asked == BackendChoice::Cpu {
        return chosen(Backend::Cpu, "asked", "CPU, as chosen.", known);
    }
    if asked == BackendChoice::Auto && lesson.small_steps {
        let message = "CPU: a step this small is done before a GPU would have started.";
        return chosen(Backend::Cpu, "small-lesson", message, known);
    }
    if asked == BackendChoice::Auto && found.is_none() {
        let message = "CPU, until it is known what else there is.";
        return chosen(Backend::Cpu, "unprobed", message, None);
    }
    let Found { webgpu, adapter } = found?;
    let cpu = |reason, message: &str| chosen(Backend::Cpu, reason, message, adapter.clone());
    if !webgpu {
        return cpu("no-webgpu", "CPU: this browser has no WebGPU.");
    }
    let Some(real) = &adapter else {
        return cpu("no-adapter", "CPU: WebGPU found no graphics adapter here.");
    };
    if !real.missing.is_empty() {
        let missing = real.missing.join(", ");
        let message = format!("CPU: the graphics adapter lacks {missing}.");
        return cpu("missing-feature", &message);
    }
    if asked == BackendChoice::Webgpu {
        let message = format!("WebGPU on {}, as chosen.", real.name);
        return chosen(Backend::Webgpu, "asked", &message, adapter.clone());
    }
    if real.fallback {
        return cpu(
            "fallback-adapter",
            "CPU: the graphics adapter is a software fallback, which is slower.",
        );
    }
    let Some(Measured { cpu, webgpu }) = measured else {
        let message = format!("CPU, until WebGPU on {} was tried beside it.", real.name);
        return chosen(Backend::Cpu, "unmeasured", &message, adapter.clone());
    };
    let (backend, name) = match webgpu < cpu {
        true => (Backend::Webgpu, real.name.as_str()),
        false => (Backend::Cpu, "CPU"),
    };
    let message = format!(
        "{name}, as measured here: a step takes {cpu:.1} ms on the CPU, {webgpu:.1} ms on WebGPU."
    );
    Some(Choice {
        measured,
        ..chosen(backend, "measured", &message, adapter.clone())?
    })
}

/// Starts the device of `backend`, if this module was built with it.
///
/// # Errors
/// `start-failed`
pub async fn start(backend: Backend) -> Result<Device, Fault> {
    match backend {
        #[cfg(feature = "cpu")]
        Backend::Cpu => Ok(Device::flex()),
        #[cfg(feature = "webgpu")]
        Backend::Webgpu => start_webgpu().await,
        #[cfg(not(all(feature = "cpu", feature = "webgpu")))]
        other => {
            let message = format!("This module was built without the backend {other:?}.");
            Err(Fault::new("start-failed", message))
        }
    }
}

/// Whether `device` is the CPU.
pub fn is_cpu(device: &Device) -> bool {
    #[cfg(feature = "cpu")]
    return matches!(device.as_dispatch(), DispatchDevice::Flex(_));
    #[cfg(not(feature = "cpu"))]
    return {
        let _ = device;
        false
    };
}

/// An initialised runtime cannot be initialised again, so the device is started once and kept.
#[cfg(feature = "webgpu")]
async fn start_webgpu() -> Result<Device, Fault> {
    use std::sync::OnceLock;
    static STARTED: OnceLock<Device> = OnceLock::new();
    if let Some(device) = STARTED.get() {
        return Ok(device.clone());
    }
    let device = Device::wgpu_options().init_async().await;
    let device = device.map_err(|error| {
        let error = error.to_string();
        // The browser's own words, out of what wgpu wraps around them.
        let line = error.lines().next().unwrap_or_default();
        let words = line.rsplit("JsValue(").next().unwrap_or(line);
        let reason = words.trim_end_matches(')');
        let message = format!("WebGPU did not start: {reason}");
        Fault::new("start-failed", message).with("reason", reason)
    })?;
    Ok(STARTED.get_or_init(|| device).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::{MNIST, SIN_COS};

    fn adapter(fallback: bool, missing: &[&str]) -> Option<Adapter> {
        Some(Adapter {
            name: "test".to_owned(),
            fallback,
            missing: missing.iter().map(|&name| name.to_owned()).collect(),
        })
    }

    #[test]
    fn every_situation_has_its_backend_and_reason() {
        use BackendChoice::{Auto, Cpu, Webgpu};
        let found = |adapter| {
            Some(Found {
                webgpu: true,
                adapter,
            })
        };
        let real = || found(adapter(false, &[]));
        let soft = || found(adapter(true, &[]));
        let poor = || found(adapter(false, &["timestamp-query"]));
        let none = Some(Found {
            webgpu: false,
            adapter: None,
        });
        let cases = [
            (&SIN_COS, Auto, None, Backend::Cpu, "small-lesson"),
            (&SIN_COS, Auto, real(), Backend::Cpu, "small-lesson"),
            (&SIN_COS, Webgpu, real(), Backend::Webgpu, "asked"),
            (&MNIST, Auto, None, Backend::Cpu, "unprobed"),
            (&MNIST, Auto, real(), Backend::Cpu, "unmeasured"),
            (&MNIST, Auto, soft(), Backend::Cpu, "fallback-adapter"),
            (&MNIST, Webgpu, soft(), Backend::Webgpu, "asked"),
            (&MNIST, Webgpu, poor(), Backend::Cpu, "missing-feature"),
            (&MNIST, Auto, found(None), Backend::Cpu, "no-adapter"),
            (&MNIST, Webgpu, none, Backend::Cpu, "no-webgpu"),
            (&MNIST, Cpu, None, Backend::Cpu, "asked"),
        ];
        for (lesson, asked, found, backend, reason) in cases {
            let choice = choose(lesson, asked, found, None).unwrap();
            assert_eq!((choice.backend, choice.reason), (backend, reason));
            assert!(choice.message.ends_with('.'));
        }
        assert_eq!(choose(&SIN_COS, Webgpu, None, None), None);
    }

    #[test]
    fn the_faster_backend_goes_on() {
        let found = || {
            Some(Found {
                webgpu: true,
                adapter: adapter(false, &[]),
            })
        };
        for (cpu, webgpu, faster) in [(5.9, 2.1, Backend::Webgpu), (5.9, 60.0, Backend::Cpu)] {
            let measured = Some(Measured { cpu, webgpu });
            let choice = choose(&MNIST, BackendChoice::Auto, found(), measured).unwrap();
            assert_eq!((choice.backend, choice.reason), (faster, "measured"));
            assert_eq!(choice.measured, measured);
            let said = |ms: f64| choice.message.contains(&format!("{ms:.1} ms"));
            assert!(said(cpu) && said(webgpu), "{}", choice.message);
            // Whoever asks for one gets it.
            let asked = choose(&MNIST, BackendChoice::Webgpu, found(), measured).unwrap();
            assert_eq!((asked.backend, asked.reason), (Backend::Webgpu, "asked"));
        }
    }
}
