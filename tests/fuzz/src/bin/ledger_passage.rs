#![no_main]
fuzz::fuzz!("ledger_passage");
