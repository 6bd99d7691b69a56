#![no_main]
fuzz::fuzz!("access_request");
