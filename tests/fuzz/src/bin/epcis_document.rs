#![no_main]
fuzz::fuzz!("epcis_document");
