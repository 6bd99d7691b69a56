#![no_main]
fuzz::fuzz!("proof_card");
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    fuzz::card::change(data, size, max, seed)
});
