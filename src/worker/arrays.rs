//! How [`Numbers`] cross: as typed arrays, the only place that says so.

use crate::numbers::Numbers;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a typed array can hold.
pub trait Element: Copy + 'static {
    /// The JavaScript class of an array of these.
    const ARRAY: &'static str;

    #[cfg(target_arch = "wasm32")]
    fn to_js(numbers: &[Self]) -> wasm_bindgen::JsValue;

    /// None for anything that is not such an array.
    #[cfg(target_arch = "wasm32")]
    fn from_js(value: &wasm_bindgen::JsValue) -> Option<Vec<Self>>;
}

macro_rules! element {
    ($number:ty, $array:ident) => {
        impl Element for $number {
            const ARRAY: &'static str = stringify!($array);

            #[cfg(target_arch = "wasm32")]
            fn to_js(numbers: &[Self]) -> wasm_bindgen::JsValue {
                js_sys::$array::from(numbers).into()
            }

            #[cfg(target_arch = "wasm32")]
            fn from_js(value: &wasm_bindgen::JsValue) -> Option<Vec<Self>> {
                use wasm_bindgen::JsCast;
                value
                    .dyn_ref::<js_sys::$array>()
                    .map(|array| array.to_vec())
            }
        }
    };
}

element!(f32, Float32Array);
element!(u32, Uint32Array);
element!(u16, Uint16Array);
element!(u8, Uint8Array);

#[cfg(target_arch = "wasm32")]
impl<T: Element> Serialize for Numbers<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_wasm_bindgen::preserve::serialize(&T::to_js(self), serializer)
    }
}

#[cfg(target_arch = "wasm32")]
impl<'de, T: Element> Deserialize<'de> for Numbers<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value: wasm_bindgen::JsValue = serde_wasm_bindgen::preserve::deserialize(deserializer)?;
        let numbers = T::from_js(&value).map(Numbers);
        numbers.ok_or_else(|| serde::de::Error::custom(format!("it must be a {}", T::ARRAY)))
    }
}

/// Natively they are lists, so that tests can write messages down.
#[cfg(not(target_arch = "wasm32"))]
impl<T: Element + Serialize> Serialize for Numbers<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for Numbers<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Numbers)
    }
}

#[cfg(test)]
impl<T: Element> ts_rs::TS for Numbers<T> {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn name(_: &ts_rs::Config) -> String {
        T::ARRAY.to_owned()
    }

    fn inline(config: &ts_rs::Config) -> String {
        Self::name(config)
    }
}
