//! The operator on WebGPU.
