#![no_main]
fuzz::fuzz!("gs1_epc");
