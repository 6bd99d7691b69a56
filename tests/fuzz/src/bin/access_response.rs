#![no_main]
fuzz::fuzz!("access_response");
