//! WebGPU or CPU, and why.
//!
//! The choice is a pure function of what was asked and what a probe found, so that it can be
//! tested without a browser; starting the chosen device is all that differs between the modules.

use crate::fault::Fault;
use crate::training::LessonName;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// Where the tensors live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    Cpu,
    Webgpu,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    Auto,
    Cpu,
    Webgpu,
}

/// What a probe found, asked inside a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// As the browser gives it.
    pub name: String,
    /// The browser calls it a fallback, that is, software.
    pub fallback: bool,
    /// Features that Burn needs and the adapter lacks.
    pub missing: Vec<String>,
}

/// A backend and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub backend: Backend,
    /// Stable; what a page looks its translation up by.
    pub reason: &'static str,
    pub adapter: Option<Adapter>,
    /// A complete English sentence.
    pub message: String,
}

/// The backend that `lesson` should run on.
///
/// `webgpu` says whether the worker has WebGPU at all, `adapter` what adapter it gave. A fallback
/// adapter is used only where somebody asks for it: it is slower than the CPU. An adapter without
/// what Burn needs is never used, because Burn would panic on it.
pub fn choose(lesson: LessonName, asked: Asked, webgpu: bool, adapter: Option<Adapter>) -> Choice {
    let (backend, reason, message) = decide(lesson, asked, webgpu, adapter.as_ref());
    Choice {
        backend,
        reason,
        adapter,
        message,
    }
}

fn decide(
    lesson: LessonName,
    asked: Asked,
    webgpu: bool,
    adapter: Option<&Adapter>,
) -> (Backend, &'static str, String) {
    let cpu = |reason, message: &str| (Backend::Cpu, reason, message.to_owned());
    if asked == Asked::Cpu {
        return cpu("asked", "CPU, as chosen.");
    }
    if asked == Asked::Auto && lesson == LessonName::SinCos {
        return cpu(
            "small-lesson",
            "CPU: steps this small end sooner there than a GPU can start them.",
        );
    }
    if !webgpu {
        return cpu("no-webgpu", "CPU: this browser has no WebGPU.");
    }
    let Some(adapter) = adapter else {
        return cpu("no-adapter", "CPU: WebGPU found no graphics adapter here.");
    };
    if !adapter.missing.is_empty() {
        let missing = adapter.missing.join(", ");
        let message = format!("CPU: the graphics adapter lacks {missing}.");
        return (Backend::Cpu, "missing-feature", message);
    }
    if asked == Asked::Webgpu {
        let message = format!("WebGPU on {}, as chosen.", adapter.name);
        return (Backend::Webgpu, "asked", message);
    }
    if adapter.fallback {
        return cpu(
            "fallback-adapter",
            "CPU: the graphics adapter is a software fallback, which is slower.",
        );
    }
    let message = format!("WebGPU on {}.", adapter.name);
    (Backend::Webgpu, "gpu", message)
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
        let message = format!("WebGPU did not start: {error}");
        Fault::new("start-failed", message)
    })?;
    Ok(STARTED.get_or_init(|| device).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use LessonName::{Mnist, SinCos};

    fn adapter(fallback: bool, missing: &[&str]) -> Option<Adapter> {
        Some(Adapter {
            name: "test".to_owned(),
            fallback,
            missing: missing.iter().map(|&name| name.to_owned()).collect(),
        })
    }

    #[test]
    fn every_situation_has_its_backend_and_reason() {
        use Asked::{Auto, Cpu, Webgpu};
        let real = || adapter(false, &[]);
        let soft = || adapter(true, &[]);
        let poor = || adapter(false, &["timestamp-query"]);
        let cases = [
            (SinCos, Auto, true, real(), Backend::Cpu, "small-lesson"),
            (SinCos, Webgpu, true, real(), Backend::Webgpu, "asked"),
            (Mnist, Auto, true, real(), Backend::Webgpu, "gpu"),
            (Mnist, Auto, true, soft(), Backend::Cpu, "fallback-adapter"),
            (Mnist, Webgpu, true, soft(), Backend::Webgpu, "asked"),
            (Mnist, Webgpu, true, poor(), Backend::Cpu, "missing-feature"),
            (Mnist, Auto, true, None, Backend::Cpu, "no-adapter"),
            (Mnist, Webgpu, false, None, Backend::Cpu, "no-webgpu"),
            (Mnist, Cpu, true, real(), Backend::Cpu, "asked"),
        ];
        for (lesson, asked, webgpu, adapter, backend, reason) in cases {
            let choice = choose(lesson, asked, webgpu, adapter);
            assert_eq!((choice.backend, choice.reason), (backend, reason));
            assert!(choice.message.ends_with('.'));
        }
    }
}
