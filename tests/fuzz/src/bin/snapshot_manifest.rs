#![no_main]
fuzz::fuzz!("snapshot_manifest");
