//! A lesson's network out of the operators alone, trained without a session: what PyTorch says of
//! single steps is held against this.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, real_digits, reference, values};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use unroll::data::SIDE;
use unroll::data::wave::{Endpoint, segment};
use unroll::operators::adam::{self, Moments, Scale};
use unroll::operators::head::{self, HeadOutput, Objective};
use unroll::operators::recurrent::{self, Cell};

/// In `state_dict` order: the recurrent layer's two weights and two biases, the output layer's
/// weight and bias.
const NAMES: [&str; 6] = [
    "rnn.weight_ih_l0",
    "rnn.weight_hh_l0",
    "rnn.bias_ih_l0",
    "rnn.bias_hh_l0",
    "out.weight",
    "out.bias",
];

/// A network and its optimiser.
pub struct Network {
    cell: Cell,
    /// Of each parameter, in [`NAMES`]' order.
    shapes: Vec<Vec<usize>>,
    /// One after the other.
    parameters: Tensor<1>,
    moments: Moments,
    steps: u32,
}

/// What one training step came to.
pub struct Step {
    pub loss: f32,
    pub output: Vec<f32>,
    /// One per parameter, in [`NAMES`]' order.
    pub gradients: Vec<Vec<f32>>,
    /// The last states, `[states, batch, H]`.
    pub last: Tensor<3>,
}

impl Network {
    /// From a safetensors file of PyTorch's.
    pub fn new(cell: Cell, weights: &[u8], device: Device) -> Self {
        let file = SafeTensors::deserialize(weights).unwrap();
        let (mut shapes, mut values) = (Vec::new(), Vec::new());
        for name in NAMES {
            let tensor = file.tensor(name).unwrap();
            let (numbers, _) = tensor.data().as_chunks::<4>();
            values.extend(numbers.iter().map(|&b| f32::from_le_bytes(b)));
            shapes.push(tensor.shape().to_vec());
        }
        let count = values.len();
        let flat = |values| Tensor::from_data(TensorData::new(values, [count]), &device);
        Network {
            cell,
            shapes,
            parameters: flat(values),
            moments: Moments {
                first: flat(vec![0.0f32; count]),
                second: flat(vec![0.0f32; count]),
            },
            steps: 0,
        }
    }

    pub fn hidden_size(&self) -> usize {
        self.shapes[1][1]
    }

    /// One step of training on `x [batch, time, inputs]` from `initial [states, batch, H]`.
    pub fn step(
        &mut self,
        objective: Objective,
        x: Tensor<3>,
        initial: Tensor<3>,
        target: Tensor<1>,
        rate: f64,
    ) -> Step {
        let parameters = self.parameters.clone();
        let sequence = recurrent::traced(self.cell, x, parameters.clone(), initial);
        let hidden = sequence.hidden.clone();
        let outputs = self.shapes[4][0];
        let HeadOutput {
            loss,
            output,
            of_hidden,
            of_weights,
        } = head::loss(objective, hidden, parameters.clone(), outputs, target);
        let gradient =
            recurrent::weight_gradients(&sequence, parameters.clone(), of_hidden, of_weights);
        self.steps += 1;
        let scale = Scale::new(rate, self.steps);
        let moments = self.moments.clone();
        (self.parameters, self.moments) =
            adam::update(parameters, gradient.clone(), moments, scale);
        let mut all = values(gradient).into_iter();
        let of_parameters = self.shapes.iter().map(|shape| {
            let count = shape.iter().product();
            all.by_ref().take(count).collect()
        });
        let [_, time, _] = sequence.hidden.dims();
        Step {
            loss: values(loss)[0],
            output: values(output),
            gradients: of_parameters.collect(),
            last: sequence.states(time - 1),
        }
    }
}

/// The first step of the MNIST lesson: the loss, the first image's logits, and of every gradient the
/// norm and one element.
pub fn first_step_of_mnist(name: &str, cell: Cell, device: &Device) {
    let Some(digits) = real_digits() else {
        return;
    };
    let (expected, weights) = reference(name);
    let batch = 64;
    let mut network = Network::new(cell, &weights, device.clone());
    let pixels = digits.train.images.iter().take(batch).flatten();
    let pixels: Vec<f32> = pixels.map(|p| f32::from(p) / 255.0).collect();
    let labels = &digits.train.labels[..batch];
    let labels: Vec<f32> = labels.iter().map(|&label| label.into()).collect();
    let step = network.step(
        Objective::LastClass,
        Tensor::from_data(TensorData::new(pixels, [batch, SIDE, SIDE]), device),
        Tensor::zeros([cell.states(), batch, network.hidden_size()], device),
        Tensor::from_data(TensorData::new(labels, [batch]), device),
        expected["learning_rate"].as_f64().unwrap(),
    );
    let losses = numbers(&expected["losses"]);
    assert_close("first loss", &[step.loss], &losses[..1], 1e-6);
    if expected["first_logits_image0"].is_array() {
        let logits = numbers(&expected["first_logits_image0"]);
        let off = assert_close("first logits", &step.output[..10], &logits, 1e-6);
        println!("{name}: first logits within {off:.1e} of PyTorch's");
    }
    let mut worst = 0.0f64;
    for (parameter, gradient) in NAMES.iter().zip(&step.gradients) {
        let expected = &expected["first_gradients"][parameter];
        let [norm, sample] = match expected.as_array() {
            Some(pair) => [0, 1].map(|k| pair[k].as_f64().unwrap()),
            None => ["norm", "sample"].map(|key| expected[key].as_f64().unwrap()),
        };
        let squares = gradient.iter().map(|&g| f64::from(g).powi(2));
        let found = squares.sum::<f64>().sqrt();
        let off = (found / norm - 1.0).abs();
        assert!(off <= 1e-5, "norm of {parameter} is {found}, not {norm}");
        worst = worst.max(off);
        // Row-major index 7, against the gradient's own size.
        let tolerance = 1e-5 * norm / (gradient.len() as f64).sqrt();
        assert_close(parameter, &gradient[7..8], &[sample], tolerance);
    }
    println!("{name}: norms of the first gradients within {worst:.1e}, relative");
}

/// The sin-cos lesson with its states carried, of any cell: the losses of all steps.
pub fn sin_cos(name: &str, cell: Cell, device: &Device, steps: usize, tolerance: f64) {
    let (expected, weights) = reference(name);
    let losses = numbers(&expected["losses"]);
    let points = expected["time_step"].as_u64().unwrap() as usize;
    let rate = expected["learning_rate"].as_f64().unwrap();
    let mut network = Network::new(cell, &weights, device.clone());
    let mut states = Tensor::zeros([cell.states(), 1, network.hidden_size()], device);
    let mut found = Vec::new();
    for k in 0..steps {
        let segment = segment(k as u64, points, Endpoint::Inclusive);
        let x = TensorData::new(segment.inputs, [1, points, 1]);
        let target = TensorData::new(segment.targets, [points]);
        let step = network.step(
            Objective::Values,
            Tensor::from_data(x, device),
            states,
            Tensor::from_data(target, device),
            rate,
        );
        states = step.last;
        found.push(step.loss);
    }
    let off = assert_close(name, &found, &losses[..steps], tolerance);
    println!("{name}, {steps} steps: losses within {off:.1e} of PyTorch's");
}
