#![no_main]
fuzz::fuzz!("sealed_envelope");
