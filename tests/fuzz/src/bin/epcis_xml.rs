#![no_main]
fuzz::fuzz!("epcis_xml");
